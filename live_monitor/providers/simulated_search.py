"""Questions about the past of the simulated market, answered day by day, newest first (`ports.PastSearch`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final, NamedTuple

from live_monitor.data.models.market_data import Aggregate
from live_monitor.data.models.timeframe import DAY
from live_monitor.ports import PastPage
from live_monitor.providers.simulated_bars import Cells
from live_monitor.providers.simulated_day import SymbolDay
from live_monitor.providers.simulated_level1 import bars_of
from live_monitor.providers.simulated_past import DaySum, PastDays
from live_monitor.providers.simulated_sessions import Session, Sessions
from live_monitor.providers.simulated_universe import POINTS

DAY_MS: Final = DAY.nominal_ms
#: Days that are made ahead of the next question: two pages of minutes, the rest of a day of seconds.
_AHEAD_OF_MINUTES, _AHEAD_OF_SECONDS = 6, 2


class Question(NamedTuple):
    """The newest `limit` bars of `width_ms` that start before `end_ms` and ended by `now_ms`."""

    symbol: str
    width_ms: int
    now_ms: int
    end_ms: int
    limit: int


class SimulatedSearch:
    """Looks at one day after the other, from the newest on. One thread, that of the market.

    The day that is still going on is looked at again when the page is taken: what was reported late meanwhile has been
    streamed already, and an older page must not undo it.
    """

    def __init__(self, question: Question, sessions: Sessions, past: PastDays, floor: date, today: Today) -> None:
        self._question = question
        self._sessions = sessions
        self._past = past
        self._floor = floor
        self._today = today
        #: The day to look at next; None when there is none.
        self._next: Session | None = self._first()
        #: Days looked at, the newest first, and the bars found on them.
        self._found: list[tuple[Session, list[Aggregate]]] = []
        self._count = 0
        #: The oldest day looked at has older bars, which were not asked for.
        self._cut = False
        self._held: SymbolDay | None = None

    def _first(self) -> Session | None:
        question = self._question
        last_ms = min(question.now_ms, question.end_ms - 1)
        if question.limit <= 0 or last_ms < self._sessions.span(self._floor)[0]:
            return None
        session = self._sessions.until(last_ms)
        return session if session.day >= self._floor else None

    def step(self) -> bool:
        """Looks at a day that is made already, or does a piece of the one that is not; True when that was the last."""
        session = self._next
        if session is None:
            return True
        part = self._look_at(session, self._question.limit - self._count)
        if part is None:
            self._held = self._past.making(self._question.symbol, session)
            self._past.step(self._question.symbol, self._held)
            return False
        self._held = None
        bars, self._cut = part
        self._found.append((session, bars))
        self._count += len(bars)
        if session.day > self._floor and self._count < self._question.limit:
            self._next = self._sessions.on(session.previous)
            return False
        self._next = None
        self._look_ahead(session)
        return True

    def page(self) -> PastPage | None:
        """The bars of the days looked at so far; whole days but for the last one."""
        question = self._question
        if self._next is not None and not self._count:
            return None
        if not self._found:
            return PastPage([], False, question.end_ms)
        days = list(self._found)
        newest, bars = days[0]
        if bars and self._is_going_on(newest):
            again = self._look_at(newest, len(bars))
            assert again is not None, "a day that goes on is always at hand"
            days[0] = (newest, again[0])
        found = [bar for _, part in reversed(days) for bar in part]
        oldest = days[-1][0]
        if self._next is not None:
            # Who takes a part will ask for the rest.
            self._look_ahead(oldest)
        from_ms = found[0].start_ms if self._cut else self._sessions.span(oldest.day)[0]
        return PastPage(found, self._cut or oldest.day > self._floor, min(from_ms, question.end_ms))

    def _is_going_on(self, session: Session) -> bool:
        return session.end_ms > self._question.now_ms

    def _look_at(self, session: Session, limit: int) -> tuple[list[Aggregate], bool] | None:
        """The newest bars of a day, at most `limit`, and whether it has older ones; None when it is not made yet."""
        question = self._question
        if question.width_ms == DAY_MS:
            return self._day_bar(session)
        seconds = question.width_ms // 1000
        if self._is_going_on(session):
            cells, opened = self._today(question.symbol, session)
        else:
            known = self._past.cells(question.symbol, session, bool(seconds % 60))
            row = self._past.sum(question.symbol, session)
            if known is None or row is None:
                return None
            cells, opened = known, (row.totals.open, row.totals.open_ms)
        before_ms = min(question.now_ms - question.width_ms + 1, question.end_ms)
        return bars_of(question.symbol, session, cells, opened, seconds, before_ms, limit)

    def _day_bar(self, session: Session) -> tuple[list[Aggregate], bool] | None:
        question = self._question
        start_ms, end_ms = self._sessions.span(session.day)
        if end_ms > question.now_ms or start_ms >= question.end_ms:
            return [], False
        row = self._past.sum(question.symbol, session)
        return None if row is None else ([day_bar(question.symbol, (start_ms, end_ms), row)], False)

    def _look_ahead(self, session: Session) -> None:
        """Wishes for the days that scrolling on would need, beginning with the one that is half made."""
        seconds = bool(self._question.width_ms % 60_000)
        days = _AHEAD_OF_SECONDS if seconds else _AHEAD_OF_MINUTES
        before = list(self._before(session, days))
        self._past.wish(self._question.symbol, before, seconds=seconds, urgent=True, begun=self._held)

    def _before(self, session: Session, days: int) -> Iterator[Session]:
        for _ in range(days):
            if session.day <= self._floor:
                return
            session = self._sessions.on(session.previous)
            yield session


#: Cells of the day that is going on, as of now, and its official open: price in points and time, (0, 0) before.
Today = Callable[[str, Session], tuple[Cells, tuple[int, int]]]


def day_bar(symbol: str, span: tuple[int, int], row: DaySum) -> Aggregate:
    """The bar of a day by the daily rules: prices of regular prints and auctions, volume of the whole day."""
    totals = row.totals
    first, high, low, close, opened = (
        points / POINTS for points in (totals.first, totals.high, totals.low, row.close, totals.open)
    )
    volume, vwap = float(totals.volume), totals.value / (totals.volume * POINTS)
    return Aggregate(symbol, *span, first, high, low, close, volume, vwap, row.trades, volume, opened, vwap)
