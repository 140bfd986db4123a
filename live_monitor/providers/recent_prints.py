"""What a feed has just put, so that answers that come from elsewhere neither repeat nor lose a print.

Stands between a feed and its outlet. A frame costs it one append; only an answer is looked at print by print.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from live_monitor.data.models.market_data import NAN, Event, Snapshot, Trade
from live_monitor.data.models.providers import ProviderStatus, SymbolHit
from live_monitor.data.models.status import LinkStatus
from live_monitor.engine.market.conditions import DAY_HILO, DAY_VOLUME, ConditionRules
from live_monitor.ports import FeedOutlet
from live_monitor.wire.notices import Hello, Notice, SnapshotFrame

#: A service's level 1 is younger than this, and a lost connection ended at most this long after its last print.
KEEP_S: Final = 15.0
#: How far a service's level 1 lies behind the stream at most.
LAG_S: Final = 3.0
#: Of a busier tape less is remembered: 100 MB would be too dear.
KEEP_EVENTS: Final = 60_000


class _Frame(NamedTuple):
    events: Sequence[Event]
    received: float


class RecentPrints:
    """A `FeedOutlet` that passes everything on and remembers the events of the last seconds. The feed's loop."""

    def __init__(self, outlet: FeedOutlet, rules: ConditionRules) -> None:
        """`rules`: of the feed's provider; an object of its own, for they are used on one thread."""
        #: Called when a greeting was passed on.
        self.greeted: Callable[[], None] = lambda: None
        self._outlet = outlet
        self._rules = rules
        self._frames: deque[_Frame] = deque()
        self._count = 0
        #: Frames before the last loss of the connection.
        self._before: tuple[_Frame, ...] = ()
        #: When the newest frame was received that is forgotten.
        self._forgot_until = float("-inf")
        self._connected = False
        #: Per symbol, up to when (ms) a level 1 has counted the day's shares.
        self._counted_until_ms: dict[str, int] = {}

    # -- the outlet ------------------------------------------------------------------------------

    @property
    def has_room(self) -> bool:
        """As in `FeedOutlet`."""
        return self._outlet.has_room

    def put_events(self, events: list[Event], received: float) -> None:
        """As in `FeedOutlet`."""
        frames = self._frames
        frames.append(_Frame(events, received))
        self._count += len(events)
        while len(frames) > 1 and (self._count > KEEP_EVENTS or received - frames[0].received > KEEP_S):
            oldest = frames.popleft()
            self._count -= len(oldest.events)
            self._forgot_until = oldest.received
        self._outlet.put_events(events, received)

    def put_notice(self, notice: Notice, received: float) -> None:
        """As in `FeedOutlet`."""
        if type(notice) is SnapshotFrame and notice.data.day_volume == notice.data.day_volume:
            self._counted_until_ms[notice.data.symbol] = notice.data.timestamp_ms
        self._outlet.put_notice(notice, received)
        if type(notice) is Hello:
            self.greeted()

    def put_status(self, status: LinkStatus) -> None:
        """As in `FeedOutlet`."""
        if self._connected and not status.connected:
            self._before = tuple(self._frames)
            self._frames.clear()
            self._count = 0
        self._connected = status.connected
        self._outlet.put_status(status)

    def put_problem(self, symbol: str, reason: str) -> None:
        """As in `FeedOutlet`."""
        self._outlet.put_problem(symbol, reason)

    def put_provider(self, status: ProviderStatus) -> None:
        """As in `FeedOutlet`."""
        self._outlet.put_provider(status)

    def put_found(self, request_id: int, hits: Sequence[SymbolHit]) -> None:
        """As in `FeedOutlet`."""
        self._outlet.put_found(request_id, hits)

    # -- what was put ----------------------------------------------------------------------------

    def _trades(self, symbol: str) -> Iterator[Trade]:
        for frame in (*self._before, *self._frames):
            for event in frame.events:
                if type(event) is Trade and event.symbol == symbol:
                    yield event

    def unknown(self, symbol: str, events: Iterable[Event]) -> list[Event]:
        """`events` of one symbol without the prints that were put already, or that a level 1 has counted since."""
        known = {_identity(trade) for trade in self._trades(symbol)}
        counted_ms = self._counted_until_ms.get(symbol, 0)
        return [
            event
            for event in events
            if type(event) is not Trade or (event.timestamp_ms > counted_ms and _identity(event) not in known)
        ]

    def completed(self, snapshot: Snapshot) -> Snapshot:
        """A level 1 that has come, with the prints that streamed in since it was made.

        Its volume is that of the service up to `timestamp_ms`; whoever takes it has counted later prints already, and
        would lose them. Where too little is remembered for that, it has no volume.
        """
        volume, high, low = snapshot.day_volume, snapshot.high, snapshot.low
        if self._frames and self._frames[-1].received - self._forgot_until < LAG_S:
            volume = NAN
        for trade in self._trades(snapshot.symbol):
            if trade.timestamp_ms <= snapshot.timestamp_ms:
                continue
            flags = self._rules.flags(trade.conditions)
            if flags & DAY_VOLUME:
                volume += trade.size
            if flags & DAY_HILO and high == high:
                high, low = max(high, trade.price), min(low, trade.price)
        return replace(snapshot, day_volume=volume, high=high, low=low)


def _identity(trade: Trade) -> tuple[object, ...]:
    """What tells a print from all others of its symbol and day (market rules 1.7)."""
    if trade.sequence:
        return (trade.sequence,)
    return (trade.exchange, trade.trf_id, trade.id)
