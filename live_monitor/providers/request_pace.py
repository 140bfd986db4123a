"""Keeps questions to a REST service apart, so that we wait rather than hammer it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from live_monitor.clock import Clock
from live_monitor.errors import RateLimited

#: Requests a minute: of the free plan, and of paid ones, whose answer to "how many" is "below 100 a second".
FREE_PER_MINUTE: Final = 5.0
PAID_PER_MINUTE: Final = 1_200.0
#: Without a word about it in the answer, a refusal for asking too often stands for so long.
SILENCE_S: Final = 12.0
#: Longer than this a server may not silence us.
_LONGEST_SILENCE_S: Final = 900.0


class RequestPace:
    """A bucket of tokens: `per_minute` come back a minute, `burst` may be taken at once. Any thread.

    A server that says "too often" empties it: nobody asks before its time is over. One that says so without naming a
    time means the quota of a plan, so that from then on the pace is that of the smallest plan.
    """

    def __init__(self, per_minute: float, clock: Clock, wait: Callable[[float], object], burst: float = 5.0) -> None:
        """`wait` sleeps for so many seconds; it may return early (closing), and then `acquire` takes a token anyway."""
        self._per_s = per_minute / 60.0
        self._burst = self._tokens = max(1.0, min(burst, per_minute))
        self._clock = clock
        self._wait = wait
        self._counted_at = clock.monotonic()
        self._silent_until = 0.0
        self._lock = threading.Lock()

    @property
    def per_minute(self) -> float:
        """Requests a minute that are asked at most."""
        return self._per_s * 60.0

    def acquire(self, patience_s: float) -> None:
        """Takes a token, waiting for it. Raises RateLimited at once where that would take longer than `patience_s`."""
        with self._lock:
            now = self._clock.monotonic()
            self._tokens = min(self._burst, self._tokens + (now - self._counted_at) * self._per_s)
            self._counted_at = now
            wait_s = max(self._silent_until - now, (1.0 - self._tokens) / self._per_s, 0.0)
            if wait_s > patience_s:
                raise RateLimited(
                    "Polygon was asked as often as the plan allows.", f"Wait {wait_s:.0f} s.", wait_s=wait_s
                )
            # Taken in advance: whoever comes next waits for the one after.
            self._tokens -= 1.0
        if wait_s > 0:
            self._wait(wait_s)

    def refused(self, retry_after_s: float | None) -> float:
        """The server says that it was asked too often; returns for how many seconds nobody asks now."""
        with self._lock:
            if retry_after_s is None:
                self._per_s = min(self._per_s, FREE_PER_MINUTE / 60.0)
                self._burst = 1.0
            silence_s = min(SILENCE_S if retry_after_s is None else retry_after_s, _LONGEST_SILENCE_S)
            now = self._clock.monotonic()
            self._silent_until = max(self._silent_until, now + silence_s)
            self._tokens, self._counted_at = min(self._tokens, 0.0), now
            return self._silent_until - now
