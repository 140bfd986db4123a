"""Costs of fills, by schemes, and by the rates of the day."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.data.models.orders import AccountSettings, Fees
from live_monitor.engine.paper.costs import fees
from live_monitor.engine.paper.money import cents
from live_monitor.resources import resource_path
from tests.engine.paper import reference
from tests.engine.paper.entries_of import D

FREE = AccountSettings()
PER_SHARE = AccountSettings(costs="per_share")
BROKER = AccountSettings(costs="us_broker")


def test_the_free_scheme_costs_nothing() -> None:
    assert fees(FREE, "SELL", D(1_000_000), D(100), "2026-06-01") == Fees()


@pytest.mark.parametrize(
    ("quantity", "price", "commission"),
    [("1", "100", "1"), ("200", "100", "1"), ("201", "100", "1.01"), ("1000", "100", "5.00"), ("301", "1", "1.51")],
)
def test_a_share_costs_half_a_cent_and_an_order_a_dollar_at_least(quantity: str, price: str, commission: str) -> None:
    assert fees(PER_SHARE, "BUY", D(quantity), D(price), "2026-06-01").total == D(commission)


def test_the_minimum_is_paid_once_by_an_order_that_fills_in_parts() -> None:
    first = fees(PER_SHARE, "BUY", D(100), D(10), "2026-06-01")
    second = fees(PER_SHARE, "BUY", D(100), D(10), "2026-06-01", D(100))
    third = fees(PER_SHARE, "BUY", D(100), D(10), "2026-06-01", D(200))
    assert (first.total, second.total, third.total) == (D(1), D(0), D("0.50"))


@pytest.mark.parametrize(
    ("day", "sec", "taf", "rates"),
    [
        ("2021-02-24", "2.21", "0.12", "SEC 2020-02-18, TAF 2012-07-01"),
        ("2021-02-25", "0.51", "0.12", "SEC 2021-02-25, TAF 2012-07-01"),
        ("2025-05-13", "2.78", "0.17", "SEC 2024-05-22, TAF 2024-01-01"),
        ("2025-05-14", "0", "0.17", "SEC 2025-05-14, TAF 2024-01-01"),
        ("2026-04-03", "0", "0.20", "SEC 2025-05-14, TAF 2026-01-01"),
        ("2026-04-06", "2.06", "0.20", "SEC 2026-04-04, TAF 2026-01-01"),
        ("2026-11-23", "2.06", "0", "SEC 2026-04-04, TAF 2026-10-01"),
        ("2027-01-04", "2.06", "0.20", "SEC 2026-04-04, TAF 2027-01-01"),
        ("1999-01-04", "2.21", "0.09", "SEC 2014-03-18, TAF 2011-07-01"),
    ],
)
def test_a_sale_pays_the_rates_of_its_own_day(day: str, sec: str, taf: str, rates: str) -> None:
    assert fees(BROKER, "SELL", D(1_000), D(100), day) == Fees(D(0), D(sec), D(taf), rates)
    assert fees(BROKER, "BUY", D(1_000), D(100), day).total == 0


def test_taf_has_a_maximum_for_a_trade() -> None:
    assert fees(BROKER, "SELL", D(50_000), D(1), "2025-03-03").taf == D("8.30")
    assert fees(BROKER, "SELL", D(10_000_000), D(1), "2026-03-03").taf == D("9.79")


@given(
    st.sampled_from([PER_SHARE, BROKER]),
    st.integers(1, 10**6),
    st.decimals("0.0001", 1000, places=4),
    st.sampled_from(["2014-05-01", "2021-03-01", "2026-06-01", "2026-12-01"]),
)
def test_a_sale_never_costs_more_than_it_brings(
    settings: AccountSettings, quantity: int, price: Decimal, day: str
) -> None:
    charged = fees(settings, "SELL", D(quantity), price, day)
    assert 0 <= charged.total <= cents(quantity * price)
    assert charged.total == cents(charged.total)


@given(st.integers(1, 10**6), st.decimals("0.01", 1000, places=4))
def test_the_fee_of_the_sec_is_what_the_rule_says_in_fractions(quantity: int, price: Decimal) -> None:
    amount = reference.cents(Fraction(price) * quantity)
    told = fees(BROKER, "SELL", D(quantity), price, "2026-06-01").sec
    assert Fraction(told) == min(reference.cents(amount * Fraction("20.60") / 1_000_000), amount)


def test_rows_of_the_table_ascend_and_say_where_they_come_from() -> None:
    raw = json.loads(resource_path("fees", "us_equities.json").read_text("utf-8"))
    for name, columns in (("sec", {"per_million"}), ("taf", {"per_share", "maximum"})):
        days = [date.fromisoformat(row["since"]) for row in raw[name]]
        assert days == sorted(set(days))
        for row in raw[name]:
            assert row.keys() == {"since", "source", *columns}
            assert len(row["source"]) > 10
            assert all(isinstance(row[column], str) and D(row[column]) >= 0 for column in columns)
