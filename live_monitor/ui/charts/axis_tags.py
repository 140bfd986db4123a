"""Which prices have a tag on the axis already, so that others hide no labels for a second time, and cover none half."""

from __future__ import annotations

import math

from PyQt6.QtCore import QRect
from PyQt6.QtGui import QPainter

from live_monitor.ui.charts.alert_painter import alert_rows
from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.frame import Frame
from live_monitor.ui.charts.look import Look
from live_monitor.ui.charts.price_axis import TAG_HEIGHT, tag_box
from live_monitor.ui.charts.trading.order_painter import axis_places


def tagged_rows(frame: Frame, look: Look) -> list[int]:
    """Pixel rows of the tags of alerts and orders."""
    return [*alert_rows(frame, look), *order_rows(frame, look)]


def order_rows(frame: Frame, look: Look) -> list[int]:
    """Pixel rows of the tags of orders."""
    return [row for _line, row in axis_places(frame, look.order_lines)] if look.order_lines else []


def last_row(state: ChartState) -> int | None:
    """Pixel row of the newest close; None without one."""
    series, frame = state.series, state.frame
    if series is None or not frame.bars or not math.isfinite(price := float(series.close[-1])):
        return None
    return frame.scale.row(price)


def hide_orders_under(painter: QPainter, frame: Frame, look: Look, row: int) -> None:
    """Blanks tags of orders that one at `row` would cover in part: half a price is read as another one.

    The tag beside an order's line names its price as well.
    """
    for other in order_rows(frame, look):
        if abs(other - row) < frame.px(TAG_HEIGHT):
            box, edge = tag_box(frame, other), frame.px(1)
            painter.fillRect(QRect(box.x + edge, box.y, box.width - edge, box.height), look.ink.color("panel"))
