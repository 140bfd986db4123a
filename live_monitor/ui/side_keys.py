"""B and S: the two letters that open the order ticket, and still begin a symbol when more letters follow.

The ticket opens with the first letter, without a wait, because it places nothing. Whoever goes on typing means a
symbol: the next letter within `GRACE_S` puts both into the symbol field. In that time Enter places nothing, because
"S, Enter" may have been a symbol. With Shift the letter begins a symbol at once, so that symbols of one letter can be
typed too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from PyQt6.QtCore import QEvent, QObject, Qt
from PyQt6.QtGui import QGuiApplication, QKeyEvent
from PyQt6.QtWidgets import QApplication, QWidget

from live_monitor.clock import Clock
from live_monitor.data.models.orders import Side
from live_monitor.ui.text_keys import typed_letter

#: So soon after B or S the next letter goes on with a symbol.
GRACE_S: Final = 1.0
_SIDES: Final[dict[str, Side]] = {"B": "BUY", "S": "SELL"}
_ENTER: Final = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})


class SideKeys(QObject):
    """Hears the keys of the window, and those of the ticket while the keyboard is there. Main thread."""

    def __init__(
        self,
        clock: Clock,
        ticket: QWidget,
        open_ticket: Callable[[Side], None],
        begin_symbol: Callable[[str], None],
        leave: Callable[[], None],
    ) -> None:
        """`begin_symbol` puts letters into the symbol field; `leave` gives the keyboard back to the chart."""
        super().__init__(ticket)
        self._clock, self._ticket = clock, ticket
        self._open_ticket, self._begin_symbol, self._leave = open_ticket, begin_symbol, leave
        self._letter, self._at = "", 0.0
        self._heard: QWidget | None = None
        application = cast("QApplication", QGuiApplication.instance())
        application.focusChanged.connect(self._on_focus)

    def press(self, event: QKeyEvent) -> bool:
        """A key that nobody else wanted: True when it was B or S, which open the ticket, or went on with a symbol."""
        letter = typed_letter(event)
        if letter and self._fresh and not event.isAutoRepeat():
            before, self._letter = self._letter, ""
            self._begin_symbol(before + letter)
            return True
        if letter not in _SIDES or event.modifiers() & Qt.KeyboardModifier.ShiftModifier or event.isAutoRepeat():
            return False
        self._letter, self._at = letter, self._clock.monotonic()
        self._open_ticket(_SIDES[letter])
        return True

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and self._press_in_ticket(event):
            return True
        return super().eventFilter(watched, event)

    def _press_in_ticket(self, event: QKeyEvent) -> bool:
        """True for what the ticket must not see."""
        letter = typed_letter(event)
        if event.key() in _ENTER:
            return self._fresh
        if event.key() == Qt.Key.Key_Escape and not event.modifiers():
            self._letter = ""
            self._leave()
            return True
        if not letter:
            # A figure, a tab: whoever types a size means the ticket.
            self._letter = ""
            return False
        if not event.isAutoRepeat() and not self.press(event):
            self._letter = ""
            self._begin_symbol(letter)
        return True

    @property
    def _fresh(self) -> bool:
        """True while the letter that opened the ticket may still be the first of a symbol."""
        return bool(self._letter) and self._clock.monotonic() - self._at <= GRACE_S

    def _on_focus(self, _old: QWidget | None, new: QWidget | None) -> None:
        if self._heard is not None:
            self._heard.removeEventFilter(self)
        self._heard = new if new is not None and self._ticket.isAncestorOf(new) else None
        if self._heard is not None:
            self._heard.installEventFilter(self)
        elif new is not None:
            self._letter = ""
