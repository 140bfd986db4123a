"""Where the time axis has its labels, and where sessions begin and end. Pure, no Qt.

Bars stand side by side by number, so nights and weekends take no room. A label stands under a bar
that begins at a round New York time, or with a new day; where a round minute had no print there is
none, unless the hole between labels grows too wide: then the roundest bar inside it gets one.
"""

from __future__ import annotations

from bisect import bisect
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from live_monitor.ui.charts.geometry import Columns
from live_monitor.ui.charts.price_scale import whole_pixels
from live_monitor.ui.charts.wall_clock import HOUR_MS, NEW_YORK, WallClock

Ints = NDArray[np.int64]

DAY_MS: Final = 24 * HOUR_MS
#: The `nominal_ms` of bars of a week and of a month, which follow the calendar.
WEEK_BARS_MS: Final = 7 * DAY_MS
MONTH_BARS_MS: Final = 30 * DAY_MS
_WEEK_MS: Final = 7 * DAY_MS
_MONTH_MS: Final = 28 * DAY_MS
_YEAR_MS: Final = 365 * DAY_MS
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: Distances between labels within a day, in ms; beyond 4 hours only days, months and years are marked.
_STEPS: Final = tuple(s * 1000 for s in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 14_400))
#: A stretch wider than so many gaps must not stay without a label.
_HOLE: Final = 4
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
    """Outside the regular session: from bar `first` to bar `last` (exclusive), also within a bar."""

    first: float
    last: float


def clock_label(ms: int, *, seconds: bool = False, wall: WallClock = NEW_YORK) -> str:
    """Wall time `HH:MM` or `HH:MM:SS`."""
    second = wall.ms(ms) // 1000 % 86_400
    text = f"{second // 3600:02}:{second // 60 % 60:02}"
    return f"{text}:{second % 60:02}" if seconds else text


def date_label(ms: int, *, weekday: bool = False, year: bool = False, wall: WallClock = NEW_YORK) -> str:
    """Date on the wall `1 Mar`, `Mon 1 Mar`, `Mon 1 Mar 2021`; empty for times that no calendar knows."""
    day = _date_of(wall.ms(ms))
    if day is None:
        return ""
    text = f"{day.day} {_MONTHS[day.month - 1]}"
    return f"{_WEEKDAYS[day.weekday()] + ' ' if weekday else ''}{text}{f' {day.year}' if year else ''}"


def bar_label(ms: int, timeframe_ms: int, newest_ms: int | None = None, wall: WallClock = NEW_YORK) -> str:
    """Which bar starts at `ms`: `Mon 1 Mar  10:31`, `Mon 1 Mar 2021` for a day, `Week of 7 Mar 2021`, `Mar 2021`.

    Days, weeks and months start at midnight in New York and are named by their trade date. Bars within a day of another
    year than the one that starts at `newest_ms` say their year.
    """
    wall = wall_for(timeframe_ms, wall)
    day = _date_of(wall.ms(ms))
    if timeframe_ms >= MONTH_BARS_MS:
        return f"{_MONTHS[day.month - 1]} {day.year}" if day is not None else ""
    if timeframe_ms >= WEEK_BARS_MS:
        return f"Week of {date_label(ms, year=True)}"
    if timeframe_ms >= DAY_MS:
        return date_label(ms, weekday=True, year=True)
    newest = _date_of(wall.ms(newest_ms)) if newest_ms is not None else None
    other_year = day is not None and newest is not None and day.year != newest.year
    return f"{date_label(ms, weekday=True, year=other_year, wall=wall)}  {bar_clock(ms, timeframe_ms, wall)}".strip()


def bar_clock(ms: int, timeframe_ms: int, wall: WallClock = NEW_YORK) -> str:
    """Wall time of a bar's start, with seconds where bars need not start with a minute."""
    return clock_label(ms, seconds=timeframe_ms % 60_000 != 0, wall=wall)


def wall_for(timeframe_ms: int, wall: WallClock) -> WallClock:
    """Days, weeks and months are those of the exchange, wherever one looks from."""
    return NEW_YORK if timeframe_ms >= DAY_MS else wall


