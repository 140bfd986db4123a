"""Where things stand in the chart: pure arithmetic on device pixels, no Qt.

All positions are whole device pixels, so that a wick is one crisp column and two pictures of the
same bars are equal pixel for pixel. Rectangles are int32 rows of inclusive corners x1, y1, x2, y2,
which is how Qt's QRect lies in memory.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from live_monitor.ui.charts.price_scale import FAR, Floats, PriceScale, whole_pixels

Ints = NDArray[np.int64]
Rects = NDArray[np.int32]

_VOLUME_STEPS: Final = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


class Box(NamedTuple):
    """A rectangle in device pixels; `right` and `bottom` are the first pixels outside."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    def holds(self, x: float, y: float) -> bool:
        """True when the point lies inside."""
        return self.x <= x < self.right and self.y <= y < self.bottom


def volume_top(largest: float) -> float:
    """Upper end of the volume axis for the largest visible volume.

    It moves in coarse steps, so that a growing last bar does not rescale its pane at every trade.
    """
    if not 1e-9 < largest < 1e300:
        return 1.0
    power = 10.0 ** math.floor(math.log10(largest))
    for factor in _VOLUME_STEPS:
        if factor * power >= largest * 1.02:
            return factor * power
    return 12.0 * power


class CandleWidths(NamedTuple):
    """Device pixels; both odd or both even, so that the wick is in the middle."""

    body: int
    wick: int

    @property
    def alike(self) -> bool:
        """True when a body is as narrow as its wick and hides in it."""
        return self.body == self.wick


def candle_widths(pitch: float, ratio: float = 1.0) -> CandleWidths:
    """Widths for bars `pitch` device pixels apart, `ratio` of them to a logical one: always a gap between bodies."""
    if pitch < 2:
        return CandleWidths(1, 1)
    wick = max(1, min(int(ratio), int(pitch) - 1))
    wanted = pitch - wick if pitch <= 8 * wick else pitch * 0.8
    body = int(wanted) - (int(wanted) - wick) % 2
    return CandleWidths(max(wick, body), wick)


class Columns(NamedTuple):
    """Horizontal mapping of bars to device pixels: bar `i` stands in column `floor(i * pitch + offset)`."""

    pitch: float
    offset: float

    def x(self, index: float) -> int:
        """Pixel column of a bar's middle."""
        return max(-FAR, min(FAR, math.floor(index * self.pitch + self.offset)))

    def xs(self, first: int, last: int) -> NDArray[np.int32]:
        """Pixel columns of the bars `first` to `last` (exclusive), int32[last - first]."""
        return whole_pixels(np.arange(first, last) * self.pitch + self.offset)

    def middle(self, index: int) -> float:
        """`exact` of one bar, and half a pixel, which is where a line goes through it."""
        position = index * self.pitch + self.offset
        return (math.floor(position) if self.pitch >= 1 else position) + 0.5

    def exact(self, first: int, last: int) -> Floats:
        """Middles of the same bars between pixels, float64[last - first]: for lines, which may be antialiased.

        From pitch 1 on they are those of `xs`, so that a line goes through the middles of its candles.
        """
        if self.pitch >= 1:
            return self.xs(first, last).astype(np.float64)
        middles: Floats = np.arange(first, last, dtype=np.float64) * self.pitch + self.offset
        return middles

    def index_at(self, x: float) -> int:
        """The bar whose slot holds pixel column `x`; may lie outside the series."""
        return math.floor((x + 0.5 - self.offset) / self.pitch + 0.5)

    def visible(self, width: int, count: int) -> tuple[int, int]:
        """First and last (exclusive) bar of `count` whose slot touches columns 0 to `width`."""
        first = math.floor(-self.offset / self.pitch - 0.5) + 1
        last = math.ceil((width - self.offset) / self.pitch + 0.5)
        first = max(0, min(count, first))
        return first, max(first, min(count, last))

    def column_start(self, index: int) -> int:
        """The first bar that shares its pixel column with bar `index`; `index` itself from pitch 1 on."""
        if self.pitch >= 1:
            return index
        column = math.floor(index * self.pitch + self.offset)
        start = min(index, math.ceil((column - self.offset) / self.pitch))
        # Dividing rounds otherwise than multiplying.
        start += math.floor(start * self.pitch + self.offset) < column
        return start - (math.floor((start - 1) * self.pitch + self.offset) >= column)

    def edges(self, first: int, last: int) -> tuple[NDArray[np.int32], Ints]:
        """Groups bars by pixel column, for pitches below 1.

        Returns the columns x, int32[c], and bar edges, int64[c + 1]: bars edges[j] to edges[j + 1]
        (exclusive) share column x[j]. Every group holds at least one bar. Both are read-only.
        """
        return _grouped(self, first, last)


