"""Pixels of candles, ticks of axes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from live_monitor.ui.charts.geometry import (
    Box,
    CandleWidths,
    Columns,
    candle_rects,
    candle_widths,
    column_rects,
    volume_rects,
    volume_top,
)
from live_monitor.ui.charts.price_scale import FAR, PriceScale, decimals_for, fit_prices, nice_step, price_ticks

prices = st.floats(1e-6, 1e7)


@given(prices, prices)
def test_padding_of_six_percent_surrounds_the_visible_prices(a: float, b: float) -> None:
    low, high = min(a, b), max(a, b)
    assume(high - low > max(1.0, high * 1e-6))
    scale = fit_prices(low, high, 0, 600)
    assert scale.low == pytest.approx(low - (high - low) * 0.06)
    assert scale.high == pytest.approx(high + (high - low) * 0.06)


@given(prices)
def test_equal_prices_stand_in_the_middle(price: float) -> None:
    scale = fit_prices(price, price, 0, 601)
    assert scale.low < price < scale.high
    assert abs(scale.row(price) - 300) <= 1


def test_a_move_of_one_cent_does_not_fill_the_chart() -> None:
    scale = fit_prices(228.00, 228.01, 0, 800)
    assert scale.row(228.00) - scale.row(228.01) <= 100


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_one_bad_extreme_does_not_spoil_the_scale(bad: float) -> None:
    for scale in (fit_prices(bad, 10.0, 0, 100), fit_prices(10.0, bad, 0, 100)):
        assert math.isfinite(scale.low)
        assert scale.high > scale.low


@given(prices, st.floats(0, 1e5), st.lists(prices, min_size=1, max_size=30))
def test_one_price_and_many_prices_map_to_the_same_rows(low: float, span: float, shown: list[float]) -> None:
    scale = fit_prices(low, low + span, 32, 640)
    assert scale.rows(np.array(shown)).tolist() == [scale.row(price) for price in shown]


@given(prices, st.floats(0.01, 1e5))
def test_rows_and_prices_are_each_others_inverse(low: float, span: float) -> None:
    scale = fit_prices(low, low + span, 32, 640)
    for row in (32, 100, 639):
        assert scale.row(scale.price_at(row)) == row


@given(st.floats(1e-6, 1e9))
def test_steps_are_one_two_or_five(rough: float) -> None:
    step = nice_step(rough)
    mantissa = step / 10 ** math.floor(math.log10(step) + 1e-9)
    assert min(abs(mantissa - nice) for nice in (1, 2, 5)) < 1e-9
    assert rough * (1 - 1e-9) <= step <= rough * 2.5 * (1 + 1e-9)


@given(prices, st.floats(0, 1e6), st.integers(60, 2000))
def test_price_ticks_are_round_inside_and_apart(low: float, span: float, height: int) -> None:
    scale = fit_prices(low, low + span, 0, height)
    values, decimals = price_ticks(scale, 44)
    assert all(scale.low <= value <= scale.high for value in values)
    assert len(values) <= height / 44 + 2
    assert len({f"{value:.{decimals}f}" for value in values}) == len(values)


def test_ticks_of_a_penny_stock_need_four_decimals() -> None:
    assert price_ticks(fit_prices(0.0520, 0.0530, 0, 400), 44) == ([0.052, 0.0522, 0.0524, 0.0526, 0.0528, 0.053], 4)


@pytest.mark.parametrize(("step", "decimals"), [(1.0, 2), (0.05, 2), (0.01, 2), (0.005, 3), (0.0001, 4)])
def test_decimals_follow_the_step(step: float, decimals: int) -> None:
    assert decimals_for(step) == decimals


@given(st.floats(1e-3, 1e15))
def test_the_volume_axis_holds_the_largest_volume_without_wasting_half(largest: float) -> None:
    assert largest < volume_top(largest) <= largest * 2


@pytest.mark.parametrize("largest", [0.0, -1.0, math.nan, math.inf])
def test_no_volume_gives_a_harmless_axis(largest: float) -> None:
    assert volume_top(largest) == 1.0


@pytest.mark.parametrize(("pitch", "width"), [(0.5, 1), (2, 1), (3, 1), (4, 3), (6, 5), (8, 7), (10, 7), (20, 15)])
def test_bodies_are_odd_and_leave_a_gap(pitch: float, width: int) -> None:
    assert candle_widths(pitch) == (width, 1)


@given(st.floats(0.1, 300), st.floats(1, 4))
def test_wicks_are_in_the_middle_on_every_pixel_density(pitch: float, ratio: float) -> None:
    body, wick = candle_widths(pitch, ratio)
    assert (body - wick) % 2 == 0
    assert 1 <= wick <= body
    assert body < pitch or pitch < 2


def test_wicks_are_as_thick_as_a_line_of_the_screen() -> None:
    up, _ = candle_rects(
        np.array([20], np.int32), candle_widths(16, 2.0), PriceScale(0, 10, 0, 100), np.full((4, 1), 5.0)
    )
    assert up.tolist() == [[19, 50, 20, 50], [13, 50, 26, 50]]


def test_a_rising_candle_covers_its_rows_exactly() -> None:
    scale = PriceScale(0.0, 10.0, 0, 100)
    up, down = candle_rects(
        np.array([20], np.int32), CandleWidths(5, 1), scale, np.array([[3.05], [8.05], [1.05], [6.05]])
    )
    assert up.tolist() == [[20, 19, 20, 89], [18, 39, 22, 69]]
    assert down.size == 0


def test_a_bar_without_a_move_is_one_row_and_counts_as_rising() -> None:
    up, down = candle_rects(
        np.array([9], np.int32), CandleWidths(3, 1), PriceScale(0, 10, 0, 100), np.full((4, 1), 5.0)
    )
    assert up.tolist() == [[9, 50, 9, 50], [8, 50, 10, 50]]
    assert down.size == 0


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("field", range(4))
def test_a_bar_with_a_value_that_is_no_number_is_left_out(bad: float, field: int) -> None:
    ohlc = np.array([[3.0, 3.0], [8.0, 8.0], [1.0, 1.0], [6.0, 2.0]])
    ohlc[field, 0] = bad
    up, down = candle_rects(np.array([5, 15], np.int32), CandleWidths(3, 1), PriceScale(0, 10, 0, 100), ohlc)
    assert up.size == 0
    assert down[:, 0].tolist() == [15, 14]


def test_prices_far_outside_stay_within_what_qt_can_paint() -> None:
    ohlc = np.array([[1e300], [1e300], [-1e300], [0.0]])
    _, down = candle_rects(np.array([5], np.int32), CandleWidths(3, 1), PriceScale(0, 1e-6, 0, 100), ohlc)
    assert np.abs(down.astype(np.int64)).max() <= FAR + 100


@given(st.floats(0.0005, 0.999), st.floats(-1e5, 1e5), st.integers(1, 3_000), st.integers(0, 500))
def test_bars_are_grouped_by_the_column_they_stand_in(pitch: float, offset: float, count: int, first: int) -> None:
    columns = Columns(pitch, offset)
    xs, edges = columns.edges(first, first + count)
    assert edges[0] == first
    assert edges[-1] == first + count
    assert (np.diff(edges) > 0).all()
    single = columns.xs(first, first + count)
    grouped = np.repeat(xs, np.diff(edges))
    # Rounding may put a bar that stands exactly on the border into either column.
    assert (np.abs(grouped - single) <= 1).all()
    assert (grouped != single).mean() < 0.02


def test_whole_pitches_put_every_candle_equally_far_apart() -> None:
    columns = Columns(7.0, 3.0)
    assert set(np.diff(columns.xs(0, 100_000)).tolist()) == {7}


@given(st.floats(0.01, 60), st.floats(-1e4, 1e4), st.integers(0, 900))
def test_the_bar_under_a_pixel_is_the_one_whose_slot_holds_it(pitch: float, offset: float, x: int) -> None:
    columns = Columns(pitch, offset)
    index = columns.index_at(x)
    assert abs(index * pitch + offset - (x + 0.5)) <= pitch / 2 + 1e-6


def test_visible_bars_are_those_that_touch_the_plot() -> None:
    columns = Columns(10.0, 5.0)
    assert columns.visible(100, 1_000) == (0, 10)
    assert Columns(10.0, 4.0).visible(100, 1_000) == (0, 11)
    assert Columns(10.0, -1_000.0).visible(100, 50) == (50, 50)


def test_column_lines_run_from_the_lowest_to_the_highest_price() -> None:
    lines, kept = column_rects(
        np.array([1, 2, 3], np.int32),
        PriceScale(0, 10, 0, 100),
        np.array([1.05, np.nan, 2.05]),
        np.array([9.05, np.nan, 2.05]),
    )
    assert lines.tolist() == [[1, 9, 1, 89], [3, 79, 3, 79]]
    assert kept.tolist() == [True, False, True]


def test_volumes_stand_on_the_floor_and_small_ones_are_seen() -> None:
    xs = np.arange(5, dtype=np.int32) * 10
    bars, kept = volume_rects(xs, 3, Box(0, 100, 900, 50), 1000.0, np.array([1000.0, 500.0, 0.001, 0.0, np.nan]))
    assert bars.tolist() == [[-1, 100, 1, 149], [9, 125, 11, 149], [19, 149, 21, 149]]
    assert kept.tolist() == [True, True, True, False, False]


@pytest.mark.parametrize("largest", [0.0, -1.0, math.nan, math.inf, 5e-324, 1.7e308])
def test_volumes_beyond_reason_still_have_an_axis(largest: float) -> None:
    assert volume_top(largest) == 1.0
