"""The feed's process: found, watched, restarted, never left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from live_monitor.clock import SystemClock
from live_monitor.errors import StartError
from live_monitor.runtime import feed_process
from live_monitor.runtime.feed_process import FeedProcess, feed_arguments, feed_command, feed_environment
from live_monitor.runtime.options import DesktopOptions

#: A feed in small: writes the port that it was given (or 4321), then waits for the end of its input.
FAKE = """
import argparse, os, signal, sys
parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int)
parser.add_argument("--ready-file")
parser.add_argument("--exit-with-parent", action="store_true")
parser.add_argument("--mode", default="well")
given = parser.parse_args()
print("a line for the log", file=sys.stderr, flush=True)
if given.mode == "dies":
    sys.exit("no such session file")
if given.mode == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open(given.ready_file + ".tmp", "w") as file:
    file.write(f"{given.port or 4321}\\n")
os.replace(given.ready_file + ".tmp", given.ready_file)
while given.mode == "stubborn" or os.read(0, 100):
    pass
"""


@pytest.fixture
def feeds(tmp_path: Path) -> Iterator[list[FeedProcess]]:
    made: list[FeedProcess] = []
    yield made
    for feed in made:
        feed.stop()


def make(tmp_path: Path, feeds: list[FeedProcess], mode: str = "well") -> FeedProcess:
    script = tmp_path / "fake_feed.py"
    script.write_text(FAKE)
    command = [sys.executable, str(script)]
    feed = FeedProcess(command, ["--mode", mode], os.environ, tmp_path / "run", SystemClock())
    feeds.append(feed)
    feed.start()
    return feed


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.asyncio
async def test_the_port_is_found_and_the_file_that_named_it_removed(tmp_path: Path, feeds: list[FeedProcess]) -> None:
    feed = make(tmp_path, feeds)
    assert await feed.port() == 4321
    assert list((tmp_path / "run").iterdir()) == []


@pytest.mark.asyncio
async def test_a_feed_that_cannot_start_says_why(tmp_path: Path, feeds: list[FeedProcess]) -> None:
    feed = make(tmp_path, feeds, "dies")
    with pytest.raises(StartError, match="no such session file"):
        await feed.port()


@pytest.mark.asyncio
async def test_a_feed_that_never_names_its_port_is_given_up(
    tmp_path: Path, feeds: list[FeedProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_process, "READY_TIMEOUT_S", 0.05)
    feed = make(tmp_path, feeds, "stubborn")
    feed._ready_file = tmp_path / "never"
    with pytest.raises(StartError, match="in time"):
        await feed.port()


@pytest.mark.asyncio
async def test_a_killed_feed_is_started_again_on_its_port(
    tmp_path: Path, feeds: list[FeedProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_process, "WATCH_POLL_S", 0.01)
    feed = make(tmp_path, feeds)
    await feed.port()
    first = feed.pid
    assert first is not None
    told: list[str] = []
    watching = asyncio.create_task(feed.watch(told.append))
    os.kill(first, signal.SIGKILL)
    while feed.pid in (first, None):
        await asyncio.sleep(0.01)
    assert await feed.port() == 4321
    assert len(told) == 1
    assert "started again" in told[0]
    watching.cancel()
    assert gone(first)


@pytest.mark.asyncio
async def test_a_feed_that_dies_again_and_again_is_given_up(
    tmp_path: Path, feeds: list[FeedProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_process, "WATCH_POLL_S", 0.01)
    monkeypatch.setattr(feed_process, "MAX_RESTARTS", 2)
    told: list[str] = []
    await asyncio.wait_for(make(tmp_path, feeds, "dies").watch(told.append), 30)
    assert len(told) == 3
    assert "given up" in told[-1]


@pytest.mark.parametrize("mode", ["well", "stubborn"])
@pytest.mark.asyncio
async def test_stopping_leaves_nothing_behind(tmp_path: Path, feeds: list[FeedProcess], mode: str) -> None:
    feed = make(tmp_path, feeds, mode)
    await feed.port()
    pid = feed.pid
    assert pid is not None
    started = asyncio.get_running_loop().time()
    feed.stop()
    feed.stop()
    assert asyncio.get_running_loop().time() - started < 1.0 * 5
    assert gone(pid)


def test_a_program_that_does_not_exist_is_told(tmp_path: Path) -> None:
    feed = FeedProcess([str(tmp_path / "missing")], [], os.environ, tmp_path / "run", SystemClock())
    with pytest.raises(StartError, match="could not be started"):
        feed.start()


def test_what_the_desktop_was_asked_for_reaches_the_feed(tmp_path: Path) -> None:
    options = DesktopOptions(seed=7, rate=30_000.0, at="10:30:00", speed="max", faults="gap,late")
    assert feed_arguments(options, "sim") == [
        "--source", "sim", "--seed", "7", "--rate", "30000", "--at", "10:30:00", "--speed", "max",
        "--faults", "gap,late",
    ]  # fmt: skip
    replay = DesktopOptions(replay=tmp_path / "a b.lmsession", speed="60")
    assert feed_arguments(replay, "replay") == ["--source", f"replay:{tmp_path / 'a b.lmsession'}", "--speed", "60"]


def test_a_frozen_build_starts_itself_and_a_checkout_its_module() -> None:
    assert feed_command(True, "/opt/live-monitor") == ["/opt/live-monitor", "feed"]
    assert feed_command(False, "/usr/bin/python3") == ["/usr/bin/python3", "-m", "live_monitor", "feed"]


def test_the_child_finds_the_package_from_anywhere() -> None:
    assert feed_environment({"PYTHONPATH": "x"}, Path("/src"), False)["PYTHONPATH"] == f"/src{os.pathsep}x"
    assert feed_environment({}, Path("/src"), False)["PYTHONPATH"] == "/src"
    assert "PYTHONPATH" not in feed_environment({}, Path("/src"), True)
