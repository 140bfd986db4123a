"""What is asked of paper trading arrives at the paper desk, once; what it refuses is told where it was asked."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from PyQt6.QtCore import QPoint, Qt

from live_monitor.data.models.orders import OrderParams, Refusal
from live_monitor.ui.chart_menu import ChartMenu
from live_monitor.ui.charts.pointer import MenuPoint
from live_monitor.ui.paper_view import NewAccount, Replacement
from tests.memory_paper import MemoryPaper, position, working
from tests.ui.charts.gestures import qtest
from tests.ui.hands import press
from tests.whole_desk import WholeDesk

REFUSED = Refusal("cash", "Not enough cash: 500.00 are left.")
BUY = OrderParams(symbol="AAPL", side="BUY", quantity=100, order_type="LMT", limit_price="99.50")


@pytest.fixture
def paper(whole: WholeDesk) -> MemoryPaper:
    """A paper desk in the whole desktop; AAPL closed at 109."""
    made = MemoryPaper()
    made.quoted("AAPL", 108.99, 109.01)
    whole.desk.orders.follow(made)
    whole.chart.chart.trading.resize(Decimal(100), Decimal("0.5"))
    whole.frame()
    return made


def orders(paper: MemoryPaper) -> list[OrderParams]:
    return [asked for asked in paper.asked if isinstance(asked, OrderParams)]


def test_every_order_has_a_name_of_its_own(whole: WholeDesk, paper: MemoryPaper) -> None:
    for _ in range(2):
        whole.window.trade.wishes.order_requested.emit(BUY)
    first, second = (order.client_order_id for order in orders(paper))
    assert first
    assert second
    assert first != second


def test_an_order_that_has_a_name_keeps_it(whole: WholeDesk, paper: MemoryPaper) -> None:
    named = OrderParams(symbol="AAPL", side="BUY", quantity=1, client_order_id="mine")
    whole.window.trade.wishes.order_requested.emit(named)
    assert orders(paper) == [named]


def test_wishes_arrive(whole: WholeDesk, paper: MemoryPaper) -> None:
    wishes = whole.window.trade.wishes
    wishes.replace_requested.emit(Replacement("O1", limit_price=Decimal(99)))
    wishes.cancel_requested.emit("O1")
    wishes.cancel_all_requested.emit("AAPL")
    wishes.cancel_all_requested.emit("")
    wishes.flatten_requested.emit("AAPL")
    wishes.flatten_requested.emit("")
    wishes.note_written.emit("2026-11-20", "patience")
    wishes.account_requested.emit(NewAccount("Second", Decimal(5_000)))
    wishes.reset_requested.emit()
    assert paper.asked == [
        Replacement("O1", limit_price=Decimal(99)),
        ("cancel", "O1"),
        ("cancel all", "AAPL"),
        ("cancel all", None),
        ("flatten", "AAPL"),
        ("flatten", None),
        ("note", "2026-11-20", "patience"),
        ("open", "Second", Decimal(5_000)),
        "reset",
    ]


@pytest.mark.parametrize("wish", ["order", "cancel", "replace", "note"])
def test_a_refusal_is_told_in_one_line(whole: WholeDesk, paper: MemoryPaper, wish: str) -> None:
    wishes, paper.refusal = whole.window.trade.wishes, REFUSED
    asks: dict[str, Any] = {
        "order": lambda: wishes.order_requested.emit(BUY),
        "cancel": lambda: wishes.cancel_requested.emit("O1"),
        "replace": lambda: wishes.replace_requested.emit(Replacement("O1")),
        "note": lambda: wishes.note_written.emit("2026-11-20", ""),
    }
    asks[wish]()
    assert whole.told == [REFUSED.text]


def test_a_refusal_of_the_ticket_stands_in_the_ticket(whole: WholeDesk, paper: MemoryPaper) -> None:
    ticket = whole.window.trade.ticket
    paper.refusal = REFUSED
    ticket.order_requested.emit(OrderParams(symbol="AAPL", side="BUY", quantity=1, client_order_id="t1"))
    assert whole.told == []
    assert REFUSED.text in ticket.outcome.text()


def test_a_refusal_of_the_table_stands_in_the_table(whole: WholeDesk, paper: MemoryPaper) -> None:
    paper.refusal = REFUSED
    whole.window.trade.orders.cancel_requested.emit("O1")
    assert whole.told == []
    assert paper.asked == [("cancel", "O1")]


def test_before_there_is_a_paper_desk_wishes_say_so(whole: WholeDesk) -> None:
    wishes = whole.window.trade.wishes
    wishes.order_requested.emit(BUY)
    wishes.flatten_asked.emit("")
    wishes.cancel_requested.emit("O1")
    assert whole.told == ["Paper trading is not open yet."] * 3


def test_time_passes_for_orders_once_a_frame(whole: WholeDesk, paper: MemoryPaper) -> None:
    before = paper.ticks
    whole.frame()
    assert paper.ticks == before + 1


# -- flattening -----------------------------------------------------------------------------------


def test_person_is_told_what_flattening_waits_for(whole: WholeDesk, paper: MemoryPaper) -> None:
    closing = working("O9", side="SELL", order_type="MKT")
    paper.working = [closing, working("O1")]
    whole.window.trade.wishes.flatten_requested.emit("AAPL")
    assert whole.told == [f"Not flat yet: Sell 100 AAPL, market: {paper.why('O9')}."]
    whole.window.trade.wishes.flatten_requested.emit("MSFT")
    closing.state = "filled"
    whole.window.trade.wishes.flatten_requested.emit("")
    assert len(whole.told) == 1


def test_shift_escape_flattens_the_focus_after_one_confirmation(whole: WholeDesk, paper: MemoryPaper) -> None:
    paper.held = [position(300, "100", "109"), position(5, "1", "1", "MSFT")]
    whole.window.actions_by_name["flatten"].trigger()
    card = whole.window.trade.flatten_card
    assert card.isVisible()
    assert paper.asked == []
    press(card.go, Qt.Key.Key_Return)
    assert paper.asked == [("flatten", "AAPL")]


def test_another_symbol_in_focus_does_not_change_what_is_flattened(whole: WholeDesk, paper: MemoryPaper) -> None:
    """Faults L13."""
    paper.held = [position(300, "100", "109"), position(5, "1", "1", "MSFT")]
    whole.window.actions_by_name["flatten"].trigger()
    whole.desk.orders.follow_symbol("MSFT")
    press(whole.window.trade.flatten_card.go, Qt.Key.Key_Return)
    assert paper.asked == [("flatten", "AAPL")]


def test_nothing_to_flatten_is_said(whole: WholeDesk, paper: MemoryPaper) -> None:
    whole.window.actions_by_name["flatten"].trigger()
    assert whole.told == ["Nothing to flatten: no position and no working order in AAPL."]
    assert not whole.window.trade.flatten_card.isVisible()


def test_everything_can_be_flattened_after_one_confirmation(whole: WholeDesk, paper: MemoryPaper) -> None:
    paper.held = [position(5, "1", "1", "MSFT")]
    whole.window.trade.positions.flatten_all_requested.emit()
    press(whole.window.trade.flatten_card.go, Qt.Key.Key_Return)
    assert paper.asked == [("flatten", None)]


# -- on the chart ---------------------------------------------------------------------------------


def test_one_click_is_off_at_every_start_and_the_menu_says_what_is_in_force(
    whole: WholeDesk, paper: MemoryPaper
) -> None:
    switch, trading = whole.window.actions_by_name["one_click"], whole.chart.chart.trading
    assert not switch.isChecked()
    switch.trigger()
    assert trading.hand.armed
    trading.bar.click.click()
    assert not switch.isChecked()
    switch.trigger()
    whole.keeper.save_now()
    assert "one_click" not in whole.store.path.read_text()
    assert "armed" not in whole.store.path.read_text()


def test_one_click_stays_off_while_nothing_can_be_placed(whole: WholeDesk, paper: MemoryPaper) -> None:
    paper.notice = "The ledger is being checked."
    paper.change_version()
    whole.frame()
    switch = whole.window.actions_by_name["one_click"]
    switch.trigger()
    assert not switch.isChecked()
    assert not whole.chart.chart.trading.hand.armed


def test_a_click_on_the_chart_becomes_one_order_in_focus(whole: WholeDesk, paper: MemoryPaper) -> None:
    whole.window.actions_by_name["one_click"].trigger()
    chart = whole.chart.chart
    place = QPoint(120, chart._state.frame.scale.row(105.0))
    qtest.mouseClick(chart.canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
    (order,) = orders(paper)
    assert (order.symbol, order.side, order.order_type, order.quantity) == ("AAPL", "BUY", "LMT", 100)
    assert order.client_order_id
    whole.frame()
    assert [line.badge for line in chart._look.order_lines] == ["BUY 100"]


def test_another_focus_takes_lines_and_one_click_away_at_once(whole: WholeDesk, paper: MemoryPaper) -> None:
    """Faults L13."""
    paper.working = [working("O1", limit_price="105")]
    paper.change_version()
    whole.frame()
    whole.window.actions_by_name["one_click"].trigger()
    whole.desk.orders.follow_symbol("MSFT")
    chart = whole.chart.chart
    assert chart._look.order_lines == []
    assert not whole.window.actions_by_name["one_click"].isChecked()
    assert whole.window.trade.ticket.symbol == "MSFT"


def test_the_command_draws_a_bracket_and_puts_a_drawing_tool_down(whole: WholeDesk, paper: MemoryPaper) -> None:
    chart = whole.chart.chart
    chart.drawings.set_tool("trend")
    whole.window.actions_by_name["bracket"].trigger()
    assert chart.drawings.tool == "pointer"
    assert chart.trading.hand.drawing
    chart.drawings.set_tool("trend")
    assert not chart.trading.hand.drawing


def test_sizes_of_the_chart_are_kept_and_come_back(whole: WholeDesk, paper: MemoryPaper) -> None:
    bar = whole.chart.chart.trading.bar
    bar.shares.setValue(250)
    bar.risk.setValue(1.5)
    kept = whole.desktop.settings.paper
    assert (kept.shares, kept.risk_percent) == (250, 1.5)
    whole.keeper.save_now()
    again = whole.store.load().settings.paper
    assert (again.shares, again.risk_percent) == (250, 1.5)


def test_an_order_of_the_chart_menu_opens_the_ticket(whole: WholeDesk, paper: MemoryPaper) -> None:
    chart = whole.chart.chart
    at = chart._state.frame.scale.row(105.0)
    (entry,) = (
        action
        for action in chart.trading.actions_at(105.0, 50.0, at, chart)
        if action.text().startswith("Buy 100 limit")
    )
    entry.trigger()
    draft = whole.window.trade.ticket.form.draft
    assert (draft.side, draft.order_type) == ("BUY", "LMT")
    assert orders(paper) == []


def test_the_menu_of_a_place_holds_orders_first(whole: WholeDesk, paper: MemoryPaper) -> None:
    whole.desk.chart.show_menu(MenuPoint(QPoint(0, 0), 0, 105.0, "price", 50.0, 200.0))
    (menu,) = whole.window.findChildren(ChartMenu)
    assert menu.actions()[0].text() == "Buy 100 limit at 105.00… (paper)"
    menu.close()


# -- the account ----------------------------------------------------------------------------------


def test_the_account_in_use_is_kept_for_the_next_start(whole: WholeDesk, paper: MemoryPaper) -> None:
    whole.window.trade.wishes.account_chosen.emit("second")
    assert paper.account_id == "second"
    assert whole.desktop.settings.paper.accounts == {"simulated-7": "second"}
