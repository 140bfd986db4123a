"""Tags of lines that lie close together stand apart, as near to their lines as that allows."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.ui.charts.trading.tag_places import spread

rows_in_a_pane = st.lists(st.integers(0, 500), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("rows", "middles"),
    [
        ([100], [100]),
        ([100, 200], [100, 200]),
        ([100, 100], [90, 110]),
        ([104, 100], [112, 92]),
        ([100, 100, 100], [80, 100, 120]),
        ([0, 5], [10, 30]),
        ([498, 500], [470, 490]),
        ([], []),
    ],
)
def test_tags_that_would_overlap_move_apart_about_their_middle(rows: list[int], middles: list[int]) -> None:
    assert spread(rows, 20, 0, 500) == middles


@given(rows_in_a_pane)
def test_no_tag_covers_another_while_there_is_room(rows: list[int]) -> None:
    middles = sorted(spread(rows, 20, 0, 500))
    assert all(low + 19 <= high for low, high in itertools.pairwise(middles))
    assert middles[0] >= 10
    assert middles[-1] <= 490


@given(rows_in_a_pane)
def test_tags_keep_the_order_of_their_lines(rows: list[int]) -> None:
    middles = spread(rows, 20, 0, 500)
    by_row = [middle for _row, middle in sorted(zip(rows, middles, strict=True))]
    assert by_row == sorted(by_row)


def test_more_tags_than_fit_overlap_evenly_and_stay_inside() -> None:
    middles = spread([50] * 41, 20, 0, 420)
    assert middles[0] == 10
    assert middles[-1] == 410
    assert {high - low for low, high in itertools.pairwise(middles)} == {10}
