"""The bounded hand-over between the feed thread and the main thread.

One deque and at most one wake-up under way, never one signal per event. When the main thread falls
behind, superseded quotes go first; only when the queue is full are prints left out, and then each
loss is recorded and handed over, so that it is shown and the day's volume put right.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from msgspec import Struct

from live_monitor.data.models.market_data import Aggregate, Event, Quote, Trade
from live_monitor.data.models.providers import ProviderStatus, SymbolHit
from live_monitor.data.models.status import LinkStatus
from live_monitor.limits import MAX_BACKLOG_EVENTS, MAX_TEXT
from live_monitor.wire.relay import Notice


class Batch(Struct, gc=False):
    """Events of frames that followed one another.

    `received` is the monotonic second at which the last of them arrived, `oldest` that of the first (None: the same).
    """

    events: list[Event]
    received: float
    oldest: float | None = None


class Loss(NamedTuple):
    """Prints of one symbol that were left out because the queue was full."""

    symbol: str
    from_ms: int
    to_ms: int
    trades: int


class SubscriptionProblem(NamedTuple):
    """A symbol that the server refused, or did not answer for in time."""

    symbol: str
    reason: str


class Noted(NamedTuple):
    """A notice of the server, and the monotonic second at which it arrived."""

    notice: Notice
    received: float


class Found(NamedTuple):
    """The answer to a search for symbols."""

    request_id: int
    hits: tuple[SymbolHit, ...]


Item = Batch | Loss | Noted | LinkStatus | SubscriptionProblem | ProviderStatus | Found


class Inbox:
    """A `ports.FeedOutlet`. `put…` on the feed thread, `take` on the main thread; `wake` is called on the feed thread.

    `lossless` (replay at full speed) makes the reader wait for `has_room` instead of leaving anything out.
    """

    def __init__(self, wake: Callable[[], None], limit: int = MAX_BACKLOG_EVENTS) -> None:
        self._wake = wake
        self._limit = limit
        self._queue: deque[Item] = deque()
        self._put_events = 0
        self._taken_events = 0
        self._armed = False
        self._lock = threading.Lock()
        self._held_quotes: dict[str, Quote] = {}
        self._held_bars: dict[tuple[str, int, int], Aggregate] = {}
        self._losses: dict[str, Loss] = {}
        #: Monotonic second of the newest frame that is held; 0 while none is.
        self._held_at = 0.0
        self.conflated_quotes = 0

    @property
    def backlog(self) -> int:
        """Events that wait. Any thread."""
        return self._put_events - self._taken_events

    @property
    def has_room(self) -> bool:
        """False while a lossless reader has to wait."""
        return self._put_events - self._taken_events < self._limit // 2

    def put(self, item: Item) -> None:
        """Hands over anything that is not a batch; never left out."""
        self._queue.append(item)
        self._arm()

    def put_notice(self, notice: Notice, received: float) -> None:
        """Hands over what the far end says beside its events."""
        self.put(Noted(notice, received))

    def put_status(self, status: LinkStatus) -> None:
        """Hands over the state of the link."""
        self.put(status)

    def put_problem(self, symbol: str, reason: str) -> None:
        """Hands over that one symbol is not given; the reason comes from outside and is cut to a line's length."""
        self.put(SubscriptionProblem(symbol, reason[:MAX_TEXT]))

    def put_provider(self, status: ProviderStatus) -> None:
        """Hands over how a provider is doing."""
        self.put(status)

    def put_found(self, request_id: int, hits: Sequence[SymbolHit]) -> None:
        """Hands over the answer to a search."""
        self.put(Found(request_id, tuple(hits)))

    def put_events(self, events: list[Event], received: float) -> None:
        """Hands over the events of a frame, or what the backlog leaves room for."""
        backlog = self._put_events - self._taken_events
        if backlog + len(events) > self._limit // 2:
            if backlog + len(events) > self._limit:
                self._hold(events, received)
                self._arm()
                return
            events = self._newest_quotes(events)
        if self._held_at:
            self._supersede(events)
        self._put_events += len(events)
        self._queue.append(Batch(events, received, received))
        if not self._armed:
            self._arm()

    def _arm(self) -> None:
        if not self._armed:
            self._armed = True
            self._wake()

    def _newest_quotes(self, events: list[Event]) -> list[Event]:
        """The events without quotes that a later one of the same frame supersedes."""
        newest = {event.symbol: index for index, event in enumerate(events) if type(event) is Quote}
        kept = [e for index, e in enumerate(events) if type(e) is not Quote or newest[e.symbol] == index]
        self.conflated_quotes += len(events) - len(kept)
        return kept

    def _hold(self, events: list[Event], received: float) -> None:
        """The queue is full: keep the newest quotes and bars, record the prints that are left out."""
        with self._lock:
            self._held_at = received
            for event in events:
                kind = type(event)
                if kind is Quote:
                    self.conflated_quotes += event.symbol in self._held_quotes  # type: ignore[union-attr]  # a Quote
                    self._held_quotes[event.symbol] = event  # type: ignore[union-attr,assignment]  # a Quote
                elif kind is Trade:
                    self._lose(event)  # type: ignore[arg-type]  # a Trade
                elif isinstance(event, Aggregate):
                    self._held_bars[(event.symbol, event.start_ms, event.end_ms)] = event

    def _supersede(self, events: list[Event]) -> None:
        """There is room again: what is held comes after these events, so nothing older than them may stay."""
        with self._lock:
            for event in events:
                if type(event) is Quote:
                    self.conflated_quotes += self._held_quotes.pop(event.symbol, None) is not None
                elif isinstance(event, Aggregate):
                    self._held_bars.pop((event.symbol, event.start_ms, event.end_ms), None)

    def _lose(self, trade: Trade) -> None:
        loss = self._losses.get(trade.symbol)
        at = trade.timestamp_ms
        if loss is None:
            self._losses[trade.symbol] = Loss(trade.symbol, at, at, 1)
        else:
            self._losses[trade.symbol] = Loss(trade.symbol, min(loss.from_ms, at), max(loss.to_ms, at), loss.trades + 1)

    def take(self, max_events: int) -> list[Item]:
        """Items in order, until about `max_events` events are together; what was held comes last. Main thread.

        Frames that nothing separates come as one batch: what a batch costs, each frame would cost.
        """
        self._armed = False
        items: list[Item] = []
        taken = 0
        queue = self._queue
        batch: Batch | None = None
        while queue and taken < max_events:
            item = queue.popleft()
            if type(item) is not Batch:
                items.append(item)
                batch = None
                continue
            taken += len(item.events)
            if batch is None:
                # A list of its own: the first frame's belongs to whoever put it.
                batch = Batch(item.events.copy(), item.received, item.oldest)
                items.append(batch)
            else:
                batch.events += item.events
                batch.received = item.received
        self._taken_events += taken
        if not queue and self._held_at:
            items += self._held()
        return items

    def _held(self) -> list[Item]:
        """What was held while the queue was full, taken out: the losses first, then the newest bars and quotes."""
        with self._lock:
            items: list[Item] = [*self._losses.values()]
            held: list[Event] = [*self._held_bars.values(), *self._held_quotes.values()]
            if held:
                items.append(Batch(held, self._held_at, self._held_at))
            self._held_quotes, self._held_bars, self._losses, self._held_at = {}, {}, {}, 0.0
        return items
