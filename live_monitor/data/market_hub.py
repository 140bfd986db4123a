"""The heart, without Qt: events in, state of symbols out.

Routing, reference-counted subscriptions, generations, ticker state, bars, tape, signals, sinks.
One thread (the main thread of the desktop, the loop of a headless server).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from live_monitor.clock import Clock, SessionClock
from live_monitor.data.bar_keeper import BarKeeper
from live_monitor.data.continuity import AlertLog, Continuity
from live_monitor.data.data_flow import DataFlowWatch
from live_monitor.data.focus_bars import FocusBars
from live_monitor.data.history import History
from live_monitor.data.hub_readings import HubReadings
from live_monitor.data.inbox import Batch, Item, Loss, Noted, SubscriptionProblem
from live_monitor.data.market_course import MarketCourse
from live_monitor.data.models.market_data import NAN, Aggregate, Event, Quote, Snapshot, Trade
from live_monitor.data.models.status import Alert, AlertLevel, Counters, LinkStatus
from live_monitor.data.models.timeframe import MINUTE, Timeframe
from live_monitor.data.signal_book import Signal, SignalBook, describe
from live_monitor.data.sinks import pass_on
from live_monitor.data.store_thread import StoreThread
from live_monitor.data.subscriptions import FOCUS_CHANNELS, WATCH_CHANNELS, Subscriptions
from live_monitor.engine.market.bar_builder import bar_of
from live_monitor.engine.market.bar_series import MINUTE_MS, Bar, BarSource
from live_monitor.engine.market.conditions import ConditionRules, rules_for
from live_monitor.engine.market.print_guard import PrintGuard
from live_monitor.engine.market.sessions import Calendar
from live_monitor.engine.market.tape import Tape
from live_monitor.engine.market.ticker_state import TickerState
from live_monitor.ports import MarketSink
from live_monitor.wire import relay
from live_monitor.wire.relay import ClockFrame, EndOfFeed, ErrorNotice, FaultNotice, Hello, HistoryPage, SnapshotFrame


class MarketHub(HubReadings):
    """Folds whatever a feed brings and keeps it for faces to read."""

    def __init__(self, clock: Clock, calendar: Calendar) -> None:
        self._monotonic = clock.monotonic
        self.clock = SessionClock(clock)
        self.calendar = calendar
        self.subscriptions = Subscriptions()
        self.history = History(clock.monotonic, self.clock.now_ms)
        self.keeper: BarKeeper | None = None
        self.signal_book = SignalBook(calendar)
        self.signal_book.arose = self._signal_arose
        self.link = LinkStatus()
        self.counters = Counters()
        #: What the source said when it came to its end, else empty.
        self.feed_ended = ""
        self.focus: str | None = None
        self.generation = 0
        self.tape = Tape()
        self.focus_bars = FocusBars("", calendar)
        self.flow = DataFlowWatch()
        #: How far the newest event of the focus symbol lies behind market time, in ms; never negative.
        self.lag_ms = 0
        #: How far it lies ahead: the machine's clock is behind the exchange's by that much.
        self.skew_ms = 0
        #: Monotonic second at which the oldest event that no frame has shown yet arrived.
        self.oldest_unpainted: float | None = None
        self.history.merged = self._page_merged
        self.history.healed = lambda *gap: self.continuity.healed(self.focus or "", *gap)
        self.history.unseen = lambda *gap: self.continuity.unseen(self.focus or "", *gap)
        self.history.missed = lambda until_ms: self.continuity.unfilled(self.focus, until_ms)
        #: Where the server is, without secrets; names the market of one that does not say.
        self.address = ""
        self.request_snapshot: Callable[[list[str]], None] = lambda symbols: None
        #: Called when a server of ours greets, before any of its data is folded.
        self.on_hello: Callable[[Hello], None] = lambda hello: None
        #: Called for every signal that arises live (not for those found in history).
        self.on_signal: Callable[[Signal], None] = lambda signal: None
        #: Called for every minute bar that closes or is replaced by the provider.
        self.on_bar: Callable[[Bar], None] = lambda bar: None
        #: Steps that a face may put in place of the folds below; each gets one event of the focus symbol.
        self.trade_step: Callable[[Trade], None] | None = None
        self.quote_step: Callable[[Quote], None] | None = None
        self.aggregate_step: Callable[[Aggregate], None] = self.fold_aggregate
        #: Holds back prices that jump for one tick.
        self.guard = PrintGuard()
        self.states: dict[str, TickerState] = {}
        self.alert_log = AlertLog()
        ask_level_1 = lambda symbols: self.request_snapshot(symbols)  # noqa: E731,PLW0108  # a face fills it in later
        self.continuity = Continuity(self.states, self.counters, self.alert, self._ask_again, ask_level_1)
        self.continuity.missing = lambda name, from_ms: self.focus_bars.missed(name, from_ms, self.clock.now_ms())
        self.focus_state: TickerState | None = None
        self._sinks: list[MarketSink] = []
        self._rules: ConditionRules = rules_for("polygon")
        self._synthetic = False
        self.course = MarketCourse(self.clock, calendar, self.states, self, lambda: self.link.connected)

    # -- symbols ------------------------------------------------------------------------------

    def acquire(self, symbol: str, owner: str, channels: tuple[str, ...] = WATCH_CHANNELS) -> None:
        """`owner` wants events of `symbol`. Raises ValueError for what is not a symbol."""
        if self.subscriptions.acquire(symbol, owner, channels):
            self.states[symbol] = TickerState(symbol, self.guard)
            self.course.admit(self.states[symbol])

    def release(self, symbol: str, owner: str) -> None:
        """`owner` no longer wants `symbol`; its state goes with its last owner."""
        if self.subscriptions.release(symbol, owner):
            self.guard.forget(self.states.pop(symbol))
            self.problems.pop(symbol, None)

    def set_focus(self, symbol: str) -> None:
        """Makes `symbol` the one in focus: bars, tape and signals start empty, the old symbol is let go."""
        if symbol == self.focus:
            return
        self.acquire(symbol, "focus", FOCUS_CHANNELS)
        old, self.focus = self.focus, symbol
        self.focus_state = self.states[symbol]
        if old is not None:
            self.release(old, "focus")
        self._start_focus(symbol)

    def _start_focus(self, symbol: str) -> None:
        self.generation += 1
        self.tape.clear()
        self.focus_bars = FocusBars(symbol, self.calendar)
        self.bars.restart_closing(self.clock.now_ms())
        self.bars.whole_from_ms = self.clock.now_ms()
        self._tell_volume(self.clock.now_ms())
        self.flow = DataFlowWatch()
        self.oldest_unpainted = None
        self.history.start(symbol, self.focus_bars)
        self.signal_book.start(symbol)
        self._ask_for_bars()

    def _ask_for_bars(self) -> None:
        # Before a feed with a time of its own has told it, nobody knows what the newest bars are.
        offered = not self.hello.symbols or self.focus in self.hello.symbols
        if self.link.connected and self.focus is not None and offered and self.course.time_is_known:
            self.flow.reset(self._monotonic())
            self.history.newest()

    # -- folding ------------------------------------------------------------------------------

    def take(self, items: Iterable[Item]) -> None:
        """Folds items in order; never raises for what came from outside."""
        for item in items:
            if isinstance(item, Batch):
                self._take_batch(item)
            elif isinstance(item, Noted):
                self._noticed(item)
            elif isinstance(item, LinkStatus):
                self._link_changed(item)
            elif isinstance(item, Loss):
                self.continuity.lost(item)
            elif isinstance(item, SubscriptionProblem):
                self.continuity.refused(item)
        if self.link.connected:
            self.course.spoke()

    def _take_batch(self, batch: Batch) -> None:
        events, cut = batch.events, self.course.cut(batch.events)
        if events and isinstance(events[-1], Trade | Quote):
            self.course.heard(events[-1].timestamp_ms)
        if cut >= 0:
            self.ingest(events[:cut], batch.received, batch.oldest)
            self.course.turn()
            events = events[cut:]
        self.ingest(events, batch.received, batch.oldest)

    def ingest(
        self, events: list[Event], received: float, oldest: float | None = None, *, synthetic: bool = False
    ) -> None:
        """Folds events that came from `oldest` to `received` (monotonic s), 0.4 µs each. `synthetic`: not for sinks."""
        self._synthetic = synthetic
        states, focus, flags_of = self.states, self.focus_state, self._rules.cache
        add_to_tape, add_to_bars = self.tape.add, self.bars.add
        trade_step, quote_step = self.trade_step, self.quote_step
        trades = quotes = 0
        focused = False
        for event in events:
            state = states.get(event.symbol)  # type: ignore[union-attr]  # the link keeps status events back
            if state is None:
                continue
            state.received = received
            if state is focus:
                focused = True
            if type(event) is Trade:
                trades += 1
                if state is not focus or trade_step is None:
                    flags = flags_of.get(event.conditions)
                    if flags is None:
                        flags = self._rules.flags(event.conditions)
                    counted = state.on_trade(event, flags)
                    if counted is None:
                        self.counters.repeats += 1
                    elif state is focus:
                        add_to_tape(event, state.bid, state.ask, counted)
                        add_to_bars(event, counted)
                else:
                    trade_step(event)
            elif type(event) is Quote:
                quotes += 1
                if state is not focus or quote_step is None:
                    state.on_quote(event)
                else:
                    quote_step(event)
            else:
                self.aggregate_step(event)  # type: ignore[arg-type]  # nothing else is left
        counters = self.counters
        counters.events += len(events)
        counters.trades += trades
        counters.quotes += quotes
        counters.aggregates += len(events) - trades - quotes
        if focused:
            self._focus_spoke(events[-1], received, received if oldest is None else oldest)
        if self._sinks and not synthetic:
            pass_on(events, self._sinks)
        self._synthetic = False

    def _focus_spoke(self, last: Event, received: float, oldest: float) -> None:
        self.flow.heard(received)
        if self.oldest_unpainted is None:
            self.oldest_unpainted = oldest
        if isinstance(last, Trade | Quote):
            behind = self.clock.now_ms() - last.timestamp_ms
            self.lag_ms, self.skew_ms = max(behind, 0), max(-behind, 0)

    def fold_trade(self, trade: Trade) -> None:
        """Folds a print of a subscribed symbol into ticker, bars and tape."""
        state = self.states.get(trade.symbol)
        if state is None:
            return
        flags = state.on_trade(trade, self._rules.flags(trade.conditions))
        if flags is None:
            self.counters.repeats += 1
        elif state is self.focus_state:
            self.tape.add(trade, state.bid, state.ask, flags)
            self.bars.add(trade, flags)

    def fold_quote(self, quote: Quote) -> None:
        """Folds a quote of a subscribed symbol."""
        state = self.states.get(quote.symbol)
        if state is not None:
            state.on_quote(quote)

    def fold_aggregate(self, bar: Aggregate) -> None:
        """Takes a provider's bar: it replaces the own one, and its day volume puts ours right."""
        state = self.states.get(bar.symbol)
        if state is not None and state is not self.focus_state:
            self.continuity.check(state, bar)
            if self.keeper is not None:
                self.keeper.on_aggregate(bar)
        elif self._synthetic:
            self.on_bar(bar_of(bar, BarSource.OWN))  # shown, never kept
        elif state is not None and self.bars.apply(bar, BarSource.STREAM):
            if bar.day_volume == bar.day_volume:
                self.continuity.settle(state, bar, self.bars)
            if bar.end_ms - bar.start_ms == MINUTE_MS:
                self.on_bar(self.bars.minutes.bar(self.bars.minutes.index_of(bar.start_ms)))

    def fold_snapshot(self, snapshot: Snapshot) -> None:
        """Takes level 1 of a subscribed symbol."""
        state = self.states.get(snapshot.symbol)
        if state is not None and snapshot.timestamp_ms >= self.course.day_from_ms:
            state.on_snapshot(snapshot)
            self.continuity.answered(snapshot.symbol)

    def keep_bars(self, store: StoreThread) -> None:
        """Bars that stream are kept in `store`, and old ones are looked for there first."""
        self.history.store = store
        self.keeper = BarKeeper(self.history)

    def add_sink(self, sink: MarketSink) -> None:
        """Adds a receiver of everything that is folded."""
        self._sinks.append(sink)

    def _noticed(self, noted: Noted) -> None:
        notice = noted.notice
        if isinstance(notice, ClockFrame):
            self.course.told_time(notice, noted.received)
        elif isinstance(notice, SnapshotFrame):
            self.fold_snapshot(notice.data)
        elif isinstance(notice, HistoryPage):
            self.bars.flush()
            self.history.accept(notice)
        elif isinstance(notice, Hello):
            self._greeted(notice)
        elif isinstance(notice, FaultNotice):
            self.continuity.server_fault(notice, self.clock.now_ms())
            if notice.kind == "split" and notice.symbol == self.focus:
                self.signal_book.split(notice.from_ms)
        elif isinstance(notice, relay.Ack):
            if notice.action == "subscribe" and self.focus in notice.symbols:
                self.bars.joined(self.clock.now_ms())
        elif isinstance(notice, ErrorNotice):
            self.alert("warning", "server", "", notice.message)
        elif isinstance(notice, EndOfFeed):
            self.feed_ended = notice.message or "The feed has ended."
            self.alert("normal", "end", "", self.feed_ended)

    def _greeted(self, hello: Hello) -> None:
        before = self.course.greeted(hello)
        if before:
            self.continuity.source_changed(before, hello.label or hello.provider, self.clock.now_ms())
        self.feed_ended = ""
        self._rules = rules_for(hello.provider or "polygon")
        self._know_source()
        self.on_hello(hello)
        if "clock" not in hello.features:
            self.course.released()

    def _know_source(self) -> None:
        served = self.hello.timeframes if "history" in self.hello.features else ()
        self.history.follow(self.course.market(self.address), served, connected=self.link.connected)

    def _link_changed(self, status: LinkStatus) -> None:
        before, self.link = self.link, status
        now_ms, lost_at_ms = self.clock.now_ms(), self.continuity.lost_at_ms
        self.continuity.link_changed(before, status, now_ms, self.course.alive_ms)
        if status.connected and not before.connected:
            if lost_at_ms is None:
                self.bars.whole_from_ms = now_ms
            else:
                self.bars.missed(lost_at_ms, now_ms)
        self._know_source()
        self._ask_for_bars()

    def _ask_again(self, symbols: list[str]) -> None:
        """Level 1 again, and the bars of the focus symbol, after a loss."""
        self.request_snapshot(symbols)
        if self.focus in symbols:
            self.history.fill()

    def _settle_prints(self, now_ms: int) -> None:
        """Prices that were held back and are confirmed make bars after all; what never reached us goes on record."""
        self.guard.look_again()
        missing = self.focus_bars.settle(self.guard, now_ms)
        if missing and self.focus is not None:
            self.continuity.missed(self.focus, missing)

    def _page_merged(self, timeframe: Timeframe, purpose: str) -> None:
        if timeframe == MINUTE and purpose != "older":
            self.signal_book.search(self.bars.minutes, self.clock.now_ms())

    # -- time, signals, alerts --------------------------------------------------------------

    def tick(self) -> bool:
        """Once per frame: writes forming bars, closes bars by the market clock. True when bars changed."""
        now_ms = self.clock.now_ms()
        self.course.tick()
        jump = self.course.jump_notice()
        if jump:
            self.alert("warning", "clock", "", jump)
        self._settle_prints(now_ms)
        if self.course.time_is_known:
            self.history.tick()
        changed = self.bars.flush()
        for bar in self.bars.take_closed(now_ms):
            changed = True
            if bar.source is BarSource.OWN:
                self.on_bar(bar)
            # Without a feed a minute may miss prints: the rules look again once history has filled it.
            if self.link.connected:
                self.signal_book.bar_closed(bar)
        self.focus_bars.refresh()
        if self.keeper is not None:
            self.keeper.keep(self.focus_bars, self.continuity.alive_ms(self.course.alive_ms))
        return changed

    # -- what the course of the market brings (`market_course.Follower`) ------------------------

    def begin_market(self) -> None:
        """Another market, or the same from an earlier time on: what is known of the old one says nothing about it."""
        if self.focus is not None:
            self._start_focus(self.focus)

    def know_time(self) -> None:
        """The market goes on, and its time is known."""
        self._ask_for_bars()

    def begin_day(self) -> None:
        """The figures of the day start anew."""
        self._tell_volume(self.course.day_from_ms)
        self.signal_book.new_day()
        self.request_snapshot(list(self.states))

    def _tell_volume(self, at_ms: int) -> None:
        """Bars know the volume of the day from `at_ms` on, where level 1 knows it."""
        state = self.focus_state
        if state is not None:
            self.bars.begin_day(at_ms, state.volume if state.volume_known else NAN)

    def _signal_arose(self, signal: Signal, bar_ms: int) -> None:
        self.alert_log.add(Alert(bar_ms + MINUTE_MS, *describe(signal), bar_ms))
        self.on_signal(signal)

    def alert(self, level: AlertLevel, kind: str, symbol: str, message: str, bar_ms: int | None = None) -> None:
        """Adds something to look at."""
        self.alert_log.add(Alert(self.clock.now_ms(), level, kind, symbol, message, bar_ms))
