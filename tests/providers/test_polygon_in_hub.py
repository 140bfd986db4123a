"""Polygon's stream through the inbox into the hub: halts, bands, late answers, and a window that does not look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from random import Random

import pytest

from live_monitor.clock import SystemClock
from live_monitor.data.feed_watch import WatchedOutlet
from live_monitor.data.inbox import Batch, Inbox, Loss
from live_monitor.data.market_hub import MarketHub
from live_monitor.data.models.market_data import Trade
from live_monitor.engine.market.sessions import us_equities
from live_monitor.limits import MAX_BACKLOG_EVENTS
from live_monitor.providers.polygon import PolygonFeed
from live_monitor.secrets import Secret
from tests.fakes import polygon_frames as frames
from tests.fakes.far_end import FarEnd
from tests.providers.polygon_far import PATIENT

#: 10:30 New York on a trading day in the past.
OPEN_MS = 1_795_188_600_000


class Whole:
    """Feed, inbox and hub on one loop; the hub takes when it is told to."""

    def __init__(self, far: FarEnd) -> None:
        self.far = far
        self.arrived = asyncio.Event()
        self.inbox = Inbox(self.arrived.set)
        self.hub = MarketHub(SystemClock(), us_equities())
        self.hub.set_focus("AAPL")
        self.feed = PolygonFeed(
            self.inbox, Secret("TESTKEY"), clock=SystemClock(), random=Random(1), server_url=far.ws, timing=PATIENT
        )

    async def until(self, condition: Callable[[], object]) -> None:
        """Takes whatever comes until `condition` holds."""
        async with asyncio.timeout(20):
            while not condition():
                self.arrived.clear()
                self.hub.take(self.inbox.take(1_000_000))
                if not condition():
                    await self.arrived.wait()


@asynccontextmanager
async def whole(far: FarEnd) -> AsyncIterator[Whole]:
    desk = Whole(far)
    await desk.feed.want({"AAPL": ("T", "Q", "AM")})
    task = asyncio.create_task(desk.feed.run())
    try:
        await asyncio.to_thread(far.wait_until, lambda seen: len(seen["subscribed"]) == 4)
        yield desk
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)


@pytest.fixture
def far() -> Iterator[FarEnd]:
    with FarEnd("polygon_server") as server:
        yield server


@pytest.mark.asyncio
async def test_a_pause_halts_the_symbol_and_its_end_lets_it_trade_again(far: FarEnd) -> None:
    async with whole(far) as desk:
        at_ms = frames.now_ms()
        await asyncio.to_thread(far.do, "quote", symbol="AAPL", bid=150.0, ask=150.1, at_ms=at_ms, condition=43)
        await desk.until(lambda: desk.hub.continuity.halted)
        assert desk.hub.problems == {"AAPL": "trading halted"}
        await asyncio.to_thread(far.do, "quote", symbol="AAPL", bid=150.0, ask=150.1, at_ms=at_ms + 1)
        await desk.until(lambda: not desk.hub.continuity.halted)
        assert desk.hub.problems == {}
        assert [alert.kind for alert in desk.hub.alerts if alert.symbol == "AAPL"] == ["halt", "resume"]


@pytest.mark.asyncio
async def test_bands_of_the_stream_are_those_of_the_hub(far: FarEnd) -> None:
    async with whole(far) as desk:
        await asyncio.to_thread(far.do, "bands", symbol="AAPL", lower=140.0, upper=160.0, at_ms=OPEN_MS)
        await desk.until(lambda: desk.hub.price_bands.version)
        bands = desk.hub.price_bands.of("AAPL", OPEN_MS)
        assert bands is not None
        assert (bands.lower, bands.upper) == (140.0, 160.0)
        assert desk.hub.pages.market == "polygon"


@pytest.mark.asyncio
async def test_a_symbol_that_is_confirmed_after_all_has_no_problem_any_more(far: FarEnd) -> None:
    async with whole(far) as desk:
        await desk.until(lambda: desk.hub.link.connected)
        desk.inbox.put_problem("AAPL", "no answer from the server")
        await desk.until(lambda: desk.hub.problems)
        await asyncio.to_thread(far.do, "close", code=1001)
        await desk.until(lambda: not desk.hub.problems)
        assert desk.hub.counters.reconnects == 1


@pytest.mark.parametrize(("delayed", "plan"), [(False, ""), (True, "15 min late, no quotes")])
def test_what_the_delayed_stream_lacks_is_said_as_its_plan(delayed: bool, plan: str) -> None:
    inbox, clock = Inbox(lambda: None), SystemClock()
    feed = PolygonFeed(inbox, Secret("TESTKEY"), clock=clock, random=Random(1), delayed=delayed)
    watch = WatchedOutlet(inbox, "polygon", clock=clock)
    watch.belongs_to(feed)
    assert watch.status.plan == plan


@pytest.mark.asyncio
async def test_a_window_that_does_not_look_holds_up_nobody_and_every_loss_is_told(far: FarEnd) -> None:
    async with whole(far) as desk:
        await desk.until(lambda: desk.hub.link.connected)
        # The far end says that all was written: the feed has read on although nobody took anything.
        await asyncio.to_thread(far.do, "flood", n=60_000)
        await asyncio.to_thread(far.do, "trade", symbol="AAPL", price=160.0, sequence=70_000)
        await asyncio.to_thread(far.do, "close", code=1001)
        await asyncio.to_thread(far.wait_until, lambda seen: seen["connections"] == 2)
        assert desk.inbox.backlog <= MAX_BACKLOG_EVENTS
        items = desk.inbox.take(1_000_000)
        told = sum(isinstance(event, Trade) for item in items if isinstance(item, Batch) for event in item.events)
        lost = sum(item.trades for item in items if isinstance(item, Loss))
        assert told + lost == 30_001
        assert lost > 0
