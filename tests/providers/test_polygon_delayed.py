"""The clock of Polygon's delayed stream: as late as the prices, and not moved by a wrong clock of the machine."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from live_monitor.clock import ManualClock
from live_monitor.data.models.market_data import Trade
from live_monitor.providers.polygon import DELAY_S, PolygonFeed
from live_monitor.secrets import Secret
from live_monitor.wire.notices import Ack, ClockFrame
from tests.fakes.far_end import FarEnd
from tests.fakes.kept_outlet import KeptOutlet
from tests.providers.polygon_far import QUICK

OPEN_MS = 1_795_188_600_000
DELAY_MS = round(DELAY_S * 1_000)


@pytest.mark.parametrize("wrong_s", [3_600, -round(DELAY_S)])
@pytest.mark.asyncio
async def test_prices_that_are_late_by_contract_speak_for_the_time_against_a_clock_that_was_set_wrong(
    wrong_s: int,
) -> None:
    clock, outlet = ManualClock(OPEN_MS), KeptOutlet()
    true_ms = OPEN_MS
    with FarEnd("polygon_server", "--delayed") as far:
        feed = PolygonFeed(
            outlet, Secret("TESTKEY"), clock=clock, random=Random(1), server_url=far.ws, delayed=True,
            timing=QUICK._replace(pong_s=5.0),
        )  # fmt: skip
        await feed.want({"AAPL": ("T",)})
        task = asyncio.create_task(feed.run())
        await outlet.until(lambda: outlet.all(Ack))
        for second in range(90):
            if second == 5:
                clock.step_wall(wrong_s)
            clock.advance(1)
            true_ms += 1_000
            await asyncio.to_thread(far.do, "trade", symbol="AAPL", price=150.0, at_ms=true_ms - DELAY_MS)
            await outlet.until(lambda count=second + 1: len(outlet.all(Trade)) == count)  # type: ignore[misc]  # now
        frames = len(outlet.all(ClockFrame))
        clock.advance(30)
        true_ms += 30_000
        await outlet.until(lambda: len(outlet.all(ClockFrame)) > frames)
        assert abs(outlet.all(ClockFrame)[-1].market_ms - (true_ms - DELAY_MS)) < 2_000
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0)
