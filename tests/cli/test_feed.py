"""`live-monitor feed`: what it serves, when it is ready, how it ends, and what it refuses in one line."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from live_monitor import cli, limits
from live_monitor.cli import feed, import_ticks
from live_monitor.data.models.market_data import Aggregate, Trade
from live_monitor.limits import Rejections
from live_monitor.providers.simulated import DEFAULT_START_MS
from live_monitor.wire import relay
from tests.fakes.chaos_server import ChaosServer
from tests.providers.sample_ticks import tick, write_file
from tests.server.harness import client, of_kind, serving

ROOT = Path(__file__).resolve().parents[2]
#: One symbol starts fastest.
SMALL = ["--symbols", "F", "--port", "0"]
PATIENCE_S = 20.0
posix_only = pytest.mark.skipif(os.name != "posix", reason="signals as on POSIX")


@contextmanager
def child(ready: Path, *arguments: str, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A feed as a process of its own, ready for clients."""
    command = [sys.executable, "-m", "live_monitor", "feed", *arguments, "--ready-file", str(ready)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options
    ) as process:
        try:
            deadline = time.monotonic() + PATIENCE_S
            while not ready.exists():
                assert process.poll() is None, process.stderr.read() if process.stderr else ""
                assert time.monotonic() < deadline, "the feed is not ready"
                time.sleep(0.005)
            yield process
        finally:
            process.kill()


async def greeting(port: int) -> relay.Hello:
    async with connect(f"ws://127.0.0.1:{port}/ws/test", proxy=None) as socket:
        hello = relay.RelayDecoder(Rejections()).decode(await socket.recv(decode=False), 0, limits.MAX_TIME_MS)
    assert isinstance(hello, relay.Hello)
    return hello


# -- as a process ------------------------------------------------------------------------------


@posix_only
def test_serves_once_the_ready_file_is_there_and_a_signal_ends_it_well(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    with child(ready, *SMALL) as process:
        port = int(ready.read_text(encoding="ascii"))
        assert ready.stat().st_mode & 0o777 == 0o600
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            hello = runner.run(greeting(port))
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=PATIENCE_S)
    assert (hello.label, hello.symbols, hello.pace) == ("SIMULATED", ["F"], "realtime")
    assert process.returncode == 0
    assert out.decode() == f"SIMULATED: F, at ws://127.0.0.1:{port}/ws/{{client_id}}\n"
    assert err == b""
    assert not ready.exists()


@posix_only
def test_ctrl_c_ends_it_well_with_a_client_connected(tmp_path: Path) -> None:
    with child(tmp_path / "ready", *SMALL) as process:
        port = int((tmp_path / "ready").read_text(encoding="ascii"))

        async def stay() -> int:
            async with connect(f"ws://127.0.0.1:{port}/ws/test", proxy=None) as socket:
                await socket.recv()
                process.send_signal(signal.SIGINT)
                await socket.wait_closed()
                return socket.close_code or 0

        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            assert runner.run(stay()) == 1001
        _, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, err) == (0, b"")


def test_ends_when_its_input_ends(tmp_path: Path) -> None:
    with child(tmp_path / "ready", *SMALL, "--exit-with-parent") as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(PATIENCE_S) == 0


