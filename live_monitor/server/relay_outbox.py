"""What waits to be sent to one client, bounded: a slow reader costs itself detail, never others time or memory."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from live_monitor import limits
from live_monitor.data.models.market_data import Quote, Trade
from live_monitor.server.relay_frames import FRAME_EVENTS, Waiting, encode_batch
from live_monitor.wire import relay

#: Quotes give way above this many waiting entries.
QUEUE_EVENTS: Final = limits.MAX_BACKLOG_EVENTS
#: Answers (history, snapshots) that wait, in bytes; above it no further request of the client is taken.
ANSWER_BYTES: Final = 4 * 2**20
#: Events are sent one by one to a client that speaks the documented protocol only; so many between two looks.
_SINGLES: Final = 64


class Outbox:
    """One client's queue, oldest first. One loop.

    When it is full, only the newest quote of each symbol keeps waiting. Where that does not help, the oldest prints
    are left out, each counted; what was left out is told in front of the next frame. Bars and answers are never left
    out: a client for which even they are too much is `hopeless` and has to be cut off. `lossless` (a source that runs
    as fast as its clients) leaves nothing out: its filler waits for `has_room`.
    """

    def __init__(self, *, lossless: bool = False, limit: int = QUEUE_EVENTS) -> None:
        self.hopeless = False
        #: What was left out since the connection began.
        self.conflated = self.dropped = 0
        #: Kind of loss and symbol -> first and last market time in ms, count; what was not told yet.
        self._untold: dict[tuple[str, str], list[int]] = {}
        self._lossless = lossless
        self._limit = limit
        self._queue: deque[Waiting] = deque()
        self._answer_bytes = 0
        self._filled = asyncio.Event()
        self._fewer_answers = asyncio.Event()
        self._fewer_answers.set()

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def has_room(self) -> bool:
        """False while a source that may wait has to."""
        return len(self._queue) < self._limit // 2

    def put(self, frame: bytes) -> None:
        """Queues a control frame behind what waits already."""
        self._queue.append(Waiting(None, frame))
        self._answer_bytes += len(frame)
        if self._answer_bytes > ANSWER_BYTES:
            self._fewer_answers.clear()
        self._filled.set()

    async def answers_taken(self) -> None:
        """Waits until the client has read enough of the answers that it asked for."""
        await self._fewer_answers.wait()

    def add(self, entry: Waiting) -> None:
        """Queues an event; `settle` has to follow before the loop goes on."""
        self._queue.append(entry)

    def settle(self) -> None:
        """Wakes the sender, and gives way where too much waits."""
        if self._queue:
            self._filled.set()
        if len(self._queue) > self._limit and not self._lossless:
            self._conflate()
            if len(self._queue) > self._limit * 9 // 10:
                self._drop_prints(self._limit * 3 // 4)
            self.hopeless = len(self._queue) > self._limit

    def forget(self, symbols: set[str]) -> None:
        """Takes out the events of symbols that the client no longer wants."""
        self._queue = deque(
            entry for entry in self._queue if entry.event is None or getattr(entry.event, "symbol", "") not in symbols
        )

    def _conflate(self) -> None:
        newest: set[str] = set()
        kept: deque[Waiting] = deque()
        for entry in reversed(self._queue):
            event = entry.event
            if type(event) is Quote:
                if event.symbol in newest:
                    self._lose("conflated", event)
                    self.conflated += 1
                    continue
                newest.add(event.symbol)
            kept.appendleft(entry)
        self._queue = kept

    def _drop_prints(self, target: int) -> None:
        surplus = len(self._queue) - target
        kept: deque[Waiting] = deque()
        for entry in self._queue:
            event = entry.event
            if surplus > 0 and type(event) is Trade:
                self._lose("dropped", event)
                self.dropped += 1
                surplus -= 1
            else:
                kept.append(entry)
        self._queue = kept

    def _lose(self, kind: str, event: Trade | Quote) -> None:
        at = event.timestamp_ms
        told = self._untold.setdefault((kind, event.symbol), [at, at, 0])
        told[:] = min(told[0], at), max(told[1], at), told[2] + 1

    async def next_frames(self, features: frozenset[str]) -> list[bytes]:
        """Waits for something to send, and takes about a frame's worth of it, in the shape that the client knows."""
        while not self._queue:
            self._filled.clear()
            await self._filled.wait()
        frames = self._confessions("fault" in features) if self._untold else []
        if "batch" not in features:
            for _ in range(min(len(self._queue), _SINGLES)):
                frames.append(self._take_one())
            return frames
        events: list[bytes] = []
        queue = self._queue
        while queue and len(events) < FRAME_EVENTS and queue[0].event is not None:
            events.append(queue.popleft().data)
        return frames + (encode_batch(events) if events else [self._take_one()])

    def _take_one(self) -> bytes:
        entry = self._queue.popleft()
        if entry.event is not None:
            return relay.market_data(entry.data)
        self._answer_bytes -= len(entry.data)
        if self._answer_bytes <= ANSWER_BYTES:
            self._fewer_answers.set()
        return entry.data

    def _confessions(self, as_faults: bool) -> list[bytes]:
        """What was left out: a notice for each symbol, or in one sentence for a client that knows no notices."""
        if as_faults:
            frames = [
                relay.encode(relay.FaultNotice(kind, symbol, first, last, count, _WORDS[kind].format(count)))
                for (kind, symbol), (first, last, count) in self._untold.items()
            ]
        else:
            totals = {kind: sum(told[2] for (k, _), told in self._untold.items() if k == kind) for kind in _WORDS}
            text = "; ".join(_WORDS[kind].format(total) for kind, total in totals.items() if total)
            frames = [relay.encode(relay.ErrorNotice(text))]
        self._untold.clear()
        return frames


_WORDS: Final = {
    "conflated": "{} older quotes were left out, because this client reads too slowly",
    "dropped": "{} prints were left out, because this client reads too slowly",
}
