"""Draws hundreds of upright lines, each a pixel column wide or a few, as one picture."""

from __future__ import annotations

from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from PyQt6 import sip
from PyQt6.QtGui import QBrush, QColor, QImage, QPainter

from live_monitor.ui.charts.geometry import Box, Rects
from live_monitor.ui.charts.rect_batch import RectBatch

Inks = NDArray[np.uint32]
_Other = TypeVar("_Other", bound=np.generic)

#: A pixel by itself costs twice as much as one of a whole picture that is compared row by row.
_WORTH: Final = 2
#: Fewer are left to Qt, which takes 0.1 µs for a rectangle and 10 ns for each of its rows.
_FEW: Final = 64
_FORMAT: Final = QImage.Format.Format_ARGB32_Premultiplied


class ColumnBatch:
    """Keeps room for its picture. Main thread; painters are in device pixels."""

    def __init__(self) -> None:
        self._rects = RectBatch()
        #: All of them transparent between two pictures; `_image` is a view of them.
        self._pixels: Inks = np.zeros(0, np.uint32)
        self._image = QImage()
        #: Rows 0, 1, 2, … as places in a picture of this width.
        self._rows: NDArray[np.int64] = np.empty(0, np.int64)
        self._width = 0
        self._kept: list[tuple[Rects, QColor]] = []

    def draw(self, painter: QPainter, rects: Rects, box: Box, colors: tuple[QColor, QColor], second: object) -> None:
        """Draws `rects`, int32[n, 4], ascending by x, one a column, as far as they lie in `box`.

        Those for which `second`, bool[n], is true have the second colour. The pixels are those of `RectBatch.draw`.
        """
        chosen = np.asarray(second, np.bool_)
        rects, chosen = _within(rects, chosen, box)
        single = bool((rects[:, 0] == rects[:, 2]).all())
        if len(rects) < _FEW or not (single and colors[0].alpha() == colors[1].alpha() == 255):
            self._rects.draw(painter, rects[~chosen], QBrush(colors[0]))
            self._rects.draw(painter, rects[chosen], QBrush(colors[1]))
            return
        inks = np.where(chosen, np.uint32(colors[1].rgba()), np.uint32(colors[0].rgba()))
        self._picture(painter, rects, inks, box, columns=True)

    def keep(self, rects: Rects, color: QColor) -> None:
        """Keeps `rects`, int32[n, 4], for `show`; later ones come to lie on earlier ones."""
        if len(rects):
            self._kept.append((rects, color))

    def show(self, painter: QPainter, box: Box) -> None:
        """Draws what was kept, as far as it lies in `box`, with the pixels of `RectBatch.draw`, and forgets it."""
        kept, self._kept = self._kept, []
        if not kept:
            return
        if any(color.alpha() < 255 for _, color in kept) or sum(len(rects) for rects, _ in kept) < _FEW:
            for rects, color in kept:
                self._rects.draw(painter, rects, QBrush(color))
            return
        inks = np.repeat(np.array([color.rgba() for _, color in kept], np.uint32), [len(rects) for rects, _ in kept])
        together, inks = _within(np.concatenate([rects for rects, _ in kept]), inks, box)
        if len(together):
            self._picture(painter, *_single(together, inks), box, columns=False)

    def _picture(self, painter: QPainter, rects: Rects, inks: Inks, box: Box, *, columns: bool) -> None:
        """Draws rectangles inside of `box`, one pixel wide, as one picture; `columns`: no two of them share one."""
        left, width, top = box.x, box.width, int(rects[:, 1].min())
        height = int(rects[:, 3].max()) - top + 1
        heights = rects[:, 3] - rects[:, 1] + 1
        if width != self._width or height * width > len(self._pixels):
            self._make_room(width, height)
        pixels = self._pixels[: height * width]
        if columns and int(heights.sum()) * _WORTH >= len(pixels):
            _compare(pixels.reshape(height, width), rects, inks, left, top)
            used: slice | NDArray[np.int64] = slice(None)
        else:
            used = self._places(rects, heights, left, top, width)
            # Of several colours for one pixel the last one stays.
            pixels[used] = np.repeat(inks, heights)
        painter.drawImage(left, top, self._image, 0, 0, width, height)
        # Left as it was found: transparent.
        pixels[used] = 0

    def _make_room(self, width: int, height: int) -> None:
        """Makes the picture, transparent, so wide and somewhat higher."""
        rows = height * 5 // 4 + 1
        self._width, self._rows = width, np.empty(0, np.int64)
        self._pixels = np.zeros(rows * width, np.uint32)
        memory = sip.voidptr(self._pixels.ctypes.data, self._pixels.nbytes)
        self._image = QImage(memory, width, rows, width * 4, _FORMAT)  # type: ignore[call-overload] # stubs know only bytes

    def _places(self, rects: Rects, heights: NDArray[np.int32], left: int, top: int, width: int) -> NDArray[np.int64]:
        """Where the pixels of the rectangles lie in a picture `width` wide that begins at `left` and `top`."""
        ends = np.cumsum(heights, dtype=np.int64)
        count = int(ends[-1])
        if count > len(self._rows):
            self._rows = np.arange(count + count // 4) * width
        # Place of pixel k of all: where its column begins, and a row further for each pixel of that column before it.
        begins = (rects[:, 1] - np.int64(top)) * width + (rects[:, 0] - left)
        places: NDArray[np.int64] = np.repeat(begins - (ends - heights) * width, heights)
        places += self._rows[:count]
        return places


def _compare(pixels: Inks, rects: Rects, inks: Inks, left: int, top: int) -> None:
    """Sets all pixels row by row: most of them are in a rectangle."""
    height, width = pixels.shape
    # Rows within reach of the picture, as narrow as they can be: comparing them is most of the work.
    begins, ends = np.full(width, height, np.int16), np.full(width, height - 1, np.int16)
    across = np.zeros(width, np.uint32)
    at = rects[:, 0] - left
    begins[at], ends[at] = rects[:, 1] - top, rects[:, 3] - top
    across[at] = inks
    rows = np.arange(height, dtype=np.int16)[:, None]
    covered = rows >= begins
    if (ends < height - 1).any():
        covered &= rows <= ends
    np.multiply(covered, across, out=pixels)


def _single(rects: Rects, inks: Inks) -> tuple[Rects, Inks]:
    """The same one pixel wide each, in their order."""
    widths = rects[:, 2] - rects[:, 0] + 1
    if not (widths > 1).any():
        return rects, inks
    ends = np.cumsum(widths)
    single = np.repeat(rects, widths, axis=0)
    single[:, 0] += np.arange(len(single)) - np.repeat(ends - widths, widths)
    return single, np.repeat(inks, widths)


def _within(rects: Rects, others: NDArray[_Other], box: Box) -> tuple[Rects, NDArray[_Other]]:
    """What of the rectangles lies in the box, and which of `others` belong to it."""
    left, top, right, bottom = (rects[:, side] for side in range(4))
    across = left.min(initial=box.x) >= box.x and right.max(initial=0) < box.right
    if across and top.min(initial=box.y) >= box.y and bottom.max(initial=0) < box.bottom:
        return rects, others
    held = np.empty_like(rects)
    np.maximum(left, box.x, out=held[:, 0])
    np.maximum(top, box.y, out=held[:, 1])
    np.minimum(right, box.right - 1, out=held[:, 2])
    np.minimum(bottom, box.bottom - 1, out=held[:, 3])
    seen = (held[:, 1] <= held[:, 3]) & (held[:, 0] <= held[:, 2])
    return (held, others) if seen.all() else (held[seen], others[seen])
