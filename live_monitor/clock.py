"""The only place that reads real clocks.

Sockets, time-outs and ages use monotonic seconds. Market time is a `SessionClock`: for live feeds the machine's time
without the jumps of its wall clock; for the simulated market and for replay it belongs to the feed, which sends it.
"""

from __future__ import annotations

import math
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


#: Less than this between wall clock and market time is drift, and followed; more is a jump, and has to prove itself.
JUMP_MS = 2_000
#: Drift is followed by at most this share of the time that passes: market time slows down, but never turns back.
SLEW = 0.05
#: For so long events have to keep pace with a time before they are believed, so that a burst that waited says nothing.
HEARING_S = 1.0
#: A jump that nothing speaks against is believed after this: the machine slept, or was late and has been corrected.
PATIENCE_S = 60.0


class _LiveTime:
    """Market time of a live feed: the wall clock without its jumps.

    It runs on the monotonic clock and follows the wall clock's drift. What the wall clock says after a jump is only one
    guess beside our own time; events of the feed decide, by being nearer to one of them. Only events that keep pace
    with the clock count: what waited in a buffer, and the last quotes of a closed market, do not. The monotonic clock
    stands still while a machine sleeps, so that waking up looks like a jump, and events confirm it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._read_at, self._wall_ms = clock.monotonic(), clock.wall_ms()
        self._market_ms = float(self._wall_ms)
        #: By how much the wall clock is known to be wrong.
        self.wrong_ms = 0.0
        #: Since when a jump waits for a verdict.
        self._jumped_at: float | None = None
        #: Where our time would be, from here, if a jump that was believed in silence was wrong.
        self._doubt_ms = 0.0
        self._newest_ms = 0
        #: How far events are ahead of our time at present, and since when.
        self._ahead_ms, self._ahead_since = math.inf, 0.0
        #: When an event last spoke for our time.
        self._assured_at = -math.inf

    def now_ms(self) -> float:
        """Market time now, in ms since the epoch."""
        monotonic, self._wall_ms = self._clock.monotonic(), self._clock.wall_ms()
        elapsed_ms = (monotonic - self._read_at) * 1000.0
        self._read_at = monotonic
        self._market_ms += elapsed_ms
        off_ms = self._wall_ms - self._market_ms
        if abs(off_ms) < JUMP_MS:
            self.wrong_ms, self._jumped_at = 0.0, None
        else:
            off_ms -= self.wrong_ms
            if abs(off_ms) >= JUMP_MS:
                self._wait(monotonic, off_ms)
                return self._market_ms
            self._jumped_at = None
        self._market_ms += min(max(off_ms, -elapsed_ms * SLEW), elapsed_ms * SLEW)
        return self._market_ms

    def _wait(self, monotonic: float, off_ms: float) -> None:
        if self._jumped_at is None:
            self._jumped_at = monotonic
            self._ahead_ms = math.inf
        elif monotonic - max(self._jumped_at, self._assured_at) >= PATIENCE_S:
            self._move(off_ms)
            self._doubt_ms = -off_ms

    def _move(self, by_ms: float) -> None:
        self._market_ms += by_ms
        off_ms = self._wall_ms - self._market_ms
        if abs(off_ms) < JUMP_MS:
            self.wrong_ms = 0.0
        elif abs(off_ms - self.wrong_ms) >= JUMP_MS:
            self.wrong_ms = off_ms
        self._jumped_at, self._doubt_ms, self._ahead_ms = None, 0.0, math.inf

    def _guesses(self) -> list[float]:
        """Other times that it may be, as distances from ours."""
        off_ms = self._wall_ms - self._market_ms
        return [by_ms for by_ms in (off_ms, off_ms - self.wrong_ms, self._doubt_ms) if abs(by_ms) >= JUMP_MS]

    def latest_ms(self) -> float:
        """The latest that it may be; ours alone where events have just shown the wall clock to be wrong."""
        now_ms = self.now_ms()
        sure = not self.wrong_ms or self._read_at - self._assured_at < PATIENCE_S
        if sure and self._jumped_at is None and not self._doubt_ms:
            return now_ms
        return now_ms + max((0.0, *self._guesses()))

    def heard(self, event_ms: int) -> None:
        """An event of the feed was stamped `event_ms`."""
        if event_ms <= self._newest_ms:
            return  # what is repeated says nothing of the time
        self._newest_ms = event_ms
        ahead_ms = event_ms - self.now_ms()
        guesses = self._guesses()
        if not guesses:
            return
        spoken_for = min(0.0, *guesses, key=lambda by_ms: abs(ahead_ms - by_ms))
        if spoken_for == 0.0:
            self._assured_at = self._read_at
        if abs(ahead_ms - self._ahead_ms) >= JUMP_MS:
            self._ahead_ms, self._ahead_since = ahead_ms, self._read_at
        elif self._read_at - self._ahead_since >= HEARING_S:
            self._move(spoken_for)


class SessionClock:
    """Market time in ms since the epoch; each thread has its own.

    Of a live feed it is the machine's time without the jumps of its wall clock: a jump is held until events of the feed
    (`heard`) speak for it or against it, or for a minute. Once a feed sends its own time by `follow`, it runs from that
    anchor at the feed's speed on the monotonic clock. `release` gives it back to the machine.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._live = _LiveTime(clock)
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

    @property
    def jump_ms(self) -> int:
        """How far ahead the machine's wall clock is of market time (behind: negative), once events of the feed have
        shown it to be wrong; 0 else. See `describe_jump`."""
        return round(self._live.wrong_ms) if self._anchor_ms is None else 0

    def now_ms(self) -> int:
        """Market time now."""
        if self._anchor_ms is None:
            return round(self._live.now_ms())
        elapsed = self._clock.monotonic() - self._anchor_monotonic
        return int(self._anchor_ms + elapsed * 1000.0 * self._speed)

    def latest_ms(self) -> int:
        """The latest that market time may be now: more than `now_ms` while it is doubtful whether a jump was right."""
        return round(self._live.latest_ms()) if self._anchor_ms is None else self.now_ms()

    def heard(self, event_ms: int) -> None:
        """The newest trade or quote of a live feed was stamped `event_ms`; about once a second is enough."""
        if self._anchor_ms is None:
            self._live.heard(event_ms)

    def follow(self, market_ms: int, speed: float, received_monotonic: float | None = None) -> None:
        """Anchors market time to a clock frame that arrived at `received_monotonic` (default: now)."""
        self._anchor_ms = float(market_ms)
        self._anchor_monotonic = self._clock.monotonic() if received_monotonic is None else received_monotonic
        self._speed = speed

    def release(self) -> None:
        """Back to the machine's time; what was found out about its wall clock stays known."""
        self._anchor_ms = None
        self._speed = 1.0


def describe_jump(jump_ms: int) -> str:
    """One line for a person about `SessionClock.jump_ms`, which is not 0."""
    seconds = round(abs(jump_ms) / 1000)
    days, rest = divmod(seconds, 86_400)
    length = f"{rest // 3600}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    if days:
        length = f"{days} {'day' if days == 1 else 'days'}" + (f" {length}" if rest else "")
    return f"The machine's clock was set {'forward' if jump_ms > 0 else 'back'} by {length}; market time goes on."
