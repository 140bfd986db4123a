"""Ticket and tables with the real desk, its engine and a ledger on the disk: what a hand asks for is what happens."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from PyQt6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from live_monitor.engine.market.sessions import hms
from live_monitor.errors import InvalidPaperOrder
from live_monitor.ui.blotter import Blotter
from live_monitor.ui.fills_table import FillsPanel
from live_monitor.ui.order_ticket import OrderTicket
from live_monitor.ui.positions_table import PositionsPanel
from live_monitor.ui.theme import Theme
from tests.data.paper_office import Office
from tests.ui.hands import click


class Room:
    """The panels beside a desk."""

    def __init__(self, office: Office, theme: Theme, qtbot: QtBot) -> None:
        self.office = office
        numbers = iter(range(1_000))
        self.ticket = OrderTicket(theme, office.clock, lambda: f"hand-{next(numbers)}")
        self.orders, self.fills, self.positions = Blotter(theme, hms), FillsPanel(theme, hms), PositionsPanel(theme)
        for panel in (self.ticket, self.orders, self.fills, self.positions):
            qtbot.addWidget(panel)
            panel.resize(900, 300)
            panel.show()
        self.ticket.order_requested.connect(self.place)
        self.orders.cancel_requested.connect(office.desk.cancel)

    def place(self, order: object) -> None:
        def done(answer: object) -> None:
            if isinstance(answer, InvalidPaperOrder):
                self.ticket.refused(str(answer))

        self.office.desk.request(order, done)  # type: ignore[arg-type] # OrderParams

    def frame(self, seconds: float = 1.0) -> None:
        """A quote, and a frame some time later; everything that was decided is on the disk."""
        self.office.clock.advance(seconds)
        self.office.quote("AAPL", 100.0, 100.1)
        self.office.settled()
        now_ms = self.office.hub.clock.now_ms()
        self.ticket.refresh(self.office.desk, "AAPL", now_ms)
        for panel in (self.orders, self.fills, self.positions):
            panel.refresh(self.office.desk, now_ms)


@pytest.fixture
def room(tmp_path: Path, dark: Theme, qtbot: QtBot) -> Iterator[Room]:
    """An open account without limits, AAPL at 100.00 by 100.10."""
    office = Office(tmp_path)
    office.open("AAPL")
    made = Room(office, dark, qtbot)
    made.frame()
    yield made
    office.close()


def test_press_on_the_ticket_fills_at_the_ask_with_a_receipt(room: Room) -> None:
    assert room.ticket.place.reason == ""
    assert room.ticket.preview.value("Cost") == "10,010.00"
    click(room.ticket.place)
    room.frame()
    assert room.ticket.outcome.text() == "Filled: Buy 100 AAPL at 100.10"
    assert [row.quantity for row in room.positions.table.model.rows] == [Decimal(100)]
    fill = room.fills.table.model.rows[0]
    room.fills.table.choose(fill.filled.execution_id)
    assert any("100.1" in line for line in room.fills.receipt.lines)


def test_limit_that_waits_says_why_and_is_canceled_from_the_table(room: Room) -> None:
    room.ticket.take_price(Decimal("99.50"))
    click(room.ticket.place)
    room.frame()
    assert room.ticket.outcome.text().startswith("Working: Buy 100 AAPL, limit 99.50.")
    room.orders.table.choose(room.orders.table.model.rows[0].order.order_id)
    assert "99.5" in room.orders.message.text()
    click(room.orders.cancel_button)
    room.frame()
    assert room.orders.table.model.rowCount() == 0
    assert "anceled" in room.ticket.outcome.text()


def test_sale_of_what_is_not_held_is_blocked_with_the_reason(room: Room) -> None:
    spy = QSignalSpy(room.ticket.order_requested)
    room.ticket.form.set_side("SELL")
    assert room.ticket.place.reason
    click(room.ticket.place)
    assert len(spy) == 0


def test_quote_that_grows_old_blocks_a_market_order_with_its_age(room: Room) -> None:
    room.office.clock.advance(30)
    room.ticket.refresh(room.office.desk, "AAPL", room.office.hub.clock.now_ms())
    assert "no live market price" in room.ticket.place.reason
    assert not room.ticket.head.texts.fresh
