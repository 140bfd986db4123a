"""Paints the prices that are waited for: a dashed line, and a tag on the axis."""

from __future__ import annotations

import math
from typing import Final

from PyQt6.QtCore import QRect, Qt
from PyQt6.QtGui import QBrush, QPainter

from live_monitor.ui.charts.frame import READOUT_HEIGHT, Frame
from live_monitor.ui.charts.look import Look
from live_monitor.ui.charts.price_axis import dashes, paint_price_tag, price_text
from live_monitor.ui.charts.rect_batch import RectBatch

#: Logical pixels on and off; where the note stands.
_DASH: Final = (6, 4)
_LEFT: Final = 12


class AlertPainter:
    """Main thread; painters are in device pixels."""

    def __init__(self) -> None:
        self._batch = RectBatch()

    def lines(self, painter: QPainter, frame: Frame, look: Look) -> None:
        """The lines, clipped by the caller to the plot."""
        ink, box = look.ink, frame.panes.price
        on, off, thin = frame.px(_DASH[0]), frame.px(_DASH[1]), frame.px(1)
        for line in look.alert_lines:
            row = _row(frame, line.price)
            if row is None:
                continue
            self._batch.draw(painter, dashes(box.x, box.right, row, on, off, thin), QBrush(ink.color("warning")))
            face, room = ink.axis, box.width // 2
            text = face.metrics.elidedText(f"Alert {line.text}".strip(), Qt.TextElideMode.ElideRight, room)
            width = round(ink.axis.width(text)) + frame.px(8)
            height = frame.px(14)
            top = row - height if row - height > box.y else row + thin
            # The read-out stands to the left, and figures over words can be read by nobody.
            beside = top < box.y + frame.px(READOUT_HEIGHT)
            left = box.right - width - frame.px(_LEFT) if beside else frame.px(_LEFT)
            painter.fillRect(QRect(left - frame.px(4), top, width, height), ink.color("panel", 0.85))
            ink.axis.write(painter, ink.color("warning"), left, top + height // 2, text)

    def tags(self, painter: QPainter, frame: Frame, look: Look) -> None:
        """The tags on the axis."""
        painted: list[int] = []
        for line in look.alert_lines:
            row = _row(frame, line.price)
            if row is not None:
                text = price_text(frame, line.price)
                paint_price_tag(painter, frame, look.ink, row, text, look.ink.color("warning"), others=painted)
                painted.append(row)


def alert_rows(frame: Frame, look: Look) -> list[int]:
    """Pixel rows of the tags on the axis."""
    rows = (_row(frame, line.price) for line in look.alert_lines)
    return [row for row in rows if row is not None]


def _row(frame: Frame, price: float) -> int | None:
    if not math.isfinite(price) or not frame.ticks.values:
        return None
    row = frame.scale.row(price)
    return row if frame.panes.price.y <= row < frame.panes.price.bottom else None
