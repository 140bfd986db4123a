"""Where bars of any length begin and end: windows anchored in the sessions of a calendar (market rules 3.4, 3.5).

A trade date is cut into stretches, each with a grid of its own. Windows never reach over the edge of a stretch, so
neither clock changes nor half days need a rule of their own: whatever the calendar says of the day is the rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from live_monitor.data.models.timeframe import Timeframe
from live_monitor.engine.market.sessions import Calendar

#: What divides a trade date: a grid of seconds, or the calendar's days, weeks and months.
Division = Literal["grid", "D", "W", "M"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
#: Trade dates that are remembered, in any division: forty years of them.
_DATES_KEPT: Final = 16_384


class Stretch(NamedTuple):
    """Instants [`from_ms`, `to_ms`) of one trade date whose windows begin at `anchor_ms` + k × width, cut at both ends.

    In days, weeks and months the stretch belongs to the bar that is named by `anchor_ms`. What is not `shown` lies
    outside the regular session while extended hours are off.
    """

    from_ms: int
    to_ms: int
    anchor_ms: int
    shown: bool

    def window(self, ms: int, width_ms: int) -> tuple[int, int]:
        """[start, end) of the grid's window that holds `ms`, an instant of this stretch."""
        start = ms - (ms - self.anchor_ms) % width_ms
        return max(start, self.from_ms), min(start + width_ms, self.to_ms)


def division_of(timeframe: Timeframe) -> Division:
    """How trade dates are divided for bars of `timeframe`."""
    return timeframe.unit if timeframe.unit in ("D", "W", "M") else "grid"


@lru_cache(maxsize=_DATES_KEPT)
def stretches_of(calendar: Calendar, day: date, division: Division, extended: bool) -> tuple[Stretch, ...]:
    """The stretches of the trade date `day`, ascending; together they are its span."""
    begin, end = calendar.span(day)
    times = calendar.times(day)
    if division != "grid":
        return _of_calendar_unit(calendar, day, division, extended)
    if times is None:
        return (Stretch(begin, end, begin, extended),)
    if extended:
        parts = (
            Stretch(begin, times.pre_ms, begin, True),
            Stretch(times.pre_ms, times.post_ms, times.pre_ms, True),
            Stretch(times.post_ms, end, begin, True),
        )
    else:
        parts = (
            Stretch(begin, times.open_ms, begin, False),
            Stretch(times.open_ms, times.close_ms, times.open_ms, True),
            Stretch(times.close_ms, end, begin, False),
        )
    return tuple(part for part in parts if part.from_ms < part.to_ms)


def _of_calendar_unit(calendar: Calendar, day: date, division: Division, extended: bool) -> tuple[Stretch, ...]:
    begin, end = calendar.span(day)
    name = midnight(calendar, first_date(day, division))
    if extended:
        return (Stretch(begin, end, name, True),)
    shown: list[tuple[int, int]] = []
    times = calendar.times(day)
    if times is not None:
        shown.append((times.open_ms, times.close_ms))
    if division != "D":
        # A bar of one day is named by midnight, which lies outside the session. It is no print of that millisecond.
        name_of_day = midnight(calendar, day)
        if not any(first <= name_of_day < last for first, last in shown):
            shown.append((name_of_day, name_of_day + 1))
            shown.sort()
    parts = []
    for first, last in shown:
        if begin < first:
            parts.append(Stretch(begin, first, name, False))
        parts.append(Stretch(first, last, name, True))
        begin = last
    if begin < end:
        parts.append(Stretch(begin, end, name, False))
    return tuple(parts)


def midnight(calendar: Calendar, day: date) -> int:
    """ms of 00:00 of `day` in the exchange's zone: the name of its daily bar, also where trading begins the evening
    before (market rules 3.3).
    """
    return (datetime.combine(day, time.min, calendar.zone) - _EPOCH) // _MILLISECOND


def first_date(day: date, division: Division) -> date:
    """The first date of the day, the week (from Sunday) or the month of `day`."""
    if division == "W":
        return day - timedelta(days=day.isoweekday() % 7)
    return day.replace(day=1) if division == "M" else day


def _last_date(day: date, division: Division) -> date:
    if division == "W":
        return first_date(day, "W") + timedelta(days=6)
    if division == "M":
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return day


def stretch_at(ms: int, calendar: Calendar, division: Division, extended: bool) -> Stretch:
    """The stretch that holds the instant `ms` (1980 to 2100)."""
    day = calendar.trade_date(ms)
    return next(part for part in stretches_of(calendar, day, division, extended) if ms < part.to_ms)


class Window(NamedTuple):
    """The bar `name_ms` holds the instants [`from_ms`, `to_ms`) as far as they are shown."""

    name_ms: int
    from_ms: int
    to_ms: int


def window_at(ms: int, timeframe: Timeframe, calendar: Calendar, extended: bool) -> Window | None:
    """The window that holds the instant `ms`; None where it is not shown."""
    division = division_of(timeframe)
    stretch = stretch_at(ms, calendar, division, extended)
    if not stretch.shown:
        return None
    if division == "grid":
        start, end = stretch.window(ms, timeframe.nominal_ms)
        return Window(start, start, end)
    day = calendar.trade_date(ms)
    first, last = first_date(day, division), _last_date(day, division)
    return Window(stretch.anchor_ms, calendar.span(first)[0], calendar.span(last)[1])


def window_of(ms: int, timeframe: Timeframe, calendar: Calendar, *, extended: bool = True) -> tuple[int, int] | None:
    """[start_ms, end_ms) of the bar that holds the instant `ms` (1980 to 2100). Any thread.

    None while extended hours are off and `ms` lies outside the regular session. Windows of days, weeks and months end
    with the span of their last date; they start at midnight, which where trading begins the evening before is later
    than their first instant.
    """
    window = window_at(ms, timeframe, calendar, extended)
    return None if window is None else (window.name_ms, window.to_ms)


def dates_between(first: date, last: date) -> Iterator[date]:
    """Every date from `first` to `last`."""
    return (date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1))
