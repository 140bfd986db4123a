"""Schwab's stream through the inbox into the hub: prices without a tape, bars by the minute, nothing called missing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from random import Random

import pytest

from live_monitor.clock import SystemClock
from live_monitor.data.inbox import Inbox
from live_monitor.data.market_hub import MarketHub
from live_monitor.engine.market.bar_columns import BarSource, Proof
from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.market.ticker_state import TickerState
from live_monitor.providers.schwab import SchwabFeed
from tests.fakes.far_end import FarEnd
from tests.providers.schwab_subject import QUICK, TOKEN, GivenTokens, api_at

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(60)]


class Whole:
    """Feed, inbox and hub on one loop."""

    def __init__(self, far: FarEnd) -> None:
        self.far = far
        self.arrived = asyncio.Event()
        self.inbox = Inbox(self.arrived.set)
        self.hub = MarketHub(SystemClock(), us_equities())
        self.hub.set_focus("AAPL")
        tokens = GivenTokens()
        clock = SystemClock()
        self.feed = SchwabFeed(self.inbox, tokens, api_at(far, tokens), clock=clock, random=Random(1), timing=QUICK)
        self._asking: set[asyncio.Task[None]] = set()
        self.hub.pages.request = lambda *question: self._ask(self.feed.request_history(*question))
        self.hub.request_snapshot = lambda symbols: self._ask(self.feed.request_snapshot(symbols))

    def _ask(self, question: object) -> None:
        task = asyncio.ensure_future(question)  # type: ignore[call-overload]  # a coroutine of the feed
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    @property
    def state(self) -> TickerState:
        """Level 1 of the symbol in focus."""
        return self.hub.states["AAPL"]

    async def until(self, condition: Callable[[], object]) -> None:
        """Takes whatever comes until `condition` holds."""
        async with asyncio.timeout(20):
            while not condition():
                self.arrived.clear()
                self.hub.take(self.inbox.take(1_000_000))
                self.hub.tick()
                if not condition():
                    await self.arrived.wait()


@pytest.fixture
def far() -> Iterator[FarEnd]:
    with FarEnd("schwab_server", "--token", TOKEN) as end:
        yield end


@asynccontextmanager
async def whole(far: FarEnd) -> AsyncIterator[Whole]:
    desk = Whole(far)
    await desk.feed.want({"AAPL": ("T", "Q", "A", "AM")})
    task = asyncio.create_task(desk.feed.run())
    try:
        await asyncio.to_thread(far.wait_until, lambda seen: "CHART_EQUITY.AAPL" in seen["subscribed"])
        await desk.until(lambda: desk.state.bid == 150.0)
        yield desk
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)


async def test_the_ticker_is_schwabs_and_the_tape_is_empty(far: FarEnd) -> None:
    async with whole(far) as desk:
        far.do("trade", symbol="AAPL", price=151.25, size=70)
        await desk.until(lambda: desk.state.last == 151.25)
        state = desk.state
        assert (state.day_open, state.day_high, state.day_low, state.previous_close) == (150.0, 151.0, 149.0, 149.5)
        assert (state.bid_size, state.ask_size) == (300, 200)
        assert state.spread == pytest.approx(0.02)
        assert state.volume_known or state.volume == 0, "unknown only while it is that of the day before"
        assert len(desk.hub.tape) == 0
        assert desk.hub.counters.trades == 0
        assert desk.hub.focus_flow() == "live"


async def test_history_and_finished_minutes_make_the_chart_and_nothing_is_called_missing(far: FarEnd) -> None:
    async with whole(far) as desk:
        minutes = desk.hub.bars.minutes
        await desk.until(lambda: len(minutes) > 1_900)
        assert minutes.bar(len(minutes) - 1).source is BarSource.HISTORY
        for price in (150.5, 150.6):  # the second time the bar is given anew
            far.do("bar", symbol="AAPL", price=price, volume=10_000 * price)
        await desk.until(lambda: minutes.bar(len(minutes) - 1).close == 150.61)
        assert {minutes.bar(at).proof for at in range(len(minutes) - 10, len(minutes))} == {Proof.NONE}
        assert desk.hub.counters.gaps == []
        assert len(desk.hub.bars.seconds) == 0


async def test_a_price_alert_is_met_by_a_last_price_of_level_1(far: FarEnd) -> None:
    async with whole(far) as desk:
        await desk.until(lambda: desk.state.last == 150.01)
        desk.hub.price_alerts.add("AAPL", 151.0)
        far.do("trade", symbol="AAPL", price=151.25, size=70)
        await desk.until(lambda: any(alert.kind == "price" for alert in desk.hub.alert_log.rows))
        assert desk.hub.price_alerts.rows == ()


async def test_after_a_lost_connection_the_gap_is_told_and_level_1_is_whole_again(far: FarEnd) -> None:
    async with whole(far) as desk:
        far.do("abort")
        await desk.until(lambda: not desk.hub.link.connected)
        await desk.until(lambda: desk.hub.link.connected and desk.state.partial_since_ms == 0)
        assert [gap.reason for gap in desk.hub.counters.gaps] == ["connection lost"]
        assert desk.hub.counters.reconnects == 1
