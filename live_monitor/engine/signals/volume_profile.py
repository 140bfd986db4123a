"""Volume by price of one session: how many shares traded in each row of prices, and where most of them did."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from live_monitor.engine.signals.columns import NAN, Floats


class Profile(NamedTuple):
    """Shares by price. `prices` float64[m]: lower edges of the rows, ascending by `step` USD; `shares` float64[m].

    `poc`, the point of control: the middle of the row with the most shares; `value_low`, `value_high`: the lower and
    the upper edge of the value area.
    """

    prices: Floats
    step: float
    shares: Floats
    poc: float
    value_low: float
    value_high: float


class VolumeProfile:
    """Volume by price of the session that is fed; a bar's go evenly to the rows of `step` USD it touches.

    The value area holds at least `share` of the session's shares. Starts afresh when `session` changes.
    """

    def __init__(self, step: float, share: float = 0.7) -> None:
        self.step = step
        self.share = share
        self._session: int | None = None
        self._rows: dict[int, float] = {}

    def update(self, session: int, low: float, high: float, volume: float) -> float:
        """The point of control after this bar, in USD; NaN while no share has traded."""
        if session != self._session:
            self._session = session
            self._rows = {}
        first, last = math.floor(low / self.step + 1e-9), math.floor(high / self.step + 1e-9)
        for row in range(first, last + 1):
            self._rows[row] = self._rows.get(row, 0.0) + volume / (last - first + 1)
        best = max(self._rows, key=lambda row: self._rows[row])
        return (best + 0.5) * self.step if self._rows[best] > 0.0 else NAN

    def peek(self, session: int, low: float, high: float, volume: float) -> float:
        """The point of control if the forming bar closed like this."""
        held = self._session, dict(self._rows)
        value = self.update(session, low, high, volume)
        self._session, self._rows = held
        return value

    def feed(self, session: NDArray[np.int64], low: Floats, high: Floats, volume: Floats) -> Floats:
        """The point of control after each bar, float64[n]."""
        columns = (session, low, high, volume)
        bars = zip(*(column.tolist() for column in columns), strict=True)
        return np.array([self.update(*bar) for bar in bars], dtype=np.float64)

    def profile(self) -> Profile | None:
        """The session's profile as it stands; None while no share has traded."""
        if not self._rows or not sum(self._rows.values()) > 0.0:
            return None
        first, last = min(self._rows), max(self._rows)
        shares = np.array([self._rows.get(row, 0.0) for row in range(first, last + 1)], dtype=np.float64)
        prices = np.arange(first, last + 1, dtype=np.float64) * self.step
        best = int(shares.argmax())
        return Profile(
            prices,
            self.step,
            shares,
            float(prices[best]) + self.step / 2,
            float(prices[0]),
            float(prices[-1]) + self.step,
        )
