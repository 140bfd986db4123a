"""Where the time axis has its labels, and where sessions begin and end. Pure, no Qt.

Bars stand side by side by number, so nights and weekends take no room; a label belongs to the first
bar at or after a round New York time and names that bar's own time, which after a gap is not round.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple, Protocol
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from live_monitor.ui.charts.geometry import Columns

Ints = NDArray[np.int64]

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
_NEW_YORK: Final = ZoneInfo("America/New_York")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))
_STANDARD_MS: Final = -5 * HOUR_MS
#: Beyond these hours since the epoch Python has no dates (years 1 and 9999, less a day).
_FIRST_HOUR, _LAST_HOUR = -17_259_000, 70_389_000
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: Distances between labels within a day, in ms; beyond 4 hours only days, months and years are marked.
_STEPS: Final = tuple(s * 1000 for s in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 14_400))
#: Days in sight up to which pre and post market are shaded; beyond, the bands are narrower than a label.
_MOST_SHADED_DAYS: Final = 40


class Session(Protocol):
    """Bounds of one trading day in UTC ms; `post_ms` is the end of the post market."""

    @property
    def pre_ms(self) -> int: ...
    @property
    def open_ms(self) -> int: ...
    @property
    def close_ms(self) -> int: ...
    @property
    def post_ms(self) -> int: ...


class SessionTable(Protocol):
    """What the chart needs of the trading calendar."""

    def times(self, day: date) -> Session | None:
        """The session of a New York date; None on weekends, holidays and outside the table."""
        ...


class TimeTick(NamedTuple):
    """A label under the bar numbered `bar`; `strong` where a day, month or year begins."""

    bar: int
    label: str
    strong: bool


class Band(NamedTuple):
    """Bars `first` to `last` (exclusive) outside the regular session."""

    first: int
    last: int


@lru_cache(maxsize=65_536)
def _offset_of_hour(hour: int) -> int:
    """New York's distance from UTC in ms during one UTC hour; the clocks change on whole hours only."""
    if not _FIRST_HOUR <= hour <= _LAST_HOUR:
        return _STANDARD_MS
    offset = (_EPOCH + timedelta(hours=hour)).astimezone(_NEW_YORK).utcoffset()
    return _STANDARD_MS if offset is None else int(offset.total_seconds()) * 1000


