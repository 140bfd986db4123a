"""REAL · READ ONLY, painted where an account at a broker is shown: full where the badge of paper is hollow."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from live_monitor.ui.theme import Theme

WORD: Final = "REAL · READ ONLY"
MEANING: Final = "An account at a broker: real money, only looked at. Nothing here can place an order."
_PX: Final = 10
_HEIGHT: Final = 18.0
_PAD: Final = 6.0


class BrokerBadge(QWidget):
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
        theme = self._theme
        font = theme.font(_PX, 700)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent"))
        middle = self.height() / 2
        painter.drawRoundedRect(QRectF(0, middle - _HEIGHT / 2, self.width(), _HEIGHT), 4, 4)
        painter.setPen(theme.color("on_accent"))
        painter.setFont(font)
        painter.drawText(QPointF(_PAD, middle + QFontMetricsF(font).capHeight() / 2), WORD)
        painter.end()

    def sizeHint(self) -> QSize:
        width = QFontMetricsF(self._theme.font(_PX, 700)).horizontalAdvance(WORD) + 2 * _PAD
        return QSize(round(width) + 1, round(_HEIGHT) + 2)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()
