"""Indicators of how far prices move: average true range, Bollinger bands."""

from __future__ import annotations

import copy
from itertools import accumulate
from math import sqrt
from operator import mul

import numpy as np

from live_monitor.engine.signals.block_window import BlockWindow
from live_monitor.engine.signals.columns import NAN, Floats, floats, length_of, scattered, usable
from live_monitor.engine.signals.recurrence import decayed
from live_monitor.engine.signals.sliding import bands

_NONE = (NAN, NAN, NAN)


class Atr:
    """Average true range after Wilder: the mean of the first `length` true ranges, then smoothed by 1 / `length`.

    True range: from the low or the close before, whichever is lower, to the high or the close before, whichever is
    higher. The first bar has no close before it; its true range, high less low, counts. In USD.
    """

    __slots__ = ("_close", "_count", "_total", "_value", "length")

    def __init__(self, length: int = 14) -> None:
        self.length = length_of(length)
        self._value = NAN
        self._count = 0
        self._total = 0.0
        self._close = NAN

    def update(self, high: float, low: float, close: float) -> float:
        """The average after this bar has closed; NaN before `length` bars."""
        check = high + low + close
        if check - check != 0.0:
            return NAN
        before = self._close  # while it is NaN, both comparisons are false
        self._close = close
        reach = (before if before > high else high) - (before if before < low else low)
        if self._count == self.length:
            self._value = average = self._value + (reach - self._value) / self.length
            return average
        self._count += 1
        self._total += reach
        if self._count == self.length:
            self._value = self._total / self.length
        return self._value

    def peek(self, high: float, low: float, close: float) -> float:
        """The average if the forming bar closed like this."""
        held = self._close, self._count, self._total, self._value
        average = self.update(high, low, close)
        self._close, self._count, self._total, self._value = held
        return average

    def feed(self, high: Floats, low: Floats, close: Floats) -> Floats:
        """The average after each bar, float64[n]."""
        high, low, close = floats(high), floats(low), floats(close)
        mask = usable(high, low, close)
        if mask is not None:
            return scattered(mask, self.feed(high[mask], low[mask], close[mask]))
        made = np.empty(len(close))
        singly = min(max(self.length - self._count, 1), len(close))
        for row in range(singly):
            made[row] = self.update(float(high[row]), float(low[row]), float(close[row]))
        if singly < len(close):
            before = close[singly - 1 : -1]
            reach = np.maximum(high[singly:], before)
            reach -= np.minimum(low[singly:], before)
            reach *= 1.0 / self.length
            made[singly:] = decayed(reach, 1.0 - 1.0 / self.length, self._value)
            self._value, self._close = float(made[-1]), float(close[-1])
        return made


class Bollinger(BlockWindow):
    """Bollinger bands: (middle, upper, lower): the mean of the last `length` values, and `width` sigmas around it.

    Sigma is the population's (divided by `length`), as in Bollinger's own definition. It comes from the squares of the
    distances d to an anchor, the last value of the block before. While that is in the window, the squares are not much
    larger than what they are needed for, so that nothing is lost in the difference; of equal values sigma is exactly 0.
    """

    __slots__ = ("_anchor", "_first", "_firsts", "_second", "_seconds", "width")

    def __init__(self, length: int = 20, width: float = 2.0) -> None:
        super().__init__(length)
        self.width = width
        self._anchor = 0.0
        self._first = self._second = 0.0  # of the block, Σd and Σd²
        # At k: the same of the last `length` - k values of the block before.
        self._firsts: list[float] = []
        self._seconds: list[float] = []

    def update(self, value: float) -> tuple[float, float, float]:
        """The three after a bar has closed with `value`; NaN before `length` values."""
        if value - value != 0.0:
            return _NONE
        self._block.append(value)
        count = len(self._block)
        if count == self.length:
            self._turn()
            return self._bands(self._firsts[0], self._seconds[0])
        if not self._firsts:
            return _NONE
        away = value - self._anchor
        self._first = first = self._first + away
        self._second = second = self._second + away * away
        first += self._firsts[count]
        mean = first / self.length
        spread = second + self._seconds[count] - first * mean
        mean += self._anchor
        reach = self.width * sqrt(spread / self.length) if spread > 0.0 else 0.0
        return mean, mean + reach, mean - reach

    def peek(self, value: float) -> tuple[float, float, float]:
        """The three if the forming bar closed with `value`."""
        count = len(self._block) + 1
        if value - value != 0.0 or (count < self.length and not self._firsts):
            return _NONE
        if count == self.length:
            # It would be the last of its block, and the new anchor.
            twin = copy.copy(self)
            twin._block = [*self._block]
            return twin.update(value)
        away = value - self._anchor
        return self._bands(self._first + away + self._firsts[count], self._second + away * away + self._seconds[count])

    def feed(self, values: Floats) -> tuple[Floats, Floats, Floats]:
        """The three after each of `values`, float64[n] each."""
        values = floats(values)
        mask = usable(values)
        if mask is not None:
            middle, upper, lower = self.feed(values[mask])
            return scattered(mask, middle), scattered(mask, upper), scattered(mask, lower)
        made = np.empty((3, len(values)))
        singly = self._one_by_one(len(values))
        for row, value in enumerate(values[:singly].tolist()):
            made[:, row] = self.update(value)
        if singly < len(values):
            for at, column in self._with_before(values[singly:]):
                bands(column, self.length, self.width, made[:, singly + at :][:, : len(column) - self.length + 1])
            self._resume(values[singly:])
        return made[0], made[1], made[2]

    def _bands(self, first: float, second: float) -> tuple[float, float, float]:
        mean = first / self.length
        spread = second - first * mean
        mean += self._anchor
        reach = self.width * sqrt(spread / self.length) if spread > 0.0 else 0.0
        return mean, mean + reach, mean - reach

    def _turn(self) -> None:
        self._anchor = anchor = self._block[-1]
        away = [value - anchor for value in reversed(self._block)]
        self._firsts = list(accumulate(away))
        self._firsts.reverse()
        self._seconds = list(accumulate(map(mul, away, away)))
        self._seconds.reverse()
        self._before = self._block
        self._restart()

    def _restart(self) -> None:
        self._block, self._first, self._second = [], 0.0, 0.0
