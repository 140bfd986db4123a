"""Every window at once against each window by itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from numpy.testing import assert_allclose, assert_array_equal

from live_monitor.engine.signals import sliding


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=120), st.integers(1, 120))
def test_windows_of_any_length_are_those_of_the_definition(values: list[float], length: int) -> None:
    column = np.array(values)
    length = min(length, len(values))
    windows = sliding_window_view(column, length)
    scale = np.abs(column).max()
    assert_allclose(sliding.sums(column, length), windows.sum(axis=1), atol=1e-12 * scale)
    total, spread = sliding.moments(column, length)
    assert_allclose(total, windows.sum(axis=1), atol=1e-12 * scale)
    assert_allclose(spread, length * windows.var(axis=1), atol=1e-12 * scale**2)
    assert_array_equal(sliding.highest(column, length), windows.max(axis=1))
    assert_array_equal(sliding.lowest(column, length), windows.min(axis=1))


@pytest.mark.parametrize("length", [2, 20, 8_191, 8_192, 8_193, 20_000])
def test_pieces_of_a_long_column_meet_without_a_seam(length: int) -> None:
    column = np.random.default_rng(5).normal(0, 1, 30_000).cumsum()
    windows = sliding_window_view(column, length)
    sums = np.concatenate(([0.0], np.cumsum(column)))
    assert_allclose(sliding.sums(column, length), sums[length:] - sums[:-length], atol=1e-6)
    some = np.linspace(0, len(windows) - 1, 300, dtype=int)
    assert_allclose(sliding.moments(column, length)[1][some], length * windows[some].var(axis=1), rtol=1e-9, atol=1e-9)
    assert_array_equal(sliding.highest(column, length)[some], windows[some].max(axis=1))


def test_a_number_that_is_missing_spoils_only_the_windows_that_hold_it() -> None:
    column = np.arange(20.0)
    column[7] = np.nan
    spoilt = np.flatnonzero(np.isnan(sliding.sums(column, 5)))
    assert spoilt.tolist() == [3, 4, 5, 6, 7]
