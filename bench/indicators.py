"""`indicators`: bar after bar, beside talipp; a million bars at once, beside TA-Lib.

All get the same minute bars. Streaming is what a bar costs when it closes, with the call. Times are CPU of one thread,
the best of three inside each round, ours and the peer's in turn, medians of the rounds. Conventions differ here and
there (docs/indicators.md), work does not: except that talipp's VWAP has no bands and its stochastic does not smooth %K.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from bench.rows import Row, Size, cost, interleave
from live_monitor.engine.signals import indicators as ours

#: So few that they stay in the cache, as a live bar does: with 20,000, waiting for memory is a tenth of the figure.
STREAMED, AT_ONCE = 4_000, 1_000_000
MINUTE_MS = 60_000


class Case(NamedTuple):
    """An indicator with the columns that it takes; the peers' where they have one."""

    name: str
    make: Callable[[], Any]
    takes: tuple[str, ...]
    talipp: Callable[[Any], Any] | None = None
    talib: Callable[[Any, dict[str, Any]], Any] | None = None


CASES = (
    Case("SMA 20", lambda: ours.Sma(20), ("close",), lambda t: t.SMA(20), lambda t, b: t.SMA(b["close"], 20)),
    Case("EMA 20", lambda: ours.Ema(20), ("close",), lambda t: t.EMA(20), lambda t, b: t.EMA(b["close"], 20)),
    Case(
        "Bollinger 20", lambda: ours.Bollinger(20), ("close",),
        lambda t: t.BB(20, 2), lambda t, b: t.BBANDS(b["close"], 20),
    ),
    Case("RSI 14", lambda: ours.Rsi(14), ("close",), lambda t: t.RSI(14), lambda t, b: t.RSI(b["close"], 14)),
    Case(
        "MACD 12 26 9", lambda: ours.Macd(12, 26, 9), ("close",),
        lambda t: t.MACD(12, 26, 9), lambda t, b: t.MACD(b["close"], 12, 26, 9),
    ),
    Case(
        "ATR 14", lambda: ours.Atr(14), ("high", "low", "close"),
        lambda t: t.ATR(14), lambda t, b: t.ATR(b["high"], b["low"], b["close"], 14),
    ),
    Case(
        "Stochastic 14 3 3", lambda: ours.Stochastic(14, 3, 3), ("high", "low", "close"),
        lambda t: t.Stoch(14, 3),
        lambda t, b: t.STOCH(
            b["high"], b["low"], b["close"], fastk_period=14, slowk_period=3, slowd_period=3
        ),
    ),
    Case("OBV", ours.Obv, ("close", "volume"), lambda t: t.OBV(), lambda t, b: t.OBV(b["close"], b["volume"])),
    Case("VWAP, three bands", ours.SessionVwap, ("session", "typical", "volume"), lambda t: t.VWAP()),
    Case("volume profile", lambda: ours.VolumeProfile(0.05), ("session", "low", "high", "volume")),
    Case("previous day", ours.PreviousDay, ("session", "high", "low", "close")),
    Case("opening range", lambda: ours.OpeningRange(15 * MINUTE_MS), ("open_ms", "start_ms", "high", "low")),
)  # fmt: skip


def run(size: Size) -> Iterator[Row]:
    """Rows in µs per bar, then in ns per bar."""
    from talipp import indicators as talipp

    bars = _bars(size.count(STREAMED))
    for case in CASES:
        rows = list(zip(*(bars[name].tolist() for name in case.takes), strict=True))
        measures = {"ours": partial(_streamed, case.make, rows, "update")}
        if case.talipp is not None:
            given = rows if len(case.takes) == 1 else [(bar,) for bar in _ohlcv(bars)]
            measures["talipp"] = partial(_streamed, partial(case.talipp, talipp), given, "add")
        yield from _compared(size, f"streaming, {case.name}", measures, len(rows), 1e6, "µs/bar")
    yield from _at_once(size)


def _at_once(size: Size) -> Iterator[Row]:
    import talib

    bars = _bars(size.count(AT_ONCE))
    count = len(bars["close"])
    for case in CASES:
        if case.name == "volume profile":
            continue  # it has one way only: bar after bar
        columns = [bars[name] for name in case.takes]
        measures = {"ours": partial(_timed, partial(_fed, case.make, columns))}
        if case.talib is not None:
            measures["TA-Lib"] = partial(_timed, partial(case.talib, talib, bars))
        yield from _compared(size, f"at once, {case.name}", measures, count, 1e9, "ns/bar")


def _compared(
    size: Size, case: str, measures: Mapping[str, Callable[[], float]], count: int, times: float, unit: str
) -> Iterator[Row]:
    spent = {name: seconds / count * times for name, seconds in interleave(size.rounds, measures).items()}
    peers = list(spent)[1:] or [""]
    for peer in peers:
        yield cost("indicators", case, spent["ours"], unit, peer, spent.get(peer, float("nan")))


def _bars(count: int) -> dict[str, Any]:
    """Minutes of regular sessions: a walk around 100 USD, in cents."""
    random = np.random.default_rng(20_261_121)
    middle = 100.0 + random.normal(0, 0.02, count).cumsum()
    above, below = np.abs(random.normal(0, 0.03, (2, count)))
    high, low = (middle + above).round(2), (middle - below).round(2)
    close = np.clip(middle.round(2), low, high)
    session = np.arange(count, dtype=np.int64) // 390
    open_ms = session * 24 * 60 * MINUTE_MS
    return {
        "session": session,
        "open_ms": open_ms,
        "start_ms": open_ms + np.arange(count, dtype=np.int64) % 390 * MINUTE_MS,
        "high": high,
        "low": low,
        "close": close,
        "typical": (high + low + close) / 3.0,
        "volume": random.integers(1, 10_000, count).astype(np.float64),
    }


def _ohlcv(bars: dict[str, Any]) -> list[Any]:
    from talipp.ohlcv import OHLCV

    columns = (bars[name].tolist() for name in ("close", "high", "low", "close", "volume"))
    return [OHLCV(*row) for row in zip(*columns, strict=True)]


def _streamed(make: Callable[[], Any], rows: list[tuple[Any, ...]], method: str) -> float:
    """The best of three, each with an indicator of its own."""
    return min(_calls(getattr(make(), method), rows) for _ in range(3))


def _calls(take: Callable[..., object], rows: list[tuple[Any, ...]]) -> float:
    """Seconds of CPU for one call a row, written out: to unpack a tuple into a call costs as much as an indicator."""
    started = time.process_time()
    match len(rows[0]):
        case 1:
            for (one,) in rows:
                take(one)
        case 2:
            for one, two in rows:
                take(one, two)
        case 3:
            for one, two, three in rows:
                take(one, two, three)
        case _:
            for one, two, three, four in rows:
                take(one, two, three, four)
    return time.process_time() - started


def _fed(make: Callable[[], Any], columns: list[Any]) -> object:
    return make().feed(*columns)


def _timed(work: Callable[[], object]) -> float:
    """The best of three."""
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best
