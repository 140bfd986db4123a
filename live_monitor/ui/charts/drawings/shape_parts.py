"""What the picture of a drawing is made of, in device pixels. Pure, no Qt.

Coordinates are floats and continuous: pixel column n reaches from n to n + 1.
"""

from __future__ import annotations

import math
import unicodedata
from typing import Final, Literal, NamedTuple

from live_monitor.ui.charts.drawings.values import Drawing
from live_monitor.ui.charts.geometry import Box

Align = Literal["left", "center", "right"]

#: Logical pixels: an average letter of the interface's font, one of a script that is twice as wide, a line of text.
_LETTER: Final = 6.8
_WIDE_LETTER: Final = 13.0
LINE_HEIGHT: Final = 16


class Line(NamedTuple):
    """From one point to another."""

    x1: float
    y1: float
    x2: float
    y2: float


class Fill(NamedTuple):
    """A rectangle to fill with the drawing's colour at this opacity; with 0 it is felt by the pointer and not seen."""

    left: float
    top: float
    right: float
    bottom: float
    alpha: float


class Label(NamedTuple):
    """A line of text: `x` is its left end, its middle or its right end by `align`, `y` the middle of its height."""

    x: float
    y: float
    text: str
    align: Align


class Shape(NamedTuple):
    """One drawing in one picture.

    `lines` and `fills` lie within the plot; a label may begin beside it and end in it. `handles`: those in sight, by
    number. The anchors come first, in their order; of a rectangle handle 2 has the time of anchor 0 and the price of
    anchor 1, and handle 3 the other way round.
    """

    drawing: Drawing
    lines: list[Line]
    #: Thin and weak: what only connects.
    faint: list[Line]
    fills: list[Fill]
    labels: list[Label]
    handles: dict[int, tuple[float, float]]

    @property
    def id(self) -> str:
        """The drawing's id."""
        return self.drawing.id


def clipped(line: Line, box: Box, *, endless: bool = False) -> Line | None:
    """The part of a line inside `box`, its direction kept; None when there is none. `endless` ones go on at their end.

    Cuts by parameters from 0 to 1 along the line (Liang and Barsky 1984), which is exact however far its ends are.
    """
    x1, y1, x2, y2 = line
    if not endless and within(box, x1, y1) and within(box, x2, y2):
        return line
    dx, dy = x2 - x1, y2 - y1
    begin, end = 0.0, math.inf if endless else 1.0
    for across, room in ((-dx, x1 - box.x), (dx, box.right - x1), (-dy, y1 - box.y), (dy, box.bottom - y1)):
        if across == 0:
            if room < 0:
                return None
        elif across < 0:
            begin = max(begin, room / across)
        else:
            end = min(end, room / across)
    if begin > end:
        return None
    if end == math.inf:
        return line  # two anchors in one place: a point, which lies inside
    return Line(*_held(x1 + begin * dx, y1 + begin * dy, box), *_held(x1 + end * dx, y1 + end * dy, box))


def overlap(left: float, top: float, right: float, bottom: float, box: Box, alpha: float) -> Fill | None:
    """The part of a rectangle inside `box`; None when there is none."""
    fill = Fill(max(left, box.x), max(top, box.y), min(right, box.right), min(bottom, box.bottom), alpha)
    return fill if fill.left <= fill.right and fill.top <= fill.bottom else None


def text_width(text: str, ratio: float) -> float:
    """About how many device pixels a label takes, `ratio` of them to a logical one: fonts are not known here."""
    if text.isascii():
        return len(text) * _LETTER * ratio
    wide = sum(unicodedata.east_asian_width(letter) in {"W", "F"} for letter in text)
    return ((len(text) - wide) * _LETTER + wide * _WIDE_LETTER) * ratio


def within(box: Box, x: float, y: float) -> bool:
    """True inside of `box` and on its edges."""
    left, top, width, height = box
    return left <= x <= left + width and top <= y <= top + height


def _held(x: float, y: float, box: Box) -> tuple[float, float]:
    """Rounding may have put the point a hair outside."""
    return min(max(x, box.x), box.right), min(max(y, box.y), box.bottom)
