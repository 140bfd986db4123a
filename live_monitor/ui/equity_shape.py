"""Where the equity curve lies on the screen. Pure arithmetic; arrays come in, numpy is not loaded for it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from PyQt6.QtCore import QRectF

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: More points than this are thinned to the extremes of each column.
_DENSE: Final = 3
#: A curve without a range is shown with so much room: USD.
_LEAST_RANGE: Final = 1.0
#: Room above and below the curve, as a share of its range.
_ROOM: Final = 0.08


class EquityShape:
    """A curve as points in a box; what lies between two marks is what the earlier one says."""

    def __init__(self, ms: NDArray[np.int64], usd: NDArray[np.float64], box: QRectF) -> None:
        self._ms, self._usd = ms, usd
        self.box = box
        self.begin_ms, self.end_ms = int(ms[0]), int(ms[-1])
        self.first, self.last = float(usd[0]), float(usd[-1])
        low, high = float(usd.min()), float(usd.max())
        room = max((high - low) * _ROOM, _LEAST_RANGE / 2 if high - low < _LEAST_RANGE else 0.0)
        self.low, self.high = low - room, high + room
        self.points = self._points()

    def x(self, at_ms: int) -> float:
        """Column of an instant."""
        span = self.end_ms - self.begin_ms
        share = (at_ms - self.begin_ms) / span if span else 1.0
        return self.box.left() + share * self.box.width()

    def y(self, usd: float) -> float:
        """Row of a value."""
        return self.box.bottom() - (usd - self.low) / (self.high - self.low) * self.box.height()

    def at(self, x: float) -> tuple[int, float]:
        """The mark in force at a column: its ms and USD."""
        share = (x - self.box.left()) / self.box.width()
        wanted = self.begin_ms + share * (self.end_ms - self.begin_ms)
        number = max(0, int(self._ms.searchsorted(wanted, "right")) - 1)
        return int(self._ms[number]), float(self._usd[number])

    def _points(self) -> list[tuple[float, float]]:
        ms, usd = self._ms, self._usd
        columns = max(1, int(self.box.width()))
        if len(ms) <= _DENSE * columns:
            marks = zip(ms.tolist(), usd.tolist(), strict=True)
            return _steps([(self.x(at), self.y(value)) for at, value in marks])
        points = []
        span = self.end_ms - self.begin_ms
        edges = [self.begin_ms + span * column / columns for column in range(columns + 1)]
        cuts = ms.searchsorted(edges).tolist()
        cuts[-1] = len(ms)
        for column in range(columns):
            part = usd[cuts[column] : cuts[column + 1]]
            if len(part):
                x = self.box.left() + column
                points += [(x, self.y(float(value))) for value in (part[0], part.min(), part.max(), part[-1])]
        return points


def shape_of(ms: NDArray[np.int64], usd: NDArray[np.float64], box: QRectF) -> EquityShape | None:
    """The shape of a curve of two marks or more; None for less, which is no curve."""
    return EquityShape(ms, usd, box) if len(ms) >= 2 else None


def value_ticks(low: float, high: float, most: int) -> list[tuple[float, int]]:
    """At most `most` round values between two, each with the decimals that it needs."""
    span = high - low
    if not span > 0 or not math.isfinite(span):
        return []
    step = 10.0 ** math.floor(math.log10(span / most))
    step *= next(factor for factor in (1, 2, 5, 10) if span / (step * factor) <= most)
    decimals = 2 if step < 1 else 0
    first = math.ceil(low / step)
    return [(number * step, decimals) for number in range(first, math.floor(high / step) + 1)]


def _steps(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Level to each mark, then up or down to it: between marks nothing is known to have changed."""
    found = points[:1]
    for x, y in points[1:]:
        found += [(x, found[-1][1]), (x, y)]
    return found
