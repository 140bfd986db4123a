"""Tries a feed once: does it greet, or why not? With the very feed that would run, so that the answer is the truth."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from live_monitor.data.models.market_data import Event
from live_monitor.data.models.providers import Capabilities, ProviderStatus, SymbolHit
from live_monitor.data.models.status import LinkStatus
from live_monitor.errors import FatalFeedError, FeedError
from live_monitor.ports import FeedOutlet, MarketFeed
from live_monitor.wire.notices import Hello, Notice, SnapshotFrame

PATIENCE_S: Final = 9.0
#: Words of a link that is under way say nothing yet.
_UNDER_WAY: Final = frozenset({"idle", "connecting", "stopped"})


class Greeting(NamedTuple):
    """Who answered, and what it can do."""

    hello: Hello | None
    capabilities: Capabilities
    #: How many of its symbols have a price, where that was asked.
    priced: int = 0


class _Ear:
    """A `ports.FeedOutlet` that waits for the first state that says something."""

    has_room = True

    def __init__(self) -> None:
        self.hello: Hello | None = None
        self.status = LinkStatus()
        self.settled = asyncio.Event()
        #: Symbols of which a last price or a side of the quote came.
        self.priced: set[str] = set()

    def put_status(self, status: LinkStatus) -> None:
        if status.state not in _UNDER_WAY and not self.settled.is_set():
            self.status = status
            self.settled.set()

    def put_notice(self, notice: Notice, received: float) -> None:  # noqa: ARG002 - as the protocol says
        if isinstance(notice, Hello):
            self.hello = notice
        elif isinstance(notice, SnapshotFrame):
            row = notice.data
            if not all(math.isnan(price) for price in (row.last, row.bid, row.ask)):
                self.priced.add(row.symbol)

    def put_events(self, events: list[Event], received: float) -> None:
        """Prints are not what is asked for."""

    def put_problem(self, symbol: str, reason: str) -> None:
        """A symbol without a price is not counted."""

    def put_provider(self, status: ProviderStatus) -> None:
        """The state of the link says it."""

    def put_found(self, request_id: int, hits: Sequence[SymbolHit]) -> None:
        """Nothing is looked for."""


async def greeting_of(
    build: Callable[[FeedOutlet], MarketFeed], patience_s: float = PATIENCE_S, *, prices: bool = False
) -> Greeting:
    """Runs a feed until it greets, then lets it go. May be cancelled.

    Wants no symbol, or with `prices` all of them, of a feed that knows their level 1 when it greets.

    Raises FatalFeedError or FeedError in the feed's words, FeedError when nothing comes in time.
    """
    ear = _Ear()
    feed = build(ear)
    running = asyncio.create_task(feed.run(), name="probe of a feed")
    settled = asyncio.create_task(ear.settled.wait())
    try:
        await asyncio.wait({running, settled}, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
        if running.done() and not ear.settled.is_set():
            # Only a mistake of ours ends it without a word.
            running.result()
        if prices and ear.status.state == "live" and ear.hello is not None:
            await feed.want(dict.fromkeys(ear.hello.symbols, ()))
    finally:
        for task in (running, settled):
            task.cancel()
        await asyncio.gather(running, settled, return_exceptions=True)
    status = ear.status
    if status.state == "live":
        return Greeting(ear.hello, feed.capabilities, len(ear.priced))
    if status.state == "failed":
        raise FatalFeedError(status.message, status.remedy)
    if status.state == "retrying":
        raise FeedError(status.message, status.remedy)
    raise FeedError(f"No answer within {patience_s:g} s.", "Try again, or look at the address.")
