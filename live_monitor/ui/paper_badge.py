"""PAPER, painted on every surface that can place an order: nobody takes it for a broker's, or a broker's for it."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from live_monitor.ui.theme import Theme

WORD: Final = "PAPER"
MEANING: Final = "Paper trading: orders are simulated, no broker hears of them, no money moves."
PX: Final = 10
HEIGHT: Final = 18.0
PAD: Final = 6.0


def badge_width(theme: Theme, word: str = WORD) -> float:
    """Logical pixels that a badge takes."""
    return QFontMetricsF(theme.font(PX, 700)).horizontalAdvance(word) + 2 * PAD


def paint_badge(painter: QPainter, right: float, middle: float, theme: Theme) -> float:
    """Paints the badge up to `right` around a row, in logical pixels; returns where it begins."""
    font = theme.font(PX, 700)
    metrics = QFontMetricsF(font)
    width = badge_width(theme)
    box = QRectF(round(right - width) + 0.5, round(middle - HEIGHT / 2) + 0.5, width - 1, HEIGHT - 1)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(theme.color("warning"))
    painter.setBrush(theme.color("panel"))
    painter.drawRoundedRect(box, 4, 4)
    painter.setFont(font)
    baseline = middle + metrics.capHeight() / 2
    painter.drawText(QPointF(box.left() + PAD, baseline), WORD)
    painter.restore()
    return box.left()


class Badge(QWidget):
    """A badge as a widget of its own: as wide as its word, painted by who makes it one."""

    def __init__(self, word: str, meaning: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._word = word
        self.setAccessibleName(meaning)
        self.setToolTip(meaning)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self._theme = theme
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(round(badge_width(self._theme, self._word)) + 1, round(HEIGHT) + 2)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


class PaperBadge(Badge):
    """The badge of paper as a widget."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(WORD, MEANING, theme, parent)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        paint_badge(painter, self.width(), self.height() / 2, self._theme)
        painter.end()
