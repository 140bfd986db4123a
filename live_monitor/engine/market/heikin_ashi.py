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
    bad = ~np.isfinite(mean)
    if bad.any():
        # A bar without a price breaks nothing: the next one follows the last good one.
        good = np.maximum.accumulate(np.where(bad, -1, np.arange(count)))
        mean = np.where(good >= 0, mean[np.maximum(good, 0)], np.nan)
    begins = np.full(count, np.nan)
    start = int(np.argmax(~np.isnan(mean))) if count and not np.isnan(mean).all() else count
    if start < count:
        seed = before if np.isfinite(before) else (float(opened[start]) + float(close[start])) / 2
        begins[start:] = _halving(mean[start:], seed)
    means = np.where(bad, np.nan, mean)
    begins = np.where(bad, np.nan, begins)
    tops, floors = np.maximum(high, np.maximum(begins, means)), np.minimum(low, np.minimum(begins, means))
    return HeikinAshiColumns(begins, np.where(bad, np.nan, tops), np.where(bad, np.nan, floors), means)


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
    """Follows a series. One thread; a change of the last bar and a new bar cost O(1)."""

    def __init__(self) -> None:
        self._columns = np.empty((4, 0))
        self._count = 0
        self._seen: tuple[object, int, int] = (None, -1, -1)

    def follow(self, series: BarSeries) -> None:
        """Takes over what changed."""
        seen = (series, series.version, series.revision)
        if seen == self._seen:
            return
        whole = self._seen[0] is not series or self._seen[2] != series.revision
        self._seen = seen
        count = len(series)
        first = 0 if whole or count < self._count else max(0, self._count - 1)
        self._reserve(count)
        self._count = count
        run = slice(first, count)
        before = float(self._columns[0, first - 1] + self._columns[3, first - 1]) / 2 if first else np.nan
        if first and not np.isfinite(before):
            run, before = slice(0, count), np.nan
        made = heikin_ashi(series.open[run], series.high[run], series.low[run], series.close[run], before)
        self._columns[:, run] = made

    @property
    def columns(self) -> HeikinAshiColumns:
        """Views of all bars, aligned with the series; valid until the next `follow`."""
        return HeikinAshiColumns(*self._columns[:, : self._count])

    def _reserve(self, count: int) -> None:
        if count > self._columns.shape[1]:
            room = np.empty((4, count + count // 8 + _SPARE))
            room[:, : self._count] = self._columns[:, : self._count]
            self._columns = room
