"""Into which block a bar goes: one for each trade date, for daily bars one for each year."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple, Protocol

from live_monitor.data.models.timeframe import Timeframe
from live_monitor.engine.market.bar_columns import BarColumns

#: Instants that a calendar can tell the date of: 1900 to 2200. Bounds of ranges may lie outside, bars may not.
EARLIEST_MS, LATEST_MS = -2_208_988_800_000, 7_258_118_400_000


class TradeDates(Protocol):
    """What is asked of a calendar (`engine.market.sessions.Calendar`)."""

    def trade_date(self, ms: int) -> date:
        """The date to which an instant belongs."""
        ...

    def span(self, day: date) -> tuple[int, int]:
        """[start_ms, end_ms) of a date; those of consecutive dates partition time."""
        ...


CalendarFor = Callable[[str], TradeDates]


class Period(NamedTuple):
    """The time of one block: [`from_ms`, `to_ms`). `day`: its first date as 20261120."""

    day: int
    from_ms: int
    to_ms: int


def period_on(calendar: TradeDates, timeframe: Timeframe, day: int) -> Period:
    """The period that `day` (20261120) names. Raises ValueError for a number that is no date."""
    first = date(day // 10_000, day // 100 % 100, day % 100)
    return period_of(calendar, timeframe, calendar.span(first)[0])


def period_of(calendar: TradeDates, timeframe: Timeframe, ms: int) -> Period:
    """The period that holds `ms`; for an instant beyond those that bars can have, the nearest one."""
    day = calendar.trade_date(min(max(ms, EARLIEST_MS), LATEST_MS))
    if timeframe.by_calendar:
        first = day.replace(month=1, day=1)
        return Period(number_of(first), calendar.span(first)[0], calendar.span(first.replace(year=first.year + 1))[0])
    return Period(number_of(day), *calendar.span(day))


def number_of(day: date) -> int:
    """20261120; ascends with time and is read at sight."""
    return day.year * 10_000 + day.month * 100 + day.day


def by_period(calendar: TradeDates, timeframe: Timeframe, bars: BarColumns) -> Iterator[tuple[Period, BarColumns]]:
    """The bars of each period, oldest first. Raises ValueError for starts that no calendar knows."""
    at = 0
    if bars.length and not EARLIEST_MS <= bars.start_ms[0] <= bars.start_ms[-1] < LATEST_MS:
        raise ValueError("a bar starts before 1900 or after 2200")
    while at < bars.length:
        period = period_of(calendar, timeframe, int(bars.start_ms[at]))
        end = int(bars.start_ms.searchsorted(period.to_ms))
        yield period, bars.rows(slice(at, end))
        at = end
