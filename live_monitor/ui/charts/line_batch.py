"""Draws thousands of lines by one call from a numpy array."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QLineF
from PyQt6.QtGui import QColor, QPainter, QPen

from live_monitor.ui.charts.shape_array import ShapeArray


@lru_cache(maxsize=256)
def line_pen(rgba: int, width: float) -> QPen:
    """A pen of this colour (`QColor.rgba`) and width in device pixels; the same ones are asked for at every tick."""
    pen = QPen(QColor.fromRgba(rgba), width)
    pen.setCosmetic(True)
    return pen


class LineBatch:
    """Room for lines that grows and is used again.

    Single lines rather than a polyline: from a width of 1.5 pixels on Qt takes ten times as long for one with joints.
    """

    def __init__(self) -> None:
        self._array = ShapeArray(QLineF, np.float64)

    def draw(self, painter: QPainter, lines: NDArray[np.float64], color: QColor, width: float) -> None:
        """Draws `lines`, float64[n, 4] of x1, y1, x2, y2, in the painter's coordinates, antialiased."""
        if not len(lines):
            return
        painter.setPen(line_pen(color.rgba(), width))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawLines(self._array.holding(lines))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
