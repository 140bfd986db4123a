"""Paints one drawing: fills, lines, labels on plates, handles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

import numpy as np
from PyQt6.QtCore import QLineF, QPointF, QRect, Qt
from PyQt6.QtGui import QBrush, QColor, QPainter, QPen, QPixmap

from live_monitor.ui.charts.drawings.shapes import Fill, Label, Line, Shape
from live_monitor.ui.charts.frame import READOUT_HEIGHT, Frame
from live_monitor.ui.charts.geometry import Box, Rects
from live_monitor.ui.charts.ink import Ink, legible
from live_monitor.ui.charts.price_axis import dashes, vertical_dashes
from live_monitor.ui.charts.rect_batch import RectBatch
from live_monitor.ui.theme import ROLES

#: Logical pixels on and off.
_DASHES: Final[dict[str, tuple[int, int]]] = {"dashed": (6, 4), "dotted": (2, 3)}
#: Logical pixels: padding beside the text of a plate, its height, radius of a handle.
_PLATE: Final = (4, 16)
_HANDLE: Final = 4
#: A plate lets candles shine through no more than this.
_PLATE_SHARE: Final = 0.86
#: Opacity of lines that only connect.
_FAINT: Final = 0.5
_MOST_PLATES: Final = 2_000


class Stroke:
    """Keeps what is used again from one picture to the next. Main thread; painters are in device pixels."""

    def __init__(self) -> None:
        self._batch = RectBatch()
        self._plates = Plates()

    def paint(self, painter: QPainter, frame: Frame, ink: Ink, shapes: Sequence[Shape], *, replace: bool) -> None:
        """Paints fills first, then lines, then labels: a plate covers what crosses it.

        `replace`: the ground is transparent, so that fills and plates may take the place of what is there. Qt does that
        far faster than blending, for which it waits for other threads (measured: 1 instead of 60 µs a plate).
        """
        colors = _colors(shapes, ink)
        if replace:
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        for shape, color in zip(shapes, colors, strict=True):
            for fill in shape.fills:
                if fill.alpha > 0:
                    painter.fillRect(_whole(fill), _faint(color, fill.alpha))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        self._paint_lines(painter, frame, shapes, colors)
        self._paint_labels(painter, frame, ink, shapes, colors, replace=replace)

    def paint_lines(self, painter: QPainter, frame: Frame, ink: Ink, shapes: Sequence[Shape]) -> None:
        """Paints nothing but the lines."""
        self._paint_lines(painter, frame, shapes, _colors(shapes, ink))

    def _paint_lines(self, painter: QPainter, frame: Frame, shapes: Sequence[Shape], colors: Sequence[QColor]) -> None:
        # What has one pen is one call.
        crisp: dict[tuple[int, int], tuple[QColor, list[Line]]] = {}
        soft: dict[tuple[int, int, str], tuple[QPen, list[QLineF]]] = {}
        dashed: list[tuple[QColor, Rects]] = []
        for shape, color in zip(shapes, colors, strict=True):
            thick, dash = frame.px(shape.drawing.width), shape.drawing.dash
            slanted: list[QLineF] | None = None
            straight: list[Line] | None = None
            for line in shape.lines:
                x1, y1, x2, y2 = line
                if x1 != x2 and y1 != y2:
                    if slanted is None:
                        slanted = _pen_lines(soft, frame, color, thick, dash)
                    slanted.append(QLineF(x1, y1, x2, y2))
                elif dash == "solid":
                    # Upright and level lines are whole pixels: crisp, and faster than with soft edges.
                    if straight is None:
                        straight = crisp.setdefault((color.rgb(), thick), (color, []))[1]
                    straight.append(line)
                else:
                    dashed.append((color, _dashed(frame, line, thick, _DASHES[dash])))
            if shape.faint:
                faint = _pen_lines(soft, frame, _faint(color, _FAINT), frame.px(1), "solid")
                faint += [QLineF(*line) for line in shape.faint]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for pen, together in soft.values():
            painter.setPen(pen)
            painter.drawLines(*together)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for (_, thick), (color, lines) in crisp.items():
            self._batch.draw(painter, bars_of(lines, thick), QBrush(color))
        for color, rects in dashed:
            self._batch.draw(painter, rects, QBrush(color))

    def _paint_labels(
        self,
        painter: QPainter,
        frame: Frame,
        ink: Ink,
        shapes: Sequence[Shape],
        colors: Sequence[QColor],
        *,
        replace: bool,
    ) -> None:
        mode = QPainter.CompositionMode
        painter.setCompositionMode(mode.CompositionMode_Source if replace else mode.CompositionMode_SourceOver)
        room = LabelRoom.of(frame)
        for shape, color in zip(shapes, colors, strict=True):
            for label in shape.labels:
                plate = self._plates.of(ink, label.text, color)
                painter.drawPixmap(*room.place(label, plate.width()), plate)
        painter.setCompositionMode(mode.CompositionMode_SourceOver)


class LabelRoom(NamedTuple):
    """Where labels stand: wholly inside the price pane as far as they fit."""

    left: int
    top: int
    right: int
    bottom: int
    height: int

    @classmethod
    def of(cls, frame: Frame) -> LabelRoom:
        """The room in this frame."""
        pane, height = frame.panes.price, frame.px(_PLATE[1])
        return cls(pane.x, pane.y + min(pane.height // 3, frame.px(READOUT_HEIGHT)), pane.right, pane.bottom, height)

    def place(self, label: Label, width: int) -> tuple[int, int]:
        """The upper left corner of a label's plate."""
        x, y, _, align = label
        x = int(x if align == "left" else x - width / 2 if align == "center" else x - width)
        y = int(y) - self.height // 2
        return max(self.left, min(x, self.right - width)), max(self.top, min(y, self.bottom - self.height))


