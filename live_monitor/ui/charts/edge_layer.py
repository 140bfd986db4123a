"""What is said of bars before the oldest one, at the left edge, and the wheel that turns while they are under way."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import QRect, QRectF, Qt, QTimer
from PyQt6.QtGui import QPainter, QPen

from live_monitor.ui.charts.canvas import ChartCanvas
from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.frame import LEGEND_HEIGHT
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.look import Look

#: Logical pixels: left edge, padding and height of the chip, above the marks below the candles.
_CHIP: Final = (12, 8, 22)
_CHIP_ABOVE_FLOOR: Final = 18
_WHEEL: Final = 12
_STEP_MS: Final = 80
_STEP_DEGREES: Final = 30
_ARC_DEGREES: Final = 270


class EdgeLayer:
    """Paints on a painter in device pixels. Its timer runs only while older bars are under way. Main thread."""

    def __init__(self, canvas: ChartCanvas, state: ChartState, look: Look) -> None:
        self._canvas = canvas
        self._state = state
        self._look = look
        self._angle = 0
        self._timer = QTimer(canvas)
        self._timer.setInterval(_STEP_MS)
        self._timer.timeout.connect(self._turn)

    def follow(self) -> None:
        """Lets the wheel turn, or stands still, as the look says."""
        turning = self._look.loading and not self._look.reduce_motion and bool(self.footprint())
        if turning != self._timer.isActive():
            self._timer.start() if turning else self._timer.stop()

    @property
    def turning(self) -> bool:
        """True while the wheel turns."""
        return self._timer.isActive()

    def paint(self, painter: QPainter) -> None:
        """Paints the chip once the oldest bar is in sight."""
        frame, look, boxes = self._state.frame, self._look, self.footprint()
        if not boxes:
            return
        box, face, ink = boxes[0], look.ink.axis, look.ink
        pad, middle = frame.px(_CHIP[1]), box.y + box.height // 2
        painter.fillRect(QRect(*box), ink.color("raised"))
        x = box.x + pad
        if look.loading:
            size = frame.px(_WHEEL)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(ink.color("accent"), 2 * frame.ratio, cap=Qt.PenCapStyle.RoundCap))
            wheel = QRectF(x + 1, middle - size / 2 + 1, size - 2, size - 2)
            painter.drawArc(wheel, -self._angle * 16, _ARC_DEGREES * 16)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
            x += size + pad
        face.write(painter, ink.color("muted"), x, middle, look.past)

    def footprint(self) -> list[Box]:
        """Where the chip stands; empty while there is none."""
        frame, text = self._state.frame, self._look.past
        if not text or frame.first > 0 or not frame.bars:
            return []
        left, pad, height = (frame.px(length) for length in _CHIP)
        width = round(self._look.ink.axis.width(text)) + 2 * pad
        if self._look.loading:
            width += frame.px(_WHEEL) + pad
        volume = frame.panes.volume
        if volume.height >= 2 * height + frame.px(LEGEND_HEIGHT):
            # Below the name of the average there: volume can be covered sooner than prices.
            return [Box(left, volume.y + frame.px(LEGEND_HEIGHT) + pad, width, height)]
        return [Box(left, frame.panes.price.bottom - frame.px(_CHIP_ABOVE_FLOOR) - height, width, height)]

    def _turn(self) -> None:
        self._angle = (self._angle + _STEP_DEGREES) % 360
        boxes = self.footprint()
        if boxes:
            self._canvas.repaint_boxes(boxes)
        else:
            self._timer.stop()
