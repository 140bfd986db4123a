"""One of the two feeds of a fail-over: made, run, let go; heard only while it is in use. Qt-free, on one loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from live_monitor import limits
from live_monitor.clock import Clock
from live_monitor.data.feed_watch import WatchedOutlet
from live_monitor.data.models.market_data import Event
from live_monitor.data.models.providers import ProviderRole, ProviderStatus, SymbolHit
from live_monitor.data.models.status import LinkStatus
from live_monitor.ports import FeedOutlet, MarketFeed
from live_monitor.wire.notices import ClockFrame, Hello, Notice

_log = logging.getLogger(__name__)

Build = Callable[[FeedOutlet], MarketFeed]

#: A feed that is live and brought nothing since a new connection was asked for so many times is mute.
MUTE_AFTER = 2
_MUTE = "It is connected, but brings nothing in an open market, also by a new connection."


class Side:
    """`changed` hears of every state of its link; `title` is what people call it."""

    def __init__(
        self,
        title: str,
        role: ProviderRole,
        build: Build,
        outlet: FeedOutlet,
        clock: Clock,
        changed: Callable[[Side, LinkStatus], None],
        plan: str = "",
    ) -> None:
        self.title = title
        self.wanting = asyncio.Lock()
        self.status = LinkStatus()
        #: It will not come back by itself.
        self.failed = False
        #: Monotonic second since which it is not live.
        self.lost_at = 0.0
        #: How many times a new connection was asked for since it brought an event.
        self._asked = 0
        self._build = build
        self._clock = clock
        self._changed = changed
        self._gate = _Gate(outlet, self._link_changed, self._brought)
        self._watch = WatchedOutlet(self._gate, "", title, role, plan, clock=clock, in_use=False)
        #: What the present feed speaks into; one that was let go speaks to nobody.
        self._ear = _Valve(self._watch)
        self._task: asyncio.Task[None] | None = None
        #: Tasks that have not ended yet although they are of no account.
        self._ending: set[asyncio.Task[None]] = set()
        self._is_fresh = True
        self.feed = self._make()

    def _make(self) -> MarketFeed:
        self._ear = _Valve(self._watch)
        feed = self._build(self._ear)
        self._watch.belongs_to(feed)
        return feed

    @property
    def live(self) -> bool:
        """Prices can come from here."""
        return self.status.connected

    @property
    def mute(self) -> bool:
        """Live, and of no use: nothing comes from it."""
        return self._asked >= MUTE_AFTER

    @property
    def reason(self) -> str:
        """Why it is not live, in words."""
        if self.live and self.mute:
            return _MUTE
        return f"{self.status.message} {self.status.remedy}".strip() or "It does not answer."

    # -- life ----------------------------------------------------------------------------------

    def start(self, *, again: bool = False) -> None:
        """Runs the feed, unless it runs or has failed for good; `again`: also then."""
        if self._task is not None or (self.failed and not again):
            return
        if not self._is_fresh:
            self.feed = self._make()
        self._is_fresh = self.failed = False
        self.lost_at = self._clock.monotonic()
        self._task = asyncio.get_running_loop().create_task(self.feed.run(), name=f"feed {self.title}")
        self._task.add_done_callback(self._ended)

    def stop(self) -> None:
        """Lets the feed go; the next `start` begins with a new one."""
        if self._task is None:
            return
        self._task.cancel()
        self._leave()
        self._ear.is_open = False
        self._gate.forget()
        self.status = LinkStatus("stopped", self._clock.monotonic())
        self._watch.know(self.status)

    def _leave(self) -> None:
        """The task is of no account any more, whenever it ends."""
        if self._task is not None:
            self._ending.add(self._task)
            self._task = None

    def let_go(self) -> list[asyncio.Task[None]]:
        """Stops; the tasks that have not ended yet."""
        self.stop()
        return list(self._ending)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._ending.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            _log.error("The feed %s ended with an error", self.title, exc_info=error)
        if task is self._task:
            what = "An error of the program stopped it; the log has it." if error is not None else "It has ended."
            self._watch.put_status(LinkStatus("failed", self._clock.monotonic(), message=what))

    # -- what is heard --------------------------------------------------------------------------

    def open(self) -> None:
        """Passes on what comes from now on."""
        self._asked = 0
        self._gate.is_open = True
        self._watch.use(in_use=True)

    def close(self) -> None:
        """Passes on nothing any more."""
        self._gate.is_open = False
        self._watch.use(in_use=False)

    def greet(self) -> None:
        """Says again who is there and what time it is there."""
        self._gate.greet(self.feed.provider, self.title, self._clock.monotonic())

    def tell(self) -> None:
        """Tells how the provider is doing."""
        self._watch.tell()

    def ask_anew(self) -> None:
        """Whoever knows the market misses what should come from here, and asks for a new connection."""
        self._asked += 1

    def _brought(self) -> None:
        """Events came. What is asked for (level 1, bars) is no sign that the stream lives."""
        was_mute, self._asked = self.mute, 0
        if was_mute:
            self._changed(self, self.status)

    def _link_changed(self, status: LinkStatus) -> None:
        """The feed's link has changed."""
        if self.live and not status.connected:
            self.lost_at = self._clock.monotonic()
            self._gate.forget()
        self.status = status
        if status.state == "failed":
            self.failed = True
            self._leave()
        self._changed(self, status)


