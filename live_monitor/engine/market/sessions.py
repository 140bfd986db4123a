"""Trading sessions of US equities: pre, regular, post, holidays, half days; all New York (market rules 4.1, 4.2).

Intervals are half-open, [start, end). Outside the years of the table nothing is guessed: the state
is "unknown". `market_state`, `trade_date` and `hms` are called per frame and per signal, so each
remembers the stretch of time it answered last; a remembered answer costs a fraction of a µs.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Self
from zoneinfo import ZoneInfo

from msgspec import Struct

from live_monitor.resources import resource_path

#: "overnight" is reserved for the night session that exchanges announced; nothing returns it yet (market rules 4.1).
MarketState = Literal["pre", "open", "post", "closed", "overnight", "unknown"]

NEW_YORK: Final = ZoneInfo("America/New_York")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 24 * _HOUR_MS
_MINUTES: Final = tuple(f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(24 * 60))
_SECONDS: Final = tuple(f":{second:02d}" for second in range(60))


class SessionTimes(NamedTuple):
    """Edges of one trading day in ms UTC: pre begins, regular opens, regular closes, post ends."""

    pre_ms: int
    open_ms: int
    close_ms: int
    post_ms: int


class Hours(NamedTuple):
    """The same edges as New York wall-clock times."""

    pre: time
    open: time
    close: time
    post: time


class CalendarTable(Struct, frozen=True):
    """What a calendar is made of: the days it covers, and which of them differ from a normal weekday."""

    name: str
    zone: ZoneInfo
    first: date
    last: date
    normal: Hours
    half: Hours
    closed: frozenset[date]
    half_days: frozenset[date]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads the JSON that `script/generate_sessions.py` writes. Raises OSError, ValueError, KeyError."""
        raw = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            name=raw["name"],
            zone=ZoneInfo(raw["timezone"]),
            first=date.fromisoformat(raw["first"]),
            last=date.fromisoformat(raw["last"]),
            normal=_hours(raw["hours"]["normal"]),
            half=_hours(raw["hours"]["half"]),
            closed=frozenset(_days(raw["closed"])),
            half_days=frozenset(_days(raw["half_days"])),
        )


def _hours(raw: Mapping[str, Any]) -> Hours:
    return Hours(*(time.fromisoformat(raw[name]) for name in Hours._fields))


def _days(by_year: Mapping[str, list[str]]) -> list[date]:
    return [date.fromisoformat(f"{year}-{day}") for year, days in by_year.items() for day in days]


class _Day(NamedTuple):
    """One New York calendar day: the instants [start_ms, end_ms) from midnight to midnight."""

    start_ms: int
    end_ms: int
    day: date
    known: bool
    times: SessionTimes | None


#: Answers nothing: an empty stretch, so that the first question is looked up.
_NO_DAY: Final = _Day(0, 0, date.min, False, None)


