"""The legend of the five looks that a number can have."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QDialog, QVBoxLayout, QWidget

from live_monitor.ui import icons
from live_monitor.ui.theme import Theme
from live_monitor.ui.trust import LEGEND, Trust

_ROW: Final = 44
_ROLES: Final = {Trust.AGEING: "muted", Trust.STALE: "stale"}


class LegendRows(QWidget):
    """Sample and meaning of each look, painted as the ticker panel paints them."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName("How trust is painted")
        self.setAccessibleDescription(" ".join(text for _trust, text in LEGEND))

    def sizeHint(self) -> QSize:
        return QSize(560, _ROW * len(LEGEND) + 16)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, (trust, text) in enumerate(LEGEND):
            self._paint_row(painter, 8 + number * _ROW, trust, text)
        painter.end()

    def _paint_row(self, painter: QPainter, top: float, trust: Trust, text: str) -> None:
        theme = self._theme
        painter.setFont(theme.font(20, 400 if trust is Trust.INDICATIVE else 600))
        painter.setPen(theme.color(_ROLES.get(trust, "text")))
        number = "≥ 187" if trust is Trust.ESTIMATED else "187.42"
        painter.drawText(QPointF(40, top + 28), number)
        if trust is Trust.STALE:
            pixmap = icons.pixmap("clock-off", theme, "warning", 16, self.devicePixelRatioF())
            painter.drawPixmap(QPointF(14, top + 13), pixmap)
        elif trust is Trust.INDICATIVE:
            painter.setPen(QPen(theme.color("muted"), 1.5))
            painter.drawEllipse(QPointF(22, top + 21), 3.5, 3.5)
        elif trust is Trust.ESTIMATED:
            painter.setPen(QPen(theme.color("warning"), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(40, top + 33.5), QPointF(98, top + 33.5))
        painter.setFont(theme.font(13))
        painter.setPen(theme.color("text"))
        box = QRectF(128, top, self.width() - 140, _ROW)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap), text)


class TrustLegend(QDialog):
    """Not modal: the market goes on behind it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("How trust is painted")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(LegendRows(theme, self))
