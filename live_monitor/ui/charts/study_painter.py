"""Paints studies: lines over candles and volume, panes of their own, shares by price; and the compared symbol."""

from __future__ import annotations

import math
from itertools import groupby
from operator import itemgetter
from typing import Final

import numpy as np
from PyQt6.QtCore import QLineF, QRect
from PyQt6.QtGui import QBrush, QColor, QPainter

from live_monitor.engine.signals.study import Profile, Study
from live_monitor.engine.signals.study_kinds import Output
from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.frame import Frame
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.ink import Ink, mixed, quiet
from live_monitor.ui.charts.line_batch import LineBatch, line_pen
from live_monitor.ui.charts.line_painter import Floats, LinePainter, Run
from live_monitor.ui.charts.price_axis import dashes
from live_monitor.ui.charts.price_scale import PriceScale
from live_monitor.ui.charts.rect_batch import RectBatch
from live_monitor.ui.charts.study_board import PlacedStudy

#: Logical pixels on and off of a level across a pane.
_DASH: Final = (3, 3)
#: Share of the plot's width that the most traded price takes; how faint shares are in the value area, and outside.
_PROFILE_SHARE: Final = 0.25
_WITHIN: Final = 0.42
_OUTSIDE: Final = 0.2


def color_of(study: Study, output: Output, ink: Ink) -> QColor:
    """The colour that the person chose for an output, else its own."""
    chosen = study.choice.colors.get(output.key, output.role)
    return QColor(chosen) if chosen.startswith("#") else ink.color(chosen)


def compared_color(ink: Ink) -> QColor:
    """The compared symbol's line."""
    return ink.color("study_6")


