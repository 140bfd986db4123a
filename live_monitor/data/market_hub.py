"""The heart, without Qt: events in, state of symbols out.

Routing, reference-counted subscriptions, generations, ticker state, bars, tape, signals, sinks.
One thread (the main thread of the desktop, the loop of a headless server).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from live_monitor.clock import Clock
from live_monitor.data.hub_link import HubLink
from live_monitor.data.inbox import Batch, Found, Item, Loss, Noted, SubscriptionProblem
from live_monitor.data.models.market_data import Aggregate, Event, Quote, Trade
from live_monitor.data.models.providers import ProviderStatus, SymbolHit
from live_monitor.data.models.status import Alert, LinkStatus
from live_monitor.data.models.timeframe import MINUTE, Timeframe
from live_monitor.data.signal_book import Signal, describe
from live_monitor.data.sinks import pass_on
from live_monitor.engine.market.bar_builder import bar_of
from live_monitor.engine.market.bar_series import MINUTE_MS, Bar, BarSource
from live_monitor.engine.market.sessions import Calendar
from live_monitor.ports import MarketSink


class MarketHub(HubLink):
    """Folds whatever a feed brings and keeps it for faces to read."""

    def __init__(self, clock: Clock, calendar: Calendar) -> None:
        super().__init__(clock, calendar)
        self.signal_book.arose = self._signal_arose
        #: How far the newest event of the focus symbol lies behind market time, in ms; never negative.
        self.lag_ms = 0
        #: How far it lies ahead: the machine's clock is behind the exchange's by that much.
        self.skew_ms = 0
        self.history.merged = self._page_merged
        #: Called for every signal that arises live (not for those found in history).
        self.on_signal: Callable[[Signal], None] = lambda signal: None
        #: Called with the answer to a search for symbols: its number, and what was found.
        self.on_found: Callable[[int, tuple[SymbolHit, ...]], None] = lambda request_id, hits: None
        #: Called for every minute bar that closes or is replaced by the provider.
        self.on_bar: Callable[[Bar], None] = lambda bar: None
        #: Steps that a face may put in place of the folds below; each gets one event of the focus symbol.
        self.trade_step: Callable[[Trade], None] | None = None
        self.quote_step: Callable[[Quote], None] | None = None
        self.aggregate_step: Callable[[Aggregate], None] = self.fold_aggregate
        self._sinks: list[MarketSink] = []
        self._synthetic = False

    # -- folding ------------------------------------------------------------------------------

    def take(self, items: Iterable[Item]) -> None:
        """Folds items in order; never raises for what came from outside."""
        with self.door:
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
                elif isinstance(item, ProviderStatus):
                    self.providers[(item.provider, item.role)] = item
                elif isinstance(item, Found):
                    self.on_found(item.request_id, item.hits)
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
        compared, add_to_compared = self.comparison.state, self.comparison.bars.builder.add
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
                    elif state is compared:
                        add_to_compared(event, counted)
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
        self._folded(events, received, received if oldest is None else oldest, focused=focused)
        self._synthetic = False

    def _folded(self, events: list[Event], received: float, oldest: float, *, focused: bool) -> None:
        """What a batch means as a whole; `focused`: there was something of the focus symbol in it."""
        if focused:
            self.flow.heard(received)
            if self.oldest_unpainted is None:
                self.oldest_unpainted = oldest
            last = events[-1]
            if isinstance(last, Trade | Quote):
                behind = self.clock.now_ms() - last.timestamp_ms
                self.lag_ms, self.skew_ms = max(behind, 0), max(-behind, 0)
        if self.price_alerts.pending:
            self.price_alerts.settle()
        if self._sinks and not self._synthetic:
            pass_on(events, self._sinks)

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
        elif state is self.comparison.state:
            self.comparison.bars.builder.add(trade, flags)

    def fold_quote(self, quote: Quote) -> None:
        """Folds a quote of a subscribed symbol."""
        state = self.states.get(quote.symbol)
        if state is not None:
            state.on_quote(quote)

    def fold_aggregate(self, bar: Aggregate) -> None:
        """Takes a provider's bar: it replaces the own one, and its day volume puts ours right."""
        state = self.states.get(bar.symbol)
        if state is not None and state is not self.focus_state:
            if state is self.comparison.state:
                self.comparison.take(bar, self.continuity)
            else:
                self.continuity.check(state, bar)
            if self.keeper is not None:
                self.keeper.on_aggregate(bar)
        elif self._synthetic:
            self.on_bar(bar_of(bar, BarSource.OWN))  # shown, never kept
        elif state is not None:
            taken = self.focused.take(bar, self.continuity)
            if taken and bar.end_ms - bar.start_ms == MINUTE_MS:
                self.on_bar(self.bars.minutes.bar(self.bars.minutes.index_of(bar.start_ms)))

    def add_sink(self, sink: MarketSink) -> None:
        """Adds a receiver of everything that is folded."""
        self._sinks.append(sink)

    def _settle_prints(self) -> None:
        """Prices that were held back and are confirmed make bars after all; what never reached us goes on record."""
        self.guard.look_again()
        confirmed = self.guard.take_confirmed()
        self.focused.settle(confirmed, self.continuity)
        self.comparison.settle(confirmed, self.continuity)
        if self.price_alerts.pending:
            self.price_alerts.settle()

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
        with self.door:
            self._settle_prints()
        time_is_known = self.course.time_is_known
        changed, closed = self.focused.tick(now_ms, time_is_known=time_is_known)
        for bar in closed:
            if bar.source is BarSource.OWN:
                self.on_bar(bar)
            # Without a feed a minute may miss prints: the rules look again once history has filled it.
            if self.link.connected:
                self.signal_book.bar_closed(bar)
        compared_changed, _ = self.comparison.tick(now_ms, time_is_known=time_is_known)
        if self.keeper is not None:
            self.keeper.keep(self.focus_bars, self.continuity.alive_ms(self.course.alive_ms))
        return changed or compared_changed

    def _signal_arose(self, signal: Signal, bar_ms: int) -> None:
        self.alert_log.add(Alert(bar_ms + MINUTE_MS, *describe(signal), bar_ms))
        self.on_signal(signal)
