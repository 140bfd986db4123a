"""Between pixels and anchors, on even and on logarithmic scales."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.drawings.places import Places, with_point
from live_monitor.ui.charts.drawings.values import flaw_of
from live_monitor.ui.charts.price_scale import smallest_tick
from tests.ui.charts.conftest import MINUTE, TEN_O_CLOCK, series_of, walk
from tests.ui.charts.drawings.samples import at, drawing


def places(mode: str = "linear", bars: int = 200) -> Places:
    state = ChartState()
    state.scale_mode = mode  # type: ignore[assignment] # one of the modes
    state.set_series(series_of(walk(bars)))
    state.resize(900, 560, 72, 1.0)
    return Places(state)


SCALES = {mode: places(mode) for mode in ("linear", "log")}


def test_without_bars_no_place_is_a_point() -> None:
    assert not places(bars=0).ready
    assert not places(bars=0).holds(300, 200)
    assert places().holds(300, 200)


@given(st.floats(-5_000, 5_000), st.floats(-5_000, 5_000), st.sampled_from(["linear", "log"]))
def test_every_place_gives_a_bar_that_starts_and_a_price_that_can_be_traded(x: float, y: float, mode: str) -> None:
    anchor = SCALES[mode].anchor(x, y)
    assert (anchor.ms - TEN_O_CLOCK) % MINUTE == 0
    tick = smallest_tick(anchor.price)
    assert anchor.price == pytest.approx(round(anchor.price / tick) * tick, abs=1e-9)
    scale, box = SCALES[mode].frame.scale, SCALES[mode].frame.panes.price
    assert scale.price_at(box.bottom) - tick <= anchor.price <= scale.price_at(box.y - 1) + tick


@given(st.integers(-300, 300), st.integers(-150, 150), st.sampled_from(["linear", "log"]))
def test_a_drawing_moves_as_one_piece(dx: int, dy: int, mode: str) -> None:
    where = SCALES[mode]
    start, end = (400.0, 250.0), (400.0 + dx, 250.0 + dy)
    line = drawing("trend", at(150, 99.5), at(180, 99.7))
    moved = where.moved(line, start, end)
    bars = where.frame.columns.index_at(end[0]) - where.frame.columns.index_at(start[0])
    assert [new.ms - old.ms for old, new in zip(line.anchors, moved.anchors, strict=True)] == [bars * MINUTE] * 2
    pixels = [
        where.frame.scale.y(new.price) - where.frame.scale.y(old.price)
        for old, new in zip(line.anchors, moved.anchors, strict=True)
    ]
    a_tick = abs(where.frame.scale.y(99.5) - where.frame.scale.y(99.51))
    assert pixels[0] == pytest.approx(pixels[1], abs=0.01)
    assert pixels[0] == pytest.approx(dy, abs=a_tick)


def test_a_move_along_a_row_changes_no_digit_of_a_price() -> None:
    for where in SCALES.values():
        line = drawing("trend", at(150, 99.5037), at(180, 99.7001))
        moved = where.moved(line, (400.0, 250.0), (480.0, 250.0))
        assert [anchor.price for anchor in moved.anchors] == [99.5037, 99.7001]


def test_a_copy_lies_beside_and_can_be_drawn() -> None:
    line = drawing("horizontal", at(0, 99.5))
    copy = places().beside(line)
    assert copy.anchors[0].price < 99.5
    low = drawing("horizontal", at(0, 0.0001))
    assert flaw_of(places().beside(low)) == ""


def test_a_step_is_a_tick_or_a_round_amount_about_a_pixel_high() -> None:
    where = places()
    step = where.price_step(99.5)
    pixel = 1 / where.frame.scale.pixels_per_unit
    assert step == 0.01 or pixel <= step <= 5 * pixel
    assert math.isclose(step, round(step, 4))


def test_a_point_is_put_elsewhere_and_a_corner_shares_its_two_points() -> None:
    box = drawing("rectangle", at(0, 99.0), at(10, 101.0))
    assert with_point(box, 1, at(20, 105.0)).anchors == (at(0, 99.0), at(20, 105.0))
    assert with_point(box, 2, at(-5, 103.0)).anchors == (at(-5, 99.0), at(10, 103.0))
    assert with_point(box, 3, at(20, 98.0)).anchors == (at(0, 98.0), at(20, 101.0))
