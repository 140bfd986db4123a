"""Where panes stand, and what gives way where there is no room."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.ui.charts.pane_shares import PaneShares
from live_monitor.ui.charts.panes import LARGEST_SHARE, SMALLEST_SHARE, STUDY_SHARE, VOLUME_SHARE, arrange


@given(
    st.integers(min_value=20, max_value=3_000), st.floats(min_value=0, max_value=0.6),
    st.lists(st.floats(min_value=SMALLEST_SHARE, max_value=LARGEST_SHARE), max_size=6),
    st.sampled_from([1.0, 1.25, 2.0]),
)  # fmt: skip
def test_panes_fill_the_plot_without_a_hole(height: int, volume: float, lower: list[float], ratio: float) -> None:
    panes = arrange(1_280, height, 72, ratio, volume, lower)
    boxes = [panes.price, panes.volume, *panes.lower]
    assert len(panes.lower) == len(lower)
    for above, below in itertools.pairwise(boxes):
        assert below.y == above.bottom
        assert below.height >= 0
    assert boxes[-1].bottom == panes.time_axis.y == panes.plot.bottom
    shown = [box for box in boxes[1:] if box.height]
    if len(shown) > 1:
        assert panes.price.height >= math.floor(120 * ratio)
    assert all(box.height >= math.floor(44 * ratio) for box in shown)


def test_the_lowest_panes_give_way_first() -> None:
    roomy, low = (arrange(900, height, 72, 1.0, 0.2, [0.2, 0.2]) for height in (700, 280))
    assert all(box.height > 100 for box in roomy.lower)
    assert low.volume.height >= 44
    assert low.lower[0].height >= 44 or low.lower[1].height == 0
    assert arrange(900, 240, 72, 1.0, 0.2, [0.2, 0.2]).lower[1].height == 0


def test_no_volume_pane_where_none_is_wanted() -> None:
    panes = arrange(900, 700, 72, 1.0, 0.0, [0.2])
    assert panes.volume.height == 0
    assert panes.lower[0].y == panes.price.bottom


def test_heights_are_kept_as_dragged_and_nothing_else_is_believed() -> None:
    shares = PaneShares()
    shares.drag("rsi", 0.9)
    shares.drag("volume", 0.01)
    shares.drag("gone", 0.3)
    shares.keep_only({"rsi"})
    assert shares.kept() == {"rsi": LARGEST_SHARE, "volume": SMALLEST_SHARE}
    other = PaneShares()
    other.restore({"rsi": 0.3, "volume": math.nan, "macd": 7.0})
    assert other.kept() == {"rsi": 0.3}
    assert other.of(["rsi", "macd"]) == [0.3, STUDY_SHARE]
    assert other.of_volume == VOLUME_SHARE
    other.forget("rsi")
    assert other.of(["rsi"]) == [STUDY_SHARE]
    other.volume_shown = False
    assert other.of_volume == pytest.approx(0.0)
