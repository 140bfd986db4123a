"""Between the pixels of one chart and the anchors of drawings: instants and prices. Main thread, no Qt."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace as changed

from live_monitor.engine.market.bar_series import MINUTE_MS
from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.drawings.magnet import snapped
from live_monitor.ui.charts.drawings.values import Anchor, Drawing, flaw_of
from live_monitor.ui.charts.frame import Frame
from live_monitor.ui.charts.price_scale import nice_step, smallest_tick
from live_monitor.ui.charts.time_map import index_at, ms_at

#: Logical pixels from which the magnet pulls.
MAGNET_REACH: Final = 24
#: Logical pixels from a drawing to its copy.
_BESIDE: Final = 14
#: Prices are kept to so many digits: sums of ticks must not end in 0.30000000000000004.
_DIGITS: Final = 8
#: Corners of a rectangle beyond its two points: which point gives the time, and which the price.
_CORNERS: Final = {2: (0, 1), 3: (1, 0)}


class Places:
    """Reads the frame that the chart shows."""

    def __init__(self, state: ChartState) -> None:
        self._state = state
        #: Points stick to the open, high, low and close of the bar under the pointer.
        self.magnet = False

    @property
    def frame(self) -> Frame:
        """What the chart shows."""
        return self._state.frame

    @property
    def ready(self) -> bool:
        """True when there are bars, and prices beside them: without them no point has a time or a price."""
        return self._state.series is not None and bool(self.frame.bars) and bool(self.frame.ticks.values)

    def catch_up(self) -> None:
        """The hub changes bars between frames: comes before anything reads them."""
        self._state.sync()

    def holds(self, x: float, y: float) -> bool:
        """True inside the price pane of a chart with bars."""
        return self.ready and self.frame.panes.price.holds(x, y)

    def anchor(self, x: float, y: float) -> Anchor:
        """The point at a place: on a bar's start, at a price that can be traded; beyond the pane the nearest inside.

        Needs `ready`.
        """
        frame, series, box = self.frame, self._state.series, self.frame.panes.price
        assert series is not None
        x = max(float(box.x), min(x, box.right - 1.0))
        y = max(float(box.y), min(y, box.bottom - 1.0))
        return snapped(frame, series, x, y, frame.px(MAGNET_REACH) if self.magnet else -1.0)

    @property
    def timeframe_ms(self) -> int:
        """Length of the bars; a minute where there are none."""
        return self._state.series.timeframe_ms if self._state.series is not None else MINUTE_MS

    def beside(self, drawing: Drawing) -> Drawing:
        """A few pixels to the right and below, so that a copy is seen: as a line that is level or upright can move."""
        way = self.frame.px(_BESIDE)
        moved = self.moved(drawing, (0.0, 0.0), (way + self.frame.columns.pitch, float(way)))
        return self.moved(drawing, (0.0, 0.0), (way, -way)) if flaw_of(moved) else moved

    def ms(self, index: float) -> int:
        """When bar `index` starts, also of bars that are not there."""
        series = self._state.series
        assert series is not None
        return ms_at(series.start_ms, series.timeframe_ms, index)

    def index(self, ms: int) -> float:
        """The bar at an instant, also where there is none."""
        series = self._state.series
        assert series is not None
        return float(index_at(series.start_ms, series.timeframe_ms, ms))

    def price_step(self, price: float) -> float:
        """What one step by keyboard moves a price: a tick, or a round number of them about a pixel high."""
        scale = self.frame.scale
        row = scale.y(price)
        pixel = abs(scale.price_at(row - 1) - scale.price_at(row))
        tick = smallest_tick(price)
        return max(tick, nice_step(pixel)) if math.isfinite(pixel) and pixel > 0 else tick

    def moved(self, drawing: Drawing, start: tuple[float, float], to: tuple[float, float]) -> Drawing:
        """All points moved as the pointer moved between two places in device pixels."""
        columns, scale = self.frame.columns, self.frame.scale
        bars = columns.index_at(to[0]) - columns.index_at(start[0])
        before, after = scale.price_at(start[1]), scale.price_at(to[1])
        if scale.log:
            # Equal distances on the screen are equal ratios: the drawing keeps its form.
            factor = after / before
            return self._each(drawing, bars, lambda price: round(price * factor, _DIGITS))
        tick = smallest_tick(before)
        return self.shifted(drawing, bars, round((after - before) / tick) * tick)

    def shifted(self, drawing: Drawing, bars: int, price: float) -> Drawing:
        """All points moved by bars and by an amount in USD."""
        return self._each(drawing, bars, lambda old: round(old + price, _DIGITS))

    def _each(self, drawing: Drawing, bars: int, price_of: Callable[[float], float]) -> Drawing:
        anchors = tuple(
            Anchor(self.ms(self.index(anchor.ms) + bars) if bars else anchor.ms, price_of(anchor.price))
            for anchor in drawing.anchors
        )
        return changed(drawing, anchors=anchors)


def with_point(drawing: Drawing, handle: int, anchor: Anchor) -> Drawing:
    """One handle put elsewhere: a point, or one of the two other corners of a rectangle."""
    anchors = list(drawing.anchors)
    if handle < len(anchors):
        anchors[handle] = anchor
    else:
        of_time, of_price = _CORNERS[handle]
        anchors[of_time] = Anchor(anchor.ms, anchors[of_time].price)
        anchors[of_price] = Anchor(anchors[of_price].ms, anchor.price)
    return changed(drawing, anchors=tuple(anchors))
