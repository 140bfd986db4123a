"""The one confirmation before a symbol is flattened: says what will be done, and to which symbol. Not modal."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from PyQt6.QtCore import QEvent, QObject, QRect, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from live_monitor.ui.paper_badge import PaperBadge
from live_monitor.ui.paper_view import PaperView
from live_monitor.ui.paper_words import shares
from live_monitor.ui.theme import Theme

_WIDTH: Final = 360
_TOP: Final = 96
#: Positions that are named one by one.
_MOST: Final = 8
_ENTER: Final = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})


class FlattenCard(QFrame):
    """Lies over the window. Enter or its button flattens, Esc keeps everything. Main thread."""

    #: The person has confirmed. Payload: the symbol that the card names, empty for all.
    confirmed = pyqtSignal(str)

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._symbol = self._account = ""
        self._before: QWidget | None = None
        self.setProperty("card", True)
        self.setAutoFillBackground(True)
        self.badge = PaperBadge(theme, self)
        self.title, self.words = QLabel(self), QLabel(self)
        for label in (self.title, self.words):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.go, self.keep = QPushButton("Flatten", self), QPushButton("Keep", self)
        self.go.setProperty("primary", True)
        for button in (self.go, self.keep):
            button.setAutoDefault(False)
            button.installEventFilter(self)
        self.go.clicked.connect(self._confirm)
        self.keep.clicked.connect(self.dismiss)
        head, row, column = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        head.addWidget(self.title, 1)
        head.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignTop)
        row.addStretch(1)
        row.addWidget(self.keep)
        row.addWidget(self.go)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self.words)
        column.addLayout(row)
        self.set_theme(theme)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self.badge.set_theme(theme)
        self.title.setFont(theme.font(15, 600))

    def ask(self, paper: PaperView, symbol: str) -> bool:
        """Opens the card for a symbol (empty: for all) and takes the keyboard; False where there is nothing to do."""
        words = what_is_done(paper, symbol)
        window = self.parentWidget()
        if not words or window is None:
            return False
        self._symbol, self._account, name = symbol, paper.account_id, symbol or "everything"
        self.title.setText(f"Flatten {name}?")
        self.go.setText(f"Flatten {name}")
        self.setAccessibleName(f"Flatten {name}, paper trading")
        self._say(words)
        self.setGeometry(QRect((window.width() - _WIDTH) // 2, _TOP, _WIDTH, self.sizeHint().height()))
        if not self.isVisible():
            self._before = window.focusWidget()
        self.show()
        self.raise_()
        self.go.setFocus(Qt.FocusReason.PopupFocusReason)
        return True

    def refresh(self, paper: PaperView) -> None:
        """Follows the position while the card is open; goes when there is nothing left to flatten, and with its
        account: nobody was asked about the positions of another one.
        """
        if not self.isVisible():
            return
        words = what_is_done(paper, self._symbol) if paper.account_id == self._account else ""
        if words:
            self._say(words)
        else:
            self.dismiss()

    def dismiss(self) -> None:
        """Goes, and gives the keyboard back; nothing was done."""
        before, self._before = self._before, None
        self.hide()
        if before is not None:
            before.setFocus()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape and not event.modifiers():
                self.dismiss()
                return True
            if event.key() in _ENTER:
                # The key that opened the card may still be held down.
                if not event.isAutoRepeat() and isinstance(watched, QPushButton):
                    watched.click()
                return True
        return super().eventFilter(watched, event)

    def _confirm(self) -> None:
        symbol = self._symbol
        self.dismiss()
        self.confirmed.emit(symbol)

    def _say(self, words: str) -> None:
        if words != self.words.text():
            self.words.setText(words)
            self.go.setAccessibleDescription(words)


def what_is_done(paper: PaperView, symbol: str) -> str:
    """What flattening a symbol (empty: all) does, in a line each; empty where it would do nothing."""
    held = [row for row in paper.positions() if row.quantity and symbol in {"", row.symbol}]
    working = 0
    for order in paper.orders():
        if not order.is_open:
            break
        working += symbol in {"", order.symbol}
    lines = [f"{_deed(row.quantity)} {shares(abs(row.quantity))} {row.symbol} at market." for row in held[:_MOST]]
    if len(held) > _MOST:
        lines.append(f"And {len(held) - _MOST:,} more positions.")
    if working:
        lines.append(f"Cancels {working:,} working order{'s' if working > 1 else ''}.")
    return "\n".join(lines)


def _deed(quantity: Decimal) -> str:
    return "Sells" if quantity > 0 else "Buys back"
