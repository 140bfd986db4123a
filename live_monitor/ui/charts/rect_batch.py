"""Draws thousands of rectangles by one call from a numpy array."""

from __future__ import annotations

from typing import cast

import numpy as np
from PyQt6 import sip
from PyQt6.QtCore import QRect, Qt
from PyQt6.QtGui import QBrush, QPainter

from live_monitor.ui.charts.geometry import Rects

_BYTES = 16


class RectBatch:
    """Room for rectangles that grows and is used again; painting 1,000 takes 0.1 ms instead of 5 as a path.

    pyqtgraph's PrimitiveArray does the same for doubles; whole numbers take Qt's faster way and stay exact.
    """

    def __init__(self) -> None:
        self._capacity = 0
        self._array: sip.array[QRect] | None = None

    def draw(self, painter: QPainter, rects: Rects, brush: QBrush) -> None:
        """Fills `rects`, int32[n, 4] of inclusive corners, in the painter's coordinates, without an outline."""
        count = len(rects)
        if not count:
            return
        if self._array is None or count > self._capacity:
            self._capacity = count + count // 2
            self._array = sip.array(QRect, self._capacity)  # type: ignore[call-arg] # the stubs forget the arguments
        memory = sip.voidptr(self._array, self._capacity * _BYTES)
        np.frombuffer(cast(memoryview, memory), np.int32, count * 4)[:] = rects.ravel()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(brush)
        painter.drawRects(self._array[:count])  # type: ignore[arg-type] # the stubs know only arrays of doubles
