"""Indicators that weigh prices with shares: session VWAP with its bands, on-balance volume."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from live_monitor.engine.signals.columns import NAN, Floats


class SessionVwap:
    """Volume-weighted average price of a session, Σ(p·v) / Σv, with `bands` (0 to 3) pairs of bands around it.

    A tuple of 1 + 2 × `bands` numbers: (vwap, +1σ, -1σ, +2σ, -2σ, +3σ, -3σ); σ is the population deviation of the bars'
    prices from their vwap, weighted by volume. Starts afresh when `session` changes.
    """

    def __init__(self, bands: int = 3) -> None:
        self.bands = bands
        self._session: int | None = None
        self._turnover = 0.0
        self._volume = 0.0
        self._origin = NAN
        self._first = 0.0
        self._second = 0.0

    def update(self, session: int, price: float, volume: float) -> tuple[float, ...]:
        """The numbers after a bar of `volume` shares at the mean price `price`; NaN while no share has traded."""
        if session != self._session:
            self._session = session
            self._turnover = self._volume = self._first = self._second = 0.0
            self._origin = price
        self._turnover += price * volume
        self._volume += volume
        away = price - self._origin
        self._first += away * volume
        self._second += away * away * volume
        if not self._volume > 0.0:
            return (NAN,) * (1 + 2 * self.bands)
        mean = self._turnover / self._volume
        off = self._first / self._volume
        s = math.sqrt(max(self._second / self._volume - off * off, 0.0))
        return (mean, mean + s, mean - s, mean + 2 * s, mean - 2 * s, mean + 3 * s, mean - 3 * s)[: 1 + 2 * self.bands]

    def peek(self, session: int, price: float, volume: float) -> tuple[float, ...]:
        """The numbers if the forming bar closed like this."""
        held = self._session, self._turnover, self._volume, self._origin, self._first, self._second
        value = self.update(session, price, volume)
        self._session, self._turnover, self._volume, self._origin, self._first, self._second = held
        return value

    def feed(self, session: NDArray[np.int64], price: Floats, volume: Floats) -> tuple[Floats, ...]:
        """The numbers after each bar, float64[n] each."""
        bars = zip(session.tolist(), price.tolist(), volume.tolist(), strict=True)
        made = np.array([self.update(*bar) for bar in bars], dtype=np.float64).reshape(-1, 1 + 2 * self.bands)
        return tuple(made[:, column] for column in range(made.shape[1]))


class Obv:
    """On-balance volume after Granville, in shares: plus the bar's volume when the close rises, minus when it falls.

    It starts with the first bar's volume (as TA-Lib does); only its changes mean something.
    """

    def __init__(self) -> None:
        self._close = NAN
        self._value = 0.0

    def update(self, close: float, volume: float) -> float:
        """The sum after this bar."""
        self._value = self.peek(close, volume)
        self._close = close
        return self._value

    def peek(self, close: float, volume: float) -> float:
        """The sum if the forming bar closed like this."""
        if close < self._close:
            return self._value - volume
        return self._value if close == self._close else self._value + volume

    def feed(self, close: Floats, volume: Floats) -> Floats:
        """The sum after each bar, float64[n]."""
        bars = zip(close.tolist(), volume.tolist(), strict=True)
        return np.array([self.update(*bar) for bar in bars], dtype=np.float64)
