"""Hollow candles and OHLC bars as rectangles. Pure, no Qt."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from live_monitor.ui.charts.geometry import CandleWidths, Rects
from live_monitor.ui.charts.price_scale import Floats, PriceScale

Ints32 = NDArray[np.int32]


def bar_rects(xs: Ints32, widths: CandleWidths, scale: PriceScale, ohlc: Floats) -> Rects:
    """An upright line from high to low, the open to its left, the close to its right: int32[3 n, 4], bar by bar.

    `ohlc`: finite float64[4, n] of open, high, low, close; `xs`: middle columns of the n bars.
    """
    rows = scale.rows(ohlc)
    rects = np.empty((xs.size, 3, 4), np.int32)
    left = xs - widths.wick // 2
    right = left + (widths.wick - 1)
    rects[:, 0, 0], rects[:, 0, 2] = left, right
    rects[:, 0, 1], rects[:, 0, 3] = rows.min(axis=0), rows.max(axis=0) + (widths.wick - 1)
    edge = xs - widths.body // 2
    rects[:, 1, 0], rects[:, 1, 2] = edge, right
    rects[:, 2, 0], rects[:, 2, 2] = left, edge + (widths.body - 1)
    for at, row in ((1, rows[0]), (2, rows[3])):
        rects[:, at, 1], rects[:, at, 3] = row, row + (widths.wick - 1)
    return rects.reshape(-1, 4)


def hollow_rects(xs: Ints32, widths: CandleWidths, scale: PriceScale, ohlc: Floats) -> Rects:
    """Bodies with nothing inside where the close is above the open, else full ones; wicks outside the body only.

    Arguments as for `bar_rects`; int32[6 n, 4], bar by bar: upper and lower wick, then the sides of the body.
    """
    rows = scale.rows(ohlc)
    thick = widths.wick
    top, bottom = np.minimum(rows[0], rows[3]), np.maximum(rows[0], rows[3]) + (thick - 1)
    left = xs - widths.body // 2
    right = left + (widths.body - 1)
    wick = xs - thick // 2
    full = (ohlc[3] <= ohlc[0]) | (widths.body < 3 * thick)
    rects = np.empty((xs.size, 6, 4), np.int32)
    rects[:, 0] = np.column_stack((wick, np.minimum(rows[1], top), wick + (thick - 1), top))
    rects[:, 1] = np.column_stack((wick, bottom, wick + (thick - 1), np.maximum(rows[2], bottom)))
    rects[:, 2] = np.column_stack((left, top, right, np.where(full, bottom, top + (thick - 1))))
    rects[:, 3] = np.column_stack((left, bottom - (thick - 1), right, bottom))
    rects[:, 4] = np.column_stack((left, top, left + (thick - 1), bottom))
    rects[:, 5] = np.column_stack((right - (thick - 1), top, right, bottom))
    return rects.reshape(-1, 4)
