"""Bars for tests of the rules, on 2026-11-20: pre-market from 04:00, regular hours 09:30 to 16:00 New York."""

from __future__ import annotations

from random import Random
from typing import Final

from hypothesis import strategies as st

from live_monitor.engine.market.bar_series import MINUTE_MS, NAN, Bar

OPEN_MS: Final = 1_795_185_000_000


def ohlc(minute: int, first: float, high: float, low: float, close: float, volume: float = 1_000.0) -> Bar:
    """The bar of `minute` after the open with its four prices and no VWAP."""
    return Bar(OPEN_MS + minute * MINUTE_MS, first, high, low, close, volume)


def walk(seed: int, first: int = -60, last: int = 420, cents: int = 10_000) -> list[Bar]:
    """A random walk on cents from minute `first` to `last` after the open.

    With gaps between bars, holes, bursts of volume, and bars that lack a VWAP or any volume.
    """
    draw = Random(seed)
    bars: list[Bar] = []
    close, drift = cents, draw.choice([0, 0, 4])
    for minute in range(first, last):
        if minute % 45 == 0:
            drift = -drift
        if draw.random() < 0.04:
            continue
        begin = max(close + draw.randint(-3, 3) * draw.choice([1, 1, 1, 12]), 60)
        close = max(begin + draw.randint(-14, 14) + drift, 60)
        high = max(begin, close) + draw.randint(0, 6)
        low = min(begin, close) - draw.randint(0, 6)
        volume = draw.choice([0.0, 300.0, 800.0, 1_000.0, 1_000.0, 1_400.0, 2_500.0, 9_000.0])
        vwap = draw.choice([NAN, (high + low) / 200.0, (high + low) / 200.0])
        bars.append(Bar(OPEN_MS + minute * MINUTE_MS, begin / 100, high / 100, low / 100, close / 100, volume, vwap))
    return bars


#: Whole days, from an hour before the open to an hour after the close.
walks: Final = st.integers(0, 2**32).map(walk)