def new_york_ms(ms: int) -> int:
    """New York wall time as ms since the epoch of that wall."""
    return ms + _offset_of_hour(ms // HOUR_MS)


def new_york_wall(starts: Ints) -> Ints:
    """`new_york_ms` of ascending times, int64[n]."""
    if not starts.size:
        return starts
    hours = starts // HOUR_MS
    runs = np.flatnonzero(np.diff(hours)) + 1
    heads = np.concatenate(([0], runs))
    offsets = np.array([_offset_of_hour(hour) for hour in hours[heads].tolist()], np.int64)
    return starts + np.repeat(offsets, np.diff(np.append(heads, starts.size)))


def clock_label(ms: int, *, seconds: bool = False) -> str:
    """New York time `HH:MM` or `HH:MM:SS`."""
    second = new_york_ms(ms) // 1000 % 86_400
    text = f"{second // 3600:02}:{second // 60 % 60:02}"
    return f"{text}:{second % 60:02}" if seconds else text


def date_label(ms: int, *, weekday: bool = False, year: bool = False) -> str:
    """New York date `1 Mar`, `Mon 1 Mar`, `Mon 1 Mar 2021`; empty for times that no calendar knows."""
    day = _date_of(new_york_ms(ms))
    if day is None:
        return ""
    text = f"{day.day} {_MONTHS[day.month - 1]}"
    return f"{_WEEKDAYS[day.weekday()] + ' ' if weekday else ''}{text}{f' {day.year}' if year else ''}"


def _date_of(wall_ms: int) -> date | None:
    try:
        return date(1970, 1, 1) + timedelta(days=wall_ms // DAY_MS)
    except OverflowError:
        return None


def sample(first: int, last: int, most: int) -> Ints:
    """Bars `first` to `last` (exclusive), or about `most` of them evenly spread, int64."""
    stride = max(1, -(-(last - first) // max(1, most)))
    return np.arange(first, last, stride)


def time_ticks(starts: Ints, first: int, last: int, columns: Columns, gap: int, timeframe_ms: int) -> list[TimeTick]:
    """Labels for the bars `first` to `last` (exclusive) of `starts`, at least `gap` pixels apart, ascending.

    Round times win over less round ones, so that labels stay with their bars while one pans.
    """
    if last <= first:
        return []
    # One bar before the first tells whether a day or an hour begins at the first.
    before = max(0, first - 1)
    picked = sample(before, last, max(64, int((last - before) * min(1.0, columns.pitch))))
    rough = max(1.0, gap / columns.pitch) * timeframe_ms
    candidates = _candidates(starts, picked, rough, most=8 * max(1, int((last - first) * columns.pitch) // gap + 1))
    taken: list[tuple[int, TimeTick]] = []
    for _, index, kind in sorted(candidates, key=lambda c: (-c[0], c[1])):
        x = columns.x(index)
        if index >= first and all(abs(x - other) >= gap for other, _ in taken):
            taken.append((x, _tick(int(starts[index]), index, kind, timeframe_ms)))
    return sorted(tick for _, tick in taken)


_YEAR, _MONTH, _DAY = "year", "month", "day"


def _candidates(starts: Ints, picked: Ints, rough: float, most: int) -> list[tuple[int, int, str]]:
    """Rank (higher is rounder), bar and kind of every place that could have a label; at most about `most`."""
    wall = new_york_wall(starts[picked])
    found = [(rank, index, kind) for index, rank, kind in _day_changes(starts, picked, wall)]
    for step in (step for step in _STEPS if step >= rough):
        changes = np.flatnonzero(np.diff(wall // step))
        if len(changes) > most:
            continue
        for index in _exact(starts, picked, wall, changes, step):
            at = new_york_ms(int(starts[index]))
            rank = max((s for s in _STEPS if at // s != new_york_ms(int(starts[index - 1])) // s), default=step)
            found.append((rank, index, ""))
        break
    return found


def _day_changes(starts: Ints, picked: Ints, wall: Ints) -> Iterator[tuple[int, int, str]]:
    """Bar, rank and kind of every first bar of a New York day among the picked ones."""
    for index in _exact(starts, picked, wall, np.flatnonzero(np.diff(wall // DAY_MS)), DAY_MS):
        day, previous = _date_of(new_york_ms(int(starts[index]))), _date_of(new_york_ms(int(starts[index - 1])))
        if day is None or previous is None:
            continue
        if day.year != previous.year:
            yield index, 400 * DAY_MS, _YEAR
        elif day.month != previous.month:
            yield index, 30 * DAY_MS, _MONTH
        else:
            yield index, (7 if day.weekday() < previous.weekday() else 1) * DAY_MS, _DAY


def _exact(starts: Ints, picked: Ints, wall: Ints, changes: Ints, step: int) -> Iterator[int]:
    """The first bar of the bucket that begins between picked bar `change` and the next, for each change."""
    for change in changes.tolist():
        low, high = int(picked[change]), int(picked[change + 1])
        while high - low > 1:
            middle = (low + high) // 2
            if new_york_ms(int(starts[middle])) // step > wall[change] // step:
                high = middle
            else:
                low = middle
        yield high


def _tick(start: int, index: int, kind: str, timeframe_ms: int) -> TimeTick:
    day = _date_of(new_york_ms(start)) if kind else None
    if day is None:
        return TimeTick(index, clock_label(start, seconds=timeframe_ms < 60_000), False)
    if kind == _YEAR:
        return TimeTick(index, str(day.year), True)
    return TimeTick(index, date_label(start), True)


def session_bands(starts: Ints, first: int, last: int, sessions: SessionTable) -> tuple[list[Band], list[int]]:
    """Bars of the pre and post market among `first` to `last` (exclusive), and the first bars of new days."""
    if last <= first:
        return [], []
    day, final = (_date_of(new_york_ms(int(starts[at]))) for at in (first, last - 1))
    bands: list[Band] = []
    breaks: list[int] = []
    if day is None or final is None or (final - day).days > _MOST_SHADED_DAYS * 7 // 5:
        return bands, breaks
    while day <= final:
        session = sessions.times(day)
        if session is not None:
            bounds = (session.pre_ms, session.open_ms, session.close_ms, session.post_ms)
            begin, opening, closing, end = (first + np.searchsorted(starts[first:last], bounds)).tolist()
            bands += [Band(a, b) for a, b in ((begin, opening), (closing, end)) if b > a]
            if first < begin < last and end > begin:
                breaks.append(begin)
        day += timedelta(days=1)
    return bands, breaks
