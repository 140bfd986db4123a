"""Buttons that do something to a chosen row: blocked, they keep the keyboard and say why; a double click is one."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtWidgets import QPushButton, QWidget


class DeedButton(QPushButton):
    """Never disabled: Qt would hand the keyboard, and with it a second press, to its neighbour."""

    #: It was pressed and may act; no payload.
    done = pyqtSignal()
    #: It was pressed and may not. Payload: why.
    refused = pyqtSignal(str)

    def __init__(self, words: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(words, parent)
        self._hint = hint
        self._reason = ""
        self.setAutoDefault(False)
        self.setToolTip(hint)
        self.clicked.connect(self._on_clicked)

    @property
    def reason(self) -> str:
        """Why it may not act; empty when it may."""
        return self._reason

    def block(self, reason: str) -> None:
        """Takes the reason why it may not act; empty: it may."""
        if reason == self._reason:
            return
        looks_else = bool(reason) != bool(self._reason)
        self._reason = reason
        self.setToolTip(reason or self._hint)
        self.setAccessibleDescription(reason)
        if looks_else:
            self.setProperty("blocked", bool(reason))
            style = self.style()
            if style is not None:
                style.unpolish(self)
                style.polish(self)

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        # Qt would take it for a second press, which would hit the row that came up in the place of the first.
        if event is not None:
            event.accept()

    def _on_clicked(self) -> None:
        if self._reason:
            self.refused.emit(self._reason)
        else:
            self.done.emit()
