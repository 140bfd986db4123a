"""A believable, seeded market that never closes its books: the demo, the tests, the feed server's `sim`.

Nothing here keeps a past: every event is a pure function of (seed, symbol, date, block), so equal
seeds give equal bytes whatever the steps in which time is advanced, and a client that joins at
10:00 finds the morning already there. See docs/adr/0020-simulated-market.md.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial

import numpy as np
from numpy.typing import NDArray

from live_monitor.data.models.market_data import Aggregate, Event, Snapshot
from live_monitor.engine.market.sessions import Calendar, us_equities
from live_monitor.errors import StartError
from live_monitor.limits import MAX_SUBSCRIPTIONS, MAX_TIME_MS, valid_symbol
from live_monitor.ports import FoundPage, PastPage, PastSearch
from live_monitor.providers.simulated_bars import Cells
from live_monitor.providers.simulated_day import BlockCache, SymbolDay, day_grid, fine_block_s
from live_monitor.providers.simulated_identity import market_identity
from live_monitor.providers.simulated_level1 import snapshot
from live_monitor.providers.simulated_past import PastDays
from live_monitor.providers.simulated_path import OfficialCloses
from live_monitor.providers.simulated_search import Question, SimulatedSearch
from live_monitor.providers.simulated_sessions import Session, Sessions
from live_monitor.providers.simulated_tape import bar_events, quote_events, trade_events
from live_monitor.providers.simulated_universe import DEFAULT_SYMBOLS, profile_for

#: Friday 2026-11-20 10:00 New York.
DEFAULT_START_MS = 1_795_186_800_000
#: Sessions before that of the start whose bars `history` knows: a year.
HISTORY_SESSIONS = 252
#: Sessions without which a market cannot start, and that are made as soon as somebody watches a symbol.
_FRESH_SESSIONS = 2

#: Days that are kept as they are streamed: the one before, the present one, the next.
_DAYS_KEPT = 3

#: Events are made in slices of about this many, of at most this market time; of this many times
#: as much when the caller advances in longer steps.
_SLICE_EVENTS, _SLICE_MS, _HURRY = 2_500, 1_000, 60
#: Bars follow their prints by less than this.
_DRAIN_MS = 3_000


class SimulatedMarket:
    """`MarketSource` of a simulated market. One thread.

    `symbols`: any tickers, known ones have their own character (default: a dozen, the busiest
    first). `events_per_second`: average number of events at 10:00 over all symbols (default: about
    200); above that it holds from `start_ms` on. The constructor makes the morning up to
    `start_ms` (about 15 ms per symbol), so that `advance` never waits for it; memory is bounded.
    Raises StartError for arguments that cannot be used.
    """

    provider = "simulated"
    label = "SIMULATED"
    end_ms = 0

    def __init__(
        self,
        seed: int,
        symbols: Sequence[str] | None = None,
        start_ms: int = DEFAULT_START_MS,
        calendar: Calendar | None = None,
        events_per_second: float | None = None,
    ) -> None:
        chosen = tuple(dict.fromkeys(symbols)) if symbols else DEFAULT_SYMBOLS
        _check(seed, chosen, events_per_second)
        self.start_ms = start_ms
        self._seed = seed
        self._sessions = Sessions(us_equities() if calendar is None else calendar)
        self._profiles = {symbol: profile_for(symbol) for symbol in chosen}
        self.symbols = tuple(sorted(chosen, key=lambda symbol: -self._profiles[symbol].trades_per_second))
        natural = sum(profile.natural_rate for profile in self._profiles.values())
        self._scale = 1.0 if events_per_second is None else events_per_second / natural
        self._live_block_s = fine_block_s(
            self._profiles[self.symbols[0]].natural_rate * self._scale, natural * self._scale
        )
        self._slice_ms = min(max(int(_SLICE_EVENTS * 1000 / (natural * self._scale)), 5), _SLICE_MS)
        self.market = market_identity(seed, self._sessions.name, self._scale, self._live_block_s, start_ms)
        self._closes = {symbol: OfficialCloses(seed, profile) for symbol, profile in self._profiles.items()}
        self._cache = BlockCache()
        self._days: dict[date, dict[str, SymbolDay]] = {}
        self._now_ms = self._made_ms = start_ms - 1
        self._last_ms = MAX_TIME_MS
        session = self._sessions.until(start_ms)
        self._session: Session | None = session
        for _ in range(_FRESH_SESSIONS):  # a start without a past is refused here, not at the first chart
            session = self._sessions.on(session.previous)
        self._floor = self._sessions.first_of(self._session, HISTORY_SESSIONS)
        self._past = PastDays(self._day_over)
        self._ready: list[Event] = []
        self._ready_ms: list[int] = []
        self._given = 0
        self._ahead: deque[Callable[[], object]] = deque()
        self._ahead_of: tuple[date, int] | None = None
        self._watched: set[str] = set()
        self._make_slice(start_ms)

    def advance(self, until_ms: int) -> list[Event]:
        """Every event up to `until_ms` that was not given yet, in order; [] when time stands still."""
        if until_ms <= self._now_ms:
            return []
        given: list[Event] = []
        while True:
            stop = bisect_right(self._ready_ms, until_ms, self._given)
            given += self._ready[self._given : stop]
            self._given = stop
            if stop < len(self._ready) or self._made_ms >= until_ms:
                break
            self._make_slice(until_ms)
        self._now_ms = until_ms
        # What will be needed is made piece by piece, so that nothing has to wait for it when it is.
        if self._ahead:
            self._ahead.popleft()()
        else:
            self._past.work_ahead()
        return given

    def snapshot(self, symbol: str) -> Snapshot | None:
        """Level 1 of `symbol` as of the last `advance`; None for a symbol that is not traded here.

        Between sessions it is the final state of the last one.
        """
        if symbol not in self._profiles:
            return None
        session = self._present_session()
        if symbol not in self._watched:
            self._watched.add(symbol)
            self._look_back(symbol, session)
        return snapshot(symbol, self._day(symbol, session), self._now_ms)

    def history(self, symbol: str, timeframe_ms: int, end_ms: int, limit: int) -> tuple[list[Aggregate], bool]:
        """The newest `limit` bars that start before `end_ms` and ended by the last `advance`, oldest first.

        They are what the prints reported so far add up to, with counts, back over a year of sessions; and whether older
        ones exist. Any whole number of seconds is a timeframe, with windows aligned to the epoch; 86,400 are a day,
        which the exchange's midnights bound (`simulated_search.day_bar`).
        """
        search = self.search(symbol, timeframe_ms, end_ms, limit)
        while not search.step():
            pass
        page = search.page()
        return ([], False) if page is None else (page.bars, page.more)

    def search(self, symbol: str, timeframe_ms: int, end_ms: int, limit: int) -> PastSearch:
        """The same in pieces of some milliseconds; a day that is over takes up to 80 ms in all the first time."""
        if symbol not in self._profiles or timeframe_ms <= 0 or timeframe_ms % 1000 or limit <= 0:
            return FoundPage(PastPage([], False, end_ms))
        question = Question(symbol, timeframe_ms, min(self._now_ms, self._last_ms), end_ms, limit)
        return SimulatedSearch(question, self._sessions, self._past, self._floor, self._cells_today)

    def _cells_today(self, symbol: str, session: Session) -> tuple[Cells, tuple[int, int]]:
        """Cells and official open of a day that goes on, as of the last `advance`."""
        day = self._day(symbol, session)
        now = self._now_ms - session.origin_ms
        return day.cells_until(now), day.official_open_by(now)

    def _day_over(self, symbol: str, session: Session) -> SymbolDay:
        """A day to be added up: the one that was streamed, where it is still here."""
        known = self._days.get(session.day, {}).get(symbol)
        return self._new_day(symbol, session) if known is None else known

    def _present_session(self) -> Session:
        """The last session that began; for ever the last one of the calendar where that ends."""
        return self._sessions.until(min(self._now_ms, self._last_ms))

    def _day(self, symbol: str, session: Session) -> SymbolDay:
        days = self._days.get(session.day)
        if days is None:
            days = self._days[session.day] = {}
            for old in sorted(self._days)[:-_DAYS_KEPT]:
                del self._days[old]
        day = days.get(symbol)
        if day is None:
            day = days[symbol] = self._new_day(symbol, session)
        return day

    def _new_day(self, symbol: str, session: Session) -> SymbolDay:
        live_from_s = max((self.start_ms - session.origin_ms) // 60_000 * 60, 0)
        grid = day_grid(session, self._scale, live_from_s, self._live_block_s)
        return SymbolDay(self._seed, self._profiles[symbol], self._closes[symbol], session, grid, self._cache)

    def _make_slice(self, until_ms: int) -> None:
        """Makes the events of the next slice of market time, which starts after `_made_ms`."""
        session = self._session
        if session is not None and self._made_ms >= session.end_ms + _DRAIN_MS:
            for day in self._days.get(session.day, {}).values():
                day.forget_path()
            session = self._session = self._sessions.after(session)
            if session is None:
                self._last_ms = self._made_ms
        self._ready, self._ready_ms, self._given = [], [], 0
        if session is None or until_ms < session.origin_ms:
            self._made_ms = until_ms
            return
        after = max(self._made_ms, session.origin_ms - 1)
        # A caller in a hurry gets long slices, one that follows the clock short ones, so that none stalls it.
        length = min(max(until_ms - after, self._slice_ms), self._slice_ms * _HURRY)
        self._made_ms = min(after + length, session.end_ms + _DRAIN_MS)
        low, high = after - session.origin_ms, self._made_ms - session.origin_ms
        events: list[Event] = []
        times = []
        for symbol in self.symbols:
            for when, made in _events_between(symbol, self._day(symbol, session), low, high):
                times.append(when)
                events += made
        if events:
            moments = np.concatenate(times).astype(np.int64) + session.origin_ms
            order = np.argsort(moments, kind="stable")
            self._ready_ms = moments[order].tolist()
            self._ready = [events[index] for index in order.tolist()]
        self._look_ahead(session, high)

    def _look_ahead(self, session: Session, now: int) -> None:
        """Notes what the next block needs; `advance` does one piece each time, so that none takes long."""
        index = self._day(self.symbols[0], session).index_at(now // 1000)
        if self._ahead_of == (session.day, index):
            return
        self._ahead_of = (session.day, index)
        self._ahead.clear()
        following = index + 1
        if following == len(self._day(self.symbols[0], session).grid):
            tomorrow = self._sessions.after(session)
            if tomorrow is None:
                return
            session, following = tomorrow, 0
        for symbol in self.symbols:
            day = self._day(symbol, session)
            self._ahead += [partial(day.flow, following), partial(day.tape, following), partial(day.rows, following)]

    def _look_back(self, symbol: str, session: Session) -> None:
        """Notes the history of a symbol that somebody watches: its chart is likely to be asked for."""
        before = [self._sessions.on(session.previous)]
        for _ in range(_FRESH_SESSIONS - 1):
            before.append(self._sessions.on(before[-1].previous))
        self._past.wish(symbol, before, seconds=False)


def _events_between(
    symbol: str, day: SymbolDay, low: int, high: int
) -> Iterator[tuple[NDArray[np.signedinteger], list[Event]]]:
    """Times and events after `low` and up to `high` (ms since 04:00): quotes, prints, bars."""
    origin = day.session.origin_ms
    first, last = day.index_at(max(low, 0) // 1000), day.index_at(high // 1000)
    for index in range(first, last + 1):
        flow, shown = day.flow(index), day.tape(index)
        if flow.last_s * 1000 > low:
            yield quote_events(symbol, origin, flow, shown, _window(flow.quote_ms, low, high))
            yield trade_events(symbol, origin, flow, shown, _window(flow.given_ms, low, high))
    for index in range(day.index_at(max(low - _DRAIN_MS, 0) // 1000), last + 1):
        rows = day.rows(index)
        yield bar_events(symbol, origin, rows, _window(rows.given_ms, low, high))


def _window(times: NDArray[np.signedinteger], low: int, high: int) -> slice:
    """Rows whose time is after `low` and up to `high`."""
    return slice(int(np.searchsorted(times, low, "right")), int(np.searchsorted(times, high, "right")))


def _check(seed: int, symbols: Sequence[str], events_per_second: float | None) -> None:
    if seed < 0:
        raise StartError(f"A seed of {seed} cannot be used.", "Give a whole number from 0 up.")
    if len(symbols) > MAX_SUBSCRIPTIONS:
        raise StartError(f"{len(symbols)} tickers are too many.", f"Name at most {MAX_SUBSCRIPTIONS}.")
    for symbol in symbols:
        if not valid_symbol(symbol):
            raise StartError(f"“{symbol}” is not a ticker.", "Write tickers like AAPL,MSFT.")
    if events_per_second is not None and not 0.0 < events_per_second <= 10_000_000.0:
        raise StartError(f"A rate of {events_per_second} events per second cannot be used.", "Give a number above 0.")
