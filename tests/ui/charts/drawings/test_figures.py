"""What each kind of drawing shows."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.ui.charts.drawings.levels import SHARES
from live_monitor.ui.charts.drawings.shape_parts import LINE_HEIGHT, Line, Shape, text_width
from live_monitor.ui.charts.drawings.shapes import shape_of
from live_monitor.ui.charts.drawings.values import ANCHORS, Drawing
from live_monitor.ui.charts.frame import Frame
from tests.ui.charts.drawings.samples import MINUTE, STARTS, at, drawing, frame_of, sane_prices

FRAME = frame_of()
PANE = FRAME.panes.price


def shape(found: Drawing, frame: Frame = FRAME) -> Shape:
    result = shape_of(found, frame, STARTS, MINUTE)
    assert result is not None
    return result


def x_of(minute: float) -> float:
    return minute * 4 + 2.5


def y_of(price: float) -> float:
    return FRAME.scale.y(price)


def test_a_trend_line_ends_at_its_anchors() -> None:
    result = shape(drawing("trend", at(10, 95.0), at(60, 105.0), text="support"))
    assert result.lines == [pytest.approx((x_of(10), y_of(95.0), x_of(60), y_of(105.0)))]
    assert result.handles == {0: result.lines[0][:2], 1: result.lines[0][2:]}
    label = result.labels[0]
    assert (label.text, label.x) == ("support", x_of(35))
    assert label.y < y_of(100.0)


@pytest.mark.parametrize(("to", "align"), [(105.0, "right"), (95.0, "left"), (100.0, "center")])
def test_the_text_of_a_line_stands_where_the_line_is_not(to: float, align: str) -> None:
    for anchors in ((at(10, 100.0), at(60, to)), (at(60, to), at(10, 100.0))):
        assert shape(drawing("trend", *anchors, text="support")).labels[0].align == align


def test_a_ray_goes_on_to_the_edge_in_its_direction() -> None:
    right = shape(drawing("ray", at(10, 100.0), at(20, 100.0))).lines[0]
    left = shape(drawing("ray", at(20, 100.0), at(10, 100.0))).lines[0]
    up = shape(drawing("ray", at(20, 100.0), at(20, 101.0))).lines[0]
    assert (right.x1, right.x2) == (x_of(10), PANE.right)
    assert (left.x1, left.x2) == (x_of(20), PANE.x)
    assert (up.y1, up.y2) == (y_of(100.0), PANE.y)


def test_a_ray_is_seen_where_only_its_end_is() -> None:
    result = shape(drawing("ray", at(-50, 99.0), at(-40, 99.2)))
    assert result.handles == {}
    assert (result.lines[0].x1, result.lines[0].x2) == (PANE.x, PANE.right)


def test_a_level_says_its_price_at_the_right_edge() -> None:
    result = shape(drawing("horizontal", at(10, 103.4567), text="resistance"))
    assert result.lines == [Line(PANE.x, y_of(103.4567), PANE.right, y_of(103.4567))]
    label = result.labels[0]
    assert (label.text, label.align) == ("resistance  103.46", "right")
    assert label.x <= PANE.right
    assert result.handles == {0: (x_of(10), y_of(103.4567))}


def test_a_level_whose_bar_is_out_of_sight_has_its_handle_in_the_middle() -> None:
    assert shape(drawing("horizontal", at(-500, 100.0))).handles[0][0] == (PANE.x + PANE.right) / 2


def test_a_level_at_the_top_has_its_label_below() -> None:
    top = FRAME.scale.price_at(2)
    result = shape(drawing("horizontal", at(10, top)))
    assert result.labels[0].y > result.lines[0].y1


def test_an_instant_crosses_all_panes_and_says_when_it_is() -> None:
    plot = FRAME.panes.plot
    result = shape(drawing("vertical", at(31, 100.0), text="FOMC"))
    assert result.lines == [Line(x_of(31), plot.y, x_of(31), plot.bottom)]
    assert result.labels[0].text == "FOMC  Mon 1 Mar  10:31"
    told = shape_of(drawing("vertical", at(31, 100.0)), FRAME, STARTS, MINUTE, lambda ms: f"{ms} here")
    assert told is not None
    assert told.labels[0].text == f"{STARTS[31]} here"


@given(st.integers(0, 199))
def test_the_label_of_an_instant_stays_left_of_the_axis(minute: int) -> None:
    label = shape(drawing("vertical", at(minute, 100.0)), frame_of(pitch=4.0)).labels[0]
    width = text_width(label.text, 1.0)
    assert (label.x + width if label.align == "left" else label.x) <= FRAME.panes.plot.right


def test_a_rectangle_has_four_edges_a_fill_and_four_handles() -> None:
    result = shape(drawing("rectangle", at(10, 95.0), at(60, 105.0), text="gap"))
    left, right, top, bottom = x_of(10), x_of(60), y_of(105.0), y_of(95.0)
    assert set(result.lines) == {
        Line(left, top, right, top),
        Line(left, bottom, right, bottom),
        Line(left, top, left, bottom),
        Line(right, top, right, bottom),
    }
    assert result.fills[0][:4] == (left, top, right, bottom)
    assert 0 < result.fills[0].alpha < 0.3
    assert result.handles == {0: (left, bottom), 1: (right, top), 2: (left, top), 3: (right, bottom)}
    assert result.labels[0].text == "gap"


def test_a_rectangle_around_everything_is_a_fill_without_edges() -> None:
    result = shape(drawing("rectangle", at(-500, 50.0), at(900, 200.0), text="all"))
    assert result.lines == []
    assert result.fills[0][:4] == (PANE.x, PANE.y, PANE.right, PANE.bottom)
    assert PANE.x <= result.labels[0].x < 50


def test_levels_of_a_move_lie_at_their_prices_from_its_start_to_the_edge() -> None:
    result = shape(drawing("fibonacci", at(40, 95.0), at(10, 105.0)))
    prices = [105 - 10 * share for share in SHARES if 105 - 10 * share >= 90]
    assert [line.y1 for line in result.lines] == pytest.approx([y_of(price) for price in prices])
    assert {(line.x1, line.x2) for line in result.lines} == {(x_of(10), PANE.right)}
    assert len(result.faint) == 1
    band = result.fills[0]
    assert (band.top, band.bottom) == pytest.approx((y_of(105 - 3.82), y_of(105 - 6.18)))
    assert "50.0%  100.00" in {label.text for label in result.labels}


@given(sane_prices, sane_prices, st.sampled_from([1.0, 20.0, 100.0]))
def test_labels_of_levels_never_cover_one_another(one: float, other: float, span: float) -> None:
    frame = frame_of(100.0 - span / 2, 100.0 + span / 2)
    result = shape_of(drawing("fibonacci", at(40, one), at(80, other)), frame, STARTS, MINUTE)
    rows = sorted(label.y for label in result.labels) if result is not None else []
    assert all(below - above >= LINE_HEIGHT - 1e-6 for above, below in pairwise(rows))


def test_levels_are_a_price_on_a_logarithmic_scale_too() -> None:
    frame = frame_of(50.0, 200.0, log=True)
    result = shape(drawing("fibonacci", at(10, 60.0), at(40, 180.0)), frame)
    half = next(line for line, share in zip(result.lines, SHARES, strict=False) if share == 0.5)
    assert half.y1 == pytest.approx(frame.scale.y(120.0))


def test_a_measurement_says_price_percent_bars_and_time() -> None:
    result = shape(drawing("measure", at(10, 100.0), at(82, 101.25)))
    assert [label.text for label in result.labels] == ["+1.25  (+1.25%)", "72 bars  1 h 12 min"]
    assert result.labels[0].y < result.labels[1].y < y_of(101.25)
    assert result.fills[0][:4] == pytest.approx((x_of(10), y_of(101.25), x_of(82), y_of(100.0)))


def test_a_falling_measurement_is_said_below() -> None:
    result = shape(drawing("measure", at(82, 101.25), at(10, 100.0), text="note"))
    assert [label.text for label in result.labels] == ["−1.25  (−1.23%)", "−72 bars  −1 h 12 min", "note"]
    assert y_of(100.0) < result.labels[0].y < result.labels[1].y < result.labels[2].y


def test_bars_are_counted_as_they_stand() -> None:
    """Over a night: six bars are measured, and sixteen hours."""
    starts = STARTS.copy()
    starts[13:] += 16 * 60 * MINUTE
    later = int(starts[16] - starts[0]) / MINUTE
    result = shape_of(drawing("measure", at(10, 100.0), at(later, 101.0)), FRAME, starts, MINUTE)
    assert result is not None
    assert result.labels[1].text == "6 bars  16 h 6 min"


@given(st.integers(-50, 250), st.integers(-50, 250), sane_prices, sane_prices)
def test_what_is_measured_can_be_read_wherever_it_is_in_sight(one: int, other: int, low: float, high: float) -> None:
    result = shape_of(drawing("measure", at(one, low), at(other, high)), FRAME, STARTS, MINUTE)
    for label in result.labels if result is not None else ():
        assert PANE.y <= label.y <= PANE.bottom
        assert PANE.x <= label.x <= PANE.right


def test_a_text_begins_at_its_anchor_and_can_be_felt() -> None:
    result = shape(drawing("text", at(10, 100.0), text="earnings"))
    label, felt = result.labels[0], result.fills[0]
    assert (label.text, label.align, label.y) == ("earnings", "left", y_of(100.0))
    assert label.x > x_of(10)
    assert felt.alpha == 0
    assert felt.left == label.x
    assert felt.top < label.y < felt.bottom


def test_a_text_is_seen_until_its_last_letter_is_gone() -> None:
    note = drawing("text", at(-10, 100.0), text="a note that is long enough to be seen")
    assert shape(note).labels[0].x < PANE.x
    assert shape_of(drawing("text", at(-100, 100.0), text="short"), FRAME, STARTS, MINUTE) is None


def test_two_anchors_in_one_place_are_a_point_and_no_error() -> None:
    for kind in (kind for kind, count in ANCHORS.items() if count == 2):
        result = shape(drawing(kind, at(10, 100.0), at(10, 100.0)))
        assert result.handles[0] == result.handles[1] == (x_of(10), y_of(100.0))
