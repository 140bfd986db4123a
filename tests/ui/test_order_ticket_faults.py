"""Hands that slip: double clicks, held keys, a symbol that changes under the press (faults L10, L13)."""

from __future__ import annotations

import random

import pytest
from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.ui.order_ticket import OrderTicket
from live_monitor.ui.theme import Theme
from live_monitor.ui.ticket_press import SETTLE_S
from tests.ui.fake_hub import TEN
from tests.ui.fake_paper import D, FakePaper, market, order
from tests.ui.hands import button_down, button_up, click, double_click, press, type_text

SYMBOLS = ("AAPL", "MSFT", "NVDA")


@pytest.fixture
def paper(manual_clock: ManualClock) -> FakePaper:
    """A desk with fresh quotes."""
    return FakePaper(quotes={name: market(name, manual_clock.monotonic()) for name in SYMBOLS})


@pytest.fixture
def ticket(qtbot: QtBot, dark: Theme, manual_clock: ManualClock, paper: FakePaper) -> OrderTicket:
    """A ticket for AAPL whose orders are answered at once, as by a desk on a fast disk."""
    numbers = iter(range(1, 1_000_000))
    made = OrderTicket(dark, manual_clock, lambda: f"c{next(numbers)}")
    qtbot.addWidget(made)
    made.resize(272, 640)
    made.show()
    made.refresh(paper, "AAPL", TEN)

    def answer(wish: object) -> None:
        paper.all_orders.append(order(len(paper.all_orders) + 1, client_order_id=wish.client_order_id))  # type: ignore[attr-defined] # OrderParams
        paper.touch()

    made.order_requested.connect(answer)
    return made


def held_key(ticket: OrderTicket, key: Qt.Key, repeats: int) -> None:
    """A key that goes down, repeats itself and comes up, as the system sends it."""
    no = Qt.KeyboardModifier.NoModifier
    for number in range(repeats):
        down = QKeyEvent(QEvent.Type.KeyPress, key, no, "\r", number > 0)
        ticket.keyPressEvent(down)
    ticket.keyReleaseEvent(QKeyEvent(QEvent.Type.KeyRelease, key, no, "\r"))


def test_l10_a_double_click_places_one_order(ticket: OrderTicket) -> None:
    spy = QSignalSpy(ticket.order_requested)
    # As a mouse sends it: down, up, double click, up.
    button_down(ticket.place)
    button_up(ticket.place)
    double_click(ticket.place)
    assert len(spy) == 1


def test_l10_two_fast_clicks_that_no_system_takes_for_a_double_click_place_one_order(
    ticket: OrderTicket, manual_clock: ManualClock
) -> None:
    spy = QSignalSpy(ticket.order_requested)
    for _ in range(10):
        click(ticket.place)
        manual_clock.advance(0.2)
    assert len(spy) == 1
    assert "One press, one order" in ticket.outcome.text()
    manual_clock.advance(1.0)
    click(ticket.place)
    assert len(spy) == 2, "a press after a pause is meant"
    assert spy[0][0].client_order_id != spy[1][0].client_order_id


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_l10_enter_held_down_places_one_order(ticket: OrderTicket, manual_clock: ManualClock, key: Qt.Key) -> None:
    spy = QSignalSpy(ticket.order_requested)
    held_key(ticket, key, 200)
    assert len(spy) == 1


def test_l10_enter_that_bounces_places_one_order(ticket: OrderTicket, manual_clock: ManualClock) -> None:
    spy = QSignalSpy(ticket.order_requested)
    for _ in range(20):
        press(ticket.form.amount, Qt.Key.Key_Return)
        manual_clock.advance(0.03)
    assert len(spy) == 1


def test_l10_while_the_desk_has_not_answered_no_second_order_is_asked_for(
    ticket: OrderTicket, paper: FakePaper, manual_clock: ManualClock
) -> None:
    ticket.order_requested.disconnect()
    spy = QSignalSpy(ticket.order_requested)
    for _ in range(5):
        click(ticket.place)
        manual_clock.advance(1.0)
    assert len(spy) == 1
    assert ticket.place.reason == "The order is being placed…"


def test_l13_symbol_that_changes_between_down_and_up_sends_nothing(
    ticket: OrderTicket, manual_clock: ManualClock
) -> None:
    spy = QSignalSpy(ticket.order_requested)
    button_down(ticket.place)
    ticket.show_symbol("MSFT")
    button_up(ticket.place)
    assert len(spy) == 0
    assert "nothing was sent" in ticket.outcome.text()
    manual_clock.advance(2.0)
    click(ticket.place)
    assert [spy[number][0].symbol for number in range(len(spy))] == ["MSFT"]


