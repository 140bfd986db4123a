"""Every indicator with the columns that it takes, for what all of them must keep to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from live_monitor.engine.signals.indicators import (
    Atr,
    Bollinger,
    Ema,
    Macd,
    Obv,
    OpeningRange,
    PreviousDay,
    Rsi,
    SessionVwap,
    Sma,
    Stochastic,
    VolumeProfile,
)

MINUTE_MS = 60_000


class Columns(NamedTuple):
    """Bars in the order of time, and the sessions they belong to; `open_ms`: when their session's hours open."""

    session: NDArray[np.int64]
    open_ms: NDArray[np.int64]
    start_ms: NDArray[np.int64]
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.float64]


class Sample(NamedTuple):
    """How to make an indicator, and the columns of bars that it is fed."""

    make: Callable[[], Any]
    takes: tuple[str, ...]

    def columns(self, bars: Columns) -> list[NDArray[Any]]:
        """What `feed` takes of these bars."""
        return [getattr(bars, name) for name in self.takes]

    def rows(self, bars: Columns) -> list[tuple[Any, ...]]:
        """What `update` takes of each bar."""
        return list(zip(*(column.tolist() for column in self.columns(bars)), strict=True))


SAMPLES: dict[str, Sample] = {
    "sma 1": Sample(lambda: Sma(1), ("close",)),
    "sma 5": Sample(lambda: Sma(5), ("close",)),
    "sma 7, from 3 on": Sample(lambda: Sma(7, 3), ("volume",)),
    "ema 1": Sample(lambda: Ema(1), ("close",)),
    "ema 6": Sample(lambda: Ema(6), ("close",)),
    "vwap": Sample(SessionVwap, ("session", "close", "volume")),
    "vwap alone": Sample(lambda: SessionVwap(bands=0), ("session", "close", "volume")),
    "bollinger 1": Sample(lambda: Bollinger(1), ("close",)),
    "bollinger 6": Sample(lambda: Bollinger(6, 2.5), ("close",)),
    "rsi 1": Sample(lambda: Rsi(1), ("close",)),
    "rsi 4": Sample(lambda: Rsi(4), ("close",)),
    "macd": Sample(lambda: Macd(3, 6, 4), ("close",)),
    "atr 1": Sample(lambda: Atr(1), ("high", "low", "close")),
    "atr 5": Sample(lambda: Atr(5), ("high", "low", "close")),
    "stochastic": Sample(lambda: Stochastic(5, 3, 2), ("high", "low", "close")),
    "stochastic 1": Sample(lambda: Stochastic(1, 1, 1), ("high", "low", "close")),
    "obv": Sample(Obv, ("close", "volume")),
    "profile": Sample(lambda: VolumeProfile(0.05), ("session", "low", "high", "volume")),
    "previous day": Sample(PreviousDay, ("session", "high", "low", "close")),
    "opening range": Sample(lambda: OpeningRange(3 * MINUTE_MS), ("open_ms", "start_ms", "high", "low")),
    "opening range, for a while": Sample(
        lambda: OpeningRange(3 * MINUTE_MS, 6 * MINUTE_MS), ("open_ms", "start_ms", "high", "low")
    ),
}


def cut(bars: Columns, rows: slice | NDArray[np.bool_]) -> Columns:
    """Some of the bars."""
    return Columns(*(column[rows] for column in bars))  # type: ignore[arg-type]  # the types of a tuple's items get lost


def columns_of(bars: Sequence[tuple[int, float, float, float, float, float]]) -> Columns:
    """Minute bars of (new session begins: 0 or 1, open, high above, low below, close: 0 to 1, volume)."""
    new, open_, above, below, place, volume = np.array(bars, dtype=np.float64).reshape(-1, 6).T
    session = np.cumsum(new > 0).astype(np.int64)
    start_ms = (np.arange(len(bars)) + session * 1_000) * MINUTE_MS
    first = start_ms[np.concatenate(([True], session[1:] != session[:-1]))] if len(bars) else start_ms
    open_ms = first[session - session[0]] + MINUTE_MS if len(bars) else start_ms  # the first bar is before the open
    high, low = open_ + above, np.maximum(open_ - below, np.minimum(open_, 0.01))
    return Columns(session, open_ms, start_ms, open_, high, low, low + (high - low) * place, volume)


def _cents(least: float, most: float) -> st.SearchStrategy[float]:
    return st.integers(round(least * 100), round(most * 100)).map(lambda cents: cents / 100)


#: Bars with jumps, standstills, sessions of any length and bars without volume.
some_bars = st.lists(
    st.tuples(
        st.sampled_from((0, 0, 0, 0, 0, 1)),
        _cents(1, 500) | st.just(20.0),
        _cents(0, 3) | st.just(0.0),
        _cents(0, 3) | st.just(0.0),
        st.sampled_from((0.0, 0.5, 1.0)),
        st.integers(0, 5_000_000).map(float) | st.just(0.0),
    ),
    min_size=1,
    max_size=70,
).map(columns_of)


#: Bars as wild as the limits let in: micro-dollars beside millions, one share beside 1e15.
wild_bars = st.lists(
    st.tuples(
        st.sampled_from((0, 0, 0, 1)),
        st.floats(1e-6, 1e7) | st.sampled_from((1e-6, 0.01, 1e7)),
        st.floats(0, 1e6) | st.just(0.0),
        st.floats(0, 1e6) | st.just(0.0),
        st.floats(0, 1),
        st.sampled_from((0.0, 1.0, 1e15)) | st.floats(0, 1e15),
    ),
    min_size=1,
    max_size=60,
).map(columns_of)


def walk(count: int, per_session: int = 390, seed: int = 20_261_121) -> Columns:
    """A walk of `count` minute bars around 100 USD, in cents."""
    random = np.random.default_rng(seed)
    middle = 100.0 + random.normal(0, 0.03, count).cumsum()
    reach = np.abs(random.normal(0, 0.04, (2, count)))
    session = np.arange(count, dtype=np.int64) // per_session
    start_ms = (np.arange(count, dtype=np.int64) + session * 1_000) * MINUTE_MS
    open_ms = (session * (per_session + 1_000)) * MINUTE_MS
    high, low = (middle + reach[0]).round(2), (middle - reach[1]).round(2)
    close = np.clip((middle + random.normal(0, 0.02, count)).round(2), low, high)
    return Columns(
        session, open_ms, start_ms, middle.round(2), high, low, close, random.integers(1, 9_000, count).astype(float)
    )


def lines(made: Any) -> NDArray[np.float64]:
    """What `feed` gave, as one row a line."""
    return np.atleast_2d(np.asarray(made, dtype=np.float64))


def one_by_one(indicator: Any, rows: list[tuple[Any, ...]]) -> NDArray[np.float64]:
    """What `update` gives bar after bar, as one row a line; without bars no line is known."""
    if not rows:
        return np.empty((0, 0))
    made = [indicator.update(*row) for row in rows]
    return np.array(made, dtype=np.float64).reshape(len(rows), -1).T


def quotes(shared_data: Path) -> Columns:
    """The daily bars of SPY that the hand-made sheets are of."""
    table = np.loadtxt(
        shared_data / "skender" / "quotes" / "default.csv", delimiter=",", skiprows=1, usecols=range(1, 6)
    )
    open_, high, low, close, volume = np.ascontiguousarray(table.T)
    rows = np.arange(len(table), dtype=np.int64)
    return Columns(rows // 21, rows // 21, rows, open_, high, low, close, volume)
