"""The ticket: live cost and risk, reasons, sizes by money and risk, and what became of the order."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QSignalSpy
from PyQt6.QtWidgets import QAbstractButton, QLineEdit
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.data.models.orders import Bracket, OrderParams, Refusal
from live_monitor.ui.order_ticket import OrderTicket
from live_monitor.ui.paper_badge import MEANING, PaperBadge
from live_monitor.ui.theme import Theme
from live_monitor.ui.ticket_sent import ANSWER_S
from tests.ui.fake_hub import TEN
from tests.ui.fake_paper import RISK, D, FakePaper, market, order, risk_line
from tests.ui.hands import click, press, type_text


@pytest.fixture
def paper(manual_clock: ManualClock) -> FakePaper:
    """A desk with fresh quotes of two symbols."""
    now = manual_clock.monotonic()
    return FakePaper(quotes={"AAPL": market("AAPL", now), "MSFT": market("MSFT", now, bid=410.10, ask=410.20)})


@pytest.fixture
def ticket(qtbot: QtBot, dark: Theme, manual_clock: ManualClock, paper: FakePaper) -> OrderTicket:
    """A ticket for AAPL, shown."""
    numbers = iter(range(1, 1_000))
    made = OrderTicket(dark, manual_clock, lambda: f"c{next(numbers)}")
    qtbot.addWidget(made)
    made.resize(272, 640)
    made.show()
    made.refresh(paper, "AAPL", TEN)
    return made


def frame(
    ticket: OrderTicket, paper: FakePaper, clock: ManualClock, symbol: str = "AAPL", seconds: float = 1.0
) -> None:
    """Another frame, some time later, with a fresh quote."""
    clock.advance(seconds)
    for quote in paper.quotes.values():
        quote.received = quote.last_received = clock.monotonic()
    paper.touch()
    ticket.refresh(paper, "AAPL", TEN)


def sent(spy: QSignalSpy) -> list[OrderParams]:
    """Orders that were asked for."""
    return [spy[number][0] for number in range(len(spy))]


def test_one_click_places_what_is_shown(ticket: OrderTicket) -> None:
    spy = QSignalSpy(ticket.order_requested)
    assert ticket.place.text() == "▲ Buy 100 AAPL"
    click(ticket.place)
    assert sent(spy) == [OrderParams(symbol="AAPL", side="BUY", quantity=D(100), client_order_id="c1")]


def test_enter_in_a_field_places_the_order(ticket: OrderTicket) -> None:
    spy = QSignalSpy(ticket.order_requested)
    ticket.begin("SELL")
    type_text(ticket.form.amount, "50")
    press(ticket.form.amount, Qt.Key.Key_Return)
    assert [(one.side, one.quantity) for one in sent(spy)] == [("SELL", D(50))]


def test_enter_on_another_button_presses_that_button(ticket: OrderTicket) -> None:
    spy = QSignalSpy(ticket.order_requested)
    ticket.form.sell.setFocus()
    press(ticket.form.sell, Qt.Key.Key_Return)
    assert ticket.form.side == "SELL"
    assert len(spy) == 0


def test_cost_and_risk_are_live(ticket: OrderTicket, paper: FakePaper, manual_clock: ManualClock) -> None:
    assert ticket.preview.value("Price") == "187.43 ask"
    assert ticket.preview.value("Cost") == "18,743.00"
    assert ticket.preview.value("Fees") == "1.00"
    assert ticket.preview.value("Buying power after") == "25,033.00"
    assert ticket.preview.value("✓ Position size") == "9.37 % of 10.00 %"
    paper.quotes["AAPL"].ask = 187.50
    paper.risk = (risk_line("Position size", "11.00 %", "10.00 %", ok=False), *RISK[3:])
    frame(ticket, paper, manual_clock)
    assert ticket.preview.value("Cost") == "18,750.00"
    assert ticket.preview.value("✗ Position size") == "11.00 % of 10.00 %"
    assert next(one for one in ticket.preview.figures if "Position" in one.caption).role == "warning"


def test_price_of_the_market_is_taken_as_the_limit(ticket: OrderTicket) -> None:
    ticket.form.order_type.setCurrentIndex(ticket.form.order_type.findData("LMT"))
    assert ticket.place.reason == "Type a limit price."
    click(ticket.form.prices.buttons["mid"])
    assert ticket.form.limit.text() == "187.42"
    assert ticket.place.reason == ""
    assert ticket.preview.value("Price") == "187.42 limit"


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("MKT", set()),
        ("LMT", {"limit", "prices"}),
        ("STP", {"stop"}),
        ("STP_LMT", {"stop", "limit", "prices"}),
        ("TRAIL", {"trail", "trail_unit"}),
    ],
)
def test_only_fields_that_the_type_needs_are_there(ticket: OrderTicket, kind: str, shown: set[str]) -> None:
    form = ticket.form
    form.order_type.setCurrentIndex(form.order_type.findData(kind))
    names = {"limit", "prices", "stop", "trail", "trail_unit"}
    assert {name for name in names if not getattr(form, name).isHidden()} == shown


def test_size_by_cash_is_what_the_button_says_and_what_is_sent(ticket: OrderTicket) -> None:
    spy = QSignalSpy(ticket.order_requested)
    click(ticket.form.sizing.buttons["cash"])
    assert ticket.form.amount.text() == "10,000"
    assert ticket.sized.text() == "= 53 shares at 187.43"
    assert ticket.place.text() == "▲ Buy 53 AAPL"
    click(ticket.place)
    assert sent(spy)[0].quantity == D(53)


def test_size_by_risk_follows_the_distance_of_the_stop(ticket: OrderTicket) -> None:
    click(ticket.form.sizing.buttons["risk"])
    assert "Risk needs a stop" in ticket.place.reason
    ticket.form.bracket.click()
    ticket.form.protect.setFocus()
    type_text(ticket.form.protect, "186.43")
    # 1 % of 100,000 over a dollar a share.
    assert ticket.place.text() == "▲ Buy 1,000 AAPL"
    assert ticket.offer.order("x").bracket == Bracket(stop_price=D("186.43"))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda paper: setattr(paper, "notice", "The ledger is being checked: 40 %."), "being checked"),
        (lambda paper: setattr(paper, "refusal", Refusal("whitelist", "AAPL is not allowed.")), "not allowed"),
    ],
)
def test_disabled_button_says_why_and_sends_nothing(
    ticket: OrderTicket, paper: FakePaper, manual_clock: ManualClock, spoil: object, words: str
) -> None:
    assert callable(spoil)
    spoil(paper)
    frame(ticket, paper, manual_clock)
    spy = QSignalSpy(ticket.order_requested)
    assert words in ticket.reason.text()
    assert words in ticket.place.accessibleDescription()
    assert ticket.place.property("order") == "blocked"
    assert ticket.place.isEnabled(), "else a held key would go to the next widget"
    click(ticket.place)
    press(ticket.form.amount, Qt.Key.Key_Return)
    assert len(spy) == 0


def test_what_is_typed_and_is_no_number_is_said(ticket: OrderTicket) -> None:
    ticket.form.amount.selectAll()
    type_text(ticket.form.amount, "1,5")
    assert "Quantity" in ticket.place.reason
    assert "no number" in ticket.place.reason


def test_old_quote_is_painted_as_old(ticket: OrderTicket, paper: FakePaper, manual_clock: ManualClock) -> None:
    assert ticket.head.texts.fresh
    manual_clock.advance(9)
    ticket.refresh(paper, "AAPL", TEN)
    assert not ticket.head.texts.fresh
    assert ticket.head.texts.note == "quote 9 s old"


def test_what_became_of_the_order_is_said(ticket: OrderTicket, paper: FakePaper, manual_clock: ManualClock) -> None:
    click(ticket.place)
    assert ticket.place.reason == "The order is being placed…"
    made = order(1, client_order_id="c1", order_type="MKT", limit_price=None)
    paper.all_orders.append(made)
    paper.unkept = {"O1"}
    frame(ticket, paper, manual_clock)
    assert "being kept" in ticket.outcome.text()
    paper.unkept.clear()
    frame(ticket, paper, manual_clock)
    assert ticket.outcome.text().startswith("Working: Buy 100 AAPL, market. Waits for an ask")
    made.state, made.filled, made.value = "filled", D(100), D("18743")
    frame(ticket, paper, manual_clock)
    assert ticket.outcome.text() == "Filled: Buy 100 AAPL at 187.43"
    assert ticket.place.reason == ""


def test_refusal_of_the_desk_stands_on_the_ticket(ticket: OrderTicket) -> None:
    click(ticket.place)
    ticket.refused("The disk is full.")
    assert ticket.outcome.text() == "Refused: The disk is full."
    assert ticket.place.reason == ""


def test_order_that_is_not_answered_is_asked_for_again_under_the_same_id(
    ticket: OrderTicket, paper: FakePaper, manual_clock: ManualClock
) -> None:
    spy = QSignalSpy(ticket.order_requested)
    click(ticket.place)
    frame(ticket, paper, manual_clock, seconds=ANSWER_S + 0.1)
    assert "No answer yet" in ticket.outcome.text()
    click(ticket.place)
    assert [one.client_order_id for one in sent(spy)] == ["c1", "c1"]
    paper.all_orders.append(order(1, client_order_id="c1"))
    frame(ticket, paper, manual_clock)
    click(ticket.place)
    assert sent(spy)[-1].client_order_id == "c2"


def test_order_begun_on_the_chart_is_shown_to_be_looked_over(ticket: OrderTicket) -> None:
    wish = OrderParams(symbol="AAPL", side="SELL", quantity=30, order_type="LMT", limit_price="190.10")
    ticket.fill(wish)
    assert ticket.place.text() == "▼ Sell 30 AAPL"
    assert ticket.form.limit.text() == "190.10"
    ticket.fill(OrderParams(symbol="MSFT", side="BUY", quantity=1))
    assert ticket.place.text() == "▼ Sell 30 AAPL", "an order for another symbol is none of this ticket's"


def test_price_that_is_pointed_at_makes_a_limit_order(ticket: OrderTicket) -> None:
    ticket.take_price(D("186.90"))
    assert (ticket.form.draft.order_type, ticket.form.limit.value) == ("LMT", D("186.90"))
    ticket.form.order_type.setCurrentIndex(ticket.form.order_type.findData("STP"))
    ticket.take_price(D("190"))
    assert ticket.form.stop.value == D("190")


def test_keys_for_buy_and_sell_put_the_keyboard_on_the_quantity(qtbot: QtBot, ticket: OrderTicket) -> None:
    ticket.activateWindow()
    ticket.begin("SELL")
    assert ticket.form.side == "SELL"
    qtbot.waitUntil(ticket.form.amount.hasFocus)
    assert ticket.form.amount.selectedText() == "100"


def test_boxes_that_cannot_be_ticked_say_why(ticket: OrderTicket) -> None:
    assert not ticket.form.extended.isEnabled()
    assert "limit orders" in ticket.form.extended.toolTip()


def test_where_there_is_little_height_side_type_and_quantity_are_in_sight(
    qtbot: QtBot, ticket: OrderTicket, paper: FakePaper, manual_clock: ManualClock
) -> None:
    ticket.resize(272, 270)
    qtbot.waitUntil(lambda: ticket.fields.height() > 100)
    paper.notice = "The ledger is being checked: 40 %."
    frame(ticket, paper, manual_clock)
    inner = ticket.fields.viewport()
    assert inner is not None
    for field in (ticket.form.buy, ticket.form.order_type, ticket.form.amount):
        assert inner.rect().contains(field.rect().translated(field.mapTo(inner, field.rect().topLeft()))), field
    assert ticket.place.isVisible()
    assert ticket.reason.text() == "The ledger is being checked: 40 %."
    paper.notice = ""
    frame(ticket, paper, manual_clock)
    click(ticket.place)
    above = ticket.place.geometry()
    ticket.refused("No.")
    assert ticket.outcome.isHidden()
    assert ticket.reason.text() == "Refused: No.", "one line is for both"
    paper.notice = "The ledger is being checked: 40 %."
    frame(ticket, paper, manual_clock)
    assert ticket.reason.text() == "Refused: No.\nThe ledger is being checked: 40 %.", "what came of it stays in sight"
    assert ticket.place.geometry() == above
    ticket.begin("SELL")
    frame(ticket, paper, manual_clock)
    assert ticket.reason.text() == paper.notice, "another order has all the room"


@pytest.mark.parametrize("height", [170, 240])
def test_key_for_buy_brings_the_quantity_into_sight_however_low_the_dock_is(
    qtbot: QtBot, ticket: OrderTicket, height: int
) -> None:
    ticket.resize(200, height)
    ticket.activateWindow()
    qtbot.waitUntil(lambda: ticket.fields.height() < 100)
    ticket.begin("BUY")
    inner = ticket.fields.viewport()
    assert inner is not None
    assert inner.rect().contains(ticket.form.amount.mapTo(inner, ticket.form.amount.rect().center()))
    assert ticket.rect().contains(ticket.place.geometry()), "the button is never cut off"


def test_paper_is_painted_and_everything_has_a_name(ticket: OrderTicket, theme: Theme) -> None:
    ticket.set_theme(theme)
    badge = ticket.findChild(PaperBadge)
    assert badge is not None
    assert badge.isVisible()
    assert badge.accessibleName() == MEANING
    for field in (*ticket.findChildren(QLineEdit), *ticket.findChildren(QAbstractButton)):
        assert field.accessibleName() or (isinstance(field, QAbstractButton) and field.text()), field


def test_keys_of_the_captions_are_each_used_once_and_by_no_menu(ticket: OrderTicket) -> None:
    texts = [label.text() for label in ticket.findChildren(type(ticket.reason))]
    texts += [box.text() for box in (ticket.form.extended, ticket.form.bracket)]
    keys = [text[text.index("&") + 1].upper() for text in texts if "&" in text]
    assert len(keys) >= 8
    assert len(set(keys)) == len(keys)
    assert not set(keys) & set("FVBCTGH"), "menus of the window"
