"""Prices of a place on the chart."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.ui.chart_menu import cents


@pytest.mark.parametrize(
    ("pixel", "price"),
    [(187.41872, 187.42), (1.0, 1.0), (0.99999, 1.0), (0.123456, 0.1235), (12_345.678, 12_345.68), (0.0001, 0.0001)],
)
def test_a_pixel_means_a_price_that_can_be_traded(pixel: float, price: float) -> None:
    assert cents(pixel) == price


@pytest.mark.parametrize("nothing", [math.nan, math.inf, -math.inf, 0.0, -1.0, 0.00001])
def test_what_is_no_price_is_none(nothing: float) -> None:
    assert math.isnan(cents(nothing))


@given(st.floats(0.0001, 1e6))
def test_a_price_moves_by_half_a_tick_at_most(pixel: float) -> None:
    assert abs(cents(pixel) - pixel) <= (0.005 if pixel >= 1 else 0.00005) * (1 + 1e-6)
