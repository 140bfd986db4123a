"""The only place that reads real clocks.

Sockets, time-outs and ages use monotonic seconds. Market time is a `SessionClock`: the wall clock
for live feeds; for the simulated market and for replay it belongs to the feed, which sends it.
"""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Source of time. Any thread."""

    def monotonic(self) -> float:
        """Seconds that never jump; only differences mean anything."""
        ...

    def wall_ms(self) -> int:
        """Milliseconds since the epoch, as the machine believes."""
        ...


class SystemClock:
    """The machine's clocks."""

    def monotonic(self) -> float:
        return time.monotonic()

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000


class ManualClock:
    """A clock that moves only when told; for tests and simulations."""

    def __init__(self, wall_ms: int = 1_795_188_600_000, monotonic: float = 1000.0) -> None:
        self._wall_ms = wall_ms
        self._monotonic = monotonic

    def monotonic(self) -> float:
        return self._monotonic

    def wall_ms(self) -> int:
        return self._wall_ms

    def advance(self, seconds: float) -> None:
        """Moves both clocks forward by `seconds`."""
        self._monotonic += seconds
        self._wall_ms += round(seconds * 1000)

    def step_wall(self, seconds: float) -> None:
        """Moves the wall clock alone, as NTP or a user does."""
        self._wall_ms += round(seconds * 1000)


class SessionClock:
    """Market time in ms since the epoch, on the main thread.

    Follows the wall clock until a feed sends its own time by `follow`; from then on it runs from
    that anchor at the feed's speed on the monotonic clock, so it never jumps when the machine's
    wall clock does. `release` gives it back to the wall clock.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._anchor_ms: float | None = None
        self._anchor_monotonic = 0.0
        self._speed = 1.0

    @property
    def belongs_to_feed(self) -> bool:
        """True while market time is the feed's own (simulated or replayed)."""
        return self._anchor_ms is not None

    @property
    def speed(self) -> float:
        """Market seconds per real second; 0 when the feed stands still."""
        return self._speed if self._anchor_ms is not None else 1.0

    def now_ms(self) -> int:
        """Market time now."""
        if self._anchor_ms is None:
            return self._clock.wall_ms()
        elapsed = self._clock.monotonic() - self._anchor_monotonic
        return int(self._anchor_ms + elapsed * 1000.0 * self._speed)

    def follow(self, market_ms: int, speed: float, received_monotonic: float | None = None) -> None:
        """Anchors market time to a clock frame that arrived at `received_monotonic` (default: now)."""
        self._anchor_ms = float(market_ms)
        self._anchor_monotonic = self._clock.monotonic() if received_monotonic is None else received_monotonic
        self._speed = speed

    def release(self) -> None:
        """Back to the wall clock."""
        self._anchor_ms = None
        self._speed = 1.0
