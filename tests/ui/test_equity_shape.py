"""The equity curve as points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtCore import QRectF

from live_monitor.ui.equity_shape import shape_of, value_ticks

BOX = QRectF(10, 20, 100, 50)


def test_one_mark_is_no_curve() -> None:
    assert shape_of(np.array([1]), np.array([5.0]), BOX) is None


def test_between_marks_the_curve_is_level() -> None:
    shape = shape_of(np.array([0, 50, 100]), np.array([100.0, 110.0, 90.0]), BOX)
    assert shape is not None
    assert [x for x, _y in shape.points] == [10, 60, 60, 110, 110]
    rows = [y for _x, y in shape.points]
    assert rows[0] == rows[1]
    assert rows[2] == rows[3] < rows[0] < rows[4]


@pytest.mark.parametrize(("x", "mark"), [(10, (0, 100.0)), (59, (0, 100.0)), (60, (50, 110.0)), (110, (100, 90.0))])
def test_reading_is_the_mark_in_force(x: float, mark: tuple[int, float]) -> None:
    shape = shape_of(np.array([0, 50, 100]), np.array([100.0, 110.0, 90.0]), BOX)
    assert shape is not None
    assert shape.at(x) == mark


def test_flat_curve_has_room_around_it() -> None:
    shape = shape_of(np.array([0, 100]), np.array([5.0, 5.0]), BOX)
    assert shape is not None
    assert BOX.top() < shape.y(5.0) < BOX.bottom()


def test_marks_of_one_instant_are_drawn() -> None:
    shape = shape_of(np.array([7, 7]), np.array([5.0, 6.0]), BOX)
    assert shape is not None
    assert {x for x, _y in shape.points} == {BOX.right()}


@given(
    values=st.lists(st.floats(-1e7, 1e7), min_size=2, max_size=2_000),
    seed=st.integers(0, 99),
)
def test_thinned_or_not_every_extreme_is_within_the_box_and_is_shown(values: list[float], seed: int) -> None:
    steps = np.random.default_rng(seed).integers(0, 90_000, len(values))
    shape = shape_of(np.cumsum(steps), np.array(values), BOX)
    assert shape is not None
    rows = [y for _x, y in shape.points]
    assert min(rows) >= BOX.top() - 1e-6
    assert max(rows) <= BOX.bottom() + 1e-6
    assert min(rows) == pytest.approx(shape.y(max(values)), abs=1e-6)
    assert max(rows) == pytest.approx(shape.y(min(values)), abs=1e-6)
    assert all(BOX.left() - 1e-6 <= x <= BOX.right() + 1e-6 for x, _y in shape.points)
    assert len(shape.points) <= max(2 * len(values), 4 * int(BOX.width()))


@given(low=st.floats(-1e6, 1e6), span=st.floats(0.01, 1e6), most=st.integers(2, 12))
def test_ticks_are_few_and_within(low: float, span: float, most: int) -> None:
    ticks = value_ticks(low, low + span, most)
    assert 1 <= len(ticks) <= most + 1
    assert all(low - 1e-6 <= value <= low + span + 1e-6 for value, _decimals in ticks)


def test_ticks_of_no_range_are_none() -> None:
    assert value_ticks(5.0, 5.0, 4) == []
    assert value_ticks(0.0, float("inf"), 4) == []
