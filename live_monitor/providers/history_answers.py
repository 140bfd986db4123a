"""Questions that a live feed cannot answer itself, put to a service that answers slowly: history, level 1, symbols.

    feed's loop ──► bounded queue ──► daemon thread ──► call_soon_threadsafe ──► FeedOutlet, on the feed's loop

Vendor-neutral. The threads are our own: executors of asyncio are waited for at the end of the program. A thread that
is in the middle of a question when everything ends is left behind, and nobody hears its answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

from msgspec.structs import replace

from live_monitor import limits
from live_monitor.clock import Clock
from live_monitor.data.models.market_data import NAN, Aggregate, Event, Snapshot
from live_monitor.data.models.providers import SymbolHit
from live_monitor.data.models.timeframe import BASES, DAY, Timeframe
from live_monitor.engine.market.sessions import us_equities
from live_monitor.errors import LiveMonitorError
from live_monitor.limits import Rejections
from live_monitor.ports import FeedOutlet, HistorySource, Page
from live_monitor.providers.answer_thread import AnswerThread, Key, Question
from live_monitor.wire.notices import ErrorNotice, HistoryPage, Notice, SnapshotFrame, checked

_Result = TypeVar("_Result")

#: What nobody waits for is asked after what somebody does.
_NEWS_AFTER_S: Final = 2.0
#: Events that are put at a time; the reader behind the outlet gets its turn in between.
_PORTION: Final = 1_000
#: While the outlet is full, it is looked at again after so long.
_PAUSE_S: Final = 0.01
_TIMEFRAMES: Final[Mapping[str, Timeframe]] = {timeframe.name: timeframe for timeframe in BASES}


class Missed(NamedTuple):
    """What came of a stretch that was missed: events in order; `whole`: nothing of it is missing any more."""

    events: list[Event]
    whole: bool


class Answers(NamedTuple):
    """What can be asked, each blocking, on a worker thread, and raising LiveMonitorError in words; None: cannot be.

    `missed`: symbol, from_ms, to_ms. `settle` and `unknown` are called on the feed's loop, before something is put: the
    one completes a level 1 by what streamed in since, the other leaves out what has been put already.
    """

    history: HistorySource | None = None
    snapshots: Callable[[Sequence[str]], list[Snapshot]] | None = None
    search: Callable[[str], list[SymbolHit]] | None = None
    missed: Callable[[str, int, int], Missed] | None = None
    #: What there is to say at every greeting, beside prices.
    news: Callable[[], list[Notice]] | None = None
    settle: Callable[[Snapshot], Snapshot] = lambda snapshot: snapshot
    unknown: Callable[[str, list[Event]], list[Event]] = lambda symbol, events: events
    #: A service may be ahead of the stream: what it counts is put so much later, when the same prints have streamed in.
    counts_after_s: float = 0.0
    #: Lets connections go, and wakes whoever waits for one.
    close: Callable[[], None] = lambda: None


class _Stretch(NamedTuple):
    symbol: str
    from_ms: int
    to_ms: int


class HistoryAnswers:
    """Answers of one feed. Every method belongs to the feed's loop and returns at once; see `Answers` for what it asks.

    Prints of a missed stretch come before bars that are asked for later; the newest question about a symbol comes
    first, and one about the same bars takes the place of an older one. What is still waiting is forgotten once its
    symbol is no longer wanted (`follow`); nothing is put after `close`.
    """

    def __init__(self, outlet: FeedOutlet, answers: Answers, clock: Clock, *, name: str) -> None:
        """`name` is that of the provider; it names the threads, and stands before what goes wrong."""
        self.rejections = Rejections()
        #: Told after the prints of a stretch were put: symbol, from_ms, to_ms, whether they were all.
        self.healed: Callable[[str, int, int, bool], None] = lambda symbol, from_ms, to_ms, whole: None
        self._outlet = outlet
        self._answers = answers
        self._clock = clock
        self._name = name
        #: Pages are fetched one at a time (`HistorySource`), and a page may take seconds: who types into the search
        #: field, or waits for a price, does not wait behind them.
        self._pages = AnswerThread(f"{name}-pages")
        self._quick = AnswerThread(f"{name}-answers")
        self._wanted: frozenset[str] = frozenset()
        self._gone: frozenset[str] = frozenset()
        #: What of each symbol is being healed, and of which of these level 1 was asked for meanwhile.
        self._healing: dict[str, _Stretch] = {}
        self._asked_after_healing: set[str] = set()
        self._pouring: set[asyncio.Task[None]] = set()
        self._news_due: asyncio.TimerHandle | None = None
        #: Level 1 of which the volume comes later.
        self._counting: dict[str, asyncio.TimerHandle] = {}
        #: The last words about questions of each kind that failed, until one is answered.
        self._said: dict[str, str] = {}

    # -- questions ------------------------------------------------------------------------------

    async def request_history(self, symbol: str, timeframe: str, end_ms: int, limit: int, request_id: int) -> None:
        """As in `MarketFeed`; a length of bars that the source does not give is left unanswered."""
        history, length = self._answers.history, _TIMEFRAMES.get(timeframe)
        if history is None or length is None or length not in history.timeframes:
            return
        most = min(limit, limits.MAX_HISTORY_BARS)

        def ask() -> HistoryPage:
            page = history.page(symbol, length, end_ms, most)
            return _page(symbol, length, request_id, page)

        self._ask(self._pages, ("history", symbol, timeframe), ask, self._put, symbols=frozenset({symbol}))

    async def request_snapshot(self, symbols: Sequence[str]) -> None:
        """As in `MarketFeed`; symbols that are asked for one after the other are asked for in one question."""
        self._ask_level_1(symbols)

    def _ask_level_1(self, symbols: Sequence[str]) -> None:
        snapshots = self._answers.snapshots
        # Level 1 counts what was missed; prints that came after it would count twice.
        later = frozenset(symbols) & self._healing.keys()
        self._asked_after_healing |= later
        now = frozenset(symbols) - later
        if snapshots is None or not now:
            return
        key = ("snapshot",)
        waiting = self._quick.take_back(key)
        together = now | (waiting.symbols if waiting is not None else frozenset())
        self._ask(self._quick, key, lambda: snapshots(sorted(together)), self._found_level_1, symbols=together)

    def _found_level_1(self, found: list[Snapshot]) -> None:
        for snapshot in found:
            if snapshot.symbol in self._healing:
                self._asked_after_healing.add(snapshot.symbol)  # it was asked for before the loss was known
            else:
                self._put_level_1(snapshot)

    def _put_level_1(self, snapshot: Snapshot) -> None:
        """Puts what is not counted at once, and what is once the stream has brought all that it counts."""
        wait_s = self._answers.counts_after_s
        if not wait_s or snapshot.day_volume != snapshot.day_volume:
            self._put(SnapshotFrame(self._answers.settle(snapshot)))
            return
        self._put(SnapshotFrame(self._answers.settle(replace(snapshot, day_volume=NAN, day_vwap=NAN))))
        before = self._counting.pop(snapshot.symbol, None)
        if before is not None:
            before.cancel()
        loop = asyncio.get_running_loop()
        self._counting[snapshot.symbol] = loop.call_later(wait_s, self._put_counted, snapshot)

    def _put_counted(self, snapshot: Snapshot) -> None:
        self._counting.pop(snapshot.symbol, None)
        self._put(SnapshotFrame(self._answers.settle(snapshot)))

    async def search_symbols(self, text: str, request_id: int) -> None:
        """As in `MarketFeed`; a newer search takes the place of one that is still waiting."""
        search = self._answers.search
        if search is None:
            self._outlet.put_found(request_id, [])
            return
        self._ask(
            self._quick,
            ("search",),
            lambda: search(text),
            lambda hits: self._outlet.put_found(request_id, hits),
            failed=lambda: self._outlet.put_found(request_id, []),
            first=True,
        )

    def greeted(self) -> None:
        """The feed has greeted: what there is to say comes as notices, after the first prices."""
        if self._answers.news is not None:
            self._forget_news()
            self._news_due = asyncio.get_running_loop().call_later(_NEWS_AFTER_S, self._ask_news, self._answers.news)

    def _ask_news(self, news: Callable[[], list[Notice]]) -> None:
        self._ask(self._quick, ("news",), news, self._put_all)

    def _forget_news(self) -> None:
        if self._news_due is not None:
            self._news_due.cancel()
            self._news_due = None

    def _put_all(self, notices: list[Notice]) -> None:
        for notice in notices:
            self._put(notice)

    def heal(self, symbols: Iterable[str], from_ms: int, to_ms: int) -> None:
        """Asks for the prints of [`from_ms`, `to_ms`) that were missed; they are put as events, then `healed` hears."""
        missed = self._answers.missed
        if missed is None or from_ms >= to_ms:
            return
        for symbol in symbols:
            # Of a connection that flaps the stretches are one; what is known already is not put again.
            under_way = self._healing.get(symbol)
            since_ms = from_ms if under_way is None else min(from_ms, under_way.from_ms)
            self._heal_one(_Stretch(symbol, since_ms, to_ms), missed)

    def _heal_one(self, stretch: _Stretch, missed: Callable[[str, int, int], Missed]) -> None:
        self._stop_counting([stretch.symbol])
        self._healing[stretch.symbol] = stretch
        self._ask(
            self._pages,
            ("missed", stretch.symbol),
            lambda: missed(*stretch),
            lambda answer: self._begin_pouring(stretch, answer),
            failed=lambda: self._over(stretch),
            symbols=frozenset({stretch.symbol}),
            first=True,
        )

    def _begin_pouring(self, stretch: _Stretch, answer: Missed) -> None:
        task = asyncio.get_running_loop().create_task(self._pour(stretch, answer), name=f"{self._name}-missed")
        self._pouring.add(task)
        task.add_done_callback(self._pouring.discard)

    async def _pour(self, stretch: _Stretch, answer: Missed) -> None:
        """Puts what was missed in portions, so that what streams meanwhile is not left out for want of room."""
        try:
            for first in range(0, len(answer.events), _PORTION):
                while not self._outlet.has_room:
                    await asyncio.sleep(_PAUSE_S)
                if stretch.symbol in self._gone:
                    return
                events = self._answers.unknown(stretch.symbol, answer.events[first : first + _PORTION])
                if events:
                    self._outlet.put_events(events, self._clock.monotonic())
                await asyncio.sleep(0)
            self.healed(*stretch, answer.whole)
        finally:
            self._over(stretch)

    def _over(self, stretch: _Stretch) -> None:
        """Nothing more of this stretch comes: level 1 may."""
        if self._healing.get(stretch.symbol) is not stretch:
            return
        del self._healing[stretch.symbol]
        if stretch.symbol in self._asked_after_healing:
            self._asked_after_healing.discard(stretch.symbol)
            self._ask_level_1([stretch.symbol])

    # -- the course of things -------------------------------------------------------------------

    def _stop_counting(self, symbols: Iterable[str]) -> None:
        """What level 1 said before a loss, or of a symbol that was left, is not said any more."""
        for symbol in symbols:
            waiting = self._counting.pop(symbol, None)
            if waiting is not None:
                waiting.cancel()

    def follow(self, wanted: Iterable[str]) -> None:
        """These symbols are wanted now; what waits of those that were and are no longer is forgotten."""
        before, self._wanted = self._wanted, frozenset(wanted)
        self._gone = before - self._wanted
        if self._gone:
            self._pages.forget(lambda question: not question.symbols.isdisjoint(self._gone))
            for symbol in self._gone:
                self._healing.pop(symbol, None)
            self._asked_after_healing -= self._gone
            self._stop_counting(self._gone)

    def close(self) -> None:
        """Nothing is put any more, and the threads end after the question they are at. May be called twice."""
        self._pages.close()
        self._quick.close()
        self._answers.close()
        self._stop_counting([*self._counting])
        self._forget_news()
        for task in self._pouring:
            task.cancel()

    # -- the way ---------------------------------------------------------------------------------

    def _ask(
        self,
        thread: AnswerThread,
        key: Key,
        ask: Callable[[], _Result],
        found: Callable[[_Result], None],
        *,
        failed: Callable[[], None] = lambda: None,
        symbols: frozenset[str] = frozenset(),
        first: bool = False,
    ) -> None:
        def work() -> Callable[[], None]:
            try:
                result = ask()
            except LiveMonitorError as error:
                problem = error
                return lambda: self._failed(key[0], problem, failed)
            return lambda: self._found(key[0], result, found)

        thread.ask(Question(key, work, symbols, first))

    def _found(self, kind: str, result: _Result, found: Callable[[_Result], None]) -> None:
        self._said.pop(kind, None)
        found(result)

    def _failed(self, kind: str, error: LiveMonitorError, failed: Callable[[], None]) -> None:
        """Says what went wrong, once: the next question of this kind may well fail for the same reason."""
        self.rejections.note(f"{self._name}.{kind}: not answered")
        if self._said.get(kind) != error.message:
            self._said[kind] = error.message
            self._outlet.put_notice(ErrorNotice(str(error)[: limits.MAX_TEXT]), self._clock.monotonic())
        failed()

    def _put(self, notice: Notice) -> None:
        """Puts what holds of a notice; what cannot be is counted."""
        holds = checked(notice, self.rejections)
        if holds is not None:
            self._outlet.put_notice(holds, self._clock.monotonic())


def _page(symbol: str, timeframe: Timeframe, request_id: int, page: Page) -> HistoryPage:
    """A page as the notice that tells of it; a window in which no price was printed is no bar there."""
    bars = [
        Aggregate(
            symbol, bar.start_ms, _end(bar.start_ms, timeframe), *bar[1:7], bar.trades if bar.trades >= 0 else None
        )
        for bar in page.bars.bars()
        if bar.open == bar.open
    ]
    return HistoryPage(symbol, timeframe.name, request_id, [*bars], page.more, page.from_ms)


def _end(start_ms: int, timeframe: Timeframe) -> int:
    if timeframe != DAY:
        return start_ms + timeframe.nominal_ms
    calendar = us_equities()
    return calendar.span(calendar.trade_date(start_ms))[1]
