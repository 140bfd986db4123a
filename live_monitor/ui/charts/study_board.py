"""The studies on one chart: which pane each stands in, what they reach to, and what a tick changes of them. No Qt."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.engine.market.series_watch import SeriesWatch
from live_monitor.engine.signals.study import Study, StudyChange
from live_monitor.engine.signals.study_choice import ABOVE, OWN
from live_monitor.engine.signals.study_kinds import Output, StudyPane
from live_monitor.ui.charts.change import Change
from live_monitor.ui.charts.frame import Extent
from live_monitor.ui.charts.pyramid import LinePyramid

Floats = NDArray[np.float64]

#: A profile is painted with the closed bars: anew once the newest bar moves so much of the most traded price's shares.
_PROFILE_STEP: Final = 0.01
#: Up to so many visible bars their extremes are looked up directly; beyond, from a pyramid.
_MANY: Final = 20_000
#: A study goes back to a state that is at most so many bars older than the one that was corrected, or begins anew.
_GOES_BACK: Final = 1_024


class _Profiled(NamedTuple):
    """Newest bar and most traded price's shares when a profile was last due."""

    volume: float = 0.0
    reach: tuple[float, float] = (math.nan, math.nan)
    most: float = 0.0


class PlacedStudy:
    """One study on the chart, with what makes its extremes quick to find. Main thread."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self._pyramids = [LinePyramid() for _ in study.kind.outputs]
        self._renew_from = [0] * len(study.kind.outputs)
        self._lines = study.lines()
        self._watch = SeriesWatch()
        self._beginnings = study.beginnings
        self._profiled = _Profiled()

    @property
    def pane(self) -> StudyPane:
        """Where it stands."""
        return "own" if self.study.choice.pane == OWN else self.study.kind.pane

    @property
    def profiles(self) -> bool:
        """True for shares by price, which have no value at each bar."""
        return self.study.kind.name == "volume_profile"

    def follow(self, series: BarSeries) -> Change:
        """Takes over what changed in the bars."""
        change = self.study.follow(series)
        first, anew = self._watch.first_changed(series), self.study.beginnings != self._beginnings
        self._beginnings = self.study.beginnings
        # New bars leave the values before them as they were, corrections those some way before them.
        first = 0 if anew else max(0, first - _GOES_BACK)
        self._renew_from = [min(first, start) for start in self._renew_from]
        if change is StudyChange.NOTHING:
            return Change.NOTHING
        # Asked for a dozen times in a frame, and valid until the study follows again.
        self._lines = self.study.lines()
        if self.profiles and len(series) and self._shifts(series, whole=change is StudyChange.EVERYTHING):
            return Change.EVERYTHING
        return Change.EVERYTHING if change is StudyChange.EVERYTHING else Change.LAST_BAR

    def _shifts(self, series: BarSeries, *, whole: bool) -> bool:
        """True when the newest bar has changed the shares by price so much that it shows, or when all is made anew."""
        painted, volume = self._profiled, float(series.volume[-1])
        reach = float(series.low[-1]), float(series.high[-1])
        moved = abs(volume - painted.volume) if reach == painted.reach else volume
        if not (whole or moved > _PROFILE_STEP * painted.most):
            return False
        profile = self.study.profile
        most = float(profile.shares.max()) if profile is not None and len(profile.shares) else math.inf
        self._profiled = _Profiled(volume, reach, most)
        return True

    def line(self, number: int) -> Floats:
        """Values of one output, float64[n], NaN where there is none."""
        return self._lines[number]

    def pyramid(self, number: int) -> LinePyramid:
        """Extremes of one output, up to date."""
        values = self.line(number)
        if self._renew_from[number] < len(values):
            self._pyramids[number].update(values, self._renew_from[number])
            self._renew_from[number] = len(values)
        return self._pyramids[number]

    def extent(self, first: int, last: int) -> Extent:
        """Lowest and highest value of all outputs on the bars `first` to `last` (exclusive)."""
        found = Extent()
        for number, output in enumerate(self.study.outputs):
            if self._far(output) or last <= first or self.profiles:
                continue
            if last - first > _MANY:
                found = found.with_values(*self.pyramid(number).extremes(self.line(number), first, last))
            else:
                run = self.line(number)[first:last]
                # NaN takes no part, and is left over where there is nothing else.
                found = found.with_values(float(np.fmin.reduce(run)), float(np.fmax.reduce(run)))
            if output.style == "histogram" and math.isfinite(found.lowest):
                found = found.with_values(0.0, 0.0)
        return found

    def _far(self, output: Output) -> bool:
        """True for levels over the candles, which may lie far away and must not press them flat."""
        return output.style == "steps" and self.pane != "own"

    def newest(self) -> Extent:
        """Lowest and highest value on the newest bar."""
        found = Extent()
        if self.profiles:
            return found
        for output, line in zip(self.study.outputs, self._lines, strict=False):
            if not self._far(output) and len(line):
                value = float(line[-1])
                found = found.with_values(value, value)
        return found


class OwnPane(NamedTuple):
    """Studies that share a pane below the volume, at least one."""

    placed: list[PlacedStudy]

    @property
    def name(self) -> str:
        """The id of the first: that of the pane."""
        return self.placed[0].study.choice.id

    @property
    def levels(self) -> list[float]:
        """Lines across the pane."""
        return [level for placed in self.placed for level in placed.study.levels]

    def extent(self, first: int, last: int) -> Extent:
        """Lowest and highest value on the bars `first` to `last` (exclusive), and what is always spanned."""
        return self.spanned(_union(placed.extent(first, last) for placed in self.placed))

    def newest(self) -> Extent:
        """The same of the newest bar alone."""
        return _union(placed.newest() for placed in self.placed)

    def spanned(self, extent: Extent) -> Extent:
        """`extent` and the bounds of what is shown."""
        for placed in self.placed:
            if placed.study.kind.bounds is not None:
                extent = extent.with_values(*placed.study.kind.bounds)
        return extent


class StudyBoard:
    """All studies of one chart, in their order. Main thread."""

    def __init__(self) -> None:
        self.placed: list[PlacedStudy] = []
        self._minutes: BarSeries | None = None

    def set_studies(self, studies: Sequence[Study]) -> None:
        """Replaces all studies; what was there before keeps its work."""
        known = {id(placed.study): placed for placed in self.placed}
        self.placed = [known.get(id(study)) or PlacedStudy(study) for study in studies]
        self._lean()

    def lean_on(self, minutes: BarSeries | None) -> None:
        """Minutes of the symbol, for studies of the day over seconds; None for longer bars."""
        if minutes is not self._minutes:
            self._minutes = minutes
            self._lean()

    def _lean(self) -> None:
        for placed in self.placed:
            placed.study.lean_on(self._minutes)

    @property
    def support(self) -> tuple[BarSeries | None, int]:
        """Another one when studies may have other values although the bars that are followed have not changed."""
        return self._minutes, 0 if self._minutes is None else self._minutes.revision

    @property
    def shown(self) -> Iterator[PlacedStudy]:
        """Those that are not hidden."""
        return (placed for placed in self.placed if placed.study.choice.shown)

    @property
    def over_price(self) -> list[PlacedStudy]:
        """Studies over the candles."""
        return [placed for placed in self.shown if placed.pane == "price"]

    @property
    def over_volume(self) -> list[PlacedStudy]:
        """Studies over the volume."""
        return [placed for placed in self.shown if placed.pane == "volume"]

    @property
    def own_panes(self) -> list[OwnPane]:
        """Panes below the volume, from the top."""
        panes: list[OwnPane] = []
        for placed in self.shown:
            if placed.pane == "own":
                if placed.study.choice.pane == ABOVE and panes:
                    panes[-1].placed.append(placed)
                else:
                    panes.append(OwnPane([placed]))
        return panes

    def follow(self, series: BarSeries) -> Change:
        """Brings all studies up to date, hidden ones too when they are shown again."""
        return max((placed.follow(series) for placed in self.shown), default=Change.NOTHING)

    def reach_over_price(self, first: int, last: int) -> Extent:
        """Extremes of the lines over the candles."""
        return _union(placed.extent(first, last) for placed in self.over_price)

    def newest_over_price(self) -> Extent:
        """The same of the newest bar."""
        return _union(placed.newest() for placed in self.over_price)

    def lower_extents(self, first: int, last: int) -> tuple[Extent, ...]:
        """Extremes of each pane below the volume; those with bounds span them always."""
        return tuple(pane.extent(first, last) for pane in self.own_panes)


def _union(extents: Iterator[Extent]) -> Extent:
    found = Extent()
    for extent in extents:
        found = found.with_values(*extent)
    return found


def held_to(visible: Extent, reach: Extent) -> Extent:
    """`visible` prices widened by lines over them, by half of their own height at most: bars must stay readable."""
    room = (visible.highest - visible.lowest) / 2
    if not math.isfinite(room):
        return visible
    lowest = max(reach.lowest, visible.lowest - room) if math.isfinite(reach.lowest) else visible.lowest
    highest = min(reach.highest, visible.highest + room) if math.isfinite(reach.highest) else visible.highest
    return visible.with_values(lowest, highest)
