"""Bars in the shapes that scripts know: the documented dict of one bar, and arrays of the last ones."""

from __future__ import annotations

from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from live_monitor.data.models.market_data import AggregateData
from live_monitor.engine.market.bar_columns import Bar, BarColumns


class LastBars(TypedDict):
    """Bars as arrays of one length, oldest first: what a strategy that was tested on arrays is fed with live."""

    timestamp: NDArray[np.int64]
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.float64]


def last_bars(columns: BarColumns, count: int) -> LastBars:
    """The newest `count` bars as copies: `timestamp` in ms (start), prices in USD, volume in shares."""
    newest = columns.rows(slice(max(columns.length - max(count, 0), 0), None))
    return LastBars(
        timestamp=newest.start_ms.copy(),
        open=newest.open.copy(),
        high=newest.high.copy(),
        low=newest.low.copy(),
        close=newest.close.copy(),
        volume=newest.volume.copy(),
    )


def bar_dict(symbol: str, bar: Bar) -> AggregateData:
    """The documented dict of one bar; `transactions` only where they are known."""
    data: AggregateData = {
        "event_type": "aggregate",
        "symbol": symbol,
        "timestamp": bar.start_ms,
        "open": bar.open,
        "high": bar.high,
        "low": bar.low,
        "close": bar.close,
        "volume": bar.volume,
        "vwap": bar.vwap,
    }
    if bar.trades >= 0:
        data["transactions"] = bar.trades
    return data
