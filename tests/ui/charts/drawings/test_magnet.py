"""The magnet pulls to what the bar under the pointer really did."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.engine.market.bar_series import Bar, BarSeries
from live_monitor.ui.charts.drawings.magnet import snapped, tradable
from live_monitor.ui.charts.frame import Frame
from tests.ui.charts.drawings.samples import MINUTE, TEN_O_CLOCK, frame_of

FRAME = frame_of()


def bars(*more: Bar) -> BarSeries:
    """Bar n is open 100, high 105, low 95, close 102, n minutes after 10:00."""
    series = BarSeries("AAPL", MINUTE)
    for minute in range(10):
        series.put(Bar(TEN_O_CLOCK + minute * MINUTE, 100.0, 105.0, 95.0, 102.0, 10.0, 100.0, 2))
    for each in more:
        series.put(each)
    return series


@pytest.mark.parametrize("price", [100.0, 105.0, 95.0, 102.0])
@pytest.mark.parametrize("log", [False, True])
def test_it_pulls_to_open_high_low_and_close(price: float, log: bool) -> None:
    frame = frame_of(log=log)
    found = snapped(frame, bars(), frame.columns.x(4) + 1.4, frame.scale.y(price) + 6, 10)
    assert (found.ms, found.price) == (TEN_O_CLOCK + 4 * MINUTE, price)


def test_beyond_its_reach_the_price_is_the_pointers_in_whole_ticks() -> None:
    found = snapped(FRAME, bars(), FRAME.columns.x(4), FRAME.scale.y(98.1234), 10)
    assert found.price == 98.12


def test_where_there_is_no_bar_yet_it_goes_on_by_the_length_of_a_bar() -> None:
    found = snapped(FRAME, bars(), FRAME.columns.x(14), FRAME.scale.y(105.01), 10)
    assert (found.ms, found.price) == (TEN_O_CLOCK + 14 * MINUTE, 105.01)
    assert snapped(FRAME, bars(), FRAME.columns.x(-3), FRAME.scale.y(105.0), 10).ms == TEN_O_CLOCK - 3 * MINUTE


def test_a_value_that_is_no_number_does_not_pull() -> None:
    odd = Bar(TEN_O_CLOCK + 10 * MINUTE, math.nan, math.nan, math.nan, math.nan, 0.0, math.nan, 0)
    found = snapped(FRAME, bars(odd), FRAME.columns.x(10), FRAME.scale.y(97.0), 10)
    assert found.price == 97.0


@given(st.floats(0, 828), st.floats(0, 427), st.booleans(), st.floats(0, 500))
def test_an_anchor_is_never_further_than_the_reach_and_a_tick(x: float, y: float, log: bool, reach: float) -> None:
    frame: Frame = frame_of(log=log)
    found = snapped(frame, bars(), x, y, reach)
    assert abs(frame.scale.y(found.price) - y) <= max(reach, 0.2)
    assert (found.ms - TEN_O_CLOCK) % MINUTE == 0


def test_prices_that_can_be_traded() -> None:
    assert [tradable(price) for price in (231.4837, 1.0049, 0.43217, 0.99999)] == [231.48, 1.0, 0.4322, 1.0]
