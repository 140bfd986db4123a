"""What an account can pay for and deliver: at placement beside other orders, at a fill by what is really there."""

from __future__ import annotations

import pytest

from live_monitor.data.models.orders import Side
from live_monitor.engine.paper.account import AccountState
from live_monitor.engine.paper.costs import commission
from live_monitor.engine.paper.funds import affordable, check_funds, sellable
from tests.engine.paper.entries_of import D, account, fill, order, trade, working


def reason(state: AccountState, side: Side, quantity: str | int, price: str, limit: str | None = None) -> str:
    found = check_funds(state, order(state, side, quantity, limit), D(price), {})
    return "" if found is None else found.reason


@pytest.mark.parametrize(
    ("side", "quantity", "price", "expected"),
    [
        ("BUY", "200", "50", ""),
        ("BUY", "201", "50", "insufficient_cash"),
        ("BUY", "200", "50.0001", "insufficient_cash"),
        ("BUY", "1", "10000.01", "insufficient_cash"),
        ("SELL", "1", "50", "no_position"),
    ],
)
def test_l11_an_order_is_taken_up_to_the_last_cent_and_not_beyond(
    side: Side, quantity: str, price: str, expected: str
) -> None:
    assert reason(account(10_000), side, quantity, price) == expected


def test_l11_what_open_orders_hold_back_is_not_there_twice() -> None:
    state = account(10_000)
    first = working(state, "BUY", 100, "60")
    assert reason(state, "BUY", "80", "50", "50") == ""
    assert reason(state, "BUY", "81", "50", "50") == "insufficient_cash"
    problem = check_funds(state, order(state, "BUY", 81, "50"), D(50), {})
    assert problem is not None
    assert problem.text == (
        "Not enough cash: 81 IBM at 50 cost 4,050.00 USD with fees, and 4,000.00 USD are free"
        " (6,000.00 of 10,000.00 are held by open orders)."
    )
    # The order itself does not stand in its own way, when it is looked at again.
    assert check_funds(state, state.orders[first], D(60), {}) is None


def test_l11_a_fee_belongs_to_what_an_order_costs() -> None:
    state = account(1_000, costs="per_share")
    assert reason(state, "BUY", "10", "100") == "insufficient_cash"
    assert reason(state, "BUY", "9", "111") == ""


def test_l11_shares_in_open_sell_orders_are_not_sold_twice() -> None:
    state = account(10_000)
    trade(state, "BUY", 100, "50")
    first = working(state, "SELL", 60, "60")
    assert reason(state, "SELL", "40", "50") == ""
    assert reason(state, "SELL", "41", "50") == "oversell"
    problem = check_funds(state, order(state, "SELL", 41), D(50), {})
    assert problem is not None
    assert problem.text == ("41 IBM cannot be sold: of 100 held, 60 are in open sell orders (O2). Cancel these first.")
    assert reason(state, "SELL", "101", "50") == "oversell"
    assert sellable(state, "IBM") == 40
    assert sellable(state, "IBM", state.orders[first]) == 100
    assert check_funds(state, state.orders[first], D(60), {}) is None


def test_of_two_orders_that_cancel_one_another_one_holds_the_shares() -> None:
    state = account(10_000)
    trade(state, "BUY", 100, "50")
    first, second = state.next_order_id(), state.next_order_id(1)
    working(state, "SELL", 100, "60", sibling_id=second, role="target", parent_id="O1")
    working(state, "SELL", 100, order_type="STP", stop_price=D(40), sibling_id=first, role="stop", parent_id="O1")
    for order_id in (first, second):
        assert check_funds(state, state.orders[order_id], D(40), {}) is None
        assert sellable(state, "IBM", state.orders[order_id]) == 100
    assert reason(state, "SELL", "1", "50") == "oversell"


def test_at_a_fill_only_what_is_really_there_counts() -> None:
    state = account(10_000)
    working(state, "BUY", 100, "60")
    second = working(state, "BUY", 80, reserve_price=D(50))
    assert check_funds(state, state.orders[second], D(55), {}, D(80)) is None  # the other's reserve is not spent yet
    assert check_funds(state, state.orders[second], D("125.01"), {}, D(80)) is not None


@pytest.mark.parametrize(
    ("price", "shares"), [("50", 200), ("50.01", 199), ("49.99", 200), ("10000", 1), ("10000.01", 0), ("3333.33", 3)]
)
def test_a_market_order_that_became_dearer_is_filled_as_far_as_the_cash_goes(price: str, shares: int) -> None:
    state = account(10_000)
    bought = working(state, "BUY", 200, reserve_price=D(40))
    free = affordable(state, state.orders[bought], D(price), lambda quantity: D(0))
    assert free == shares
    if free:
        fill(state, bought, free, price)
        assert state.cash >= 0


def test_fees_count_in_what_is_affordable() -> None:
    state = account(1_001, costs="per_share")
    bought = working(state, "BUY", 100, reserve_price=D(10))
    assert affordable(state, state.orders[bought], D(10), lambda shares: commission(state.settings, shares)) == 100
    assert affordable(state, state.orders[bought], D("10.01"), lambda shares: commission(state.settings, shares)) == 99


def test_a_sale_fills_no_more_than_is_held() -> None:
    state = account(10_000)
    trade(state, "BUY", 10, "50")
    sold = working(state, "SELL", 10, "60")
    other = working(state, "SELL", 10)
    fill(state, other, 4, "50")
    assert affordable(state, state.orders[sold], D(60), lambda shares: D(0)) == 6
