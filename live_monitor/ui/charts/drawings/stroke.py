"""Paints one drawing: fills, lines, labels on plates, handles."""

from __future__ import annotations

import math
from typing import Final

from PyQt6.QtCore import QLineF, QPointF, QRect, Qt
from PyQt6.QtGui import QBrush, QColor, QPainter, QPen

from live_monitor.ui.charts.drawings.shapes import Fill, Label, Line, Shape
from live_monitor.ui.charts.frame import Frame
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.ink import Ink, mixed
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
_FAINT: Final = 0.7
_LEAST_CONTRAST: Final = 4.5


class Stroke:
    """Keeps what is used again from one drawing to the next. Main thread."""

    def __init__(self) -> None:
        self._batch = RectBatch()

    def paint(self, painter: QPainter, frame: Frame, ink: Ink, shape: Shape) -> None:
        """Paints fills, lines and labels in the drawing's colour, on a painter in device pixels."""
        color, pattern = color_of(shape.drawing.color, ink), _DASHES.get(shape.drawing.dash)
        for fill in shape.fills:
            if fill.alpha > 0:
                painter.fillRect(_whole(fill), _faint(color, fill.alpha))
        if shape.faint:
            self._lines(painter, frame, shape.faint, frame.px(1), _DASHES["dotted"], _faint(color, _FAINT))
        self._lines(painter, frame, shape.lines, frame.px(shape.drawing.width), pattern, color)
        for label in shape.labels:
            paint_label(painter, frame, ink, label, color)

    def _lines(
        self,
        painter: QPainter,
        frame: Frame,
        lines: list[Line],
        thick: int,
        pattern: tuple[int, int] | None,
        color: QColor,
    ) -> None:
        slanted = []
        for line in lines:
            if line.x1 == line.x2 or line.y1 == line.y2:
                # Upright and level lines are whole pixels: crisp, and ten times as fast as with soft edges.
                self._level(painter, frame, line, thick, pattern, color)
            else:
                slanted.append(QLineF(*line))
        if slanted:
            pen = QPen(color, thick)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            if pattern:
                pen.setDashPattern([length * frame.ratio / thick for length in pattern])
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(pen)
            painter.drawLines(*slanted)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _level(
        self,
        painter: QPainter,
        frame: Frame,
        line: Line,
        thick: int,
        pattern: tuple[int, int] | None,
        color: QColor,
    ) -> None:
        x1, y1, x2, y2 = (math.floor(position) for position in line)
        left, right, top, bottom = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
        if pattern is None:
            width, height = (right - left + 1, thick) if y1 == y2 else (thick, bottom - top + 1)
            at_x, at_y = (left, top - thick // 2) if y1 == y2 else (left - thick // 2, top)
            painter.fillRect(at_x, at_y, width, height, color)
            return
        on, off = (frame.px(length) for length in pattern)
        if y1 == y2:
            rects = dashes(left, right + 1, top, on, off, thick)
        else:
            rects = vertical_dashes(top, bottom + 1, left, on, off, thick)
        self._batch.draw(painter, rects, QBrush(color))


def paint_handles(painter: QPainter, frame: Frame, ink: Ink, shape: Shape) -> None:
    """Round handles at the points; those of a locked drawing are grey and empty, because they cannot be dragged."""
    locked = shape.drawing.locked
    radius = frame.px(_HANDLE) + 0.5
    pen = ink.pen("stale" if locked else "accent")
    pen.setWidthF(pen.widthF() * (1.0 if locked else 1.5))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(pen)
    painter.setBrush(ink.color("panel"))
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


def paint_label(painter: QPainter, frame: Frame, ink: Ink, label: Label, color: QColor) -> None:
    """A line of text on a plate, so that candles behind it do not eat it."""
    box = label_box(frame, ink, label)
    painter.fillRect(QRect(*box), ink.color("panel", _PLATE_SHARE))
    ink.axis.write(painter, legible(color, ink), box.x + frame.px(_PLATE[0]), box.y + box.height // 2, label.text)


def label_box(frame: Frame, ink: Ink, label: Label) -> Box:
    """Where a label's plate stands: wholly inside the price pane as far as it fits."""
    pad, height = (frame.px(length) for length in _PLATE)
    pane, width = frame.panes.price, round(ink.axis.width(label.text)) + 2 * pad
    left = label.x - (0 if label.align == "left" else width / 2 if label.align == "center" else width)
    x = max(pane.x, min(math.floor(left), pane.right - width))
    y = max(pane.y, min(math.floor(label.y) - height // 2, pane.bottom - height))
    return Box(x, y, width, height)


def color_of(name: str, ink: Ink) -> QColor:
    """A role's colour in this theme, or the colour `#rrggbb`; the accent for a role that the theme does not have."""
    if name.startswith("#"):
        return QColor(name)
    return ink.color(name if name in ROLES else "accent")


def legible(color: QColor, ink: Ink) -> QColor:
    """`color`, drawn towards the colour of text until it can be read on the panel (WCAG 2.2, 1.4.3: 4.5 to 1)."""
    panel, text = ink.color("panel"), ink.color("text")
    for share in (0.0, 0.25, 0.5, 0.75):
        found = mixed(text, color, share) if share else color
        if contrast(found, panel) >= _LEAST_CONTRAST:
            return found
    return text


def contrast(one: QColor, other: QColor) -> float:
    """Contrast ratio by WCAG 2.2, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: QColor) -> float:
    parts = (color.redF(), color.greenF(), color.blueF())
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _whole(fill: Fill) -> QRect:
    left, top = math.floor(fill.left), math.floor(fill.top)
    return QRect(left, top, max(1, math.floor(fill.right) - left), max(1, math.floor(fill.bottom) - top))


def _faint(color: QColor, alpha: float) -> QColor:
    faint = QColor(color)
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
