"""Levels that a session leaves to the bars after them: the previous day's, the opening range."""

from __future__ import annotations

import math

import numpy as np

from live_monitor.engine.signals.columns import NAN, Floats, Ints, floats, scattered, stretches, usable

_NO_PAIR = (NAN, NAN)
_NO_TRIPLE = (NAN, NAN, NAN)


class PreviousDay:
    """(high, low, close) of the session before the bar's: the extremes and the last close of its bars.

    Whether those are of regular hours or of all is decided by what is fed. NaN in the first session. `session` is any
    number that differs between neighbouring sessions.
    """

    __slots__ = ("_close", "_high", "_levels", "_low", "_session")

    def __init__(self) -> None:
        self._session: int | None = None
        self._high = self._low = self._close = NAN
        self._levels = _NO_TRIPLE

    def update(self, session: int, high: float, low: float, close: float) -> tuple[float, float, float]:
        """The three levels that hold for this closed bar."""
        total = high + low + close
        if total - total != 0.0:
            return _NO_TRIPLE
        if session != self._session:
            self._session = session
            self._levels = self._high, self._low, self._close
            self._high, self._low = high, low
        else:
            if high > self._high:
                self._high = high
            if low < self._low:
                self._low = low
        self._close = close
        return self._levels

    def peek(self, session: int, high: float, low: float, close: float) -> tuple[float, float, float]:
        """The three levels that hold for the forming bar."""
        total = high + low + close
        if total - total != 0.0:
            return _NO_TRIPLE
        return self._levels if session == self._session else (self._high, self._low, self._close)

    def feed(self, session: Ints, high: Floats, low: Floats, close: Floats) -> tuple[Floats, Floats, Floats]:
        """The three levels at each bar, float64[n] each."""
        high, low, close = floats(high), floats(low), floats(close)
        mask = usable(high, low, close)
        if mask is not None:
            top, bottom, last = self.feed(session[mask], high[mask], low[mask], close[mask])
            return scattered(mask, top), scattered(mask, bottom), scattered(mask, last)
        if not len(close):
            return np.empty(0), np.empty(0), np.empty(0)
        begins = stretches(session)
        days = np.empty((3, len(begins) + 1))  # what each stretch leaves behind; first, what was there before
        days[:, 0] = self._high, self._low, self._close
        days[0, 1:] = np.maximum.reduceat(high, begins)
        days[1, 1:] = np.minimum.reduceat(low, begins)
        days[2, 1:] = close[[*(begins[1:] - 1).tolist(), -1]]
        if int(session[0]) == self._session:
            days[0, 1] = max(days[0, 1], self._high)
            days[1, 1] = min(days[1, 1], self._low)
            days[:, 0] = self._levels
        self._session = int(session[-1])
        self._high, self._low, self._close = days[:, -1].tolist()
        top, bottom, last = days[:, -2].tolist()
        self._levels = top, bottom, last
        made = np.repeat(days[:, :-1], np.diff(begins, append=len(close)), axis=1)
        return made[0], made[1], made[2]


class OpeningRange:
    """(high, low) of a session's bars in the first `forms_ms` after its open, given out until `counts_ms` after it.

    NaN while it forms, without a bar in it, and when it is over; without `counts_ms` it holds until the next session.
    Bars come in the order of time, and are not longer than `forms_ms`: a longer one says nothing of its first minutes.
    """

    __slots__ = ("_counts_ms", "_forms_ms", "_high", "_low", "_open_ms")

    def __init__(self, forms_ms: int, counts_ms: int | None = None) -> None:
        self._forms_ms = forms_ms
        self._counts_ms = math.inf if counts_ms is None else counts_ms
        self._open_ms: int | None = None
        self._high, self._low = -math.inf, math.inf

    def update(self, open_ms: int, start_ms: int, high: float, low: float) -> tuple[float, float]:
        """(high, low) after the closed bar that starts at `start_ms`, in the session whose hours open at `open_ms`."""
        check = high + low
        if check - check != 0.0:
            return _NO_PAIR
        if open_ms != self._open_ms:
            self._open_ms = open_ms
            self._high, self._low = -math.inf, math.inf
        since = start_ms - open_ms
        if since >= self._forms_ms:
            return (self._high, self._low) if since < self._counts_ms and self._low <= self._high else _NO_PAIR
        if since >= 0:
            if high > self._high:
                self._high = high
            if low < self._low:
                self._low = low
        return _NO_PAIR

    def peek(self, open_ms: int, start_ms: int, high: float, low: float) -> tuple[float, float]:
        """(high, low) if the forming bar closed like this."""
        held = self._open_ms, self._high, self._low
        levels = self.update(open_ms, start_ms, high, low)
        self._open_ms, self._high, self._low = held
        return levels

    def feed(self, open_ms: Ints, start_ms: Ints, high: Floats, low: Floats) -> tuple[Floats, Floats]:
        """(high, low) after each bar, float64[n] each."""
        high, low = floats(high), floats(low)
        mask = usable(high, low)
        if mask is not None:
            top, bottom = self.feed(open_ms[mask], start_ms[mask], high[mask], low[mask])
            return scattered(mask, top), scattered(mask, bottom)
        if not len(high):
            return np.empty(0), np.empty(0)
        begins = stretches(open_ms)
        since = start_ms - open_ms
        forming = (since >= 0) & (since < self._forms_ms)
        tops = np.maximum.reduceat(np.where(forming, high, -math.inf), begins)
        bottoms = np.minimum.reduceat(np.where(forming, low, math.inf), begins)
        if int(open_ms[0]) == self._open_ms:
            tops[0], bottoms[0] = max(tops[0], self._high), min(bottoms[0], self._low)
        self._open_ms, self._high, self._low = int(open_ms[-1]), float(tops[-1]), float(bottoms[-1])
        none = bottoms > tops
        tops[none] = bottoms[none] = NAN
        made = np.repeat(np.stack((tops, bottoms)), np.diff(begins, append=len(high)), axis=1)
        made[:, (since < self._forms_ms) | (since >= self._counts_ms)] = NAN
        return made[0], made[1]
