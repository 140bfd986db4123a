"""Lowest low, highest high and largest volume of any run of bars, without looking at each bar.

Blocks of 16, 64, 256, … bars, anchored at the oldest, keep the extremes of their bars. A pixel
column that stands for hundreds of bars reads a few blocks and two ragged ends, and the answer is
still exact. Minimum and maximum do not round, so an updated pyramid equals a rebuilt one bit for
bit. NaN and infinities never count. It takes 2 bytes a bar.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_BASE: Final = 16
_RADIX: Final = 4


class Extremes(NamedTuple):
    """Of one run of bars; NaN where no finite value is in it."""

    lowest: float
    highest: float
    volume: float


class ColumnExtremes(NamedTuple):
    """Of c runs of bars, float64[c] each; NaN where a run has no finite value."""

    lowest: Floats
    highest: Floats
    volume: Floats


class ExtremesPyramid:
    """Follows one series of bars. One thread.

    `update` is told from which bar on something changed and reads the columns itself; `columns`
    and `extremes` need the same columns again for the ragged ends, so the pyramid keeps no bars.
    """

    def __init__(self) -> None:
        self._parts = (_Part(np.fmin), _Part(np.fmax), _Part(np.fmax))
        self._count = 0

    @property
    def levels(self) -> list[list[Floats]]:
        """Blocks of lows, highs and volumes, finest level first."""
        return [part.levels for part in self._parts]

    def update(self, low: Floats, high: Floats, volume: Floats, start: int = 0) -> None:
        """Follows the columns, float64[n]; bars before `start` are as they were at the last update."""
        start = min(start, self._count)
        self._count = len(low)
        for part, values in zip(self._parts, (low, high, volume), strict=True):
            part.update(values, start)

    def extremes(self, low: Floats, high: Floats, volume: Floats, first: int, last: int) -> Extremes:
        """Of the bars `first` to `last` (exclusive)."""
        if last <= first:
            return Extremes(np.nan, np.nan, np.nan)
        one = self.columns(low, high, volume, np.array([first, last]))
        return Extremes(float(one.lowest[0]), float(one.highest[0]), float(one.volume[0]))

    def columns(self, low: Floats, high: Floats, volume: Floats, edges: Ints) -> ColumnExtremes:
        """Of c neighbouring runs: bars edges[j] to edges[j + 1] (exclusive); `edges` ascend strictly, int64[c + 1]."""
        plan = _plan_of(edges, len(low), len(self._parts[0].levels))
        lowest, highest, largest = (
            part.reduce(plan.gathered(values), plan)
            for part, values in zip(self._parts, (low, high, volume), strict=True)
        )
        return ColumnExtremes(lowest, highest, largest)


def level_for(width: float, levels: int) -> int:
    """The level, of `levels`, that costs least for runs of `width` bars; -1 reads the bars themselves."""
    if width < 2 * _BASE:
        return -1
    # Each run gathers about two ragged ends of a block and reads width / block whole blocks.
    costs = [2.0 * _BASE * _RADIX**k + width / (_BASE * _RADIX**k) for k in range(levels)]
    return costs.index(min(costs)) if costs else -1


class LinePyramid:
    """The same of one line of values: its lowest and highest in any run. It takes 0.7 bytes a bar. One thread."""

    def __init__(self) -> None:
        self._parts = (_Part(np.fmin), _Part(np.fmax))
        self._count = 0

    def update(self, values: Floats, start: int = 0) -> None:
        """Follows the values, float64[n]; those before `start` are as they were at the last update."""
        start = min(start, self._count)
        self._count = len(values)
        for part in self._parts:
            part.update(values, start)

    def columns(self, values: Floats, edges: Ints) -> tuple[Floats, Floats]:
        """Lowest and highest of c neighbouring runs, float64[c] each; `edges` as for `ExtremesPyramid.columns`."""
        plan = _plan_of(edges, len(values), len(self._parts[0].levels))
        gathered = plan.gathered(values)
        lowest, highest = (part.reduce(gathered, plan) for part in self._parts)
        return lowest, highest

    def extremes(self, values: Floats, first: int, last: int) -> tuple[float, float]:
        """Of the values `first` to `last` (exclusive); NaN where none is finite."""
        if last <= first:
            return np.nan, np.nan
        lowest, highest = self.columns(values, np.array([first, last]))
        return float(lowest[0]), float(highest[0])


class _Plan:
    """Which bars and blocks each run reads; made once, used for low, high and volume."""

    def __init__(self, edges: Ints, count: int, level: int) -> None:
        self.edges = edges
        self.level = level
        if level < 0:
            return
        self._block = block = _BASE * _RADIX**level
        self._whole = count // block
        self._holder = holder = edges // block
        within = edges - holder * block
        rows = np.arange(len(edges)) * block
        same = holder[1:] == holder[:-1]
        #: Where the ragged ends of each run begin in the rows of blocks around the edges: from its first bar to the end
        #: of that block or of the run; nothing; from the start of the block that holds its end. Then where all end.
        self.cuts = np.empty(3 * len(same) + 1, np.int64)
        self.cuts[0::3] = rows + within
        self.cuts[1::3] = np.where(same, rows[:-1] + within[1:], rows[1:])
        self.cuts[2::3] = rows[1:]
        #: Runs that have bars in the block that holds their end, and began before it.
        self.ends_within = ~same & (within[1:] > 0)
        whole = holder[1:] > holder[:-1] + 1
        #: Runs with whole blocks, and the first of these and the first after them, in turn.
        self.has_blocks = whole
        self.spans = np.column_stack((holder[:-1][whole] + 1, holder[1:][whole])).ravel()

    def gathered(self, values: Floats) -> Floats:
        """The bars themselves, or the blocks around every edge one after the other, without infinities."""
        if self.level < 0:
            return _finite(values[self.edges[0] : self.edges[-1]])
        block, whole, holder = self._block, self._whole, self._holder
        rows = np.empty((len(holder), block))
        inside = int(np.searchsorted(holder, whole))
        if inside:
            values[: whole * block].reshape(-1, block).take(holder[:inside], axis=0, out=rows[:inside])
        if inside < len(holder):
            # The block at the end is short.
            rows[inside:] = np.nan
            rest = values[whole * block :]
            rows[inside:, : len(rest)] = rest
        return _finite(rows).ravel()


class _Latest:
    """The plan that was made last: all lines of a picture have the same columns. Main thread."""

    edges: Ints | None = None
    sizes = (-1, -1)
    plan: _Plan


def _plan_of(edges: Ints, count: int, levels: int) -> _Plan:
    """The plan for these very runs of `count` bars, in a pyramid of so many levels."""
    if edges is not _Latest.edges or (count, levels) != _Latest.sizes:
        width = (int(edges[-1]) - int(edges[0])) / max(1, len(edges) - 1)
        _Latest.plan = _Plan(edges, count, level_for(width, levels))
        # Only of what cannot change it is enough to know that it is the same.
        _Latest.edges, _Latest.sizes = (None if edges.flags.writeable else edges), (count, levels)
    return _Latest.plan


class _Part:
    """The pyramid of one column under one reduction, fmin or fmax: both skip NaN."""

    def __init__(self, reduction: np.ufunc) -> None:
        self._reduction = reduction
        self.levels: list[Floats] = []

    def update(self, values: Floats, start: int) -> None:
        """Renews the blocks that hold bars from `start` on."""
        level, width, block = 0, _BASE, _BASE
        below = values
        while True:
            blocks = -(-len(values) // block)
            first = min(start // block, blocks)
            tail = below[first * width :]
            fresh = self._blocks(tail, width)
            if level == len(self.levels):
                self.levels.append(fresh)
            elif len(self.levels[level]) == blocks:
                self.levels[level][first:] = fresh
            else:
                self.levels[level] = np.concatenate((self.levels[level][:first], fresh))
            if blocks <= _RADIX:
                del self.levels[level + 1 :]
                return
            below = self.levels[level]
            level, width, block = level + 1, _RADIX, block * _RADIX

    def _blocks(self, values: Floats, width: int) -> Floats:
        """The extreme of each `width` values; the last group may be short."""
        if not len(values):
            return np.empty(0)
        starts = np.arange(0, len(values), width)
        fresh: Floats = self._reduction.reduceat(values, starts)
        # An infinity that counted stands out; one that did not was no extreme.
        return self._reduction.reduceat(_finite(values), starts) if np.isinf(fresh).any() else fresh

    def reduce(self, gathered: Floats, plan: _Plan) -> Floats:
        """The extreme of every run of the plan, float64[c]; `gathered` by the plan."""
        edges = plan.edges
        if len(edges) < 2:
            return np.empty(0)
        if plan.level < 0:
            result: Floats = self._reduction.reduceat(gathered, edges[:-1] - edges[0])
            return result
        parts = self._reduction.reduceat(gathered, plan.cuts)
        result = self._reduction(parts[:-1:3], np.where(plan.ends_within, parts[2::3], np.nan))
        if plan.spans.size:
            first = int(plan.spans[0])
            blocks = self.levels[plan.level][first : int(plan.spans[-1])]
            # The blocks between two runs are reduced too and thrown away; there is at most one between each.
            middle = self._reduction.reduceat(blocks, plan.spans[:-1] - first)[::2]
            result[plan.has_blocks] = self._reduction(result[plan.has_blocks], middle)
        return result


def _finite(values: Floats) -> Floats:
    """`values` with infinities turned into NaN; the very array when there are none."""
    infinite = np.isinf(values)
    return np.where(infinite, np.nan, values) if infinite.any() else values