@lru_cache(maxsize=8)
def _grouped(columns: Columns, first: int, last: int) -> tuple[NDArray[np.int32], Ints]:
    """Kept, because every line of a picture asks for the same."""
    pitch, offset = columns
    if last <= first:
        return np.empty(0, np.int32), np.zeros(1, np.int64)
    x0, x1 = math.floor(first * pitch + offset), math.floor((last - 1) * pitch + offset)
    xs = np.arange(x0, x1 + 2)
    edges = np.ceil((xs - offset) / pitch).astype(np.int64)
    # Dividing rounds otherwise than multiplying: a bar on the border must stand where `x` puts it.
    edges += np.floor(edges * pitch + offset) < xs
    edges -= np.floor((edges - 1) * pitch + offset) >= xs
    edges[0], edges[-1] = first, last
    edges = np.clip(edges, first, last)
    held = edges[1:] > edges[:-1]
    found, ends = xs[:-1][held].astype(np.int32), np.append(edges[:-1][held], last)
    found.flags.writeable = ends.flags.writeable = False
    return found, ends


def candle_rects(xs: NDArray[np.int32], widths: CandleWidths, scale: PriceScale, ohlc: Floats) -> tuple[Rects, Rects]:
    """Wicks and bodies as rectangles, rising bars (close >= open) and falling ones apart.

    `ohlc` is float64[4, n] of open, high, low, close; bars with any value that is not finite are left
    out. `xs` are the middle columns of the n bars.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        valid = np.isfinite(ohlc.sum(axis=0))
    if not valid.all():
        xs, ohlc = xs[valid], ohlc[:, valid]
    rows = scale.rows(ohlc)
    rects = np.empty((2, xs.size, 4), np.int32)
    wick, body = rects
    wick[:, 0] = xs - widths.wick // 2
    wick[:, 2] = wick[:, 0] + (widths.wick - 1)
    wick[:, 1], wick[:, 3] = rows[1], rows[2]
    body[:, 0] = xs - widths.body // 2
    body[:, 2] = body[:, 0] + (widths.body - 1)
    np.minimum(rows[0], rows[3], out=body[:, 1])
    np.maximum(rows[0], rows[3], out=body[:, 3])
    rising = ohlc[3] >= ohlc[0]
    falling = ~rising
    if widths.alike:
        # The body hides in its wick, unless the bar's own extremes are wrong.
        rects = np.stack((np.minimum(wick, body), np.maximum(wick, body)))
        spans = np.column_stack((rects[0][:, :2], rects[1][:, 2:])).astype(np.int32)
        return spans[rising], spans[falling]
    return rects[:, rising].reshape(-1, 4), rects[:, falling].reshape(-1, 4)


def column_rects(
    xs: NDArray[np.int32], scale: PriceScale, lowest: Floats, highest: Floats
) -> tuple[Rects, NDArray[np.bool_]]:
    """One line per pixel column from its lowest to its highest price; also which columns have finite ones."""
    with np.errstate(over="ignore", invalid="ignore"):
        valid = np.isfinite(lowest + highest)
    rects = np.empty((int(valid.sum()), 4), np.int32)
    rects[:, 0] = rects[:, 2] = xs[valid]
    rects[:, 1], rects[:, 3] = scale.rows(highest[valid]), scale.rows(lowest[valid])
    return rects, valid


def volume_rects(
    xs: NDArray[np.int32], width: int, box: Box, top: float, volume: Floats
) -> tuple[Rects, NDArray[np.bool_]]:
    """Bars from the floor of `box` up, `top` shares filling it; zero and absent volumes are left out.

    Any volume above zero is at least one pixel high. Also returns which of the n were kept.
    """
    with np.errstate(invalid="ignore"):
        valid = np.isfinite(volume) & (volume > 0)
    heights = np.clip(np.ceil(np.minimum(volume[valid] / top, 1.0) * box.height), 1, box.height).astype(np.int32)
    rects = np.empty((heights.size, 4), np.int32)
    kept = xs[valid]
    rects[:, 0] = kept - width // 2
    rects[:, 2] = rects[:, 0] + (width - 1)
    rects[:, 1], rects[:, 3] = box.bottom - heights, box.bottom - 1
    return rects, valid
