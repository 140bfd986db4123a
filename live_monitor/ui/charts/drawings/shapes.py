"""What drawings look like in one picture: lines, fills, labels and handles in device pixels. Pure, no Qt.

Bar i lies where its wick is painted, a price at `frame.scale.y(price)`. Between its two anchors a line is straight on
the screen, whatever the scale of prices.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from live_monitor.limits import MIN_PRICE
from live_monitor.ui.charts.drawings.figures import FIGURES, Placed, TimeText
from live_monitor.ui.charts.drawings.levels import SHARES
from live_monitor.ui.charts.drawings.shape_parts import Align, Fill, Label, Line, Shape
from live_monitor.ui.charts.drawings.values import KINDS, Drawing, Kind
from live_monitor.ui.charts.frame import Frame
from live_monitor.ui.charts.geometry import Columns
from live_monitor.ui.charts.price_scale import FAR, PriceScale
from live_monitor.ui.charts.time_map import index_at
from live_monitor.ui.charts.time_ticks import bar_label

__all__ = ["Align", "Fill", "Gathered", "Label", "Line", "Shape", "TimeText", "gather", "shape_of", "shapes_of"]

Floats = NDArray[np.float64]

_NUMBERS: Final[dict[Kind, int]] = {kind: number for number, kind in enumerate(KINDS)}
#: Logical pixels that a text may reach beyond its anchor: half its height, and the longest of wide letters.
_TEXT_HIGH: Final = 20
_TEXT_WIDE: Final = 7_000


def shape_of(
    drawing: Drawing, frame: Frame, starts_ms: NDArray[np.int64], timeframe_ms: int, time_text: TimeText | None = None
) -> Shape | None:
    """The shape of one drawing; None when nothing of it is in sight, or there are no bars."""
    found = shapes_of((drawing,), frame, starts_ms, timeframe_ms, time_text)
    return found[0] if found else None


class Gathered(NamedTuple):
    """n drawings as columns, made once for many pictures."""

    drawings: Sequence[Drawing]
    #: Of the anchors, int64[2, n].
    times: NDArray[np.int64]
    #: Of the anchors and of the level of a retracement that lies farthest out, float64[3, n].
    prices: Floats
    #: What to add to the extremes left, right, top and bottom: infinity where a drawing has no end, float64[4, n].
    endless: Floats
    #: 1 for texts, float64[n].
    texts: Floats


def gather(drawings: Sequence[Drawing]) -> Gathered:
    """What `shapes_of` needs of drawings whatever the picture."""
    first, last = [drawing.anchors[0] for drawing in drawings], [drawing.anchors[-1] for drawing in drawings]
    times = np.array([[anchor.ms for anchor in first], [anchor.ms for anchor in last]], np.int64)
    start, end = prices = np.array([[anchor.price for anchor in first], [anchor.price for anchor in last]], np.float64)
    kinds = np.array([_NUMBERS[drawing.kind] for drawing in drawings])
    horizontal, vertical, ray, fibonacci, text = (
        kinds == _NUMBERS[kind] for kind in ("horizontal", "vertical", "ray", "fibonacci", "text")
    )
    beyond = np.where(fibonacci, np.maximum(start * SHARES[-1] + end * (1 - SHARES[-1]), MIN_PRICE), start)
    endless = np.zeros((4, len(drawings)))
    endless[0, horizontal | (ray & (times[1] <= times[0]))] = -np.inf
    endless[1, horizontal | fibonacci | (ray & (times[1] >= times[0]))] = np.inf
    # Up on the screen is towards higher prices.
    endless[2, vertical | (ray & (end >= start))] = -np.inf
    endless[3, vertical | (ray & (end <= start))] = np.inf
    return Gathered(drawings, times, np.vstack((prices, beyond)), endless, text.astype(np.float64))


def shapes_of(
    drawings: Sequence[Drawing] | Gathered,
    frame: Frame,
    starts_ms: NDArray[np.int64],
    timeframe_ms: int,
    time_text: TimeText | None = None,
) -> list[Shape]:
    """The shapes of those of `drawings` that are in sight, in their order; none without bars.

    `starts_ms`: starts of all loaded bars, int64[n]. `time_text` says the instant of a vertical line, in New York time
    unless given. Does not ask whether a drawing is hidden (`Drawing.shown_on`).
    """
    gathered = drawings if isinstance(drawings, Gathered) else gather(drawings)
    if not gathered.drawings or not len(starts_ms):
        return []
    say = time_text or (lambda ms: bar_label(ms, timeframe_ms, int(starts_ms[-1])))
    bars = index_at(starts_ms, timeframe_ms, gathered.times)
    xs = bars * frame.columns.pitch + (frame.columns.offset + _half(frame.columns))
    ys = _true_ys(frame.scale, gathered.prices)
    shapes = []
    near = np.flatnonzero(_near(gathered, frame, xs, ys))
    rows = np.concatenate((xs[:, near], ys[:2, near], bars[:, near])).T.tolist()
    for at, (x1, x2, y1, y2, from_bar, to_bar) in zip(near.tolist(), rows, strict=True):
        drawing = gathered.drawings[at]
        shape = FIGURES[drawing.kind](Placed(drawing, x1, y1, x2, y2, to_bar - from_bar), frame, say)
        if shape is not None:
            shapes.append(shape)
    return shapes


def _half(columns: Columns) -> float:
    """From the position of a bar to the middle of its wick: wicks are whole columns, also where pitches are not."""
    return 0.5 if columns.pitch == int(columns.pitch) else 0.0


def _near(gathered: Gathered, frame: Frame, xs: Floats, ys: Floats) -> NDArray[np.bool_]:
    """Of which of n drawings something may be in sight, bool[n]: cheap, and never wrong about one that is.

    `xs`, `ys`: anchors in pixels, float64[2, n] and float64[3, n] with what else a drawing reaches to.
    """
    endless, texts, box = gathered.endless, gathered.texts, frame.panes.price
    high = texts * frame.px(_TEXT_HIGH)
    right = xs.max(axis=0) + endless[1] + texts * frame.px(_TEXT_WIDE)
    near: NDArray[np.bool_] = (right >= box.x) & (xs.min(axis=0) + endless[0] <= box.right)
    near &= ys.max(axis=0) + endless[3] + high >= box.y
    near &= ys.min(axis=0) + endless[2] - high <= box.bottom
    return near


def _true_ys(scale: PriceScale, prices: Floats) -> Floats:
    """`scale.ys` without its bounds: a line to an anchor that is far away must keep its slope."""
    ys = scale.ys(prices)
    far = np.abs(ys - scale.top) >= FAR
    if far.any():
        ups, high = (np.log(prices[far]), math.log(scale.high)) if scale.log else (prices[far], scale.high)
        ys[far] = scale.top + (high - ups) * scale.pixels_per_unit
    return ys
