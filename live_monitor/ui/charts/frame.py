"""One picture of the chart as numbers: where the panes are, which bars and prices they show. No Qt."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from live_monitor.ui.charts.geometry import (
    PADDING,
    Box,
    CandleWidths,
    Columns,
    PriceScale,
    Ticks,
    candle_widths,
    drawable,
    fit_prices,
    price_ticks,
    volume_top,
)

#: Logical pixels.
TIME_AXIS_HEIGHT: Final = 26
READOUT_HEIGHT: Final = 32
_VOLUME_SHARE: Final = 0.2
_VOLUME_LEAST: Final = 44
_VOLUME_NEEDS: Final = 190
_TICK_SPACING: Final = 36
#: A low chart has its labels closer, down to this, rather than fewer than `_FEWEST_TICKS`.
_CLOSEST_TICKS: Final = 22
_FEWEST_TICKS: Final = 4
#: Free rows between candles and the volume pane.
_FLOOR: Final = 6
#: Free rows between the read-out and the highest candle, at least: a signal's marker stands there.
_HEADROOM: Final = 24


class Panes(NamedTuple):
    """Where everything stands, in device pixels. The plot is what lies left of the price axis."""

    price: Box
    volume: Box  #: height 0 when there is no room for it
    price_axis: Box
    time_axis: Box

    @property
    def plot(self) -> Box:
        """Price and volume pane together."""
        return Box(self.price.x, self.price.y, self.price.width, self.volume.bottom - self.price.y)


def arrange(width: int, height: int, axis_width: int, ratio: float) -> Panes:
    """Panes for a canvas of `width` × `height` device pixels, `ratio` of them to a logical one."""
    time_height = min(height // 2, round(TIME_AXIS_HEIGHT * ratio))
    axis_width = min(width // 2, axis_width)
    plot_width, plot_height = max(1, width - axis_width), max(1, height - time_height)
    roomy = plot_height >= _VOLUME_NEEDS * ratio
    volume_height = max(round(_VOLUME_LEAST * ratio), round(plot_height * _VOLUME_SHARE)) if roomy else 0
    price_height = plot_height - volume_height
    return Panes(
        Box(0, 0, plot_width, price_height),
        Box(0, price_height, plot_width, volume_height),
        Box(plot_width, 0, axis_width, plot_height),
        Box(0, plot_height, width, time_height),
    )


class Frame(NamedTuple):
    """What one picture shows. Bars `first` to `last` (exclusive) touch the plot."""

    ratio: float
    panes: Panes
    columns: Columns
    first: int
    last: int
    bars: int
    scale: PriceScale
    ticks: Ticks
    volume_top: float

    @property
    def shows_last_bar(self) -> bool:
        """True when the newest bar is among the visible ones."""
        return self.last == self.bars > 0

    @property
    def dense(self) -> bool:
        """True when several bars share a pixel column."""
        return self.columns.pitch < 1

    def px(self, logical: float) -> int:
        """Logical to whole device pixels, one at least for anything above zero."""
        return max(1, round(logical * self.ratio)) if logical > 0 else 0

    @property
    def candle_widths(self) -> CandleWidths:
        """Widths of bodies and wicks."""
        return candle_widths(self.columns.pitch, self.ratio)

    @property
    def volume_box(self) -> Box:
        """The part of the volume pane that bars may fill."""
        box = self.panes.volume
        head = min(box.height, self.px(8))
        return Box(box.x, box.y + head, box.width, box.height - head)


class Visible(NamedTuple):
    """Extremes of the visible bars; NaN when there are none."""

    lowest: float
    highest: float
    volume: float

    def with_bar(self, low: float, high: float, volume: float) -> Visible:
        """Widened by one more bar; values that are not finite do not count."""
        return Visible(_lesser(self.lowest, low), -_lesser(-self.highest, -high), -_lesser(-self.volume, -volume))


def _lesser(a: float, b: float) -> float:
    if not math.isfinite(b):
        return a
    return b if not math.isfinite(a) else min(a, b)


def make_frame(ratio: float, panes: Panes, columns: Columns, bars: tuple[int, int, int], visible: Visible) -> Frame:
    """The frame for `bars` = first, last (exclusive), count and the extremes of the visible ones."""
    height = panes.price.height
    floor = min(height // 3, round(_FLOOR * ratio))
    head = round(READOUT_HEIGHT * ratio)
    padding = (height - head - floor) * PADDING / (1 + 2 * PADDING)
    head = min(height // 3, head + max(0, round(_HEADROOM * ratio - padding)))
    scale = fit_prices(visible.lowest, visible.highest, panes.price.y + head, panes.price.bottom - floor)
    # Without a single price in sight an axis with numbers would be an invention.
    known = drawable(visible.lowest, visible.highest)
    ticks = price_ticks(scale, round(_TICK_SPACING * ratio)) if known else Ticks([], 2)
    if known and len(ticks.values) < _FEWEST_TICKS:
        ticks = price_ticks(scale, round(_CLOSEST_TICKS * ratio))
    return Frame(ratio, panes, columns, *bars, scale, ticks, volume_top(visible.volume))
