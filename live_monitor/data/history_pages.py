"""Where pages of older bars come from: the store of this machine where it has a whole stretch, else the feed.

What the feed gives is kept in the store. `history` decides what to ask for, and what a page means. Main thread; nothing
here waits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Literal, NamedTuple

from live_monitor import limits
from live_monitor.data.models.timeframe import BASES, MINUTE, SECOND, Timeframe
from live_monitor.data.store_thread import StoreThread
from live_monitor.engine.market.bar_builder import bar_of
from live_monitor.engine.market.bar_columns import BarColumns, BarSource
from live_monitor.ports import HistoryStore, SeriesKey
from live_monitor.wire.relay import HistoryPage

#: Bars that the store is asked for at a time: it answers a page ten times that of a feed in a few ms.
STORE_PAGE_BARS = 20_000
#: Bars are final once no late print can change them (market rules 3.1); younger ones are asked for again another time.
FINAL_AFTER_MS = 16 * 60_000
#: A server has the bars of a stretch that ended so long ago.
_SETTLED_MS = 3_000

#: `ahead`: the page before the oldest one is fetched before anybody wishes for it, so that a chart need not wait.
Purpose = Literal["newest", "heal", "older", "ahead"]


class Walk:
    """A way back in time, page by page, from `end_ms` until `until_ms` is reached."""

    def __init__(self, timeframe: Timeframe, purpose: Purpose, end_ms: int, until_ms: int, started: float) -> None:
        self.timeframe = timeframe
        self.purpose = purpose
        self.end_ms = end_ms
        self.until_ms = until_ms
        self.asked_at = started
        self.pages = 0
        #: Number of the question that the feed has not answered yet; 0 while the store is asked.
        self.number = 0
        #: Up to here the pages are whole: a server needs a while for the newest bars.
        self.whole_until_ms = end_ms


class Found(NamedTuple):
    """A page: from `from_ms` on nothing is missing in it, unless it is not `whole`; `more`: there are older bars."""

    columns: BarColumns
    from_ms: int
    more: bool = True
    whole: bool = True


class PageSource:
    """One for all who ask the same feed: their questions are told apart by number."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        #: symbol, timeframe, end_ms (exclusive), limit, request number; a face fills it in.
        self.request: Callable[[str, str, int, int, int], None] = lambda symbol, timeframe, end_ms, limit, number: None
        #: Another market is about to be followed; bars up to here belong to the present one.
        self.leaves: Callable[[], None] = lambda: None
        self.store: StoreThread | None = None
        #: Whose bars these are; empty as long as nobody said, and then nothing is kept.
        self.market = ""
        #: What the feed serves; empty: it has no history.
        self.offered: frozenset[Timeframe] = frozenset()
        self.connected = False
        self._now_ms = now_ms
        self._numbers = count(1)

    def follow(self, market: str, served: Sequence[str], *, connected: bool) -> bool:
        """Whose bars these are from now on, and which lengths the feed serves. True when that is another source."""
        offered = offered_timeframes(served)
        another = (market, offered) != (self.market, self.offered)
        if another:
            self.leaves()
        self.market, self.offered, self.connected = market, offered, connected
        return another

    def serves(self, timeframe: Timeframe) -> bool:
        """The feed can be asked for bars of this length now."""
        return self.connected and timeframe in self.offered

    def settled_ms(self) -> int:
        """Up to when the feed's bars are whole, if asked now; where it has no seconds, the minute must be over."""
        settled_ms = self._now_ms() - _SETTLED_MS
        return settled_ms if SECOND in self.offered else settled_ms - settled_ms % MINUTE.nominal_ms

    def ask_store(self, symbol: str, walk: Walk, answered: Callable[[Walk, Found | None], None]) -> bool:
        """Asks for the next page of `walk`; None comes where there is no whole one. False when there is no store."""
        key = self._key(symbol, walk.timeframe)
        if self.store is None or key is None:
            return False
        end_ms, newest = walk.end_ms, walk.purpose in ("newest", "heal")
        self.store.ask(lambda store: stretch(store, key, end_ms, newest=newest), lambda found: answered(walk, found))
        return True

    def ask_feed(self, symbol: str, walk: Walk) -> bool:
        """Asks for the next page of `walk`, which gets the number of the question. False when the feed has no such."""
        if not self.serves(walk.timeframe):
            return False
        walk.number = next(self._numbers)
        # Bars that are there already need not come again: while prints go on missing, gaps are filled all the time.
        windows = (walk.end_ms - walk.until_ms) // walk.timeframe.nominal_ms + 2
        most = min(windows, limits.MAX_BARS) if walk.purpose == "heal" else limits.MAX_BARS
        self.request(symbol, walk.timeframe.name, walk.end_ms, most, walk.number)
        return True

    def read(self, walk: Walk, page: HistoryPage) -> Found:
        """What the feed's answer says; it is kept."""
        now_ms = self._now_ms()
        ended = (bar for bar in page.bars if bar.end_ms <= now_ms + SECOND.nominal_ms)
        columns = BarColumns.of(bar_of(bar, BarSource.HISTORY) for bar in ended)
        first_ms = int(columns.start_ms[0]) if columns.length else walk.end_ms
        # Of a page with a bar that was refused, only what stands behind that one is whole.
        whole_from_ms = max(page.from_ms, first_ms) if page.from_ms > first_ms else page.from_ms or first_ms
        self._keep(page.symbol, walk, columns, whole_from_ms)
        return Found(columns, min(whole_from_ms, first_ms), page.more)

    def _keep(self, symbol: str, walk: Walk, columns: BarColumns, from_ms: int) -> None:
        key = self._key(symbol, walk.timeframe)
        if self.store is None or key is None:
            return
        final_ms = min(walk.end_ms, self._now_ms() - max(FINAL_AFTER_MS, walk.timeframe.nominal_ms))
        covers = (from_ms, final_ms) if from_ms < final_ms else None
        if columns.length or covers is not None:
            self.store.tell(lambda store: store.put(key, columns, covers))

    def _key(self, symbol: str, timeframe: Timeframe) -> SeriesKey | None:
        return SeriesKey(self.market, symbol, timeframe) if self.market else None


def stretch(store: HistoryStore, key: SeriesKey, end_ms: int, *, newest: bool) -> Found | None:
    """The newest bars before `end_ms` and the instant from which on none is missing; None where the store has no such.

    With `newest` there is no feed to ask: the last bars that the store has will do, whatever is missing among them.
    """
    covered_ms = store.covered_from(key, end_ms)
    if covered_ms is None and not newest:
        return None
    columns = store.last(key, end_ms, STORE_PAGE_BARS)
    if covered_ms is None:
        return Found(columns, end_ms, whole=False) if columns.length else None
    full = columns.length == STORE_PAGE_BARS
    columns = columns.between(covered_ms, end_ms)
    return Found(columns, int(columns.start_ms[0]) if full and columns.length else covered_ms)


def offered_timeframes(names: Sequence[str]) -> frozenset[Timeframe]:
    """What a server says that it serves; names that mean nothing here are left out."""
    known = {timeframe.name: timeframe for timeframe in BASES}
    return frozenset(known[name] for name in names if name in known)
