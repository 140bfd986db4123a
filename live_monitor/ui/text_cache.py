"""Texts laid out once and drawn many times: a quarter of the cost of `QPainter.drawText` for a figure seen before."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QFont, QFontMetricsF, QPainter, QStaticText, QTransform

#: Prices, sizes and times of some minutes; when full, it starts anew.
_MAX_TEXTS: Final = 2_048


class TextCache:
    """Draws plain text in one font. Main thread."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.metrics = QFontMetricsF(font)
        self._ascent = self.metrics.ascent()
        self._texts: dict[str, tuple[QStaticText, float]] = {}

    def width(self, text: str) -> float:
        """Logical pixels that `text` takes."""
        return self._laid_out(text)[1]

    def left(self, painter: QPainter, x: float, baseline: float, text: str) -> float:
        """Draws with the painter's pen from `x` on; returns where the text ends."""
        laid_out, width = self._laid_out(text)
        painter.setFont(self.font)
        painter.drawStaticText(QPointF(x, baseline - self._ascent), laid_out)
        return x + width

    def right(self, painter: QPainter, x: float, baseline: float, text: str) -> float:
        """Draws with the painter's pen up to `x`; returns where the text starts."""
        laid_out, width = self._laid_out(text)
        painter.setFont(self.font)
        painter.drawStaticText(QPointF(x - width, baseline - self._ascent), laid_out)
        return x - width

    def elided(self, text: str, width: float) -> str:
        """`text`, or as much of it as fits, with an ellipsis."""
        return self.metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)

    def _laid_out(self, text: str) -> tuple[QStaticText, float]:
        found = self._texts.get(text)
        if found is None:
            static = QStaticText(text)
            static.setTextFormat(Qt.TextFormat.PlainText)
            static.prepare(QTransform(), self.font)
            if len(self._texts) >= _MAX_TEXTS:
                self._texts.clear()
            found = self._texts[text] = (static, self.metrics.horizontalAdvance(text))
        return found
