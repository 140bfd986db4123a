"""B and S open the ticket; letters that follow make a symbol of them."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtTest import QSignalSpy
from PyQt6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.ui.main_window import MainWindow
from live_monitor.ui.side_keys import GRACE_S
from tests.memory_paper import MemoryPaper
from tests.ui.hands import press, type_text

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def ready(qtbot: QtBot, window: MainWindow) -> MainWindow:
    """A window with a paper desk, the keyboard on the window itself."""
    paper = MemoryPaper()
    paper.quoted("AAPL", 99.99, 100.01)
    window.trade.refresh(paper, "AAPL", 0)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.setFocus()
    return window


def keyboard() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


def in_ticket(window: MainWindow) -> bool:
    return window.trade.ticket.isAncestorOf(keyboard())


def typed_symbol(window: MainWindow) -> str:
    return (
        window.tool_bar.switcher.currentText()
        if window.tool_bar.switcher.isAncestorOf(keyboard()) or keyboard() is window.tool_bar.switcher
        else ""
    )


@pytest.mark.parametrize(("letter", "side"), [("b", "BUY"), ("s", "SELL"), ("B", "BUY")])
def test_a_letter_alone_opens_the_ticket_at_once_with_its_side(ready: MainWindow, letter: str, side: str) -> None:
    ready.ticket_dock.hide()
    key = QKeyEvent(QEvent.Type.KeyPress, ord(letter.upper()), Qt.KeyboardModifier.NoModifier, letter)
    ready.keyPressEvent(key)
    assert ready.ticket_dock.isVisible()
    assert in_ticket(ready)
    assert ready.trade.ticket.form.draft.side == side


@pytest.mark.parametrize("symbol", ["BA", "SPY", "BB", "BS", "SBUX"])
def test_a_symbol_that_begins_with_b_or_s_is_typed_as_ever(ready: MainWindow, symbol: str) -> None:
    for letter in symbol.lower():
        type_text(keyboard(), letter)
    assert typed_symbol(ready) == symbol


def test_a_symbol_that_holds_b_or_s_is_typed_as_ever(ready: MainWindow) -> None:
    for letter in "abs":
        type_text(keyboard(), letter)
    assert typed_symbol(ready) == "ABS"


def test_later_the_next_letter_begins_a_symbol_of_its_own(ready: MainWindow, manual_clock: ManualClock) -> None:
    type_text(keyboard(), "b")
    manual_clock.advance(GRACE_S + 0.1)
    type_text(keyboard(), "a")
    assert typed_symbol(ready) == "A"


def test_later_the_other_letter_changes_the_side(ready: MainWindow, manual_clock: ManualClock) -> None:
    type_text(keyboard(), "b")
    manual_clock.advance(GRACE_S + 0.1)
    type_text(keyboard(), "s")
    assert in_ticket(ready)
    assert ready.trade.ticket.form.draft.side == "SELL"


def test_whoever_types_a_size_means_the_ticket(ready: MainWindow) -> None:
    type_text(keyboard(), "b")
    type_text(keyboard(), "2")
    type_text(keyboard(), "a")
    assert typed_symbol(ready) == "A"


def test_enter_right_after_the_letter_places_nothing(ready: MainWindow, manual_clock: ManualClock) -> None:
    """ "S", Enter may have been a symbol."""
    asked = QSignalSpy(ready.trade.ticket.order_requested)
    type_text(keyboard(), "s")
    press(keyboard(), Qt.Key.Key_Return)
    assert len(asked) == 0
    assert in_ticket(ready)


def test_a_held_letter_opens_the_ticket_and_types_no_symbol(ready: MainWindow) -> None:
    type_text(keyboard(), "b")
    for _ in range(5):
        again = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_B, Qt.KeyboardModifier.NoModifier, "b", True)
        QApplication.sendEvent(keyboard(), again)
    assert in_ticket(ready)
    assert ready.trade.ticket.form.draft.side == "BUY"


def test_with_shift_a_letter_begins_a_symbol(ready: MainWindow) -> None:
    press(keyboard(), Qt.Key.Key_S, SHIFT)
    assert typed_symbol(ready) == "S"


def test_escape_gives_the_keyboard_back(ready: MainWindow) -> None:
    type_text(keyboard(), "b")
    press(keyboard(), Qt.Key.Key_Escape)
    assert not in_ticket(ready)


def test_what_was_begun_in_the_ticket_does_not_haunt_other_places(ready: MainWindow) -> None:
    type_text(keyboard(), "b")
    ready.setFocus()
    type_text(keyboard(), "a")
    assert typed_symbol(ready) == "A"


def test_the_keys_stand_in_the_palette_but_are_no_shortcuts_of_the_window(ready: MainWindow) -> None:
    for name, key in (("buy", "B"), ("sell", "S")):
        action = ready.actions_by_name[name]
        assert action.shortcut().toString() == key
        assert action.shortcutContext() is Qt.ShortcutContext.WidgetShortcut
    assert ready.actions_by_name["flatten"].shortcut().toString() == "Shift+Esc"
