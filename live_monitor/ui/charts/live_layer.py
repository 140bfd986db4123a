"""What a tick changes: the last bar, the last-price line and its tag on the axis."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from PyQt6.QtCore import QRect
from PyQt6.QtGui import QBrush, QPainter

from live_monitor.ui.charts.axis_tags import hide_orders_under, tagged_rows
from live_monitor.ui.charts.candle_item import BarsPainter
from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.frame import Frame
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.ink import clip_to
from live_monitor.ui.charts.look import Look
from live_monitor.ui.charts.price_axis import dashes, footprint, paint_price_tag, price_text, tag_box
from live_monitor.ui.charts.rect_batch import RectBatch
from live_monitor.ui.charts.still_layer import live_from
from live_monitor.ui.charts.study_painter import StudyPainter
from live_monitor.ui.icons import pixmap

#: Logical pixels on and off.
_DASH: Final = (2, 3)
_CLOCK_PX: Final = 12


class LastPrice(NamedTuple):
    """The newest price, which way it goes in its bar (+1 up or equal, -1 down), and its pixel row."""

    price: float
    way: int
    row: int


def last_price(state: ChartState) -> LastPrice | None:
    """Where the newest price stands, a close unless the state has a newer one; None without bars, or a number."""
    series, frame = state.series, state.frame
    if series is None or not frame.bars:
        return None
    opened, price = float(series.open[-1]), float(series.close[-1])
    if math.isfinite(state.newest):
        # The bar that it is in has not come yet; it begins about where the one before has ended.
        opened, price = price, state.newest
    if not math.isfinite(price):
        return None
    return LastPrice(price, -1 if price < opened else 1, frame.scale.row(price))


def tag_row(frame: Frame, last: LastPrice) -> int:
    """A price beyond the visible range keeps its tag, at the edge."""
    box = frame.panes.price
    return max(box.y, min(last.row, box.bottom))


class LiveLayer:
    """Paints on top of the still layer, on a painter in device pixels."""

    def __init__(self, state: ChartState, look: Look) -> None:
        self._state = state
        self._look = look
        self._bars = BarsPainter()
        self._studies = StudyPainter(state)
        self._batch = RectBatch()

    def paint(self, painter: QPainter) -> None:
        """Paints the last bar, the line and the tag."""
        state, frame, look = self._state, self._state.frame, self._look
        last, price_box = last_price(state), frame.panes.price
        if state.series is not None and frame.shows_last_bar:
            strip = self._strip(frame)
            clip_to(painter, strip)
            self._bars.paint_last(painter, state, look.ink, live_from(frame))
            if state.board.placed:
                self._studies.newest(painter, look.ink, live_from(frame), strip)
        if last is None:
            return
        color = look.ink.color("stale" if look.stale else "up" if last.way > 0 else "down")
        if price_box.y <= last.row < price_box.bottom:
            line = dashes(price_box.x, price_box.right, last.row, frame.px(_DASH[0]), frame.px(_DASH[1]), frame.px(1))
            clip_to(painter, self._line(frame, last))
            self._batch.draw(painter, line, QBrush(color))
        row, others = tag_row(frame, last), tagged_rows(frame, look)
        clip_to(painter, footprint(frame, row))
        hide_orders_under(painter, frame, look, row)
        way = 0 if look.stale else last.way
        paint_price_tag(painter, frame, look.ink, row, price_text(frame, last.price), color, way, others)
        if look.stale:
            self._struck_clock(painter, frame, last)

    def footprint(self) -> list[Box]:
        """Everything that `paint` may touch now."""
        frame, last = self._state.frame, last_price(self._state)
        boxes = [self._strip(frame)] if frame.shows_last_bar else []
        if last is not None:
            boxes += [footprint(frame, tag_row(frame, last)), self._line(frame, last)]
        return boxes

    def _line(self, frame: Frame, last: LastPrice) -> Box:
        price, thick = frame.panes.price, frame.px(1)
        return Box(price.x, last.row - thick, price.width, 3 * thick)

    def _strip(self, frame: Frame) -> Box:
        """The last bar from top to bottom, as far as it is left of the axis, and the lines that lead to it."""
        width, plot, column = frame.candle_widths.body, frame.panes.plot, frame.columns.x(frame.bars - 1)
        left, right = column - width // 2, column - width // 2 + width
        if self._state.board.placed or self._state.kind in {"line", "area"}:
            # Half the width of a line sticks out at either end.
            left = min(left, frame.columns.x(live_from(frame) - 1) - frame.px(2))
            # Levels go through the whole slot of the bar.
            right = max(right + frame.px(2), frame.columns.x(frame.bars - 0.5))
        left = max(plot.x, left)
        return Box(left, plot.y, max(0, min(plot.right, right) - left), plot.height)

    def _struck_clock(self, painter: QPainter, frame: Frame, last: LastPrice) -> None:
        box = tag_box(frame, tag_row(frame, last))
        size = frame.px(_CLOCK_PX)
        target = QRect(box.x + frame.px(6), box.y + (box.height - size) // 2, size, size)
        painter.drawPixmap(target, pixmap("clock-off", self._look.ink.theme, "panel", size))
