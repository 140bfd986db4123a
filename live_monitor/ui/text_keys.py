"""Views that leave letters and figures to the main window: typed anywhere, they begin a symbol or a length of bars."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QListView, QTableView

_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


def typed_letter(event: QKeyEvent) -> str:
    """The upper-case letter that a key press types, or nothing for any other key or a shortcut."""
    if event.modifiers() & _COMMANDS:
        return ""
    text = event.text()
    return text.upper() if len(text) == 1 and text.isascii() and text.isalpha() else ""


def typed_figure(event: QKeyEvent) -> str:
    """The figure that a key press types, or nothing for any other key or a shortcut."""
    if event.modifiers() & _COMMANDS:
        return ""
    text = event.text()
    return text if len(text) == 1 and text.isascii() and text.isdigit() else ""


class LetterFreeTable(QTableView):
    """A table without Qt's type-to-search, so that letters and figures reach the main window."""

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and (typed_letter(event) or typed_figure(event)):
            event.ignore()
            return
        super().keyPressEvent(event)


class LetterFreeList(QListView):
    """A list without Qt's type-to-search, so that letters and figures reach the main window."""

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and (typed_letter(event) or typed_figure(event)):
            event.ignore()
            return
        super().keyPressEvent(event)
