"""Orders that are understood, what becomes of their terms, and that nothing else gets through."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.data.models.orders import AccountSettings, Bracket, Order, OrderParams
from live_monitor.engine.paper.market_view import MarketView
from live_monitor.engine.paper.order_numbers import tick
from live_monitor.engine.paper.order_rules import Changes, Terms, changed, checked, side_of_market
from live_monitor.errors import InvalidPaperOrder
from tests.engine.paper.trader import at

NOW = at("2026-11-20 10:30")


def understood(now: int = NOW, settings: AccountSettings | None = None, **fields: Any) -> Terms:
    sound: dict[str, Any] = {"symbol": "IBM", "side": "BUY", "quantity": 100}
    return checked(OrderParams(**(sound | fields)), "A1", "O7", now, settings=settings)


def reason(**fields: Any) -> str:
    """The code by which an order is refused; empty when it is understood."""
    try:
        understood(**fields)
    except InvalidPaperOrder as refusal:
        return refusal.reason
    return ""


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"order_type": "LMT", "limit_price": "120.05"},
        {"order_type": "LMT", "limit_price": 0.0001},
        {"order_type": "STP", "stop_price": 125},
        {"order_type": "STP_LMT", "stop_price": 125, "limit_price": 124},
        {"order_type": "TRAIL", "trail_amount": 0.5, "time_in_force": "GTC"},
        {"order_type": "TRAIL", "trail_percent": "2.5"},
        {"time_in_force": "IOC"},
        {"time_in_force": "FOK", "order_type": "LMT", "limit_price": 120},
        {"time_in_force": "CLS"},
        {"extended_hours": True, "order_type": "LMT", "limit_price": 120},
        {"bracket": Bracket(target_price=130)},
        {"bracket": Bracket(trail_percent=3), "order_type": "STP", "stop_price": 125, "time_in_force": "GTC"},
        {"side": "SELL", "order_type": "LMT", "limit_price": 120, "bracket": Bracket(target_price=110, stop_price=125)},
        {"client_order_id": "6f1c0d6e-4a35-4b8a-9f4e-1f6f3a1f2a10"},
    ],
)  # fmt: skip
def test_sound_orders_are_understood(fields: dict[str, Any]) -> None:
    assert reason(**fields) == ""


@pytest.mark.parametrize("quantity", [100, 100.0, "100", "100.00", Decimal("1E+2"), " 100 "])
def test_a_number_is_the_same_however_it_is_written(quantity: Any) -> None:
    order = understood(quantity=quantity).order
    assert str(order.quantity) == "100"


def test_a_symbol_is_taken_in_capitals() -> None:
    assert understood(symbol="brk/b").order.symbol == "BRK/B"


def test_the_order_has_the_terms_that_were_asked_for() -> None:
    order = understood(order_type="STP_LMT", stop_price=125.1, limit_price="125.2", client_order_id="mine").order
    assert (order.order_id, order.client_order_id, order.account, order.state) == ("O7", "mine", "A1", "new")
    assert (order.stop_price, order.limit_price, order.placed_ms) == (Decimal("125.1"), Decimal("125.2"), NOW)


def test_the_step_of_prices_is_a_cent_from_one_dollar_up() -> None:
    assert (tick(Decimal("0.9999")), tick(Decimal(1))) == (Decimal("0.0001"), Decimal("0.01"))


@pytest.mark.parametrize("in_force", ["IOC", "FOK", "CLS"])
def test_an_order_that_never_rests_has_no_bracket(in_force: str) -> None:
    assert reason(time_in_force=in_force, bracket=Bracket(stop_price=110)) == "bad_bracket"


def test_the_children_of_a_bracket_wait_on_the_other_side_and_know_one_another() -> None:
    bracket = Bracket(target_price=130, stop_price=110, stop_limit_price=109)
    order, (target, stop) = understood(client_order_id="mine", time_in_force="GTC", bracket=bracket)
    assert order.role == "entry"
    for child, sibling, role in ((target, stop, "target"), (stop, target, "stop")):
        assert (child.state, child.side, str(child.quantity), child.time_in_force) == ("held", "SELL", "100", "GTC")
        assert (child.parent_id, child.sibling_id, child.role) == ("O7", sibling.order_id, role)
        assert child.client_order_id == f"mine/{role}"
    assert (target.order_id, stop.order_id) == ("O8", "O9")
    assert (target.order_type, str(target.limit_price)) == ("LMT", "130")
    assert (stop.order_type, str(stop.stop_price), str(stop.limit_price)) == ("STP_LMT", "110", "109")


def test_one_child_alone_has_no_sibling_and_no_client_id_of_its_own_where_its_parent_has_none() -> None:
    (stop,) = understood(bracket=Bracket(trail_amount=2)).children
    assert (stop.order_id, stop.sibling_id, stop.client_order_id, stop.order_type) == ("O8", "", "", "TRAIL")


def test_the_simple_model_takes_a_market_order_with_a_limit_at_which_it_fills() -> None:
    simple = AccountSettings(fill_model="simple")
    assert understood(settings=simple, limit_price=99.5).order.limit_price == Decimal("99.5")
    with pytest.raises(InvalidPaperOrder, match="MKT orders have no limit price"):
        understood(limit_price=99.5)


@pytest.mark.parametrize(
    ("in_force", "when", "taken"),
    [
        ("OPG", "2026-11-20 09:27:59", True),
        ("OPG", "2026-11-20 09:28:00", False),
        ("OPG", "2026-11-20 18:59:59", False),
        ("OPG", "2026-11-20 19:00:00", True),
        ("CLS", "2026-11-20 15:49:59", True),
        ("CLS", "2026-11-20 15:50:00", False),
        ("CLS", "2026-11-27 12:49:59", True),
        ("CLS", "2026-11-27 12:50:00", False),
        ("OPG", "2026-11-21 12:00:00", True),
    ],
)
def test_orders_for_an_auction_are_taken_until_shortly_before_it(in_force: str, when: str, taken: bool) -> None:
    assert reason(now=at(when), time_in_force=in_force) == ("" if taken else "auction_closed")


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.text(max_size=20),
    st.sampled_from(["BUY", "SELL", "MKT", "LMT", "STP", "STP_LMT", "TRAIL", "DAY", "GTC", "IOC", "FOK", "OPG", "CLS"]),
    st.sampled_from([1, 100, 99.99, 100.01, 0.5, "120.00", Decimal(5)]),
    st.lists(st.integers(), max_size=2),
    st.binary(max_size=5),
)


def answered(params: OrderParams) -> Terms | InvalidPaperOrder:
    try:
        return checked(params, "A1", "O1", NOW)
    except InvalidPaperOrder as refusal:
        return refusal


FIELDS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys([name for name in OrderParams.__struct_fields__ if name != "bracket"], ANYTHING)
)
BRACKETS = st.none() | st.fixed_dictionaries({}, optional=dict.fromkeys(Bracket.__struct_fields__, ANYTHING))


@given(FIELDS, BRACKETS)
def test_l11_whatever_an_order_holds_it_is_understood_exactly_or_refused_in_words(
    fields: dict[str, Any], bracket: dict[str, Any] | None
) -> None:
    sound: dict[str, Any] = {"symbol": "IBM", "side": "BUY", "quantity": 100, "order_type": "LMT", "limit_price": 100}
    params = OrderParams(**(sound | fields), bracket=None if bracket is None else Bracket(**bracket))
    found = answered(params)
    if isinstance(found, InvalidPaperOrder):
        assert found.reason
        assert str(found).isprintable()
        assert len(str(found)) < 300
        return
    order, children = found
    for each in found.order, *children:
        assert each.quantity == each.quantity.to_integral_value() > 0
        for level in (each.limit_price, each.stop_price):
            assert level is None or (level > 0 and level % tick(level) == 0)
        assert (each.limit_price is not None) == (each.order_type in ("LMT", "STP_LMT"))
        assert (each.stop_price is not None) == (each.order_type in ("STP", "STP_LMT"))
        assert (each.trail_amount is None) != (each.trail_percent is None) or each.order_type != "TRAIL"
    assert not children or {child.side for child in children} != {order.side}


def working(**terms: Any) -> Order:
    order = understood(**terms).order
    order.state = "accepted"
    return order


def written(changes: Changes) -> str:
    """Quantity, limit, stop, trail in USD, trail in percent."""
    return " ".join(map(str, changes))


def test_a_replacement_changes_what_is_given_and_leaves_the_rest() -> None:
    order = working(order_type="STP_LMT", stop_price=125, limit_price=126)
    assert written(changed(order, limit_price="126.50")) == "100 126.5 125 None None"
    assert written(changed(order, quantity=50)) == "50 126 125 None None"


def test_a_trail_changes_from_usd_to_percent_and_back() -> None:
    order = working(order_type="TRAIL", trail_amount=2)
    assert written(changed(order, trail_percent=1.5)) == "100 None None None 1.5"
    order.trail_amount, order.trail_percent = None, Decimal(1)
    assert written(changed(order, trail_amount=3)) == "100 None None 3 None"


@pytest.mark.parametrize(
    ("terms", "change", "code"),
    [
        ({"order_type": "LMT", "limit_price": 120}, {"stop_price": 110}, "stop_price_unused"),
        ({}, {"limit_price": 110}, "limit_price_unused"),
        ({}, {"trail_amount": 1}, "trail_amount_unused"),
        ({"order_type": "LMT", "limit_price": 120}, {"limit_price": 119.999}, "sub_penny"),
        ({"order_type": "LMT", "limit_price": 120}, {"quantity": 0}, "bad_quantity"),
        ({"order_type": "LMT", "limit_price": 120}, {"quantity": 40}, "bad_quantity"),
        ({"order_type": "TRAIL", "trail_amount": 1}, {"trail_amount": 1, "trail_percent": 1}, "trail_ambiguous"),
    ],
)
def test_a_replacement_that_makes_no_sense_is_refused(terms: dict[str, Any], change: dict[str, Any], code: str) -> None:
    order = working(**terms)
    order.filled = Decimal(40)
    with pytest.raises(InvalidPaperOrder) as refused:
        changed(order, **change)
    assert refused.value.reason == code


def test_a_stop_that_was_touched_moves_no_more() -> None:
    order = working(order_type="STP_LMT", stop_price=125, limit_price=126)
    order.triggered_ms = NOW
    assert changed(order, limit_price=127).limit_price == 127
    with pytest.raises(InvalidPaperOrder, match="touched already"):
        changed(order, stop_price=126)


def test_what_a_split_left_between_two_steps_is_not_judged_anew() -> None:
    order = working(order_type="LMT", limit_price=100)
    order.limit_price, order.quantity = Decimal("33.333333333"), Decimal("300.5")
    assert written(changed(order, quantity=200)) == "200 33.333333333 None None None"
    assert changed(order, limit_price=33).quantity == Decimal("300.5")


def market(bid: float = 99.98, ask: float = 100.02, last: float = 100.0) -> MarketView:
    view = MarketView("IBM")
    view.bid, view.ask, view.last = bid, ask, last
    return view


NAN = float("nan")


@pytest.mark.parametrize(
    ("side", "stop", "view", "trigger", "refused"),
    [
        ("BUY", "100.01", market(), "last", False),
        ("BUY", "100.00", market(), "last", True),
        ("SELL", "99.99", market(), "last", False),
        ("SELL", "100.00", market(), "last", True),
        # 10.05 as a float is a little more than 10.05.
        ("SELL", "10.05", market(last=10.05), "last", True),
        ("BUY", "10.05", market(last=10.05), "last", True),
        ("BUY", "100.02", market(), "quote", True),
        ("BUY", "100.03", market(), "quote", False),
        ("SELL", "99.98", market(last=NAN), "last", True),
        ("SELL", "99.97", market(last=NAN), "last", False),
        ("SELL", "1000", market(NAN, NAN, NAN), "last", False),
        ("SELL", "1000", None, "last", False),
    ],
)
def test_a_stop_that_would_be_touched_at_once_is_refused(
    side: str, stop: str, view: MarketView | None, trigger: Any, refused: bool
) -> None:
    order = understood(side=side, order_type="STP", stop_price=stop).order
    found = side_of_market(order, view, trigger=trigger)
    assert (found is not None) == refused
    if found is not None:
        assert found.reason == "stop_side"


@pytest.mark.parametrize(
    ("side", "bracket", "refused"),
    [
        ("BUY", Bracket(target_price="100.03", stop_price="100.01"), False),
        ("BUY", Bracket(target_price="100.02"), True),
        ("BUY", Bracket(stop_price="100.02"), True),
        ("SELL", Bracket(target_price="99.97", stop_price="99.99"), False),
        ("SELL", Bracket(target_price="99.98"), True),
        ("SELL", Bracket(stop_price="99.98"), True),
        ("SELL", Bracket(trail_percent=1), False),
    ],
)
def test_the_bracket_of_a_market_order_is_compared_with_the_quote_that_it_takes(
    side: str, bracket: Bracket, refused: bool
) -> None:
    order, children = understood(side=side, bracket=bracket)
    found = side_of_market(order, market(), children=children)
    assert (found is not None) == refused
