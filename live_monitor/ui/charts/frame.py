"""One picture of the chart as numbers: where the panes are, which bars and prices they show. No Qt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from live_monitor.chart_settings import ChartScale
from live_monitor.ui.charts.geometry import Box, CandleWidths, Columns, candle_widths, volume_top
from live_monitor.ui.charts.panes import TIME_AXIS_HEIGHT, LowerPane, Panes, arrange
from live_monitor.ui.charts.price_scale import (
    PADDING,
    PriceScale,
    Ticks,
    drawable,
    fit_prices,
    fit_values,
    percent_ticks,
    price_ticks,
    value_ticks,
)
from live_monitor.ui.number_format import format_percent, format_price

__all__ = ["READOUT_HEIGHT", "TIME_AXIS_HEIGHT", "Frame", "LowerPane", "Panes", "Visible", "arrange", "make_frame"]

#: Logical pixels.
READOUT_HEIGHT: Final = 32
#: The line at the top of a lower pane that names it.
LEGEND_HEIGHT: Final = 18
_TICK_SPACING: Final = 36
#: A low chart has its labels closer, down to this, rather than fewer than `_FEWEST_TICKS`.
_CLOSEST_TICKS: Final = 22
_FEWEST_TICKS: Final = 4
#: Free rows between candles and the volume pane.
_FLOOR: Final = 6
#: Free rows between the read-out and the highest candle, at least: a signal's marker stands there.
_HEADROOM: Final = 24
#: Free rows above the floor of an indicator pane.
_LOWER_FLOOR: Final = 4


class Scaling(NamedTuple):
    """How prices are to be shown."""

    mode: ChartScale = "linear"
    #: The price that is 0 percent; NaN where there is none.
    base: float = math.nan
    #: Lowest and highest price that the person has chosen, or None where bars in sight decide.
    fixed: tuple[float, float] | None = None


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
    lower: tuple[LowerPane, ...] = ()
    #: The price that is 0 percent on an axis of percentages, else NaN.
    base: float = math.nan

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
        return _px(logical, self.ratio)

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

    @property
    def volume_scale(self) -> PriceScale:
        """Shares as rows of the volume pane."""
        box = self.volume_box
        return PriceScale(0.0, self.volume_top, box.y, max(box.bottom, box.y + 1))

    def label(self, price: float) -> str:
        """A price as the axis writes it: in USD, or as the percentage that it lies away from the first bar in sight."""
        if math.isfinite(self.base):
            return format_percent((price / self.base - 1) * 100)
        return format_price(price, self.ticks.decimals)


@lru_cache(512)
def _px(logical: float, ratio: float) -> int:
    """Asked a thousand times a frame for the same few lengths."""
    return max(1, round(logical * ratio)) if logical > 0 else 0


class Visible(NamedTuple):
    """Extremes of the visible bars; NaN when there are none."""

    lowest: float
    highest: float
    volume: float

    def with_bar(self, low: float, high: float, volume: float) -> Visible:
        """Widened by one more bar; values that are not finite do not count."""
        return Visible(lesser(self.lowest, low), -lesser(-self.highest, -high), -lesser(-self.volume, -volume))


class Extent(NamedTuple):
    """Lowest and highest of some values; NaN when there are none."""

    lowest: float = math.nan
    highest: float = math.nan

    def with_values(self, lowest: float, highest: float) -> Extent:
        """Widened; values that are not finite do not count."""
        return Extent(lesser(self.lowest, lowest), -lesser(-self.highest, -highest))


def lesser(a: float, b: float) -> float:
    """The smaller one; the other one where one is not finite."""
    if not math.isfinite(b):
        return a
    return b if not math.isfinite(a) else min(a, b)


def make_frame(
    ratio: float,
    panes: Panes,
    columns: Columns,
    bars: tuple[int, int, int],
    visible: Visible,
    scaling: Scaling | None = None,
    lower: Sequence[Extent] = (),
) -> Frame:
    """The frame for `bars` = first, last (exclusive), count and the extremes of the visible ones.

    `lower`: the extremes of each indicator pane.
    """
    scaling = scaling or Scaling()
    top, bottom = _price_rows(panes.price, ratio)
    lowest, highest = visible.lowest, visible.highest
    # Without a single price in sight an axis with numbers would be an invention.
    known = drawable(lowest, highest)
    log = scaling.mode == "log"
    if scaling.fixed is not None and known:
        scale = PriceScale(*scaling.fixed, top, max(bottom, top + 1), log=log and scaling.fixed[0] > 0)
    else:
        scale = fit_prices(lowest, highest, top, bottom, log=log)
    base = scaling.base if scaling.mode == "percent" and scaling.base > 0 and known else math.nan
    ticks = Ticks([], 2)
    if known:
        ticks = _ticks(scale, round(_TICK_SPACING * ratio), base)
        if len(ticks.values) < _FEWEST_TICKS:
            ticks = _ticks(scale, round(_CLOSEST_TICKS * ratio), base)
    shown = tuple(_lower_pane(box, extent, ratio) for box, extent in zip(panes.lower, lower, strict=False))
    return Frame(ratio, panes, columns, *bars, scale, ticks, volume_top(visible.volume), shown, base)


def _price_rows(box: Box, ratio: float) -> tuple[int, int]:
    """First row and the row after the last that prices may take."""
    height = box.height
    floor = min(height // 3, round(_FLOOR * ratio))
    head = round(READOUT_HEIGHT * ratio)
    padding = (height - head - floor) * PADDING / (1 + 2 * PADDING)
    head = min(height // 3, head + max(0, round(_HEADROOM * ratio - padding)))
    return box.y + head, box.bottom - floor


# A tick mostly moves no axis: what stands on it is then the same as before.
@lru_cache(maxsize=64)
def _ticks(scale: PriceScale, spacing: int, base: float) -> Ticks:
    return percent_ticks(scale, spacing, base) if math.isfinite(base) else price_ticks(scale, spacing)


@lru_cache(maxsize=64)
def _lower_pane(box: Box, extent: Extent, ratio: float) -> LowerPane:
    head, floor = min(box.height // 2, round(LEGEND_HEIGHT * ratio)), min(box.height // 4, round(_LOWER_FLOOR * ratio))
    scale = fit_values(extent.lowest, extent.highest, box.y + head, box.bottom - floor)
    if not (box.height and drawable(*extent)):
        return LowerPane(box, scale, Ticks([], 2))
    return LowerPane(box, scale, value_ticks(scale, round(_CLOSEST_TICKS * ratio)))
