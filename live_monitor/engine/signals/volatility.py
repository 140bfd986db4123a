"""Indicators of how far prices move: average true range, Bollinger bands."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from live_monitor.engine.signals.columns import NAN, Floats


class Atr:
    """Average true range after Wilder: the mean of the first `length` true ranges, then smoothed by 1 / `length`.

    The first bar has no close before it; its true range is high less low.
    """

    def __init__(self, length: int = 14) -> None:
        self.length = length
        self._value = NAN
        self._count = 0
        self._total = 0.0
        self._close = NAN

    def update(self, high: float, low: float, close: float) -> float:
        """The average after this bar, in USD; NaN before `length` bars."""
        reach = high - low
        before = self._close
        if before == before:
            reach = max(reach, abs(high - before), abs(low - before))
        self._close = close
        if self._count < self.length:
            self._count += 1
            self._total += reach
            if self._count == self.length:
                self._value = self._total / self.length
        else:
            self._value += (reach - self._value) / self.length
        return self._value

    def peek(self, high: float, low: float, close: float) -> float:
        """The average if the forming bar closed like this."""
        held = self._value, self._count, self._total, self._close
        value = self.update(high, low, close)
        self._value, self._count, self._total, self._close = held
        return value

    def feed(self, high: Floats, low: Floats, close: Floats) -> Floats:
        """The average after each bar, float64[n]."""
        bars = zip(high.tolist(), low.tolist(), close.tolist(), strict=True)
        return np.array([self.update(*bar) for bar in bars], dtype=np.float64)


class Bollinger:
    """Bollinger bands: (middle, upper, lower); the mean of the last `length` values and `width` population sigmas."""

    def __init__(self, length: int = 20, width: float = 2.0) -> None:
        self.length = length
        self.width = width
        self._window: deque[float] = deque(maxlen=length)

    def update(self, value: float) -> tuple[float, float, float]:
        """The three after a bar has closed with `value`; NaN before `length` values."""
        self._window.append(value)
        if len(self._window) < self.length:
            return NAN, NAN, NAN
        middle = math.fsum(self._window) / self.length
        reach = self.width * math.sqrt(math.fsum((x - middle) ** 2 for x in self._window) / self.length)
        return middle, middle + reach, middle - reach

    def peek(self, value: float) -> tuple[float, float, float]:
        """The three if the forming bar closed with `value`."""
        held = self._window.copy()
        bands = self.update(value)
        self._window = held
        return bands

    def feed(self, values: Floats) -> tuple[Floats, Floats, Floats]:
        """The three after each of `values`, float64[n] each."""
        made = np.array([self.update(value) for value in values.tolist()], dtype=np.float64).reshape(-1, 3)
        return made[:, 0], made[:, 1], made[:, 2]
