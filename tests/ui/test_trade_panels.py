"""The panels of paper trading together: what nobody sees waits, what is refused is said where it was asked."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PyQt6.QtTest import QSignalSpy
from PyQt6.QtWidgets import QApplication

from live_monitor.data.models.orders import OrderParams
from live_monitor.ui.main_window import MainWindow
from live_monitor.ui.paper_badge import PaperBadge
from live_monitor.ui.theme import load_theme
from live_monitor.ui.trade_panels import exchange_time, new_order_id
from tests.memory_paper import MemoryPaper, working
from tests.ui.fake_hub import TEN, FakeHub


@pytest.fixture
def paper() -> MemoryPaper:
    """One working order."""
    made = MemoryPaper()
    made.working = [working("O1", limit_price="99.50")]
    made.quoted("AAPL", 99.99, 100.01)
    return made


def test_a_table_that_nobody_sees_waits_until_it_is_shown(window: MainWindow, paper: MemoryPaper) -> None:
    trade = window.trade
    window.show_tab(window.entries)
    trade.refresh(paper, "AAPL", TEN)
    assert trade.orders._paper is None
    window.show_tab(trade.orders)
    QApplication.processEvents()
    trade.refresh(paper, "AAPL", TEN)
    assert trade.orders._paper is paper


def test_another_page_asks_for_a_frame(window: MainWindow) -> None:
    frames = QSignalSpy(window.pacer.frame)
    window.show_tab(window.trade.positions)
    assert frames.wait(2_000)


@pytest.mark.parametrize("name", ["entries", "log", "orders", "fills", "positions", "account", "journal"])
def test_command_for_a_page_gives_the_page_the_keyboard(window: MainWindow, name: str) -> None:
    window.actions_by_name[name].trigger()
    keyboard = window.focusWidget()
    assert keyboard is not None
    page = window.tabs.currentWidget()
    assert page is not None
    assert page.isAncestorOf(keyboard), "the page itself has no keys"


def test_every_surface_that_can_place_an_order_says_paper(window: MainWindow, paper: MemoryPaper) -> None:
    trade = window.trade
    for surface in (trade.ticket, trade.orders, trade.positions, trade.figures, trade.flatten_card):
        assert surface.findChildren(PaperBadge), type(surface).__name__
    texts = [window.actions_by_name[name].text() for name in ("buy", "sell", "bracket", "one_click")]
    assert all("(paper)" in text for text in texts)


def test_an_order_that_is_begun_elsewhere_opens_in_the_ticket(
    window: MainWindow, paper: MemoryPaper, hub: FakeHub
) -> None:
    window.trade.refresh(paper, "AAPL", TEN)
    window.ticket_dock.hide()
    order = OrderParams(symbol="AAPL", side="SELL", quantity=Decimal(70), order_type="STP", stop_price=Decimal("99.10"))
    window.trade.wishes.ticket_filled.emit(order)
    draft = window.trade.ticket.form.draft
    assert window.ticket_dock.isVisible()
    assert (draft.side, draft.order_type) == ("SELL", "STP")


def test_only_the_order_of_the_ticket_is_refused_there(window: MainWindow, paper: MemoryPaper) -> None:
    trade = window.trade
    trade.refresh(paper, "AAPL", TEN)
    mine = OrderParams(symbol="AAPL", side="BUY", quantity=1, client_order_id="mine")
    trade.ticket.order_requested.emit(mine)
    other = OrderParams(symbol="AAPL", side="BUY", quantity=1, client_order_id="other")
    assert not trade.ticket_refused(other, "no")
    assert trade.ticket_refused(mine, "no cash")
    assert "no cash" in trade.ticket.outcome.text()


def test_a_theme_reaches_every_panel(window: MainWindow) -> None:
    light = load_theme("light")
    window.set_theme(light)
    assert window.trade.ticket.badge._theme is light
    assert window.trade.flatten_card.badge._theme is light


def test_ids_of_orders_are_all_different() -> None:
    assert len({new_order_id() for _ in range(1_000)}) == 1_000


def test_times_are_those_of_the_exchange() -> None:
    assert exchange_time(1_614_610_800_000) == "1 Mar 10:00"