@posix_only
def test_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    program = (
        "import subprocess, sys, time; "
        f"p = subprocess.Popen([sys.executable, '-m', 'live_monitor', 'feed', '--symbols', 'F', '--port', '0', "
        f"'--ready-file', {str(ready)!r}, '--exit-with-parent'], stdin=subprocess.PIPE, start_new_session=True); "
        "print(p.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        deadline = time.monotonic() + PATIENCE_S
        while not ready.exists():
            assert time.monotonic() < deadline
            time.sleep(0.005)
        parent.kill()
    # The ready file goes last; after it, only the end of the interpreter is left.
    while ready.exists() or _runs(pid):
        assert time.monotonic() < deadline, "the feed outlives its parent"
        time.sleep(0.005)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Adopted by whatever is process 1 here, which may be slow to collect it.
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"


def test_input_that_was_never_there_counts_as_ended(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "live_monitor", "feed", *SMALL, "--exit-with-parent"]
    done = subprocess.run(
        command, check=False, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S
    )
    assert (done.returncode, done.stderr) == (0, b"")


# -- refusals ----------------------------------------------------------------------------------


def test_a_port_in_use_is_told_in_one_line_with_the_way_out(capsys: pytest.CaptureFixture[str]) -> None:
    with ChaosServer() as other:
        assert cli.main(["feed", "--symbols", "F", "--port", str(other.port)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert f"Port {other.port}" in printed.err
    assert "--port" in printed.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--source", "nasdaq"], "sim, or replay:"),
        (["--source", "replay:"], "session file"),
        (["--source", "replay:x.lmsession", "--rate", "5"], "--rate belongs to the simulated market"),
        (["--symbols", "AAPL,../x"], "not a ticker symbol"),
        (["--symbols", ""], "not a ticker symbol"),
        (["--speed", "0"], "0.01 to 1000, or max"),
        (["--speed", "nan"], "0.01 to 1000, or max"),
        (["--speed", "fast"], "0.01 to 1000, or max"),
        (["--rate", "-1"], "0.1 to"),
        (["--rate", "inf"], "0.1 to"),
        (["--seed", "-1"], "whole number"),
        (["--seed", "1.5"], "whole number"),
        (["--at", "25:00"], "time of day"),
        (["--at", "10"], "time of day"),
        (["--port", "70000"], "not a port"),
        (["--port", "http"], "not a port"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_a_bad_command_line_is_told_in_one_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        feed.run(arguments)
    printed = capsys.readouterr().err
    assert stopped.value.code == 2
    assert printed.count("\n") == 1
    assert words in printed


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--faults", "gap,earthquake"], 2, "earthquake"),
        (["--source", "replay:{missing}"], 1, "cannot be opened"),
        (["--source", "replay:{garbage}"], 1, "session"),
        (["--ready-file", "{missing}/ready", "--symbols", "F"], 2, "--ready-file"),
    ],
)
def test_what_cannot_be_served_is_told_in_one_line(
    arguments: list[str], code: int, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    garbage = tmp_path / "garbage.lmsession"
    garbage.write_bytes(b"not a session")
    places = {"missing": tmp_path / "nowhere", "garbage": garbage}
    assert feed.run(["--port", "0", *[text.format(**places) for text in arguments]]) == code
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert words in printed.err
    assert printed.out == ""


# -- sources -----------------------------------------------------------------------------------


def test_the_simulated_market_starts_at_ten_or_when_asked_to() -> None:
    default = feed.open_source(feed.parse(["--symbols", "f"]))
    assert (default.symbols, default.start_ms) == (("F",), DEFAULT_START_MS)
    later = feed.open_source(feed.parse(["--symbols", "F", "--at", "15:30:30"]))
    assert later.start_ms == DEFAULT_START_MS + (5 * 3600 + 30 * 60 + 30) * 1000


def test_defaults_are_real_time_on_the_documented_port_with_a_fixed_seed() -> None:
    options = feed.parse([])
    assert (options.source, options.port, options.speed, options.seed) == ("sim", 8200, 1.0, None)
    assert feed.parse(["--speed", "max"]).speed == "max"


@pytest.mark.asyncio
async def test_the_same_seed_serves_the_same_events() -> None:
    async def listen() -> list[Any]:
        source = feed.open_source(feed.parse(["--symbols", "F", "--seed", "7", "--rate", "500"]))
        async with serving(source, speed="max") as server, client(server) as one:
            await one.subscribe("F")
            await one.read_until(lambda: len(one.events) >= 3_000)
        return one.events[:3_000]

    assert await listen() == await listen()


@pytest.mark.asyncio
async def test_a_replay_gives_every_print_of_the_recording(tmp_path: Path) -> None:
    rows = [
        tick(f"09:{30 + n // 60:02d}:{n % 60:02d}.500000", 10.0 + n / 100, 100, 1_000 + 100 * n, "C", number=n + 1)
        for n in range(600)
    ]
    recorded = write_file(tmp_path / "ticks.csv", rows)
    target = tmp_path / "day.lmsession"
    assert import_ticks.run(["iqfeed", str(recorded), "--symbol", "XYZ", "-o", str(target)]) == 0
    options = feed.parse(["--source", f"replay:{target}", "--at", "09:31:00", "--speed", "max"])
    source = feed.open_source(options)
    async with serving(source, speed=options.speed) as server, client(server) as one:
        assert one.notices[0].label.startswith("REPLAY 2021-03-01")  # type: ignore[union-attr]  # the greeting
        await one.subscribe("XYZ")
        snapshot = (await one.next_of(relay.SnapshotFrame)).data
        await one.ask(action="history", symbol="XYZ", timeframe="1m", limit=10, request_id=1)
        await one.next_of(relay.EndOfFeed)
    trades = of_kind(one.events, Trade)
    assert [trade.price for trade in trades] == [pytest.approx(10.0 + n / 100) for n in range(60, 600)]
    assert snapshot.last == pytest.approx(10.59)
    bars = of_kind(one.events, Aggregate)
    assert [(bar.start_ms - source.start_ms, bar.volume) for bar in bars[-9:]] == [
        (60_000 * n, 6_000.0) for n in range(9)
    ]


@pytest.mark.asyncio
async def test_a_real_recorded_day_arrives_whole(shared_data: Path, tmp_path: Path) -> None:
    recorded = shared_data / "iqfeed" / "by_day" / "2021-03-01_ticks.csv.gz"
    target = tmp_path / "day.lmsession"
    assert import_ticks.run(["iqfeed", str(recorded), "--symbol", "REAL", "-o", str(target)]) == 0
    expected = feed.open_source(feed.parse(["--source", f"replay:{target}"]))
    prints = [event for event in expected.advance(expected.end_ms) if type(event) is Trade]
    source = feed.open_source(feed.parse(["--source", f"replay:{target}"]))
    async with serving(source, speed="max") as server, client(server) as one:
        await one.subscribe("REAL")
        await one.next_of(relay.EndOfFeed)
    received = [(t.timestamp_ms, t.price, t.size, t.conditions) for t in of_kind(one.events, Trade)]
    assert received == [(t.timestamp_ms, t.price, t.size, t.conditions) for t in prints]
    assert len(received) > 10_000
    assert one.rejections.total == 0