class Calendar:
    """Answers where in the trading day an instant lies.

    Instants are ms since the epoch, of the window that `limits` accepts (1980 to 2100). Any thread:
    what is remembered is replaced as a whole.
    """

    def __init__(self, table: CalendarTable) -> None:
        self.name: Final = table.name
        self.zone: Final = table.zone
        self._table = table
        self._days: dict[date, SessionTimes | None] = {}
        self._current = _NO_DAY
        self._sessions: list[date] = []

    def knows(self, day: date) -> bool:
        """True where the table covers `day`, trading day or not."""
        return self._table.first <= day <= self._table.last

    def span(self, day: date) -> tuple[int, int]:
        """[start_ms, end_ms) of the trade date `day`, in ms UTC.

        The spans of consecutive dates partition time, whether or not the table knows them; 23 or 25 hours long
        where the clocks change. `trade_date` of every instant of a span is its day.
        """
        start, end = (_ms(datetime.combine(each, time.min, self.zone)) for each in (day, day + timedelta(days=1)))
        return start, end

    def times(self, day: date) -> SessionTimes | None:
        """Edges of the sessions of `day`; None on weekends and holidays, and outside the table (see `knows`)."""
        try:
            return self._days[day]
        except KeyError:
            if not self.knows(day):
                return None
            found = self._days[day] = self._times(day)
            return found

    def _times(self, day: date) -> SessionTimes | None:
        table = self._table
        if day.weekday() >= 5 or day in table.closed:
            return None
        hours = table.half if day in table.half_days else table.normal
        return SessionTimes(*(_ms(datetime.combine(day, edge, self.zone)) for edge in hours))

    def _day(self, ms: int) -> _Day:
        current = self._current
        if current.start_ms <= ms < current.end_ms:
            return current
        day = self.to_local(ms).date()
        found = self._current = _Day(*self.span(day), day, self.knows(day), self.times(day))
        return found

    def market_state(self, ms: int) -> MarketState:
        """State of the market at `ms`; "unknown" outside the table."""
        _, _, _, known, times = self._day(ms)
        if times is None:
            return "closed" if known else "unknown"
        pre, opens, closes, post = times
        if ms < opens:
            return "pre" if ms >= pre else "closed"
        if ms < closes:
            return "open"
        return "post" if ms < post else "closed"

    def trade_date(self, ms: int) -> date:
        """The day to which a print at `ms` belongs: today the date in New York.

        Kept in one place because the announced night session gives 21:00 to midnight to the next
        trading day (market rules 4.1): never take a date from a time yourself.
        """
        return self._day(ms).day

    def session_bounds(self, ms: int) -> SessionTimes | None:
        """Edges of the sessions of the trade date of `ms`; None when it has none or is not known."""
        return self._day(ms).times

    def previous_session(self, day: date) -> date | None:
        """The last trading day before `day`; None where the table does not reach."""
        sessions = self._session_days()
        index = bisect_left(sessions, day)
        return sessions[index - 1] if index > 0 and self.knows(day - timedelta(days=1)) else None

    def next_session(self, day: date) -> date | None:
        """The first trading day after `day`; None where the table does not reach."""
        sessions = self._session_days()
        index = bisect_right(sessions, day)
        return sessions[index] if index < len(sessions) and self.knows(day + timedelta(days=1)) else None

    def _session_days(self) -> list[date]:
        """Every trading day of the table, ascending; made when first asked for."""
        if not self._sessions:
            table = self._table
            every = (table.first + timedelta(days=count) for count in range((table.last - table.first).days + 1))
            self._sessions = [day for day in every if day.weekday() < 5 and day not in table.closed]
        return self._sessions

    def to_local(self, ms: int) -> datetime:
        """The aware date and time of `ms` in the exchange's zone, whatever zone the machine is in."""
        return (_EPOCH + ms * _MILLISECOND).astimezone(self.zone)

    def to_new_york(self, ms: int) -> datetime:
        """The aware New York date and time of `ms`, whatever zone the machine is in."""
        return (_EPOCH + ms * _MILLISECOND).astimezone(NEW_YORK)


def _ms(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND


@cache
def us_equities() -> Calendar:
    """The calendar of US stock exchanges, 2007 to 2030; the packaged table is read once per process."""
    return Calendar(CalendarTable.load(resource_path("calendars", "us_equities.json")))


class _Offset(NamedTuple):
    """New York minus UTC during one hour of UTC; it changes on whole hours only."""

    hour: int
    ms: int


class _NewYorkClock:
    """Remembers the offset of the hour asked about last."""

    def __init__(self) -> None:
        self._offset = _Offset(-(2**63), 0)

    def __call__(self, ms: int) -> str:
        hour = ms // _HOUR_MS
        offset = self._offset
        if hour != offset.hour:
            offset = self._offset = _Offset(hour, _utc_offset_ms(hour * _HOUR_MS))
        second = (ms + offset.ms) % _DAY_MS // 1_000
        return _MINUTES[second // 60] + _SECONDS[second % 60]


def _utc_offset_ms(ms: int) -> int:
    shift = (_EPOCH + ms * _MILLISECOND).astimezone(NEW_YORK).utcoffset()
    assert shift is not None  # NEW_YORK always has one
    return shift // _MILLISECOND


_clock = _NewYorkClock()


def hms(ms: int) -> str:
    """New York wall-clock time `HH:MM:SS` of `ms` (1980 to 2100). Any thread."""
    return _clock(ms)
