"""The one question before a symbol is flattened."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtTest import QSignalSpy
from PyQt6.QtWidgets import QApplication

from live_monitor.ui.flatten_card import FlattenCard, what_is_done
from live_monitor.ui.main_window import MainWindow
from tests.memory_paper import MemoryPaper, position, working
from tests.ui.hands import press


@pytest.fixture
def paper() -> MemoryPaper:
    """A long position in AAPL, a short one in MSFT, orders in both."""
    made = MemoryPaper()
    made.held = [position(300, "100", "101"), position(-50, "200", "190", "MSFT"), position(0, "1", "1", "SPY")]
    made.working = [
        working("O1", limit_price="99"),
        working("O2", limit_price="98"),
        working("O3", symbol="MSFT", limit_price="180"),
        working("O4", limit_price="97", state="filled"),
    ]
    return made


@pytest.fixture
def card(window: MainWindow) -> FlattenCard:
    """The card of a window."""
    return window.trade.flatten_card


def test_it_names_the_symbol_and_what_is_done(card: FlattenCard, paper: MemoryPaper) -> None:
    assert card.ask(paper, "AAPL")
    assert card.title.text() == "Flatten AAPL?"
    assert card.words.text() == "Sells 300 AAPL at market.\nCancels 2 working orders."
    assert card.badge.isVisible()
    assert card.go.hasFocus() or QApplication.focusWidget() is None


def test_all_symbols_are_named_one_by_one(paper: MemoryPaper) -> None:
    assert what_is_done(paper, "") == (
        "Sells 300 AAPL at market.\nBuys back 50 MSFT at market.\nCancels 3 working orders."
    )


def test_where_there_is_nothing_to_flatten_nothing_is_asked(card: FlattenCard, paper: MemoryPaper) -> None:
    assert not card.ask(paper, "SPY")
    assert not card.isVisible()


def test_one_confirmation_flattens_the_symbol_that_the_card_names(card: FlattenCard, paper: MemoryPaper) -> None:
    confirmed = QSignalSpy(card.confirmed)
    card.ask(paper, "AAPL")
    press(card.go, Qt.Key.Key_Return)
    assert [confirmed[index] for index in range(len(confirmed))] == [["AAPL"]]
    assert not card.isVisible()


def test_a_key_that_is_still_held_confirms_nothing(card: FlattenCard, paper: MemoryPaper) -> None:
    confirmed = QSignalSpy(card.confirmed)
    card.ask(paper, "AAPL")
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        held = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, "\r", True)
        QApplication.sendEvent(card.go, held)
    assert len(confirmed) == 0
    assert card.isVisible()


@pytest.mark.parametrize("how", ["escape", "keep", "enter on keep"])
def test_whoever_keeps_keeps_everything(card: FlattenCard, paper: MemoryPaper, how: str) -> None:
    confirmed = QSignalSpy(card.confirmed)
    card.ask(paper, "AAPL")
    if how == "escape":
        press(card.go, Qt.Key.Key_Escape)
    elif how == "keep":
        card.keep.click()
    else:
        press(card.keep, Qt.Key.Key_Return)
    assert len(confirmed) == 0
    assert not card.isVisible()


def test_it_follows_the_position_and_goes_with_it(card: FlattenCard, paper: MemoryPaper) -> None:
    card.ask(paper, "MSFT")
    paper.held = [position(-20, "200", "190", "MSFT")]
    card.refresh(paper)
    assert card.words.text().startswith("Buys back 20 MSFT")
    paper.held, paper.working = [], []
    card.refresh(paper)
    assert not card.isVisible()


def test_it_goes_when_another_account_is_chosen(card: FlattenCard, paper: MemoryPaper) -> None:
    """The other account may hold the same symbol: nobody was asked about that one."""
    assert card.ask(paper, "AAPL")
    paper.choose("second")
    card.refresh(paper)
    assert not card.isVisible()
