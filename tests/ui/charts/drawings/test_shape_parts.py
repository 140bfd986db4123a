"""Lines and rectangles cut at the edges of a pane."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.ui.charts.drawings.shape_parts import Line, clipped, overlap, text_width, within
from live_monitor.ui.charts.geometry import Box

PANE = Box(10, 20, 300, 200)
#: From beside the pane to where a minute's chart puts the year 1900.
places = st.one_of(st.floats(-500.0, 800.0), st.floats(-1e13, 1e13))
lines = st.builds(Line, places, places, places, places)


@st.composite
def crossing(draw: st.DrawFn) -> Line:
    """A line through a point inside the pane, its ends up to a milliard pixels away."""
    x, y, angle = draw(st.floats(12, 308)), draw(st.floats(22, 218)), draw(st.floats(0, math.tau))
    back, on = draw(st.floats(0, 1e9)), draw(st.floats(0, 1e9))
    dx, dy = math.cos(angle), math.sin(angle)
    return Line(x - back * dx, y - back * dy, x + on * dx, y + on * dy)


def along(line: Line, x: float, y: float) -> float:
    """How far a point lies from the endless straight through a line, in pixels."""
    dx, dy = line.x2 - line.x1, line.y2 - line.y1
    length = math.hypot(dx, dy)
    return abs((x - line.x1) * dy - (y - line.y1) * dx) / length if length else math.hypot(x - line.x1, y - line.y1)


@given(st.one_of(lines, crossing()), st.booleans())
def test_what_is_left_lies_in_the_pane_and_on_the_line(line: Line, endless: bool) -> None:
    part = clipped(line, PANE, endless=endless)
    if part is not None:
        slack = 1e-9 + 1e-12 * max(map(abs, line))
        for x, y in (part[:2], part[2:]):
            assert within(PANE, x, y)
            assert along(line, x, y) <= slack


@given(st.floats(10, 310), st.floats(20, 220), st.floats(10, 310), st.floats(20, 220))
def test_what_lies_inside_stays_whole(x1: float, y1: float, x2: float, y2: float) -> None:
    assert clipped(Line(x1, y1, x2, y2), PANE) == pytest.approx(Line(x1, y1, x2, y2), abs=1e-9)


@given(crossing())
def test_no_line_through_the_pane_is_lost(line: Line) -> None:
    assert clipped(line, PANE) is not None
    assert clipped(line, PANE, endless=True) is not None


def test_an_endless_line_goes_on_to_the_edge() -> None:
    assert clipped(Line(20, 30, 30, 30), PANE, endless=True) == Line(20, 30, 310, 30)
    assert clipped(Line(30, 30, 20, 30), PANE, endless=True) == Line(30, 30, 10, 30)
    assert clipped(Line(-50, 30, -40, 30), PANE, endless=True) == Line(10, 30, 310, 30)
    assert clipped(Line(-40, 30, -50, 30), PANE, endless=True) is None
    assert clipped(Line(20, 30, 20, 30), PANE, endless=True) == Line(20, 30, 20, 30)


def test_the_direction_is_kept() -> None:
    assert clipped(Line(400, 100, -400, 100), PANE) == Line(310, 100, 10, 100)


def test_rectangles_are_cut_and_left_out() -> None:
    assert overlap(-1e9, 50, 1e9, 60, PANE, 0.1) == (10, 50, 310, 60, 0.1)
    assert overlap(311, 50, 400, 60, PANE, 0.1) is None
    assert overlap(0, 0, 9, 9, PANE, 0.1) is None


def test_wide_letters_take_twice_the_room() -> None:
    assert text_width("abcd", 2.0) == 2 * text_width("abcd", 1.0)
    assert 1.5 < text_width("支撑支撑", 1.0) / text_width("abcd", 1.0) < 2.5
