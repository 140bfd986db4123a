"""`bars`: longer bars from shorter ones, as they come and all at once; bars from trades.

Streaming is CPU on one thread, the best of the rounds, as in `steps`. At once: ours and pandas, in turn on the same
columns, medians. pandas makes plain windows of the clock; ours keep to the sessions, and leave no empty windows.
"""

from __future__ import annotations

import importlib
import importlib.util
import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import numpy as np

from bench import bar_building
from bench.rows import Row, Size, interleave, yield_of
from live_monitor.data.models.timeframe import Timeframe
from live_monitor.engine.market.bar_columns import NAN, BarColumns, BarSource
from live_monitor.engine.market.resampler import BarResampler, resample
from live_monitor.engine.market.sessions import us_equities

#: Two regular sessions of seconds, one after the other, for the stream; and forty of them at once.
STREAMED, AT_ONCE = 46_800, 936_000
#: pandas' words for the same windows.
CASES = (("5s", "5s"), ("1m", "1min"), ("7m", "7min"), ("1h", "1h"), ("1D", "1D"))


def run(size: Size) -> Iterator[Row]:
    """Rows in µs per bar and timeframe, then millions of bars per second, then thousands of trades per second."""
    children = list(_seconds(size.count(STREAMED)).bars())
    for name in ("5s", "1m", "7m", "1h", "1D"):
        spent = _best(size, lambda name=name: _streamed(BarResampler(name), children))  # type: ignore[misc]  # bound per case
        yield Row("bars", f"streaming, 1s to {name}", spent / len(children) * 1e6, "µs/bar")
    again = _best(size, lambda: _streamed_again(BarResampler("1h"), children)) / len(children) * 1e6
    yield Row("bars", "streaming, 1s to 1h: given again 2 s later", again, "µs/bar")
    yield from _at_once(size)
    yield from bar_building.rows(size)


def _best(size: Size, measure: Callable[[], float]) -> float:
    return min(measure() for _ in range(max(size.rounds, 1)))


def _seconds(count: int, *, whole: bool = True) -> BarColumns:
    """`count` seconds of regular sessions; `whole`: with vwap and number of trades, as history has them."""
    calendar = us_equities()
    days: list[np.ndarray[Any, Any]] = []
    day = date(2026, 1, 2)
    while sum(map(len, days)) < count:
        times = calendar.times(day)
        if times is not None:
            days.append(np.arange(times.open_ms, times.close_ms, 1_000))
        day = date.fromordinal(day.toordinal() + 1)
    starts = np.concatenate(days)[:count]
    random = np.random.default_rng(20_261_120)
    close = 100 + np.cumsum(random.normal(0, 0.01, count)).round(2)
    open_ = np.concatenate(([100.0], close[:-1]))
    high, low = np.maximum(open_, close) + 0.01, np.minimum(open_, close) - 0.01
    absent = np.full(count, NAN)
    return BarColumns(
        starts, open_, high, low, close, random.integers(1, 1_000, count).astype(np.float64),
        (open_ + close) / 2 if whole else absent,
        random.integers(1, 50, count) if whole else np.full(count, -1),
        np.full(count, BarSource.HISTORY, np.uint8), np.zeros(count, np.bool_), absent, np.zeros(count, np.uint8),
    )  # fmt: skip


def _streamed(resampler: BarResampler, children: list[Any]) -> float:
    add = resampler.add
    started = time.process_time()
    for child in children:
        add(child)
    return time.process_time() - started


def _streamed_again(resampler: BarResampler, children: list[Any]) -> float:
    """As a provider's bars come beside our own: each new second, and the one of two seconds ago a second time."""
    add = resampler.add
    started = time.process_time()
    for child, before in zip(children[2:], children, strict=False):
        add(child)
        add(before)
    return time.process_time() - started


def _at_once(size: Size) -> Iterator[Row]:
    count, calendar = size.count(AT_ONCE), us_equities()
    for columns, whole in (("OHLCV", False), ("OHLCV, vwap, trades", True)):
        bars = _seconds(count, whole=whole)
        frame = _frame(bars, whole)
        for name, word in CASES:
            timeframe = Timeframe.parse(name)
            measures = {
                "ours": lambda bars=bars, timeframe=timeframe: _timed(lambda: resample(bars, timeframe, calendar)),
                "pandas": lambda frame=frame, word=word: _timed(lambda: _by_pandas(frame, word)),
            }
            if importlib.util.find_spec("polars") is not None:
                table = _table(bars, whole)
                measures["polars"] = lambda table=table, name=name: _timed(
                    lambda: _by_polars(table, name.lower()),
                    time.perf_counter,  # it uses every core
                )
            spent = interleave(size.rounds, measures)
            for peer in list(measures)[1:]:
                ours, theirs = count / spent["ours"] / 1e6, count / spent[peer] / 1e6
                yield yield_of("bars", f"at once, 1s to {name}, {columns}", ours, "million/s", peer, theirs)


def _timed(work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """The best of three, so that one interruption does not make a median; CPU, since ours and pandas use one core."""
    best = float("inf")
    for _ in range(3):
        started = clock()
        work()
        best = min(best, clock() - started)
    return best


def _frame(bars: BarColumns, whole: bool) -> Any:
    import pandas as pd

    names = ["open", "high", "low", "close", "volume", *(["vwap", "trades"] if whole else [])]
    index = pd.to_datetime(bars.start_ms, unit="ms", utc=True)
    return pd.DataFrame({name: getattr(bars, name) for name in names}, index=index)


def _by_pandas(frame: Any, word: str) -> Any:
    """The plain way: first, max, min, last, sum; vwap by sums; empty windows dropped."""
    rules = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
    if "vwap" in frame:
        frame = frame.assign(vwap=frame["vwap"] * frame["volume"])
        rules |= {"vwap": "sum", "trades": "sum"}
    made = frame.resample(word).agg(rules).dropna(subset=["open"])
    if "vwap" in made:
        made["vwap"] /= made["volume"]
    return made


def _table(bars: BarColumns, whole: bool) -> Any:
    pl = importlib.import_module("polars")
    names = ["open", "high", "low", "close", "volume", *(["vwap", "trades"] if whole else [])]
    columns = {name: getattr(bars, name) for name in names}
    return pl.DataFrame({"start": bars.start_ms.view("datetime64[ms]"), **columns}).set_sorted("start")


def _by_polars(table: Any, word: str) -> Any:
    pl = importlib.import_module("polars")
    rules = [
        pl.col("open").first(), pl.col("high").max(), pl.col("low").min(), pl.col("close").last(),
        pl.col("volume").sum(),
    ]  # fmt: skip
    if "vwap" in table.columns:
        turnover = (pl.col("vwap") * pl.col("volume")).sum()
        rules += [(turnover / pl.col("volume").sum()).alias("vwap"), pl.col("trades").sum()]
    return table.group_by_dynamic("start", every=word).agg(rules)
