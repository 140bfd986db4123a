"""How far back the bars of a followed symbol reach, and how they come to reach further.

Bars are loaded page by page, newest first, so that from a known instant on nothing is missing. The same walk back heals
a gap after a lost connection. Main thread; nothing here waits: questions go out to `history_pages`, answers come by
`accept` and the store's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from live_monitor import limits
from live_monitor.data.continuity import Healing, Stretch
from live_monitor.data.focus_bars import FocusBars
from live_monitor.data.history_pages import Found, PageSource, Purpose, Walk
from live_monitor.data.models.timeframe import DAY, MINUTE, SECOND, Timeframe
from live_monitor.engine.market.bar_columns import BarColumns
from live_monitor.wire.relay import HistoryPage

#: A feed that does not answer for so long is not waited for any longer.
ANSWER_WITHIN_S = 10.0
#: After that, it is asked again for the bars of gaps.
ASK_AGAIN_S = 60.0
#: Pages that one wish for older bars may cost; the chart wishes again as it nears the edge.
MAX_PAGES = 60
#: Older bars that one wish brings of a longer timeframe, as long as pages last.
WISHED_BARS = 300


class HistoryState(NamedTuple):
    """What the person is told about older bars. `more` False while not `loading`: there is no more history."""

    loading: bool
    more: bool
    notice: str


class History:
    """Walks of one symbol. `healed` hears of gaps that history has filled."""

    def __init__(self, pages: PageSource, monotonic: Callable[[], float], now_ms: Callable[[], int]) -> None:
        self.healed: Callable[[int, int], None] = lambda from_ms, to_ms: None
        #: Gaps of the focus symbol that ended by then (ms) and are not filled.
        self.missed: Callable[[int], list[Stretch]] = lambda until_ms: []
        #: Of a stretch [from_ms, to_ms) nothing was kept, and no feed can say it.
        self.unseen: Callable[[int, int], None] = lambda from_ms, to_ms: None
        #: A page was merged: timeframe and what it was for.
        self.merged: Callable[[Timeframe, Purpose], None] = lambda timeframe, purpose: None
        self._pages = pages
        self._monotonic = monotonic
        self._now_ms = now_ms
        self._bars: FocusBars | None = None
        self._symbol = ""
        self._walks: dict[Timeframe, Walk] = {}
        #: Pages that came before they were wished for, and where they end.
        self._ahead: dict[Timeframe, tuple[int, Found]] = {}
        #: Where there was no more history, as far back as bars reached then.
        self._no_more: dict[Timeframe, int] = {}
        self._notices: dict[Timeframe, str] = {}
        #: How far back older bars were wished for when something newer had to be asked for.
        self._interrupted: dict[Timeframe, int] = {}
        self._healing = Healing()
        self._used: set[Timeframe] = set()
        self._looked_at = 0.0
        #: When a feed that did not answer is asked for the bars of gaps again; 0: it answers.
        self._asks_again_at = 0.0

    # -- wishes ------------------------------------------------------------------------------

    def start(self, symbol: str, bars: FocusBars) -> None:
        """Another focus symbol: answers to older questions no longer matter."""
        self._symbol, self._bars = symbol, bars
        self._walks.clear()
        self._ahead.clear()
        self._interrupted.clear()
        self._no_more.clear()
        self._healing.restart()
        self._notices.clear()
        self._used = {MINUTE, SECOND}

    def use(self, timeframe: Timeframe) -> None:
        """Bars made of the base `timeframe` are shown: it is kept up from now on. Days are loaded when first wanted."""
        if timeframe not in self._used:
            self._used.add(timeframe)
            now_ms = self._now_ms()
            self._begin(timeframe, "newest", now_ms + MINUTE.nominal_ms, now_ms - WISHED_BARS * timeframe.nominal_ms)

    def source_changed(self, *, another: bool) -> None:
        """The feed was lost or found, or it is `another` one; what it did not answer is asked anew."""
        if another:
            # What another server could not give, this one may.
            self._no_more.clear()
            self._notices.clear()
            self._healing.hope()
        self._healing.ask_again()

    def newest(self) -> None:
        """Asks for the newest bars, minutes first; back to where bars were missed, if any were."""
        # Questions of a lost connection are never answered; they must not block the next one.
        self._interrupt([*self._walks])
        now_ms = self._now_ms()
        gaps = self.missed(limits.MAX_TIME_MS)
        for timeframe in sorted(self._used, key=lambda each: each != MINUTE):
            since = self._healing.missing_since(timeframe, gaps) if timeframe in self._healers() else None
            if timeframe == DAY and self._bars is not None and len(self._bars.days):
                # A page may hold a few days only: those that passed since the last one must not be skipped.
                since = int(self._bars.days.start_ms[-1])
            purpose: Purpose = "newest" if since is None else "heal"
            self._begin(timeframe, purpose, now_ms + MINUTE.nominal_ms, now_ms if since is None else since)

    def fill(self) -> None:
        """Asks for the bars of gaps that are on record, and for nothing else."""
        now_ms, gaps = self._now_ms(), self.missed(limits.MAX_TIME_MS)
        for timeframe in sorted(self._healers(), key=lambda each: each != MINUTE):
            since = self._healing.missing_since(timeframe, gaps)
            if since is not None:
                self._interrupt([timeframe])
                self._begin(timeframe, "heal", now_ms + MINUTE.nominal_ms, since)

    def _interrupt(self, timeframes: Sequence[Timeframe]) -> None:
        """Ends walks; what was wished stands."""
        for timeframe in timeframes:
            walk = self._walks.pop(timeframe, None)
            if walk is not None and walk.purpose == "older":
                self._interrupted[timeframe] = walk.until_ms

    def older(self, timeframe: Timeframe) -> bool:
        """Asks for bars before the oldest one. False when none is to be had or some are under way."""
        base = self.loaded_from(timeframe)
        # A page of seconds or minutes fills a screen; days may come a few at a time.
        wished_ms = WISHED_BARS * timeframe.nominal_ms if timeframe != base or base == DAY else 0
        return self._bars is not None and self.reach(base, self._bars.reach_ms(base) - wished_ms)

    def reach(self, base: Timeframe, until_ms: int) -> bool:
        """Asks for bars of a base timeframe back to `until_ms`, by one page at least. False as `older` says it."""
        bars, under_way = self._bars, self._walks.get(base)
        if bars is None or self._is_the_end(base, bars) or not len(bars.base(base)):
            return False
        if under_way is None:
            self._begin(base, "older", bars.reach_ms(base), until_ms)
            return True
        if under_way.purpose != "ahead":
            return False
        under_way.purpose, under_way.until_ms = "older", until_ms
        return True

    def state(self, timeframe: Timeframe) -> HistoryState:
        """What can be said of older bars of `timeframe`."""
        base = self.loaded_from(timeframe)
        walk = self._walks.get(base)
        loading = walk is not None and walk.purpose != "ahead"
        more = self._bars is None or not self._is_the_end(base, self._bars)
        return HistoryState(loading, more, self._notices.get(base, ""))

    def _is_the_end(self, base: Timeframe, bars: FocusBars) -> bool:
        """True where there is no more history, unless bars were let go since then."""
        ended_ms = self._no_more.get(base)
        return ended_ms is not None and bars.reach_ms(base) <= ended_ms

    def loaded_from(self, timeframe: Timeframe) -> Timeframe:
        """The base of `timeframe`; days are made of minutes where the feed has none."""
        base = timeframe.base
        return MINUTE if base == DAY and base not in self._pages.offered else base

    def tick(self) -> None:
        """Looks once a second: a silent feed is not waited for, bars of a gap that is over are asked for."""
        now = self._monotonic()
        if now - self._looked_at < 1.0:
            return
        self._looked_at = now
        late = now - ANSWER_WITHIN_S
        for walk in [walk for walk in self._walks.values() if walk.number and walk.asked_at < late]:
            del self._walks[walk.timeframe]
            self._notices[walk.timeframe] = "the feed does not answer"
            self._asks_again_at = now + ASK_AGAIN_S
        if self._asks_again_at and now >= self._asks_again_at:
            self._asks_again_at = 0.0
            self._healing.ask_again()
        quiet = self._pages.connected and self._pages.offered and not self._walks
        if quiet and self._healing.unasked(self.missed(self._pages.settled_ms())):
            self.fill()

    def _healers(self) -> set[Timeframe]:
        """Lengths of bars that fill a gap."""
        return {timeframe for timeframe in (MINUTE, SECOND) if self._pages.serves(timeframe)}

    # -- walking -----------------------------------------------------------------------------

    def _begin(self, timeframe: Timeframe, purpose: Purpose, end_ms: int, until_ms: int) -> None:
        walk = self._walks[timeframe] = Walk(timeframe, purpose, end_ms, until_ms, self._monotonic())
        walk.whole_until_ms = min(end_ms, self._pages.settled_ms())
        ahead = self._ahead.pop(timeframe, None) if purpose == "older" else None
        if ahead is not None and ahead[0] == end_ms:
            self._take(walk, ahead[1])
        else:
            self._step(walk)

    def _step(self, walk: Walk) -> None:
        """Asks for the next page: what is new from the feed, what is old from the store where it has it whole."""
        walk.asked_at = self._monotonic()
        walk.number = 0
        if walk.purpose in ("older", "ahead") or not self._pages.serves(walk.timeframe):
            self._ask_store(walk)
        else:
            self._ask_feed(walk)

    def _ask_store(self, walk: Walk) -> None:
        if not self._pages.ask_store(self._symbol, walk, self._store_answered):
            self._ask_feed(walk)

    def _store_answered(self, walk: Walk, found: Found | None) -> None:
        if self._walks.get(walk.timeframe) is not walk:
            return
        if found is None:
            self._ask_feed(walk)
            return
        self._take(walk, found)

    def _ask_feed(self, walk: Walk) -> None:
        pages = self._pages
        if pages.ask_feed(self._symbol, walk):
            return
        del self._walks[walk.timeframe]
        if pages.connected and walk.purpose != "ahead":
            self._no_more[walk.timeframe] = limits.MAX_TIME_MS
            of_these = f" of {walk.timeframe} bars" if pages.offered else ""
            self._notices[walk.timeframe] = f"this feed offers no history{of_these}"

    def accept(self, page: HistoryPage) -> None:
        """Takes the feed's answer to a question that is still open; any other is thrown away."""
        walk = next((walk for walk in self._walks.values() if walk.number and walk.number == page.request_id), None)
        if walk is None or page.symbol != self._symbol or page.timeframe != walk.timeframe.name:
            return
        self._notices.pop(walk.timeframe, None)
        self._take(walk, self._pages.read(walk, page))

    def _take(self, walk: Walk, found: Found) -> None:
        """Merges a page and goes on, or comes to the end of the walk."""
        timeframe, bars = walk.timeframe, self._bars
        if bars is None:
            return
        if walk.purpose == "ahead":
            del self._walks[timeframe]
            self._ahead[timeframe] = walk.end_ms, found
            return
        over = self._merge(walk, bars, found)
        if over or walk.end_ms <= walk.until_ms or walk.pages >= MAX_PAGES:
            del self._walks[timeframe]
            if walk.purpose == "heal" and walk.end_ms > walk.until_ms:
                # No history reaches gaps before the end of the walk: they stay on record, and are not walked to again.
                self._healing.give_up(timeframe, walk.end_ms, self.missed(limits.MAX_TIME_MS))
        else:
            self._step(walk)
        self.merged(timeframe, walk.purpose)
        if timeframe in self._walks:
            return
        if walk.purpose == "older" and not over:
            # Who scrolls back once is likely to go on.
            self._begin(timeframe, "ahead", walk.end_ms, walk.end_ms)
        elif timeframe in self._interrupted:
            self._begin(timeframe, "older", bars.reach_ms(timeframe), self._interrupted.pop(timeframe))

    def _merge(self, walk: Walk, bars: FocusBars, found: Found) -> bool:
        """Takes a page into the bars. True when the walk cannot go on."""
        timeframe, columns = walk.timeframe, found.columns
        if columns.length and not bars.merge(timeframe, columns):
            self._no_more[timeframe] = bars.reach_ms(timeframe)
            self._notices[timeframe] = "as many bars are loaded as a chart takes"
            return True
        if not found.whole:
            self._missed_before(columns, bars)
            return True
        over = not found.more or found.from_ms >= walk.end_ms
        walk.end_ms = min(walk.end_ms, found.from_ms)
        walk.pages += 1
        if walk.end_ms <= walk.until_ms or walk.purpose != "heal":
            # A walk that heals starts at the present: not before it has met the old bars is nothing missing in between.
            bars.reaches(timeframe, walk.end_ms)
        if timeframe in self._healers():
            whole = walk.end_ms, walk.whole_until_ms
            for gap in self._healing.brought(timeframe, whole, self.missed(limits.MAX_TIME_MS), self._healers()):
                self.healed(*gap)
        if over and walk.purpose != "heal":
            self._no_more[timeframe] = bars.reach_ms(timeframe)
        return over

    def _missed_before(self, columns: BarColumns, bars: FocusBars) -> None:
        """What was kept ends when the program did; what was printed since, until now, nobody can say."""
        if columns.length:
            width_ms = MINUTE.nominal_ms
            last_ms = int(columns.start_ms[-1])
            self.unseen(last_ms - last_ms % width_ms + width_ms, bars.builder.whole_from_ms)
