"""Drawings in one picture: always finite, always inside, wherever anchors and axes are."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.ui.charts.drawings import shapes
from live_monitor.ui.charts.drawings.shape_parts import Shape
from live_monitor.ui.charts.drawings.shapes import shape_of, shapes_of
from live_monitor.ui.charts.drawings.values import KINDS, Drawing
from live_monitor.ui.charts.frame import Frame
from tests.ui.charts.drawings.samples import (
    MINUTE,
    STARTS,
    at,
    drawing,
    drawings,
    frame_of,
    sane_prices,
    sane_times,
)

DAY = 1_440 * MINUTE


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    """Any picture: narrow and wide scales, even and logarithmic ones, from a pixel for ten bars to 96 for one."""
    low = draw(st.sampled_from([1e-4, 0.5, 99.99, 100.0, 90.0]))
    high = low + draw(st.sampled_from([0.0008, 0.05, 1.0, 20.0, 1e6]))
    pitch = draw(st.one_of(st.floats(0.1, 3.0), st.integers(3, 96).map(float)))
    offset = draw(st.floats(-20_000.0, 900.0))
    size = draw(st.sampled_from([(900, 560), (200, 120), (1, 1), (3_800, 2_100)]))
    return frame_of(low, high, log=draw(st.booleans()), pitch=pitch, offset=float(math.floor(offset)), size=size)


def shape(found: Drawing, frame: Frame) -> Shape | None:
    return shape_of(found, frame, STARTS, MINUTE)


def seen(found: Drawing, frame: Frame) -> Shape:
    result = shape(found, frame)
    assert result is not None
    return result


def assert_inside(result: Shape, frame: Frame) -> None:
    plot = frame.panes.plot
    for x1, y1, x2, y2 in (*result.lines, *result.faint, *(fill[:4] for fill in result.fills)):
        assert plot.x <= min(x1, x2) <= max(x1, x2) <= plot.right
        assert plot.y <= min(y1, y2) <= max(y1, y2) <= plot.bottom
    for x, y in result.handles.values():
        assert plot.x <= x <= plot.right
        assert plot.y <= y <= plot.bottom
    for label in result.labels:
        assert label.text
        assert abs(label.x) < 2e4
        assert abs(label.y) < 2e4


@given(drawings(), frames())
def test_every_coordinate_is_finite_and_inside(found: Drawing, frame: Frame) -> None:
    result = shape(found, frame)
    if result is not None:
        assert_inside(result, frame)


@given(drawings(sane_times, sane_prices), frames())
def test_near_the_bars_as_well(found: Drawing, frame: Frame) -> None:
    result = shape(found, frame)
    if result is not None:
        assert result.lines or result.fills or result.labels or result.handles
        assert_inside(result, frame)


@given(st.lists(drawings(), max_size=10), frames())
def test_many_at_once_are_the_same_as_one_by_one(some: list[Drawing], frame: Frame) -> None:
    alone = [result for each in some if (result := shape(each, frame)) is not None]
    assert shapes_of(some, frame, STARTS, MINUTE) == alone


@pytest.mark.parametrize("kind", KINDS)
def test_without_bars_nothing_has_a_place(kind: str) -> None:
    some = [
        drawing(each, *[at(0, 100.0), at(9, 101.0)][: 1 if each in {"horizontal", "vertical", "text"} else 2])
        for each in KINDS
    ]
    assert shapes_of(some, frame_of(), np.empty(0, np.int64), MINUTE) == []


@pytest.mark.parametrize("pitch", [0.3, 1.7, 4.0, 9.0])
@pytest.mark.parametrize("log", [False, True])
def test_anchors_lie_on_the_wick_and_the_row_of_their_price(pitch: float, log: bool) -> None:
    frame = frame_of(log=log, pitch=pitch, offset=3.0)
    for minute, price in ((0, 91.0), (7, 100.0), (80, 109.5)):
        result = seen(drawing("trend", at(minute, price), at(minute + 3, price)), frame)
        x, y = result.handles[0]
        assert math.floor(x) == frame.columns.x(minute)
        assert math.floor(y) == frame.scale.row(price)


@given(frames(), sane_prices, sane_prices)
def test_a_trend_line_is_straight_between_its_anchors_on_any_scale(frame: Frame, one: float, other: float) -> None:
    result = shape(drawing("trend", at(0, one), at(100, other)), frame)
    if result is not None and max(abs(frame.scale.y(price)) for price in (one, other)) < 1e6:
        x1 = frame.columns.offset
        x2 = 100 * frame.columns.pitch + frame.columns.offset
        y1, y2 = frame.scale.y(one), frame.scale.y(other)
        line = result.lines[0]
        for x, y in ((line.x1, line.y1), (line.x2, line.y2)):
            slack = 0.6 * (1 + abs(y2 - y1) / (x2 - x1)) + 1e-3
            assert abs((x - x1) * (y2 - y1) - (y - y1) * (x2 - x1)) / math.hypot(x2 - x1, y2 - y1) <= slack


@pytest.mark.parametrize("log", [False, True])
def test_an_anchor_beyond_all_pixels_does_not_bend_its_line(log: bool) -> None:
    """Six years and 200 USD away on a chart of seconds: the line still goes through the anchor that is in sight."""
    frame = frame_of(249.99, 250.01, log=log)
    near, far = at(100, 250.0), at(100 - 6 * 365 * 1_440, 50.0)
    line = seen(drawing("trend", far, near), frame).lines[0]
    assert (line.x2, line.y2) == pytest.approx((100 * 4 + 2.5, frame.scale.y(250.0)), abs=1e-3)
    ups = math.log(250.0 / 50.0) if log else 200.0
    slope = -ups * frame.scale.pixels_per_unit / (6 * 365 * 1_440 * 4)
    assert (line.y2 - line.y1) / (line.x2 - line.x1) == pytest.approx(slope, rel=1e-3)


def test_a_drawing_stays_at_its_bars_on_every_length_of_bars() -> None:
    found = drawing("trend", at(30, 100.0), at(97, 105.0))
    frame = frame_of()
    for width in (1, 5, 15):
        starts = STARTS[::width]
        result = shape_of(found, frame, starts, width * MINUTE)
        assert result is not None
        x = result.handles[1][0]
        assert x == pytest.approx(97 / width * 4 + 2.5)


@pytest.mark.parametrize("ms", [-2_208_988_800_000, 7_258_118_400_000])
def test_anchors_in_1900_and_2200_are_drawn_or_out_of_sight(ms: int) -> None:
    far = at((ms - int(STARTS[0])) / MINUTE, 100.0)
    frame = frame_of()
    line = seen(drawing("trend", far, at(100, 100.0)), frame).lines[0]
    edge = frame.panes.price.right if ms > 0 else 0
    assert edge in {line.x1, line.x2}
    assert shape(drawing("vertical", far), frame) is None
    assert shape(drawing("text", far), frame) is None


def test_two_thousand_drawings_out_of_sight_cost_next_to_nothing() -> None:
    """Few milliseconds; twenty times the slack for a loaded machine."""
    some = [
        drawing("trend" if n % 2 else "rectangle", at(-9_000 - n, 100.0), at(-8_000 - n, 105.0), id=f"d{n}")
        for n in range(2_000)
    ]
    frame = frame_of()
    shapes_of(some, frame, STARTS, MINUTE)
    times = []
    for _ in range(3):
        began = time.process_time()
        assert shapes_of(some, frame, STARTS, MINUTE) == []
        times.append(time.process_time() - began)
    assert min(times) < 0.1


def test_an_extension_is_seen_where_the_move_is_not() -> None:
    """From 100 to 110: the extension lies at 93.82."""
    move = drawing("fibonacci", at(10, 100.0), at(20, 110.0))
    result = seen(move, frame_of(93.0, 94.0))
    assert [label.text for label in result.labels] == ["161.8%  93.82"]
    assert shape(move, frame_of(91.0, 92.0)) is None


@given(st.lists(st.one_of(drawings(), drawings(sane_times, sane_prices)), min_size=1, max_size=10), frames())
def test_what_is_rejected_early_is_out_of_sight(some: list[Drawing], frame: Frame) -> None:
    quick = shapes_of(some, frame, STARTS, MINUTE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shapes, "_near", lambda gathered, *_: np.ones(len(gathered.drawings), np.bool_))
        assert shapes_of(some, frame, STARTS, MINUTE) == quick
