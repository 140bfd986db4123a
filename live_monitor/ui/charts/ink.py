"""Colours and fonts of the chart, looked up once per theme and pixel density."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPen

from live_monitor.ui.theme import Theme

AXIS_PX: Final = 11
READOUT_PX: Final = 12


class Face:
    """A font in device pixels with its metrics."""

    def __init__(self, theme: Theme, px: int, weight: int, ratio: float) -> None:
        self.font: QFont = theme.font(round(px * ratio), weight)
        self.metrics = QFontMetricsF(self.font)
        #: Distance from the middle of a line of figures down to its base line.
        self.drop = self.metrics.capHeight() / 2

    def width(self, text: str) -> float:
        """Advance of `text` in device pixels."""
        return self.metrics.horizontalAdvance(text)


class Ink:
    """What the layers paint with. Main thread."""

    def __init__(self, theme: Theme, ratio: float) -> None:
        self.theme = theme
        self.ratio = ratio
        self.axis = Face(theme, AXIS_PX, 400, ratio)
        self.axis_strong = Face(theme, AXIS_PX, 600, ratio)
        self.readout = Face(theme, READOUT_PX, 400, ratio)
        self.readout_strong = Face(theme, READOUT_PX, 600, ratio)
        self.letter = Face(theme, 9, 700, ratio)
        self.message = Face(theme, 15, 400, ratio)
        self.up = QBrush(theme.color("up"))
        self.down = QBrush(theme.color("down"))
        self.volume_up = QBrush(theme.color("up", 0.45))
        self.volume_down = QBrush(theme.color("down", 0.45))

    def color(self, role: str, alpha: float = 1.0) -> QColor:
        """A colour of the theme by role."""
        return self.theme.color(role, alpha)

    def pen(self, role: str, *, dashes: tuple[float, float] | None = None) -> QPen:
        """One logical pixel wide, drawn on whole device pixels; `dashes` are on and off in logical pixels."""
        width = max(1, round(self.ratio))
        pen = QPen(self.color(role), width)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if dashes:
            pen.setDashPattern([length * self.ratio / width for length in dashes])
        return pen


def text_at(painter: QPainter, face: Face, color: QColor, x: float, middle: float, text: str) -> None:
    """Writes `text` from `x` on, with the figures' middle at row `middle`, on whole pixels."""
    painter.setFont(face.font)
    painter.setPen(color)
    painter.drawText(QPointF(round(x), round(middle + face.drop)), text)
