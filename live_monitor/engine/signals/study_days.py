"""Which bars of a series count for a study of the trading day, and of which days that can be said at all.

A number "of the day" is only true when the day's bars are there from its beginning. Where they are not (the series
begins at noon, a bar reaches over the open) the day is left out: nothing is said rather than something false.
"""

from __future__ import annotations

import copy
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from live_monitor.engine.market.bar_series import MINUTE_MS, Bar, BarColumns
from live_monitor.engine.market.sessions import Calendar

#: A day whose first bar starts so soon after the open has been seen from its beginning.
_SOON_MS: Final = MINUTE_MS
#: A first bar so late that more than half of the shares came before: bars are missing. Thin stocks begin late too,
#: but with few shares before.
_LATE_MS: Final = 30 * MINUTE_MS
_MOST: Final = 0.5
#: Shares that may be missing of the volume of the day, for it is a sum of floats.
_ROUNDING: Final = 1e-6
_SOUND: Final = ""
_NOT_LOADED: Final = "the day is not loaded from its beginning"
_REACHES_OVER: Final = "bars reach over the open"
#: Days whose soundness is remembered: a correction may lead back to the one before.
_DAYS_KEPT: Final = 8


_LONGEST_REST: Final = 14


class DayPart(NamedTuple):
    """Bars `first` to `last` (exclusive) are of one trading day, and `begin` to `end` of those count.

    `number` rises from day to day; `open_ms`: when bars begin to count.
    """

    number: int
    first: int
    last: int
    begin: int
    end: int
    open_ms: int


class Place(NamedTuple):
    """Where one bar stands."""

    number: int
    counts: bool
    open_ms: int


class _Edges(NamedTuple):
    """A trading day [`start_ms`, `end_ms`) whose bars count when they start in [`open_ms`, `close_ms`)."""

    number: int
    start_ms: int
    end_ms: int
    open_ms: int
    close_ms: int


_NONE: Final = _Edges(0, 0, 0, 0, 0)


@lru_cache(maxsize=16_384)
def _edges_of(calendar: Calendar, day: date, regular: bool) -> _Edges:
    start, end = calendar.span(day)
    times = calendar.times(day)
    if not regular:
        return _Edges(day.toordinal(), start, end, start if times is None else times.pre_ms, end)
    if times is None:
        return _Edges(day.toordinal(), start, end, end, end)
    return _Edges(day.toordinal(), start, end, times.open_ms, times.close_ms)


class StudyDays:
    """Follows the bars of one series through its trading days, one by one or as columns. One thread.

    `regular`: only bars of the regular session count, else all of the day's.
    """

    def __init__(self, calendar: Calendar, timeframe_ms: int, *, regular: bool) -> None:
        self._calendar = calendar
        self._timeframe_ms = timeframe_ms
        self._regular = regular
        self._edges = _NONE
        self._oldest: int | None = None
        #: By day, why it is left out; `_SOUND` where it counts.
        self._doubts: dict[int, str] = {}

    def __deepcopy__(self, memo: dict[int, object]) -> StudyDays:
        """A state of its own over the same calendar, which never changes and is large."""
        made = copy.copy(self)
        made._doubts = dict(self._doubts)
        return made

    @property
    def number(self) -> int:
        """The day of the newest bar; 0 before the first."""
        return self._edges.number

    @property
    def doubt(self) -> str:
        """Why the day of the newest bar is left out, in a few words; empty when it counts."""
        return self._doubts.get(self._edges.number, _SOUND)

    def place(self, bar: Bar) -> Place:
        """Where `bar` stands; bars ascend, but the same or an earlier one may be asked about again."""
        start = bar.start_ms
        edges = self._at(start)
        if not edges.open_ms <= start < edges.close_ms:
            if self._reaches_over(start, edges):
                self._doubts[edges.number] = _REACHES_OVER
            return Place(edges.number, False, edges.open_ms)
        if edges.number not in self._doubts:
            self._decide(edges, start, bar.volume, bar.cumulative_volume)
        return Place(edges.number, not self._doubts[edges.number], edges.open_ms)

    def parts(self, bars: BarColumns) -> list[DayPart]:
        """The days of `bars`, ascending. Rows of days that are left out do not count."""
        starts, first, found = bars.start_ms, 0, []
        while first < bars.length:
            edges = self._at(int(starts[first]))
            last = first + int(np.searchsorted(starts[first:], edges.end_ms))
            begin, end = (
                first + int(at) for at in np.searchsorted(starts[first:last], (edges.open_ms, edges.close_ms))
            )
            if begin > first and self._reaches_over(int(starts[begin - 1]), edges):
                self._doubts[edges.number] = _REACHES_OVER
            if begin < end:
                if edges.number not in self._doubts:
                    self._decide(
                        edges, *(float(column[begin]) for column in (starts, bars.volume, bars.cumulative_volume))
                    )
                if self._doubts[edges.number]:
                    end = begin
            found.append(DayPart(edges.number, first, last, begin, end, edges.open_ms))
            first = last
        return found

    def follows(self, number: int, before: int) -> bool:
        """True unless a trading day is known to lie between the days `before` and `number`."""
        between = range(before + 1, number)
        # No exchange rests for so long; and nothing is looked up in a loop without end.
        return len(between) < _LONGEST_REST and not any(self._calendar.times(date.fromordinal(day)) for day in between)

    def _at(self, ms: int) -> _Edges:
        edges = self._edges
        if edges.start_ms <= ms < edges.end_ms:
            return edges
        # Mostly the next day but a weekend.
        for _ in range(4):
            if not edges.number or ms < edges.end_ms:
                break
            edges = self._of(date.fromordinal(edges.number) + timedelta(days=1))
        if not edges.start_ms <= ms < edges.end_ms:
            edges = self._of(self._calendar.trade_date(ms))
        self._edges = edges
        if self._oldest is None:
            self._oldest = edges.number
        return edges

    def _of(self, day: date) -> _Edges:
        return _edges_of(self._calendar, day, self._regular)

    def _reaches_over(self, start_ms: int, edges: _Edges) -> bool:
        """True for a bar with prints from before and from after the open, which cannot be told apart."""
        inside = edges.open_ms < edges.close_ms and start_ms < edges.open_ms < start_ms + self._timeframe_ms
        # Windows end where extended hours begin, but not at the open.
        return self._regular and inside

    def _decide(self, edges: _Edges, start_ms: float, volume: float, cumulative: float) -> None:
        """Whether the day's bars are there from its beginning, told from the first one that counts."""
        late_ms, missing = start_ms - edges.open_ms, cumulative - volume
        if late_ms <= _SOON_MS:
            sound = True
        elif edges.number == self._oldest:
            # Nothing older is loaded; only the day's own count of shares can say that there is nothing.
            sound = missing <= cumulative * _ROUNDING
        else:
            sound = not (late_ms > _LATE_MS and missing > cumulative * _MOST)
        self._doubts[edges.number] = _SOUND if sound else _NOT_LOADED
        while len(self._doubts) > _DAYS_KEPT:
            del self._doubts[next(iter(self._doubts))]
