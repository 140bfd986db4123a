"""Draws thousands of rectangles by one call from a numpy array."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QRect, Qt
from PyQt6.QtGui import QBrush, QPainter

from live_monitor.ui.charts.geometry import Rects
from live_monitor.ui.charts.shape_array import ShapeArray


class RectBatch:
    """Room for rectangles that grows and is used again; painting 1,000 takes 0.1 ms instead of 5 as a path.

    pyqtgraph's PrimitiveArray does the same for doubles; whole numbers take Qt's faster way and stay exact.
    """

    def __init__(self) -> None:
        self._array = ShapeArray(QRect, np.int32)

    def draw(self, painter: QPainter, rects: Rects, brush: QBrush) -> None:
        """Fills `rects`, int32[n, 4] of inclusive corners, in the painter's coordinates, without an outline."""
        if not len(rects):
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(brush)
        painter.drawRects(self._array.holding(rects))
