"""Trading sessions: pre, regular, post, pauses, holidays, half days, trade dates (market rules 4.1, 4.2, 4.3).

US stock exchanges, India's NSE and the equity-index futures of CME Globex, each in its exchange's time zone.
Intervals are half-open, [start, end). Outside its table a calendar guesses nothing: the state is "unknown".
`market_state`, `trade_date` and `hms` are called per frame and per signal, so each remembers the stretch of time it
answered last; a remembered answer costs a fraction of a µs.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from live_monitor.engine.market.calendar_table import CalendarTable
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


class _Day(NamedTuple):
    """One trade date: the instants [start_ms, end_ms) that belong to it."""

    start_ms: int
    end_ms: int
    day: date
    known: bool
    times: SessionTimes | None
    pauses: tuple[tuple[int, int], ...]


#: Answers nothing: an empty stretch, so that the first question is looked up.
_NO_DAY: Final = _Day(0, 0, date.min, False, None, ())


class Calendar:
    """Answers where in the trading day an instant lies.

    Instants are ms since the epoch, of the window that `limits` accepts (1980 to 2100). Any thread:
    what is remembered is replaced as a whole.
    """

    def __init__(self, table: CalendarTable) -> None:
        #: As a person reads it, for example "US equities".
        self.name: Final = table.name
        self.zone: Final = table.zone
        self._table = table
        self._days: dict[date, SessionTimes | None] = {}
        self._current = _NO_DAY
        self._sessions: list[date] = []

    def knows(self, day: date) -> bool:
        """True where the table covers `day`, trading day or not."""
        return self._table.knows(day)

    def span(self, day: date) -> tuple[int, int]:
        """[start_ms, end_ms) of the trade date `day`, in ms UTC: midnight to midnight, or 18:00 to 18:00 on CME Globex.

        The spans of consecutive dates partition time, whether or not the table knows them; 23 or 25 hours long
        where the clocks change. `trade_date` of every instant of a span is its day.
        """
        begins = self._table.begins
        return begins.on(day, self.zone), begins.on(day + timedelta(days=1), self.zone)

    def times(self, day: date) -> SessionTimes | None:
        """Edges of the sessions of `day`; None on days without one, and outside the table (see `knows`)."""
        try:
            return self._days[day]
        except KeyError:
            if not self.knows(day):
                return None
            hours = self._table.hours(day)
            found = None if hours is None else SessionTimes(*(edge.on(day, self.zone) for edge in hours[:4]))
            self._days[day] = found
            return found

    def pauses(self, day: date) -> tuple[tuple[int, int], ...]:
        """Stretches [start_ms, end_ms) of the regular session of `day` in which nothing trades; rarely any."""
        hours = self._table.hours(day)
        if hours is None:
            return ()
        return tuple((begins.on(day, self.zone), ends.on(day, self.zone)) for begins, ends in hours.pauses)

    def _day(self, ms: int) -> _Day:
        current = self._current
        if current.start_ms <= ms < current.end_ms:
            return current
        day = self.to_local(ms).date()
        start, end = self.span(day)
        if ms >= end:  # the evening belongs to the next trade date
            day += timedelta(days=1)
            start, end = self.span(day)
        found = self._current = _Day(start, end, day, self.knows(day), self.times(day), self.pauses(day))
        return found

    def market_state(self, ms: int) -> MarketState:
        """State of the market at `ms`: "closed" also in a pause of the session, "unknown" outside the table."""
        _, _, _, known, times, pauses = self._day(ms)
        if times is None:
            return "closed" if known else "unknown"
        pre, opens, closes, post = times
        if ms < opens:
            return "pre" if ms >= pre else "closed"
        if ms < closes:
            return "closed" if pauses and any(begins <= ms < ends for begins, ends in pauses) else "open"
        return "post" if ms < post else "closed"

    def trade_date(self, ms: int) -> date:
        """The day to which a print at `ms` belongs: the date in the exchange's zone; on CME Globex the day on which
        the session ends, so that Sunday 18:00 is Monday.

        Kept in one place because the announced night session of US stocks gives 21:00 to midnight to the next
        trading day (market rules 4.1): never take a date from a time yourself. It may be a day without a session.
        """
        return self._day(ms).day

    def session_bounds(self, ms: int) -> SessionTimes | None:
        """Edges of the sessions of the trade date of `ms`; None when it has none or is not known."""
        return self._day(ms).times

    def previous_session(self, day: date) -> date | None:
        """The last trading day before `day`; None where the table does not reach, or has an unknown day between."""
        sessions = self._session_days()
        index = bisect_left(sessions, day) - 1
        if index < 0 or self._doubtful(sessions[index], day):
            return None
        return sessions[index] if self._table.first < day <= self._table.last + timedelta(days=1) else None

    def next_session(self, day: date) -> date | None:
        """The first trading day after `day`; None where the table does not reach, or has an unknown day between."""
        sessions = self._session_days()
        index = bisect_right(sessions, day)
        if index == len(sessions) or self._doubtful(day, sessions[index]):
            return None
        return sessions[index] if self._table.first - timedelta(days=1) <= day < self._table.last else None

    def _doubtful(self, after: date, before: date) -> bool:
        return any(after < day < before for day in self._table.unknown)

    def _session_days(self) -> list[date]:
        """Every trading day of the table, ascending; made when first asked for."""
        if not self._sessions:
            table = self._table
            every = (table.first + timedelta(days=count) for count in range((table.last - table.first).days + 1))
            self._sessions = [day for day in every if table.hours(day) is not None]
        return self._sessions

    def to_local(self, ms: int) -> datetime:
        """The aware date and time of `ms` in the exchange's zone, whatever zone the machine is in."""
        return (_EPOCH + ms * _MILLISECOND).astimezone(self.zone)

    def to_new_york(self, ms: int) -> datetime:
        """The aware New York date and time of `ms`, whatever zone the machine is in."""
        return (_EPOCH + ms * _MILLISECOND).astimezone(NEW_YORK)