def test_l13_press_right_after_the_symbol_changed_meant_the_old_one(
    ticket: OrderTicket, paper: FakePaper, manual_clock: ManualClock
) -> None:
    spy = QSignalSpy(ticket.order_requested)
    ticket.show_symbol("MSFT")
    assert ticket.place.reason == "Now MSFT: a press counts in a moment."
    manual_clock.advance(SETTLE_S / 2)
    click(ticket.place)
    press(ticket.form.amount, Qt.Key.Key_Return)
    assert len(spy) == 0
    manual_clock.advance(SETTLE_S + 1)
    ticket.refresh(paper, "MSFT", TEN)
    assert ticket.place.reason == ""
    click(ticket.place)
    assert [spy[number][0].symbol for number in range(len(spy))] == ["MSFT"]


def test_l13_prices_of_one_symbol_are_never_those_of_another(ticket: OrderTicket, manual_clock: ManualClock) -> None:
    ticket.take_price(D("187.40"))
    ticket.show_symbol("MSFT")
    manual_clock.advance(2.0)
    assert ticket.form.limit.value is None
    assert ticket.form.draft.order_type == "LMT"
    assert ticket.place.text() == "▲ Buy 100 MSFT"
    ticket.show_symbol("AAPL")
    assert ticket.form.limit.value == D("187.40"), "what was typed for it is back"


def test_l13_rest_of_a_price_that_is_being_typed_is_no_price_of_the_other_symbol(
    qtbot: QtBot, ticket: OrderTicket, paper: FakePaper, manual_clock: ManualClock
) -> None:
    spy = QSignalSpy(ticket.order_requested)
    ticket.take_price(D("187.40"))
    ticket.activateWindow()
    ticket.form.limit.setFocus()
    qtbot.waitUntil(ticket.form.limit.hasFocus)
    ticket.form.limit.selectAll()
    type_text(ticket.form.limit, "18")
    ticket.show_symbol("MSFT")
    type_text(ticket.form.limit, "7.40")
    press(ticket.form.limit, Qt.Key.Key_Up)
    press(ticket.form.limit, Qt.Key.Key_Return)
    assert len(spy) == 0
    assert ticket.form.limit.text() == ""
    manual_clock.advance(SETTLE_S + 0.5)
    ticket.refresh(paper, "MSFT", TEN)
    type_text(ticket.form.limit, "410.10")
    press(ticket.form.limit, Qt.Key.Key_Return)
    assert [(spy[0][0].symbol, spy[0][0].limit_price)] == [("MSFT", D("410.10"))]


def test_l13_key_for_buy_after_the_change_is_meant_for_the_new_symbol(
    qtbot: QtBot, ticket: OrderTicket, manual_clock: ManualClock
) -> None:
    ticket.activateWindow()
    ticket.form.amount.setFocus()
    qtbot.waitUntil(ticket.form.amount.hasFocus)
    ticket.show_symbol("MSFT")
    ticket.begin("BUY")
    type_text(ticket.form.amount, "200")
    assert ticket.place.text() == "▲ Buy 200 MSFT"


def test_l13_no_race_of_hand_and_focus_sends_an_order_for_a_symbol_that_was_not_shown(
    ticket: OrderTicket, paper: FakePaper, manual_clock: ManualClock
) -> None:
    chance = random.Random(13)
    wrong: list[str] = []
    shown_at_press, typed = "", {name: D(100 + number) for number, name in enumerate(SYMBOLS)}
    count = 0

    def check(wish: object) -> None:
        nonlocal count
        count += 1
        symbol, limit = wish.symbol, wish.limit_price  # type: ignore[attr-defined] # OrderParams
        if symbol != shown_at_press or symbol != ticket.head.texts.symbol or limit != typed[symbol]:
            wrong.append(f"{symbol} at {limit}")

    ticket.order_requested.connect(check)
    for name in SYMBOLS:
        ticket.show_symbol(name)
        ticket.take_price(typed[name])
    for _ in range(10_000):
        manual_clock.advance(chance.choice((0.01, 0.2, 0.6, 1.0)))
        if chance.random() < 0.4:
            ticket.show_symbol(chance.choice(SYMBOLS))
        shown_at_press = ticket.symbol
        ticket.place.pressed.emit()
        if chance.random() < 0.3:
            ticket.show_symbol(chance.choice(SYMBOLS))
        ticket.place.clicked.emit(False)
    assert wrong == []
    assert count > 500
