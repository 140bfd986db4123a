"""The frame around the chart that shows where the keyboard is."""

from __future__ import annotations

from PyQt6.QtCore import QRect
from PyQt6.QtGui import QPainter

from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.look import Look


class FocusLayer:
    """Paints above everything, on a painter in device pixels."""

    def __init__(self, state: ChartState, look: Look) -> None:
        self._state = state
        self._look = look

    def paint(self, painter: QPainter) -> None:
        """Paints four lines in the accent colour when the chart was reached by keyboard."""
        if not self._look.focused:
            return
        frame, color = self._state.frame, self._look.ink.color("accent")
        axis, thick = frame.panes.time_axis, frame.px(1)
        width, height = axis.width, axis.bottom
        for line in (
            QRect(0, 0, width, thick),
            QRect(0, height - thick, width, thick),
            QRect(0, 0, thick, height),
            QRect(width - thick, 0, thick, height),
        ):
            painter.fillRect(line, color)
