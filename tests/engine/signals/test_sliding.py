"""Every window at once against each window by itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from numpy.testing import assert_allclose, assert_array_equal

from live_monitor.engine.signals import sliding
from live_monitor.engine.signals.columns import Floats


def means_of(column: Floats, length: int) -> Floats:
    made = np.empty(len(column) - length + 1)
    sliding.means(column, length, made)
    return made


def bands_of(column: Floats, length: int, width: float) -> Floats:
    made = np.empty((3, len(column) - length + 1))
    sliding.bands(column, length, width, made)
    return made


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=120), st.integers(1, 120))
def test_windows_of_any_length_are_those_of_the_definition(values: list[float], length: int) -> None:
    column = np.array(values)
    length = min(length, len(values))
    windows = sliding_window_view(column, length)
    scale = np.abs(column).max()
    assert_allclose(means_of(column, length), windows.mean(axis=1), atol=1e-13 * scale)
    middle, upper, lower = bands_of(column, length, 1.5)
    assert_allclose(middle, windows.mean(axis=1), atol=1e-13 * scale)
    assert_allclose(((upper - lower) / 3.0) ** 2, windows.var(axis=1), atol=1e-12 * scale**2)
    assert_array_equal(sliding.highest(column, length), windows.max(axis=1))
    assert_array_equal(sliding.lowest(column, length), windows.min(axis=1))


@pytest.mark.parametrize("length", [2, 20, 8_191, 8_192, 8_193, 20_000])
def test_pieces_of_a_long_column_meet_without_a_seam(length: int) -> None:
    column = np.random.default_rng(5).normal(0, 1, 30_000).cumsum()
    windows = sliding_window_view(column, length)
    sums = np.concatenate(([0.0], np.cumsum(column)))
    assert_allclose(means_of(column, length) * length, sums[length:] - sums[:-length], atol=1e-6)
    some = np.linspace(0, len(windows) - 1, 300, dtype=int)
    assert_allclose(
        bands_of(column, length, 1.0)[1][some], (windows.mean(axis=1) + windows.std(axis=1))[some], rtol=1e-9
    )
    assert_array_equal(sliding.highest(column, length)[some], windows[some].max(axis=1))


def test_a_number_that_is_missing_spoils_only_the_windows_that_hold_it() -> None:
    column = np.arange(20.0)
    column[7] = np.nan
    spoilt = np.flatnonzero(np.isnan(means_of(column, 5)))
    assert spoilt.tolist() == [3, 4, 5, 6, 7]
