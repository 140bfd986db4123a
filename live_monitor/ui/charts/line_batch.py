"""Draws thousands of lines by one call from a numpy array."""

from __future__ import annotations

from functools import lru_cache
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PyQt6 import sip
from PyQt6.QtCore import QLineF
from PyQt6.QtGui import QColor, QPainter, QPen

_BYTES = 32


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
        self._capacity = 0
        self._array: sip.array[QLineF] | None = None

    def draw(self, painter: QPainter, lines: NDArray[np.float64], color: QColor, width: float) -> None:
        """Draws `lines`, float64[n, 4] of x1, y1, x2, y2, in the painter's coordinates, antialiased."""
        count = len(lines)
        if not count:
            return
        if self._array is None or count > self._capacity:
            self._capacity = count + count // 2
            self._array = sip.array(QLineF, self._capacity)  # type: ignore[call-arg] # the stubs forget the arguments
        memory = sip.voidptr(self._array, self._capacity * _BYTES)
        np.frombuffer(cast(memoryview, memory), np.float64, count * 4)[:] = lines.ravel()
        painter.setPen(line_pen(color.rgba(), width))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawLines(self._array[:count])  # type: ignore[arg-type] # the stubs forget that none is None
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
