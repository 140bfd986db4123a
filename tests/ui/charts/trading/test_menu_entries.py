"""What the menu of a place offers."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PyQt6.QtGui import QAction

from live_monitor.data.models.orders import OrderParams
from live_monitor.ui.charts.candle_chart import CandleChart
from tests.memory_paper import working
from tests.ui.charts.trading.hands import TradingHand, middle


@pytest.fixture
def hand(chart: CandleChart) -> TradingHand:
    """The market at 100."""
    return TradingHand(chart)


def entries(hand: TradingHand, price: float, x: float = 100.0) -> dict[str, QAction]:
    actions = hand.trading.actions_at(price, x, hand.y(price), hand.chart)
    return {action.text(): action for action in actions}


def test_a_place_below_the_market_offers_a_limit_to_buy_and_a_stop_to_sell(hand: TradingHand) -> None:
    assert list(entries(hand, 99.5)) == [
        "Buy 100 limit at 99.50… (paper)",
        "Sell 100 stop at 99.50… (paper)",
        "Bracket from 99.50, long… (paper)",
        "Bracket from 99.50, short… (paper)",
    ]


def test_an_order_of_the_menu_goes_to_the_ticket_to_be_looked_over(hand: TradingHand) -> None:
    shown: list[OrderParams] = []
    hand.trading.ticket_requested.connect(shown.append)
    entries(hand, 100.5)["Sell 100 limit at 100.50… (paper)"].trigger()
    assert hand.asked == []
    assert shown == [
        OrderParams(symbol="AAPL", side="SELL", quantity=Decimal(100), order_type="LMT", limit_price=Decimal("100.50"))
    ]


def test_while_a_click_places_orders_the_menu_does_too(hand: TradingHand) -> None:
    hand.trading.arm(True)
    entries(hand, 100.5)["Buy 100 stop at 100.50 (paper)"].trigger()
    assert [(order.side, order.order_type, order.stop_price) for order in hand.orders] == [
        ("BUY", "STP", Decimal("100.50"))
    ]


def test_an_order_under_the_pointer_can_be_canceled(hand: TradingHand) -> None:
    hand.paper.working = [working("O1", limit_price="99.50")]
    hand.look()
    entries(hand, 99.5, middle(hand.tag("O1").badge).x())["Cancel BUY 100 Limit 99.50 (paper)"].trigger()
    assert hand.asked == [("cancel", "O1")]


def test_a_reason_stands_where_nothing_can_be_placed(hand: TradingHand) -> None:
    hand.paper.notice = "The ledger is being checked & read."
    hand.look()
    ((text, action),) = entries(hand, 99.5).items()
    assert text == "Paper: The ledger is being checked && read."
    assert not action.isEnabled()


def test_without_a_price_of_the_market_no_side_is_guessed(hand: TradingHand) -> None:
    hand.paper.quotes.clear()
    hand.look()
    ((text, action),) = entries(hand, 99.5).items()
    assert "no price" in text
    assert not action.isEnabled()


def test_a_bracket_of_the_menu_is_drawn_and_not_placed(hand: TradingHand) -> None:
    entries(hand, 99.5)["Bracket from 99.50, long… (paper)"].trigger()
    assert hand.asked == []
    draft = hand.trading.hand.draft
    assert draft is not None
    assert (draft.side, draft.entry) == ("BUY", Decimal("99.50"))


def test_an_entry_of_a_menu_that_outlived_its_symbol_does_nothing(hand: TradingHand) -> None:
    """Faults L13."""
    shown: list[OrderParams] = []
    hand.trading.ticket_requested.connect(shown.append)
    before = entries(hand, 99.5)
    hand.trading.show_symbol("MSFT")
    for action in before.values():
        action.trigger()
    assert (hand.asked, shown, hand.trading.hand.draft) == ([], [], None)
