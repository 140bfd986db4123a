"""REAL · READ ONLY, painted where an account at a broker is shown: full where the badge of paper is hollow."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PyQt6.QtWidgets import QWidget

from live_monitor.ui.paper_badge import HEIGHT, PAD, PX, Badge
from live_monitor.ui.theme import Theme

WORD: Final = "REAL · READ ONLY"
MEANING: Final = "An account at a broker: real money, only looked at. Nothing here can place an order."


class BrokerBadge(Badge):
    """The badge as a widget of its own."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(WORD, MEANING, theme, parent)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        theme = self._theme
        font = theme.font(PX, 700)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent"))
        middle = self.height() / 2
        painter.drawRoundedRect(QRectF(0, middle - HEIGHT / 2, self.width(), HEIGHT), 4, 4)
        painter.setPen(theme.color("on_accent"))
        painter.setFont(font)
        painter.drawText(QPointF(PAD, middle + QFontMetricsF(font).capHeight() / 2), WORD)
        painter.end()
