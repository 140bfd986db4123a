"""Moving averages of one number a bar: simple and exponential."""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from live_monitor.engine.signals.columns import NAN, Floats, floats, scattered, usable


class Sma:
    """Simple moving average: the mean of the last `length` values; NaN before `minimum` of them (default `length`).

    The window is held in two parts: the block of `length` values that fills, as one running sum, and what is still
    in the window of the block before, as sums made when that block was full. Nothing is ever subtracted, so rounding
    errors neither add up nor outlast the value they came with.
    """

    def __init__(self, length: int, minimum: int | None = None) -> None:
        self.length = length
        self._minimum = length if minimum is None else minimum
        self._before: list[float] = []
        self._block: list[float] = []
        self._sum = 0.0
        self._rest: list[float] = []  # at k: sum of the last `length` - k values of the block before

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
        """The mean after each of `values`, float64[n]; the state afterwards is that of `update` one by one."""
        values = floats(values)
        mask = usable(values)
        if mask is not None:
            return scattered(mask, self.feed(values[mask]))
        return np.array([self.update(value) for value in values.tolist()], dtype=np.float64)

    def _turn(self) -> None:
        """The block is full: it becomes the one before, and its sums from the end are made."""
        self._rest = list(accumulate(reversed(self._block)))
        self._rest.reverse()
        self._before, self._block, self._sum = self._block, [], 0.0


class Ema:
    """Exponential moving average, seeded with the simple mean of the first `length` values; factor 2 / (length + 1)."""

    def __init__(self, length: int) -> None:
        self.length = length
        self._value = NAN
        self._count = 0
        self._total = 0.0
        self._factor = 2.0 / (length + 1)

    def update(self, value: float) -> float:
        """The average after a bar has closed with `value`; NaN before `length` values."""
        if value - value != 0.0:
            return NAN
        if self._count < self.length:
            self._count += 1
            self._total += value
            if self._count == self.length:
                self._value = self._total / self.length
        else:
            self._value += self._factor * (value - self._value)
        return self._value

    def peek(self, value: float) -> float:
        """The average if the forming bar closed with `value`."""
        if value - value != 0.0:
            return NAN
        if self._count >= self.length:
            return self._value + self._factor * (value - self._value)
        return (self._total + value) / self.length if self._count + 1 == self.length else NAN

    def feed(self, values: Floats) -> Floats:
        """The average after each of `values`, float64[n]."""
        values = floats(values)
        mask = usable(values)
        if mask is not None:
            return scattered(mask, self.feed(values[mask]))
        return np.array([self.update(value) for value in values.tolist()], dtype=np.float64)
