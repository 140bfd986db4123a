"""Figures in words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from live_monitor.engine.market.sessions import nse_equities, us_equities
from live_monitor.engine.paper.figures import (
    age_words,
    clock_words,
    date_words,
    money_words,
    price_words,
    shares_words,
    when_words,
)
from tests.engine.paper.entries_of import MONDAY_MS


@pytest.mark.parametrize(
    ("price", "text"),
    [
        (Decimal(10), "10.00"),
        (Decimal("10.5"), "10.50"),
        (Decimal("0.0001"), "0.0001"),
        (Decimal("150.2550"), "150.255"),
        (10.05, "10.05"),
        (1e-05, "0.00001"),
        (Decimal("1E+3"), "1000.00"),
        (None, "–"),
        (float("nan"), "–"),
    ],
)
def test_a_price_has_two_decimals_or_as_many_as_it_needs(price: Decimal | float | None, text: str) -> None:
    assert price_words(price) == text


@pytest.mark.parametrize(
    ("quantity", "text"),
    [(Decimal(1200), "1,200"), (Decimal("0.50"), "0.5"), (300.0, "300"), (Decimal("1E+3"), "1,000"), (None, "–")],
)
def test_shares_have_separators_and_no_decimals_that_say_nothing(quantity: Decimal | float | None, text: str) -> None:
    assert shares_words(quantity) == text


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (0, "0.0 s"),
        (300, "0.3 s"),
        (5_001, "5.001 s"),
        (59_999, "59.999 s"),
        (60_000, "1 min 0 s"),
        (125_500, "2 min 5 s"),
        (11_400_000, "3 h 10 min"),
        (-1, "of unknown age"),
    ],
)
def test_an_age_is_exact_while_it_is_short(age: int, text: str) -> None:
    assert age_words(age) == text


def test_money_and_times() -> None:
    assert money_words(Decimal("1234567.5")) == "1,234,567.50"
    assert clock_words(MONDAY_MS + 45) == "10:00:00.045"
    assert date_words(MONDAY_MS, us_equities()) == "Mon 23 Nov 2026"


def test_a_time_names_its_date_only_on_another_day_and_always_its_zone() -> None:
    assert when_words(MONDAY_MS, MONDAY_MS - 3_600_000, us_equities()) == "10:00 (New York time)"
    assert when_words(MONDAY_MS, MONDAY_MS - 86_400_000, us_equities()) == "10:00 on Mon 23 Nov (New York time)"
    assert when_words(MONDAY_MS, MONDAY_MS, nse_equities()) == "20:30 (Kolkata time)"
