"""RSI, MACD and stochastic against their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.engine.signals.indicators import Ema, Macd, Rsi, Stochastic

prices = st.lists(st.floats(0.01, 10_000), min_size=1, max_size=80)
bars = st.lists(st.tuples(st.floats(1, 1000), st.floats(0, 50), st.floats(0, 1)), min_size=1, max_size=60)


def test_rsi_seeds_with_means_of_changes_and_smooths_after_wilder() -> None:
    rsi = Rsi(2)
    made = [rsi.update(value) for value in (10.0, 12.0, 11.0, 11.5)]
    assert all(math.isnan(value) for value in made[:2])
    assert made[2] == pytest.approx(100 * 1.0 / (1.0 + 0.5))  # mean rise 2/2, mean fall 1/2
    assert made[3] == pytest.approx(100 * 0.75 / (0.75 + 0.25))  # (1 + 0.5) / 2 and (0.5 + 0) / 2


@pytest.mark.parametrize(("step", "expected"), [(1.0, 100.0), (-1.0, 0.0), (0.0, 50.0)])
def test_rsi_of_one_direction_is_at_its_edge_and_of_none_in_the_middle(step: float, expected: float) -> None:
    values = np.array([100.0 + step * bar for bar in range(60)])
    rsi = Rsi(14)
    made = [rsi.update(value) for value in values.tolist()]
    assert made[14:] == [expected] * 46
    assert Rsi(14).feed(values)[14:].tolist() == [expected] * 46


def test_rsi_of_a_price_that_stands_still_for_days_ends_in_the_middle() -> None:
    values = np.concatenate((100.0 + np.arange(20.0), np.full(30_000, 119.0)))
    rsi = Rsi(14)
    made = [rsi.update(value) for value in values.tolist()]
    assert made[500] == 100.0  # the rise fades, but there is no fall
    assert made[-1] == 50.0
    assert Rsi(14).feed(values)[-1] == 50.0


@given(prices, st.integers(1, 20))
def test_rsi_lies_between_0_and_100(values: list[float], length: int) -> None:
    rsi = Rsi(length)
    for index, value in enumerate(values):
        made = rsi.update(value)
        assert math.isnan(made) == (index < length)
        assert math.isnan(made) or 0.0 <= made <= 100.0


@given(prices, st.integers(1, 12), st.integers(1, 12), st.integers(1, 9))
def test_macd_is_made_of_three_emas(values: list[float], fast: int, slow: int, length: int) -> None:
    macd, quick, calm, smooth = Macd(fast, slow, length), Ema(fast), Ema(slow), Ema(length)
    for value in values:
        difference = quick.update(value) - calm.update(value)
        signal = smooth.update(difference)
        made = macd.update(value)
        assert made == pytest.approx((difference, signal, difference - signal), nan_ok=True)


@given(bars, st.integers(1, 9), st.integers(1, 4), st.integers(1, 4))
def test_stochastic_is_the_place_of_the_close_in_the_range(
    given_bars: list[tuple[float, float, float]], length: int, smoothing: int, signal: int
) -> None:
    stochastic = Stochastic(length, smoothing, signal)
    highs, lows, raws, ks = [], [], [], []
    for low, height, place in given_bars:
        high, close = low + height, low + height * place
        highs.append(high)
        lows.append(low)
        k, d = stochastic.update(high, low, close)
        if len(highs) < length:
            assert math.isnan(k)
            assert math.isnan(d)
            continue
        top, bottom = max(highs[-length:]), min(lows[-length:])
        raws.append(100 * (close - bottom) / (top - bottom) if top > bottom else 50.0)
        if len(raws) >= smoothing:
            ks.append(math.fsum(raws[-smoothing:]) / smoothing)
        assert k == pytest.approx(ks[-1] if ks else math.nan, rel=1e-9, abs=1e-9, nan_ok=True)
        expected = math.fsum(ks[-signal:]) / signal if len(ks) >= signal else math.nan
        assert d == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)


def test_stochastic_without_any_range_is_in_the_middle() -> None:
    stochastic = Stochastic(2, 1, 1)
    stochastic.update(5.0, 5.0, 5.0)
    assert stochastic.update(5.0, 5.0, 5.0) == (50.0, 50.0)
    flat = np.full(40, 5.0)
    assert Stochastic(2, 1, 1).feed(flat, flat, flat)[1][-1] == 50.0
