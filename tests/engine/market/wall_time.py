"""Instants of wall-clock times, computed from laws instead of a time zone database."""

from __future__ import annotations

from calendar import isleap
from datetime import UTC, date, datetime, timedelta

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def new_york_offset_h(day: date) -> int:
    """UTC offset of New York at noon by the law of 2005: second Sunday of March to first Sunday of November."""
    begins, ends = clock_changes(day.year)
    return -4 if begins <= day < ends else -5


def clock_changes(year: int) -> tuple[date, date]:
    """The Sundays on which New York's clocks are set, by the same law."""
    march, november = date(year, 3, 1), date(year, 11, 1)
    begins = march + timedelta(days=(6 - march.weekday()) % 7 + 7)
    return begins, november + timedelta(days=(6 - november.weekday()) % 7)


def utc_ms(day: date, hour: int, minute: int = 0, second: int = 0) -> int:
    """UTC time to ms."""
    return int(datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=UTC).timestamp()) * 1000


def ms_at(day: date, hour: int, minute: int = 0, second: int = 0) -> int:
    """New York wall-clock time of a trading hour to ms."""
    return utc_ms(day, hour, minute, second) - new_york_offset_h(day) * HOUR


def india_ms(day: date, hour: int, minute: int = 0) -> int:
    """Indian time, which has had no daylight saving in these years, to ms."""
    return utc_ms(day, hour, minute) - 330 * MINUTE


def weekdays(year: int) -> list[date]:
    """Every Monday to Friday of a year."""
    every = [date(year, 1, 1) + timedelta(days=count) for count in range(366 if isleap(year) else 365)]
    return [day for day in every if day.weekday() < 5]
