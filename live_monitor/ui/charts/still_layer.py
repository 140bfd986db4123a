"""Everything that a tick does not change, painted once into a picture: ground, grid, closed bars, axes."""

from __future__ import annotations

from typing import Final

import numpy as np
from PyQt6.QtCore import QRect, Qt
from PyQt6.QtGui import QPainter

from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.ui.charts.alert_painter import AlertPainter
from live_monitor.ui.charts.band_painter import BandPainter
from live_monitor.ui.charts.candle_item import BarsPainter
from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.frame import Frame
from live_monitor.ui.charts.gaps import bands_of
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.ink import Face, Ink
from live_monitor.ui.charts.look import Look
from live_monitor.ui.charts.markers import PlacedMarker, paint_markers, place_markers
from live_monitor.ui.charts.price_axis import paint_price_axis
from live_monitor.ui.charts.proof_marks import ProofMarks
from live_monitor.ui.charts.study_painter import StudyPainter
from live_monitor.ui.charts.time_axis import paint_time_axis, paint_zone, ticks_of
from live_monitor.ui.charts.time_ticks import TimeTick, session_bands, wall_for
from live_monitor.ui.charts.trading.order_painter import OrderPainter

_WATERMARK_PX: Final = 56
_WATERMARK_SHARE: Final = 0.7
#: Small marks under revised bars are left out where bars are closer than this (logical pixels).
_REVISED_PITCH: Final = 3.0
#: Logical pixels: the narrowest stretch of missed prints.
_HOLE_WIDTH: Final = 6
#: Thickness and height of the bracket under bars that were filled in.
_BRACKET: Final = (2, 5)


def live_from(frame: Frame) -> int:
    """The first bar that the live layer paints: the last bar, and those that share its pixel column."""
    if not frame.shows_last_bar:
        return frame.last
    return max(frame.first, frame.columns.column_start(frame.bars - 1))


