"""Which symbols the hub follows, and for whom: focus, comparison, watchlist, price alerts. Main thread."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from live_monitor import limits
from live_monitor.clock import Clock, SessionClock
from live_monitor.data.bar_keeper import BarKeeper
from live_monitor.data.comparison import OWNER, Comparison
from live_monitor.data.continuity import AlertLog, Continuity
from live_monitor.data.data_flow import DataFlowWatch
from live_monitor.data.followed import Followed
from live_monitor.data.history_pages import PageSource
from live_monitor.data.hub_readings import HubReadings
from live_monitor.data.models.status import Alert, AlertLevel, Counters, LinkStatus
from live_monitor.data.price_alerts import PriceAlerts
from live_monitor.data.price_bands import BandBook
from live_monitor.data.signal_book import SignalBook
from live_monitor.data.store_thread import StoreThread
from live_monitor.data.subscriptions import FOCUS_CHANNELS, WATCH_CHANNELS, Subscriptions
from live_monitor.engine.market.print_guard import PrintGuard
from live_monitor.engine.market.sessions import Calendar
from live_monitor.engine.market.tape import Tape
from live_monitor.engine.market.ticker_state import Level1Listener, TickerState


class HubSymbols(HubReadings):
    """Keeps what is known of each symbol that somebody wants; `MarketHub` folds into it."""

    def __init__(self, clock: Clock, calendar: Calendar) -> None:
        self._monotonic = clock.monotonic
        self.clock = SessionClock(clock)
        self.calendar = calendar
        self.subscriptions = Subscriptions()
        self.pages = PageSource(self.clock.now_ms)
        self.focused = Followed(self.pages, clock.monotonic, self.clock, calendar)
        self.comparison = Comparison(self.pages, clock.monotonic, self.clock, calendar)
        self.keeper: BarKeeper | None = None
        self.signal_book = SignalBook(calendar)
        self.link = LinkStatus()
        self.counters = Counters()
        self.generation = 0
        self.tape = Tape()
        self.flow = DataFlowWatch()
        #: Monotonic second at which the oldest event that no frame has shown yet arrived.
        self.oldest_unpainted: float | None = None
        #: Holds back prices that jump for one tick.
        self.guard = PrintGuard()
        self.states: dict[str, TickerState] = {}
        self._listener: Level1Listener | None = None
        #: Held while events are folded: a listener that is asked from other threads puts its lock here.
        self.door: AbstractContextManager[object] = nullcontext()
        #: Called when shares of a symbol have become others: how many new ones of one old.
        self.on_split: Callable[[str, float], None] = lambda symbol, ratio: None
        #: Limit up, limit down.
        self.price_bands = BandBook(calendar)
        self.alert_log = AlertLog()
        self.request_snapshot: Callable[[list[str]], None] = lambda symbols: None
        ask_level_1 = lambda symbols: self.request_snapshot(symbols)  # noqa: E731,PLW0108  # a face fills it in later
        self.continuity = Continuity(self.states, self.counters, self.alert, self._ask_again, ask_level_1)
        self.continuity.missing = self._missing
        self.continuity.split = self._split
        self.price_alerts = PriceAlerts(self.states, self.acquire, self.release, self.alert_log.add)
        for followed in (self.focused, self.comparison):
            followed.record_in(self.continuity)

    def acquire(self, symbol: str, owner: str, channels: tuple[str, ...] = WATCH_CHANNELS) -> None:
        """`owner` wants events of `symbol`. Raises ValueError for what is not a symbol."""
        if self.subscriptions.acquire(symbol, owner, channels):
            state = self.states[symbol] = TickerState(symbol, self.guard)
            state.listener = self._listener
            self.course.admit(state)
            self.price_alerts.admit(state)

    def listen(self, listener: Level1Listener | None) -> None:
        """`listener` hears from now on of every print, quote and snapshot of every symbol that is followed."""
        self._listener = listener
        for state in self.states.values():
            state.listener = listener

    def release(self, symbol: str, owner: str) -> None:
        """`owner` no longer wants `symbol`; its state goes with its last owner."""
        if self.subscriptions.release(symbol, owner):
            self.guard.forget(self.states.pop(symbol))
            self.continuity.let_go(symbol)
            self.price_bands.forget(symbol)

    def set_focus(self, symbol: str) -> None:
        """Makes `symbol` the one in focus: bars, tape and signals start empty, the old symbol is let go."""
        old = self.focus
        if symbol == old:
            return
        self.acquire(symbol, "focus", FOCUS_CHANNELS)
        self._start_focus(symbol)
        if old is not None:
            self.release(old, "focus")
        self._ask_for_bars()
        self._choose_compared()

    def _start_focus(self, symbol: str) -> None:
        self.generation += 1
        self.tape.clear()
        self.focused.begin(self.states[symbol])
        self.flow = DataFlowWatch()
        self.oldest_unpainted = None
        self.signal_book.start(symbol)

    def compare(self, symbol: str | None) -> None:
        """Follows `symbol` beside the one in focus, by the same rules; None: no longer.

        While it is the symbol in focus, or the feed does not have it, nothing is compared, and the wish stands. Raises
        ValueError for what is not a symbol.
        """
        if symbol is not None and not limits.valid_symbol(symbol):
            raise ValueError(f"{symbol[:32]!r} is not a symbol")
        self.comparison.wish = symbol
        self._choose_compared()

    def _choose_compared(self) -> None:
        old, wish = self.comparison.symbol, self.comparison.wish
        chosen = wish if wish is not None and wish != self.focus and self._is_offered(wish) else None
        if chosen == old:
            return
        if chosen is None:
            self.comparison.end()
        else:
            self.acquire(chosen, OWNER, FOCUS_CHANNELS)
            self.comparison.begin(self.states[chosen])
            self._ask_for_compared()
        if old is not None:
            self.release(old, OWNER)

    def _is_offered(self, symbol: str) -> bool:
        """False only where the feed says what it has, and that is not among it."""
        return not self.hello.symbols or symbol in self.hello.symbols

    def _ask_for_bars(self) -> None:
        # Before a feed with a time of its own has told it, nobody knows what the newest bars are.
        if not self.link.connected or not self.course.time_is_known:
            return
        if self.focus is not None and self._is_offered(self.focus):
            self.flow.reset(self._monotonic())
            self.history.newest()

    def _ask_for_compared(self) -> None:
        if self.link.connected and self.course.time_is_known and self.compared is not None:
            self.comparison.history.newest()

    def _ask_again(self, symbols: list[str]) -> None:
        """Level 1 again, and the bars of what is followed, after a loss."""
        self.request_snapshot(symbols)
        for followed in (self.focused, self.comparison):
            if followed.symbol in symbols:
                followed.history.fill()

    def _missing(self, symbol: str, from_ms: int) -> None:
        """Prints of `symbol` are missing from `from_ms` on."""
        now_ms = self.clock.now_ms()
        for followed in (self.focused, self.comparison):
            followed.bars.missed(symbol, from_ms, now_ms)
        self.price_alerts.unheard(symbol)

    def _split(self, symbol: str, ratio: float) -> None:
        self.price_alerts.split(symbol, ratio, self.clock.now_ms())
        self.on_split(symbol, ratio)

    def keep_bars(self, store: StoreThread) -> None:
        """Bars that stream are kept in `store`, and old ones are looked for there first."""
        self.pages.store = store
        self.keeper = BarKeeper(self.pages)

    def alert(self, level: AlertLevel, kind: str, symbol: str, message: str, bar_ms: int | None = None) -> None:
        """Adds something to look at."""
        self.alert_log.add(Alert(self.clock.now_ms(), level, kind, symbol, message, bar_ms))
