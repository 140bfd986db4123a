"""Labels stand inside the pane and can be read, colours are those of the theme."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtGui import QColor, QImage, QPainter

from live_monitor.ui.charts.drawings.drawing_form import COLORS
from live_monitor.ui.charts.drawings.shape_parts import Label, Line, Shape
from live_monitor.ui.charts.drawings.stroke import LabelRoom, Stroke, color_of, handle_boxes, label_box, shape_boxes
from live_monitor.ui.charts.ink import Ink
from live_monitor.ui.theme import Theme
from tests.ui.charts.drawings.samples import at, drawing, frame_of

FRAME = frame_of()


@given(
    st.floats(-2_000, 3_000),
    st.floats(-2_000, 3_000),
    st.integers(1, 300),
    st.sampled_from(["left", "center", "right"]),
)
def test_a_label_stands_wholly_inside_the_price_pane_below_the_read_out(
    x: float, y: float, width: int, align: str
) -> None:
    room = LabelRoom.of(FRAME)
    left, top = room.place(Label(x, y, "", align), width)  # type: ignore[arg-type] # one of the three
    box = FRAME.panes.price
    assert box.x <= left
    assert left + width <= box.right
    assert box.y + FRAME.px(32) <= top
    assert top + room.height <= box.bottom


def test_offered_colours_are_roles_of_the_theme_and_differ(theme: Theme) -> None:
    ink = Ink(theme, 1.0)
    shown = [color_of(role, ink).name() for role in COLORS]
    assert shown == [theme.color(role).name() for role in COLORS]
    assert len(set(shown)) == len(COLORS)


def painted(ink: Ink, shape: Shape) -> np.ndarray:
    image = QImage(900, 560, QImage.Format.Format_RGB32)
    image.fill(QColor("black"))
    painter = QPainter(image)
    Stroke().paint(painter, FRAME, ink, [shape], replace=False)
    painter.end()
    bits = image.constBits()
    assert bits is not None
    bits.setsize(image.sizeInBytes())
    return np.frombuffer(bits.asstring(), np.uint32).reshape(560, 900) & 0xFFFFFF


@pytest.mark.parametrize("dash", ["solid", "dashed", "dotted"])
@pytest.mark.parametrize("width", [1, 2, 5])
def test_nothing_is_painted_outside_of_what_is_said_to_be_touched(dark: Theme, dash: str, width: int) -> None:
    ink = Ink(dark, 1.0)
    look = drawing("trend", at(0, 99.0), at(9, 99.0), dash=dash, width=width)
    lines = [Line(100, 100, 400, 100), Line(200, 50, 200, 300), Line(100, 300, 500, 120)]
    shape = Shape(look, lines, [Line(50, 350, 300, 200)], [], [Label(300, 200, "98.50", "center")], {0: (100, 100)})
    inked = painted(ink, shape) != 0
    allowed = np.zeros_like(inked)
    for box in (*shape_boxes(FRAME, ink, shape), *handle_boxes(FRAME, shape)):
        allowed[max(0, box.y) : box.bottom, max(0, box.x) : box.right] = True
    assert inked.any()
    assert not (inked & ~allowed).any()


def test_a_level_line_is_as_thick_as_it_says_and_nothing_is_soft(dark: Theme) -> None:
    look = drawing("horizontal", at(0, 99.0), width=3)
    shape = Shape(look, [Line(100, 100.4, 400, 100.4)], [], [], [], {})
    inked = painted(Ink(dark, 1.0), shape)
    rows = np.flatnonzero(inked.any(axis=1))
    assert rows.tolist() == [99, 100, 101]
    assert set(np.unique(inked)) == {0, dark.color("accent").rgb() & 0xFFFFFF}


def test_the_box_of_a_label_is_as_wide_as_its_text(dark: Theme) -> None:
    ink = Ink(dark, 1.0)
    short, long = (label_box(FRAME, ink, Label(300, 200, text, "left")) for text in ("1", "1,234.56"))
    assert short.x == long.x == 300
    assert short.width < long.width
