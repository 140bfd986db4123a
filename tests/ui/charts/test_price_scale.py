"""Scales beyond the plain one: logarithmic, percentages, values that are no prices."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.ui.charts.price_scale import (
    FAR,
    PriceScale,
    fit_prices,
    fit_values,
    log_ticks,
    percent_ticks,
    price_ticks,
    value_ticks,
)

PRICES = st.floats(min_value=0.01, max_value=1e6)


@given(PRICES, st.floats(min_value=1.001, max_value=1e4), st.booleans())
def test_what_is_shown_lies_inside_and_the_axis_reads_back(low: float, ratio: float, log: bool) -> None:
    high = low * ratio
    scale = fit_prices(low, high, 40, 640, log=log)
    assert 40 <= scale.row(high) <= scale.row(low) <= 639
    for price in (low, math.sqrt(low * high), high):
        row = scale.row(price)
        tolerance = abs(scale.price_at(row - 1) - scale.price_at(row))
        assert scale.price_at(row) == pytest.approx(price, abs=tolerance)


def test_equal_ratios_are_equally_high_on_a_logarithmic_scale() -> None:
    scale = fit_prices(10.0, 1_000.0, 0, 900, log=True)
    assert scale.log
    assert scale.y(10.0) - scale.y(100.0) == pytest.approx(scale.y(100.0) - scale.y(1_000.0))
    plain = fit_prices(10.0, 1_000.0, 0, 900)
    assert plain.y(10.0) - plain.y(100.0) == pytest.approx((plain.y(100.0) - plain.y(1_000.0)) / 10)


def test_prices_that_are_not_above_zero_have_no_logarithmic_scale() -> None:
    assert not fit_prices(-1.0, 10.0, 0, 100, log=True).log
    assert not fit_prices(0.0, 10.0, 0, 100, log=True).log
    held = fit_prices(1.0, 10.0, 0, 100, log=True)
    assert held.y(0.0) == pytest.approx(held.ys(np.array([-5.0]))[0])
    assert held.row(-5.0) > 100


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=64), min_size=1, max_size=30), st.booleans())
def test_many_rows_equal_single_ones_and_stay_drawable(prices: list[float], log: bool) -> None:
    scale = fit_prices(5.0, 50.0, 10, 500, log=log)
    rows = scale.rows(np.array(prices))
    assert rows.tolist() == [scale.row(price) for price in prices]
    assert np.abs(rows).max() <= FAR + 500


def test_steps_of_a_logarithmic_axis_widen_upwards_and_stay_apart() -> None:
    scale = fit_prices(1.0, 1_000.0, 0, 700, log=True)
    values = log_ticks(scale, 36).values
    rows = [scale.row(value) for value in values]
    assert len(values) >= 8
    assert values == sorted(values)
    assert values[1] - values[0] < values[-1] - values[-2]
    assert min(below - above for below, above in itertools.pairwise(rows)) >= 24
    assert all(scale.low <= value <= scale.high for value in values)


def test_a_narrow_logarithmic_axis_has_the_labels_of_a_plain_one() -> None:
    values = log_ticks(fit_prices(228.0, 229.0, 0, 700, log=True), 36).values
    steps = {round(b - a, 6) for a, b in itertools.pairwise(values)}
    assert len(steps) == 1
    assert steps.pop() in {0.05, 0.1}


@given(st.floats(0.05, 1e4), st.floats(1.02, 1e3), st.integers(120, 1_200), st.integers(22, 60))
def test_labels_of_a_logarithmic_axis_never_touch(low: float, ratio: float, height: int, spacing: int) -> None:
    scale = fit_prices(low, low * ratio, 0, height, log=True)
    places = [scale.y(value) for value in log_ticks(scale, spacing).values]
    assert all(below - above >= 0.6 * spacing - 0.5 for below, above in itertools.pairwise(places))


@pytest.mark.parametrize("log", [True, False])
def test_no_half_of_the_axis_is_without_labels(log: bool) -> None:
    scale = fit_prices(1.0, 1_000.0, 0, 600, log=log)
    rows = [scale.row(value) for value in price_ticks(scale, 40).values]
    # Even steps on a logarithmic scale would all stand in its upper third.
    assert sum(row > 300 for row in rows) >= 4
    assert sum(row < 300 for row in rows) >= 4


def test_percentages_are_round_and_zero_is_the_base() -> None:
    scale = fit_prices(97.3, 104.9, 0, 600)
    values = percent_ticks(scale, 36, 98.0).values
    away = [(value / 98.0 - 1) * 100 for value in values]
    assert 98.0 in [pytest.approx(value) for value in values]
    steps = {round(b - a, 6) for a, b in itertools.pairwise(away)}
    assert steps == {1.0}


@pytest.mark.parametrize(
    ("low", "high", "first"), [(0.0, 100.0, "0"), (-0.15, 0.13, "-0.1"), (5e6, 9e6, "5000000"), (3.0, 3.0, "2.95")]
)
def test_values_of_any_size_get_labels(low: float, high: float, first: str) -> None:
    scale = fit_values(low, high, 0, 120)
    ticks = value_ticks(scale, 22)
    assert 2 <= len(ticks.values) <= 8
    assert any(value == pytest.approx(float(first)) for value in ticks.values) or low == high
    assert all(scale.low <= value <= scale.high for value in ticks.values)


def test_no_value_at_all_makes_an_empty_scale() -> None:
    assert fit_values(math.nan, math.nan, 0, 10) == PriceScale(-0.06, 1.06, 0, 10)


@pytest.mark.parametrize("value", [0.0, 5e-324, -5e-324, 1e-12, 1.0, -1e12])
def test_a_pane_of_one_value_tells_rows_apart(value: float) -> None:
    scale = fit_values(value, value, 0, 100)
    assert scale.low < value < scale.high
    assert math.isfinite(scale.pixels_per_unit)
    assert 0 <= scale.row(value) < 100
