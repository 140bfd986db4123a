"""Stretches in which prints were missed, as the chart shows them: which bars they touch, and what is said there.

Pure, no Qt. What history has filled is marked as that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.ui.charts.time_ticks import DAY_MS, MONTH_BARS_MS, clock_label
from live_monitor.ui.charts.wall_clock import NEW_YORK, WallClock
from live_monitor.ui.hub_view import GapView

#: The longest month, for the last bar of a series of months.
_LONGEST_MONTH_MS = 31 * DAY_MS


class Hole(NamedTuple):
    """Market time [from_ms, to_ms) in which prints were missed, and why."""

    from_ms: int
    to_ms: int
    reason: str


class HoleBand(NamedTuple):
    """A hole over the bars `first` to `last` (exclusive); between two bars where both are the same."""

    first: int
    last: int
    hole: Hole


def holes_of(gaps: Iterable[GapView], symbol: str) -> tuple[tuple[Hole, ...], tuple[Hole, ...]]:
    """The gaps of `symbol`, or of all symbols: those that nothing has filled, and those that history has."""
    mine = [gap for gap in gaps if gap.symbol in {"", symbol}]
    still = tuple(Hole(gap.from_ms, gap.to_ms, gap.reason) for gap in mine if not gap.healed)
    return still, tuple(Hole(gap.from_ms, gap.to_ms, gap.reason) for gap in mine if gap.healed)


def bands_of(series: BarSeries, holes: Sequence[Hole], first: int, last: int) -> list[HoleBand]:
    """The holes that touch the bars `first` to `last` (exclusive), in their order."""
    if not holes or last <= first:
        return []
    starts = series.start_ms
    froms = np.array([hole.from_ms for hole in holes], np.int64)
    tos = np.array([max(hole.to_ms, hole.from_ms + 1) for hole in holes], np.int64)
    begins = np.searchsorted(starts, froms, side="right") - 1
    # The bar before a hole is hurt only when the hole begins within its window.
    untouched = (begins < 0) | (froms >= _ends(starts, np.maximum(begins, 0), series.timeframe_ms))
    begins = np.where(untouched, begins + 1, begins)
    ends = np.maximum(np.searchsorted(starts, tos), begins)
    seen = np.flatnonzero((ends >= first) & (begins <= last) & ((ends > first) | (begins == ends)))
    return [HoleBand(int(begins[at]), int(ends[at]), holes[at]) for at in seen.tolist()]


def _ends(starts: NDArray[np.int64], index: NDArray[np.intp], timeframe_ms: int) -> NDArray[np.int64]:
    """Ends of the windows of bars: a length after the start, and of months the start of the next one."""
    if timeframe_ms < MONTH_BARS_MS:
        # A day on which the clocks go back has an hour more, at night, when nothing is printed.
        return starts[index] + timeframe_ms
    following = np.append(starts[1:], starts[-1] + _LONGEST_MONTH_MS)
    ends: NDArray[np.int64] = np.minimum(following[index], starts[index] + _LONGEST_MONTH_MS)
    return ends


def said_at(series: BarSeries, holes: Sequence[Hole], index: int, wall: WallClock = NEW_YORK) -> str:
    """What is said of the holes at bar `index` and just beside it; empty where there is none."""
    near = [
        band.hole
        for band in bands_of(series, holes, index, index + 1)
        if band.first <= index < band.last or (band.first == band.last and index in {band.first, band.first - 1})
    ]
    if not near:
        return ""
    hole = near[-1]
    begins, ends = (clock_label(ms, seconds=True, wall=wall) for ms in (hole.from_ms, hole.to_ms))
    stretch = begins if begins == ends else f"{begins}–{ends}"
    more = f", and {len(near) - 1} more" if len(near) > 1 else ""
    return f"{stretch} {hole.reason}{more}"
