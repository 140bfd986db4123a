"""What the ticket offers in place of an order that is too large, and how its head keeps up with the market."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PyQt6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.data.models.orders import OrderParams, Refusal
from live_monitor.engine.paper.preview import Preview
from live_monitor.engine.paper.risk_words import Measured, RiskLine
from live_monitor.ui.order_ticket import OrderTicket
from live_monitor.ui.theme import Theme
from tests.ui.fake_hub import TEN
from tests.ui.fake_paper import D, FakePaper, market
from tests.ui.hands import click

MOST = 39


class Limited(FakePaper):
    """Takes 39 shares and no more."""

    def preview(self, params: OrderParams) -> Preview:
        """Refuses what is larger by its limit of the position."""
        found = super().preview(params)
        ok = Decimal(str(params.quantity)) <= MOST
        measured = Measured("max_position", D(0), D(0), D(0), ok, D(100_000), MOST)
        line = RiskLine("Position size", "0.00 %", "25.62 %", "10.00 %", ok, measured)
        text = "BUY 100 AAPL would make a position of 25,615.00 USD, 25.62 % of the account; 10.00 % is allowed."
        return found._replace(risk=(line,), refusal=None if ok else Refusal("max_position", text))


@pytest.fixture
def paper(manual_clock: ManualClock) -> Limited:
    """Has a fresh quote of AAPL."""
    return Limited(quotes={"AAPL": market("AAPL", manual_clock.monotonic())})


@pytest.fixture
def ticket(qtbot: QtBot, dark: Theme, manual_clock: ManualClock, paper: Limited) -> OrderTicket:
    """A ticket for 100 AAPL, shown."""
    made = OrderTicket(dark, manual_clock, lambda: "c1")
    qtbot.addWidget(made)
    made.resize(272, 640)
    made.show()
    made.refresh(paper, "AAPL", TEN)
    return made


@pytest.mark.parametrize("height", [170, 270, 640])
def test_refusal_is_short_and_the_number_that_fits_is_in_sight_at_any_height(
    qtbot: QtBot, ticket: OrderTicket, height: int
) -> None:
    ticket.resize(200, height)
    qtbot.waitUntil(lambda: (ticket.height() < 640) == (height < 640))
    assert ticket.reason.text() == "Position size 25.62 %, allowed 10.00 %."
    assert "25,615.00 USD" in ticket.place.reason, "all of it is told where there is room"
    assert "25,615.00 USD" in ticket.reason.toolTip()
    assert ticket.fit_button.isVisible()
    assert ticket.fit_button.text() == "&Use 39"
    assert ticket.rect().contains(ticket.fit_button.geometry())


def test_where_there_is_little_room_the_button_loses_its_arrow_and_no_letter(qtbot: QtBot, ticket: OrderTicket) -> None:
    ticket.resize(200, 700)
    qtbot.waitUntil(lambda: ticket.width() == 200 and ticket.place.text() == "Buy 100 AAPL")
    assert ticket.fit_button.isVisible()
    assert ticket.place.accessibleName() == "▲ Buy 100 AAPL"
    click(ticket.fit_button)
    # The other button is gone, and there is room again.
    qtbot.waitUntil(lambda: ticket.place.text() == "▲ Buy 39 AAPL")


def test_press_on_what_fits_sets_it_and_places_nothing(ticket: OrderTicket, manual_clock: ManualClock) -> None:
    spy = QSignalSpy(ticket.order_requested)
    click(ticket.fit_button)
    assert ticket.form.amount.value == MOST
    assert ticket.place.text() == "▲ Buy 39 AAPL"
    assert ticket.fit_button.isHidden()
    # The second half of a double click lands on the button that has grown into its place.
    click(ticket.place)
    assert len(spy) == 0
    manual_clock.advance(2)
    click(ticket.place)
    assert [spy[number][0].quantity for number in range(len(spy))] == [MOST]


def test_what_fits_is_counted_in_shares_however_the_size_was_typed(ticket: OrderTicket) -> None:
    ticket.form.sizing.set_value("cash")
    ticket.form.sizing.chosen.emit("cash")
    assert ticket.offer.fits == MOST
    click(ticket.fit_button)
    assert ticket.form.draft.sizing == "shares"
    assert ticket.form.draft.amount == MOST


def test_nothing_is_offered_that_the_desk_would_not_take(
    ticket: OrderTicket, paper: Limited, manual_clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuses_all = paper.preview(OrderParams(symbol="AAPL", side="BUY", quantity=100))
    monkeypatch.setattr(paper, "preview", lambda params: refuses_all)
    manual_clock.advance(1)
    paper.touch()
    ticket.refresh(paper, "AAPL", TEN)
    assert ticket.offer.reason
    assert ticket.offer.fits is None
    assert ticket.fit_button.isHidden()


def test_head_shows_each_quote_in_its_frame_while_the_reckoning_takes_its_time(
    ticket: OrderTicket, paper: Limited, manual_clock: ManualClock
) -> None:
    asked = len(paper.asked)
    for cent in range(1, 6):
        manual_clock.advance(0.016)
        quote = paper.quotes["AAPL"]
        quote.bid, quote.received = 187.41 + cent / 100, manual_clock.monotonic()
        paper.touch()
        ticket.refresh(paper, "AAPL", TEN)
        assert ticket.head.texts.bid == f"187.{41 + cent}"
    assert len(paper.asked) == asked, "less than a tenth of a second has gone by"


def test_where_there_is_one_line_it_is_for_the_order_just_sent_until_another_is_written(
    qtbot: QtBot, ticket: OrderTicket, paper: Limited, manual_clock: ManualClock
) -> None:
    ticket.resize(200, 180)
    qtbot.waitUntil(lambda: ticket.height() < 640)
    click(ticket.fit_button)
    manual_clock.advance(2)
    click(ticket.place)
    ticket.refused("The feed is down.")
    assert "Refused" in ticket.reason.text()
    assert "The feed is down." in ticket.reason.toolTip()
    ticket.form.amount.set_value(D(100))
    ticket.form.amount.edited.emit()
    assert "Position size" in ticket.reason.text()


def test_tab_leads_from_the_fields_to_the_button_and_what_fits(ticket: OrderTicket) -> None:
    ticket.form.bracket.setFocus()
    seen = []
    for _ in range(3):
        ticket.focusNextChild()
        seen.append(ticket.focusWidget())
    assert seen == [ticket.place, ticket.fit_button, ticket.settings_button]
