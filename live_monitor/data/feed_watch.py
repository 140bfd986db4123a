"""How a provider is doing, told beside what it brings: an outlet around the outlet. Qt-free; on the feed's own loop.

What it costs is per frame, never per event.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from live_monitor.clock import Clock
from live_monitor.data.models.market_data import Event
from live_monitor.data.models.providers import ProviderRole, ProviderStatus, SymbolHit
from live_monitor.data.models.status import LinkStatus
from live_monitor.limits import MAX_TEXT
from live_monitor.ports import FeedOutlet, MarketFeed
from live_monitor.wire.notices import EndOfFeed, ErrorNotice, Hello, Notice

#: Unless something else changes, the age of the newest message is told this often.
TELL_EVERY_S = 1.0


class WatchedOutlet:
    """A `ports.FeedOutlet` that passes everything on, and tells a `ProviderStatus` when it changed.

    The watch nearest to the feed is the one that counts: put around another one, it takes that one's place. An empty
    `title` is filled in by what the far end calls itself.
    """

    def __init__(
        self,
        outlet: FeedOutlet,
        provider: str,
        title: str = "",
        role: ProviderRole = "primary",
        plan: str = "",
        *,
        clock: Clock,
        in_use: bool = True,
    ) -> None:
        self._outlet = unwatched(outlet)
        self._clock = clock
        self._names_itself = not title
        self._was_live = False
        self._due = 0.0
        self.status = ProviderStatus(provider, title or provider, role, plan=plan, in_use=in_use)

    @property
    def inner(self) -> FeedOutlet:
        """Where everything is passed on to."""
        return self._outlet

    @property
    def has_room(self) -> bool:
        """As the outlet says."""
        return self._outlet.has_room

    def put_events(self, events: list[Event], received: float) -> None:
        """Passes on a frame."""
        self._outlet.put_events(events, received)
        if received >= self._due or not self.status.heard:
            self._heard(received)

    def put_notice(self, notice: Notice, received: float) -> None:
        """Passes on a notice; what the server says of itself is kept."""
        self._outlet.put_notice(notice, received)
        if isinstance(notice, ErrorNotice | EndOfFeed) and notice.message:
            self._change(heard=received, said=notice.message[:MAX_TEXT])
        elif isinstance(notice, Hello) and self._names_itself and (notice.label or notice.provider):
            self._change(heard=received, title=notice.label or notice.provider)
        elif received >= self._due or not self.status.heard:
            # Of a source that says everything at once, such as a saved workbook, nothing else may ever come.
            self._heard(received)

    def put_status(self, status: LinkStatus) -> None:
        """Passes on the state of the link."""
        before = self.status
        self._know(status)
        self._outlet.put_status(status)
        if self.status != before:
            self.tell()

    def know(self, status: LinkStatus) -> None:
        """The state of the link is another one, which concerns nobody else."""
        self._know(status)
        self.tell()

    def _know(self, status: LinkStatus) -> None:
        """A connection after the first one is a reconnection."""
        again = status.connected and not self.status.link.connected and self._was_live
        self._was_live = self._was_live or status.connected
        self.status = msgspec.structs.replace(self.status, link=status, reconnects=self.status.reconnects + again)

    def put_problem(self, symbol: str, reason: str) -> None:
        """Passes on that one symbol is not given."""
        self._outlet.put_problem(symbol, reason)

    def put_provider(self, status: ProviderStatus) -> None:
        """Passes on the state of somebody else."""
        self._outlet.put_provider(status)

    def put_found(self, request_id: int, hits: Sequence[SymbolHit]) -> None:
        """Passes on the answer to a search."""
        self._outlet.put_found(request_id, hits)

    def belongs_to(self, feed: MarketFeed) -> None:
        """Takes over what only the feed knows, as soon as there is one: who it is, and how late by contract."""
        status = self.status
        title = feed.provider if self._names_itself and status.title == status.provider else status.title
        quotes = "" if feed.capabilities.quotes else "no quotes"
        plan = status.plan or ", ".join(filter(None, (late(feed.capabilities.delay_s), quotes)))
        self.status = msgspec.structs.replace(status, provider=feed.provider, title=title, plan=plan)

    def use(self, *, in_use: bool) -> None:
        """Whether what the desktop shows comes from here."""
        self._change(in_use=in_use)

    def tell(self) -> None:
        """Tells how things stand, changed or not."""
        self._due = self._clock.monotonic() + TELL_EVERY_S
        self._outlet.put_provider(self.status)

    def _heard(self, received: float) -> None:
        self.status = msgspec.structs.replace(self.status, heard=received)
        self.tell()

    def _change(self, **changes: object) -> None:
        changed = msgspec.structs.replace(self.status, **changes)
        if changed != self.status:
            self.status = changed
            self.tell()


def unwatched(outlet: FeedOutlet) -> FeedOutlet:
    """The outlet without its watch."""
    return outlet.inner if isinstance(outlet, WatchedOutlet) else outlet


def late(delay_s: float) -> str:
    """How late prices are by contract, in words; empty where they are not."""
    if delay_s <= 0:
        return ""
    return f"{delay_s / 60:g} min late" if delay_s >= 60 else f"{delay_s:g} s late"


def watched(
    build: Callable[[FeedOutlet], MarketFeed],
    clock: Clock,
    *,
    title: str = "",
    role: ProviderRole = "primary",
    plan: str = "",
) -> Callable[[FeedOutlet], MarketFeed]:
    """The same feed, with a watch on what it brings."""

    def build_watched(outlet: FeedOutlet) -> MarketFeed:
        watch = WatchedOutlet(outlet, "", title, role, plan, clock=clock, in_use=role != "beside")
        feed = build(watch)
        watch.belongs_to(feed)
        return feed

    return build_watched
