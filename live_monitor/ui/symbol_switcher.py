"""Which symbol is in focus: an editable box with recent symbols and type-ahead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from PyQt6.QtCore import QPoint, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PyQt6.QtWidgets import QComboBox, QLineEdit, QStyledItemDelegate, QToolTip, QWidget

from live_monitor.data.models.providers import SymbolHit
from live_monitor.limits import valid_symbol
from live_monitor.ui import icons
from live_monitor.ui.symbol_offers import SymbolOffers
from live_monitor.ui.theme import Theme

MAX_RECENT: Final = 12
#: Logical pixels, and where the tool bar has little room.
WIDTH, NARROW_WIDTH = 148, 112
#: The provider is asked for symbols when nothing was typed for so long; a single letter says too little.
SEARCH_AFTER_MS: Final = 250
SEARCH_FROM: Final = 2
#: What may be typed of a company's name, to look for its symbol.
_NAME: Final = re.compile(r"[A-Za-z0-9 .,&'-]+")
HINT: Final = "A symbol has 1 to 32 of A–Z, 0–9 and . ^ / _ = -"


class SymbolSwitcher(QComboBox):
    """Enter, or a choice from the list, asks for the symbol; Esc restores the present one."""

    #: Show this symbol. Payload: a valid symbol; main thread.
    symbol_requested = pyqtSignal(str)
    #: A symbol was chosen, or typing was given up: the keyboard is free for something else. No payload.
    finished = pyqtSignal()
    #: Look for symbols by letters or by name. Payload: what was typed; main thread. See `show_found`.
    search_requested = pyqtSignal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._symbol = ""
        self._asked = ""
        self._known: list[str] = []
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setMaxVisibleItems(MAX_RECENT)
        self.setFixedWidth(WIDTH)
        self.setAccessibleName("Symbol")
        self.setToolTip("Symbol in focus. Type letters anywhere to switch.")
        self._edit = QLineEdit(self)
        self._edit.setMaxLength(32)
        self._edit.setPlaceholderText("Symbol")
        self._edit.setAccessibleName("Symbol")
        self.setLineEdit(self._edit)
        recent = self.view()
        if recent is not None:
            recent.setAccessibleName("Recent symbols")
        # The box's own delegate ignores the row height of the style sheet.
        self.setItemDelegate(QStyledItemDelegate(self))
        self.offers = SymbolOffers(theme, self)
        self.setCompleter(self.offers)
        self.offers.activated[str].connect(self._ask)
        self._search = QTimer(self)
        self._search.setSingleShot(True)
        self._search.setInterval(SEARCH_AFTER_MS)
        self._search.timeout.connect(self._look)
        self._edit.textEdited.connect(self._on_edited)
        self._edit.returnPressed.connect(lambda: self._ask(self._edit.text()))
        self.textActivated.connect(self._ask)
        self.set_theme(theme)

    @property
    def symbol(self) -> str:
        """The symbol in focus."""
        return self._symbol

    @property
    def recent(self) -> list[str]:
        """Recent symbols, newest first."""
        return [self.itemText(row) for row in range(self.count())]

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self._theme = theme
        self._edit.setFont(theme.font(14, 600))
        self.offers.set_theme(theme)
        self.update()

    def set_symbol(self, symbol: str) -> None:
        """Shows the symbol in focus and makes it the newest of the recent ones; leaves a half-typed text alone."""
        if symbol == self._symbol or not valid_symbol(symbol):
            return
        self._symbol = self._asked = symbol
        typing = self._edit.hasFocus() and self._edit.isModified()
        text = self._edit.text()
        self.set_recent([symbol, *(other for other in self.recent if other != symbol)])
        self._edit.setText(text if typing else symbol)
        if self._edit.hasFocus() and not typing:
            self._edit.selectAll()
        self._edit.setModified(typing)
        self._refuse(False)

    def set_recent(self, symbols: Sequence[str]) -> None:
        """Recent symbols, newest first; what is no symbol is left out."""
        text, typing = self._edit.text(), self._edit.isModified()
        self.blockSignals(True)
        self.clear()
        self.addItems([symbol for symbol in symbols if valid_symbol(symbol)][:MAX_RECENT])
        self.blockSignals(False)
        self._edit.setText(text)
        self._edit.setModified(typing)

    def set_known(self, symbols: Sequence[str]) -> None:
        """Symbols for type-ahead, those the provider knows; what is no symbol is left out."""
        known = sorted({symbol for symbol in symbols if valid_symbol(symbol)})
        if known != self._known:
            self._known = known
            self.offers.set_known(known)

    def show_found(self, text: str, hits: Sequence[SymbolHit]) -> None:
        """What the provider has found for `text`: stands below the recent ones while that is being typed."""
        self.offers.show_found(text, hits)
        typed = self._edit.text()
        if self._edit.hasFocus() and self._edit.isModified() and typed.startswith(text.upper()):
            self._offer(typed)

    def begin(self, letter: str) -> None:
        """Starts typing with `letter`, as if the field had had the focus."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._edit.setText(letter)
        self._edit.setModified(True)
        self._edit.setCursorPosition(len(letter))
        if letter:
            self._offer(letter)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() == Qt.Key.Key_Escape:
            self._hide_completions()
            self._edit.setText(self._symbol)
            self._edit.setModified(False)
            self._refuse(False)
            self.finished.emit()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        pixmap = icons.pixmap("chevron-down", self._theme, "muted", 14, self.devicePixelRatioF())
        painter.drawPixmap(QPoint(self.width() - 21, (self.height() - 14) // 2), pixmap)
        painter.end()

    def _on_edited(self, text: str) -> None:
        if text != text.upper():
            at = self._edit.cursorPosition()
            self._edit.setText(text.upper())
            self._edit.setModified(True)
            self._edit.setCursorPosition(at)
        self._asked = self._symbol
        self.offers.offer(text, self.recent)
        if len(text) >= SEARCH_FROM:
            self._search.start()
        else:
            self._search.stop()
        self._refuse(bool(text) and not (valid_symbol(text.upper()) or _NAME.fullmatch(text)))

    def _offer(self, typed: str) -> None:
        self.offers.offer(typed, self.recent)
        self.offers.setCompletionPrefix(typed)
        self.offers.complete()

    def _look(self) -> None:
        if self._edit.hasFocus() and self._edit.isModified():
            self.search_requested.emit(self._edit.text())

    def _ask(self, text: str) -> None:
        symbol = text.strip().upper()
        if not valid_symbol(symbol):
            self._refuse(True)
            return
        self._refuse(False)
        self._search.stop()
        self._edit.setText(symbol)
        self._edit.setModified(False)
        self._hide_completions()
        # Enter on a completion arrives twice: from the field and from the completer.
        if symbol != self._asked:
            self._asked = symbol
            self.symbol_requested.emit(symbol)
        if self._edit.hasFocus():
            # The next letter begins another symbol; left in the field it would be added to this one.
            self._edit.selectAll()
        self.finished.emit()

    def _hide_completions(self) -> None:
        popup = self.offers.popup()
        if popup is not None:
            popup.hide()

    def _refuse(self, refused: bool) -> None:
        if bool(self.property("refused")) == refused:
            return
        self.setProperty("refused", refused)
        style = self.style()
        if style is not None:
            style.unpolish(self)
            style.polish(self)
        if refused:
            QToolTip.showText(self.mapToGlobal(QPoint(0, self.height())), HINT, self)
        else:
            QToolTip.hideText()