def _date_of(wall_ms: int) -> date | None:
    try:
        return date(1970, 1, 1) + timedelta(days=wall_ms // DAY_MS)
    except OverflowError:
        return None


def sample(first: int, last: int, most: int) -> Ints:
    """Bars `first` to `last` (exclusive), or about `most` of them evenly spread, int64."""
    stride = max(1, -(-(last - first) // max(1, most)))
    return np.arange(first, last, stride)


def time_ticks(
    starts: Ints,
    first: int,
    last: int,
    columns: Columns,
    gap: int,
    timeframe_ms: int,
    wall: WallClock = NEW_YORK,
) -> list[TimeTick]:
    """Labels for the bars `first` to `last` (exclusive) of `starts`, at least `gap` pixels apart, ascending.

    Round times win over less round ones, so that labels stay with their bars while one pans.
    """
    if last <= first:
        return []
    wall = wall_for(timeframe_ms, wall)
    # One bar before the first tells whether a day or an hour begins at the first.
    before = max(0, first - 1)
    picked = sample(before, last, max(64, int((last - before) * min(1.0, columns.pitch))))
    rough = max(1.0, gap / columns.pitch) * timeframe_ms
    ranks = _ranks(wall.walls(starts[picked]), rough, most=8 * (int((last - first) * columns.pitch) // gap + 1))
    wanted = np.flatnonzero(ranks)
    taken: list[int] = []
    ticks = []
    roundest = wanted[np.argsort(-ranks[wanted], kind="stable")]
    xs = whole_pixels(picked[roundest] * columns.pitch + columns.offset)
    for at, x, rank in zip(roundest.tolist(), xs.tolist(), ranks[roundest].tolist(), strict=True):
        place = bisect(taken, x)
        if (place and x - taken[place - 1] < gap) or (place < len(taken) and taken[place] - x < gap):
            continue
        index = _first_of(starts, int(picked[at - 1]), int(picked[at]), rank, wall)
        # The bar in which a round time lies, unless bars are missing there: hours of bars that begin at half past too.
        if index >= first and (rank >= DAY_MS or wall.ms(int(starts[index])) % rank < timeframe_ms):
            taken.insert(place, x)
            ticks.append(_tick(int(starts[index]), index, rank, timeframe_ms, wall))
    if timeframe_ms < DAY_MS:
        ticks += _fillers(
            starts, picked[picked >= first], [tick.bar for tick in ticks], columns, gap, timeframe_ms, wall
        )
    return sorted(ticks)


def _fillers(
    starts: Ints,
    picked: Ints,
    labelled: list[int],
    columns: Columns,
    gap: int,
    timeframe_ms: int,
    clock: WallClock,
) -> list[TimeTick]:
    """Labels for stretches of more than `_HOLE` gaps without one: each time the roundest bar, the first of several."""
    ticks: list[TimeTick] = []
    xs = whole_pixels(picked * columns.pitch + columns.offset).astype(np.int64)
    fixed = sorted(columns.x(bar) for bar in labelled)
    # Half a gap beyond either end: the first and last label need no room on their outer side.
    edges = [int(xs[0]) - gap // 2, *fixed, int(xs[-1]) + gap // 2] if xs.size else []
    holes = [(left, right) for left, right in pairwise(edges) if right - left > _HOLE * gap]
    if not holes:
        return ticks
    wall = clock.walls(starts[picked])
    rounds = np.zeros(picked.size, np.int64)
    for step in _STEPS:
        rounds[wall % step == 0] = step
    while holes:
        left, right = holes.pop()
        if right - left <= _HOLE * gap:
            continue
        low, high = np.searchsorted(xs, (left + gap, right - gap + 1))
        if low < high:
            at = int(low + np.argmax(rounds[low:high]))
            bar = int(picked[at])
            ticks.append(_tick(int(starts[bar]), bar, 0, timeframe_ms, clock))
            holes += [(left, int(xs[at])), (int(xs[at]), right)]
    return ticks


def _ranks(wall: Ints, rough: float, most: int) -> Ints:
    """How round the time is that begins between each picked bar and the one before, int64[n]; 0 where none does.

    The rank is the length in ms of the roundest unit that begins there. Units shorter than `rough`, and those that
    would begin at more than `most` places, are left out.
    """
    ranks = np.zeros(wall.size, np.int64)
    for step in _STEPS:
        if step >= rough:
            changed = _changes(wall // step)
            if np.count_nonzero(changed) <= most:
                ranks[1:][changed] = step
    days = wall // DAY_MS
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    for unit, numbers in ((DAY_MS, days), (_WEEK_MS, (days + 3) // 7), (_MONTH_MS, months), (_YEAR_MS, months // 12)):
        ranks[1:][_changes(numbers)] = unit
    return ranks


def _changes(numbers: Ints) -> NDArray[np.bool_]:
    """Which of n numbers but for the first differ from the one before, bool[n - 1]."""
    changed: NDArray[np.bool_] = numbers[1:] != numbers[:-1]
    return changed


def _first_of(starts: Ints, low: int, high: int, rank: int, wall: WallClock) -> int:
    """The first bar after `low`, up to `high`, of another unit of the length `rank` than bar `low`."""
    unit = _unit(wall.ms(int(starts[low])), rank)
    while high - low > 1:
        middle = (low + high) // 2
        if _unit(wall.ms(int(starts[middle])), rank) != unit:
            high = middle
        else:
            low = middle
    return high


def _unit(wall: int, rank: int) -> int:
    """The number of the day, month, year or shorter unit that holds this time on the wall."""
    if rank < _WEEK_MS:
        return wall // rank
    if rank == _WEEK_MS:
        return (wall // DAY_MS + 3) // 7
    day = _date_of(wall)
    if day is None:
        return wall // rank
    return day.year if rank == _YEAR_MS else day.year * 12 + day.month


def _tick(start: int, index: int, rank: int, timeframe_ms: int, wall: WallClock) -> TimeTick:
    if rank < DAY_MS:
        return TimeTick(index, bar_clock(start, timeframe_ms, wall), False)
    day = _date_of(wall.ms(start))
    if day is not None and rank == _YEAR_MS:
        return TimeTick(index, str(day.year), True)
    if timeframe_ms < DAY_MS:
        return TimeTick(index, date_label(start, wall=wall), True)
    # Among days every label is a date: what stands out is where a month begins, and among months only the year.
    if day is not None and rank == _MONTH_MS:
        return TimeTick(index, _MONTHS[day.month - 1], timeframe_ms < MONTH_BARS_MS)
    return TimeTick(index, date_label(start, wall=wall), False)


def session_bands(
    starts: Ints, first: int, last: int, sessions: SessionTable, timeframe_ms: int = 60_000
) -> tuple[list[Band], list[int]]:
    """Bars of the pre and post market among `first` to `last` (exclusive), and the first bars of new days.

    A bar in which a session begins or ends lies inside and outside: the band ends within it. Days have neither.
    """
    if last <= first or timeframe_ms >= DAY_MS:
        return [], []
    day, final = (_date_of(NEW_YORK.ms(int(starts[at]))) for at in (first, last - 1))
    bands: list[Band] = []
    breaks: list[int] = []
    if day is None or final is None or (final - day).days > _MOST_SHADED_DAYS * 7 // 5:
        return bands, breaks
    while day <= final:
        session = sessions.times(day)
        if session is not None:
            bounds = (session.pre_ms, session.open_ms, session.close_ms, session.post_ms)
            begin, _, _, end = after = (first + np.searchsorted(starts[first:last], bounds)).tolist()
            edges = [_within(starts, at, bound, first, timeframe_ms) for at, bound in zip(after, bounds, strict=True)]
            bands += [Band(a, b) for a, b in (edges[:2], edges[2:]) if b > a]
            if first < begin < last and end > begin:
                breaks.append(begin)
        day += timedelta(days=1)
    return bands, breaks


def _within(starts: Ints, at: int, ms: int, first: int, timeframe_ms: int) -> float:
    """Position of an instant among bars, of which bar `at` is the first that starts no earlier."""
    before = int(starts[at - 1]) if at > first else ms - timeframe_ms
    return at - 1 + (ms - before) / timeframe_ms if ms - before < timeframe_ms else float(at)
