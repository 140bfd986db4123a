"""Switching the symbol by keyboard."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QSignalSpy
from PyQt6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from live_monitor.data.models.providers import SymbolHit
from live_monitor.ui.symbol_switcher import MAX_RECENT, SEARCH_AFTER_MS, SymbolSwitcher
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


def offered(switcher: SymbolSwitcher) -> list[str]:
    """Symbols in the list below the field, top to bottom."""
    model = switcher.offers.completionModel()
    assert model is not None
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def close_offers(switcher: SymbolSwitcher) -> None:
    popup = switcher.offers.popup()
    assert popup is not None
    popup.hide()


def test_type_ahead_offers_what_the_provider_knows(switcher: SymbolSwitcher) -> None:
    field(switcher).clear()
    type_text(field(switcher), "a")
    assert offered(switcher) == ["AAPL", "AMD"]
    close_offers(switcher)


def test_typed_letters_are_searched_for_once_the_hand_rests(qtbot: QtBot, switcher: SymbolSwitcher) -> None:
    searched = QSignalSpy(switcher.search_requested)
    switcher.activateWindow()
    switcher.begin("")
    qtbot.waitUntil(field(switcher).hasFocus)
    type_text(field(switcher), "appl")
    assert len(searched) == 0
    qtbot.waitUntil(lambda: len(searched) > 0, timeout=10_000)
    assert [searched[call][0] for call in range(len(searched))] == ["APPL"]
    close_offers(switcher)


def test_a_single_letter_and_a_symbol_that_was_chosen_are_not_searched_for(
    qtbot: QtBot, switcher: SymbolSwitcher
) -> None:
    searched = QSignalSpy(switcher.search_requested)
    switcher.activateWindow()
    switcher.begin("")
    qtbot.waitUntil(field(switcher).hasFocus)
    type_text(field(switcher), "m")
    qtbot.wait(SEARCH_AFTER_MS + 50)
    type_and_enter(switcher, "msft")
    qtbot.wait(SEARCH_AFTER_MS + 50)
    assert len(searched) == 0


def test_what_was_found_stands_below_the_recent_ones(qtbot: QtBot, switcher: SymbolSwitcher) -> None:
    switcher.activateWindow()
    switcher.begin("")
    qtbot.waitUntil(field(switcher).hasFocus)
    type_text(field(switcher), "AP")
    hits = [SymbolHit("APLE", "Apple Hospitality"), SymbolHit("AAPL", "Apple Inc."), SymbolHit("not one", "x")]
    switcher.set_recent(["APP", "AAPL"])
    switcher.show_found("AP", hits)
    assert offered(switcher) == ["APP", "APLE", "AAPL"]
    popup = switcher.offers.popup()
    assert popup is not None
    assert popup.isVisible()
    # The arrow keys write the symbol, never the name, into the field.
    press(popup, Qt.Key.Key_Down)
    press(popup, Qt.Key.Key_Down)
    assert field(switcher).text() == "APLE"
    with qtbot.waitSignal(switcher.symbol_requested, timeout=10_000) as asked:
        press(popup, Qt.Key.Key_Return)
    assert asked.args == ["APLE"]


def test_enter_takes_what_was_typed_and_not_what_is_offered(qtbot: QtBot, switcher: SymbolSwitcher) -> None:
    switcher.activateWindow()
    switcher.begin("")
    qtbot.waitUntil(field(switcher).hasFocus)
    type_text(field(switcher), "AA")
    switcher.show_found("AA", [SymbolHit("AAL", "American Airlines"), SymbolHit("AA", "Alcoa")])
    popup = switcher.offers.popup()
    assert popup is not None
    with qtbot.waitSignal(switcher.symbol_requested, timeout=10_000) as asked:
        press(popup, Qt.Key.Key_Return)
    assert asked.args == ["AA"]


def test_an_answer_to_what_is_no_longer_typed_changes_nothing(qtbot: QtBot, switcher: SymbolSwitcher) -> None:
    switcher.activateWindow()
    switcher.begin("")
    qtbot.waitUntil(field(switcher).hasFocus)
    type_text(field(switcher), "MS")
    switcher.show_found("AP", [SymbolHit("APLE", "Apple Hospitality")])
    assert offered(switcher) == ["MSFT"]
    close_offers(switcher)


def test_a_name_from_outside_is_shown_as_it_is(switcher: SymbolSwitcher) -> None:
    switcher.offers.show_found("AP", [SymbolHit("APLE", "<b>Apple</b>\n\u202ehotel" + "x" * 500)])
    (row,) = switcher.offers.offer("AP", [])
    assert row.name.startswith("<b>Apple</b> ")
    assert len(row.name) == 80


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
