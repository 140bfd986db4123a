"""Paints limit up and limit down: two quiet dashed lines with words at the left, where bars are old."""

from __future__ import annotations

import math
from typing import Final

from PyQt6.QtCore import QRect
from PyQt6.QtGui import QBrush, QPainter

from live_monitor.ui.charts.alert_painter import alert_rows
from live_monitor.ui.charts.frame import READOUT_HEIGHT, Frame
from live_monitor.ui.charts.look import Look
from live_monitor.ui.charts.price_axis import dashes
from live_monitor.ui.charts.rect_batch import RectBatch

#: Logical pixels on and off; where the words begin, and how high they are.
_DASH: Final = (2, 6)
_LEFT: Final = 12
_HEIGHT: Final = 14


class BandPainter:
    """Main thread; painters are in device pixels. No tag on the axis: a band is seldom what is looked for there."""

    def __init__(self) -> None:
        self._batch = RectBatch()

    def lines(self, painter: QPainter, frame: Frame, look: Look) -> None:
        """The lines that are in sight, clipped by the caller to the plot; upper words above, lower ones below."""
        lower, upper = look.price_band
        self._line(painter, frame, look, upper, "Limit up", above=True)
        self._line(painter, frame, look, lower, "Limit down", above=False)

    def _line(self, painter: QPainter, frame: Frame, look: Look, price: float, word: str, *, above: bool) -> None:
        box, ink, thin = frame.panes.price, look.ink, frame.px(1)
        if not math.isfinite(price) or not frame.ticks.values:
            return
        row = frame.scale.row(price)
        if not box.y <= row < box.bottom:
            return
        brush = QBrush(ink.color("warning"))
        self._batch.draw(painter, dashes(box.x, box.right, row, frame.px(_DASH[0]), frame.px(_DASH[1]), thin), brush)
        text, height = f"{word} {frame.label(price)}", frame.px(_HEIGHT)
        width = round(ink.axis.width(text)) + frame.px(8)
        top = row - height if above else row + thin
        if not box.y <= top <= box.bottom - height:
            top = row + thin if above else row - height
        left = frame.px(_LEFT)
        if top < box.y + frame.px(READOUT_HEIGHT):
            # The read-out stands to the left, and figures over words can be read by nobody.
            left = box.right - width - frame.px(_LEFT)
        elif any(abs(other - row) < 2 * height for other in alert_rows(frame, look)):
            left += box.width // 2  # the note of an alert takes the left half
        painter.fillRect(QRect(left - frame.px(4), top, width, height), ink.color("panel", 0.85))
        ink.axis.write(painter, ink.color("warning"), left, top + height // 2, text)
