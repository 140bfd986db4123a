"""PAPER, painted on every surface that can place an order: nobody takes it for a broker's, or a broker's for it."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from live_monitor.ui.theme import Theme

WORD: Final = "PAPER"
MEANING: Final = "Paper trading: orders are simulated, no broker hears of them, no money moves."
_PX: Final = 10
_HEIGHT: Final = 18.0
_PAD: Final = 6.0


def badge_width(theme: Theme) -> float:
    """Logical pixels that the badge takes."""
    return QFontMetricsF(theme.font(_PX, 700)).horizontalAdvance(WORD) + 2 * _PAD


def paint_badge(painter: QPainter, right: float, middle: float, theme: Theme) -> float:
    """Paints the badge up to `right` around a row, in logical pixels; returns where it begins."""
    font = theme.font(_PX, 700)
    metrics = QFontMetricsF(font)
    width = metrics.horizontalAdvance(WORD) + 2 * _PAD
    box = QRectF(round(right - width) + 0.5, round(middle - _HEIGHT / 2) + 0.5, width - 1, _HEIGHT - 1)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(theme.color("warning"))
    painter.setBrush(theme.color("panel"))
    painter.drawRoundedRect(box, 4, 4)
    painter.setFont(font)
    baseline = middle + metrics.capHeight() / 2
    painter.drawText(QPointF(box.left() + _PAD, baseline), WORD)
    painter.restore()
    return box.left()


class PaperBadge(QWidget):
    """The badge as a widget of its own."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(MEANING)
        self.setToolTip(MEANING)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        paint_badge(painter, self.width(), self.height() / 2, self._theme)
        painter.end()

    def sizeHint(self) -> QSize:
        return QSize(round(badge_width(self._theme)) + 1, round(_HEIGHT) + 2)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()
