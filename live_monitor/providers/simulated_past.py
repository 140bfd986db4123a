"""Days of the simulated market that are over: what they add up to, made piece by piece and kept within bounds.

A day is the sum of its prints, so there is no short way to it: one of the busiest symbol costs some 70 ms. It is made
in pieces of a few ms between the steps of the market, ahead of the questions that are likely to come; its minutes and
its totals are kept for long, its seconds for as long as there is room.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from typing import Final, Generic, NamedTuple, TypeVar
from weakref import WeakValueDictionary

from live_monitor.providers.simulated_bars import Cells, DayTotals, grouped, joined
from live_monitor.providers.simulated_day import SymbolDay
from live_monitor.providers.simulated_sessions import Session

#: Memory of the cells of seconds (1 MB a day of a busy symbol) and of minutes (40 KB); days of which totals are kept.
SECONDS_BYTES, MINUTES_BYTES, TOTALS_DAYS = 32_000_000, 48_000_000, 50_000
_CELL_BYTES: Final = 40
#: Days that may wait to be made ahead of questions; beyond it the oldest wishes go.
_WISHES: Final = 96
#: What `work_ahead` does at a time, in events.
_AHEAD_EVENTS: Final = 15_000

V = TypeVar("V")
Key = tuple[str, int]


class DaySum(NamedTuple):
    """A day in one row: `totals` of all its prints, the official close in points, how many prints have volume."""

    totals: DayTotals
    close: int
    trades: int


class _Shelf(Generic[V]):
    """Keeps what was used last, up to a total weight."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[Key, tuple[V, int]] = OrderedDict()
        self.weight = 0

    def get(self, key: Key) -> V | None:
        """What was put there, if it is still here."""
        entry = self._kept.get(key)
        if entry is None:
            return None
        self._kept.move_to_end(key)
        return entry[0]

    def put(self, key: Key, value: V, weight: int) -> None:
        """Keeps `value`; never drops the one just given."""
        self.weight += weight - self._kept.pop(key, (None, 0))[1]
        self._kept[key] = (value, weight)
        while self.weight > self._limit and len(self._kept) > 1:
            self.weight -= self._kept.popitem(last=False)[1][1]


class _Wish(NamedTuple):
    symbol: str
    session: Session
    seconds: bool


class PastDays:
    """Sums of the days that are over, of all symbols. One thread.

    `day_of` makes a symbol's day with nothing of it made, or gives the one that was streamed.
    """

    def __init__(self, day_of: Callable[[str, Session], SymbolDay]) -> None:
        self._day_of = day_of
        self._seconds: _Shelf[Cells] = _Shelf(SECONDS_BYTES)
        self._minutes: _Shelf[Cells] = _Shelf(MINUTES_BYTES)
        self._sums: _Shelf[DaySum] = _Shelf(TOTALS_DAYS)
        self._making: WeakValueDictionary[Key, SymbolDay] = WeakValueDictionary()
        self._wishes: deque[_Wish] = deque()
        self._held: SymbolDay | None = None

    def sum(self, symbol: str, session: Session) -> DaySum | None:
        """The row of a day; None while it is not made."""
        return self._sums.get(_key(symbol, session))

    def cells(self, symbol: str, session: Session, seconds: bool) -> Cells | None:
        """Final cells of seconds, or else of minutes; None while they are not made."""
        shelf = self._seconds if seconds else self._minutes
        return shelf.get(_key(symbol, session))

    def making(self, symbol: str, session: Session) -> SymbolDay:
        """A day to be made by `step`; to be held until it is, or its pieces are lost."""
        key = _key(symbol, session)
        found = self._making.get(key)
        if found is None:
            found = self._making[key] = self._day_of(symbol, session)
        return found

    def step(self, symbol: str, day: SymbolDay) -> int:
        """Does one piece, some milliseconds at most; what it took, in events. The last one keeps the sums."""
        cost = day.add_up()
        if day.added_up:
            self._keep(_key(symbol, day.session), day)
        return cost

    def _keep(self, key: Key, day: SymbolDay) -> None:
        seconds = joined(day.cells_before(len(day.grid)))
        minutes = grouped(seconds, 60)
        self._seconds.put(key, seconds, _CELL_BYTES * len(seconds))
        self._minutes.put(key, minutes, _CELL_BYTES * len(minutes))
        totals = day.totals_before(len(day.grid))
        self._sums.put(key, DaySum(totals, day.close, int(minutes.trades.sum())), 1)
        self._making.pop(key, None)
        day.forget_path()

    def wish(
        self,
        symbol: str,
        sessions: Iterable[Session],
        *,
        seconds: bool,
        urgent: bool = False,
        begun: SymbolDay | None = None,
    ) -> None:
        """Days that are likely to be asked for, nearest first. `urgent`: before all others that wait.

        `begun`: the first of them, where somebody has made a part of it and lets it go now.
        """
        wanted = [_Wish(symbol, session, seconds) for session in sessions]
        fresh = [wish for wish in wanted if wish not in self._wishes and not self._is_made(wish)]
        if urgent:
            self._wishes.extendleft(reversed(fresh))
            self._held = begun or self._held
        else:
            self._wishes.extend(fresh)
        while len(self._wishes) > _WISHES:
            self._wishes.pop()

    def _is_made(self, wish: _Wish) -> bool:
        return self.cells(wish.symbol, wish.session, wish.seconds) is not None

    def work_ahead(self) -> None:
        """Does a little of what was wished for: 2 ms, or one piece where that takes longer."""
        cost = 0
        while self._wishes and cost < _AHEAD_EVENTS:
            wish = self._wishes[0]
            if self._is_made(wish):
                self._wishes.popleft()
                self._held = None
                continue
            self._held = self.making(wish.symbol, wish.session)
            cost += self.step(wish.symbol, self._held)


def _key(symbol: str, session: Session) -> Key:
    return symbol, session.day.toordinal()
