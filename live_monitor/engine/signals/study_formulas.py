"""Puts the indicators under studies: which columns of a bar each kind reads, and what its outputs are.

A formula takes whole bars, one by one or as columns, so that a study need not know what its kind reads.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from live_monitor.engine.market.bar_series import Bar, BarColumns
from live_monitor.engine.signals.indicators import Ema, RollingMean
from live_monitor.engine.signals.study_choice import StudyChoice

Floats = NDArray[np.float64]


class Formula(Protocol):
    """State of one study after some closed bars. One value an output; NaN where there is none."""

    def update(self, bar: Bar) -> tuple[float, ...]:
        """Takes a closed bar. O(1)."""
        ...

    def peek(self, bar: Bar) -> tuple[float, ...]:
        """What `update` would say; nothing is taken. O(1)."""
        ...

    def feed(self, bars: BarColumns) -> tuple[Floats, ...]:
        """Takes closed bars as columns, one or more; float64[n] an output."""
        ...


#: Prices by name, of one bar as well as of columns.
_PRICES: Final[dict[str, Callable[[Any], Any]]] = {
    "close": lambda bar: bar.close,
    "open": lambda bar: bar.open,
    "high": lambda bar: bar.high,
    "low": lambda bar: bar.low,
    "hl2": lambda bar: (bar.high + bar.low) * 0.5,
    "hlc3": lambda bar: (bar.high + bar.low + bar.close) / 3.0,
    "ohlc4": lambda bar: (bar.open + bar.high + bar.low + bar.close) * 0.25,
}


def formula_of(choice: StudyChoice) -> Formula:
    """The formula of a checked choice, before the first bar."""
    length = int(choice.parameters["length"])
    if choice.kind == "ema":
        return _OfOnePrice(Ema(length), _PRICES[str(choice.parameters["source"])])
    if choice.kind == "volume_average":
        return _OfOnePrice(RollingMean(length), lambda bar: bar.volume)
    return _OfOnePrice(RollingMean(length), _PRICES[str(choice.parameters["source"])])


class _OfOnePrice:
    def __init__(self, indicator: Any, price: Callable[[Any], Any]) -> None:
        self._indicator = indicator
        self._price = price

    def update(self, bar: Bar) -> tuple[float, ...]:
        return (self._indicator.update(self._price(bar)),)

    def peek(self, bar: Bar) -> tuple[float, ...]:
        return (copy.deepcopy(self._indicator).update(self._price(bar)),)

    def feed(self, bars: BarColumns) -> tuple[Floats, ...]:
        update = self._indicator.update
        return (np.array([update(value) for value in self._price(bars).tolist()]),)
