"""Where the panes of the chart stand: price on top, volume below it, then one for each indicator of its own. No Qt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.price_scale import PriceScale, Ticks

#: Logical pixels.
TIME_AXIS_HEIGHT: Final = 26
#: Share of the plot's height of the volume pane and of an indicator pane, while nobody has dragged them.
VOLUME_SHARE: Final = 0.2
STUDY_SHARE: Final = 0.17
SMALLEST_SHARE: Final = 0.05
LARGEST_SHARE: Final = 0.6
_LOWER_LEAST: Final = 44
_VOLUME_NEEDS: Final = 190
#: With panes below it the price pane keeps so many logical pixels; what does not fit is left out, the lowest first.
_PRICE_LEAST: Final = 120


class Panes(NamedTuple):
    """Where everything stands, in device pixels. The plot is what lies left of the price axis."""

    price: Box
    volume: Box  #: height 0 when there is no room for it
    price_axis: Box
    time_axis: Box
    lower: tuple[Box, ...] = ()  #: one for each indicator pane, from the top; height 0 when there is no room for it

    @property
    def plot(self) -> Box:
        """All panes together."""
        return Box(self.price.x, self.price.y, self.price.width, self.bottom - self.price.y)

    @property
    def bottom(self) -> int:
        """First row below the lowest pane."""
        return self.lower[-1].bottom if self.lower else self.volume.bottom


class LowerPane(NamedTuple):
    """One indicator pane of a picture."""

    box: Box
    scale: PriceScale
    ticks: Ticks


def arrange(
    width: int,
    height: int,
    axis_width: int,
    ratio: float,
    volume: float = VOLUME_SHARE,
    lower: Sequence[float] = (),
) -> Panes:
    """Panes for a canvas of `width` × `height` device pixels, `ratio` of them to a logical one.

    `volume` and `lower` are shares of the plot's height; a `volume` of 0 leaves that pane out.
    """
    time_height = min(height // 2, round(TIME_AXIS_HEIGHT * ratio))
    axis_width = min(width // 2, axis_width)
    plot_width, plot_height = max(1, width - axis_width), max(1, height - time_height)
    least = round(_LOWER_LEAST * ratio)
    roomy = plot_height >= _VOLUME_NEEDS * ratio and volume > 0
    wanted = [max(least, round(plot_height * volume)) if roomy else 0]
    wanted += [max(least, round(plot_height * share)) for share in lower]
    free = plot_height - round(_PRICE_LEAST * ratio)
    heights = _fitting(wanted, free, least)
    price_height = plot_height - sum(heights)
    boxes, top = [], price_height
    for pane_height in heights:
        boxes.append(Box(0, top, plot_width, pane_height))
        top += pane_height
    return Panes(
        Box(0, 0, plot_width, price_height),
        boxes[0],
        Box(plot_width, 0, axis_width, plot_height),
        Box(0, plot_height, width, time_height),
        tuple(boxes[1:]),
    )


def _fitting(wanted: list[int], free: int, least: int) -> list[int]:
    """The heights `wanted` made lower, all alike, until they fit into `free`; then without the lowest ones."""
    heights = list(wanted)
    while sum(heights) > free:
        shown = [at for at, height in enumerate(heights) if height]
        spare = sum(heights[at] - least for at in shown)
        if len(shown) * least <= free and spare > 0:
            excess = (sum(heights) - free) / spare
            return [height - math.ceil((height - least) * excess) if height else 0 for height in heights]
        if len(shown) <= 1:
            break
        heights[shown[-1]] = 0
    return heights
