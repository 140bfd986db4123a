"""Market time of a feed: it runs with the clock at a speed, or as fast as the clients read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Literal, Protocol

from live_monitor.clock import Clock
from live_monitor.data.models.market_data import Snapshot
from live_monitor.ports import PastSearch
from live_monitor.server.faults import Incident
from live_monitor.wire.relay import ClockFrame, EndOfFeed, FaultNotice

Speed = float | Literal["max"]

#: Real seconds that one step may catch up. What is behind by more (a suspended machine, a source that is slower than
#: asked for) slips: the feed is late, and its clock says so.
MAX_LAG_S: Final = 1.0
#: At full speed a step adapts until it gives about this many events, within these bounds of market time. The upper
#: one stays below the five minutes by which an event may be ahead of a client's clock.
STEP_EVENTS: Final = 2_000
MIN_STEP_MS, FIRST_STEP_MS, MAX_STEP_MS = 10, 100, 60_000


class Feed(Protocol):
    """What is paced: a `MarketSource`, bare or with faults between it and the clients."""

    @property
    def provider(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def market(self) -> str: ...
    @property
    def symbols(self) -> tuple[str, ...]: ...
    @property
    def start_ms(self) -> int: ...
    @property
    def end_ms(self) -> int: ...

    def advance(self, until_ms: int) -> Sequence[Incident]: ...
    def snapshot(self, symbol: str) -> Snapshot | None: ...
    def search(self, symbol: str, timeframe_ms: int, end_ms: int, limit: int) -> PastSearch: ...


class PacedMarket:
    """A feed that is moved on by `step`. One loop.

    Between two steps (`between_steps`) the feed's snapshots and history agree with what was handed over; while the
    events of a step are being handed over, they are ahead of it.
    """

    def __init__(self, feed: Feed, clock: Clock, speed: Speed) -> None:
        self.feed = feed
        self.now_ms = feed.start_ms
        self.ended = False
        #: Set by a step that left real time behind: the clients' clocks have to be put right.
        self.slipped = False
        self.served = frozenset(feed.symbols)
        #: Symbols that do not trade at present -> what was said about them.
        self.halts: dict[str, FaultNotice] = {}
        #: Symbols that have split or got another name -> what was said about them, oldest first.
        self.changes: dict[str, list[FaultNotice]] = {}
        self.clock = clock
        self._speed: Speed = speed
        #: Monotonic second and market ms of one instant; None before the start.
        self._anchor: tuple[float, float] | None = None
        self._last_step = 0.0
        self._step_ms = FIRST_STEP_MS
        self._between = asyncio.Event()
        self._between.set()

    @property
    def lossless(self) -> bool:
        """True when the feed waits for its clients."""
        return self._speed == "max"

    @property
    def clock_frame(self) -> ClockFrame:
        """Market time; of speed 0 while it stands, and at full speed, where these frames alone move it."""
        running = self._anchor is not None and not self.ended and self._speed != "max"
        return ClockFrame(self.now_ms, float(self._speed) if running else 0.0)

    @property
    def end_frame(self) -> EndOfFeed:
        """What is said after the last event."""
        return EndOfFeed(f"{self.feed.label} has come to its end.")

    def start(self) -> None:
        """Lets market time run from here on."""
        self._last_step = self.clock.monotonic()
        self._anchor = (self._last_step, float(self.now_ms))

    async def between_steps(self) -> None:
        """Returns at once, or after the step that is being handed over."""
        while not self._between.is_set():
            await self._between.wait()

    async def step(self, hand_over: Callable[[Sequence[Incident]], Awaitable[None]]) -> None:
        """Moves market time on and hands over what happened. Raises what the feed raises."""
        until_ms = self._due_ms()
        self._between.clear()
        try:
            incidents = self.feed.advance(until_ms)
            self.now_ms = until_ms
            await hand_over(incidents)
        finally:
            self._between.set()
        if len(incidents) > 2 * STEP_EVENTS:
            self._step_ms = max(self._step_ms // 2, MIN_STEP_MS)
        elif len(incidents) < STEP_EVENTS // 2:
            self._step_ms = min(self._step_ms * 2, MAX_STEP_MS)
        self.ended = 0 < self.feed.end_ms <= until_ms

    def _due_ms(self) -> int:
        """Market time that this step is to reach."""
        if self._speed == "max":
            due: float = self.now_ms + self._step_ms
        else:
            assert self._anchor is not None, "start() comes before the first step"
            now = self.clock.monotonic()
            since, market_ms = self._anchor
            if now - self._last_step > MAX_LAG_S:
                since, market_ms = now, self.now_ms + MAX_LAG_S * 1000 * self._speed
                self._anchor = (since, market_ms)
                self.slipped = True
            self._last_step = now
            due = market_ms + (now - since) * 1000 * self._speed
        return int(min(due, self.feed.end_ms) if self.feed.end_ms else due)
