"""A second symbol on the chart, in percent from the first bar in sight. No Qt."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.ui.charts.frame import Extent

Floats = NDArray[np.float64]


class Compared:
    """Closes of another symbol beside bars, matched by their start. Main thread.

    A bar for which the other symbol has none shows none: nothing is carried on.
    """

    def __init__(self) -> None:
        self.symbol = ""
        self.series: BarSeries | None = None
        self._seen: object = None

    def set_series(self, symbol: str, series: BarSeries | None) -> bool:
        """Compares with another symbol, or with none; True when that is another one."""
        changed = (symbol, series) != (self.symbol, self.series)
        self.symbol, self.series = symbol, series
        return changed

    @property
    def on(self) -> bool:
        """True while a second symbol is wanted."""
        return bool(self.symbol)

    def moved(self) -> bool:
        """True when its bars changed since this was last asked."""
        seen = (self.series, self.series.version) if self.series is not None else None
        moved, self._seen = seen != self._seen, seen
        return moved

    def factor(self, bars: BarSeries, first: int, base: float) -> float:
        """What its prices are multiplied by to stand at `base` at bar `first`; NaN where it has none in sight."""
        other = self.series
        if other is None or not len(other) or not math.isfinite(base) or first >= len(bars):
            return math.nan
        at = int(np.searchsorted(other.start_ms, bars.start_ms[first], side="right")) - 1
        close = float(other.close[max(at, 0)])
        return base / close if 0 < close < math.inf else math.nan

    def aligned(self, bars: BarSeries, first: int, last: int) -> tuple[NDArray[np.intp], Floats]:
        """Bars among `first` to `last` (exclusive) that it has too, and its closes there."""
        other = self.series
        if other is None or not len(other) or last <= first:
            return np.empty(0, np.intp), np.empty(0)
        starts = bars.start_ms[first:last]
        at = np.searchsorted(other.start_ms, starts)
        at[at == len(other)] = 0
        closes = other.close[at]
        both = np.flatnonzero((other.start_ms[at] == starts) & np.isfinite(closes))
        return both + first, closes[both]

    def extent(self, bars: BarSeries, first: int, last: int, factor: float) -> Extent:
        """How far its line reaches on the bars `first` to `last` (exclusive), in prices of the first symbol."""
        other = self.series
        if other is None or not math.isfinite(factor) or last <= first:
            return Extent()
        begin = int(np.searchsorted(other.start_ms, bars.start_ms[first]))
        end = int(np.searchsorted(other.start_ms, bars.start_ms[last - 1], side="right"))
        run = other.close[begin:end]
        run = run[np.isfinite(run)]
        return Extent(float(run.min()) * factor, float(run.max()) * factor) if len(run) else Extent()
