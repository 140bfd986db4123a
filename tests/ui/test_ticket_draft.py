"""What a ticket asks for, and what it lacks."""

from __future__ import annotations

import pytest

from live_monitor.data.models.orders import Bracket, OrderParams
from live_monitor.ui.ticket_draft import (
    Draft,
    draft_of,
    entry_price,
    for_another_symbol,
    missing,
    offers_bracket,
    offers_extended,
    params,
    planned_stop,
    shares_for_cash,
    touch,
)
from tests.ui.fake_paper import NAN, D, market


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (Draft(), ""),
        (Draft(order_type="LMT"), "limit price"),
        (Draft(order_type="STP"), "stop price"),
        (Draft(order_type="STP_LMT", stop=D(5)), "limit price"),
        (Draft(order_type="TRAIL"), "distance"),
        (Draft(amount=None), "number of shares"),
        (Draft(amount=D(0)), "number of shares"),
        (Draft(sizing="cash", amount=None), "amount of cash"),
        (Draft(bracket=True), "target or a stop"),
        (Draft(sizing="risk", amount=D(1)), "Risk needs a stop"),
        (Draft(sizing="risk", amount=D(1), bracket=True, protect=D(1), stop_kind="trail_usd"), ""),
    ],
)
def test_first_thing_that_is_missing_is_said(draft: Draft, words: str) -> None:
    said = missing(draft)
    assert (words in said) if words else said == ""


def test_prices_that_the_type_does_not_use_are_not_sent() -> None:
    draft = Draft(limit=D("187.40"), stop=D("180"), trail=D("0.5"), target=D("200"), protect=D("170"))
    order = params(draft, "AAPL", D(100), "c1")
    assert order == OrderParams(symbol="AAPL", side="BUY", quantity=D(100), client_order_id="c1")


def test_every_price_of_a_bracketed_stop_limit_is_sent() -> None:
    draft = Draft(
        side="SELL", order_type="STP_LMT", limit=D("99"), stop=D("100"), time_in_force="GTC", bracket=True,
        target=D("90"), protect=D("2"), stop_kind="trail_percent",
    )  # fmt: skip
    order = params(draft, "IBM", D(7), "c2")
    assert (order.side, order.limit_price, order.stop_price, order.time_in_force) == ("SELL", D(99), D(100), "GTC")
    assert order.bracket == Bracket(target_price=D(90), trail_percent=D(2))


@pytest.mark.parametrize(("unit", "amount", "percent"), [("usd", D("0.5"), None), ("percent", None, D("0.5"))])
def test_trail_goes_by_its_unit(unit: str, amount: D | None, percent: D | None) -> None:
    order = params(Draft(order_type="TRAIL", trail=D("0.5"), trail_unit=unit), "AAPL", D(1), "")  # type: ignore[arg-type] # a word of the table above
    assert (order.trail_amount, order.trail_percent) == (amount, percent)


def test_extended_hours_are_for_limit_orders_of_the_day() -> None:
    assert offers_extended(Draft(order_type="LMT"))
    assert not offers_extended(Draft())
    assert not offers_extended(Draft(order_type="LMT", time_in_force="GTC"))
    order = params(Draft(extended_hours=True), "AAPL", D(1), "")
    assert order.extended_hours is False


def test_bracket_begins_with_an_entry_that_can_rest() -> None:
    assert offers_bracket(Draft())
    assert not offers_bracket(Draft(order_type="TRAIL"))
    assert not offers_bracket(Draft(order_type="LMT", time_in_force="IOC"))
    draft = Draft(order_type="LMT", limit=D(5), time_in_force="IOC", bracket=True, target=D(6))
    assert params(draft, "F", D(1), "").bracket is None


def test_another_symbol_inherits_wishes_but_no_price() -> None:
    draft = Draft(
        side="SELL", order_type="LMT", amount=D(300), limit=D("187.40"), stop=D(1), trail=D(1), bracket=True,
        target=D(2), protect=D(3), time_in_force="GTC",
    )  # fmt: skip
    other = for_another_symbol(draft)
    assert (other.side, other.order_type, other.amount, other.time_in_force) == ("SELL", "LMT", D(300), "GTC")
    assert other.bracket
    assert {other.limit, other.stop, other.trail, other.target, other.protect} == {None}


def test_market_order_is_reckoned_at_its_side_of_the_quote() -> None:
    quote = market()
    assert (touch("BUY", quote), touch("SELL", quote)) == (D("187.43"), D("187.41"))
    assert touch("BUY", market(ask=NAN)) == D("187.42")
    assert touch("BUY", market(ask=NAN, last=NAN)) is None
    assert touch("BUY", None) is None
    assert entry_price(Draft(order_type="STP", stop=D("190")), quote) == D("190")
    assert entry_price(Draft(order_type="LMT"), quote) is None


def test_cash_buys_whole_shares_only() -> None:
    assert shares_for_cash(D(10_000), D("187.40")) == D(53)
    assert shares_for_cash(D(100), D("187.40")) == D(0)
    assert shares_for_cash(D(100), None) is None


def test_stop_of_a_bracket_lies_against_the_order() -> None:
    trail = Draft(bracket=True, protect=D(2), stop_kind="trail_usd")
    assert planned_stop(trail, D(100)) == D(98)
    percent = Draft(side="SELL", bracket=True, protect=D(2), stop_kind="trail_percent")
    assert planned_stop(percent, D(100)) == D(102)
    assert planned_stop(Draft(bracket=True, protect=D(95)), None) == D(95)
    assert planned_stop(Draft(protect=D(95)), D(100)) is None


def test_draft_of_an_order_begun_elsewhere_asks_for_the_same_order() -> None:
    bracket = Bracket(target_price="200", trail_amount=1.5)
    order = OrderParams(
        symbol="AAPL", side="SELL", quantity=50, order_type="LMT", limit_price="190.10", time_in_force="GTC",
        bracket=bracket,
    )  # fmt: skip
    again = params(draft_of(order), "AAPL", D(50), "")
    assert (again.side, again.limit_price, again.time_in_force) == ("SELL", D("190.10"), "GTC")
    assert again.bracket == Bracket(target_price=D(200), trail_amount=D("1.5"))


def test_draft_leaves_empty_what_is_no_number() -> None:
    assert draft_of(OrderParams(symbol="A", side="BUY", quantity="many", order_type="?")).amount is None
