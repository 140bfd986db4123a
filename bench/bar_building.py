"""Bars from trades, as the desktop builds them: a frame of 16 ms, then the next one; part of the bench `bars`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import groupby
from random import Random

from bench.rows import Row, Size
from live_monitor.data.models.market_data import Aggregate, SecondAggregate, Trade
from live_monitor.engine.market.bar_builder import BarBuilder
from live_monitor.engine.market.bar_columns import NAN, Bar, BarColumns, BarSource
from live_monitor.engine.market.bar_series import MINUTE_MS, SECOND_MS, BarSeries
from live_monitor.engine.market.conditions import rules_for
from live_monitor.engine.market.ticker_state import TickerState

TRADES = 200_000
PAGE = 5_000
FRAME_MS = 16
#: 2026-11-20 09:30 New York.
_OPEN_MS = 1_795_185_000_000
_SYMBOL = "AAPL"
_Frames = list[list[tuple[Trade, int]]]


def rows(size: Size) -> Iterator[Row]:
    """Rows in thousands of trades per second, then in ms a page, then in µs a print."""
    count = size.count(TRADES)
    for per_second in (20_000, 1_000):
        yield from _building(size, _frames(count, per_second), f"trades to 1s and 1m, {per_second:,}/s")
    spent = _best(size, _paged)
    yield Row("bars", f"a page of {PAGE:,} bars into a series", spent * 1e3, "ms")
    flagged = [pair for frame in _frames(count, 1_000) for pair in frame]
    yield Row("bars", "level 1 of a print, guarded", _best(size, lambda: _guarded(flagged)) / count * 1e6, "µs/event")


def _best(size: Size, measure: Callable[[], float]) -> float:
    return min(measure() for _ in range(max(size.rounds, 1)))


def _building(size: Size, frames: _Frames, case: str) -> Iterator[Row]:
    count, given = sum(map(len, frames)), _given(frames)
    alone, beside = _best(size, lambda: _built(frames)), _best(size, lambda: _compared(frames, given))
    yield Row("bars", case, count / alone / 1e3, "thousand/s")
    yield Row("bars", f"{case}, each bar compared with the provider's", count / beside / 1e3, "thousand/s")


def _frames(count: int, per_second: int) -> _Frames:
    """A random walk with the conditions of a busy stock, cut into frames."""
    random, rules, price = Random(7), rules_for("polygon"), 100.0
    made = []
    for number in range(count):
        price = round(price + random.choice((-0.01, 0.0, 0.01)), 2)
        conditions = random.choices(((14, 37, 41), (37,), (14, 41), ()), (45, 29, 16, 10))[0]
        at_ms = _OPEN_MS + number * 1_000 // per_second
        trade = Trade(_SYMBOL, price, float(random.randrange(1, 400)), at_ms, conditions, 12, "", number + 1)
        made.append((trade, rules.flags(conditions)))
    return [list(frame) for _, frame in groupby(made, key=lambda pair: pair[0].timestamp_ms // FRAME_MS)]


def _timed(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _builder() -> BarBuilder:
    builder = BarBuilder(_SYMBOL)
    builder.restart_closing(_OPEN_MS)
    builder.begin_day(_OPEN_MS)
    return builder


def _built(frames: _Frames) -> float:
    builder = _builder()
    add = builder.add

    def fold() -> None:
        for frame in frames:
            for trade, flags in frame:
                add(trade, flags)
            builder.flush()
            builder.take_closed(trade.timestamp_ms)

    return _timed(fold)


def _given(frames: _Frames) -> list[tuple[int, Aggregate]]:
    """The bars as a provider sends them, each with the time at which it comes."""
    builder = _builder()
    for frame in frames:
        for trade, flags in frame:
            builder.add(trade, flags)
    builder.flush()
    sent: list[tuple[int, Aggregate]] = []
    for series, kind, delay_ms in ((builder.seconds, SecondAggregate, 2_000), (builder.minutes, Aggregate, 100)):
        for bar in series.columns().bars():
            end_ms = bar.start_ms + series.timeframe_ms
            numbers = (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.vwap)
            day_volume = bar.cumulative_volume
            sent.append((end_ms + delay_ms, kind(_SYMBOL, bar.start_ms, end_ms, *numbers, day_volume=day_volume)))
    return sorted(sent, key=lambda pair: -pair[0])


def _compared(frames: _Frames, given: list[tuple[int, Aggregate]]) -> float:
    builder, due = _builder(), list(given)
    add = builder.add

    def fold() -> None:
        for frame in frames:
            for trade, flags in frame:
                add(trade, flags)
            while due and due[-1][0] <= trade.timestamp_ms:
                builder.apply(due.pop()[1], BarSource.STREAM)
            builder.flush()
            builder.take_closed(trade.timestamp_ms)
            builder.missing(trade.timestamp_ms)

    return _timed(fold)


def _paged() -> float:
    """A page in front of a series that has as many bars."""
    pages = [
        BarColumns.of(
            Bar(_OPEN_MS + number * MINUTE_MS, 1.0, 2.0, 0.5, 1.5, 100.0, NAN, 3, BarSource.HISTORY)
            for number in range(first, first + PAGE)
        )
        for first in (PAGE, 0)
    ]
    series = BarSeries(_SYMBOL, MINUTE_MS)
    series.merge(pages[0])
    return _timed(lambda: series.merge(pages[1]))


def _guarded(flagged: list[tuple[Trade, int]]) -> float:
    state = TickerState(_SYMBOL)
    state.begin(_OPEN_MS - SECOND_MS, whole_day=True)

    def fold() -> None:
        for trade, flags in flagged:
            state.on_trade(trade, flags)

    return _timed(fold)
