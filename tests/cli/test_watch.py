"""`live-monitor watch`, as a script runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from live_monitor.cli import watch
from live_monitor.data.inbox import Batch, Noted
from live_monitor.data.models.market_data import Quote, Trade
from live_monitor.data.models.status import LinkStatus
from live_monitor.data.watch_lines import WatchLines, plain_text
from live_monitor.wire.notices import PriceBands
from tests.fakes.far_end import FarEnd

KEY = "CANARY-KEY-12345"
WALL = 1_795_185_000_000


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "live_monitor", "watch", *arguments]


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_APP_KEY"))}
    return {**kept, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring", "HOME": str(folder), **more}


def watched(folder: Path, *arguments: str, **more: str) -> tuple[int, list[dict[str, Any]], str]:
    """Exit code, lines, and everything that was said."""
    done = subprocess.run(
        command(*arguments, "--jsonl", "--data-dir", str(folder)),
        env=environment(folder, **more), capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stdout + done.stderr


def test_the_simulated_market_is_watched_without_qt(tmp_path: Path) -> None:
    code, lines, _ = watched(tmp_path, "--provider", "simulated", "--symbols", "AAPL,MSFT", "--seconds", "2")
    assert code == 0
    kinds = {line["kind"] for line in lines}
    assert {"state", "hello", "snapshot", "trade", "quote"} <= kinds
    assert {line["symbol"] for line in lines if line["kind"] in ("trade", "quote")} <= {"AAPL", "MSFT"}
    assert [line["state"] for line in lines if line["kind"] == "state"] == ["connecting", "live"]


def test_a_vendors_events_are_printed_under_the_documented_names_and_the_key_is_not(tmp_path: Path) -> None:
    with FarEnd("polygon_server", "--key", KEY) as far:
        watching = subprocess.Popen(
            command("--provider", "polygon", "--server-url", far.ws, "--rest-url", "http://127.0.0.1:9", "--jsonl",
                    "--data-dir", str(tmp_path)),
            env=environment(tmp_path, POLYGON_API_KEY=KEY), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        far.wait_until(lambda seen: "T.AAPL" in seen["subscribed"])
        far.do("trade", symbol="AAPL", price=150.25, size=100)
        far.do("quote", symbol="AAPL", bid=150.2, ask=150.3)
        far.do("abort")
        far.wait_until(lambda seen: seen["connections"] == 2 and "T.AAPL" in seen["subscribed"])
        far.do("trade", symbol="AAPL", price=150.26, size=100)
        assert watching.stdout is not None
        lines = []
        for text in watching.stdout:
            lines.append(json.loads(text))
            if lines[-1].get("price") == 150.26:
                break
        watching.send_signal(signal.SIGINT)
        rest, errors = watching.communicate(timeout=20)
    assert watching.returncode == 0
    trade = next(line for line in lines if line["kind"] == "trade")
    assert (trade["symbol"], trade["price"], trade["size"]) == ("AAPL", 150.25, 100)
    gap = next(line for line in lines if line["kind"] == "gap")
    assert 0 < gap["from_ms"] <= gap["to_ms"]
    assert KEY not in json.dumps(lines) + rest + errors


def test_a_provider_that_refuses_for_good_ends_it_with_code_1_and_words(tmp_path: Path) -> None:
    with FarEnd("polygon_server", "--key", "ANOTHER") as far:
        code, lines, said = watched(tmp_path, "--provider", "polygon", "--server-url", far.ws, POLYGON_API_KEY=KEY)
        assert far.seen()["connections"] == 1
    assert code == 1
    failed = lines[-1]
    assert failed["state"] == "failed"
    assert "authentication failed" in failed["message"]
    assert failed["remedy"]
    assert KEY not in said


def test_without_a_key_it_says_which_and_where_to_give_it(tmp_path: Path) -> None:
    code, lines, _ = watched(tmp_path, "--provider", "polygon", "--seconds", "5")
    assert code == 1
    assert "API key" in lines[-1]["message"]
    assert "POLYGON_API_KEY" in lines[-1]["remedy"]


def test_a_server_that_is_never_reached_is_no_success_and_said_once(tmp_path: Path) -> None:
    done = subprocess.run(
        command("--provider", "polygon", "--server-url", "ws://127.0.0.1:9/stocks", "--seconds", "0.3",
                "--data-dir", str(tmp_path)),
        env=environment(tmp_path, POLYGON_API_KEY=KEY), capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "message=The server cannot be reached" in done.stdout
    assert done.stderr == ""


@pytest.mark.skipif(os.name != "posix", reason="a closed pipe is told otherwise on Windows")
def test_a_reader_that_goes_away_ends_it(tmp_path: Path) -> None:
    watching = subprocess.Popen(
        command("--provider", "sim", "--jsonl", "--data-dir", str(tmp_path)),
        env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert watching.stdout is not None
    assert watching.stderr is not None
    assert json.loads(watching.stdout.readline())["kind"] == "state"
    watching.stdout.close()
    watching.wait(20)
    errors = watching.stderr.read()
    watching.stderr.close()
    assert "Traceback" not in errors
    assert "BrokenPipe" not in errors


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--provider", "nobody"], "invalid choice"),
        (["--provider", "sim", "--symbols", "A APL"], "not a ticker symbol"),
        (["--provider", "replay"], "needs --replay"),
        (["--provider", "sim", "--replay", "x.lmsession"], "no other provider"),
        (["--provider", "sim", "--seconds", "soon"], "not a number of seconds"),
    ],
)
def test_a_wish_that_cannot_be_done_is_answered_in_one_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        watch.parse(arguments)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_what_is_absent_is_null_for_programs_and_a_dash_for_people() -> None:
    quote = Quote("AAPL", WALL, bid_price=10.0, bid_size=100)
    (line,) = WatchLines().of(Batch([quote], 1.0), WALL)
    assert line["ask_price"] is None
    assert "ask_price=–" in plain_text(line)
    # Of an empty remedy there is nothing to read, and of a price every digit.
    (state,) = WatchLines().of(LinkStatus("live", provider="polygon"), WALL)
    assert "remedy" not in plain_text(state)
    (trade,) = WatchLines().of(Batch([Trade("BRK.A", 745_123.5625, 1_006_100, WALL, conditions=(2, 37))], 1.0), WALL)
    words = plain_text(trade)
    assert "price=745123.5625 size=1006100 " in words
    assert "conditions=2,37 " in words
    assert "timestamp=09:30:00.000 " in words
    (bands,) = WatchLines().of(Noted(PriceBands("AAPL", WALL, lower=9.0), 1.0), WALL)
    assert (bands["kind"], bands["upper"]) == ("bands", None)


def test_a_gap_is_told_only_where_a_link_was_lost_and_came_back() -> None:
    lines = WatchLines()
    kinds = [
        line["kind"]
        for state, at in (("connecting", 1), ("retrying", 2), ("live", 3), ("retrying", 4), ("live", 9))
        for line in lines.of(LinkStatus(state), WALL + at)  # type: ignore[arg-type]  # one of its states
    ]
    assert kinds == ["state"] * 5 + ["gap"]
    (trade,) = lines.of(Batch([Trade("AAPL", 1.0, 1, WALL)], 1.0), WALL)
    assert trade["price"] == 1.0
