"""Where signals stand."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.frame import READOUT_HEIGHT
from live_monitor.ui.charts.markers import ChartMarker, MarkerKind, bar_index, marker_at, place_markers
from tests.ui.charts.conftest import MINUTE, TEN_O_CLOCK, picture_of, series_of, walk


def state_of(count: int = 200) -> ChartState:
    state = ChartState()
    state.resize(900, 560, 72, 1.0)
    state.set_series(series_of(walk(count)))
    return state


def marker(index: float, kind: MarkerKind) -> ChartMarker:
    return ChartMarker(TEN_O_CLOCK + round(index * MINUTE), kind, math.nan, kind)


def test_entries_long_stand_below_and_all_others_above_their_bar() -> None:
    state = state_of()
    series = state.series
    assert series is not None
    kinds: tuple[MarkerKind, ...] = ("LONG", "SHORT", "TARGET", "STOP", "TRAIL")
    for kind in kinds:
        (placed,) = place_markers(state.frame, series, [marker(150, kind)])
        below = placed.y > state.frame.scale.row(float(series.low[150]))
        above = placed.y < state.frame.scale.row(float(series.high[150]))
        assert (below, above) == (kind == "LONG", kind != "LONG")


def test_markers_on_one_bar_do_not_cover_each_other() -> None:
    state = state_of()
    assert state.series is not None
    placed = place_markers(state.frame, state.series, [marker(150, "STOP"), marker(150, "TRAIL"), marker(150, "SHORT")])
    rows = sorted(m.y for m in placed)
    assert min(b - a for a, b in pairwise(rows)) >= 16


def test_signals_that_find_no_room_at_a_bar_are_told_with_the_outermost_one() -> None:
    state = state_of()
    assert state.series is not None
    placed = place_markers(state.frame, state.series, [marker(150, kind) for kind in ("STOP", "TRAIL") * 3])
    assert len(placed) == 3
    assert sum(len(each.marker.text.splitlines()) for each in placed) == 6
    assert len({each.y for each in placed}) == 3


@pytest.mark.parametrize("height", [260, 420, 900])
def test_the_highest_bar_has_room_for_a_marker_below_the_read_out(height: int) -> None:
    state = ChartState()
    state.resize(900, height, 72, 1.0)
    series = series_of(walk(200))
    state.set_series(series)
    first, last = state.frame.first, state.frame.last
    highest = first + int(series.high[first:last].argmax())
    placed = place_markers(state.frame, series, [marker(highest, kind) for kind in ("SHORT", "STOP", "TRAIL")])
    assert min(each.y for each in placed) - 8 >= READOUT_HEIGHT
    assert placed[0].y + 8 < state.frame.scale.row(float(series.high[highest]))


def test_a_time_within_a_bar_belongs_to_that_bar() -> None:
    state = state_of()
    assert state.series is not None
    (placed,) = place_markers(state.frame, state.series, [marker(150.7, "LONG")])
    assert placed.x == state.frame.columns.x(150)
    assert bar_index(state.series, TEN_O_CLOCK - 1) == -1


def test_markers_out_of_sight_are_left_out() -> None:
    state = state_of(2_000)
    assert state.series is not None
    assert place_markers(state.frame, state.series, [marker(3, "LONG"), marker(-50, "LONG")]) == []


def test_the_pointer_finds_the_nearest_marker_in_reach() -> None:
    state = state_of()
    assert state.series is not None
    placed = place_markers(state.frame, state.series, [marker(150, "LONG"), marker(152, "LONG")])
    near = placed[1]
    assert marker_at(state.frame, placed, near.x + 2, near.y + 2) == near
    assert marker_at(state.frame, placed, near.x + 60, near.y) is None


def test_a_marker_gives_way_to_the_newest_bar_as_it_grows(chart: CandleChart) -> None:
    bars = walk(60)
    # Room within the range of prices: the tick alone changes no scale.
    bars[30] = bars[30]._replace(low=bars[30].low - 3, high=bars[30].high + 3)
    series = series_of(bars)
    chart.set_series(series)
    chart.set_markers([ChartMarker(int(series.start_ms[-1]) + 5, "LONG", math.nan, "LONG")])
    picture_of(chart)
    (before,) = chart._layers.markers
    last = series.bar(-1)
    series.put(last._replace(low=last.low - 1))
    assert chart.refresh()
    picture_of(chart)
    (after,) = chart._layers.markers
    assert after.y - before.y == pytest.approx(chart._state.frame.scale.pixels_per_unit, abs=2)
    series.put(series.bar(-1)._replace(volume=last.volume + 1))
    chart.refresh()
    assert not chart._layers._still.markers_moved()
    assert sum(piece.width() * piece.height() for piece in chart.canvas._pieces) < 0.2 * 900 * 560
