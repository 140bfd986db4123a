"""Scroll, zoom and follow-live."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.ui.charts.viewport import MARGIN_BARS, Viewport


def shown(count: int, width: int = 800) -> Viewport:
    viewport = Viewport()
    viewport.resize(width, 1.0)
    viewport.set_count(count)
    return viewport


def test_it_opens_at_the_newest_bar_with_a_margin() -> None:
    viewport = shown(1_000)
    assert viewport.right == 1_000 + MARGIN_BARS
    assert viewport.following


def test_a_window_that_gets_its_size_late_still_has_the_margin() -> None:
    viewport = Viewport()
    viewport.set_count(1_000)
    viewport.resize(800, 1.0)
    assert viewport.right == 1_000 + MARGIN_BARS


def test_new_bars_shift_it_while_it_follows() -> None:
    viewport = shown(1_000)
    viewport.set_count(1_003)
    assert viewport.right == 1_003 + MARGIN_BARS


def test_new_bars_leave_the_past_alone() -> None:
    viewport = shown(1_000)
    viewport.pan(400)
    before = viewport.left
    assert not viewport.following
    viewport.set_count(1_050)
    assert viewport.left == before


def test_a_page_in_front_moves_nothing_on_the_screen() -> None:
    viewport = shown(1_000)
    viewport.pan(4_000)
    columns = [viewport.columns.x(index) for index in range(400, 480)]
    viewport.shift(2_000)
    assert [viewport.columns.x(index + 2_000) for index in range(400, 480)] == columns
    assert viewport.count == 3_000


@given(st.integers(1, 5_000), st.lists(st.tuples(st.floats(0.3, 3), st.integers(0, 799)), max_size=12))
def test_zooming_keeps_the_bar_under_the_cursor(count: int, steps: list[tuple[float, int]]) -> None:
    viewport = shown(count)
    for factor, at in steps:
        before = viewport.left + at / viewport.pitch
        viewport.zoom(factor, at)
        # Stopped at an edge, the view is snapped to a whole pixel from there: it then stands within one of the edge.
        if MARGIN_BARS + 1 / viewport.pitch < viewport.right < count - 1 / viewport.pitch:
            # The left edge is on a whole pixel, so the anchor is true to half a pixel.
            assert abs(viewport.left + at / viewport.pitch - before) * viewport.pitch <= 0.5 + 1e-6


@given(st.integers(1, 5_000), st.lists(st.one_of(st.floats(-1e6, 1e6), st.sampled_from([0.5, 2.0])), max_size=10))
def test_some_bars_stay_in_sight_however_one_drags_and_zooms(count: int, moves: list[float]) -> None:
    viewport = shown(count)
    for move in moves:
        if move in (0.5, 2.0):
            viewport.zoom(move, 400)
        else:
            viewport.pan(move)
        first, last = viewport.columns.visible(viewport.width, count)
        assert last > first


def test_every_notch_of_the_wheel_changes_whole_pitches() -> None:
    viewport = shown(1_000)
    pitches = [viewport.pitch]
    for _ in range(6):
        viewport.zoom(1 / 1.18, 400)
        pitches.append(viewport.pitch)
    assert all(b < a for a, b in pairwise(pitches))
    assert all(pitch == int(pitch) for pitch in pitches if pitch >= 3)


def test_zooming_out_ends_when_every_bar_is_in_sight() -> None:
    viewport = shown(100_000)
    for _ in range(100):
        viewport.zoom(0.5, 400)
    assert viewport.columns.visible(viewport.width, 100_000) == (0, 100_000)
    assert viewport.bars_across < 100_000 * 1.1


def test_candles_stand_equally_far_apart_wherever_one_pans() -> None:
    viewport = shown(1_000)
    for pixels in (1, 0.3, 17.7, 333.3):
        viewport.pan(pixels)
        xs = viewport.columns.xs(500, 900)
        assert set((xs[1:] - xs[:-1]).tolist()) == {8}


def test_back_to_now_follows_again() -> None:
    viewport = shown(1_000)
    viewport.to_start()
    assert viewport.left == 0
    assert not viewport.following
    viewport.to_end()
    assert viewport.following


def test_an_empty_chart_follows() -> None:
    viewport = shown(0)
    assert viewport.following
    viewport.set_count(1)
    assert viewport.right == pytest.approx(1 + MARGIN_BARS)


def test_another_pixel_density_shows_the_same_bars() -> None:
    viewport = shown(1_000, width=800)
    across = viewport.bars_across
    viewport.resize(1_600, 2.0)
    assert viewport.bars_across == across


def test_revealing_a_visible_bar_moves_nothing() -> None:
    viewport = shown(1_000)
    assert not viewport.reveal(980, margin=2)
    assert viewport.reveal(100, margin=2)
    assert viewport.left == 98


def test_older_bars_that_come_one_by_one_leave_the_margin_as_it_is() -> None:
    view = Viewport()
    view.resize(480, 1.0)
    view.set_count(1)
    for _ in range(130):
        view.shift(1)
        assert view.right - view.count == MARGIN_BARS


@pytest.mark.parametrize("width", [792, 900])
def test_all_bars_stay_in_sight_when_the_axis_takes_or_leaves_room(width: int) -> None:
    view = Viewport()
    view.resize(800, 1.0)
    view.set_count(2_000)
    view.zoom(1e-9, 400)
    assert view.columns.visible(800, 2_000) == (0, 2_000)
    view.resize(width, 1.0)
    assert view.columns.visible(width, 2_000) == (0, 2_000)
    assert view.bars_across == pytest.approx(2_012)
