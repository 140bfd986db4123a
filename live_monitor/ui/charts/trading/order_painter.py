"""Paints order lines: the line and its price on the axis, which stand still, and the tag, whose words move."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import QRect
from PyQt6.QtGui import QBrush, QPainter, QPixmap

from live_monitor.ui.charts.frame import READOUT_HEIGHT, Frame
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.ink import Ink
from live_monitor.ui.charts.price_axis import TAG_HEIGHT, dashes, paint_price_tag, price_text
from live_monitor.ui.charts.rect_batch import RectBatch
from live_monitor.ui.charts.trading.tags import Tag, in_sight, lead, row_of
from live_monitor.ui.charts.trading.values import OrderLine, Part

#: Logical pixels on and off, of what does not work yet.
_DASH: Final = (4, 4)
_CROSS_ARM: Final = 3
#: Tags that are kept as pictures.
_MOST_PICTURES: Final = 256


class OrderPainter:
    """Main thread; painters are in device pixels."""

    def __init__(self) -> None:
        self._batch = RectBatch()
        self._ink: Ink | None = None
        self._pictures: dict[object, QPixmap] = {}

    # What stands still

    def lines(self, painter: QPainter, frame: Frame, ink: Ink, lines: list[OrderLine]) -> None:
        """The lines, clipped by the caller to the plot."""
        for line in lines:
            row = row_of(frame, line.price)
            if row is not None and in_sight(frame, row):
                self.line(painter, frame, ink, line, row)

    def line(self, painter: QPainter, frame: Frame, ink: Ink, line: OrderLine, row: int) -> None:
        """One line from edge to edge: whole where it works, dashed where it waits."""
        box, thin, color = frame.panes.price, frame.px(1), ink.color(line.tone)
        if line.waiting:
            on, off = frame.px(_DASH[0]), frame.px(_DASH[1])
            self._batch.draw(painter, dashes(box.x, box.right, row, on, off, thin), QBrush(color))
        else:
            painter.fillRect(QRect(box.x, row - thin // 2, box.width, thin), color)

    def axis(self, painter: QPainter, frame: Frame, ink: Ink, lines: list[OrderLine]) -> None:
        """Their prices on the axis; where two would overlap the later one is left out: its tag names it as well."""
        painted: list[int] = []
        for line, row in axis_places(frame, lines):
            paint_price_tag(
                painter, frame, ink, row, price_text(frame, line.price), ink.color(line.tone), others=painted
            )
            painted.append(row)

    # What moves

    def tag(self, painter: QPainter, frame: Frame, ink: Ink, tag: Tag, *, hot: Part | None, chosen: bool) -> None:
        """A tag; `hot`: the part of it under the pointer, `chosen`: it is selected.

        Tags stand where the newest bar does, so that every tick lays them on again: as pictures, which costs a tenth.
        """
        if ink is not self._ink or len(self._pictures) > _MOST_PICTURES:
            self._ink, self._pictures = ink, {}
        line, size = tag.line, (tag.box.width, tag.box.height)
        key = (line.badge, tag.words, line.tone, line.gain, line.accept, line.closes, size, hot, chosen)
        picture = self._pictures.get(key)
        if picture is None:
            picture = self._pictures[key] = QPixmap(*size)
            inner = QPainter(picture)
            inner.translate(-tag.box.x, -tag.box.y)
            try:
                self._tag(inner, frame, ink, tag, hot=hot, chosen=chosen)
            finally:
                inner.end()
        painter.drawPixmap(tag.box.x, tag.box.y, picture)

    def _tag(self, painter: QPainter, frame: Frame, ink: Ink, tag: Tag, *, hot: Part | None, chosen: bool) -> None:
        line, tone, thin = tag.line, ink.color(tag.line.tone), frame.px(1)
        painter.fillRect(_rect(tag.box), ink.color("accent") if chosen else tone)
        edge = frame.px(2) if chosen else thin
        inner = Box(tag.box.x + edge, tag.box.y + edge, tag.box.width - 2 * edge, tag.box.height - 2 * edge)
        painter.fillRect(_rect(inner), ink.color("panel"))
        painter.fillRect(QRect(inner.x, inner.y, tag.badge.right - inner.x, inner.height), tone)
        middle, pad = tag.box.y + tag.box.height // 2, frame.px(7)
        ink.axis_strong.write(painter, ink.color("panel"), tag.badge.x + pad, middle, line.badge)
        colour = ink.theme.direction_color(line.gain) if line.gain else ink.color("text")
        ink.axis.write(painter, colour, tag.badge.right + pad, middle, tag.words)
        if tag.accept is not None:
            box = tag.accept
            painter.fillRect(QRect(box.x, inner.y, box.width, inner.height), ink.color("accent"))
            ink.axis_strong.write(painter, ink.color("on_accent"), box.x + pad, middle, line.accept)
            if hot == "accept":
                below = QRect(box.x, inner.bottom - frame.px(2), box.width, frame.px(2))
                painter.fillRect(below, ink.color("on_accent"))
        if tag.close is not None:
            self._cross(painter, frame, ink, tag.close, hot=hot == "close")

    def lead(self, painter: QPainter, frame: Frame, ink: Ink, tag: Tag) -> None:
        """What leads from a line to a tag that had to move."""
        column, middle = lead(frame, tag)
        thin, color = frame.px(1), ink.color(tag.line.tone)
        if tag.inside and abs(middle - tag.row) > tag.box.height // 2:
            # Not through the figures of the read-out.
            top = max(min(middle, tag.row), frame.panes.price.y + frame.px(READOUT_HEIGHT))
            painter.fillRect(QRect(column, top, thin, max(middle, tag.row) - top + thin), color)
            painter.fillRect(QRect(column, middle, tag.box.x - column, thin), color)

    def _cross(self, painter: QPainter, frame: Frame, ink: Ink, box: Box, *, hot: bool) -> None:
        painter.fillRect(
            QRect(box.x, box.y + frame.px(3), frame.px(1), box.height - 2 * frame.px(3)), ink.color("line")
        )
        arm, x, y = frame.px(_CROSS_ARM), box.x + box.width // 2, box.y + box.height // 2
        pen = ink.pen("down" if hot else "muted")
        pen.setWidth(frame.px(2) if hot else pen.width())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(pen)
        painter.drawLine(x - arm, y - arm, x + arm, y + arm)
        painter.drawLine(x - arm, y + arm, x + arm, y - arm)
        painter.restore()


def axis_places(frame: Frame, lines: list[OrderLine]) -> list[tuple[OrderLine, int]]:
    """Lines whose price stands on the axis, and its pixel row."""
    found: list[tuple[OrderLine, int]] = []
    apart = frame.px(TAG_HEIGHT)
    for line in lines:
        row = row_of(frame, line.price)
        if row is not None and in_sight(frame, row) and all(abs(row - other) >= apart for _, other in found):
            found.append((line, row))
    return found


def _rect(box: Box) -> QRect:
    return QRect(box.x, box.y, box.width, box.height)
