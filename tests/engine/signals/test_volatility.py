"""Average true range and Bollinger bands against their definitions."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.engine.signals.indicators import Atr, Bollinger


def test_atr_takes_gaps_into_the_true_range_and_smooths_after_wilder() -> None:
    atr = Atr(2)
    assert math.isnan(atr.update(high=11.0, low=10.0, close=10.5))  # 1.0: no close before
    assert atr.update(high=13.0, low=12.0, close=12.5) == pytest.approx((1.0 + 2.5) / 2)  # gap up: 13 - 10.5
    assert atr.update(high=9.0, low=8.0, close=8.5) == pytest.approx((1.75 + 4.5) / 2)  # gap down: 12.5 - 8


@given(
    st.lists(st.tuples(st.floats(1, 1000), st.floats(0, 50), st.floats(0, 1)), min_size=1, max_size=60),
    st.integers(1, 20),
)
def test_atr_is_never_negative_nor_wider_than_the_widest_range(
    bars: list[tuple[float, float, float]], length: int
) -> None:
    atr, widest, before = Atr(length), 0.0, None
    for index, (low, height, place) in enumerate(bars):
        high, close = low + height, low + height * place
        reach = height if before is None else max(height, abs(high - before), abs(low - before))
        widest, before = max(widest, reach), close
        result = atr.update(high, low, close)
        assert math.isnan(result) == (index + 1 < length)
        assert not result < 0
        assert not result > widest + 1e-9


@given(st.lists(st.floats(0.01, 10_000), min_size=1, max_size=60), st.integers(1, 20), st.floats(0.1, 4))
def test_bollinger_is_the_mean_and_population_sigmas_around_it(values: list[float], length: int, width: float) -> None:
    bands = Bollinger(length, width)
    for index, value in enumerate(values):
        middle, upper, lower = bands.update(value)
        window = values[: index + 1][-length:]
        if len(window) < length:
            assert math.isnan(middle)
            assert math.isnan(upper)
            assert math.isnan(lower)
            continue
        reach = width * statistics.pstdev(window)
        # A sigma is good to 1e-9 of the largest distance that it is made of.
        near = pytest.approx(reach, rel=1e-9, abs=1e-9)
        assert middle == pytest.approx(statistics.fmean(window), rel=1e-12)
        assert upper - middle == near
        assert middle - lower == near


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("jump", [1.0, 1e3, 1e6])
def test_bands_close_wholly_when_a_jump_has_left_the_window(at_once: bool, jump: float) -> None:
    values = np.array([20.07] * 31 + [20.07 + jump] * 40)
    bands = Bollinger(14)
    made = bands.feed(values) if at_once else np.array([bands.update(value) for value in values.tolist()]).T
    middle, upper, lower = made[0][-1], made[1][-1], made[2][-1]
    assert middle == pytest.approx(20.07 + jump, rel=1e-14)
    # Whole windows at once join means of 8, 4 and 2 values, which may differ in their last binary digit.
    assert upper - lower <= (jump * 1e-15 * 40 if at_once else 0.0)


def test_a_peek_at_the_last_bar_of_a_block_keeps_its_precision() -> None:
    bands = Bollinger(4)
    for value in (1e6, 1e6, 1e6, 1e6, 5.0, 5.0, 5.0):
        bands.update(value)
    assert bands.peek(5.0) == (5.0, 5.0, 5.0)
    assert bands.update(5.0) == (5.0, 5.0, 5.0)
