"""A feed at work in the loop of a test, heard by a real hub."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from live_monitor.clock import SystemClock
from live_monitor.data.inbox import Batch, Inbox, Item, Loss, Noted, SubscriptionProblem
from live_monitor.data.market_hub import MarketHub
from live_monitor.data.models.market_data import Event, Quote, Trade
from live_monitor.data.models.status import LinkStatus
from live_monitor.engine.market.sessions import us_equities
from live_monitor.ports import MarketFeed
from live_monitor.wire.notices import Hello, Notice, SnapshotFrame
from tests.conformance.feeds.subjects import Subject
from tests.fakes.kept_outlet import KeptOutlet

CHANNELS = ("T", "Q", "A", "AM")


#: Events that may wait for a window that does not look.
SMALL_BACKLOG = 2_000


class HubOutlet(KeptOutlet):
    """Keeps everything, and lets a hub fold it at once; `unread` is the hand-over to a window that never looks."""

    def __init__(self) -> None:
        super().__init__()
        self.hub = MarketHub(SystemClock(), us_equities())
        self.unread = Inbox(lambda: None, SMALL_BACKLOG)

    def put_events(self, events: list[Event], received: float) -> None:
        self.unread.put_events(list(events), received)
        self.hub.take([Batch(list(events), received)])
        super().put_events(events, received)

    def put_notice(self, notice: Notice, received: float) -> None:
        self.hub.take([Noted(notice, received)])
        super().put_notice(notice, received)

    def put_status(self, status: LinkStatus) -> None:
        self.hub.take([status])
        super().put_status(status)

    def put_problem(self, symbol: str, reason: str) -> None:
        self.hub.take([SubscriptionProblem(symbol, reason)])
        super().put_problem(symbol, reason)

    def told_of(self, symbol: str) -> int:
        """How many things of this symbol came: events, and level 1."""
        return sum(_symbol(item) == symbol for item in self.items)


class Running:
    """One feed, its far end, and what came of it."""

    def __init__(self, subject: Subject, feed: MarketFeed, outlet: HubOutlet, task: asyncio.Task[None]) -> None:
        self.subject, self.feed, self.outlet, self.task = subject, feed, outlet, task

    async def far(self, work: Callable[[], Any]) -> Any:
        """Has the far end do something, off the loop."""
        return await asyncio.to_thread(work)

    async def until(self, condition: Callable[[], bool], words: str, timeout_s: float = 20.0) -> None:
        """Waits for what must come true. Fails with the words and what came last."""
        try:
            await self.outlet.until(condition, timeout_s)
        except TimeoutError:
            raise AssertionError(f"{words}; last came {self.outlet.items[-6:]}") from None

    async def until_far(self, condition: Callable[[], bool], words: str, timeout_s: float = 20.0) -> None:
        """Waits for what the far end must come to see."""
        for _ in range(int(timeout_s / 0.05)):
            if await asyncio.to_thread(condition):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{words}; last came {self.outlet.items[-6:]}")

    async def live(self, times: int = 1) -> None:
        """The link is up for the n-th time."""
        await self.until(lambda: self.outlet.states.count("live") >= times, f"not live {times} times")

    async def streams(self, symbol: str) -> None:
        """Something new of `symbol` comes."""
        subject = self.subject
        await self.until_far(lambda: subject.holds(symbol), f"the far end never held {symbol}")
        before = self.outlet.told_of(symbol)
        for _ in range(50):
            await self.far(lambda: subject.speak(symbol))
            with suppress(TimeoutError):
                await self.outlet.until(lambda: self.outlet.told_of(symbol) > before, 1.0)
                return
        raise AssertionError(f"nothing of {symbol} came; last came {self.outlet.items[-6:]}")


def told_and_lost(items: Sequence[Item]) -> tuple[int, int, dict[str, Quote]]:
    """Of what was taken at last: prints, prints that are told as left out, and the newest quote of each symbol."""
    events = [event for item in items if isinstance(item, Batch) for event in item.events]
    quotes = {event.symbol: event for event in events if isinstance(event, Quote)}
    lost = sum(item.trades for item in items if isinstance(item, Loss))
    return sum(isinstance(event, Trade) for event in events), lost, quotes


@asynccontextmanager
async def running(subject: Subject, *symbols: str) -> AsyncIterator[Running]:
    """A feed that wants `symbols`, from its first attempt on; cancelled at the end."""
    outlet = HubOutlet()
    feed = subject.make(outlet)
    for symbol in symbols:
        outlet.hub.acquire(symbol, "conformance", CHANNELS)
    await feed.want(dict.fromkeys(symbols, CHANNELS))
    task = asyncio.create_task(feed.run())
    try:
        yield Running(subject, feed, outlet, task)
    finally:
        await stopped(task)


async def stopped(task: asyncio.Task[None]) -> None:
    """Cancels a feed and waits for its end."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    # An aborted transport closes its socket in the turn after.
    await asyncio.sleep(0)


def kinds(items: Sequence[Any]) -> list[str]:
    """What came, by kind; states by their name."""
    return [item.state if isinstance(item, LinkStatus) else type(item).__name__ for item in items]


def greetings(outlet: HubOutlet) -> int:
    """How often the far end said who it is."""
    return len(outlet.all(Hello))


def _symbol(item: Any) -> str:
    if isinstance(item, SnapshotFrame):
        return item.data.symbol
    return str(getattr(item, "symbol", "")) if hasattr(type(item), "EVENT_TYPE") else ""
