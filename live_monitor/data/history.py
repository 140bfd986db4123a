"""How far back the bars of the focus symbol reach, and how they come to reach further.

Bars are loaded page by page, newest first, so that from a known instant on nothing is missing: from the store where it
has a whole stretch, else from the feed; what the feed gives is kept in the store. The same walk back heals a gap after
a lost connection. Main thread; nothing here waits: questions go out, answers come by `accept` and the store's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from live_monitor import limits
from live_monitor.data.focus_bars import FocusBars
from live_monitor.data.models.timeframe import BASES, DAY, MINUTE, SECOND, Timeframe
from live_monitor.data.store_thread import StoreThread
from live_monitor.engine.market.bar_builder import bar_of
from live_monitor.engine.market.bar_columns import BarColumns, BarSource
from live_monitor.ports import HistoryStore, SeriesKey
from live_monitor.wire.relay import HistoryPage

#: Bars that the store is asked for at a time: it answers a page ten times that of a feed in a few ms.
STORE_PAGE_BARS = 20_000
#: A feed that does not answer for so long is not waited for any longer.
ANSWER_WITHIN_S = 10.0
#: Pages that one wish for older bars may cost; the chart wishes again as it nears the edge.
MAX_PAGES = 60
#: Older bars that one wish brings of a longer timeframe, as long as pages last.
WISHED_BARS = 300
#: Bars are final once no late print can change them (market rules 3.1); younger ones are asked for again another time.
FINAL_AFTER_MS = 16 * 60_000
#: A server has the bars of a stretch that ended so long ago.
_SETTLED_MS = 3_000

#: `ahead`: the page before the oldest one is fetched before anybody wishes for it, so that a chart need not wait.
Purpose = Literal["newest", "heal", "older", "ahead"]


class HistoryState(NamedTuple):
    """What the person is told about older bars. `more` False while not `loading`: there is no more history."""

    loading: bool
    more: bool
    notice: str


class _Walk:
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


class _Ahead(NamedTuple):
    """A page that came before it was wished for."""

    end_ms: int
    columns: BarColumns
    from_ms: int
    more: bool


class _Gap(NamedTuple):
    from_ms: int
    to_ms: int


class History:
    """Walks of one focus symbol. `request` asks the feed; `healed` hears of gaps that history has filled."""

    def __init__(self, monotonic: Callable[[], float], now_ms: Callable[[], int]) -> None:
        #: symbol, timeframe, end_ms (exclusive), limit, request number; a face fills it in.
        self.request: Callable[[str, str, int, int, int], None] = lambda symbol, timeframe, end_ms, limit, number: None
        self.healed: Callable[[int, int], None] = lambda from_ms, to_ms: None
        #: Start of the oldest gap that ended by then (ms) and is not filled; None without one.
        self.missed_since: Callable[[int], int | None] = lambda until_ms: None
        #: A page was merged: timeframe and what it was for.
        self.merged: Callable[[Timeframe, Purpose], None] = lambda timeframe, purpose: None
        self.store: StoreThread | None = None
        #: Whose bars these are; empty as long as nobody said, and then nothing is kept.
        self.market = ""
        #: What the feed serves; empty: it has no history.
        self.offered: frozenset[Timeframe] = frozenset()
        self.connected = False
        self._monotonic = monotonic
        self._now_ms = now_ms
        self._bars: FocusBars | None = None
        self._symbol = ""
        self._number = 0
        self._walks: dict[Timeframe, _Walk] = {}
        self._ahead: dict[Timeframe, _Ahead] = {}
        self._no_more: set[Timeframe] = set()
        self._notice = ""
        self._gaps: dict[Timeframe, list[_Gap]] = {}
        self._used: set[Timeframe] = set()
        self._looked_at = 0.0
        #: Starts of gaps whose bars this connection was asked for.
        self._asked_for: set[int] = set()

    # -- wishes ------------------------------------------------------------------------------

    def start(self, symbol: str, bars: FocusBars) -> None:
        """Another focus symbol: answers to older questions no longer matter."""
        self._symbol, self._bars = symbol, bars
        self._walks.clear()
        self._ahead.clear()
        self._no_more.clear()
        self._gaps.clear()
        self._notice = ""
        self._used = {MINUTE, SECOND}

    def use(self, timeframe: Timeframe) -> None:
        """Bars made of the base `timeframe` are shown: it is kept up from now on. Days are loaded when first wanted."""
        if timeframe not in self._used:
            self._used.add(timeframe)
            now_ms = self._now_ms()
            self._begin(timeframe, "newest", now_ms + MINUTE.nominal_ms, now_ms - WISHED_BARS * timeframe.nominal_ms)

    def follow(self, market: str, served: Sequence[str], *, connected: bool) -> None:
        """Whose bars these are from now on, and which lengths the feed serves; what it did not answer is asked anew."""
        self.market, self.connected = market, connected
        self.offered = offered_timeframes(served)
        self._asked_for.clear()

    def newest(self) -> None:
        """Asks for the newest bars, minutes first; back to where bars were missed, if any were."""
        # Questions of a lost connection are never answered; they must not block the next one.
        self._walks.clear()
        now_ms = self._now_ms()
        gap_from_ms = self.missed_since(limits.MAX_TIME_MS)
        self._gaps.clear()
        if gap_from_ms is not None:
            served = [timeframe for timeframe in (MINUTE, SECOND) if self._feed_serves(timeframe)]
            self._gaps = {timeframe: [_Gap(gap_from_ms, now_ms)] for timeframe in served}
        for timeframe in sorted(self._used, key=lambda each: each != MINUTE):
            since = min((gap.from_ms for gap in self._gaps.get(timeframe, ())), default=now_ms)
            self._begin(timeframe, "newest" if since == now_ms else "heal", now_ms + MINUTE.nominal_ms, since)

    def older(self, timeframe: Timeframe) -> bool:
        """Asks for bars before the oldest one. False when none is to be had or some are under way."""
        base, bars = self._loaded_from(timeframe), self._bars
        under_way = self._walks.get(base)
        if bars is None or base in self._no_more or not len(bars.base(base)):
            return False
        if under_way is not None and under_way.purpose != "ahead":
            return False
        reach_ms = min(bars.reach_ms(base), int(bars.base(base).start_ms[0]))
        # A page of seconds or minutes fills a screen; days may come a few at a time.
        wished_ms = WISHED_BARS * timeframe.nominal_ms if timeframe != base or base == DAY else 0
        if under_way is not None:
            under_way.purpose, under_way.until_ms = "older", reach_ms - wished_ms
            return True
        self._begin(base, "older", reach_ms, reach_ms - wished_ms)
        return True

    def state(self, timeframe: Timeframe) -> HistoryState:
        """What can be said of older bars of `timeframe`."""
        base = self._loaded_from(timeframe)
        walk = self._walks.get(base)
        loading = walk is not None and walk.purpose != "ahead"
        return HistoryState(loading, base not in self._no_more, self._notice)

    def _loaded_from(self, timeframe: Timeframe) -> Timeframe:
        """The base of `timeframe`; days are made of minutes where the feed has none."""
        base = timeframe.base
        return MINUTE if base == DAY and base not in self.offered else base

    def tick(self) -> None:
        """Looks once a second: a silent feed is not waited for, bars of a gap that is over are asked for."""
        now = self._monotonic()
        if now - self._looked_at < 1.0:
            return
        self._looked_at = now
        late = now - ANSWER_WITHIN_S
        for walk in [walk for walk in self._walks.values() if walk.number and walk.asked_at < late]:
            del self._walks[walk.timeframe]
            self._notice = "the feed does not answer"
        since_ms = self.missed_since(self._now_ms() - _SETTLED_MS)
        if since_ms is not None and since_ms not in self._asked_for and self.connected and not self._walks:
            self._asked_for.add(since_ms)
            self.newest()

    # -- walking -----------------------------------------------------------------------------

    def _begin(self, timeframe: Timeframe, purpose: Purpose, end_ms: int, until_ms: int) -> None:
        walk = self._walks[timeframe] = _Walk(timeframe, purpose, end_ms, until_ms, self._monotonic())
        ahead = self._ahead.pop(timeframe, None) if purpose == "older" else None
        if ahead is not None and ahead.end_ms == end_ms:
            self._take(walk, ahead.columns, ahead.from_ms, more=ahead.more)
        else:
            self._step(walk)

    def _step(self, walk: _Walk) -> None:
        """Asks for the next page: what is new from the feed, what is old from the store where it has it whole."""
        walk.asked_at = self._monotonic()
        walk.number = 0
        if walk.purpose in ("older", "ahead") or not self._feed_serves(walk.timeframe):
            self._ask_store(walk)
        else:
            self._ask_feed(walk)

    def _feed_serves(self, timeframe: Timeframe) -> bool:
        return self.connected and timeframe in self.offered

    def _ask_store(self, walk: _Walk) -> None:
        key = self._key(walk.timeframe)
        if self.store is None or key is None:
            self._ask_feed(walk)
            return
        end_ms, newest = walk.end_ms, walk.purpose in ("newest", "heal")
        self.store.ask(
            lambda store: _stretch(store, key, end_ms, newest=newest), lambda found: self._store_answered(walk, found)
        )

    def _store_answered(self, walk: _Walk, found: tuple[BarColumns, int] | None) -> None:
        if self._walks.get(walk.timeframe) is not walk:
            return
        if found is None:
            self._ask_feed(walk)
            return
        columns, from_ms = found
        self._take(walk, columns, from_ms, more=True)

    def _ask_feed(self, walk: _Walk) -> None:
        if not self._feed_serves(walk.timeframe):
            del self._walks[walk.timeframe]
            if self.connected and walk.purpose != "ahead":
                self._no_more.add(walk.timeframe)
                self._notice = "this feed offers no history"
            return
        self._number += 1
        walk.number = self._number
        self.request(self._symbol, walk.timeframe.name, walk.end_ms, limits.MAX_BARS, walk.number)

    def accept(self, page: HistoryPage) -> None:
        """Takes the feed's answer to a question that is still open; any other is thrown away."""
        walk = next((walk for walk in self._walks.values() if walk.number and walk.number == page.request_id), None)
        if walk is None or page.symbol != self._symbol or page.timeframe != walk.timeframe.name:
            return
        now_ms = self._now_ms()
        ended = (bar for bar in page.bars if bar.end_ms <= now_ms + SECOND.nominal_ms)
        columns = BarColumns.of(bar_of(bar, BarSource.HISTORY) for bar in ended)
        first_ms = int(columns.start_ms[0]) if columns.length else walk.end_ms
        from_ms = min(page.from_ms or first_ms, first_ms)
        self._notice = ""
        self._keep(walk, columns, from_ms, now_ms)
        self._take(walk, columns, from_ms, more=page.more)

    def _keep(self, walk: _Walk, columns: BarColumns, from_ms: int, now_ms: int) -> None:
        key = self._key(walk.timeframe)
        if self.store is None or key is None:
            return
        final_ms = min(walk.end_ms, now_ms - max(FINAL_AFTER_MS, walk.timeframe.nominal_ms))
        covers = (from_ms, final_ms) if from_ms < final_ms else None
        if columns.length or covers is not None:
            self.store.tell(lambda store: store.put(key, columns, covers))

    def _take(self, walk: _Walk, columns: BarColumns, from_ms: int, *, more: bool) -> None:
        """Merges a page and goes on, or comes to the end of the walk."""
        timeframe, bars = walk.timeframe, self._bars
        if bars is None:
            return
        if walk.purpose == "ahead":
            del self._walks[timeframe]
            self._ahead[timeframe] = _Ahead(walk.end_ms, columns, from_ms, more)
            return
        refused = bool(columns.length) and not bars.merge(timeframe, columns)
        stuck = from_ms >= walk.end_ms
        walk.end_ms = min(walk.end_ms, from_ms)
        walk.pages += 1
        arrived = walk.end_ms <= walk.until_ms
        if arrived or walk.purpose != "heal":
            # A walk that heals starts at the present: not before it has met the old bars is nothing missing in between.
            bars.reaches(timeframe, walk.end_ms)
        self._heal(timeframe, walk.end_ms)
        exhausted = not more or stuck or refused
        if exhausted and walk.purpose != "heal":
            self._no_more.add(timeframe)
        if arrived or exhausted or walk.pages >= MAX_PAGES:
            del self._walks[timeframe]
        else:
            self._step(walk)
        self.merged(timeframe, walk.purpose)
        if walk.purpose == "older" and timeframe not in self._walks and not exhausted:
            # Who scrolls back once is likely to go on.
            self._begin(timeframe, "ahead", walk.end_ms, walk.end_ms)

    def _heal(self, timeframe: Timeframe, from_ms: int) -> None:
        waiting = self._gaps.get(timeframe, [])
        for gap in [gap for gap in waiting if gap.from_ms >= from_ms]:
            waiting.remove(gap)
            if not any(gap in others for others in self._gaps.values()):
                self.healed(gap.from_ms, gap.to_ms)

    def _key(self, timeframe: Timeframe) -> SeriesKey | None:
        return SeriesKey(self.market, self._symbol, timeframe) if self.market else None


def _stretch(store: HistoryStore, key: SeriesKey, end_ms: int, *, newest: bool) -> tuple[BarColumns, int] | None:
    """The newest bars before `end_ms` and the instant from which on none is missing; None where the store has no such.

    With `newest` there is no feed to ask: the last stretch that the store has will do, whatever was missed after it.
    """
    covered_ms = store.covered_from(key, end_ms)
    if covered_ms is None:
        if not newest:
            return None
        columns = store.last(key, end_ms, STORE_PAGE_BARS)
        return (columns, int(columns.start_ms[0])) if columns.length else None
    columns = store.last(key, end_ms, STORE_PAGE_BARS)
    full = columns.length == STORE_PAGE_BARS
    columns = columns.between(covered_ms, end_ms)
    return columns, int(columns.start_ms[0]) if full and columns.length else covered_ms


def offered_timeframes(names: Sequence[str]) -> frozenset[Timeframe]:
    """What a server says that it serves; names that mean nothing here are left out."""
    known = {timeframe.name: timeframe for timeframe in BASES}
    return frozenset(known[name] for name in names if name in known)
