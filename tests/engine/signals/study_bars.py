"""Bars of whole trading days for the tests of studies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from live_monitor.engine.market.bar_series import MINUTE_MS, NAN, Bar, BarSeries
from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.signals.study import Study, StudyChoice

CALENDAR = us_equities()
HALF_HOUR = 30 * MINUTE_MS
#: A Thursday, so that a weekend follows; Monday the 9th begins an hour earlier in UTC.
THURSDAY = date(2026, 3, 5)


def days_of(count: int, first: date = THURSDAY) -> list[date]:
    """So many trading days from `first` on."""
    found: list[date] = []
    while len(found) < count:
        if CALENDAR.times(first) is not None:
            found.append(first)
        first += timedelta(days=1)
    return found


def starts_of(days: Sequence[date], width_ms: int = HALF_HOUR, *, extended: bool = True) -> list[int]:
    """Starts of the bars of these days, in ms."""
    starts: list[int] = []
    for day in days:
        times = CALENDAR.times(day)
        assert times is not None
        begin, end = (times.pre_ms, times.post_ms) if extended else (times.open_ms, times.close_ms)
        starts.extend(range(begin, end, width_ms))
    return starts


def walk(starts: Sequence[int], seed: int = 1) -> list[Bar]:
    """A random walk in whole cents; some bars have a mean price of their own."""
    rng = np.random.default_rng(seed)
    closes = np.round(100 + rng.normal(0, 0.3, len(starts)).cumsum(), 2)
    made = []
    for start, close in zip(starts, closes.tolist(), strict=True):
        opened, up, down = np.round(rng.random(3) * 0.4, 2).tolist()
        high, low = close + up, close - down
        mean = (high + low) / 2 if rng.random() < 0.7 else NAN
        made.append(
            Bar(start, round(min(close + opened, high), 2), high, low, close, float(rng.integers(0, 900)), mean)
        )
    return made


def half_hours(days: int, seed: int = 1) -> list[Bar]:
    """Bars of half an hour of so many days, extended hours too: 32 a day."""
    return walk(starts_of(days_of(days)), seed)


def series_of(bars: Sequence[Bar], width_ms: int = HALF_HOUR) -> BarSeries:
    """A series of AAPL with these bars."""
    series = BarSeries("AAPL", width_ms)
    series.merge(bars)
    return series


def study(kind: str, **parameters: float | str) -> Study:
    """A study with these parameters, on the calendar of US stocks."""
    return Study(StudyChoice(id="one", kind=kind, parameters=dict(parameters)), CALENDAR)


def lines_of(made: Study, series: BarSeries) -> dict[str, np.ndarray]:
    """Values by output after following `series`."""
    made.follow(series)
    return {output.key: line.copy() for output, line in zip(made.kind.outputs, made.lines(), strict=True)}
