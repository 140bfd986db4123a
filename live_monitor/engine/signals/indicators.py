"""Streaming indicators over closed bars: one `update` a bar, O(1), NaN until warm.

All take finite numbers; `SignalEngine` keeps others away. None looks at a bar that has not closed.
"""

from __future__ import annotations

import math
from typing import Final

NAN: Final = float("nan")


class Ema:
    """Exponential moving average, seeded with the simple mean of the first `length` values; factor 2 / (length + 1)."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.value = NAN
        self._count = 0
        self._total = 0.0
        self._factor = 2.0 / (length + 1)

    def update(self, value: float) -> float:
        """The average after `value`; NaN before `length` values."""
        if self._count < self.length:
            self._count += 1
            self._total += value
            if self._count == self.length:
                self.value = self._total / self.length
        else:
            self.value += self._factor * (value - self.value)
        return self.value


class RollingMean:
    """Mean of the last `length` values; NaN before `minimum` of them (default `length`)."""

    def __init__(self, length: int, minimum: int | None = None) -> None:
        self.length = length
        self.value = NAN
        self._minimum = length if minimum is None else minimum
        self._ring: list[float] = []
        self._next = 0
        self._total = 0.0

    def update(self, value: float) -> float:
        """The mean after `value`."""
        ring = self._ring
        if len(ring) < self.length:
            ring.append(value)
            self._total += value
        else:
            self._total += value - ring[self._next]
            ring[self._next] = value
            self._next = (self._next + 1) % self.length
            if self._next == 0:
                self._total = math.fsum(ring)  # once a round, so that rounding errors never add up
        if len(ring) >= self._minimum:
            self.value = self._total / len(ring)
        return self.value


class SessionVwap:
    """Volume-weighted average price since it was made: Σ(vw·v) / Σv; make a new one for each session."""

    def __init__(self) -> None:
        self.value = NAN
        self._turnover = 0.0
        self._volume = 0.0

    def update(self, price: float, volume: float) -> float:
        """The average after a bar of `volume` shares at the mean price `price`; NaN while no share has traded."""
        self._turnover += price * volume
        self._volume += volume
        if self._volume > 0.0:
            self.value = self._turnover / self._volume
        return self.value


class Atr:
    """Average true range after Wilder: the mean of the first `length` true ranges, then smoothed by 1 / `length`.

    The first bar has no close before it; its true range is high less low.
    """

    def __init__(self, length: int) -> None:
        self.length = length
        self.value = NAN
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
                self.value = self._total / self.length
        else:
            self.value += (reach - self.value) / self.length
        return self.value


class OpeningRange:
    """High and low of the bars that start before `end_ms`, given out from then on until `until_ms`."""

    def __init__(self, end_ms: int, until_ms: int) -> None:
        self._end_ms = end_ms
        self._until_ms = until_ms
        self._high = -math.inf
        self._low = math.inf

    def update(self, start_ms: int, high: float, low: float) -> tuple[float, float]:
        """(high, low) of the range after the bar that starts at `start_ms`; NaN while it forms and when it is over."""
        if start_ms < self._end_ms:
            self._high = max(self._high, high)
            self._low = min(self._low, low)
        elif start_ms < self._until_ms and self._low <= self._high:
            return self._high, self._low
        return NAN, NAN
