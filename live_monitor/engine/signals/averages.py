"""Moving averages of one number a bar: simple and exponential."""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from live_monitor.engine.signals.block_window import BlockWindow
from live_monitor.engine.signals.columns import NAN, Floats, floats, length_of, scattered, usable
from live_monitor.engine.signals.recurrence import decayed
from live_monitor.engine.signals.sliding import means


class Sma(BlockWindow):
    """Simple moving average: the mean of the last `length` values; NaN before `minimum` of them (default `length`)."""

    __slots__ = ("_minimum", "_rest", "_sum")

    def __init__(self, length: int, minimum: int | None = None) -> None:
        super().__init__(length)
        self._minimum = length if minimum is None else minimum
        self._sum = 0.0
        self._rest: list[float] = []  # at k: the sum of the last `length` - k values of the block before

    def update(self, value: float) -> float:
        """The mean after a bar has closed with `value`."""
        if value - value != 0.0:
            return NAN
        block = self._block
        block.append(value)
        total = self._sum = self._sum + value
        count = len(block)
        if count == self.length:
            self._turn()
            return total / count
        if self._rest:
            return (self._rest[count] + total) / self.length
        return total / count if count >= self._minimum else NAN

    def peek(self, value: float) -> float:
        """The mean if the forming bar closed with `value`."""
        if value - value != 0.0:
            return NAN
        total = self._sum + value
        count = len(self._block) + 1
        if count == self.length:
            return total / count
        if self._rest:
            return (self._rest[count] + total) / self.length
        return total / count if count >= self._minimum else NAN

    def feed(self, values: Floats) -> Floats:
        """The mean after each of `values`, float64[n]."""
        values = floats(values)
        mask = usable(values)
        if mask is not None:
            return scattered(mask, self.feed(values[mask]))
        made = np.empty(len(values))
        singly = self._one_by_one(len(values))
        for row, value in enumerate(values[:singly].tolist()):
            made[row] = self.update(value)
        if singly < len(values):
            rest = values[singly:]
            for at, column in self._with_before(rest):
                means(column, self.length, made[singly + at :][: len(column) - self.length + 1])
            self._resume(rest)
        return made

    def _turn(self) -> None:
        self._rest = list(accumulate(reversed(self._block)))
        self._rest.reverse()
        self._before = self._block
        self._restart()

    def _restart(self) -> None:
        self._block, self._sum = [], 0.0


class Ema:
    """Exponential moving average, seeded with the simple mean of the first `length` values; factor 2 / (length + 1)."""

    __slots__ = ("_count", "_factor", "_total", "_value", "length")

    def __init__(self, length: int) -> None:
        self.length = length_of(length)
        self._value = NAN
        self._count = 0
        self._total = 0.0
        self._factor = 2.0 / (length + 1)

    def update(self, value: float) -> float:
        """The average after a bar has closed with `value`; NaN before `length` values."""
        if value - value != 0.0:
            return NAN
        if self._count == self.length:
            self._value = average = self._value + self._factor * (value - self._value)
            return average
        self._count += 1
        self._total += value
        if self._count == self.length:
            self._value = self._total / self.length
        return self._value

    def peek(self, value: float) -> float:
        """The average if the forming bar closed with `value`."""
        if value - value != 0.0:
            return NAN
        if self._count == self.length:
            return self._value + self._factor * (value - self._value)
        return (self._total + value) / self.length if self._count + 1 == self.length else NAN

    def feed(self, values: Floats) -> Floats:
        """The average after each of `values`, float64[n]."""
        values = floats(values)
        mask = usable(values)
        if mask is not None:
            return scattered(mask, self.feed(values[mask]))
        made = np.empty(len(values))
        singly = min(self.length - self._count, len(values))
        for row, value in enumerate(values[:singly].tolist()):
            made[row] = self.update(value)
        if singly < len(values):
            made[singly:] = decayed(values[singly:] * self._factor, 1.0 - self._factor, self._value)
            self._value = float(made[-1])
        return made