class _Valve:
    """A `ports.FeedOutlet` that passes everything on while it is open, and drops it otherwise."""

    def __init__(self, outlet: FeedOutlet) -> None:
        self.is_open = True
        self.outlet = outlet

    @property
    def has_room(self) -> bool:
        """What is dropped takes no room."""
        return not self.is_open or self.outlet.has_room

    def put_events(self, events: list[Event], received: float) -> None:
        if self.is_open:
            self.outlet.put_events(events, received)

    def put_notice(self, notice: Notice, received: float) -> None:
        if self.is_open:
            self.outlet.put_notice(notice, received)

    def put_status(self, status: LinkStatus) -> None:
        if self.is_open:
            self.outlet.put_status(status)

    def put_problem(self, symbol: str, reason: str) -> None:
        if self.is_open:
            self.outlet.put_problem(symbol, reason)

    def put_provider(self, status: ProviderStatus) -> None:
        if self.is_open:
            self.outlet.put_provider(status)

    def put_found(self, request_id: int, hits: Sequence[SymbolHit]) -> None:
        if self.is_open:
            self.outlet.put_found(request_id, hits)


class _Gate(_Valve):
    """Open while its side is in use. States of the link go to the side; how the provider is doing always passes."""

    def __init__(
        self, outlet: FeedOutlet, link_changed: Callable[[LinkStatus], None], brought: Callable[[], None]
    ) -> None:
        super().__init__(outlet)
        self.is_open = False
        self._link_changed = link_changed
        self._brought = brought
        self._hello: Hello | None = None
        self._clock_frame: tuple[ClockFrame, float] | None = None

    def put_events(self, events: list[Event], received: float) -> None:
        if events:
            self._brought()
        super().put_events(events, received)

    def put_notice(self, notice: Notice, received: float) -> None:
        if type(notice) is Hello:
            self._hello = notice
        elif type(notice) is ClockFrame:
            self._clock_frame = notice, received
        super().put_notice(notice, received)

    def put_status(self, status: LinkStatus) -> None:
        self._link_changed(status)

    def put_provider(self, status: ProviderStatus) -> None:
        self.outlet.put_provider(status)

    def forget(self) -> None:
        """The connection that said these is gone."""
        self._hello = self._clock_frame = None

    def greet(self, provider: str, title: str, now: float) -> None:
        """Says what the present connection began with. A far end that never said who it is gets a name of its own."""
        hello = self._hello
        if hello is None:
            market = limits.market_name(f"{provider} {title}")
            hello = Hello(features=[], provider=provider, label=title, market=market)
        self.outlet.put_notice(hello, now)
        if self._clock_frame is not None:
            self.outlet.put_notice(*self._clock_frame)
