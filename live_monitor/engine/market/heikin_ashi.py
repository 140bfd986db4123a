"""Heikin-Ashi bars: each is averaged with the one before it, so that a trend shows as a run of one colour.

Close = (open + high + low + close) / 4; open = the middle of the body before it (of the first bar: of its own open and
close); high and low = the extremes of the bar's own and of these two. They are no prices at which anybody traded.
Valcu, "Using the Heikin-Ashi Technique", Stocks & Commodities, February 2004.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.engine.market.series_watch import SeriesWatch

Floats = NDArray[np.float64]

#: What is older than so many bars is worth less than the last bit of a double: halved 64 times.
_PASSES = 6
_SPARE = 64


class HeikinAshiColumns(NamedTuple):
    """float64[n] each; NaN where a bar has a value that is not finite."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats


def heikin_ashi(opened: Floats, high: Floats, low: Floats, close: Floats, before: float = np.nan) -> HeikinAshiColumns:
    """Of bars float64[n], oldest first. `before`: the middle of the body before the first of them, if there is one."""
    count = len(close)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = (opened + high + low + close) / 4
    known = np.isfinite(mean)
    begins, means = np.full(count, np.nan), np.where(known, mean, np.nan)
    # A bar without a price breaks nothing: the next one follows the last good one.
    good = slice(0, count) if known.all() else np.flatnonzero(known)
    bodies = mean[good]
    if len(bodies):
        start = int(np.argmax(known))
        seed = before if np.isfinite(before) else (float(opened[start]) + float(close[start])) / 2
        begins[good] = _halving(bodies, seed)
    tops, floors = np.maximum(high, np.maximum(begins, means)), np.minimum(low, np.minimum(begins, means))
    return HeikinAshiColumns(begins, np.where(known, tops, np.nan), np.where(known, floors, np.nan), means)


def _halving(means: Floats, seed: float) -> Floats:
    """begin[0] = seed, begin[i] = (begin[i - 1] + means[i - 1]) / 2, by doubling the reach in every pass."""
    begins = np.empty(len(means))
    begins[0] = seed
    begins[1:] = means[:-1] / 2
    reach = 1
    for _ in range(_PASSES + 5):
        if reach >= len(begins) or reach > 1_074:
            break
        begins[reach:] += begins[:-reach] * 0.5**reach
        reach *= 2
    return begins


class HeikinAshi:
    """Follows a series. One thread; a tick and a new bar cost O(1), a correction what comes after it."""

    def __init__(self) -> None:
        self._columns = np.empty((4, 0))
        self._count = 0
        self._watch = SeriesWatch()

    def follow(self, series: BarSeries) -> None:
        """Takes over what changed."""
        first, count = self._watch.first_changed(series), len(series)
        if first == count == self._count:
            return
        self._reserve(count)
        self._count = count
        first = self._after_good(first)
        before = float(self._columns[0, first - 1] + self._columns[3, first - 1]) / 2 if first else np.nan
        run = slice(first, count)
        self._columns[:, run] = heikin_ashi(
            series.open[run], series.high[run], series.low[run], series.close[run], before
        )

    def _after_good(self, first: int) -> int:
        """The bar from which on to go on: a bar without a price has no body that the next one could begin in."""
        if not first or np.isfinite(self._columns[0, first - 1]):
            return first
        good = np.flatnonzero(np.isfinite(self._columns[0, :first]))
        return int(good[-1]) + 1 if len(good) else 0

    @property
    def columns(self) -> HeikinAshiColumns:
        """Views of all bars, aligned with the series; valid until the next `follow`."""
        return HeikinAshiColumns(*self._columns[:, : self._count])

    def _reserve(self, count: int) -> None:
        if count > self._columns.shape[1]:
            room = np.empty((4, count + count // 8 + _SPARE))
            room[:, : self._count] = self._columns[:, : self._count]
            self._columns = room
