"""Levels that a session gives to bars after it was there: the previous day's, the opening range."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from live_monitor.engine.signals.columns import NAN, Floats


class PreviousDay:
    """(high, low, close) of the session before the bar's: the extremes and the last close of the bars that were fed.

    Whether those are regular hours or all is decided by what is fed. NaN in the first session.
    """

    def __init__(self) -> None:
        self._session: int | None = None
        self._day = (NAN, NAN, NAN)
        self._before = (NAN, NAN, NAN)

    def update(self, session: int, high: float, low: float, close: float) -> tuple[float, float, float]:
        """The three levels that hold for this bar."""
        if session != self._session:
            self._session, self._before = session, self._day
            self._day = high, low, close
        else:
            top, bottom, _ = self._day
            self._day = (max(high, top), min(low, bottom), close)
        return self._before

    def peek(self, session: int, high: float, low: float, close: float) -> tuple[float, float, float]:
        """The three levels that would hold for the forming bar."""
        if (high + low + close) - (high + low + close) != 0.0:
            return NAN, NAN, NAN
        return self._before if session == self._session else self._day

    def feed(
        self, session: NDArray[np.int64], high: Floats, low: Floats, close: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """The three levels at each bar, float64[n] each."""
        bars = zip(session.tolist(), high.tolist(), low.tolist(), close.tolist(), strict=True)
        made = np.array([self.update(*bar) for bar in bars], dtype=np.float64).reshape(-1, 3)
        return made[:, 0], made[:, 1], made[:, 2]


class OpeningRange:
    """(high, low) of a session's bars in the first `forms_ms` after its open, given out until `counts_ms` after it.

    Both in milliseconds from the open. NaN while it forms, without a bar, and when it is over (without `counts_ms`:
    never, until the next session). Feed bars that are no longer than `forms_ms`.
    """

    def __init__(self, forms_ms: int, counts_ms: int | None = None) -> None:
        self._forms_ms = forms_ms
        self._counts_ms = counts_ms
        self._open_ms: int | None = None
        self._high = -math.inf
        self._low = math.inf

    def update(self, open_ms: int, start_ms: int, high: float, low: float) -> tuple[float, float]:
        """(high, low) after the bar that starts at `start_ms`, in the session that opens at `open_ms`."""
        if open_ms != self._open_ms:
            self._open_ms = open_ms
            self._high, self._low = -math.inf, math.inf
        since = start_ms - open_ms
        if 0 <= since < self._forms_ms:
            self._high = max(self._high, high)
            self._low = min(self._low, low)
        elif since >= self._forms_ms and (self._counts_ms is None or since < self._counts_ms):
            return (self._high, self._low) if self._low <= self._high else (NAN, NAN)
        return NAN, NAN

    def peek(self, open_ms: int, start_ms: int, high: float, low: float) -> tuple[float, float]:
        """(high, low) if the forming bar closed like this."""
        held = self._open_ms, self._high, self._low
        value = self.update(open_ms, start_ms, high, low)
        self._open_ms, self._high, self._low = held
        return value

    def feed(
        self, open_ms: NDArray[np.int64], start_ms: NDArray[np.int64], high: Floats, low: Floats
    ) -> tuple[Floats, Floats]:
        """(high, low) after each bar, float64[n] each."""
        bars = zip(open_ms.tolist(), start_ms.tolist(), high.tolist(), low.tolist(), strict=True)
        made = np.array([self.update(*bar) for bar in bars], dtype=np.float64).reshape(-1, 2)
        return made[:, 0], made[:, 1]
