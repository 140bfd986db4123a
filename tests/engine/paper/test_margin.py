"""Credit by Regulation T: what may be bought and sold short, and when a broker would call."""

from __future__ import annotations

from live_monitor.data.models.orders import Side
from live_monitor.engine.paper.account import AccountState
from live_monitor.engine.paper.funds import affordable, check_funds
from live_monitor.engine.paper.margin import maintenance_call, standing
from live_monitor.engine.paper.snapshots import Mark, snapshot
from tests.engine.paper.entries_of import MONDAY_MS, D, account, fill, order, trade, working


def marks(price: str) -> dict[str, Mark]:
    return {"IBM": Mark(D(price), "mid", 0)}


def reason(state: AccountState, side: Side, quantity: int, price: str) -> str:
    found = check_funds(state, order(state, side, quantity), D(price), marks(price))
    return "" if found is None else found.reason


def test_initial_margin_is_half() -> None:
    state = account(10_000, margin_enabled=True)
    assert reason(state, "BUY", 200, "100") == ""
    assert reason(state, "BUY", 201, "100") == "insufficient_buying_power"
    trade(state, "BUY", 200, "100")
    assert state.cash == -10_000
    found = snapshot(state, marks("100"), MONDAY_MS)
    assert (found.net_liq, found.stock_buying_power) == (D(10_000), D(0))
    assert snapshot(state, marks("110"), MONDAY_MS).stock_buying_power == 2_000  # equity of 12,000 carries 24,000


def test_open_orders_use_buying_power() -> None:
    state = account(10_000, margin_enabled=True)
    working(state, "BUY", 150, "100")
    assert reason(state, "BUY", 50, "100") == ""
    assert reason(state, "BUY", 51, "100") == "insufficient_buying_power"
    found = snapshot(state, {}, MONDAY_MS)
    assert (found.reserved, found.stock_buying_power, found.option_buying_power) == (D(15_000), D(5_000), D(2_500))
    assert found.day_trading_buying_power == found.stock_buying_power


def test_the_rest_of_a_short_market_order_uses_buying_power_at_the_price_of_its_fills() -> None:
    state = account(10_000, margin_enabled=True, allow_short=True)
    short = working(state, "SELL", 150)
    fill(state, short, 50, "100")
    assert standing(state, marks("100")).working == 10_250
    assert reason(state, "SELL", 47, "100") == ""
    assert reason(state, "SELL", 48, "100") == "insufficient_buying_power"


def test_below_two_thousand_of_equity_no_credit_is_given() -> None:
    state = account("1999.99", margin_enabled=True, allow_short=True)
    assert reason(state, "BUY", 19, "100") == ""
    assert reason(state, "BUY", 20, "100") == "insufficient_buying_power"
    assert reason(state, "SELL", 1, "100") == "insufficient_equity"


def test_selling_short_needs_both_flags() -> None:
    assert reason(account(10_000, margin_enabled=True), "SELL", 1, "100") == "no_position"
    assert reason(account(10_000, allow_short=True), "SELL", 1, "100") == "no_position"
    state = account(10_000, margin_enabled=True, allow_short=True)
    assert reason(state, "SELL", 200, "100") == ""
    assert reason(state, "SELL", 201, "100") == "insufficient_buying_power"


def test_proceeds_of_a_short_sale_are_no_money_to_spend() -> None:
    state = account(10_000, margin_enabled=True, allow_short=True)
    trade(state, "SELL", 200, "100")
    assert state.cash == 30_000
    found = snapshot(state, marks("100"), MONDAY_MS)
    assert (found.net_liq, found.market_value, found.stock_buying_power) == (D(10_000), D(-20_000), D(0))
    assert reason(state, "SELL", 1, "100") == "insufficient_buying_power"


def test_what_only_takes_off_a_position_is_never_refused() -> None:
    state = account(10_000, margin_enabled=True, allow_short=True)
    trade(state, "SELL", 200, "100")
    assert standing(state, marks("140")).buying_power == 0
    assert reason(state, "BUY", 200, "140") == ""  # although the equity is gone
    assert reason(state, "BUY", 201, "140") == "insufficient_buying_power"
    cover = working(state, "BUY", 200, reserve_price=D(140))
    assert standing(state, marks("140")).working == 0
    assert affordable(state, state.orders[cover], D(140), lambda shares: D(0)) == 200


def test_maintenance_is_a_quarter_of_long_and_three_tenths_of_short_positions() -> None:
    state = account(10_000, margin_enabled=True, allow_short=True)
    trade(state, "BUY", 200, "100")
    assert maintenance_call(state, marks("66.67")) is None  # 3,334 of equity, 3,333.50 required
    call = maintenance_call(state, marks("66.66"))
    assert call is not None
    assert call.text.startswith("Maintenance call: 3,332.00 USD of equity where 3,333.00 USD are required")
    short = account(10_000, margin_enabled=True, allow_short=True)
    trade(short, "SELL", 200, "100")
    assert maintenance_call(short, marks("115.38")) is None
    assert maintenance_call(short, marks("115.39")) is not None
    assert maintenance_call(account(1), {}) is None


def test_several_orders_to_sell_take_off_a_position_once() -> None:
    state = account(10_000, margin_enabled=True, allow_short=True)
    trade(state, "BUY", 100, "100")
    working(state, "SELL", 100, "101")
    assert reason(state, "SELL", 100, "100") == ""  # short of 100 then: 10,000 of exposure that the equity carries
    working(state, "SELL", 100, "100")
    assert reason(state, "SELL", 1, "100") == "insufficient_buying_power"
    refused = check_funds(state, order(state, "SELL", 100), D(101), marks("100"))
    assert refused is not None
    assert refused.text.endswith("Of the position, 100 are in other orders that close it: cancel these first.")
    small = account(1_500, margin_enabled=True, allow_short=True)
    trade(small, "BUY", 10, "100")
    assert reason(small, "SELL", 10, "100") == ""
    working(small, "SELL", 10, "101")
    assert reason(small, "SELL", 1, "100") == "insufficient_equity"


def test_several_orders_to_buy_back_cover_a_short_position_once() -> None:
    state = account(10_000, margin_enabled=True, allow_short=True)
    trade(state, "SELL", 200, "100")
    working(state, "BUY", 150, "99")
    assert reason(state, "BUY", 56, "99") == ""  # 6 of them open, and 600 USD of buying power are free
    assert reason(state, "BUY", 57, "99") == "insufficient_buying_power"


def test_exits_of_a_bracket_take_off_a_position_before_other_orders_do() -> None:
    state = account(10_000, margin_enabled=True, allow_short=True)
    trade(state, "BUY", 100, "100")
    working(state, "SELL", 100, "110", role="target", parent_id="O1", sibling_id="O3")
    working(state, "SELL", 100, stop_price=D(90), order_type="STP", role="stop", parent_id="O1", sibling_id="O2")
    assert standing(state, marks("100")).working == 0  # one of the two closes the position
    assert reason(state, "SELL", 100, "100") == ""
    working(state, "SELL", 100, "100")
    assert standing(state, marks("100")).working == 10_000
