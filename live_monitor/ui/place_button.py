"""The button that places an order. Blocked, it keeps the keyboard and says why; a double click presses it once."""

from __future__ import annotations

from typing import Final

from PyQt6.QtGui import QMouseEvent, QResizeEvent
from PyQt6.QtWidgets import QPushButton, QSizePolicy, QWidget

from live_monitor.data.models.orders import Side
from live_monitor.ui.number_format import DOWN_ARROW, UP_ARROW

#: Border and padding on both sides, in pixels, as the style sheet has them.
_EDGES: Final = 20


class PlaceButton(QPushButton):
    """Not disabled while it is blocked: Qt would hand the keyboard, and a held key, to the next widget."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = ""
        self._reason: str | None = None
        self.setAutoDefault(False)
        self.setMinimumHeight(36)
        # Its words are as long as its order; they take no room from the fields.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def reason(self) -> str:
        """Why it places nothing; empty when it does."""
        return self._reason or ""

    def show_order(self, side: Side, words: str, reason: str) -> None:
        """`words`: the order in short; `reason`: why it cannot be placed."""
        if words != self._words:
            self._words = words
            self.setAccessibleName(words)
            self._fit()
        look = "blocked" if reason else side.lower()
        if reason != self._reason:
            self._reason = reason
            self.setToolTip(reason)
            self.setAccessibleDescription(reason)
        if self.property("order") != look:
            self.setProperty("order", look)
            style = self.style()
            if style is not None:
                style.unpolish(self)
                style.polish(self)
            self._fit()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where there is little room the arrow goes, which colour and word say too: no half symbol, no half number."""
        bare = self._words.removeprefix(UP_ARROW).removeprefix(DOWN_ARROW).strip()
        room, metrics = self.width() - _EDGES, self.fontMetrics()
        self.setText(self._words if metrics.horizontalAdvance(self._words) <= room else bare)

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        # Qt would take it for a second press.
        if event is not None:
            event.accept()
