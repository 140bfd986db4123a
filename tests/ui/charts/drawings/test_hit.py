"""Which drawing the pointer means."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from live_monitor.ui.charts.drawings.hit import Hit, nearest
from live_monitor.ui.charts.drawings.shape_parts import Shape
from live_monitor.ui.charts.drawings.shapes import shapes_of
from live_monitor.ui.charts.drawings.values import Drawing
from tests.ui.charts.drawings.samples import MINUTE, STARTS, at, drawing, drawings, frame_of, sane_prices, sane_times

FRAME = frame_of()


def shapes(*some: Drawing) -> list[Shape]:
    return shapes_of(some, FRAME, STARTS, MINUTE)


def place(minute: float, price: float) -> tuple[float, float]:
    return minute * 4 + 2.5, FRAME.scale.y(price)


LINE = drawing("trend", at(10, 95.0), at(60, 105.0), id="line")
BOX = drawing("rectangle", at(20, 92.0), at(70, 108.0), id="box")
NOTE = drawing("text", at(100, 100.0), id="note", text="hold until the close")


def test_a_line_is_met_beside_it_and_no_further() -> None:
    x, y = place(35, 100.0)
    assert nearest(shapes(LINE), x, y + 5, 7) == Hit("line", "body")
    assert nearest(shapes(LINE), x, y + 60, 7) is None


def test_a_line_ends_where_it_ends() -> None:
    x, y = place(64, 105.8)
    assert nearest(shapes(LINE), x, y, 7) is None
    assert nearest([], x, y, 7) is None


def test_handles_win_over_lines() -> None:
    x, y = place(60, 105.0)
    assert nearest(shapes(LINE), x + 3, y + 2, 7) == Hit("line", "handle", 1)
    assert nearest(shapes(LINE), x - 3, y + 2, 7, handles_of="other") == Hit("line", "body")
    corner_x, corner_y = place(20, 108.0)
    assert nearest(shapes(BOX), corner_x, corner_y, 7) == Hit("box", "handle", 2)


def test_a_line_wins_over_the_ground_that_another_covers() -> None:
    x, y = place(35, 100.0)
    for order in ((LINE, BOX), (BOX, LINE)):
        assert nearest(shapes(*order), x, y, 7) == Hit("line", "body")
    inside = place(50, 93.0)
    assert nearest(shapes(LINE, BOX), *inside, 7) == Hit("box", "inside")


def test_the_smaller_ground_wins_and_of_equals_the_topmost() -> None:
    small = drawing("rectangle", at(40, 96.0), at(50, 99.0), id="small")
    x, y = place(45, 97.5)
    assert nearest(shapes(small, BOX), x, y, 7) == Hit("small", "inside")
    twin = drawing("rectangle", *BOX.anchors, id="twin")
    inside = place(50, 93.0)
    assert nearest(shapes(BOX, twin), *inside, 7) == Hit("twin", "inside")


def test_of_two_lines_the_nearer_one_is_meant_and_of_one_place_the_topmost() -> None:
    level = drawing("horizontal", at(0, 100.0), id="level")
    other = drawing("horizontal", at(0, 100.2), id="other")
    x, y = place(100, 100.19)
    assert nearest(shapes(other, level), x, y, 7) == Hit("other", "body")
    twin = drawing("horizontal", at(0, 100.2), id="twin")
    assert nearest(shapes(other, twin), x, y, 7) == Hit("twin", "body")


def test_a_text_is_met_on_its_letters() -> None:
    x, y = place(100, 100.0)
    assert nearest(shapes(NOTE), x + 60, y + 4, 3) == Hit("note", "body")
    assert nearest(shapes(NOTE), x + 60, y + 40, 3) is None


@given(st.lists(drawings(sane_times, sane_prices), max_size=6, unique_by=lambda each: each.id), st.data())
def test_what_is_met_is_near(some: list[Drawing], data: st.DataObject) -> None:
    found = shapes(*some)
    x, y = data.draw(st.floats(0, 830)), data.draw(st.floats(0, 430))
    hit = nearest(found, x, y, 7)
    if hit is None:
        assert all(math.dist(point, (x, y)) > 7 for each in found for point in each.handles.values())
        return
    shape = next(each for each in found if each.id == hit.id)
    if hit.part == "handle":
        assert math.dist(shape.handles[hit.handle], (x, y)) <= 7
    else:
        lefts = [min(line.x1, line.x2) for line in (*shape.lines, *shape.faint)] + [fill.left for fill in shape.fills]
        rights = [max(line.x1, line.x2) for line in (*shape.lines, *shape.faint)] + [fill.right for fill in shape.fills]
        assert min(lefts) - 7 <= x <= max(rights) + 7
