"""Fibonacci levels, and what a measurement says."""

from __future__ import annotations

import pytest
from hypothesis import given

from live_monitor.ui.charts.drawings.levels import (
    change_text,
    decimals,
    elapsed_text,
    fibonacci_levels,
    price_text,
    span_text,
)
from live_monitor.ui.charts.drawings.values import Anchor
from tests.ui.charts.drawings.samples import any_prices, at


def test_levels_run_from_the_end_of_the_move_back_to_its_start_and_beyond() -> None:
    levels = fibonacci_levels(at(0, 100.0), at(9, 200.0))
    assert [round(level.price, 6) for level in levels] == [200.0, 176.4, 161.8, 150.0, 138.2, 121.4, 100.0, 38.2]
    assert [level.text for level in levels][:3] == ["0.0%  200.00", "23.6%  176.40", "38.2%  161.80"]
    assert levels[-1].text == "161.8%  38.20"


def test_a_falling_move_is_retraced_upwards() -> None:
    levels = fibonacci_levels(at(0, 200.0), at(9, 100.0))
    assert [round(level.price, 6) for level in levels] == [100.0, 123.6, 138.2, 150.0, 161.8, 178.6, 200.0, 261.8]


def test_a_level_below_zero_is_no_price() -> None:
    assert [level.share for level in fibonacci_levels(at(0, 1.0), at(9, 100.0))][-1] == 1.0


@given(any_prices, any_prices)
def test_retracements_lie_within_the_move_and_every_level_is_a_price(start: float, end: float) -> None:
    levels = fibonacci_levels(at(0, start), at(1, end))
    low, high = sorted((start, end))
    slack = high * 1e-12
    assert all(low - slack <= level.price <= high + slack for level in levels if level.share <= 1)
    assert all(level.price > 0 for level in levels)
    assert {0.0, 0.236, 0.382, 0.5, 0.618, 0.786, 1.0} <= {level.share for level in levels}


def test_prices_have_cents_and_small_ones_hundredths_of_them() -> None:
    assert [price_text(price) for price in (1_231.4789, 1.0, 0.43125)] == ["1,231.48", "1.00", "0.4313"]
    assert decimals(0.5) == 4


def test_a_change_is_said_in_usd_and_percent_of_the_first_price() -> None:
    assert change_text(at(0, 100.0), at(1, 101.25)) == "+1.25  (+1.25%)"
    assert change_text(at(0, 200.0), at(1, 100.0)) == "−100.00  (−50.00%)"
    assert change_text(at(0, 100.0), at(1, 100.0)) == "0.00  (0.00%)"
    assert change_text(at(0, 0.5), at(1, 0.4999)) == "−0.0001  (−0.02%)"


def test_a_span_is_said_in_bars_and_time() -> None:
    assert span_text(72, at(0, 1.0), at(72, 1.0)) == "72 bars  1 h 12 min"
    assert span_text(-1, at(1, 1.0), at(0, 1.0)) == "−1 bar  −1 min"
    assert span_text(0, at(0, 1.0), at(0, 1.0)) == "0 bars  0 s"


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (0, "0 s"),
        (999, "0 s"),
        (-999, "0 s"),
        (45_000, "45 s"),
        (61_000, "1 min 1 s"),
        (60_000, "1 min"),
        (3_600_000, "1 h"),
        (3_605_000, "1 h"),
        (90_000_000, "1 d 1 h"),
        (-90_000_000, "−1 d 1 h"),
        (86_400_000 * 1_500, "1,500 d"),
    ],
)
def test_time_is_said_in_its_two_largest_units(ms: int, words: str) -> None:
    assert elapsed_text(ms) == words


def test_three_centuries_have_a_length() -> None:
    assert elapsed_text(Anchor(7_258_118_400_000, 1.0).ms - Anchor(-2_208_988_800_000, 1.0).ms) == "109,573 d"
