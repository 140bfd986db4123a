"""What faces read of the hub, apart from how it folds. Main thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from live_monitor.clock import SessionClock
from live_monitor.data.comparison import Comparison
from live_monitor.data.continuity import AlertLog, Continuity
from live_monitor.data.data_flow import DataFlowWatch, Flow
from live_monitor.data.focus_bars import FocusBars
from live_monitor.data.followed import Followed
from live_monitor.data.history import History, HistoryState
from live_monitor.data.history_pages import PageSource
from live_monitor.data.market_course import MarketCourse
from live_monitor.data.models.status import Alert, LinkStatus
from live_monitor.data.models.timeframe import MINUTE, Timeframe
from live_monitor.data.signal_book import Signal, SignalBook
from live_monitor.engine.market.bar_builder import BarBuilder
from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.engine.market.sessions import Calendar
from live_monitor.engine.market.ticker_state import TickerState
from live_monitor.engine.paper.market_view import Now
from live_monitor.wire.notices import LEVEL_ONE
from live_monitor.wire.relay import Hello


class HubReadings:
    """Questions that change nothing; `MarketHub` fills in what they are answered from."""

    calendar: Calendar
    clock: SessionClock
    states: dict[str, TickerState]
    pages: PageSource
    focused: Followed
    comparison: Comparison
    link: LinkStatus
    course: MarketCourse
    continuity: Continuity
    signal_book: SignalBook
    alert_log: AlertLog
    flow: DataFlowWatch
    _monotonic: Callable[[], float]

    def state(self, symbol: str) -> TickerState | None:
        """Level 1 of a subscribed symbol."""
        return self.states.get(symbol)

    @property
    def focus(self) -> str | None:
        """The symbol in focus."""
        return self.focused.symbol

    @property
    def focus_state(self) -> TickerState | None:
        """Level 1 of the focus symbol."""
        return self.focused.state

    @property
    def focus_bars(self) -> FocusBars:
        """Every length of bars of the focus symbol; another object after each switch."""
        return self.focused.bars

    @property
    def history(self) -> History:
        """How far back the bars of the focus symbol reach."""
        return self.focused.history

    @property
    def compared(self) -> str | None:
        """The symbol that the one in focus is compared with at present."""
        return self.comparison.symbol

    @property
    def hello(self) -> Hello:
        """What the server said of itself."""
        return self.course.hello

    @property
    def has_prints(self) -> bool:
        """False for a feed of level 1 alone: it is silent while nothing changes, and watches over itself."""
        return LEVEL_ONE not in self.course.hello.features

    @property
    def problems(self) -> dict[str, str]:
        """Symbols that the server refused or left unanswered, with the reason."""
        return self.continuity.problems

    @property
    def alerts(self) -> deque[Alert]:
        """What deserves attention, newest last, bounded."""
        return self.alert_log.rows

    @property
    def alerts_total(self) -> int:
        """How many alerts there ever were."""
        return self.alert_log.total

    @property
    def signals(self) -> list[Signal]:
        """Signals of the focus symbol, oldest first."""
        return self.signal_book.rows

    @property
    def signals_version(self) -> int:
        """Rises with every change of `signals`."""
        return self.signal_book.version

    @property
    def source(self) -> str:
        """Whose prices these are, as the feed calls them; else the name of its market; empty before one is known."""
        return self.hello.label or self.hello.provider or self.pages.market

    def signal_source(self, signal: Signal) -> str:
        """Whose bars a signal came from; "script" for one that a script gave."""
        return self.signal_book.source_of(signal)

    @property
    def bars(self) -> BarBuilder:
        """Second and minute bars of the focus symbol as they are built."""
        return self.focus_bars.builder

    def series(self, timeframe: Timeframe = MINUTE, *, extended: bool = True) -> BarSeries:
        """Bars of the focus symbol of any length; `extended`: also those before the open and after the close."""
        self.history.use(timeframe.base)
        return self.focus_bars.series(timeframe, extended=extended)

    def compared_series(self, timeframe: Timeframe = MINUTE, *, extended: bool = True) -> BarSeries | None:
        """Bars of the compared symbol, by the rules of `series`; None while nothing is compared.

        They come to reach back as far as those of the focus symbol, as long as somebody asks for them.
        """
        return self.comparison.series(timeframe, self.focused, extended=extended, connected=self.link.connected)

    def history_state(self, timeframe: Timeframe) -> HistoryState:
        """Whether older bars of this length are under way, or none are to be had."""
        return self.history.state(timeframe)

    @property
    def store_notice(self) -> str:
        """One line while bars are not kept, and why; else empty."""
        return self.pages.store.notice if self.pages.store is not None else ""

    @property
    def keeps_bars(self) -> bool:
        """True where bars are to be kept: there is a store, and the market has a name; see `store_notice`."""
        return self.pages.store is not None and bool(self.pages.market)

    def instant(self) -> Now:
        """Market time, and the monotonic time beside it."""
        return Now(self.clock.now_ms(), self._monotonic())

    def market_state(self) -> str:
        """`open`, `closed`, `pre`, `post`; `unknown` outside the calendar."""
        return self.calendar.market_state(self.clock.now_ms())

    def focus_flow(self) -> Flow:
        """How fresh the focus symbol is, by the gaps that are normal for it."""
        return self.flow.flow(self._monotonic())

    def focus_age_s(self) -> float:
        """Seconds since the focus symbol spoke."""
        return self.flow.age_s(self._monotonic())
