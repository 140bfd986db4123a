"""The heart, without Qt: events in, state of symbols out.

Routing, reference-counted subscriptions, generations, ticker state, bars, tape, signals, sinks.
One thread (the main thread of the desktop, the loop of a headless server).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from live_monitor import limits
from live_monitor.clock import Clock, SessionClock
from live_monitor.data.data_flow import DataFlowWatch, Flow
from live_monitor.data.inbox import Batch, Item, Loss, Noted, SubscriptionProblem
from live_monitor.data.models.market_data import Aggregate, Event, Quote, Snapshot, Trade
from live_monitor.data.models.signals import EntrySignal, ExitSignal
from live_monitor.data.models.status import Alert, AlertLevel, Counters, Gap, LinkStatus
from live_monitor.engine.market.bar_builder import BarBuilder
from live_monitor.engine.market.bar_series import MINUTE_MS, SECOND_MS, Bar, BarSeries, BarSource
from live_monitor.engine.market.conditions import ConditionRules, rules_for
from live_monitor.engine.market.sessions import Calendar
from live_monitor.engine.market.tape import Tape
from live_monitor.engine.market.ticker_state import TickerState
from live_monitor.engine.signals.signal_engine import SignalEngine
from live_monitor.ports import MarketSink
from live_monitor.wire.relay import ClockFrame, EndOfFeed, ErrorNotice, FaultNotice, Hello, HistoryPage, SnapshotFrame

FOCUS_CHANNELS = ("T", "Q", "A", "AM")
WATCH_CHANNELS = ("T", "Q")
_TIMEFRAMES = {"1s": SECOND_MS, "1m": MINUTE_MS}

Signal = EntrySignal | ExitSignal


class Requests:
    """What the hub asks of the feed; a face fills in how. All may be called at any time."""

    def __init__(self) -> None:
        self.want: Callable[[dict[str, tuple[str, ...]]], None] = lambda wanted: None
        self.history: Callable[[str, str, int, int, int], None] = lambda symbol, timeframe, end_ms, limit, number: None
        self.snapshot: Callable[[list[str]], None] = lambda symbols: None


class MarketHub:
    """Folds whatever a feed brings and keeps it for faces to read. See the module."""

    def __init__(self, clock: Clock, calendar: Calendar) -> None:
        self._monotonic = clock.monotonic
        self.clock = SessionClock(clock)
        self.calendar = calendar
        self.requests = Requests()
        self.link = LinkStatus()
        self.hello = Hello(features=[])
        self.focus: str | None = None
        self.generation = 0
        self.counters = Counters()
        self.alerts: deque[Alert] = deque(maxlen=limits.MAX_ALERTS)
        self.alerts_total = 0
        self.tape = Tape()
        self.bars = BarBuilder("")
        self.signals: list[Signal] = []
        self.signals_version = 0
        self.flow = DataFlowWatch()
        self.problems: dict[str, str] = {}
        self.feed_ended = ""
        self.lag_ms = 0
        self.oldest_unpainted: float | None = None
        #: Called for every signal that arises live (not for those found in history).
        self.on_signal: Callable[[Signal], None] = lambda signal: None
        #: Called for every minute bar that closes or is replaced by the provider.
        self.on_bar: Callable[[Bar], None] = lambda bar: None
        #: The steps that a face may override; each folds one event of the focus symbol.
        self.trade_step: Callable[[Trade], None] = self.fold_trade
        self.quote_step: Callable[[Quote], None] = self.fold_quote
        self.aggregate_step: Callable[[Aggregate], None] = self.fold_aggregate
        self._states: dict[str, TickerState] = {}
        self._owners: dict[str, dict[str, tuple[str, ...]]] = {}
        self._sinks: list[MarketSink] = []
        self._rules: ConditionRules = rules_for("polygon")
        self._engine: SignalEngine | None = None
        self._pages: dict[int, tuple[int, str, str]] = {}
        self._page_number = 0
        self._more: dict[str, bool] = {}
        self._focus_state: TickerState | None = None
        self._synthetic = False
        self._trade_date = calendar.trade_date(self.clock.now_ms())
        self._lost_at_ms: int | None = None

    # -- subscriptions ------------------------------------------------------------------------

    def acquire(self, symbol: str, owner: str, channels: tuple[str, ...] = WATCH_CHANNELS) -> None:
        """`owner` wants events of `symbol`. Raises ValueError for what is not a symbol."""
        if not limits.valid_symbol(symbol):
            raise ValueError(f"{symbol[:32]!r} is not a symbol")
        self._owners.setdefault(symbol, {})[owner] = channels
        if symbol not in self._states:
            state = TickerState(symbol)
            state.partial_since_ms = self.clock.now_ms()
            self._states[symbol] = state
        self.requests.want(self.wanted())

    def release(self, symbol: str, owner: str) -> None:
        """`owner` no longer wants `symbol`; its state goes with its last owner."""
        owners = self._owners.get(symbol)
        if owners is None or owners.pop(owner, None) is None:
            return
        if not owners:
            del self._owners[symbol]
            self._states.pop(symbol, None)
            self.problems.pop(symbol, None)
        self.requests.want(self.wanted())

    def wanted(self) -> dict[str, tuple[str, ...]]:
        """The channels of every symbol that somebody owns, the focus symbol first."""
        order = sorted(self._owners, key=lambda symbol: symbol != self.focus)
        return {
            symbol: tuple(c for c in FOCUS_CHANNELS if any(c in channels for channels in self._owners[symbol].values()))
            for symbol in order
        }

    def owners(self, symbol: str) -> tuple[str, ...]:
        """Who holds `symbol`."""
        return tuple(self._owners.get(symbol, ()))

    def set_focus(self, symbol: str) -> None:
        """Makes `symbol` the one in focus: bars, tape and signals start empty, the old symbol is let go."""
        if symbol == self.focus:
            return
        old, self.focus = self.focus, symbol
        self.generation += 1
        self._pages.clear()
        self._more.clear()
        self.tape.clear()
        self.bars = BarBuilder(symbol)
        self._engine = SignalEngine(symbol, calendar=self.calendar)
        self.signals = []
        self.signals_version += 1
        self.flow = DataFlowWatch()
        self.oldest_unpainted = None
        self.acquire(symbol, "focus", FOCUS_CHANNELS)
        self._focus_state = self._states[symbol]
        if old is not None:
            self.release(old, "focus")
        self.bars.take_closed(self.clock.now_ms())
        if self.link.connected:
            self.flow.reset(self._monotonic())
            self.request_backfill()

    # -- what faces read ----------------------------------------------------------------------

    def state(self, symbol: str) -> TickerState | None:
        """Level 1 of a subscribed symbol."""
        return self._states.get(symbol)

    @property
    def focus_state(self) -> TickerState | None:
        """Level 1 of the focus symbol."""
        return self._focus_state

    def series(self, timeframe_ms: int) -> BarSeries:
        """Bars of the focus symbol: 1,000 or 60,000 ms."""
        return self.bars.seconds if timeframe_ms == SECOND_MS else self.bars.minutes

    def market_state(self) -> str:
        """`open`, `closed`, `pre`, `post`; `unknown` outside the calendar."""
        return self.calendar.market_state(self.clock.now_ms())

    def focus_flow(self) -> Flow:
        """How fresh the focus symbol is, by the gaps that are normal for it."""
        return self.flow.flow(self._monotonic())

    def focus_age_s(self) -> float:
        """Seconds since the focus symbol spoke."""
        return self.flow.age_s(self._monotonic())

    # -- folding ------------------------------------------------------------------------------

    def take(self, items: Iterable[Item]) -> None:
        """Folds items in order; never raises for what came from outside."""
        for item in items:
            kind = type(item)
            if kind is Batch:
                self.ingest(item.events, item.received)  # type: ignore[union-attr]  # a Batch
            elif kind is Noted:
                self._noticed(item)  # type: ignore[arg-type]  # a Noted
            elif kind is LinkStatus:
                self._link_changed(item)  # type: ignore[arg-type]  # a LinkStatus
            elif kind is Loss:
                self._lost(item)  # type: ignore[arg-type]  # a Loss
            elif kind is SubscriptionProblem:
                self._refused(item)  # type: ignore[arg-type]  # a SubscriptionProblem

    def ingest(self, events: list[Event], received: float, *, synthetic: bool = False) -> None:
        """Folds events that arrived at monotonic second `received`. The hot path.

        Synthetic ones (`test_chart_update`) never reach a sink.
        """
        self._synthetic = synthetic
        states, focus = self._states, self._focus_state
        trades = quotes = 0
        focused = False
        for event in events:
            kind = type(event)
            state = states.get(event.symbol)  # type: ignore[union-attr]  # status events never come here
            if state is None:
                continue
            if kind is Trade:
                trades += 1
                if state is focus:
                    focused = True
                    self.trade_step(event)  # type: ignore[arg-type]  # a Trade
                else:
                    self._fold_watched_trade(state, event)  # type: ignore[arg-type]  # a Trade
            elif kind is Quote:
                quotes += 1
                if state is focus:
                    focused = True
                    self.quote_step(event)  # type: ignore[arg-type]  # a Quote
                else:
                    state.on_quote(event)  # type: ignore[arg-type]  # a Quote
                    if self._sinks and not synthetic:
                        self._to_sinks(event)
            else:
                if state is focus:
                    focused = True
                self.aggregate_step(event)  # type: ignore[arg-type]  # a bar
            state.received = received
        counters = self.counters
        counters.events += len(events)
        counters.trades += trades
        counters.quotes += quotes
        counters.aggregates += len(events) - trades - quotes
        if focused:
            self.flow.heard(self._monotonic())
            if self.oldest_unpainted is None:
                self.oldest_unpainted = received
            last = events[-1]
            if type(last) is Trade or type(last) is Quote:
                self.lag_ms = self.clock.now_ms() - last.timestamp_ms
        self._synthetic = False

    def fold_trade(self, trade: Trade) -> None:
        """Folds a print of the focus symbol into ticker, bars and tape."""
        state = self._states.get(trade.symbol)
        if state is None:
            return
        if state.is_repeat(trade):
            self.counters.repeats += 1
            return
        flags = self._rules.cache.get(trade.conditions)
        if flags is None:
            flags = self._rules.flags(trade.conditions)
        if state is self._focus_state:
            self.tape.add(trade, state.bid, state.ask, flags)
            self.bars.add(trade.timestamp_ms, trade.sequence, trade.price, trade.size, flags)
        state.on_trade(trade, flags)
        if self._sinks and not self._synthetic:
            self._to_sinks(trade)

    def _fold_watched_trade(self, state: TickerState, trade: Trade) -> None:
        if state.is_repeat(trade):
            self.counters.repeats += 1
            return
        flags = self._rules.cache.get(trade.conditions)
        if flags is None:
            flags = self._rules.flags(trade.conditions)
        state.on_trade(trade, flags)
        if self._sinks and not self._synthetic:
            self._to_sinks(trade)

    def fold_quote(self, quote: Quote) -> None:
        """Folds a quote of the focus symbol."""
        state = self._states.get(quote.symbol)
        if state is not None:
            state.on_quote(quote)
            if self._sinks and not self._synthetic:
                self._to_sinks(quote)

    def fold_aggregate(self, bar: Aggregate) -> None:
        """Takes a provider's bar: it replaces the own one, and its day volume puts ours right."""
        state = self._states.get(bar.symbol)
        if state is None or state is not self._focus_state:
            return
        # A synthetic bar ranks lowest, so that the next real one takes its place.
        applied = self.bars.apply(bar, BarSource.OWN if self._synthetic else BarSource.STREAM)
        if not applied and not self._synthetic:
            return
        if bar.day_volume == bar.day_volume and not self._synthetic:
            self._settle(state, bar)
        if bar.end_ms - bar.start_ms == MINUTE_MS:
            index = self.bars.minutes.index_of(bar.start_ms)
            self.on_bar(self.bars.minutes.bar(index))
        if self._sinks and not self._synthetic:
            self._to_sinks(bar)

    def _settle(self, state: TickerState, bar: Aggregate) -> None:
        """The provider's volume of the day up to the bar's end, plus what was printed since."""
        self.bars.flush()
        volume = bar.day_volume + self.bars.volume_from(bar.end_ms)
        if not state.volume_known or volume > state.volume:
            if state.volume_known and volume - state.volume > 0.5:
                self._gap(state.symbol, bar.start_ms, bar.end_ms, "prints missed; volume put right by the provider")
            state.settle_volume(volume)
        if bar.day_open == bar.day_open:
            state.day_open = bar.day_open

    def _to_sinks(self, event: Event) -> None:
        for sink in self._sinks:
            if isinstance(event, Trade):
                sink.on_trade(event)
            elif isinstance(event, Quote):
                sink.on_quote(event)
            elif isinstance(event, Aggregate):
                sink.on_aggregate(event)

    def add_sink(self, sink: MarketSink) -> None:
        """Adds a receiver of everything that is folded."""
        self._sinks.append(sink)

    # -- notices ------------------------------------------------------------------------------

    def _noticed(self, noted: Noted) -> None:
        notice = noted.notice
        if isinstance(notice, ClockFrame):
            self.clock.follow(notice.market_ms, notice.speed, noted.received)
        elif isinstance(notice, SnapshotFrame):
            self.fold_snapshot(notice.data)
        elif isinstance(notice, HistoryPage):
            self._page(notice)
        elif isinstance(notice, Hello):
            self._greeted(notice)
        elif isinstance(notice, FaultNotice):
            self._server_fault(notice)
        elif isinstance(notice, ErrorNotice):
            self.alert("warning", "server", "", notice.message)
        elif isinstance(notice, EndOfFeed):
            self.feed_ended = notice.message or "The feed has ended."
            self.alert("normal", "end", "", self.feed_ended)

    def _greeted(self, hello: Hello) -> None:
        self.hello = hello
        self.feed_ended = ""
        self._rules = rules_for(hello.provider or "polygon")
        if "clock" not in hello.features:
            self.clock.release()

    def fold_snapshot(self, snapshot: Snapshot) -> None:
        """Takes level 1 of a subscribed symbol."""
        state = self._states.get(snapshot.symbol)
        if state is not None:
            state.on_snapshot(snapshot)
            self.problems.pop(snapshot.symbol, None)

    def _server_fault(self, fault: FaultNotice) -> None:
        if fault.kind in ("gap", "dropped"):
            self.counters.dropped_trades += fault.count
            self._gap(fault.symbol, fault.from_ms, fault.to_ms, fault.message or fault.kind)
            self._repair([fault.symbol] if fault.symbol else list(self._states))
        elif fault.kind == "conflated":
            self.counters.conflated_quotes += fault.count
        elif fault.kind == "halt":
            self.alert("urgent", "halt", fault.symbol, fault.message or f"{fault.symbol} is halted")
        elif fault.kind == "resume":
            self.alert("warning", "resume", fault.symbol, fault.message or f"{fault.symbol} trades again")

    def _refused(self, problem: SubscriptionProblem) -> None:
        if problem.symbol in self._states:
            self.problems[problem.symbol] = problem.reason
            self.alert("warning", "subscription", problem.symbol, f"{problem.symbol}: {problem.reason}")

    def _lost(self, loss: Loss) -> None:
        self.counters.dropped_trades += loss.trades
        self._gap(loss.symbol, loss.from_ms, loss.to_ms, f"{loss.trades} prints left out, the window was busy")
        self._repair([loss.symbol])

    def _gap(self, symbol: str, from_ms: int, to_ms: int, reason: str) -> None:
        if len(self.counters.gaps) < limits.MAX_GAPS:
            self.counters.gaps.append(Gap(symbol, from_ms, to_ms, reason))

    def _repair(self, symbols: list[str]) -> None:
        """Asks for the truth after a loss: level 1 again, and the bars of the focus symbol."""
        known = [symbol for symbol in symbols if symbol in self._states]
        for symbol in known:
            self._states[symbol].unsettled_volume = True
        self.requests.snapshot(known)
        if self.focus in known:
            self.request_backfill()

    def _link_changed(self, status: LinkStatus) -> None:
        before, self.link = self.link, status
        now_ms = self.clock.now_ms()
        if status.connected:
            self.counters.reconnects += before.attempt > 0 or self._lost_at_ms is not None
            if self._lost_at_ms is not None:
                for symbol in self._states:
                    self._gap(symbol, self._lost_at_ms, now_ms, "connection lost")
                    self._states[symbol].unsettled_volume = True
                self.alert("normal", "link", "", "Connected again")
                self._lost_at_ms = None
            self.flow.reset(self._monotonic())
            if self.focus is not None:
                self.request_backfill()
            return
        if before.connected:
            self._lost_at_ms = now_ms
        if status.state == "failed":
            self.alert("urgent", "link", "", f"{status.message} {status.remedy}".strip())
        elif status.state == "retrying" and status.attempt in (1, 10):
            level: AlertLevel = "urgent" if status.attempt == 10 else "warning"
            tries = "; ten attempts failed, still trying" if status.attempt == 10 else ""
            self.alert(level, "link", "", f"{status.message}{tries}")

    def alert(self, level: AlertLevel, kind: str, symbol: str, message: str, bar_ms: int | None = None) -> None:
        """Adds something to look at."""
        self.alerts.append(Alert(self.clock.now_ms(), level, kind, symbol, message[: limits.MAX_TEXT], bar_ms))
        self.alerts_total += 1

    # -- history ------------------------------------------------------------------------------

    def request_backfill(self) -> None:
        """Asks for the newest minutes and seconds of the focus symbol, up to the present."""
        end_ms = self.clock.now_ms() + MINUTE_MS
        self._request_page("1m", end_ms)
        self._request_page("1s", end_ms)

    def request_older(self, timeframe_ms: int) -> bool:
        """Asks for the page before the oldest bar. False when none is to be had or one is under way."""
        name = "1s" if timeframe_ms == SECOND_MS else "1m"
        series = self.series(timeframe_ms)
        waiting = any(timeframe == name for _, _, timeframe in self._pages.values())
        if waiting or not len(series) or not self._more.get(name, False):
            return False
        self._request_page(name, int(series.start_ms[0]))
        return True

    def _request_page(self, timeframe: str, end_ms: int) -> None:
        if self.focus is None:
            return
        self._page_number += 1
        self._pages[self._page_number] = (self.generation, self.focus, timeframe)
        self.requests.history(self.focus, timeframe, end_ms, limits.MAX_BARS, self._page_number)

    def _page(self, page: HistoryPage) -> None:
        asked = self._pages.pop(page.request_id, None)
        if asked != (self.generation, page.symbol, page.timeframe):
            return  # of a symbol that is no longer in focus
        width = _TIMEFRAMES[page.timeframe]
        now_ms = self.clock.now_ms()
        self._more[page.timeframe] = page.more
        self.bars.flush()
        self.bars.merge_history([bar for bar in page.bars if bar.end_ms <= now_ms + SECOND_MS], width)
        if width == MINUTE_MS:
            self._find_signals(now_ms)

    # -- time and signals ---------------------------------------------------------------------

    def tick(self) -> bool:
        """Once per frame: writes forming bars, closes bars by the market clock. True when bars changed."""
        now_ms = self.clock.now_ms()
        today = self.calendar.trade_date(now_ms)
        if today != self._trade_date:
            self._new_day(today)
        changed = self.bars.flush()
        for bar in self.bars.take_closed(now_ms):
            changed = True
            if bar.source is BarSource.OWN:
                self.on_bar(bar)
            self._evaluate(bar)
        return changed

    def _new_day(self, today: object) -> None:
        self._trade_date = today  # type: ignore[assignment]  # a date, from the same calendar
        for state in self._states.values():
            state.reset_day()
            state.partial_since_ms = self.clock.now_ms()
        if self._engine is not None:
            self._engine.reset()
        self.requests.snapshot(list(self._states))

    def _find_signals(self, now_ms: int) -> None:
        """Runs the rules over today's closed bars; what they find is shown, not announced."""
        if self._engine is None:
            return
        session = self.calendar.session_bounds(now_ms)
        if session is None:
            return
        self._engine.reset()
        minutes = self.bars.minutes
        first = int(minutes.start_ms.searchsorted(session.pre_ms))
        found: list[Signal] = []
        for index in range(first, len(minutes)):
            bar = minutes.bar(index)
            if bar.start_ms + MINUTE_MS > now_ms:
                break
            found.extend(self._engine.on_bar(bar))
        self.signals = found
        self.signals_version += 1

    def _evaluate(self, bar: Bar) -> None:
        if self._engine is None:
            return
        for signal in self._engine.on_bar(bar):
            self.add_signal(signal, bar.start_ms)
            self.on_signal(signal)

    def add_signal(self, signal: Signal, bar_ms: int | None = None) -> None:
        """Adds a signal to those of the focus symbol, with an alert."""
        self.signals.append(signal)
        self.signals_version += 1
        if "exit_type" in signal:
            level = {"Urgent": "urgent", "Warning": "warning"}.get(signal["urgency"], "normal")
            text = f"{signal['symbol']} {signal['exit_type']} {signal['price']} ({signal['pnl']}): {signal['signal']}"
            self.alert(level, "exit", signal["symbol"], text, bar_ms)  # type: ignore[arg-type]  # one of the three levels
        else:
            text = f"{signal['symbol']} {signal['signal_type']} {signal['price']}: {signal['signal']}"
            self.alert("normal", "entry", signal["symbol"], text, bar_ms)
