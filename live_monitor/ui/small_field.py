"""A small field over the window for one word: not modal, and what cannot be read is said in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from PyQt6.QtCore import QEvent, QObject, QPoint, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QFrame, QLabel, QLineEdit, QVBoxLayout, QWidget

_WIDTH: Final = 264
_MARGIN: Final = 8


class FieldWords(NamedTuple):
    """What a small field says: its own name, that of the field in it, an example, and a hint below."""

    title: str
    field: str
    example: str
    hint: str


class SmallField(QFrame):
    """Lies over the window, below the widget that it belongs to. Enter takes the word, Esc goes back. Main thread."""

    #: A word was taken. Payload: what `read` made of it.
    taken = pyqtSignal(str)

    def __init__(self, words: FieldWords, read: Callable[[str], str], window: QWidget) -> None:
        """`read` says what a typed text means; it raises ValueError, in words for people, where it means nothing."""
        super().__init__(window)
        self._read = read
        self._hint = words.hint
        self._before: QWidget | None = None
        self.setProperty("card", True)
        self.setAutoFillBackground(True)
        self.setAccessibleName(words.title)
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(words.example)
        self.field.setAccessibleName(words.field)
        self.field.setMaxLength(32)
        self.field.setMinimumHeight(32)
        self.field.textEdited.connect(lambda _text: self._say(""))
        self.field.returnPressed.connect(self._take)
        self.field.installEventFilter(self)
        self.note = QLabel(words.hint, self)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self.note.setProperty("muted", True)
        # Room for the longest answer, so that nothing moves when it comes.
        self.note.setMinimumHeight(2 * self.note.fontMetrics().lineSpacing() + 2)
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        layout.setSpacing(_MARGIN)
        layout.addWidget(self.field)
        layout.addWidget(self.note)
        self.setFixedWidth(_WIDTH)
        self.hide()

    def open(self, below: QWidget, typed: str = "") -> None:
        """Shows the field under a widget of the window and takes the keyboard, with `typed` in it."""
        window = self.parentWidget()
        assert window is not None
        self._before = window.focusWidget()
        self.field.setText(typed)
        self._say("")
        self.adjustSize()
        corner = below.mapTo(window, QPoint(0, below.height() + 4))
        self.move(max(_MARGIN, min(corner.x(), window.width() - self.width() - _MARGIN)), corner.y())
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def dismiss(self) -> None:
        """Hides the field and gives the keyboard back."""
        before, self._before = self._before, None
        self.hide()
        if before is not None:
            before.setFocus()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self.dismiss()
                return True
        elif event is not None and event.type() == QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        return super().eventFilter(watched, event)

    def _take(self) -> None:
        try:
            word = self._read(self.field.text())
        except ValueError as error:
            self._say(f"{error}.")
            return
        self.dismiss()
        self.taken.emit(word)

    def _say(self, error: str) -> None:
        """Puts `error` in place of the hint, or the hint back."""
        self.note.setText(error or self._hint)
        self.field.setAccessibleDescription(error)
        for widget in (self.field, self.note):
            if bool(widget.property("refused")) != bool(error):
                widget.setProperty("refused", bool(error))
                style = widget.style()
                if style is not None:
                    style.unpolish(widget)
                    style.polish(widget)
