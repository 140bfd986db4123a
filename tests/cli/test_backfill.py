"""`live-monitor backfill`: from a server, a recording and the simulated market into a real store."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from websockets.sync.server import ServerConnection, serve

from live_monitor.cli import main
from live_monitor.cli.backfill import parse, run
from live_monitor.data.models.timeframe import DAY, MINUTE, SECOND, Timeframe
from live_monitor.data.stores.opening import FILE_NAME
from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.ports import SeriesKey
from live_monitor.settings import Settings, SettingsStore
from live_monitor.wire import relay
from tests.fakes.scripted_market import START_MS, ScriptedMarket, a_minute
from tests.providers.sample_ticks import session, tick, write_file
from tests.server.harness import serving

LATER = 2**41


@pytest.fixture(autouse=True)
def no_shared_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INFLUX_URL", raising=False)


def kept(folder: Path, market: str, symbol: str, timeframe: Timeframe = MINUTE) -> list[int]:
    with closing(SqliteStore(folder / "history" / FILE_NAME)) as store:
        starts: list[int] = store.read(SeriesKey(market, symbol, timeframe), 0, LATER).start_ms.tolist()
        return starts


def markets(folder: Path) -> set[str]:
    with closing(SqliteStore(folder / "history" / FILE_NAME)) as store:
        return {key.market for key in store.series()}


# -- a server ----------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_bars_of_a_server_are_kept_under_its_markets_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bars = [a_minute(symbol, -number) for symbol in ("AAPL", "MSFT") for number in range(90, 0, -1)]
    async with serving(ScriptedMarket(past=bars), speed=1.0) as server:
        command = ["AAPL", "MSFT", "--url", server.url, "--data-dir", str(tmp_path)]
        assert await asyncio.to_thread(run, command) == 0
    wanted = [START_MS - number * 60_000 for number in range(90, 0, -1)]
    assert kept(tmp_path, "scripted", "AAPL") == kept(tmp_path, "scripted", "MSFT") == wanted
    captured = capsys.readouterr()
    assert captured.out.splitlines() == [
        f"{symbol} 1m: 90 bars in 1 page, 2026-11-20 08:30 to 2026-11-20 10:00; no more history before 2026-11-20 08:30"
        for symbol in ("AAPL", "MSFT")
    ]
    assert captured.err == ""


@pytest.mark.asyncio
async def test_one_symbol_that_is_unknown_does_not_keep_the_others_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving(ScriptedMarket(past=[a_minute("AAPL", -1)]), speed=1.0) as server:
        command = ["ZZZ", "AAPL", "--url", server.url, "--data-dir", str(tmp_path)]
        assert await asyncio.to_thread(run, command) == 1
    assert kept(tmp_path, "scripted", "AAPL") == [START_MS - 60_000]
    assert capsys.readouterr().err == ("live-monitor backfill: ZZZ: The server does not know ZZZ. It has AAPL, MSFT.\n")


def test_a_server_that_is_not_there_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["AAPL", "--url", "ws://127.0.0.1:1/ws", "--data-dir", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "ws://127.0.0.1:1/ws: The server cannot be reached" in error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.asyncio
async def test_without_a_word_the_server_of_the_settings_is_asked(tmp_path: Path) -> None:
    async with serving(ScriptedMarket(past=[a_minute("AAPL", -1)]), speed=1.0) as server:
        SettingsStore(tmp_path / "settings.json").save(Settings(server_url=server.url))
        assert await asyncio.to_thread(run, ["AAPL", "--data-dir", str(tmp_path)]) == 0
    assert kept(tmp_path, "scripted", "AAPL") == [START_MS - 60_000]


def test_secrets_of_an_address_are_not_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["AAPL", "--url", "ws://me:secret@127.0.0.1:1/ws?token=hidden", "--data-dir", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "secret" not in error
    assert "hidden" not in error


@pytest.fixture
def slow_server() -> Iterator[tuple[str, threading.Event]]:
    """A server that answers the first question and lets the second one wait; the event: the second has come."""
    waiting = threading.Event()

    def talk(connection: ServerConnection) -> None:
        connection.send(
            relay.encode(relay.Hello(["history"], market="slow", symbols=["AAPL"], timeframes=["1m"])), text=True
        )
        connection.recv()
        asked = relay.decode_request(connection.recv(decode=False))
        assert asked is not None
        page = relay.HistoryPage("AAPL", "1m", asked.request_id, [a_minute("AAPL", -5)], True)
        connection.send(relay.encode(page), text=True)
        for _ in connection:
            waiting.set()

    with serve(talk, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/ws/{{client_id}}", waiting
        server.shutdown()
        thread.join()


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as POSIX does it")
def test_ctrl_c_keeps_what_was_fetched(tmp_path: Path, slow_server: tuple[str, threading.Event]) -> None:
    url, waiting = slow_server
    command = [sys.executable, "-m", "live_monitor", "backfill", "AAPL", "--url", url, "--data-dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert waiting.wait(30)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert re.fullmatch(r"AAPL 1m: 1 bar in 1 page, .*; not finished: the next run goes on there\n", out)
    assert err == "live-monitor backfill: stopped; what was fetched is kept, the next run goes on there\n"
    assert kept(tmp_path, "slow", "AAPL") == [START_MS - 300_000]


# -- without a server --------------------------------------------------------------------------


def test_the_simulated_market_needs_no_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["backfill", "QZPX", "--provider", "sim", "--from", "2026-11-20T09:30", "--data-dir", str(tmp_path)]
    assert main(command) == 0
    (market,) = markets(tmp_path)
    assert market.startswith("simulated-86")
    starts = kept(tmp_path, market, "QZPX")
    assert len(starts) >= 20
    assert starts[-1] < START_MS
    assert "2026-11-20 09:30 to 2026-11-20 10:00" in capsys.readouterr().out


def test_another_seed_is_another_market(tmp_path: Path) -> None:
    assert run(["QZPX", "--seed", "7", "--from", "2026-11-20T09:55", "--data-dir", str(tmp_path)]) == 0
    assert next(iter(markets(tmp_path))).startswith("simulated-7")


def test_a_recording_gives_its_seconds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [tick(f"09:30:0{second}.5", 1.5, 100, 100 * (second + 1), "C", number=second + 1) for second in (0, 3, 4)]
    recording = session(tmp_path / "day.lmsession", [write_file(tmp_path / "ticks.csv", rows)])
    command = ["XYZ", "--replay", str(recording), "--timeframe", "5s", "--data-dir", str(tmp_path)]
    assert run(command) == 0
    (market,) = markets(tmp_path)
    assert market.startswith("replay-iqfeed-2021-03-01")
    assert len(kept(tmp_path, market, "XYZ", SECOND)) == 3
    captured = capsys.readouterr()
    assert captured.err == "5s bars are made of 1s bars: these are fetched.\n"
    assert "XYZ 1s: 3 bars in 1 page" in captured.out
    assert main(["bars", "xyz", "--timeframe", "5s", "--data-dir", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[1].split(",")[1:6] == ["1.5", "1.5", "1.5", "1.5", "300"]


def test_a_recording_gives_its_last_day_too_for_it_is_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        tick("09:30:00.5", 1.5, 100, 100, "C", number=1),
        tick("15:59:59.5", 1.6, 50, 150, "C", number=2),
        tick("19:00:00.5", 1.9, 10, 160, "E", number=3),
    ]
    recording = session(tmp_path / "day.lmsession", [write_file(tmp_path / "ticks.csv", rows)])
    command = ["XYZ", "--replay", str(recording), "--timeframe", "1D", "--data-dir", str(tmp_path)]
    assert run(command) == 0
    assert "XYZ 1D: 1 bar in 1 page" in capsys.readouterr().out
    assert main(["bars", "XYZ", "--timeframe", "1D", "--data-dir", str(tmp_path)]) == 0
    (day,) = capsys.readouterr().out.splitlines()[1:]
    assert day.split(",")[1:6] == ["1.5", "1.6", "1.5", "1.6", "160"], "prices of the regular session, volume of all"


def test_a_second_run_has_nothing_left_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["QZPX", "--seed", "7", "--from", "2026-11-20T09:30", "--to", "2026-11-20T09:40"]
    command += ["--data-dir", str(tmp_path)]
    assert run(command) == run(command) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert "in 1 page" in first
    assert "0 bars in 0 pages" in second
    assert second.endswith("everything was there already")


# -- the command line --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["AAPL", "--provider", "replay"], "add --replay FILE"),
        (["AAPL", "--url", "ws://x", "--seed", "1"], "different sources"),
        (["AAPL", "--url", "ws://x", "--provider", "sim"], "does not go with --provider sim"),
        (["AAPL", "--url", "http://x"], "must look like ws://"),
        (["A B", "--provider", "sim"], "not a ticker symbol"),
        (["AAPL", "--provider", "sim", "--rate", "0"], "must be 0.1 to 60000, or max"),
        (["AAPL", "--provider", "sim", "--rate", "nan"], "must be 0.1 to 60000, or max"),
        (["AAPL", "--provider", "sim", "--timeframe", "2D"], "days, weeks and months come one to a bar"),
        (["AAPL", "--provider", "sim", "--from", "2026-11-23"], "lies in the future"),
        (["AAPL", "--provider", "sim", "--store", "redis://x"], "none that this program knows"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = run([*options, "--data-dir", str(tmp_path)])
    except SystemExit as ended:
        code = int(str(ended.code))
    error = capsys.readouterr().err
    assert code in (1, 2)
    assert error.count("\n") == 1
    assert said in error


def test_options_imply_the_provider_and_symbols_count_once() -> None:
    options = parse(["aapl", "MSFT", "AAPL", "--seed", "5", "--rate", "max"])
    assert (options.provider, options.symbols, options.rate) == ("sim", ["AAPL", "MSFT"], 0.0)
    assert parse(["AAPL", "--url", "ws://x"]).provider == parse(["AAPL"]).provider == "relay"
    assert parse(["AAPL", "--replay", "x.lmsession"]).provider == "replay"
    assert parse(["AAPL", "--provider", "sim", "--timeframe", "1D"]).timeframe == DAY


def test_a_recording_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["AAPL", "--replay", str(tmp_path / "no.lmsession"), "--data-dir", str(tmp_path)]) == 1
    assert "cannot be opened" in capsys.readouterr().err
