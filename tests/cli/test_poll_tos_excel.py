"""`live-monitor poll-tos-excel`: what it prints, publishes and refuses, and that there is one of it at a time."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from live_monitor.cli import main
from live_monitor.cli.poll_tos_excel import _Poller, merged, parse
from live_monitor.clock import ManualClock, SystemClock
from live_monitor.data import channels
from live_monitor.data.excel_lock import ExcelLock
from live_monitor.data.models.providers import ProviderChoice
from live_monitor.data.quote_mirror import QuoteMirror
from live_monitor.data.redis_client import open_redis
from live_monitor.providers import excel_process
from live_monitor.providers.excel_lines import Attached, Rows, SheetRow
from live_monitor.providers.tos_excel import child_arguments
from tests.fakes.redis_server import RedisServer
from tests.providers.quote_sheet import SPY, VFF, changed, save
from tests.providers.test_excel_memory import at

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def polling(path: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command as a process of its own."""
    command = [sys.executable, "-m", "live_monitor", "poll-tos-excel", "--file", str(path), "--interval", "0.05"]
    with subprocess.Popen(
        [*command, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def quote(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    found: dict[str, Any] = json.loads(process.stdout.readline())
    return found


def words(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    return process.stderr.readline().removeprefix("live-monitor poll-tos-excel: ").strip()


def test_every_row_is_printed_then_those_that_change_until_it_is_told_to_end(tmp_path: Path) -> None:
    path = save(tmp_path / "quotes.xlsx")
    with polling(path, "--data-dir", str(tmp_path)) as process:
        assert words(process) == "mirror off: no --redis"
        assert words(process) == "reading quotes.xlsx as it was saved last"
        first = [quote(process), quote(process)]
        assert [(one["symbol"], one["last"], one["bid"]) for one in first] == [
            ("VFF", "3.00", "2.95"),
            ("SPY", "650.25", "650.20"),
        ]
        save(path, changed(VFF, last="loading", bid=2.96), SPY)
        row = quote(process)
        assert (row["symbol"], row["last"], row["bid"], row["stale"]) == ("VFF", "3.00", "2.96", "last last_size")
        assert row["timestamp"] > first[0]["timestamp"]
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


def test_quotes_are_published_while_the_lock_is_held(tmp_path: Path) -> None:
    path = save(tmp_path / "quotes.xlsx")
    with RedisServer() as server:
        client = open_redis(server.url)
        with polling(path, "--redis", server.url, "--data-dir", str(tmp_path)) as process:
            assert words(process).startswith("publishing through unix:")
            assert quote(process)["symbol"] == "VFF"
            assert quote(process)["symbol"] == "SPY"
            assert client.pttl(channels.EXCEL_LOCK) > 6_000
            save(path, changed(VFF, last=3.25), SPY)
            assert quote(process)["last"] == "3.25"
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        assert json.loads(client.hget(channels.LATEST_QUOTES, "VFF") or "")["last"] == "3.25"
        assert json.loads(client.hget(channels.LATEST_QUOTES, "SPY") or "")["volume"] == "42000000"
        assert client.get(channels.EXCEL_LOCK) is None, "given back"
        client.close()


def test_lock_that_is_lost_stops_the_reading_at_once(tmp_path: Path) -> None:
    path = save(tmp_path / "quotes.xlsx")
    with RedisServer() as server:
        client = open_redis(server.url)
        with polling(path, "--redis", server.url, "--data-dir", str(tmp_path)) as process:
            assert quote(process)["symbol"] == "VFF"
            client.set(channels.EXCEL_LOCK, "another", px=60_000)
            said = [words(process) for _ in range(4)]
            assert said[2:] == [
                "the lock of Excel is lost; reading has stopped",
                "another process reads Excel; waiting whether it ends",
            ]
        client.close()


def test_second_one_waits_and_goes_on_when_the_first_is_killed(tmp_path: Path) -> None:
    path = save(tmp_path / "quotes.xlsx")
    arguments = ("--data-dir", str(tmp_path))
    with polling(path, *arguments) as first:
        assert quote(first)["symbol"] == "VFF"
        with polling(path, *arguments) as second:
            assert words(second) == "another process reads Excel; waiting whether it ends"
            first.kill()
            assert quote(second)["symbol"] == "VFF"


def test_once_prints_every_row_and_ends_also_without_the_server(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = save(tmp_path / "quotes.xlsx")
    arguments = ["--file", str(path), "--once", "--redis", "redis://me:hush-hush@127.0.0.1:1/0"]
    assert main(["poll-tos-excel", *arguments, "--data-dir", str(tmp_path)]) == 0
    printed, said = capfd.readouterr()
    assert [json.loads(line)["symbol"] for line in printed.splitlines()] == ["VFF", "SPY"]
    assert "mirror off: redis://127.0.0.1:1/0 cannot be reached" in said
    assert "hush" not in said


def test_once_gives_up_when_the_reading_process_keeps_dying(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(excel_process, "own_command", lambda: [sys.executable, "-c", "raise SystemExit('no more')"])
    path = save(tmp_path / "quotes.xlsx")
    assert main(["poll-tos-excel", "--file", str(path), "--once", "--data-dir", str(tmp_path)]) == 1
    said = capfd.readouterr().err.splitlines()
    assert sum("It is started again" in line for line in said) == 2
    assert said[-1].endswith("The process that reads Excel ended (code 1): no more.")


def test_a_look_a_second_at_all_of_the_first_sheet_unless_told_otherwise() -> None:
    options = parse(["--file", "q.xlsx"])
    assert (options.interval, options.sheet, options.range, options.source) == (1.0, "", "", "auto")
    assert child_arguments(ProviderChoice(provider="tos_excel", workbook="q.xlsx"))[1] == "--interval=1"


def test_nothing_is_printed_or_published_while_another_one_may_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with RedisServer() as server, open_redis(server.url) as client:
        lock, mirror = (ExcelLock(tmp_path, None, SystemClock(), "me"), QuoteMirror(client, SystemClock()))
        poller = _Poller(lock, mirror, SystemClock(), once=False)
        rows = Rows(1_000, [SheetRow("VFF", last=3.0)], quotes=[{"symbol": "VFF", "last": "3.00"}])
        poller.take(rows)
        assert capsys.readouterr().out == ""
        assert lock.acquire()
        poller.take(rows)
        assert '"VFF"' in capsys.readouterr().out
        lock.release()
        asyncio.run(poller.flush())
        assert client.exists(channels.LATEST_QUOTES) == 0


def told(clock: ManualClock, last: str) -> Rows:
    return Rows(clock.wall_ms(), [SheetRow("VFF", last=float(last))], quotes=[{"symbol": "VFF", "last": last}])


def test_formulas_that_died_in_an_open_market_are_said_once_per_stretch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = ManualClock(wall_ms=at("2026-11-20T15:55:00"))
    lock = ExcelLock(tmp_path, None, clock, "me")
    assert lock.acquire()
    poller = _Poller(lock, None, clock, once=False)

    def said_after(seconds: int) -> list[str]:
        for _ in range(seconds):
            clock.advance(1)
            poller.look()
        return [line.partition(": ")[2] for line in capsys.readouterr().err.splitlines()]

    poller.take(Attached("excel", "quotes.xlsx"))
    poller.take(told(clock, "3.00"))
    assert said_after(59) == ["reading quotes.xlsx in Excel"]
    (dead,) = said_after(100)
    assert dead.startswith("nothing in the sheet has changed for 60 s in an open market. See whether thinkorswim")
    poller.take(Attached("excel", "quotes.xlsx"))
    poller.take(told(clock, "3.00"))
    assert "nothing" not in " ".join(said_after(30)), "attached anew, and still the values of before"
    poller.take(told(clock, "3.01"))
    assert said_after(59) == ["the sheet changes again"]
    assert said_after(1) == [dead], "another stretch"
    poller.take(told(clock, "3.02"))
    clock.advance(300)
    assert said_after(120) == ["the sheet changes again"], "the market is closed"
    lock.release()


def test_a_saved_workbook_stands_still_without_a_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clock = ManualClock(wall_ms=at("2026-11-20T12:00:00"))
    poller = _Poller(ExcelLock(tmp_path, None, clock, "me"), None, clock, once=False)
    poller.take(Attached("file", "quotes.xlsx"))
    clock.advance(600)
    poller.look()
    assert capsys.readouterr().err.count("\n") == 1


def test_workbook_that_is_not_there_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    arguments = ["--file", str(tmp_path / "gone.xlsx"), "--once", "--data-dir", str(tmp_path)]
    assert main(["poll-tos-excel", *arguments]) == 1
    assert "Name the workbook by its full path" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--file"),
        (["--file", "x", "--interval", "0"], "must be 0.05 to 3600 seconds"),
        (["--file", "x", "--interval", "soon"], "not “soon”"),
    ],
)
def test_bad_command_line_is_refused_in_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1


def test_address_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--file", "x", "--redis", "http://localhost", "--data-dir", str(tmp_path)]
    assert main(["poll-tos-excel", *arguments]) == 2
    assert "no address of a Redis server" in capsys.readouterr().err


def test_value_that_was_never_known_is_empty_and_not_stale() -> None:
    row = SheetRow("VFF", bid=2.95, unknown={"last": "loading", "day_volume": "#N/A"})
    rows = Rows(1_765_218_600_000, [row], quotes=[{"symbol": "VFF", "last": "", "bid": "2.95", "volume": ""}])
    (new,) = merged(rows, {})
    assert new == {"symbol": "VFF", "last": "", "bid": "2.95", "volume": "", "timestamp": "2025-12-08T18:30:00Z"}
    (known,) = merged(rows, {"VFF": {"last": "3.00", "volume": "5"}})
    assert (known["last"], known["volume"], known["stale"]) == ("3.00", "5", "last volume")


def test_reader_that_goes_away_ends_it_quietly(tmp_path: Path) -> None:
    path = save(tmp_path / "quotes.xlsx")
    with polling(path, "--data-dir", str(tmp_path)) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        os.utime(path)
        save(path, changed(VFF, last=9.0))
        assert process.wait(10) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
