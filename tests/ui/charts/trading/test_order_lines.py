"""What the lines of a symbol say, and what moving one asks for."""

from __future__ import annotations

from decimal import Decimal

import pytest

from live_monitor.ui.charts.trading.order_lines import line_if, line_price, moved, order_lines
from live_monitor.ui.paper_view import Replacement
from tests.memory_paper import MemoryPaper, position, working

D = Decimal


def paper(*orders: object, held: object = None) -> MemoryPaper:
    made = MemoryPaper()
    made.working = list(orders)  # type: ignore[arg-type]  # orders
    made.held = [held] if held is not None else []  # type: ignore[list-item]  # a position
    return made


def test_a_working_order_says_what_it_is_and_how_many_shares_are_ahead() -> None:
    (line,) = order_lines(paper(working("O1", limit_price="99.5", queue_ahead=D(312))), "AAPL")
    assert (line.badge, line.text) == ("BUY 100", "Limit 99.50 · 312 ahead")
    assert (line.price, line.moves, line.closes, line.waiting) == (99.5, True, True, False)


def test_a_part_that_is_filled_is_named_and_only_the_rest_is_left() -> None:
    (line,) = order_lines(paper(working("O1", limit_price="99.5", filled=D(40), state="partially_filled")), "AAPL")
    assert (line.badge, line.text) == ("BUY 60", "Limit 99.50 · 40 of 100 filled")


def test_only_working_orders_of_the_symbol_have_a_line() -> None:
    others = [
        working("O1", limit_price="99.5", state="filled"),
        working("O2", limit_price="99.5", symbol="MSFT"),
        working("O3", order_type="MKT"),
        working("O4", order_type="STP", stop_price="101", triggered_ms=5),
    ]
    assert order_lines(paper(*others), "AAPL") == []


def test_children_say_what_they_would_bring() -> None:
    lines = order_lines(
        paper(
            working("O1", limit_price="100"),
            working("O2", side="SELL", role="target", limit_price="102", parent_id="O1", state="held"),
            working("O3", side="SELL", role="stop", order_type="STP", stop_price="99", parent_id="O1", state="held"),
        ),
        "AAPL",
    )
    assert [line.badge for line in lines] == ["BUY 100", "TARGET 100", "STOP 100"]
    assert lines[1].text == "Sell Limit 102.00 · +200.00 · waits for its entry"
    assert lines[2].text == "Sell Stop 99.00 · −100.00 · waits for its entry"
    assert [line.waiting for line in lines] == [False, True, True]
    assert [line.tone for line in lines] == ["up", "up", "down"]


def test_an_entry_that_was_filled_counts_at_what_was_paid() -> None:
    entry = working("O1", limit_price="100", state="filled", filled=D(100), value=D(9_950))
    target = working("O2", side="SELL", role="target", limit_price="102", parent_id="O1")
    (line,) = order_lines(paper(target, entry), "AAPL")
    assert line.text == "Sell Limit 102.00 · +250.00"


def test_what_is_not_on_the_disk_yet_is_said() -> None:
    desk = paper(working("O1", limit_price="99.5"))
    desk.saving = {"O1"}
    (line,) = order_lines(desk, "AAPL")
    assert line.waiting
    assert line.text.endswith("is being saved")


@pytest.mark.parametrize(
    ("held", "badge", "text", "gain"),
    [
        (position(300, "100", "101"), "LONG 300", "▲ +300.00 (+1.00%) · at 100.00", 1),
        (position(-300, "100", "101"), "SHORT 300", "▼ −300.00 (−1.00%) · at 100.00", -1),
        (position(300, "100", "100"), "LONG 300", "0.00 (0.00%) · at 100.00", 0),
        (position(300, "100", None), "LONG 300", "P&L –, no price to mark it at · at 100.00", 0),
    ],
)
def test_the_position_says_its_profit_with_an_arrow(held: object, badge: str, text: str, gain: int) -> None:
    (line,) = order_lines(paper(held=held), "AAPL")
    assert (line.badge, line.text, line.gain) == (badge, text, gain)
    assert not line.moves
    assert not line.closes


def test_a_position_that_was_closed_today_has_no_line() -> None:
    assert order_lines(paper(held=position(0, "100", "101")), "AAPL") == []


def test_a_trailing_order_stands_where_it_would_be_triggered() -> None:
    amount = working("O1", side="SELL", order_type="TRAIL", trail_amount="0.5", extreme=D("101.00"))
    percent = working("O2", side="BUY", order_type="TRAIL", trail_percent="2", extreme=D("100"))
    assert line_price(amount) == D("100.50")
    assert line_price(percent) == D("102.00")
    (line,) = order_lines(paper(amount), "AAPL")
    assert line.text == "Trail 0.50 at 100.50"
    assert not line.moves


def test_moving_a_line_asks_for_its_own_price_and_for_nothing_else() -> None:
    assert moved(working("O1", limit_price="99.5"), D("99.6")) == Replacement("O1", limit_price=D("99.6"))
    stop = working("O2", order_type="STP", stop_price="101")
    assert moved(stop, D(102)) == Replacement("O2", stop_price=D(102))
    assert moved(stop, D(101)) is None
    assert moved(working("O3", order_type="MKT"), D(1)) is None


def test_the_limit_of_a_stop_limit_order_goes_along_until_it_is_triggered() -> None:
    order = working("O1", order_type="STP_LMT", stop_price="101", limit_price="101.2")
    assert moved(order, D("102")) == Replacement("O1", limit_price=D("102.2"), stop_price=D("102"))
    order.triggered_ms = 1
    assert line_price(order) == D("101.2")
    assert moved(order, D("102")) == Replacement("O1", limit_price=D("102"))


def test_a_line_that_is_carried_says_what_it_would_be_there() -> None:
    order = working("O1", order_type="STP_LMT", stop_price="101", limit_price="101.2")
    line = line_if(paper(order), order, D("102"))
    assert line is not None
    assert line.text == "Stop 102.00, limit 102.20"
    assert line_if(paper(order), order, D("101")) is None
    assert order.stop_price == D("101")
