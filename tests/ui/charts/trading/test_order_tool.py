"""Order lines in the hand: a drag replaces, the cross cancels, and nothing half done is an order."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PyQt6.QtCore import QPoint, Qt

from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.paper_view import Replacement
from tests.memory_paper import position, working
from tests.ui.charts.trading.hands import TradingHand, middle


@pytest.fixture
def hand(chart: CandleChart) -> TradingHand:
    """A limit order at 99.50 and a stop at 100.60 on the chart, and a position at 99.80."""
    made = TradingHand(chart)
    made.paper.working = [
        working("O1", limit_price="99.50"),
        working("O2", side="SELL", order_type="STP", stop_price="100.60"),
    ]
    made.paper.held = [position(300, "99.80", "100")]
    made.look()
    return made


def test_dragging_a_tag_asks_for_the_price_where_it_is_let_go(hand: TradingHand) -> None:
    start = middle(hand.tag("O1").badge)
    end = hand.at(99.2, start.x())
    hand.drag(start, end)
    assert hand.asked == [Replacement("O1", limit_price=hand.price_at(end))]
    assert hand.price_at(end) == pytest.approx(Decimal("99.2"), abs=Decimal("0.01"))


def test_a_line_that_is_carried_shows_its_price_and_asks_for_nothing(hand: TradingHand) -> None:
    start = middle(hand.tag("O1").badge)
    hand.down(start)
    hand.move(hand.at(99.2, start.x()))
    carried = hand.trading.hand.dragged
    assert carried is not None
    assert f"{hand.price_at(hand.at(99.2)):.2f}" in carried.text
    assert hand.asked == []
    # Its place in the row is free: the tag is in the hand.
    assert "O1" not in hand.tags()


def test_escape_during_a_drag_and_nothing_has_happened(hand: TradingHand) -> None:
    start = middle(hand.tag("O1").badge)
    hand.down(start)
    hand.move(hand.at(99.2, start.x()))
    hand.key(Qt.Key.Key_Escape)
    hand.move(hand.at(99.1, start.x()))
    hand.up(hand.at(99.1, start.x()))
    assert hand.asked == []
    assert hand.trading.hand.dragged is None
    assert hand.tag("O1").line.price == 99.5


def test_back_where_it_was_nothing_is_asked_for(hand: TradingHand) -> None:
    start = middle(hand.tag("O1").badge)
    hand.down(start)
    hand.move(hand.at(99.2, start.x()))
    hand.move(hand.at(99.5, start.x()))
    hand.up(hand.at(99.5, start.x()))
    assert hand.asked == []


def test_a_press_without_a_drag_only_selects(hand: TradingHand) -> None:
    hand.click(middle(hand.tag("O1").badge))
    assert hand.asked == []
    assert hand.trading.hand.selected == "O1"


def test_the_cross_cancels_when_the_button_goes_up_on_it(hand: TradingHand) -> None:
    cross = middle(hand.tag("O1").close)
    hand.down(cross)
    assert hand.asked == []
    hand.up(cross)
    assert hand.asked == [("cancel", "O1")]


def test_a_cross_that_is_left_before_the_button_goes_up_cancels_nothing(hand: TradingHand) -> None:
    hand.down(middle(hand.tag("O1").close))
    hand.move(QPoint(200, 200))
    hand.up(QPoint(200, 200))
    assert hand.asked == []


def test_a_double_click_on_the_cross_cancels_once(hand: TradingHand) -> None:
    hand.double_click(middle(hand.tag("O1").close))
    assert hand.asked == [("cancel", "O1")]


def test_a_second_press_on_a_cross_that_is_gone_places_no_order(hand: TradingHand) -> None:
    hand.trading.arm(True)
    cross = middle(hand.tag("O1").close)
    hand.click(cross)
    hand.paper.working = []
    hand.look()
    hand.hover(cross)
    hand.click(cross)
    assert hand.asked == [("cancel", "O1")]


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Delete])
def test_escape_or_delete_cancels_the_selected_order(hand: TradingHand, key: Qt.Key) -> None:
    hand.key(key)
    assert hand.asked == []
    hand.click(middle(hand.tag("O2").badge))
    hand.key(key)
    assert hand.asked == [("cancel", "O2")]


def test_escape_ends_a_drawing_before_it_cancels_an_order(hand: TradingHand) -> None:
    hand.click(middle(hand.tag("O2").badge))
    hand.chart.drawings.set_tool("trend")
    hand.key(Qt.Key.Key_Escape)
    assert hand.asked == []
    assert hand.chart.drawings.tool == "pointer"


def test_a_press_beside_every_order_ends_the_selection(hand: TradingHand) -> None:
    hand.click(middle(hand.tag("O2").badge))
    hand.click(hand.at(100.2))
    hand.key(Qt.Key.Key_Escape)
    assert hand.asked == []


def test_the_bars_can_be_dragged_at_the_height_of_a_line(hand: TradingHand) -> None:
    """Lines can be taken hold of while a click places orders; else only their tags."""
    hand.drag(hand.at(99.5), hand.at(99.2))
    assert hand.asked == []
    hand.trading.arm(True)
    hand.drag(hand.at(99.5), hand.at(99.2))
    assert hand.replacements == [Replacement("O1", limit_price=hand.price_at(hand.at(99.2)))]


def test_a_line_that_is_pulled_sideways_moves_the_bars(hand: TradingHand) -> None:
    hand.trading.arm(True)
    left = hand.chart._state.viewport.left
    start = hand.at(99.5)
    hand.drag(start, QPoint(start.x() + 90, start.y() + 6))
    assert hand.asked == []
    assert hand.chart._state.viewport.left != left


def test_the_position_can_be_neither_moved_nor_canceled(hand: TradingHand) -> None:
    tag = hand.tag("position")
    hand.drag(middle(tag.badge), hand.at(99.2, tag.badge.x + 5))
    hand.key(Qt.Key.Key_Escape)
    assert hand.asked == []


def test_a_line_cannot_be_let_go_outside_the_prices(hand: TradingHand) -> None:
    start = middle(hand.tag("O1").badge)
    hand.drag(start, QPoint(start.x(), 5_000))
    (change,) = hand.replacements
    frame = hand.chart._state.frame
    assert change.limit_price is not None
    lowest = Decimal(f"{frame.scale.price_at(frame.panes.price.bottom - 1):.2f}")
    assert change.limit_price == lowest


def test_a_line_that_was_let_go_stays_there_until_the_order_is(hand: TradingHand) -> None:
    start = middle(hand.tag("O1").badge)
    hand.drag(start, hand.at(99.2, start.x()))
    assert hand.trading.hand.dropped is not None
    assert "O1" not in hand.tags()
    hand.look()
    assert hand.trading.hand.dropped is None
    assert hand.tag("O1").line.price == 99.5
