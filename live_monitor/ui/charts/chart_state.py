"""What the chart knows between two frames, and how much of the picture a change concerns. No Qt."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from live_monitor.chart_settings import ChartKind, ChartScale
from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.engine.market.series_watch import SeriesWatch
from live_monitor.ui.charts.bars_view import BarsView, view_of
from live_monitor.ui.charts.change import Change
from live_monitor.ui.charts.compared import Compared
from live_monitor.ui.charts.crosshair import Crosshair
from live_monitor.ui.charts.frame import Extent, Frame, Panes, Scaling, Visible, arrange, make_frame
from live_monitor.ui.charts.pane_shares import PaneShares
from live_monitor.ui.charts.pyramid import ExtremesPyramid
from live_monitor.ui.charts.study_board import StudyBoard, held_to
from live_monitor.ui.charts.viewport import Viewport

__all__ = ["Change", "ChartState"]

#: Older bars are asked for when fewer than this share of a screen is left before the oldest.
_NEAR_OLDEST: Final = 0.5
_NOTHING: Final = Visible(math.nan, math.nan, math.nan)


class _Others(NamedTuple):
    """Extremes of what is in sight but for the newest bar, which changes with every tick."""

    bars: Visible = _NOTHING
    over_price: Extent = Extent()
    lower: tuple[Extent, ...] = ()
    compared: Extent = Extent()
    #: The price that is 0 percent, and what the compared symbol's prices are multiplied by.
    base: float = math.nan
    factor: float = math.nan


class ChartState:
    """Series, studies, window and frame of one chart. Main thread."""

    def __init__(self) -> None:
        self.series: BarSeries | None = None
        self.kind: ChartKind = "candles"
        #: The newest price where it is no bar's close: of a source whose bars come finished. NaN elsewhere.
        self.newest = math.nan
        self.view: BarsView = view_of("candles")
        self.board = StudyBoard()
        self._supported = self.board.support
        self.compared = Compared()
        self.shares = PaneShares()
        self.scale_mode: ChartScale = "linear"
        #: Lowest and highest price that the person has dragged the axis to; None while bars in sight decide.
        self.fixed: tuple[float, float] | None = None
        self.viewport = Viewport()
        self.crosshair = Crosshair()
        self._pyramid = ExtremesPyramid()
        self._pyramid_from = 0
        self._watch = SeriesWatch()
        self._seen = (-1, -1)
        self._owed = Change.NOTHING
        self._anchor = (0, 0)
        #: Proof and revision of the last bar, which are painted with the closed ones.
        self._last_marks = (0, False)
        self._size = (1, 1, 1, 1.0)
        self._others = _Others()
        self.panes: Panes = arrange(1, 1, 1, 1.0)
        self.frame: Frame = self._new_frame()

    # What is shown

    def set_series(self, series: BarSeries | None) -> None:
        """Shows another series, or the same one anew, from its end."""
        self.series = series
        self.view = view_of(self.kind)
        self.fixed = None
        self._seen = (-1, -1)
        self.viewport.set_count(0)
        self.crosshair.hide()
        self.sync()

    def set_kind(self, kind: ChartKind) -> None:
        """Paints bars in another way."""
        self.kind, self.view = kind, view_of(kind)
        self._look_again()

    def rearranged(self) -> None:
        """Studies or heights of panes changed."""
        self._arrange()
        self._look_again()

    def resize(self, width: int, height: int, axis_width: int, ratio: float) -> bool:
        """Takes the canvas' size in device pixels; False when nothing changed."""
        size = (max(1, width), max(1, height), axis_width, ratio)
        if size == self._size:
            return False
        self._size = size
        self._arrange()
        self.reframe()
        return True

    def _arrange(self) -> None:
        names = [pane.name for pane in self.board.own_panes]
        self.panes = arrange(*self._size, self.shares.of_volume, self.shares.of(names))
        self.viewport.resize(self.panes.price.width, self._size[3])

    def _look_again(self) -> None:
        """Everything that is kept of the bars is made anew."""
        self._pyramid_from = 0
        self._seen = (-1, self._seen[1])
        self.sync(anew=True)

    # Following

    def sync(self, *, anew: bool = False) -> None:
        """Follows the series. Must come before anything reads bars, since the hub changes them between frames.

        `anew`: nothing that the frame was made of holds any more, not even which panes there are.
        """
        series = self.series
        seen = (series.version, series.revision) if series is not None else (0, 0)
        if seen == self._seen and self.board.support == self._supported and not anew:
            return
        self._supported = self.board.support
        revised = seen[1] != self._seen[1]
        self._seen = seen
        before, count = self.viewport.count, 0 if series is None else len(series)
        self.view.follow(series)
        studied = self.board.follow(series) if series is not None else Change.NOTHING
        self._pyramid_from = min(self._pyramid_from, self._watch.first_changed(series) if series is not None else 0)
        if revised:
            self._keep_place(count)
        else:
            self.viewport.set_count(count)
        marks = (int(series.proof[-1]), bool(series.revised[-1])) if series is not None and count else (0, False)
        marked = marks != self._last_marks
        self._last_marks = marks
        if anew or revised or count != before or studied is Change.EVERYTHING:
            self.reframe()
            self._owed = Change.EVERYTHING
        elif marked:
            self._after_last_bar()
            self._owed = Change.EVERYTHING
        else:
            self._owed = max(self._owed, self._after_last_bar())

    def take_change(self) -> Change:
        """How much of the picture changed since this was last asked, from the bars alone."""
        self.sync()
        if self.compared.moved():
            self.reframe()
            self._owed = Change.EVERYTHING
        owed, self._owed = self._owed, Change.NOTHING
        return owed

    @property
    def owes_everything(self) -> bool:
        """True when `take_change` is going to say EVERYTHING: a picture of the bars made before no longer fits."""
        return self._owed is Change.EVERYTHING

    def reframe(self) -> None:
        """Makes the frame anew after the window, the size or the bars changed."""
        self.frame = self._new_frame()
        if self.series is not None and self.frame.last > self.frame.first:
            # The bar that stays where it is when others come or go: the newest while following, else the middle one.
            following = self.viewport.following
            index = self.frame.bars - 1 if following else (self.frame.first + self.frame.last) // 2
            self._anchor = (index, int(self.series.start_ms[index]))

    @property
    def near_oldest(self) -> bool:
        """True when the window comes near the oldest bar."""
        return self.viewport.count > 0 and self.viewport.left < self.viewport.bars_across * _NEAR_OLDEST

    @property
    def pyramid(self) -> ExtremesPyramid:
        """The pyramid, brought up to date with the series."""
        series, view = self.series, self.view
        if series is not None and self._pyramid_from < len(series):
            self._pyramid.update(view.low, view.high, series.volume, self._pyramid_from)
            # The last bar will change again; from it on, blocks are renewed at the next use.
            self._pyramid_from = len(series)
        return self._pyramid

    def compared_factor(self) -> float:
        """What prices of the compared symbol are multiplied by in this frame; NaN where there are none."""
        return self._others.factor

    def _keep_place(self, count: int) -> None:
        """After a change in the middle or in front: the same bars stay under the same pixels."""
        viewport, series = self.viewport, self.series
        if series is None or not count or not viewport.count:
            viewport.set_count(count)
            return
        index, start_ms = self._anchor
        added = int(np.searchsorted(series.start_ms, start_ms)) - index
        viewport.shift(added)
        self.crosshair.shift(added)
        viewport.set_count(count)

    # Framing

    @property
    def _mode(self) -> ChartScale:
        """Two symbols can only be compared in percent."""
        return "percent" if self.compared.on else self.scale_mode

    def _after_last_bar(self) -> Change:
        """Only the last bar has other values: cheap unless it stretches the axes."""
        old = self.frame
        if not old.shows_last_bar:
            # Just beyond the edge: lines in the still picture lead there.
            beside = old.last == old.bars - 1 and (self.board.placed or self.kind in {"line", "area"})
            return Change.EVERYTHING if beside else Change.LAST_BAR
        self.frame = self._frame_of(self._others)
        new = self.frame
        same = new.scale == old.scale and new.volume_top == old.volume_top and new.lower == old.lower
        return Change.LAST_BAR if same else Change.EVERYTHING

    def _new_frame(self) -> Frame:
        viewport, series, view = self.viewport, self.series, self.view
        first, last = viewport.columns.visible(viewport.width, viewport.count)
        self._others = _Others()
        if series is not None and last > first:
            before_last = last - 1 if last == viewport.count else last
            found = Visible(*self.pyramid.extremes(view.low, view.high, series.volume, first, before_last))
            over_price = self.board.reach_over_price(first, before_last)
            lower = self.board.lower_extents(first, before_last)
            # Of averaged bars too, percentages are those of prices.
            base = float(series.close[first]) if self._mode == "percent" else math.nan
            factor = self.compared.factor(series, first, base)
            compared = self.compared.extent(series, first, last, factor)
            self._others = _Others(found, over_price, lower, compared, base, factor)
        return self._frame_of(self._others)

    def _frame_of(self, others: _Others) -> Frame:
        viewport, series, view = self.viewport, self.series, self.view
        first, last = viewport.columns.visible(viewport.width, viewport.count)
        visible, over_price, lower = others.bars, others.over_price, others.lower
        if series is not None and last == viewport.count > first:
            visible = visible.with_bar(float(view.low[-1]), float(view.high[-1]), float(series.volume[-1]))
            if self.board.placed:
                over_price = over_price.with_values(*self.board.newest_over_price())
                lower = tuple(
                    pane.spanned(extent.with_values(*pane.newest()))
                    for pane, extent in zip(self.board.own_panes, lower, strict=True)
                )
        # What one compares with is to be seen whole, whatever room it takes.
        shown = held_to(Extent(visible.lowest, visible.highest), over_price).with_values(*others.compared)
        visible = visible._replace(lowest=shown.lowest, highest=shown.highest)
        scaling = Scaling(self._mode, others.base, self.fixed)
        bars = (first, last, viewport.count)
        return make_frame(self._size[3], self.panes, viewport.columns, bars, visible, scaling, lower)
