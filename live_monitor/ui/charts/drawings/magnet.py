"""The magnet: an anchor on the open, high, low or close of the bar under the pointer. Pure, no Qt."""

from __future__ import annotations

import math

from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.ui.charts.drawings.values import Anchor
from live_monitor.ui.charts.frame import Frame
from live_monitor.ui.charts.price_scale import smallest_tick
from live_monitor.ui.charts.time_map import ms_at


def snapped(frame: Frame, series: BarSeries, x: float, y: float, reach: float) -> Anchor:
    """The anchor for a place in device pixels: always at the start of a bar, also of one that is not there yet.

    Its price is that of the bar's open, high, low and close which is nearest to `y`, when one is within `reach` pixels,
    else the one at `y`, rounded to what can be traded. The series must have bars. The price can be one that no drawing
    may have (zero, on an even scale): `flaw_of` tells.
    """
    index = frame.columns.index_at(x)
    ms = ms_at(series.start_ms, series.timeframe_ms, index)
    if 0 <= index < len(series):
        columns = (series.open, series.high, series.low, series.close)
        prices = [price for column in columns if math.isfinite(price := float(column[index]))]
        distance, price = min(((abs(frame.scale.y(price) - y), price) for price in prices), default=(math.inf, 0.0))
        if distance <= reach:
            return Anchor(ms, price)
    return Anchor(ms, tradable(frame.scale.price_at(y - 0.5)))


def tradable(price: float) -> float:
    """The nearest price of a whole tick (SEC Rule 612)."""
    return round(price, 2 if smallest_tick(price) == 0.01 else 4)
