"""Paints the crosshair: two lines, the time under it and the price beside it."""

from __future__ import annotations

import math
from typing import Final

from PyQt6.QtGui import QBrush, QPainter

from live_monitor.ui.charts.axis_tags import hide_orders_under, tagged_rows
from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.frame import READOUT_HEIGHT, Frame
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.ink import clip_to
from live_monitor.ui.charts.live_layer import last_price, tag_row
from live_monitor.ui.charts.look import Look
from live_monitor.ui.charts.numbers import value_text
from live_monitor.ui.charts.price_axis import dashes, footprint, paint_price_tag, vertical_dashes
from live_monitor.ui.charts.rect_batch import RectBatch
from live_monitor.ui.charts.time_axis import paint_time_tag, time_tag_box
from live_monitor.ui.charts.time_ticks import bar_label
from live_monitor.ui.number_format import format_compact, format_price

#: Logical pixels.
_DASH: Final = (4, 3)


class CrossLayer:
    """Paints above the live layer, on a painter in device pixels."""

    def __init__(self, state: ChartState, look: Look) -> None:
        self._state = state
        self._look = look
        self._crosshair = state.crosshair
        self._batch = RectBatch()

    def paint(self, painter: QPainter) -> None:
        """Paints lines and tags."""
        frame, ink = self._state.frame, self._look.ink
        if not self._crosshair.shown or not frame.bars:
            return
        plot, column, row = frame.panes.plot, self._column(frame), self._row(frame)
        on, off, thin = frame.px(_DASH[0]), frame.px(_DASH[1]), frame.px(1)
        brush = QBrush(ink.color("crosshair"))
        if plot.x <= column < plot.right:
            line = self._vertical(frame, column)
            clip_to(painter, line)
            self._batch.draw(painter, vertical_dashes(line.y, line.bottom, column, on, off, thin), brush)
            text = self._time_text()
            if text:
                clip_to(painter, time_tag_box(frame, ink, column, text))
                paint_time_tag(painter, frame, ink, column, text)
        if row is not None:
            clip_to(painter, self._horizontal(frame, row))
            self._batch.draw(painter, dashes(plot.x, plot.right, row, on, off, thin), brush)
            text = self._value_at(frame, row)
            if text:
                clip_to(painter, footprint(frame, row))
                hide_orders_under(painter, frame, self._look, row)
                paint_price_tag(painter, frame, ink, row, (text, ""), ink.color("text"), others=self._tags(frame))

    def _tags(self, frame: Frame) -> list[int]:
        """Rows of the tags that are on the axis already."""
        last = last_price(self._state)
        return [*tagged_rows(frame, self._look), *([tag_row(frame, last)] if last is not None else [])]

    def footprint(self) -> list[Box]:
        """Everything that `paint` may touch now."""
        frame, boxes = self._state.frame, []
        if not self._crosshair.shown or not frame.bars:
            return []
        column, row, text = self._column(frame), self._row(frame), self._time_text()
        boxes.append(self._vertical(frame, column))
        if text:
            boxes.append(time_tag_box(frame, self._look.ink, column, text))
        if row is not None:
            boxes += [self._horizontal(frame, row), footprint(frame, row)]
        return boxes

    def _vertical(self, frame: Frame, column: int) -> Box:
        """From below the read-out, which a line must not cross, to the time axis."""
        wide, plot, top = frame.px(2), frame.panes.plot, frame.px(READOUT_HEIGHT)
        return Box(column - wide, plot.y + top, 2 * wide, max(0, plot.height - top))

    def _horizontal(self, frame: Frame, row: int) -> Box:
        wide = frame.px(2)
        return Box(frame.panes.plot.x, row - wide, frame.panes.plot.width, 2 * wide)

    def _column(self, frame: Frame) -> int:
        cross = self._crosshair
        return cross.x if cross.index is None else frame.columns.x(cross.index)

    def _row(self, frame: Frame) -> int | None:
        """Pixel row of the horizontal line: the pointer's, or that of the close when the keyboard walks."""
        cross, series = self._crosshair, self._state.series
        if not frame.ticks.values:
            return None
        if cross.y is not None or cross.index is None or series is None or cross.index >= frame.bars:
            return cross.y
        close = float(series.close[cross.index])
        row = frame.scale.row(close) if math.isfinite(close) else -1
        return row if frame.panes.price.y <= row < frame.panes.price.bottom else None

    def _time_text(self) -> str:
        series, index = self._state.series, self._crosshair.index
        if series is None or index is None or index >= self._state.frame.bars:
            return ""
        return bar_label(int(series.start_ms[index]), series.timeframe_ms, int(series.start_ms[-1]), self._look.wall)

    def _value_at(self, frame: Frame, row: int) -> str:
        """The price at a pixel row, or the volume inside the volume pane; empty where the pane has no values."""
        box = frame.volume_box
        if row < frame.panes.price.bottom:
            price = frame.scale.price_at(row)
            # Below one dollar prices go by hundredths of a cent.
            fine = math.isnan(frame.base) and 0 < abs(price) < 1
            return format_price(price, max(4, frame.ticks.decimals)) if fine else frame.label(price)
        for pane in frame.lower:
            if pane.box.y <= row < pane.box.bottom:
                return value_text(pane.scale.price_at(row), pane.ticks.decimals + 1) if pane.ticks.values else ""
        return format_compact(max(0.0, frame.volume_top * (box.bottom - row) / max(1, box.height)))
