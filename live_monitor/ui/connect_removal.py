"""Asks once, in place, before keys or a log-in are removed."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget


class Removal(QWidget):
    """A button; pressed, it shows what would happen, and a button that does it. Esc or Keep leaves all as it is."""

    #: The person has confirmed; no payload.
    confirmed = pyqtSignal()

    def __init__(self, caption: str, deed: str, words: str, parent: QWidget | None = None) -> None:
        """`caption` stands on the button that asks, `deed` on the one that does it; `words` say what it means."""
        super().__init__(parent)
        self.ask, self.take, self.keep = (_button(text, self) for text in (caption, deed, "Keep"))
        self.words = QLabel(words, self)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.words.setProperty("note", True)
        layout, deeds = QVBoxLayout(self), QHBoxLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        deeds.setSpacing(8)
        for button in (self.ask, self.keep, self.take):
            deeds.addWidget(button)
        deeds.addStretch(1)
        layout.addWidget(self.words)
        layout.addLayout(deeds)
        self.ask.clicked.connect(self._open)
        self.keep.clicked.connect(lambda _on: self.fold(focus=True))
        self.take.clicked.connect(self._take)
        self.fold()

    @property
    def stops(self) -> tuple[QPushButton, ...]:
        """What the keyboard stops at, from left to right."""
        return self.ask, self.keep, self.take

    def fold(self, *, focus: bool = False) -> None:
        """Asks no longer; `focus`: the keyboard goes back to the button that asks."""
        self._show(asks=False)
        if focus:
            self.ask.setFocus(Qt.FocusReason.OtherFocusReason)

    def _open(self) -> None:
        self._show(asks=True)
        # The keyboard is on the harmless answer.
        self.keep.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self, *, asks: bool) -> None:
        self.ask.setVisible(not asks)
        for widget in (self.words, self.take, self.keep):
            widget.setVisible(asks)

    def _take(self) -> None:
        if self.take.isVisible():
            self.fold()
            self.confirmed.emit()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() == Qt.Key.Key_Escape and self.take.isVisible():
            self.fold(focus=True)
            return
        super().keyPressEvent(event)


def _button(words: str, parent: QWidget) -> QPushButton:
    button = QPushButton(words, parent)
    button.setAutoDefault(False)
    button.setProperty("small", True)
    return button
