"""Crosshair with its tags, and the read-out line in the upper left corner."""

from __future__ import annotations

from typing import Final

from PyQt6.QtGui import QBrush, QPainter

from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.frame import READOUT_HEIGHT, Frame
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.ink import Ink, text_at
from live_monitor.ui.charts.look import Look
from live_monitor.ui.charts.price_axis import dashes, footprint, paint_price_tag, vertical_dashes
from live_monitor.ui.charts.reading import Part, Reading, read_bar
from live_monitor.ui.charts.rect_batch import RectBatch
from live_monitor.ui.charts.time_axis import bar_time, paint_time_tag, time_tag_box
from live_monitor.ui.number_format import format_compact, format_price

#: Logical pixels.
_DASH: Final = (4, 3)
_LEFT: Final = 12
_GAP: Final = 12
_LABEL_GAP: Final = 5


class Crosshair:
    """Where the crosshair is: on a bar (`index`), at a height (`y`, device pixels), or nowhere."""

    def __init__(self) -> None:
        self.index: int | None = None
        self.x = 0
        self.y: int | None = None

    @property
    def shown(self) -> bool:
        """True when there is something to paint."""
        return self.y is not None or self.index is not None

    def hide(self) -> None:
        """Nowhere: the read-out shows the last bar again."""
        self.index = self.y = None

    def put_on(self, index: int) -> None:
        """Onto a bar, at the height of its close: for the keyboard."""
        self.index, self.y = index, None

    def move_to(self, frame: Frame, x: float, y: float) -> None:
        """Follows the pointer: onto the bar under it, or between bars where there is none."""
        if not frame.panes.plot.holds(x, y):
            self.hide()
            return
        index = frame.columns.index_at(x)
        self.index = index if 0 <= index < frame.bars else None
        self.x, self.y = int(x), int(y)


class CrossLayer:
    """Paints above the live layer, on a painter in device pixels."""

    def __init__(self, state: ChartState, look: Look) -> None:
        self._state = state
        self._look = look
        self._batch = RectBatch()
        self._widths: dict[str, float] = {}
        self.crosshair = Crosshair()

    def forget_widths(self) -> None:
        """Lets the read-out be laid out anew; between, its columns only grow, so that figures do not dance."""
        self._widths.clear()

    def reading(self) -> Reading | None:
        """The bar under the crosshair, else the last one; None without bars."""
        series, count = self._state.series, self._state.frame.bars
        if series is None or not count:
            return None
        index = self.crosshair.index
        return read_bar(series, index if index is not None and index < count else count - 1)

    def paint(self, painter: QPainter) -> None:
        """Paints lines, tags and read-out."""
        frame, ink = self._state.frame, self._look.ink
        reading = self.reading()
        if reading is None:
            return
        if self.crosshair.shown:
            self._lines(painter, frame, ink)
        self._readout(painter, frame, ink, reading)

    def footprint(self) -> list[Box]:
        """Everything that `paint` may touch now."""
        frame, boxes = self._state.frame, [self._readout_box(self._state.frame)]
        if not self.crosshair.shown:
            return boxes
        plot, column, wide = frame.panes.plot, self._column(frame), frame.px(3)
        boxes.append(Box(column - wide, plot.y, 2 * wide, plot.height))
        text = self._time_text()
        if text:
            boxes.append(time_tag_box(frame, self._look.ink, column, text))
        row = self._row(frame)
        if row is not None:
            boxes += [Box(plot.x, row - wide, plot.width, 2 * wide), footprint(frame, row)]
        return boxes

    def _column(self, frame: Frame) -> int:
        cross = self.crosshair
        return cross.x if cross.index is None else frame.columns.x(cross.index)

    def _row(self, frame: Frame) -> int | None:
        """Pixel row of the horizontal line: the pointer's, or that of the close when the keyboard walks."""
        cross, series = self.crosshair, self._state.series
        if cross.y is not None or cross.index is None or series is None or cross.index >= frame.bars:
            return cross.y
        row = frame.scale.row(float(series.close[cross.index])) if series.close[cross.index] > 0 else None
        return row if row is not None and frame.panes.price.y <= row < frame.panes.price.bottom else None

    def _time_text(self) -> str:
        series, index = self._state.series, self.crosshair.index
        if series is None or index is None or index >= len(series):
            return ""
        return bar_time(int(series.start_ms[index]), series.timeframe_ms)

    def _lines(self, painter: QPainter, frame: Frame, ink: Ink) -> None:
        plot, column, row = frame.panes.plot, self._column(frame), self._row(frame)
        on, off, thin = frame.px(_DASH[0]), frame.px(_DASH[1]), frame.px(1)
        brush = QBrush(ink.color("crosshair"))
        if plot.x <= column < plot.right:
            self._batch.draw(painter, vertical_dashes(plot.y, plot.bottom, column, on, off, thin), brush)
            text = self._time_text()
            if text:
                paint_time_tag(painter, frame, ink, column, text)
        if row is not None:
            self._batch.draw(painter, dashes(plot.x, plot.right, row, on, off, thin), brush)
            paint_price_tag(painter, frame, ink, row, self._value_at(frame, row), ink.color("text"))

    def _value_at(self, frame: Frame, row: int) -> str:
        """The price at a pixel row, or the volume inside the volume pane."""
        box = frame.volume_box
        if row < frame.panes.price.bottom:
            return format_price(frame.scale.price_at(row), frame.ticks.decimals)
        return format_compact(max(0.0, frame.volume_top * (box.bottom - row) / max(1, box.height)))

    def _readout_box(self, frame: Frame) -> Box:
        price = frame.panes.price
        return Box(price.x, price.y, price.width, min(price.height, frame.px(READOUT_HEIGHT)))

    def _readout(self, painter: QPainter, frame: Frame, ink: Ink, reading: Reading) -> None:
        box = self._readout_box(frame)
        middle, x = box.y + box.height // 2, box.x + frame.px(_LEFT)
        text_at(painter, ink.readout_strong, ink.color("text"), x, middle, reading.symbol)
        x += round(ink.readout_strong.width(reading.symbol)) + frame.px(_LABEL_GAP)
        name = f"· {reading.timeframe}"
        text_at(painter, ink.readout, ink.color("muted"), x, middle, name)
        x += round(ink.readout.width(name)) + frame.px(_GAP)
        for part in self._fitting(reading.parts, frame, ink, box.right - x):
            label = round(ink.readout.width(part.label)) + frame.px(_LABEL_GAP) if part.label else 0
            text_at(painter, ink.readout, ink.color("muted"), x, middle, part.label)
            text_at(painter, ink.readout, ink.color(part.role), x + label, middle, part.text)
            x += self._advance(part, frame, ink)

    def _advance(self, part: Part, frame: Frame, ink: Ink) -> int:
        """Width of a part and the gap after it; never less than it was for another bar."""
        text = ink.readout.width(part.text)
        kept = self._widths[part.key] = max(text, self._widths.get(part.key, 0.0))
        label = round(ink.readout.width(part.label)) + frame.px(_LABEL_GAP) if part.label else 0
        return label + round(kept) + frame.px(_GAP)

    def _fitting(self, parts: list[Part], frame: Frame, ink: Ink, room: int) -> list[Part]:
        """The parts that fit into `room` pixels, the least needed left out first."""
        advances = {part.key: self._advance(part, frame, ink) for part in parts}
        kept = list(parts)
        while kept and sum(advances[part.key] for part in kept) > room:
            least = max(kept, key=lambda part: part.rank)
            if least.rank == 0:
                break
            kept.remove(least)
        return kept
