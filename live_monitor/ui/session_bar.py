"""Right end of the tool bar: market time, state of the session, and whether the feed can be trusted."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QWidget

from live_monitor.ui.theme import Theme
from live_monitor.ui.tooltips import plain_tooltip
from live_monitor.ui.trust import Pill

_STATE_WORDS: Final = {
    "open": "Market open",
    "pre": "Pre-market",
    "post": "After hours",
    "closed": "Market closed",
    "unknown": "Session unknown",
}
#: The same where there is little room.
_SHORT_WORDS: Final = {"open": "Open", "pre": "Pre", "post": "After", "closed": "Closed", "unknown": "Unknown"}
_GAP: Final = 16.0
#: Where the clock goes, and how the session is named, from the widest to the narrowest.
_LEVELS: Final = (("New York", _STATE_WORDS), ("NY", _STATE_WORDS), ("NY", _SHORT_WORDS), ("", _SHORT_WORDS))


class SessionBar(QWidget):
    """Painted in one go; repaints only when a text changes, which is once a second at most."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clock_text = ""
        self._state = ""
        self._pill = Pill("NOT CONNECTED", "muted", "")
        self.setAccessibleName("Session and feed")
        self.set_theme(theme)

    @property
    def pill(self) -> Pill:
        """The state of the feed as shown."""
        return self._pill

    @property
    def clock_text(self) -> str:
        """New York time as shown."""
        return self._clock_text

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self._theme = theme
        self._font = theme.font(13)
        self._numbers = theme.font(13, 600)
        self._pill_font = theme.font(11, 600)
        self._metrics = QFontMetricsF(self._font)
        self._number_metrics = QFontMetricsF(self._numbers)
        self._pill_metrics = QFontMetricsF(self._pill_font)
        self.updateGeometry()
        self.update()

    def show_session(self, clock_text: str, market_state: str, pill: Pill) -> None:
        """Takes market time `HH:MM:SS` (New York), the session's state and the pill; repaints what changed."""
        if (clock_text, market_state, pill) == (self._clock_text, self._state, self._pill):
            return
        wider = len(pill.text) != len(self._pill.text)
        self._clock_text, self._state, self._pill = clock_text, market_state, pill
        self.setToolTip(plain_tooltip(pill.detail))
        self.setAccessibleDescription(f"{pill.text}, {_STATE_WORDS.get(market_state, market_state)}")
        if wider:
            self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        baseline = middle + 4.5
        right = self._paint_pill(painter, self.width() - 1.0, middle) - _GAP
        widths = self.widths
        place, words = _LEVELS[next((level for level, width in enumerate(widths) if width <= self.width()), -1)]
        state = words.get(self._state, self._state)
        painter.setFont(self._font)
        painter.setPen(theme.color("text" if self._state == "open" else "muted"))
        painter.drawText(QPointF(right - self._metrics.horizontalAdvance(state), baseline), state)
        right -= self._widest(words) + _GAP / 2
        painter.setFont(self._numbers)
        painter.setPen(theme.color("text"))
        width = self._number_metrics.horizontalAdvance("00:00:00")
        painter.drawText(QPointF(right - width, baseline), self._clock_text)
        painter.setFont(self._font)
        painter.setPen(theme.color("muted"))
        painter.drawText(QPointF(right - width - 8 - self._metrics.horizontalAdvance(place), baseline), place)
        painter.end()

    def _paint_pill(self, painter: QPainter, right: float, middle: float) -> float:
        """Draws the pill with its right edge at `right`; returns its left edge."""
        color = self._theme.color(self._pill.role)
        width = self._pill_width(self._pill.text)
        box = QRectF(right - width, middle - 12, width, 24)
        painter.setPen(QPen(color, 1))
        painter.setBrush(self._theme.color("panel"))
        painter.drawRoundedRect(box, 12, 12)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(QPointF(box.left() + 13, middle), 4, 4)
        painter.setPen(color)
        painter.setFont(self._pill_font)
        painter.drawText(QPointF(box.left() + 22, middle + 4), self._pill.text)
        return box.left()

    def _pill_width(self, text: str) -> float:
        return self._pill_metrics.horizontalAdvance(text) + 34

    @property
    def widths(self) -> list[int]:
        """What it takes in full, with a short name of the place, with short words, and with the barest."""
        pill = max(self._pill_width(self._pill.text), self._pill_width("SIMULATED"))
        clock = self._number_metrics.horizontalAdvance("00:00:00")
        return [
            round(pill + clock + self._widest(words) + self._metrics.horizontalAdvance(place) + 8 + 2.5 * _GAP)
            for place, words in _LEVELS
        ]

    def _widest(self, words: dict[str, str]) -> float:
        return max(self._metrics.horizontalAdvance(word) for word in words.values())

    def sizeHint(self) -> QSize:
        return QSize(self.widths[0], 32)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.widths[-1], 32)
