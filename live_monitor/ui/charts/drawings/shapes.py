"""What drawings look like in one picture: lines, fills, labels and handles in device pixels. Pure, no Qt.

The middle of bar i's column lies at `i * pitch + offset + 0.5`, a price at `frame.scale.y(price)`. Between its two
anchors a line is straight on the screen, whatever the scale of prices.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from live_monitor.ui.charts.drawings.figures import FIGURES, Placed, TimeText
from live_monitor.ui.charts.drawings.shape_parts import Align, Fill, Label, Line, Shape
from live_monitor.ui.charts.drawings.values import Drawing, Kind
from live_monitor.ui.charts.frame import Frame
from live_monitor.ui.charts.price_scale import FAR, PriceScale
from live_monitor.ui.charts.time_map import index_at
from live_monitor.ui.charts.time_ticks import bar_label

__all__ = ["Align", "Fill", "Label", "Line", "Shape", "TimeText", "shape_of", "shapes_of"]

Floats = NDArray[np.float64]

#: Kinds of which something may be in sight although neither anchor, nor what lies between them, is.
_ENDLESS: Final[frozenset[Kind]] = frozenset({"ray", "horizontal", "vertical", "fibonacci", "text"})


def shape_of(
    drawing: Drawing, frame: Frame, starts_ms: NDArray[np.int64], timeframe_ms: int, time_text: TimeText | None = None
) -> Shape | None:
    """The shape of one drawing; None when nothing of it is in sight, or there are no bars."""
    found = shapes_of((drawing,), frame, starts_ms, timeframe_ms, time_text)
    return found[0] if found else None


def shapes_of(
    drawings: Sequence[Drawing],
    frame: Frame,
    starts_ms: NDArray[np.int64],
    timeframe_ms: int,
    time_text: TimeText | None = None,
) -> list[Shape]:
    """The shapes of those of `drawings` that are in sight, in their order; none without bars.

    `starts_ms`: starts of all loaded bars, int64[n]. `time_text` says the instant of a vertical line, in New York time
    unless given. Does not ask whether a drawing is hidden (`Drawing.shown_on`).
    """
    if not drawings or not len(starts_ms):
        return []
    say = time_text or (lambda ms: bar_label(ms, timeframe_ms, int(starts_ms[-1])))
    first, last = [drawing.anchors[0] for drawing in drawings], [drawing.anchors[-1] for drawing in drawings]
    times = np.array([[anchor.ms for anchor in first], [anchor.ms for anchor in last]], np.int64)
    prices = np.array([[anchor.price for anchor in first], [anchor.price for anchor in last]], np.float64)
    bars = index_at(starts_ms, timeframe_ms, times)
    xs = bars * frame.columns.pitch + (frame.columns.offset + 0.5)
    ys = _true_ys(frame.scale, prices)
    endless = np.array([drawing.kind in _ENDLESS for drawing in drawings])
    shapes = []
    for at in np.flatnonzero(endless | _touching(frame, xs, ys)).tolist():
        (x1, x2), (y1, y2), (from_bar, to_bar) = xs[:, at].tolist(), ys[:, at].tolist(), bars[:, at].tolist()
        drawing = drawings[at]
        shape = FIGURES[drawing.kind](Placed(drawing, x1, y1, x2, y2, to_bar - from_bar), frame, say)
        if shape is not None:
            shapes.append(shape)
    return shapes


def _touching(frame: Frame, xs: Floats, ys: Floats) -> NDArray[np.bool_]:
    """Which of n pairs of points span a rectangle that touches the price pane, bool[n]; both float64[2, n]."""
    box = frame.panes.price
    beside = (xs.max(axis=0) < box.x) | (xs.min(axis=0) > box.right)
    above_or_below = (ys.max(axis=0) < box.y) | (ys.min(axis=0) > box.bottom)
    touching: NDArray[np.bool_] = ~(beside | above_or_below)
    return touching


def _true_ys(scale: PriceScale, prices: Floats) -> Floats:
    """`scale.ys` without its bounds: a line to an anchor that is far away must keep its slope."""
    ys = scale.ys(prices)
    far = np.abs(ys - scale.top) >= FAR
    if far.any():
        ups, high = (np.log(prices[far]), math.log(scale.high)) if scale.log else (prices[far], scale.high)
        ys[far] = scale.top + (high - ups) * scale.pixels_per_unit
    return ys
