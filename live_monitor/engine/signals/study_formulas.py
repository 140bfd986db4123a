"""Puts the indicators under studies: which columns of a bar each kind reads, and what its outputs are.

A formula takes whole bars, one by one or as columns, so that a study need not know what its kind reads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

import numpy as np

from live_monitor.engine.market.bar_series import MINUTE_MS, Bar, BarColumns
from live_monitor.engine.market.sessions import Calendar
from live_monitor.engine.signals.columns import Floats
from live_monitor.engine.signals.indicators import Atr, Bollinger, Ema, Macd, Obv, Rsi, Sma, Stochastic
from live_monitor.engine.signals.study_choice import StudyChoice
from live_monitor.engine.signals.study_days import StudyDays
from live_monitor.engine.signals.study_kinds import CATALOG
from live_monitor.engine.signals.study_of_day import DayLevels, DayProfile, DayRange, DayVwap

_DAY_MS: Final = 24 * 60 * MINUTE_MS


class Formula(Protocol):
    """State of one study after some closed bars. One value a line; NaN where there is none."""

    #: How many of the kind's outputs have values; the first ones.
    lines: int

    @property
    def remark(self) -> str:
        """Why there is nothing to see at the newest bar, in one line; empty while there is."""
        ...

    def update(self, bar: Bar, /) -> tuple[float, ...]:
        """Takes a closed bar. O(1)."""
        ...

    def peek(self, bar: Bar, /) -> tuple[float, ...]:
        """What `update` would say; nothing is taken. O(1)."""
        ...

    def feed(self, bars: BarColumns, /) -> tuple[Floats, ...]:
        """Takes closed bars as columns, one or more; float64[n] a line."""
        ...


def _mean_price(bar: Any) -> Any:
    """The mean price of a bar (or of columns): its own VWAP, where there is none the typical price."""
    typical = (bar.high + bar.low + bar.close) / 3.0
    if isinstance(bar, Bar):
        return bar.vwap if bar.vwap - bar.vwap == 0.0 else typical
    return np.where(np.isfinite(bar.vwap), bar.vwap, typical)


#: Prices by name, of one bar as well as of columns.
_PRICES: Final[dict[str, Callable[[Any], Any]]] = {
    "close": lambda bar: bar.close,
    "open": lambda bar: bar.open,
    "high": lambda bar: bar.high,
    "low": lambda bar: bar.low,
    "hl2": lambda bar: (bar.high + bar.low) * 0.5,
    "hlc3": lambda bar: (bar.high + bar.low + bar.close) / 3.0,
    "ohlc4": lambda bar: (bar.open + bar.high + bar.low + bar.close) * 0.25,
    "vwap": _mean_price,
}


def formula_of(choice: StudyChoice, calendar: Calendar, timeframe_ms: int) -> Formula:
    """The formula of a checked choice for bars of this length, before the first bar."""
    kind, values = CATALOG[choice.kind], choice.parameters
    if not kind.by_day:
        return _of_prices(choice.kind, values)
    if timeframe_ms >= _DAY_MS:
        return _Nothing("only on bars shorter than a day")
    days = StudyDays(calendar, timeframe_ms, regular=values.get("hours", "regular") == "regular")
    if choice.kind == "vwap":
        return DayVwap(days, int(values["bands"]), _PRICES[str(values["source"])])
    if choice.kind == "previous_day":
        return DayLevels(days)
    if choice.kind == "volume_profile":
        return DayProfile(days, float(values["step"]))
    minutes = int(values["minutes"])
    if minutes * MINUTE_MS % timeframe_ms:
        return _Nothing(f"{minutes} minutes are no whole number of these bars")
    return DayRange(days, minutes * MINUTE_MS)


def _of_prices(kind: str, values: dict[str, float | str]) -> Formula:
    """Formulas that follow bar after bar and know nothing of days."""
    price = _PRICES[str(values.get("source", "close"))]
    length = int(values.get("length", 1))
    if kind == "sma":
        return _OfColumns(Sma(length), lambda bar: (price(bar),))
    if kind == "ema":
        return _OfColumns(Ema(length), lambda bar: (price(bar),))
    if kind == "rsi":
        return _OfColumns(Rsi(length), lambda bar: (price(bar),))
    if kind == "volume_average":
        return _OfColumns(Sma(length), lambda bar: (bar.volume,))
    if kind == "bollinger":
        return _OfColumns(Bollinger(length, float(values["width"])), lambda bar: (price(bar),), (0, 1, 2))
    if kind == "macd":
        # The histogram first, so that the lines are painted over it.
        macd = Macd(int(values["fast"]), int(values["slow"]), int(values["signal"]))
        return _OfColumns(macd, lambda bar: (price(bar),), (2, 0, 1))
    if kind == "stochastic":
        stochastic = Stochastic(length, int(values["smooth"]), int(values["signal"]))
        return _OfColumns(stochastic, _high_low_close, (0, 1))
    if kind == "atr":
        return _OfColumns(Atr(length), _high_low_close)
    return _OfColumns(Obv(), lambda bar: (bar.close, bar.volume))


def _high_low_close(bar: Any) -> tuple[Any, ...]:
    return bar.high, bar.low, bar.close


class _OfColumns:
    """An indicator, what it reads of a bar, and which of its values become which line (None: it has one)."""

    remark = ""

    def __init__(
        self, indicator: Any, read: Callable[[Any], tuple[Any, ...]], order: tuple[int, ...] | None = None
    ) -> None:
        self._indicator = indicator
        self._read = read
        self._order = order
        self.lines = 1 if order is None else len(order)

    def update(self, bar: Bar) -> tuple[float, ...]:
        return self._in_order(self._indicator.update(*self._read(bar)))

    def peek(self, bar: Bar) -> tuple[float, ...]:
        return self._in_order(self._indicator.peek(*self._read(bar)))

    def feed(self, bars: BarColumns) -> tuple[Floats, ...]:
        return self._in_order(self._indicator.feed(*self._read(bars)))

    def _in_order(self, made: Any) -> tuple[Any, ...]:
        order = self._order
        return (made,) if order is None else tuple([made[at] for at in order])


class _Nothing:
    """A study that cannot say anything of these bars."""

    lines = 0

    def __init__(self, remark: str) -> None:
        self.remark = remark

    def update(self, _bar: Bar) -> tuple[float, ...]:
        return ()

    def peek(self, _bar: Bar) -> tuple[float, ...]:
        return ()

    def feed(self, _bars: BarColumns) -> tuple[Floats, ...]:
        return ()