class Plates:
    """Labels as small pictures, text on a plate, kept from one picture to the next: a pan writes none of them anew."""

    def __init__(self) -> None:
        self._ink: Ink | None = None
        self._made: dict[tuple[str, int], QPixmap] = {}

    def of(self, ink: Ink, text: str, color: QColor) -> QPixmap:
        """The plate of a text in a colour, in device pixels."""
        if ink is not self._ink or len(self._made) >= _MOST_PLATES:
            self._ink = ink
            self._made.clear()
        key = (text, color.rgb())
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = self._make(ink, text, color)
        return found

    def _make(self, ink: Ink, text: str, color: QColor) -> QPixmap:
        pad, height = (max(1, round(length * ink.ratio)) for length in _PLATE)
        plate = QPixmap(round(ink.axis.width(text)) + 2 * pad, height)
        plate.fill(ink.color("panel", _PLATE_SHARE))
        painter = QPainter(plate)
        ink.axis.write(painter, legible(color, ink), pad, height // 2, text)
        painter.end()
        return plate


def bars_of(lines: Sequence[Line], thick: int) -> Rects:
    """Level and upright lines as rectangles `thick` pixels across, int32[n, 4] of inclusive corners."""
    # Three times as fast as an array of a list of lines.
    ends = np.fromiter(chain.from_iterable(lines), np.float64, 4 * len(lines)).reshape(-1, 4)
    rects = np.empty((len(lines), 4), np.int32)
    rects[:, :2] = np.floor(np.minimum(ends[:, :2], ends[:, 2:]))
    rects[:, 2:] = np.floor(np.maximum(ends[:, :2], ends[:, 2:]))
    if thick > 1:
        across = (ends[:, 1] != ends[:, 3]).astype(np.intp)
        # A level line grows in y, an upright one in x.
        rows = np.arange(len(lines))
        rects[rows, 1 - across] -= thick // 2
        rects[rows, 3 - across] = rects[rows, 1 - across] + (thick - 1)
    return rects


def _dashed(frame: Frame, line: Line, thick: int, pattern: tuple[int, int]) -> Rects:
    on, off = (frame.px(length) for length in pattern)
    left, top, right, bottom = bars_of([line], 1)[0].tolist()
    if line.y1 == line.y2:
        return dashes(left, right + 1, top, on, off, thick)
    return vertical_dashes(top, bottom + 1, left, on, off, thick)


def _pen_lines(
    soft: dict[tuple[int, int, str], tuple[QPen, list[QLineF]]], frame: Frame, color: QColor, thick: int, dash: str
) -> list[QLineF]:
    """The lines so far of the pen with this colour, width and pattern."""
    key = (color.rgba(), thick, dash)
    found = soft.get(key)
    if found is None:
        found = soft[key] = (_pen(frame, color, thick, _DASHES.get(dash)), [])
    return found[1]


def _pen(frame: Frame, color: QColor, thick: int, pattern: tuple[int, int] | None) -> QPen:
    pen = QPen(color, thick)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if pattern:
        pen.setDashPattern([length * frame.ratio / thick for length in pattern])
    return pen


def paint_handles(painter: QPainter, frame: Frame, ink: Ink, shape: Shape) -> None:
    """Rings at the points; those of a locked drawing are grey dots, because they cannot be dragged."""
    locked = shape.drawing.locked
    radius = frame.px(_HANDLE) + 0.5
    pen = ink.pen("panel" if locked else "accent")
    pen.setWidthF(pen.widthF() * 1.5)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(pen)
    painter.setBrush(ink.color("stale" if locked else "panel"))
    for x, y in shape.handles.values():
        painter.drawEllipse(QPointF(x, y), radius, radius)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def handle_boxes(frame: Frame, shape: Shape) -> list[Box]:
    """Everything that `paint_handles` may touch."""
    reach = frame.px(_HANDLE) + frame.px(3)
    return [
        Box(math.floor(x) - reach, math.floor(y) - reach, 2 * reach + 1, 2 * reach + 1)
        for x, y in shape.handles.values()
    ]


def label_box(frame: Frame, ink: Ink, label: Label) -> Box:
    """Where a label's plate stands."""
    room, width = LabelRoom.of(frame), round(ink.axis.width(label.text)) + 2 * frame.px(_PLATE[0])
    return Box(*room.place(label, width), width, room.height)


def _colors(shapes: Sequence[Shape], ink: Ink) -> list[QColor]:
    known = {name: color_of(name, ink) for name in {shape.drawing.color for shape in shapes}}
    return [known[shape.drawing.color] for shape in shapes]


def color_of(name: str, ink: Ink) -> QColor:
    """A role's colour in this theme, or the colour `#rrggbb`; the accent for a role that the theme does not have."""
    if name.startswith("#"):
        return QColor(name)
    return ink.color(name if name in ROLES else "accent")


def _whole(fill: Fill) -> QRect:
    left, top = math.floor(fill.left), math.floor(fill.top)
    return QRect(left, top, max(1, math.floor(fill.right) - left), max(1, math.floor(fill.bottom) - top))


def _faint(color: QColor, alpha: float) -> QColor:
    return _at_opacity(color.rgb(), alpha)


@lru_cache(256)
def _at_opacity(rgb: int, alpha: float) -> QColor:
    faint = QColor(rgb)
    faint.setAlphaF(alpha)
    return faint


def shape_boxes(frame: Frame, ink: Ink, shape: Shape) -> list[Box]:
    """Everything that `Stroke.paint` may touch."""
    edge = frame.px(shape.drawing.width) + 2
    boxes = [label_box(frame, ink, label) for label in shape.labels]
    for x1, y1, x2, y2 in (*shape.lines, *shape.faint, *(fill[:4] for fill in shape.fills)):
        left, top = math.floor(min(x1, x2)) - edge, math.floor(min(y1, y2)) - edge
        right, bottom = math.ceil(max(x1, x2)) + edge, math.ceil(max(y1, y2)) + edge
        boxes.append(Box(left, top, right - left, bottom - top))
    return boxes
