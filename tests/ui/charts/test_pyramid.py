"""Extremes by blocks are those of every single bar."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from live_monitor.ui.charts.pyramid import ExtremesPyramid

Floats = NDArray[np.float64]

values = st.one_of(
    st.floats(-1e7, 1e7, allow_nan=False), st.sampled_from([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-6, 1e300])
)


@st.composite
def columns(draw: st.DrawFn, longest: int = 700) -> tuple[Floats, Floats, Floats]:
    count = draw(st.integers(1, longest))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    made = [rng.normal(size=count) for _ in range(3)]
    for column in made:
        for at in draw(st.lists(st.integers(0, count - 1), max_size=6)):
            column[at] = draw(values)
    return made[0], made[1], made[2]


def brute(values: Floats, edges: NDArray[np.int64], reduce: np.ufunc) -> Floats:
    clean = np.where(np.isfinite(values), values, np.nan)
    return np.array([reduce.reduce(clean[a:b]) for a, b in pairwise(edges)])


@given(columns(), st.data())
def test_every_column_has_the_exact_extremes_of_its_bars(
    three: tuple[Floats, Floats, Floats], data: st.DataObject
) -> None:
    count = len(three[0])
    inner = data.draw(st.lists(st.integers(0, count), max_size=40))
    edges = np.unique([0, count, *inner]).astype(np.int64)
    pyramid = ExtremesPyramid()
    pyramid.update(*three)
    found = pyramid.columns(*three, edges)
    for got, values, reduce in zip(found, three, (np.fmin, np.fmax, np.fmax), strict=True):
        np.testing.assert_array_equal(got, brute(values, edges, reduce))


@pytest.mark.parametrize("width", [33, 70, 257, 1000])
def test_wide_columns_are_exact_too(width: int) -> None:
    rng = np.random.default_rng(width)
    low, high, volume = rng.normal(size=20_011), rng.normal(size=20_011), rng.random(20_011)
    low[5_000], high[7_777], volume[3] = -np.inf, np.inf, np.nan
    edges = np.append(np.arange(13, 20_000, width), 20_011)
    pyramid = ExtremesPyramid()
    pyramid.update(low, high, volume)
    found = pyramid.columns(low, high, volume, edges)
    np.testing.assert_array_equal(found.lowest, brute(low, edges, np.fmin))
    np.testing.assert_array_equal(found.highest, brute(high, edges, np.fmax))
    np.testing.assert_array_equal(found.volume, brute(volume, edges, np.fmax))


@given(columns(300), st.data())
def test_an_updated_pyramid_equals_a_rebuilt_one_bit_for_bit(
    three: tuple[Floats, Floats, Floats], data: st.DataObject
) -> None:
    pyramid = ExtremesPyramid()
    shown = 0
    while shown < len(three[0]):
        start = max(0, shown - 1)
        shown = data.draw(st.integers(shown + 1, len(three[0])))
        if start:
            # The last bar changes until it closes.
            three[0][start] = data.draw(values)
        part = (three[0][:shown], three[1][:shown], three[2][:shown])
        pyramid.update(*part, start=start)
        fresh = ExtremesPyramid()
        fresh.update(*part)
        for ours, theirs in zip(pyramid.levels, fresh.levels, strict=True):
            assert [level.tobytes() for level in ours] == [level.tobytes() for level in theirs]


def test_fewer_bars_than_before_are_followed_too() -> None:
    rng = np.random.default_rng(3)
    many = (rng.random(5_000), rng.random(5_000), rng.random(5_000))
    few = (many[0][:40], many[1][:40], many[2][:40])
    pyramid = ExtremesPyramid()
    pyramid.update(*many)
    pyramid.update(*few)
    assert pyramid.extremes(*few, 0, 40).highest == many[1][:40].max()


def test_no_bars_have_no_extremes() -> None:
    nothing = np.empty(0)
    pyramid = ExtremesPyramid()
    pyramid.update(nothing, nothing, nothing)
    assert all(np.isnan(value) for value in pyramid.extremes(nothing, nothing, nothing, 0, 0))


def test_a_million_bars_take_two_bytes_each() -> None:
    column = np.zeros(1_000_000)
    pyramid = ExtremesPyramid()
    pyramid.update(column, column, column)
    assert sum(level.nbytes for part in pyramid.levels for level in part) <= 2.1 * len(column)
