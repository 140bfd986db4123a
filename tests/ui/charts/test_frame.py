"""Panes and frames."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.ui.charts.frame import Visible, arrange, make_frame
from live_monitor.ui.charts.geometry import Columns


@given(st.integers(1, 4_000), st.integers(1, 3_000), st.integers(0, 400), st.sampled_from([1.0, 1.25, 1.5, 2.0, 3.0]))
def test_panes_fill_the_canvas_without_overlap(width: int, height: int, axis: int, ratio: float) -> None:
    panes = arrange(width, height, axis, ratio)
    assert panes.price.bottom == panes.volume.y
    assert panes.volume.bottom == panes.time_axis.y == panes.price_axis.bottom
    assert panes.price.right == panes.price_axis.x
    assert panes.time_axis.bottom == max(height, panes.time_axis.y)
    assert panes.price.width >= 1


def test_volume_takes_a_fifth_of_the_plot() -> None:
    panes = arrange(1_280, 800, 72, 1.0)
    assert panes.volume.height / panes.plot.height == pytest.approx(0.2, abs=0.01)


def test_a_low_chart_has_no_volume_pane() -> None:
    assert arrange(600, 150, 72, 1.0).volume.height == 0


def test_a_frame_without_a_price_has_no_price_labels() -> None:
    frame = make_frame(1.0, arrange(900, 560, 72, 1.0), Columns(8.0, 0.0), (0, 5, 5), Visible(math.nan, math.nan, 3.0))
    assert frame.ticks.values == []
    assert math.isfinite(frame.scale.low)


@pytest.mark.parametrize("height", [180, 216, 260, 320, 560])
@pytest.mark.parametrize("span", [0.12, 0.4, 1.1, 2.9, 3.6, 7.0, 24.0])
def test_a_low_chart_has_price_labels_enough(height: int, span: float) -> None:
    seen = Visible(230.0, 230.0 + span, 3.0)
    frame = make_frame(1.0, arrange(630, height, 72, 1.0), Columns(8.0, 0.0), (0, 5, 5), seen)
    rows = [frame.scale.row(value) for value in frame.ticks.values]
    assert len(rows) >= 3
    assert all(above - below >= 20 for above, below in pairwise(rows))


def test_candles_stay_below_the_read_out() -> None:
    frame = make_frame(1.0, arrange(900, 560, 72, 1.0), Columns(8.0, 0.0), (0, 5, 5), Visible(90.0, 110.0, 3.0))
    assert frame.scale.row(110.0) > 32
    assert frame.scale.row(90.0) < frame.panes.price.bottom


@given(st.floats(allow_nan=True, allow_infinity=True), st.floats(allow_nan=True, allow_infinity=True))
def test_one_more_bar_widens_and_never_spoils(low: float, high: float) -> None:
    wider = Visible(10.0, 20.0, 5.0).with_bar(low, high, math.inf)
    assert wider.lowest <= 10.0
    assert wider.highest >= 20.0
    assert wider.volume == 5.0
    assert math.isfinite(wider.lowest)
    assert math.isfinite(wider.highest)
