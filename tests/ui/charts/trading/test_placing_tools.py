"""New orders by mouse: one click is one order while that is switched on, and none while it is not."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PyQt6.QtCore import QPoint, Qt

from live_monitor.data.models.orders import Bracket, OrderParams
from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.trading.values import DRAFT_ENTRY, DRAFT_STOP
from tests.ui.charts.trading.hands import TradingHand, middle

CTRL = Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def hand(chart: CandleChart) -> TradingHand:
    """The market at 100, no orders."""
    return TradingHand(chart)


def test_no_click_places_anything_until_it_is_switched_on(hand: TradingHand) -> None:
    hand.click(hand.at(99.5))
    hand.double_click(hand.at(100.5))
    assert hand.asked == []
    assert not hand.trading.hand.armed


@pytest.mark.parametrize(
    ("price", "held", "side", "kind"),
    [
        (99.5, NONE, "BUY", "LMT"),
        (100.5, NONE, "SELL", "LMT"),
        (99.5, CTRL, "SELL", "STP"),
        (100.5, CTRL, "BUY", "STP"),
    ],
)
def test_a_click_places_what_the_side_of_the_market_says(
    hand: TradingHand, price: float, held: Qt.KeyboardModifier, side: str, kind: str
) -> None:
    hand.trading.arm(True)
    hand.trading.resize(Decimal(200), Decimal(1))
    place = hand.at(price)
    hand.click(place, held)
    at = hand.price_at(place)
    limit, stop = (at, None) if kind == "LMT" else (None, at)
    assert hand.orders == [
        OrderParams(
            symbol="AAPL", side=side, quantity=Decimal(200), order_type=kind, limit_price=limit, stop_price=stop
        )
    ]


def test_l10_a_double_click_on_the_chart_places_one_order(hand: TradingHand) -> None:
    hand.trading.arm(True)
    hand.double_click(hand.at(99.5))
    assert len(hand.orders) == 1


def test_l10_hammering_on_one_price_of_the_chart_places_one_order(hand: TradingHand) -> None:
    """Also where the system takes no two of the clicks for a double click."""
    hand.trading.arm(True)
    for _ in range(5):
        hand.click(hand.at(99.5))
        hand.hover(hand.at(99.5))
    assert len(hand.orders) == 1


def test_the_same_order_again_needs_the_pointer_to_have_been_elsewhere(hand: TradingHand) -> None:
    hand.trading.arm(True)
    hand.hover(hand.at(99.5))
    hand.click(hand.at(99.5))
    assert hand.trading.hand.preview is None
    hand.hover(hand.at(99.3))
    hand.hover(hand.at(99.5))
    assert hand.trading.hand.preview is not None
    hand.click(hand.at(99.5))
    assert len(hand.orders) == 2
    assert hand.orders[0] == hand.orders[1]


def test_a_drag_moves_the_bars_and_places_nothing(hand: TradingHand) -> None:
    hand.trading.arm(True)
    left = hand.chart._state.viewport.left
    hand.drag(hand.at(99.5), hand.at(99.5, 280))
    assert hand.asked == []
    assert hand.chart._state.viewport.left != left


def test_what_a_click_would_place_is_shown_before(hand: TradingHand) -> None:
    hand.trading.arm(True)
    hand.hover(hand.at(99.5))
    preview = hand.trading.hand.preview
    assert preview is not None
    assert preview.badge == "BUY 100"
    assert "PAPER" in preview.text
    hand.chart.canvas.left.emit()
    assert hand.trading.hand.preview is None


def test_nothing_can_be_placed_while_the_desk_takes_nothing(hand: TradingHand) -> None:
    hand.trading.arm(True)
    hand.paper.notice = "The ledger is being checked."
    hand.look()
    assert not hand.trading.hand.armed
    hand.trading.arm(True)
    hand.click(hand.at(99.5))
    assert hand.asked == []
    assert not hand.trading.bar.click.isEnabled()


def test_without_a_price_of_the_market_a_click_places_nothing(hand: TradingHand) -> None:
    hand.paper.quotes.clear()
    hand.look()
    hand.trading.arm(True)
    hand.click(hand.at(99.5))
    assert hand.asked == []


def test_the_side_is_chosen_by_the_market_of_the_click_not_of_the_last_change(hand: TradingHand) -> None:
    """A quote alone is no change of the paper desk; the side must follow it all the same."""
    hand.trading.arm(True)
    hand.paper.quoted("AAPL", 99.19, 99.21)
    hand.trading.refresh(hand.paper, "AAPL")
    hand.click(hand.at(99.5))
    assert [order.side for order in hand.orders] == ["SELL"]


def test_another_symbol_switches_one_click_off(hand: TradingHand) -> None:
    """Faults L13: what was switched on for one symbol must not place an order in another."""
    hand.trading.arm(True)
    hand.trading.show_symbol("MSFT")
    hand.click(hand.at(99.5))
    assert hand.asked == []
    assert not hand.trading.bar.click.isChecked()


def test_escape_makes_clicks_safe_again(hand: TradingHand) -> None:
    hand.trading.arm(True)
    hand.key(Qt.Key.Key_Escape)
    hand.click(hand.at(99.5))
    assert hand.asked == []


def test_a_drawing_tool_in_the_hand_comes_first(hand: TradingHand) -> None:
    hand.trading.arm(True)
    hand.chart.drawings.set_tool("horizontal")
    hand.click(hand.at(99.5))
    assert hand.asked == []
    assert len(hand.chart.drawings.easel.book.drawings) == 1


# A bracket


def test_a_drag_from_entry_to_stop_draws_a_bracket_and_places_nothing(hand: TradingHand) -> None:
    hand.trading.draw_bracket()
    hand.drag(hand.at(99.8), hand.at(99.3))
    draft = hand.trading.hand.draft
    assert draft is not None
    entry, stop = hand.price_at(hand.at(99.8)), hand.price_at(hand.at(99.3))
    assert (draft.side, draft.entry, draft.stop, draft.target) == ("BUY", entry, stop, entry + 2 * (entry - stop))
    assert hand.asked == []
    assert not hand.trading.hand.drawing


def test_upwards_it_is_short(hand: TradingHand) -> None:
    hand.trading.draw_bracket()
    hand.drag(hand.at(100.2), hand.at(100.6))
    draft = hand.trading.hand.draft
    assert draft is not None
    assert draft.side == "SELL"


def draw(hand: TradingHand) -> OrderParams:
    """Draws a bracket; what placing it would ask for."""
    hand.trading.resize(Decimal(100), Decimal("0.1"))
    hand.trading.draw_bracket()
    hand.drag(hand.at(99.8), hand.at(99.3))
    draft = hand.trading.hand.draft
    assert draft is not None
    shares = int(100_000 * Decimal("0.001") / (draft.entry - draft.stop))
    return OrderParams(
        symbol="AAPL", side="BUY", quantity=Decimal(shares), order_type="LMT", limit_price=draft.entry,
        bracket=Bracket(target_price=draft.target, stop_price=draft.stop),
    )  # fmt: skip


def test_its_button_places_the_bracket_once_with_a_size_by_its_risk(hand: TradingHand) -> None:
    wanted = draw(hand)
    hand.double_click(middle(hand.tag(DRAFT_ENTRY).accept))
    assert hand.orders == [wanted]
    assert hand.trading.hand.draft is None


def test_enter_places_it_and_a_held_enter_no_second_one(hand: TradingHand) -> None:
    wanted = draw(hand)
    hand.key(Qt.Key.Key_Return)
    hand.key(Qt.Key.Key_Return)
    assert hand.orders == [wanted]


def test_dragging_its_stop_changes_the_size(hand: TradingHand) -> None:
    wanted = draw(hand)
    start = middle(hand.tag(DRAFT_STOP).badge)
    hand.drag(start, hand.at(99.55, start.x()))
    hand.key(Qt.Key.Key_Return)
    (order,) = hand.orders
    assert float(order.quantity) > 1.8 * float(wanted.quantity)
    assert order.bracket is not None
    assert order.bracket.stop_price == hand.price_at(hand.at(99.55))


@pytest.mark.parametrize("how", ["escape", "cross"])
def test_a_draft_that_is_given_up_was_never_an_order(hand: TradingHand, how: str) -> None:
    draw(hand)
    if how == "escape":
        hand.key(Qt.Key.Key_Escape)
    else:
        hand.click(middle(hand.tag(DRAFT_ENTRY).close))
    assert hand.asked == []
    assert hand.tags() == {}


def test_escape_while_it_is_drawn_and_nothing_is_there(hand: TradingHand) -> None:
    hand.trading.draw_bracket()
    hand.down(hand.at(99.8))
    hand.move(hand.at(99.5))
    hand.key(Qt.Key.Key_Escape)
    hand.move(hand.at(99.3))
    hand.up(hand.at(99.3))
    assert hand.trading.hand.draft is None
    assert not hand.trading.hand.drawing


def test_a_press_without_a_drag_draws_none_and_the_next_drag_still_does(hand: TradingHand) -> None:
    hand.trading.draw_bracket()
    hand.click(hand.at(99.8))
    assert hand.trading.hand.draft is None
    hand.drag(hand.at(99.8), hand.at(99.3))
    assert hand.trading.hand.draft is not None


def test_a_click_places_nothing_while_a_draft_is_there(hand: TradingHand) -> None:
    hand.trading.arm(True)
    draw(hand)
    hand.click(hand.at(100.5))
    assert hand.asked == []


def test_the_bracket_of_a_menu_starts_some_way_off(hand: TradingHand) -> None:
    hand.trading.bracket_at(99.8, long=False)
    draft = hand.trading.hand.draft
    assert draft is not None
    assert draft.side == "SELL"
    assert draft.entry == Decimal("99.80")
    assert hand.asked == []


def test_a_place_outside_the_prices_means_nothing(hand: TradingHand) -> None:
    hand.trading.arm(True)
    hand.click(QPoint(200, hand.chart._state.frame.panes.volume.y + 20))
    assert hand.asked == []
