"""Rows that take their time: a machine that sleeps, a link that flaps, a link that is too slow."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from queue import SimpleQueue

import pytest

from live_monitor.data.models.market_data import Quote, Trade
from tests.conformance.feeds.running import running
from tests.conformance.feeds.subjects import PATIENT, Polygon, Simulated
from tests.fakes.far_end import FarEnd

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(300)]

#: What a machine that has other things to do gets beside the figure of the row.
SLACK = 5


@pytest.mark.skipif(os.name != "posix", reason="a process is stopped by a signal")
def test_f14_a_process_that_slept_is_live_again_soon_after_it_wakes(tmp_path: Path) -> None:
    with FarEnd("polygon_server", "--key", "TESTKEY") as far:
        watching = subprocess.Popen(
            [sys.executable, "-m", "live_monitor", "watch", "--provider", "polygon", "--server-url", far.ws,
             "--rest-url", "http://127.0.0.1:9", "--jsonl", "--data-dir", str(tmp_path)],
            env={**os.environ, "POLYGON_API_KEY": "TESTKEY"}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True,
        )  # fmt: skip
        lines: SimpleQueue[dict[str, object]] = SimpleQueue()
        assert watching.stdout is not None

        def read() -> None:
            for text in watching.stdout or ():
                lines.put(json.loads(text))

        reader = threading.Thread(target=read)
        reader.start()
        try:
            far.wait_until(lambda seen: "T.AAPL" in seen["subscribed"])
            watching.send_signal(signal.SIGSTOP)
            time.sleep(20)
            # The network has let go of it meanwhile.
            far.do("abort")
            watching.send_signal(signal.SIGCONT)
            woken = time.monotonic()
            far.wait_until(lambda seen: seen["connections"] == 2 and "T.AAPL" in seen["subscribed"], 5.0 * SLACK)
            far.do("trade", symbol="AAPL", price=150.25, size=100)
            while lines.get(timeout=5.0 * SLACK).get("price") != 150.25:
                pass
            assert time.monotonic() - woken < 5.0 * SLACK
        finally:
            watching.kill()
            watching.wait()
            reader.join()
            watching.stdout.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.asyncio
async def test_f15_a_link_that_flaps_leaks_nothing(tmp_path: Path) -> None:
    with Polygon(tmp_path) as subject:
        async with running(subject, "AAPL") as run:
            await run.live()
            await run.streams("AAPL")
            before = (len(os.listdir("/proc/self/fd")), threading.active_count(), len(asyncio.all_tasks()))
            for number in range(300):
                await run.far(lambda: subject.end(1006))
                await run.live(number + 2)
            await run.streams("AAPL")
            # A thread of the executor more or less is none of the feed's.
            after = (len(os.listdir("/proc/self/fd")), threading.active_count(), len(asyncio.all_tasks()))
            assert after[0] <= before[0] + 2
            assert after[1] <= before[1] + 2
            assert after[2] <= before[2]
            assert "failed" not in run.outlet.states


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.asyncio
async def test_f16_a_link_that_is_too_slow_shows_its_lag_and_stays_bounded(tmp_path: Path) -> None:
    with Simulated(tmp_path) as subject:
        subject.timing = PATIENT
        async with running(subject, "AAPL") as run:
            await run.live()
            await run.streams("AAPL")
            await run.far(lambda: subject.far.do("throttle", rate=10_000))
            hub = run.outlet.hub
            hub.set_focus("AAPL")
            grown = _resident_kb()
            await asyncio.sleep(30)
            told = [item for item in run.outlet.items if isinstance(item, Trade | Quote) and item.symbol == "AAPL"]
            real_ms = hub.clock.now_ms() - told[-1].timestamp_ms
            assert run.outlet.states[-1] == "live"
            # What is told is what a person would reckon from the newest event, give or take a frame.
            assert abs(hub.lag_ms - real_ms) <= max(0.1 * real_ms, 1_000)
            assert _resident_kb() - grown < 50_000


def _resident_kb() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    raise AssertionError("no figure of memory")