class StudyPainter:
    """Paints on painters in device pixels. Main thread."""

    def __init__(self, state: ChartState) -> None:
        self._state = state
        self._lines = LinePainter()
        self._rects = RectBatch()
        self._compared = LineBatch()

    def grounds(self, painter: QPainter, ink: Ink) -> None:
        """What lies below bars and lines: shares by price, grid and levels of the panes of their own."""
        frame = self._state.frame
        for placed in self._state.board.over_price:
            if placed.profiles and placed.study.profile is not None:
                self._profile(painter, frame, placed.study, placed.study.profile, ink)
        for shared, pane in zip(self._state.board.own_panes, frame.lower, strict=False):
            if not pane.box.height:
                continue
            for value in pane.ticks.values:
                painter.fillRect(
                    QRect(pane.box.x, pane.scale.row(value), pane.box.width, frame.px(1)), ink.color("grid")
                )
            for level in shared.levels:
                if pane.scale.low <= level <= pane.scale.high:
                    row = pane.scale.row(level)
                    on, off = (frame.px(part) for part in _DASH)
                    rects = dashes(pane.box.x, pane.box.right, row, on, off, frame.px(1))
                    self._rects.draw(painter, rects, QBrush(quiet(ink.color("muted"), ink.color("panel"))))

    def closed(self, painter: QPainter, ink: Ink, last: int) -> None:
        """Everything up to the bar before `last`, into the still picture."""
        frame = self._state.frame
        self._each(painter, ink, frame.first, last)
        self._compare(painter, frame, ink)

    def newest(self, painter: QPainter, ink: Ink, first: int, strip: Box) -> None:
        """What the newest bar changes: its values, and the lines that lead there from the bar before `first`.

        `strip`: where that is painted.
        """
        frame = self._state.frame
        if frame.dense or frame.bars - first != 1 or first == 0:
            self._each(painter, ink, first, frame.bars)
            return
        places, clip = self._places(), QRect(*strip)
        xs = frame.columns.middle(first - 1), frame.columns.middle(first)
        for placed, box, scale in places:
            if any(output.style != "line" for output in placed.study.outputs):
                painter.setClipRect(clip.intersected(QRect(*box)))
                self._study(painter, placed, box, scale, ink, first, frame.bars, lines=False)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for placed, box, scale in places:
            painter.setClipRect(clip.intersected(QRect(*box)))
            for number, output in enumerate(placed.study.outputs):
                if output.style == "line":
                    before, now = placed.line(number)[first - 1 :].tolist()
                    if math.isfinite(before + now):
                        width = placed.study.choice.width * frame.ratio
                        painter.setPen(line_pen(color_of(placed.study, output, ink).rgba(), width))
                        painter.drawLine(QLineF(xs[0], scale.y(before) + 0.5, xs[1], scale.y(now) + 0.5))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setClipRect(clip)

    def _each(self, painter: QPainter, ink: Ink, first: int, last: int) -> None:
        for box, places in groupby(self._places(), key=itemgetter(1)):
            for placed, _, scale in places:
                self._study(painter, placed, box, scale, ink, first, last)
            self._lines.show(painter, box)

    def _places(self) -> list[tuple[PlacedStudy, Box, PriceScale]]:
        """Where each study is painted, and on what scale; without those that have no room."""
        frame, board = self._state.frame, self._state.board
        places = [(placed, frame.panes.price, frame.scale) for placed in board.over_price if not placed.profiles]
        if frame.volume_box.height:
            places += [(placed, frame.volume_box, frame.volume_scale) for placed in board.over_volume]
        lower = zip(board.own_panes, frame.lower, strict=False)
        seen = ((shared, pane) for shared, pane in lower if pane.box.height)
        return places + [(placed, pane.box, pane.scale) for shared, pane in seen for placed in shared.placed]

    def _study(
        self,
        painter: QPainter,
        placed: PlacedStudy,
        box: Box,
        scale: PriceScale,
        ink: Ink,
        first: int,
        last: int,
        *,
        lines: bool = True,
    ) -> None:
        """Paints the bars `first` to `last` (exclusive); without `lines` only what is none."""
        frame, study = self._state.frame, placed.study
        clip = painter.clipRegion()
        painter.setClipRect(clip.boundingRect().intersected(QRect(*box)))
        for number, output in enumerate(study.outputs):
            if not lines and output.style == "line":
                continue
            values, color = placed.line(number), color_of(study, output, ink)
            if output.style == "histogram":
                color = quiet(color, ink.color("panel"))
            if frame.dense and first > frame.first and output.style != "steps":
                self._newest_column(painter, values, output, Run(scale, first, last), color, study.choice.width)
                continue
            pyramid = placed.pyramid(number) if frame.dense and output.style != "steps" else None
            if output.style == "histogram":
                run = Run(scale, max(first, frame.first), last)
                self._lines.histogram(painter, frame, values, pyramid, run, (color, color))
            elif output.style == "steps":
                self._lines.show(painter, box)
                self._lines.steps(
                    painter, frame, values, Run(scale, max(first, frame.first), last), color, study.choice.width
                )
            else:
                # Bars that end where the newest begins: the line between the two belongs to the newest.
                begin = first if first <= frame.first or frame.dense else first - 1
                run = Run(scale, begin, last)
                self._lines.line(painter, frame, values, pyramid, run, color, study.choice.width)
        painter.setClipRegion(clip)

    def _newest_column(
        self, painter: QPainter, values: Floats, output: Output, run: Run, color: QColor, width: int
    ) -> None:
        """The pixel column that the newest bar shares with others."""
        frame = self._state.frame
        if output.style == "histogram":
            self._lines.newest_bar(painter, frame, values, run, (color, color))
        else:
            self._lines.newest_column(painter, frame, values, run, color, width)

    def _profile(self, painter: QPainter, frame: Frame, study: Study, profile: Profile, ink: Ink) -> None:
        """Shares by price as bars from the right edge of the price pane."""
        plot, most = frame.panes.price, float(profile.shares.max()) if len(profile.shares) else 0.0
        if not most > 0:
            return
        kept = profile.shares > 0
        prices, shares = profile.prices[kept], profile.shares[kept]
        rects = np.empty((len(prices), 4), np.int32)
        rects[:, 2] = plot.right - 1
        rects[:, 0] = plot.right - np.maximum(1, shares / most * plot.width * _PROFILE_SHARE).astype(np.int32)
        rects[:, 1] = frame.scale.rows(prices + profile.step)
        # A row of room between bars where they are high enough for one.
        rects[:, 3] = np.maximum(rects[:, 1], frame.scale.rows(prices) - 2)
        within = (prices >= profile.value_low - profile.step / 2) & (prices < profile.value_high)
        outputs = {output.key: output for output in study.kind.outputs}
        color, panel = color_of(study, outputs["shares"], ink), ink.color("panel")
        self._rects.draw(painter, rects[within], QBrush(mixed(color, panel, _WITHIN)))
        self._rects.draw(painter, rects[~within], QBrush(mixed(color, panel, _OUTSIDE)))
        for key, price in (("value", profile.value_high), ("value", profile.value_low), ("poc", profile.poc)):
            if math.isfinite(price):
                left = plot.right - round(plot.width * _PROFILE_SHARE)
                line = QRect(left, frame.scale.row(price), plot.right - left, frame.px(1))
                painter.fillRect(line, color_of(study, outputs[key], ink))

    def _compare(self, painter: QPainter, frame: Frame, ink: Ink) -> None:
        """The compared symbol: a line through the bars that both have."""
        state, bars = self._state, self._state.series
        factor = state.compared_factor()
        if bars is None or not math.isfinite(factor):
            return
        at, closes = state.compared.aligned(bars, frame.first, frame.last)
        if len(at) < 2:
            return
        xs = at * frame.columns.pitch + frame.columns.offset
        xs = (np.floor(xs) if frame.columns.pitch >= 1 else xs) + 0.5
        ys = frame.scale.ys(closes * factor) + 0.5
        lines = np.column_stack((xs[:-1], ys[:-1], xs[1:], ys[1:]))
        if len(lines) > 4 * frame.panes.plot.width:
            lines = _thinned(lines)
        clip = painter.clipRegion()
        painter.setClipRect(clip.boundingRect().intersected(QRect(*frame.panes.price)))
        self._compared.draw(painter, lines, compared_color(ink), 2 * frame.ratio)
        painter.setClipRegion(clip)


def _thinned(lines: np.ndarray) -> np.ndarray:
    """Where many bars share a pixel column: its first, lowest, highest and last point: nothing else shows."""
    columns = np.floor(lines[:, 0]).astype(np.int64)
    starts = np.flatnonzero(np.concatenate(([True], np.diff(columns) != 0)))
    xs, ys = lines[starts, 0], lines[:, 1]
    low, high = np.minimum.reduceat(ys, starts), np.maximum.reduceat(ys, starts)
    spans = np.column_stack((xs, low, xs, high))
    links = np.column_stack((xs[:-1], ys[np.append(starts[1:], len(ys))[:-1] - 1], xs[1:], ys[starts[1:]]))
    return np.concatenate((spans, links))
