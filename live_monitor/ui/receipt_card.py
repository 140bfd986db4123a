"""Why a fill happened as it did: the receipt, as plain lines that can be copied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from live_monitor.ui.text_keys import typed_figure, typed_letter
from live_monitor.ui.theme import Theme

TEACH: Final = "Choose a fill to read its receipt: the quote and the print that made it, the rule, and the fees."
_NO_RECEIPT: Final = "No receipt is kept for this fill."


class _Lines(QPlainTextEdit):
    """Leaves letters and figures to the window: nothing can be typed here."""

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and (typed_letter(event) or typed_figure(event)):
            event.ignore()
            return
        super().keyPressEvent(event)


class ReceiptCard(QWidget):
    """One receipt, or what a receipt is. Main thread."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.title = QLabel("", self)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setWordWrap(True)
        self.text = _Lines(self)
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.text.setAccessibleName("Receipt of the chosen fill")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 4, 8)
        layout.setSpacing(4)
        layout.addWidget(self.title)
        layout.addWidget(self.text, 1)
        self.set_theme(theme)
        self.clear()

    @property
    def lines(self) -> list[str]:
        """What is shown, line by line."""
        return self.text.toPlainText().split("\n")

    def show_receipt(self, title: str, lines: Sequence[str]) -> None:
        """Takes a receipt over; scrolls up only when it is another one."""
        if title != self.title.text():
            self.title.setText(title)
        self.title.show()
        text = "\n".join(lines) or _NO_RECEIPT
        if text != self.text.toPlainText():
            self.text.setPlainText(text)

    def clear(self) -> None:
        """Nothing is chosen: says what would be here."""
        self.title.setText("")
        self.title.hide()
        self.text.setPlainText(TEACH)

    def set_theme(self, theme: Theme) -> None:
        """Fonts of another theme."""
        self.title.setFont(theme.font(13, 600))
        self.text.setFont(theme.font(12))
