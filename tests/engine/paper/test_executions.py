"""Prices and facts of executions."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.engine.paper.executions import (
    acts_from,
    age_ms,
    fact,
    fill_price,
    is_limit_now,
    is_market_now,
    number,
    quote_facts,
    whole,
    worse,
)
from live_monitor.engine.paper.market_view import NAN, MarketView, Now
from tests.engine.paper.entries_of import D, account, order


@pytest.mark.parametrize(
    ("value", "price"),
    [(10.05, "10.05"), (10.0, "10"), (2.675, "2.675"), (0.00005, "0.0001"), (10.00005, "10.0001"), (10.00004, "10")],
)
def test_a_price_of_the_feed_is_rounded_once_half_up(value: float, price: str) -> None:
    assert str(fill_price(value)) == price


@given(st.floats(0.0001, 10_000_000))
def test_the_price_of_a_fill_is_the_nearest_one_of_four_decimals(value: float) -> None:
    price = fill_price(value)
    assert abs(Fraction(price) - Fraction(repr(value))) <= Fraction(1, 20_000)
    assert Fraction(price) * 10_000 % 1 == 0


@given(st.floats(1e-6, 1e12))
def test_a_fact_is_exactly_what_the_feed_said(value: float) -> None:
    assert fact(value) == Decimal(repr(value))
    assert float(fact(value)) == value


def test_what_is_absent_is_no_number() -> None:
    assert number(NAN) is None
    assert whole(NAN) is None
    assert quote_facts(MarketView("ACME"), Now(0, 0.0)) is None
    with pytest.raises(ValueError, match="no price"):
        fill_price(NAN)


@pytest.mark.parametrize(
    ("side", "price", "slippage", "paid"),
    [
        ("BUY", "10.05", "0.02", "10.07"),
        ("SELL", "10.05", "0.02", "10.03"),
        ("BUY", "10.05", "0", "10.05"),
        ("SELL", "0.01", "0.02", "0.01"),
        ("SELL", "0.0001", "0.00006", "0.0001"),
    ],
)
def test_slippage_is_against_the_order_and_never_takes_a_price_to_nothing(
    side: Any, price: str, slippage: str, paid: str
) -> None:
    assert worse(D(price), D(slippage), side) == D(paid)


def test_an_age_is_in_whole_milliseconds_and_never_negative() -> None:
    assert age_ms(1_000.0, Now(0, 1_005.0004)) == 5_000
    assert age_ms(1_000.0, Now(0, 1_005.0006)) == 5_001
    assert age_ms(1_000.0, Now(0, 999.0)) == 0
    assert age_ms(NAN, Now(0, 1_000.0)) == -1


def test_an_order_acts_on_what_is_younger_than_it_and_not_before_it_is_there() -> None:
    made = order(account(), "BUY", 100, "10")
    made.accepted_ms = made.active_ms = 1_000
    assert [acts_from(made, at) for at in (999, 1_000, 1_001)] == [False, False, True]
    made.active_ms = 1_250
    assert [acts_from(made, at) for at in (1_001, 1_249, 1_250)] == [False, False, True]


@pytest.mark.parametrize(
    ("kind", "triggered", "market", "limit"),
    [
        ("MKT", 0, True, False),
        ("LMT", 0, False, True),
        ("STP", 0, False, False),
        ("STP", 1, True, False),
        ("TRAIL", 1, True, False),
        ("STP_LMT", 0, False, False),
        ("STP_LMT", 1, False, True),
    ],
)
def test_what_an_order_is_before_and_after_its_trigger(kind: Any, triggered: int, market: bool, limit: bool) -> None:
    made = order(account(), "SELL", 100, order_type=kind, triggered_ms=triggered)
    assert (is_market_now(made), is_limit_now(made)) == (market, limit)