class StillLayer:
    """Paints the still part of the chart on a painter in device pixels."""

    def __init__(self, state: ChartState, look: Look) -> None:
        self._state = state
        self._look = look
        self._bars = BarsPainter()
        self._studies = StudyPainter(state)
        self._limits = BandPainter()
        self._alerts = AlertPainter()
        self._orders = OrderPainter()
        self._proofs = ProofMarks()
        self.placed: list[PlacedMarker] = []
        #: Low and high of the newest bar when markers were placed beside it; None while there are none.
        self._marked: tuple[float, float] | None = None

    def markers_moved(self) -> bool:
        """True when the newest bar, beside which markers stand, reaches further than it did."""
        series = self._state.series
        if self._marked is None or series is None or not len(series):
            return False
        return self._marked != (float(series.low[-1]), float(series.high[-1]))

    def paint(self, painter: QPainter) -> None:
        """Paints the whole canvas."""
        frame, look, series = self._state.frame, self._look, self._state.series
        ink, plot = look.ink, frame.panes.plot
        painter.fillRect(_rect(plot), ink.color("panel"))
        self.placed, self._marked = [], None
        ticks: list[TimeTick] = []
        painter.save()
        painter.setClipRect(_rect(plot))
        if series is None or not frame.bars:
            self._empty(painter, frame, ink)
        else:
            ticks = ticks_of(frame, series, look.wall)
            self._ground(painter, frame, series, ticks)
            self._watermark(painter, frame, ink)
            self._studies.grounds(painter, ink)
            self._bars.paint(painter, self._state, ink, (frame.first, live_from(frame)))
            self._studies.closed(painter, ink, live_from(frame))
            self._revised(painter, frame, series, ink)
            self._healed(painter, frame, series, ink)
            self._proofs.paint(painter, frame, series, ink)
            self.placed = place_markers(frame, series, look.markers)
            paint_markers(painter, frame, ink, self.placed)
            newest = frame.columns.x(frame.bars - 1)
            if frame.shows_last_bar and any(placed.x == newest for placed in self.placed):
                self._marked = float(series.low[-1]), float(series.high[-1])
            self._limits.lines(painter, frame, look)
            self._alerts.lines(painter, frame, look)
            self._orders.lines(painter, frame, ink, look.order_lines)
        painter.restore()
        paint_price_axis(painter, frame, ink)
        self._alerts.tags(painter, frame, look)
        self._orders.axis(painter, frame, ink, look.order_lines)
        paint_time_axis(painter, frame, ink, ticks)
        if ticks and series is not None:
            wall = wall_for(series.timeframe_ms, look.wall)
            paint_zone(painter, frame, ink, wall.told_at(int(series.start_ms[frame.last - 1])))
        for pane in (frame.panes.volume, *frame.panes.lower):
            if pane.height:
                painter.fillRect(QRect(0, pane.y, frame.panes.price_axis.right, frame.px(1)), ink.color("line"))

    def _ground(self, painter: QPainter, frame: Frame, series: BarSeries, ticks: list[TimeTick]) -> None:
        ink, plot, thin = self._look.ink, frame.panes.plot, frame.px(1)
        breaks: list[int] = []
        if self._look.sessions is not None:
            bands, breaks = session_bands(
                series.start_ms, frame.first, frame.last, self._look.sessions, series.timeframe_ms
            )
            for band in bands:
                left, right = _slot(frame, band.first), _slot(frame, band.last)
                painter.fillRect(QRect(left, plot.y, right - left, plot.height), ink.off_hours)
        self._holes(painter, frame, series, ink)
        for tick in ticks:
            # A new day has its line already, half a bar to the left.
            if tick.bar not in breaks:
                painter.fillRect(QRect(frame.columns.x(tick.bar), plot.y, thin, plot.height), ink.color("grid"))
        for value in frame.ticks.values:
            row = frame.scale.row(value)
            if row < frame.panes.price.bottom:
                painter.fillRect(QRect(plot.x, row, plot.width, thin), ink.color("grid"))
        for index in breaks:
            painter.fillRect(QRect(_slot(frame, index), plot.y, thin, plot.height), ink.color("line"))

    def _healed(self, painter: QPainter, frame: Frame, series: BarSeries, ink: Ink) -> None:
        """A bracket on the floor of the price pane under bars that history has filled in."""
        floor, least = frame.panes.price.bottom, frame.px(_HOLE_WIDTH)
        thick, tall = frame.px(_BRACKET[0]), frame.px(_BRACKET[1])
        for band in bands_of(series, self._look.healed, frame.first, frame.last):
            left, right = _slot(frame, band.first), _slot(frame, band.last)
            if right - left < least:
                left = (left + right - least) // 2
                right = left + least
            color = ink.color("muted")
            painter.fillRect(QRect(left, floor - thick, right - left, thick), color)
            painter.fillRect(QRect(left, floor - tall, thick, tall), color)
            painter.fillRect(QRect(right - thick, floor - tall, thick, tall), color)

    def _holes(self, painter: QPainter, frame: Frame, series: BarSeries, ink: Ink) -> None:
        """A hatched band where prints were missed: over their bars, or between two where there is none."""
        plot, least = frame.panes.plot, frame.px(_HOLE_WIDTH)
        for band in bands_of(series, self._look.holes, frame.first, frame.last):
            left, right = _slot(frame, band.first), _slot(frame, band.last)
            if right - left < least:
                left = (left + right - least) // 2
                right = left + least
            painter.fillRect(QRect(left, plot.y, right - left, plot.height), ink.hole)

    def _watermark(self, painter: QPainter, frame: Frame, ink: Ink) -> None:
        if not self._look.watermark:
            return
        box = frame.panes.price
        face = Face(ink.theme, _WATERMARK_PX, 700, ink.ratio)
        width = face.width(self._look.watermark)
        if width > box.width * _WATERMARK_SHARE:
            smaller = max(12, int(_WATERMARK_PX * box.width * _WATERMARK_SHARE / width))
            face = Face(ink.theme, smaller, 700, ink.ratio)
        _centered(painter, face, ink, box, self._look.watermark, alpha=0.09)

    def _empty(self, painter: QPainter, frame: Frame, ink: Ink) -> None:
        symbol = self._look.symbol or (self._state.series.symbol if self._state.series is not None else "")
        text = f"No bars of {symbol} yet" if symbol else "No symbol yet: type its first letters"
        if symbol and self._look.problem:
            text = f"{symbol}: {self._look.problem}"
        elif symbol and self._look.past:
            text = f"{text}\n{self._look.past}"
        _centered(painter, ink.message, ink, frame.panes.plot, text, alpha=0.0)

    def _revised(self, painter: QPainter, frame: Frame, series: BarSeries, ink: Ink) -> None:
        if frame.columns.pitch < _REVISED_PITCH * frame.ratio:
            return
        size = frame.px(3)
        for offset in np.flatnonzero(series.revised[frame.first : frame.last]).tolist():
            x = frame.columns.x(frame.first + offset)
            painter.fillRect(
                QRect(x - size // 2, frame.panes.price.bottom - size - 1, size, size), ink.color("warning")
            )


def _slot(frame: Frame, index: float) -> int:
    """Left edge of a bar's slot, or a place within it."""
    return frame.columns.x(index - 0.5)


def _rect(box: Box) -> QRect:
    return QRect(box.x, box.y, box.width, box.height)


def _centered(painter: QPainter, face: Face, ink: Ink, box: Box, text: str, *, alpha: float) -> None:
    """Text in the middle of a box: muted, or as faint as `alpha` says."""
    painter.setFont(face.font)
    painter.setPen(ink.color("text", alpha) if alpha else ink.color("muted"))
    painter.drawText(_rect(box), Qt.AlignmentFlag.AlignCenter, text)
