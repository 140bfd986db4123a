"""Which prices have a tag on the axis already, so that others hide no labels for a second time."""

from __future__ import annotations

from live_monitor.ui.charts.alert_painter import alert_rows
from live_monitor.ui.charts.frame import Frame
from live_monitor.ui.charts.look import Look
from live_monitor.ui.charts.trading.order_painter import axis_places


def tagged_rows(frame: Frame, look: Look) -> list[int]:
    """Pixel rows of the tags of alerts and orders."""
    return [*alert_rows(frame, look), *(row for _line, row in axis_places(frame, look.order_lines))]
