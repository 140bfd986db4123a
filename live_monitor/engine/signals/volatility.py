"""Indicators of how far prices move: average true range, Bollinger bands."""

from __future__ import annotations

import math
from itertools import accumulate
from operator import mul

import numpy as np

from live_monitor.engine.signals.block_window import BlockWindow
from live_monitor.engine.signals.columns import NAN, Floats, floats, length_of, scattered, usable
from live_monitor.engine.signals.recurrence import decayed
from live_monitor.engine.signals.sliding import moments

_NONE = (NAN, NAN, NAN)


class Atr:
    """Average true range after Wilder: the mean of the first `length` true ranges, then smoothed by 1 / `length`.

    True range: from the low or the close before, whichever is lower, to the high or the close before, whichever is
    higher. The first bar has no close before it; its true range, high less low, counts. In USD.
    """

    def __init__(self, length: int = 14) -> None:
        self.length = length_of(length)
        self._value = NAN
        self._count = 0
        self._total = 0.0
        self._close = NAN

    def update(self, high: float, low: float, close: float) -> float:
        """The average after this bar has closed; NaN before `length` bars."""
        average = self.peek(high, low, close)
        if average == average:
            self._value = average
        elif not _finite(high, low, close):
            return NAN
        if self._count < self.length:
            self._total += self._true_range(high, low)
            self._count += 1
        self._close = close
        return average

    def peek(self, high: float, low: float, close: float) -> float:
        """The average if the forming bar closed like this."""
        if not _finite(high, low, close):
            return NAN
        reach = self._true_range(high, low)
        if self._count == self.length:
            return self._value + (reach - self._value) / self.length
        return (self._total + reach) / self.length if self._count + 1 == self.length else NAN

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

    def _true_range(self, high: float, low: float) -> float:
        before = self._close  # while it is NaN, both comparisons are false
        return (before if before > high else high) - (before if before < low else low)


def _finite(high: float, low: float, close: float) -> bool:
    """True unless one of the three is missing or infinite: infinity less itself is no number."""
    total = high + low + close
    return total - total == 0.0


class Bollinger(BlockWindow):
    """Bollinger bands: (middle, upper, lower): the mean of the last `length` values, and `width` sigmas around it.

    Sigma is the population's (divided by `length`), as in Bollinger's own definition. Of a window of equal values it
    is exactly 0.
    """

    def __init__(self, length: int = 20, width: float = 2.0) -> None:
        super().__init__(length)
        self.width = width
        self._anchor = self._first = self._second = 0.0  # Σ and Σ² of the block's distances from its first value
        self._rest_anchor = 0.0
        self._firsts: list[float] = []  # the same of the last k values of the block before, from its last value
        self._seconds: list[float] = []

    def update(self, value: float) -> tuple[float, float, float]:
        """The three after a bar has closed with `value`; NaN before `length` values."""
        if value - value != 0.0:
            return _NONE
        block = self._block
        if not block:
            self._anchor = value
        block.append(value)
        away = value - self._anchor
        self._first += away
        self._second += away * away
        bands = self._bands(self._anchor, self._first, self._second, len(block))
        if len(block) == self.length:
            self._turn()
        return bands

    def peek(self, value: float) -> tuple[float, float, float]:
        """The three if the forming bar closed with `value`."""
        if value - value != 0.0:
            return _NONE
        anchor = self._anchor if self._block else value
        away = value - anchor
        return self._bands(anchor, self._first + away, self._second + away * away, len(self._block) + 1)

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
            middle, reach = moments(self._windows(values[singly:]), self.length)
            middle *= 1.0 / self.length
            reach *= self.width * self.width / self.length
            np.sqrt(reach, out=reach)
            made[0, singly:] = middle
            np.add(middle, reach, out=made[1, singly:])
            np.subtract(middle, reach, out=made[2, singly:])
            self._resume(values[singly:])
        return made[0], made[1], made[2]

    def _bands(self, anchor: float, first: float, second: float, count: int) -> tuple[float, float, float]:
        """Joins the block's `count` values with the rest of those before (Chan, Golub, LeVeque 1979)."""
        length = self.length
        mean = first / count
        spread = second - first * mean
        mean += anchor
        rest = length - count
        if rest:
            if not self._firsts:
                return _NONE
            first = self._firsts[rest]
            own = first / rest
            gap = mean - self._rest_anchor - own
            spread += self._seconds[rest] - first * own + gap * gap * count * rest / length
            mean -= gap * rest / length
        reach = self.width * math.sqrt(spread / length) if spread > 0.0 else 0.0
        return mean, mean + reach, mean - reach

    def _turn(self) -> None:
        self._rest_anchor = anchor = self._block[-1]
        away = [value - anchor for value in reversed(self._block)]
        self._firsts = list(accumulate(away, initial=0.0))
        self._seconds = list(accumulate(map(mul, away, away), initial=0.0))
        self._before = self._block
        self._restart()

    def _restart(self) -> None:
        self._block, self._first, self._second = [], 0.0, 0.0
