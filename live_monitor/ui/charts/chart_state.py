"""What the chart knows between two frames, and how much of the picture a change concerns. No Qt."""

from __future__ import annotations

import enum
from typing import Final

import numpy as np

from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.ui.charts.crosshair import Crosshair
from live_monitor.ui.charts.frame import Frame, Panes, Visible, arrange, make_frame
from live_monitor.ui.charts.pyramid import ExtremesPyramid
from live_monitor.ui.charts.viewport import Viewport

#: Older bars are asked for when fewer than this share of a screen is left before the oldest.
_NEAR_OLDEST: Final = 0.5


class Change(enum.IntEnum):
    """How much has to be painted again."""

    NOTHING = 0
    LAST_BAR = 1
    EVERYTHING = 2


class ChartState:
    """Series, window and frame of one chart. Main thread."""

    def __init__(self) -> None:
        self.series: BarSeries | None = None
        self.viewport = Viewport()
        self.crosshair = Crosshair()
        self._pyramid = ExtremesPyramid()
        self._pyramid_from = 0
        self._seen = (-1, -1)
        self._owed = Change.NOTHING
        self._anchor = (0, 0)
        #: Proof and revision of the last bar, which are painted with the closed ones.
        self._last_marks = (0, False)
        self._size = (1, 1, 1, 1.0)
        self._others = Visible(np.nan, np.nan, np.nan)
        self.panes: Panes = arrange(1, 1, 1, 1.0)
        self.frame: Frame = self._new_frame()

    def set_series(self, series: BarSeries | None) -> None:
        """Shows another series, or the same one anew, from its end."""
        self.series = series
        self._seen = (-1, -1)
        self.viewport.set_count(0)
        self.crosshair.hide()
        self.sync()

    def resize(self, width: int, height: int, axis_width: int, ratio: float) -> bool:
        """Takes the canvas' size in device pixels; False when nothing changed."""
        size = (max(1, width), max(1, height), axis_width, ratio)
        if size == self._size:
            return False
        self._size = size
        self.panes = arrange(*size)
        self.viewport.resize(self.panes.price.width, ratio)
        self.reframe()
        return True

    def sync(self) -> None:
        """Follows the series. Must come before anything reads bars, since the hub changes them between frames."""
        series = self.series
        seen = (series.version, series.revision) if series is not None else (0, 0)
        if seen == self._seen:
            return
        revised = seen[1] != self._seen[1]
        self._seen = seen
        before, count = self.viewport.count, 0 if series is None else len(series)
        if revised:
            self._pyramid_from = 0
            self._keep_place(count)
        else:
            # The bar that was the last may have closed with other values before the new ones came.
            self._pyramid_from = min(self._pyramid_from, max(0, before - 1))
            self.viewport.set_count(count)
        marks = (int(series.proof[-1]), bool(series.revised[-1])) if series is not None and count else (0, False)
        marked = marks != self._last_marks
        self._last_marks = marks
        if revised or count != before:
            self.reframe()
            self._owed = Change.EVERYTHING
        elif marked:
            self._after_last_bar()
            self._owed = Change.EVERYTHING
        else:
            self._owed = max(self._owed, self._after_last_bar())

    def take_change(self) -> Change:
        """How much of the picture changed since this was last asked, from the series alone."""
        self.sync()
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
        series = self.series
        if series is not None and self._pyramid_from < len(series):
            self._pyramid.update(series.low, series.high, series.volume, self._pyramid_from)
            # The last bar will change again; from it on, blocks are renewed at the next use.
            self._pyramid_from = len(series)
        return self._pyramid

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

    def _after_last_bar(self) -> Change:
        """Only the last bar has other values: cheap unless it stretches the axes."""
        old = self.frame
        if not old.shows_last_bar:
            return Change.LAST_BAR
        self.frame = self._frame_of(self._others)
        same = self.frame.scale == old.scale and self.frame.volume_top == old.volume_top
        return Change.LAST_BAR if same else Change.EVERYTHING

    def _new_frame(self) -> Frame:
        viewport, series = self.viewport, self.series
        first, last = viewport.columns.visible(viewport.width, viewport.count)
        self._others = Visible(np.nan, np.nan, np.nan)
        if series is not None and last > first:
            before_last = last - 1 if last == viewport.count else last
            found = self.pyramid.extremes(series.low, series.high, series.volume, first, before_last)
            self._others = Visible(*found)
        return self._frame_of(self._others)

    def _frame_of(self, others: Visible) -> Frame:
        viewport, series = self.viewport, self.series
        first, last = viewport.columns.visible(viewport.width, viewport.count)
        visible = others
        if series is not None and last == viewport.count > first:
            visible = others.with_bar(float(series.low[-1]), float(series.high[-1]), float(series.volume[-1]))
        ratio = self._size[3]
        return make_frame(ratio, self.panes, viewport.columns, (first, last, viewport.count), visible)
