"""Moving averages against their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.engine.signals.indicators import Ema, Sma

prices = st.lists(st.floats(0.01, 10_000), min_size=1, max_size=80)


def test_ema_is_seeded_with_the_mean_of_its_first_values() -> None:
    ema = Ema(3)
    values = [ema.update(value) for value in (1.0, 2.0, 6.0, 7.0, 1.0)]
    assert all(math.isnan(value) for value in values[:2])
    assert values[2:] == [3.0, 5.0, 3.0]


@given(prices, st.integers(1, 30))
def test_ema_stays_within_what_it_has_seen(values: list[float], length: int) -> None:
    ema = Ema(length)
    for index, value in enumerate(values):
        result = ema.update(value)
        assert math.isnan(result) == (index + 1 < length)
        if result == result:
            assert min(values[: index + 1]) - 1e-9 <= result <= max(values[: index + 1]) + 1e-9


@given(prices, st.integers(1, 30), st.integers(1, 30))
def test_sma_is_the_mean_of_the_last_values(values: list[float], length: int, minimum: int) -> None:
    minimum = min(minimum, length)
    sma = Sma(length, minimum)
    for index, value in enumerate(values):
        result = sma.update(value)
        window = values[: index + 1][-length:]
        if len(window) < minimum:
            assert math.isnan(result)
        else:
            assert result == pytest.approx(math.fsum(window) / len(window), rel=1e-12)


def test_sma_needs_all_its_values_unless_told_otherwise() -> None:
    sma = Sma(2)
    assert math.isnan(sma.update(4.0))
    assert sma.update(6.0) == 5.0


@pytest.mark.parametrize("at_once", [True, False])
def test_sma_forgets_a_wrong_price_wholly(at_once: bool) -> None:
    values = np.array([0.1] * 30 + [1e15] + [0.1] * 30)
    sma = Sma(7)
    made = sma.feed(values) if at_once else np.array([sma.update(value) for value in values.tolist()])
    assert made[-1] == pytest.approx(0.1, rel=1e-15)
