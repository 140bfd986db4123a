"""Draws a pixel column each for hundreds of upright lines, as one picture where they are many and tall."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PyQt6 import sip
from PyQt6.QtGui import QBrush, QColor, QImage, QPainter

from live_monitor.ui.charts.geometry import Box, Rects
from live_monitor.ui.charts.rect_batch import RectBatch

#: Qt fills a column one pixel wide row by row, 10 ns each; a pixel of a picture takes about a sixth of that.
_WORTH: Final = 6
_FEW: Final = 64
_FORMAT: Final = QImage.Format.Format_ARGB32_Premultiplied


class ColumnBatch:
    """Keeps room for its picture. Main thread; painters are in device pixels."""

    def __init__(self) -> None:
        self._rects = RectBatch()
        self._pixels: NDArray[np.uint32] = np.empty(0, np.uint32)

    def draw(self, painter: QPainter, rects: Rects, box: Box, colors: tuple[QColor, QColor], second: object) -> None:
        """Draws `rects`, int32[n, 4], ascending by x, one a column, as far as they lie in `box`.

        Those for which `second`, bool[n], is true have the second colour. The pixels are those of `RectBatch.draw`.
        """
        chosen = np.asarray(second, np.bool_)
        if not len(rects):
            return
        if rects[0, 0] < box.x or rects[-1, 2] >= box.right or not _level(rects, box):
            rects, chosen = _within(rects, chosen, box)
            if not len(rects):
                return
        top, bottom = int(rects[:, 1].min()), int(rects[:, 3].max())
        left, right = int(rects[0, 0]), int(rects[-1, 2])
        area = (bottom - top + 1) * (right - left + 1)
        painted = int((rects[:, 3] - rects[:, 1]).sum()) + len(rects)
        single = bool((rects[:, 0] == rects[:, 2]).all())
        opaque = colors[0].alpha() == colors[1].alpha() == 255
        if not (single and opaque and len(rects) >= _FEW and painted * _WORTH >= area):
            self._rects.draw(painter, rects[~chosen], QBrush(colors[0]))
            self._rects.draw(painter, rects[chosen], QBrush(colors[1]))
            return
        shape = bottom - top + 1, right - left + 1
        # Rows within reach of the picture, as narrow as they can be: comparing them is most of the work.
        begins, ends = np.full(shape[1], shape[0], np.int16), np.full(shape[1], -1, np.int16)
        inks = np.zeros(shape[1], np.uint32)
        at = rects[:, 0] - left
        begins[at], ends[at] = rects[:, 1] - top, rects[:, 3] - top
        inks[at] = np.where(chosen, np.uint32(colors[1].rgba()), np.uint32(colors[0].rgba()))
        rows = np.arange(shape[0], dtype=np.int16)[:, None]
        pixels = self._room(shape)
        np.multiply((rows >= begins) & (rows <= ends), inks, out=pixels)
        memory = sip.voidptr(pixels.ctypes.data, pixels.nbytes)
        image = QImage(memory, shape[1], shape[0], shape[1] * 4, _FORMAT)  # type: ignore[call-overload] # stubs know only bytes
        painter.drawImage(left, top, image)

    def _room(self, shape: tuple[int, int]) -> NDArray[np.uint32]:
        count = shape[0] * shape[1]
        if count > len(self._pixels):
            self._pixels = np.empty(count + count // 4, np.uint32)
        return self._pixels[:count].reshape(shape)


def _level(rects: Rects, box: Box) -> bool:
    """True when no rectangle reaches beyond the box at its top or bottom."""
    return bool(rects[:, 1].min() >= box.y and rects[:, 3].max() < box.bottom)


def _within(rects: Rects, chosen: NDArray[np.bool_], box: Box) -> tuple[Rects, NDArray[np.bool_]]:
    """What of the rectangles lies in the box."""
    held = np.empty_like(rects)
    np.maximum(rects[:, 1], box.y, out=held[:, 1])
    np.minimum(rects[:, 3], box.bottom - 1, out=held[:, 3])
    held[:, 0], held[:, 2] = rects[:, 0], rects[:, 2]
    seen = (held[:, 1] <= held[:, 3]) & (held[:, 0] < box.right) & (held[:, 2] >= box.x)
    return (held, chosen) if seen.all() else (held[seen], chosen[seen])
