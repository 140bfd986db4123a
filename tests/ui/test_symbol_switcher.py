"""Switching the symbol by keyboard."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QSignalSpy
from PyQt6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from live_monitor.ui.symbol_switcher import MAX_RECENT, SymbolSwitcher
from live_monitor.ui.theme import Theme
from tests.ui.hands import press, type_text


@pytest.fixture
def switcher(qtbot: QtBot, dark: Theme) -> SymbolSwitcher:
    """AAPL in focus, three symbols known."""
    made = SymbolSwitcher(dark)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.set_known(["AAPL", "AMD", "MSFT", "not a symbol"])
    made.set_symbol("AAPL")
    return made


def field(switcher: SymbolSwitcher) -> QLineEdit:
    """The field inside the box."""
    edit = switcher.lineEdit()
    assert edit is not None
    return edit


def type_and_enter(switcher: SymbolSwitcher, text: str) -> None:
    """Types over what stands there."""
    field(switcher).clear()
    type_text(field(switcher), text)
    press(field(switcher), Qt.Key.Key_Return)


def test_enter_asks_once_and_in_capitals(qtbot: QtBot, switcher: SymbolSwitcher) -> None:
    asked = QSignalSpy(switcher.symbol_requested)
    type_and_enter(switcher, "msft")
    assert [asked[call][0] for call in range(len(asked))] == ["MSFT"]


def test_symbol_in_focus_is_not_asked_for_again(qtbot: QtBot, switcher: SymbolSwitcher) -> None:
    asked = QSignalSpy(switcher.symbol_requested)
    type_and_enter(switcher, "AAPL")
    assert len(asked) == 0


def test_same_symbol_can_be_asked_for_after_a_refusal(qtbot: QtBot, switcher: SymbolSwitcher) -> None:
    asked = QSignalSpy(switcher.symbol_requested)
    type_and_enter(switcher, "ZZZZ")
    type_and_enter(switcher, "ZZZZ")
    assert [asked[call][0] for call in range(len(asked))] == ["ZZZZ", "ZZZZ"]


@pytest.mark.parametrize("text", ["AA PL", "<B>X</B>", "AAPL\u202e", "A\u0000B", "=cmd()", "ÄÖ"])
def test_what_is_no_symbol_is_refused_in_place(switcher: SymbolSwitcher, text: str) -> None:
    """Faults M13."""
    asked = QSignalSpy(switcher.symbol_requested)
    field(switcher).setText(text)
    press(field(switcher), Qt.Key.Key_Return)
    assert len(asked) == 0
    assert switcher.property("refused") is True
    press(switcher, Qt.Key.Key_Escape)
    assert switcher.property("refused") is False
    assert field(switcher).text() == "AAPL"


def test_recent_symbols_are_newest_first_and_bounded(switcher: SymbolSwitcher) -> None:
    for number in range(20):
        switcher.set_symbol(f"S{number}")
    switcher.set_symbol("S15")
    assert switcher.recent[:3] == ["S15", "S19", "S18"]
    assert len(switcher.recent) == MAX_RECENT
    assert field(switcher).text() == "S15"


def test_choosing_a_recent_symbol_asks_for_it(qtbot: QtBot, switcher: SymbolSwitcher) -> None:
    switcher.set_recent(["AAPL", "TSLA", "bad one"])
    assert switcher.recent == ["AAPL", "TSLA"]
    with qtbot.waitSignal(switcher.symbol_requested, timeout=10_000) as asked:
        switcher.textActivated.emit("TSLA")
    assert asked.args == ["TSLA"]


def test_type_ahead_offers_what_the_provider_knows(switcher: SymbolSwitcher) -> None:
    completer = switcher.completer()
    assert completer is not None
    completer.setCompletionPrefix("a")
    model = completer.completionModel()
    assert model is not None
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == ["AAPL", "AMD"]


def test_half_typed_text_survives_a_change_of_focus(switcher: SymbolSwitcher) -> None:
    switcher.begin("M")
    type_text(field(switcher), "s")
    switcher.set_symbol("AMD")
    assert field(switcher).text() == "MS"
    completer = switcher.completer()
    assert completer is not None
    popup = completer.popup()
    assert popup is not None
    popup.hide()


def test_next_symbol_is_not_added_to_the_one_before(qtbot: QtBot, switcher: SymbolSwitcher) -> None:
    """A second symbol typed at once after the first used to become MSFTAMD."""
    asked = QSignalSpy(switcher.symbol_requested)
    switcher.activateWindow()
    switcher.begin("")
    qtbot.waitUntil(field(switcher).hasFocus)
    for symbol in ("msft", "amd"):
        type_text(field(switcher), symbol)
        press(field(switcher), Qt.Key.Key_Return)
        switcher.set_symbol(symbol.upper())
    assert [asked[call][0] for call in range(len(asked))] == ["MSFT", "AMD"]
    assert field(switcher).text() == "AMD"


def test_escape_closes_the_offers_and_gives_the_keyboard_back(qtbot: QtBot, switcher: SymbolSwitcher) -> None:
    completer = switcher.completer()
    assert completer is not None
    popup = completer.popup()
    assert popup is not None
    switcher.begin("A")
    assert popup.isVisible()
    with qtbot.waitSignal(switcher.finished, timeout=10_000):
        press(switcher, Qt.Key.Key_Escape)
    assert not popup.isVisible()
    assert field(switcher).text() == "AAPL"


def test_symbol_is_not_painted_as_selected_while_the_keyboard_is_elsewhere(switcher: SymbolSwitcher) -> None:
    switcher.clearFocus()
    field(switcher).clearFocus()
    switcher.set_symbol("MSFT")
    assert not field(switcher).hasSelectedText()
