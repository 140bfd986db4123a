"""Ctrl+K: every action by its name, without a menu and without a modal dialog."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from PyQt6.QtCore import QEvent, QObject, QRect, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QKeyEvent, QKeySequence
from PyQt6.QtWidgets import QFrame, QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from live_monitor.limits import valid_symbol
from live_monitor.ui.theme import Theme
from live_monitor.ui.timeframes import read_timeframe, spoken

WIDTH: Final = 520
MAX_SHOWN: Final = 12
_ROW: Final = 32


def match_rank(typed: str, text: str) -> int | None:
    """How well `text` answers to `typed`: 0 a prefix, 1 a word's start, 2 inside, 3 its letters in order, None not."""
    needle, hay = typed.casefold().strip(), text.casefold()
    if not needle or hay.startswith(needle):
        return 0
    if any(word.startswith(needle) for word in hay.split()):
        return 1
    if needle in hay:
        return 2
    rest = iter(hay)
    return 3 if all(letter in rest for letter in needle if letter != " ") else None


class Typed(NamedTuple):
    """A row for what was typed and is no command: a symbol, or a length of bars."""

    text: str
    symbol: str = ""
    timeframe: str = ""


class CommandPalette(QFrame):
    """A field and a list over the top of the window; Enter runs, Esc goes back to where the person was."""

    #: A symbol was typed instead of a command. Payload: a valid symbol.
    symbol_requested = pyqtSignal(str)
    #: A length of bars was typed. Payload: a name that `Timeframe.parse` reads.
    timeframe_requested = pyqtSignal(str)

    def __init__(self, theme: Theme, commands: Callable[[], Sequence[QAction]], parent: QWidget) -> None:
        super().__init__(parent)
        self._commands = commands
        self._theme = theme
        self._shown: list[QAction | Typed] = []
        self._before: QWidget | None = None
        self.setProperty("card", True)
        self.setAccessibleName("Command palette")
        self.setAutoFillBackground(True)
        self.field = QLineEdit(self)
        self.field.setPlaceholderText("Type a command, a symbol or a length of bars")
        self.field.setAccessibleName("Command or symbol")
        self.field.setMaxLength(64)
        self.field.setMinimumHeight(32)
        self.field.textChanged.connect(self._filter)
        self.field.returnPressed.connect(self._run)
        self.field.installEventFilter(self)
        self.list = QListWidget(self)
        self.list.setAccessibleName("Commands")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(lambda _item: self._run())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(self.field)
        layout.addWidget(self.list)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Colours of another theme, for the rows made from now on."""
        self._theme = theme

    def open(self) -> None:
        """Shows all commands and takes the keyboard."""
        window = self.parentWidget()
        assert window is not None
        self._before = window.focusWidget()
        self.field.clear()
        self._filter("")
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def dismiss(self) -> None:
        """Hides the palette and gives the keyboard back."""
        self.hide()
        if self._before is not None:
            self._before.setFocus()
            self._before = None

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None and self._shown:
                self.list.setCurrentRow((self.list.currentRow() + step) % self.list.count())
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.dismiss()
                return True
        if event is not None and event.type() == QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        return super().eventFilter(watched, event)

    def _filter(self, typed: str) -> None:
        ranked = []
        for order, action in enumerate(self._commands()):
            rank = match_rank(typed, _plain(action)) if action.isEnabled() else None
            if rank is not None:
                ranked.append((rank, order, action))
        self._shown = [action for _rank, _order, action in sorted(ranked, key=lambda entry: entry[:2])]
        # Rows of symbols read "Show AAPL": whoever types that means the same.
        symbol = typed.strip().upper().removeprefix("SHOW ")
        if valid_symbol(symbol):
            # A typed word may be both; a command that starts with it comes first.
            self._shown.insert(1 if ranked and min(ranked)[0] == 0 else 0, Typed(f"Show {symbol}", symbol=symbol))
        name = _length(typed)
        if name:
            # "7m" may be a symbol too, but hardly is.
            self._shown.insert(0, Typed(f"Bars of {spoken(name)}", timeframe=name))
        self.list.clear()
        for entry in self._shown:
            self._add_row(entry)
        if self._shown:
            self.list.setCurrentRow(0)
        else:
            hint = QListWidgetItem("No command of that name, and no symbol", self.list)
            hint.setFlags(Qt.ItemFlag.NoItemFlags)
        self._place()

    def _add_row(self, entry: QAction | Typed) -> None:
        item = QListWidgetItem(self.list)
        item.setSizeHint(self.list.sizeHint().scaled(100, _ROW, Qt.AspectRatioMode.IgnoreAspectRatio))
        if isinstance(entry, Typed):
            text, keys = entry.text, ""
        else:
            text = _plain(entry) + ("  ✓" if entry.isCheckable() and entry.isChecked() else "")
            keys = entry.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        item.setText(text)
        if keys:
            label = QLabel(keys, self.list)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            label.setProperty("muted", True)
            label.setContentsMargins(0, 0, 8, 0)
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            self.list.setItemWidget(item, label)

    def _place(self) -> None:
        window = self.parentWidget()
        assert window is not None
        rows = min(MAX_SHOWN, max(1, self.list.count()))
        width = min(WIDTH, window.width() - 32)
        self.setGeometry(QRect((window.width() - width) // 2, 64, width, 32 + 24 + rows * _ROW + 2))

    def _run(self) -> None:
        row = self.list.currentRow()
        if not 0 <= row < len(self._shown):
            return
        entry = self._shown[row]
        self.dismiss()
        if isinstance(entry, Typed):
            if entry.timeframe:
                self.timeframe_requested.emit(entry.timeframe)
            else:
                self.symbol_requested.emit(entry.symbol)
        else:
            entry.trigger()


def _length(typed: str) -> str:
    """The name of the length of bars that was typed; empty for anything else."""
    try:
        return read_timeframe(typed).name
    except ValueError:
        return ""


def _plain(action: QAction) -> str:
    name = action.data() or action.text()
    return str(name).replace("&", "").rstrip("…")
