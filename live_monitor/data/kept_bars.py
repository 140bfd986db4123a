"""Kept bars of any length, trading day by trading day, so that years of them need the memory of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

import numpy as np

from live_monitor.data.models.timeframe import DAY, MINUTE, SECOND, Timeframe
from live_monitor.engine.market.bar_columns import BarColumns
from live_monitor.engine.market.resampler import resample
from live_monitor.engine.market.sessions import Calendar
from live_monitor.limits import MAX_TIME_MS, MIN_TIME_MS
from live_monitor.ports import HistoryStore, SeriesKey

#: Bars that are looked at in one step while the days with bars are found.
_STEP_BARS: Final = 50_000
_UTC_DAY_MS: Final = 86_400_000


def kept_bars(
    store: HistoryStore, market: str, symbol: str, timeframe: Timeframe, calendar: Calendar, *, extended: bool
) -> Iterator[BarColumns]:
    """What the store keeps of a symbol as bars of `timeframe`, ascending, in pieces. Nothing kept: nothing given.

    Made of the coarsest kept bars that allow it; days, weeks and months of kept days, and of minutes (or seconds) since
    the last one. Raises StoreError.
    """
    kept = {key.timeframe for key in store.series() if (key.market, key.symbol) == (market, symbol)}
    finer = [each for each in (MINUTE, SECOND) if each in kept and each.nominal_ms <= timeframe.base.nominal_ms]
    days_ms = MIN_TIME_MS
    parts: list[BarColumns] = []
    if timeframe.by_calendar and DAY in kept:
        parts.append(store.read(SeriesKey(market, symbol, DAY), MIN_TIME_MS, MAX_TIME_MS))
        if parts[0].length:
            days_ms = calendar.span(calendar.trade_date(int(parts[0].start_ms[-1])))[1]
    pieces = iter(()) if not finer else by_day(store, SeriesKey(market, symbol, finer[0]), calendar, days_ms)
    if timeframe.by_calendar:
        parts += [resample(day, DAY, calendar, extended=extended) for day in _whole_days(pieces, calendar)]
        days = BarColumns.joined(parts)
        yield days if timeframe == DAY else resample(days, timeframe, calendar)
    else:
        yield from in_timeframe(pieces, finer[0] if finer else SECOND, timeframe, calendar, extended=extended)


def in_timeframe(
    pieces: Iterable[BarColumns], base: Timeframe, timeframe: Timeframe, calendar: Calendar, *, extended: bool
) -> Iterator[BarColumns]:
    """Bars of `timeframe` from bars of `base` that come in ascending pieces; at most one trading day is held.

    Where both are the same, bars are given as they are, bit for bit.
    """
    if timeframe.by_calendar and timeframe != DAY:
        days = (resample(day, DAY, calendar, extended=extended) for day in _whole_days(pieces, calendar))
        yield resample(BarColumns.joined(days), timeframe, calendar)
        return
    for day in _whole_days(pieces, calendar):
        made = resample(day, timeframe, calendar, extended=extended)
        # The average of a single price may differ from it in the last bit.
        yield day.rows(np.isin(day.start_ms, made.start_ms)) if timeframe == base else made


def _whole_days(pieces: Iterable[BarColumns], calendar: Calendar) -> Iterator[BarColumns]:
    """The same bars, cut where trading days begin and nowhere else."""
    held: list[BarColumns] = []
    end_ms = MIN_TIME_MS
    for piece in pieces:
        rest = piece
        while rest.length:
            if int(rest.start_ms[0]) >= end_ms:
                if held:
                    yield BarColumns.joined(held)
                    held.clear()
                end_ms = calendar.span(calendar.trade_date(int(rest.start_ms[0])))[1]
            at = int(rest.start_ms.searchsorted(end_ms))
            held.append(rest.rows(slice(at)))
            rest = rest.rows(slice(at, None))
    if held:
        yield BarColumns.joined(held)


def by_day(store: HistoryStore, key: SeriesKey, calendar: Calendar, from_ms: int = MIN_TIME_MS) -> Iterator[BarColumns]:
    """The kept bars of one series from `from_ms` on, ascending, one trading day at a time. Raises StoreError."""
    for day in _dates_with_bars(store, key, calendar, from_ms):
        start_ms, end_ms = calendar.span(day)
        yield store.read(key, max(start_ms, from_ms), end_ms)


def _dates_with_bars(store: HistoryStore, key: SeriesKey, calendar: Calendar, from_ms: int) -> list[date]:
    """The trading days of a series, found backwards, as a store can be asked for its last bars only."""
    days: set[int] = set()
    end_ms = MAX_TIME_MS
    while end_ms > from_ms:
        starts = store.last(key, end_ms, _STEP_BARS).start_ms
        days.update(np.unique(starts // _UTC_DAY_MS).tolist())
        if len(starts) < _STEP_BARS:
            break
        end_ms = int(starts[0])
    edges = (day * _UTC_DAY_MS + part for day in days for part in (0, _UTC_DAY_MS - 1))
    first = calendar.trade_date(from_ms)
    return [day for day in sorted({calendar.trade_date(edge) for edge in edges}) if day >= first]