@cache
def us_equities() -> Calendar:
    """The calendar of US stock exchanges, 2007 to 2030; the packaged table is read once per process."""
    return _packaged("us_equities")


@cache
def nse_equities() -> Calendar:
    """The calendar of stocks of India's NSE, 2007 to the end of the published list of holidays."""
    return _packaged("nse_equities")


@cache
def cme_equity_futures() -> Calendar:
    """The calendar of equity-index futures on CME Globex (ES, NQ), from 2012-11-19, when today's trading day began."""
    return _packaged("cme_equity_futures")


def _packaged(name: str) -> Calendar:
    return Calendar(CalendarTable.load(resource_path("calendars", f"{name}.json")))


#: ES, /ES, ES=F; ESZ6, /ESZ26, ESZ2026 with the codes of the quarterly months.
_CME_SYMBOL: Final = re.compile(r"/?(?:ES|NQ)(?:=F|[HMUZ]\d{1,2}|[HMUZ]20\d\d)?")


def calendar_for(symbol: str) -> Calendar:
    """The calendar that `symbol` trades by, told from its spelling alone.

    `.NS` is India's NSE; ES, NQ (also /ES, ES=F and contract months such as ESZ6) are CME Globex; all else is taken
    for a US stock. Costs about a µs: ask once per symbol. Any thread.

    Pitfalls: the stock ES (Eversource Energy) is spelled like the future and gets the calendar of CME, so a caller
    that knows its feed to be US stocks asks `us_equities` itself. Other futures (MES, /CL, YM), options, crypto and
    stocks of other countries (`.BO`, `.L`) get the US calendar although they keep other hours. The calendars differ
    in zone, in where a trade date begins and in the days that they know: never mix spans of two of them, and expect
    `times` to be None on days whose span is full of bars (unknown days, the years before a table).
    """
    if symbol.endswith(".NS"):
        return nse_equities()
    return cme_equity_futures() if _CME_SYMBOL.fullmatch(symbol) else us_equities()


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
