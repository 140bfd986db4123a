"""The price axis: labels, the volume pane's labels, and the tags that mark one price."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from PyQt6.QtCore import QPoint, QRect, Qt
from PyQt6.QtGui import QColor, QPainter, QPolygon

from live_monitor.ui.charts.frame import Frame
from live_monitor.ui.charts.geometry import Box, Rects
from live_monitor.ui.charts.ink import Ink
from live_monitor.ui.charts.numbers import value_text
from live_monitor.ui.charts.price_scale import FAR
from live_monitor.ui.number_format import format_compact, format_price, price_decimals, split_price

#: Logical pixels.
_PAD: Final = 8
_ARROW_ROOM: Final = 12
#: Right of the figures: room for the hundredths of a cent of the last price, which must not push the cents aside.
_TAIL_ROOM: Final = 16
_NARROWEST: Final = 56
_TWO_VOLUMES: Final = 44
TAG_HEIGHT: Final = 20
#: Tick labels closer than this to a tag would stick out from under it.
_TAG_CLEARANCE: Final = 16


def axis_width(frame: Frame, ink: Ink, last_price: float) -> int:
    """Device pixels that the labels of `frame` and a tag for `last_price` need."""
    texts = [frame.label(value) for value in frame.ticks.values]
    widest = max((ink.axis.width(text) for text in texts), default=0.0)
    if math.isfinite(last_price):
        widest = max(widest, ink.axis_strong.width(price_text(frame, last_price)[0]))
    grid = frame.px(4)
    needed = max(frame.px(_NARROWEST), widest + frame.px(_PAD + _ARROW_ROOM + _TAIL_ROOM))
    return math.ceil(needed / grid) * grid


def paint_price_axis(painter: QPainter, frame: Frame, ink: Ink) -> None:
    """Labels right-aligned beside their grid lines, and two volumes beside the volume pane."""
    axis = frame.panes.price_axis
    painter.fillRect(QRect(axis.x, axis.y, axis.width, axis.height), ink.color("panel"))
    painter.fillRect(QRect(axis.x, axis.y, frame.px(1), axis.height), ink.color("line"))
    ink.axis.write_all(painter, ink.color("muted"), _labels(frame, ink))


def _labels(frame: Frame, ink: Ink) -> Iterator[tuple[float, float, str]]:
    """Where each label of the axis begins, the row of its middle, and its text."""
    right, height = frame.panes.price_axis.right - frame.px(_TAIL_ROOM), ink.axis.metrics.capHeight()
    for row, text in _rows(frame, height):
        yield right - ink.axis.width(text), row, text


def _rows(frame: Frame, height: float) -> Iterator[tuple[int, str]]:
    """Rows of the labels, whose figures are so high, and their texts."""
    for value in frame.ticks.values:
        row = frame.scale.row(value)
        if height < row < frame.panes.price.bottom - height:
            yield row, frame.label(value)
    for pane in frame.lower:
        for value in pane.ticks.values:
            row = pane.scale.row(value)
            if pane.box.y + height < row < pane.box.bottom - height:
                yield row, value_text(value, pane.ticks.decimals)
    if frame.volume_box.height > 0 and frame.bars:
        for share in (1.0, 0.5) if frame.volume_box.height > frame.px(_TWO_VOLUMES) else (1.0,):
            row = frame.volume_box.bottom - round(frame.volume_box.height * share)
            yield max(row, frame.volume_box.y + round(height)), _volume(frame.volume_top * share)


def _volume(shares: float) -> str:
    """`500K` and `1.5M` rather than `500.0K` and `1.50M`: an axis has room for round numbers only."""
    text = format_compact(shares)
    if "." in text and text[-1].isalpha():
        return text[:-1].rstrip("0").rstrip(".") + text[-1]
    return text


def price_text(frame: Frame, price: float) -> tuple[str, str]:
    """A price as the axis writes it, and the hundredths of a cent that do not fit its decimals."""
    if math.isfinite(frame.base):
        return frame.label(price), ""
    if frame.ticks.decimals > 2 or not abs(price) >= 1:
        return format_price(price, max(frame.ticks.decimals, price_decimals(price))), ""
    return split_price(price)


def tag_box(frame: Frame, row: int) -> Box:
    """Where the tag of a price at pixel `row` stands: over the axis, always wholly inside it."""
    axis, height = frame.panes.price_axis, frame.px(TAG_HEIGHT)
    top = max(axis.y, min(row - height // 2, axis.bottom - height))
    return Box(axis.x, top, axis.width, height)


def paint_price_tag(
    painter: QPainter,
    frame: Frame,
    ink: Ink,
    row: int,
    text: tuple[str, str],
    fill: QColor,
    way: int = 0,
    others: Sequence[int] = (),
) -> None:
    """A filled label over the axis; `way` +1 or -1 adds an arrow, since colour never stands alone.

    `others`: rows of tags that are painted already, and stay whole where this one is not over them.
    """
    box = tag_box(frame, row)
    _hide_labels_under(painter, frame, ink, box, others)
    painter.fillRect(QRect(box.x, box.y, box.width, box.height), fill)
    middle, color = box.y + box.height // 2, ink.color("panel")
    edge = box.right - frame.px(_TAIL_ROOM)
    ink.axis_strong.write(painter, color, edge - ink.axis_strong.width(text[0]), middle, text[0])
    ink.tail.write(painter, color, edge + frame.px(1), middle, text[1])
    if way:
        arrow(painter, color, box.x + frame.px(_PAD + 2), middle, frame.px(3), way)


def _hide_labels_under(painter: QPainter, frame: Frame, ink: Ink, box: Box, others: Sequence[int]) -> None:
    """Blanks the tick labels that would stick out above or below the tag, but for those that other tags have hidden."""
    axis, near = frame.panes.price_axis, frame.px(_TAG_CLEARANCE)
    middle, half = box.y + box.height // 2, frame.px(8)
    middles = [other.y + other.height // 2 for other in (tag_box(frame, row) for row in others)]
    for value in frame.ticks.values:
        row = frame.scale.row(value)
        if abs(row - middle) < near and all(abs(row - other) >= near for other in middles):
            blank = QRect(axis.x + frame.px(1), row - half, axis.width - frame.px(1), 2 * half)
            painter.fillRect(blank, ink.color("panel"))


def footprint(frame: Frame, row: int) -> Box:
    """Everything that painting a tag at `row` may touch."""
    box, extra = tag_box(frame, row), frame.px(_TAG_CLEARANCE + 8)
    return Box(box.x, box.y - extra, box.width, box.height + 2 * extra)


def arrow(painter: QPainter, color: QColor, x: int, middle: int, half: int, way: int) -> None:
    """A small solid triangle around (x, middle), pointing up for `way` > 0."""
    tip, base = (middle - half, middle + half) if way > 0 else (middle + half, middle - half)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawPolygon(QPolygon([QPoint(x, tip), QPoint(x + half + 1, base), QPoint(x - half - 1, base)]))
    painter.restore()


def dashes(left: int, right: int, row: int, on: int, off: int, thick: int) -> Rects:
    """A dashed horizontal line as rectangles, int32[n, 4]: Qt's own dash pattern costs ten times as much."""
    starts = np.arange(left, min(right, FAR), on + off, dtype=np.int32)
    rects = np.empty((starts.size, 4), np.int32)
    rects[:, 0], rects[:, 2] = starts, np.minimum(starts + on, right) - 1
    rects[:, 1], rects[:, 3] = row - thick // 2, row - thick // 2 + thick - 1
    return rects


def vertical_dashes(top: int, bottom: int, column: int, on: int, off: int, thick: int) -> Rects:
    """`dashes` turned by a right angle."""
    return dashes(top, bottom, column, on, off, thick)[:, [1, 0, 3, 2]]
