"""Kept bars of any length, trading day by trading day, so that years of them need the memory of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final, NamedTuple

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


class Kept(NamedTuple):
    """Bars of one symbol of one market in a store, of the trading days that [`from_ms`, `to_ms`) touches."""

    store: HistoryStore
    market: str
    symbol: str
    calendar: Calendar
    from_ms: int = MIN_TIME_MS
    to_ms: int = MAX_TIME_MS


def kept_bars(kept: Kept, timeframe: Timeframe, *, extended: bool) -> Iterator[BarColumns]:
    """What is kept as bars of `timeframe`, ascending, in pieces. Nothing kept: nothing given.

    Made of the coarsest kept bars that allow it; days, weeks and months of kept days, and of minutes (or seconds) since
    the last one. A week or month that begins before the first day is given as far as it is known. Raises StoreError.
    """
    store, calendar = kept.store, kept.calendar
    there = {key.timeframe for key in store.series() if (key.market, key.symbol) == (kept.market, kept.symbol)}
    finer = [each for each in (MINUTE, SECOND) if each in there and each.nominal_ms <= timeframe.base.nominal_ms]
    first_ms = calendar.span(calendar.trade_date(kept.from_ms))[0]
    parts: list[BarColumns] = []
    if timeframe.by_calendar and DAY in there:
        parts.append(store.read(SeriesKey(kept.market, kept.symbol, DAY), first_ms, kept.to_ms))
        if parts[0].length:
            first_ms = calendar.span(calendar.trade_date(int(parts[0].start_ms[-1])))[1]
    pieces = iter(()) if not finer else _by_day(kept, finer[0], first_ms)
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


def _by_day(kept: Kept, base: Timeframe, from_ms: int) -> Iterator[BarColumns]:
    """The kept bars of `base` from `from_ms` on, ascending, one trading day at a time."""
    key = SeriesKey(kept.market, kept.symbol, base)
    for day in _dates_with_bars(kept, key, from_ms):
        start_ms, end_ms = kept.calendar.span(day)
        yield kept.store.read(key, max(start_ms, from_ms), end_ms)


def _dates_with_bars(kept: Kept, key: SeriesKey, from_ms: int) -> list[date]:
    """The trading days of a series, found backwards, as a store can be asked for its last bars only."""
    trade_date = kept.calendar.trade_date
    last = trade_date(kept.to_ms - 1)
    days: set[int] = set()
    end_ms = kept.calendar.span(last)[1]
    while end_ms > from_ms:
        starts = kept.store.last(key, end_ms, _STEP_BARS).start_ms
        days.update(np.unique(starts // _UTC_DAY_MS).tolist())
        if len(starts) < _STEP_BARS:
            break
        end_ms = int(starts[0])
    edges = (day * _UTC_DAY_MS + part for day in days for part in (0, _UTC_DAY_MS - 1))
    return [day for day in sorted({trade_date(edge) for edge in edges}) if trade_date(from_ms) <= day <= last]
