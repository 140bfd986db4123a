"""Accounts at a broker: read, never traded, never taken for paper."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QSignalSpy
from PyQt6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from live_monitor.data.models.broker import BrokerAccount, BrokerBalances, BrokerOrder, BrokerPosition
from live_monitor.engine.market.sessions import hms
from live_monitor.ui.broker_panel import BrokerPanel, BrokerView
from live_monitor.ui.theme import Theme
from tests.ui.hands import click, double_click

D = Decimal
AT = 1_795_185_000_000

MARGIN = BrokerAccount(
    id="HASH1",
    shown="…4321",
    kind="MARGIN",
    balances=BrokerBalances(
        buying_power=D("40234.56"), net_liquidation=D("25117.28"), cash=D("1200.5"), margin_balance=D("-310.25")
    ),
    positions=(
        BrokerPosition(
            "AAPL", D(100), D("150.255"), D("15100"), D("-52"), D("74.5"), kind="EQUITY", description="APPLE INC"
        ),
        BrokerPosition("NVDA", D("-5.25"), D("900"), None, None, None, kind="EQUITY"),
        BrokerPosition("AAPL  240517P00190000", D(1), D("3.1"), D("310"), D(0), D(0), kind="OPTION"),
    ),
    orders=(
        BrokerOrder("1001", "MSFT", "BUY", D(10), D(4), "LIMIT", "WORKING", D("410.5"), entered_ms=AT),
        BrokerOrder("1002", "SPY", "SELL_SHORT", D(5), D(0), "STOP_LIMIT", "PENDING_ACTIVATION", D(1), D(2)),
    ),
    as_of_ms=AT,
)
CASH = BrokerAccount(id="HASH2", shown="…9876", kind="CASH", as_of_ms=AT)


@pytest.fixture
def panel(qtbot: QtBot, dark: Theme) -> BrokerPanel:
    """The panel, shown, with nothing yet."""
    made = BrokerPanel(dark, hms)
    qtbot.addWidget(made)
    made.resize(900, 240)
    made.show()
    return made


def texts(panel: BrokerPanel, row: int, *, orders: bool = False) -> list[str]:
    """Texts of a row of positions or orders."""
    model = (panel.orders if orders else panel.positions).model
    return [str(model.index(row, column).data()) for column in range(model.columnCount())]


def test_without_a_broker_it_says_what_would_be_here_and_how_to_get_it(panel: BrokerPanel) -> None:
    panel.refresh(BrokerView(), AT)
    assert panel.login_button.isVisible()
    assert not panel.accounts.isVisible()
    clicked = QSignalSpy(panel.login_requested)
    panel.login_button.click()
    assert len(clicked) == 1


def test_it_shows_balances_positions_and_orders_as_the_broker_told_them(panel: BrokerPanel) -> None:
    panel.refresh(BrokerView("Schwab", (MARGIN,)), AT + 3_400)
    assert panel.figures.value("Buying power") == "40,234.56"
    assert panel.figures.value("Margin balance") == "−310.25"
    assert panel.age.text() == "as of 3 s ago"
    panel.positions.view.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    assert texts(panel, 0)[:4] == ["AAPL", "100", "150.2550", "15,100.00"]
    assert texts(panel, 2)[:4] == ["NVDA", "−5.25", "900.00", "–"]
    panel.orders.view.sortByColumn(2, Qt.SortOrder.AscendingOrder)
    assert texts(panel, 0, orders=True)[1:7] == ["working", "MSFT", "buy", "4 of 10", "limit", "410.50"]
    assert texts(panel, 1, orders=True)[0] == "–"


def test_a_figure_that_was_not_told_is_a_dash_and_no_zero(panel: BrokerPanel) -> None:
    panel.refresh(BrokerView("Schwab", (CASH,)), AT)
    assert panel.figures.value("Net liquidation") == "–"
    assert panel.figures.value("Unsettled cash") == ""


def test_the_chosen_account_stays_chosen_when_figures_change(panel: BrokerPanel) -> None:
    panel.refresh(BrokerView("Schwab", (MARGIN, CASH)), AT)
    panel.accounts.setCurrentIndex(1)
    assert panel.positions.model.rowCount() == 0
    changed = BrokerAccount(id="HASH2", shown="…9876", balances=BrokerBalances(cash=D(7)), as_of_ms=AT + 1)
    panel.refresh(BrokerView("Schwab", (MARGIN, changed)), AT)
    assert panel.accounts.currentData() == "HASH2"
    assert panel.figures.value("Cash") == "7.00"


def test_old_figures_say_their_age_and_why(panel: BrokerPanel) -> None:
    panel.refresh(BrokerView("Schwab", (MARGIN,), "Schwab wants you to log in anew."), AT + 61_000)
    assert panel.age.text() == "as of 61 s ago · Schwab wants you to log in anew."
    assert panel.age.property("role") == "warning"
    assert panel.login_button.isVisible()


def test_nothing_in_it_can_place_change_or_cancel_an_order(panel: BrokerPanel) -> None:
    panel.refresh(BrokerView("Schwab", (MARGIN,)), AT)
    assert [button.text() for button in panel.findChildren(QPushButton)] == ["Log in…"]
    assert "read only" in panel.badge.accessibleName().lower() or "only looked at" in panel.badge.accessibleName()


def test_an_opened_position_shows_its_symbol_and_an_option_none(panel: BrokerPanel) -> None:
    panel.refresh(BrokerView("Schwab", (MARGIN,)), AT)
    panel.positions.view.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    asked: list[str] = []
    panel.symbol_requested.connect(asked.append)
    view = panel.positions.view
    for row in (0, 1):
        at = view.visualRect(panel.positions.model.index(row, 0)).center()
        click(view.viewport(), at)
        double_click(view.viewport(), at)
    assert asked == ["AAPL"]


@pytest.mark.parametrize(("age_ms", "role"), [(15_000, "muted"), (15_001, "warning")])
def test_figures_that_may_be_wrong_by_now_are_marked(panel: BrokerPanel, age_ms: int, role: str) -> None:
    panel.refresh(BrokerView("Schwab", (MARGIN,)), AT + age_ms)
    assert panel.age.property("role") == role


def test_what_was_filled_is_a_dash_where_it_is_not_told(panel: BrokerPanel) -> None:
    account = BrokerAccount("HASH", "…5678", orders=(BrokerOrder("1", "A", "BUY", D(10), None, "LIMIT", "WORKING"),))
    panel.refresh(BrokerView("Schwab", (account,)), AT)
    assert texts(panel, 0, orders=True)[4] == "– of 10"


def test_the_chosen_account_stays_chosen_when_others_come_and_go(panel: BrokerPanel) -> None:
    panel.refresh(BrokerView("Schwab", (MARGIN, CASH)), AT)
    panel.accounts.setCurrentIndex(1)
    panel.refresh(BrokerView("Schwab", (MARGIN, BrokerAccount("HASH3", "…1111"), CASH)), AT)
    assert (panel.accounts.currentData(), panel.positions.model.rowCount()) == ("HASH2", 0)
    panel.refresh(BrokerView("Schwab", (MARGIN,)), AT)
    assert (panel.accounts.currentData(), panel.positions.model.rowCount()) == ("HASH1", 3)
