"""What the feed says beside its events: who it is, what time it is there, what it lost, whether it is there at all.

Main thread.
"""

from __future__ import annotations

from collections.abc import Callable

from live_monitor.clock import Clock
from live_monitor.data.hub_symbols import HubSymbols
from live_monitor.data.inbox import Noted
from live_monitor.data.market_course import MarketCourse
from live_monitor.data.models.market_data import Snapshot
from live_monitor.data.models.providers import ProviderRole, ProviderStatus, prices_of
from live_monitor.data.models.status import LinkStatus
from live_monitor.engine.market.conditions import ConditionRules, rules_for
from live_monitor.engine.market.sessions import Calendar
from live_monitor.wire import relay
from live_monitor.wire.notices import PriceBands, SaleConditions
from live_monitor.wire.relay import ClockFrame, EndOfFeed, ErrorNotice, FaultNotice, Hello, HistoryPage, SnapshotFrame


class HubLink(HubSymbols):
    """Brings every symbol in step with what the feed says of itself; `MarketHub` folds what it sends."""

    def __init__(self, clock: Clock, calendar: Calendar) -> None:
        super().__init__(clock, calendar)
        #: What the source said when it came to its end, else empty.
        self.feed_ended = ""
        #: How each provider is doing that has a part in this, the one in use and any other.
        self.providers: dict[tuple[str, ProviderRole], ProviderStatus] = {}
        #: Where the server is, without secrets; names the market of one that does not say.
        self.address = ""
        #: Called when a server of ours greets, before any of its data is folded.
        self.on_hello: Callable[[Hello], None] = lambda hello: None
        self._rules: ConditionRules = rules_for("polygon")
        self.course = MarketCourse(self.clock, calendar, self.states, self, lambda: self.link.connected)

    def fold_snapshot(self, snapshot: Snapshot) -> None:
        """Takes level 1 of a subscribed symbol."""
        state = self.states.get(snapshot.symbol)
        if state is not None and snapshot.timestamp_ms >= self.course.day_from_ms:
            state.on_snapshot(snapshot, has_prints=self.has_prints)
            self.continuity.answered(snapshot.symbol)
            # A feed without prints has no other last price that an alert could meet.
            if not self.has_prints and state.on_last is not None and state.last == snapshot.last:
                state.on_last(state.last, state.last_ms)

    def _spoke(self, symbol: str, received: float) -> None:
        """Level 1 is all that some feeds have: a symbol that they tell of is not silent."""
        state = self.states.get(symbol)
        if state is not None:
            state.received = received
        if symbol == self.focus:
            self.flow.heard(received)
            if self.oldest_unpainted is None:
                self.oldest_unpainted = received

    def _noticed(self, noted: Noted) -> None:
        notice = noted.notice
        if isinstance(notice, ClockFrame):
            self.course.told_time(notice, noted.received)
        elif isinstance(notice, SnapshotFrame):
            self.fold_snapshot(notice.data)
            self._spoke(notice.data.symbol, noted.received)
        elif isinstance(notice, HistoryPage):
            for followed in (self.focused, self.comparison):
                followed.bars.builder.flush()
                followed.history.accept(notice)
        elif isinstance(notice, Hello):
            self._greeted(notice)
        elif isinstance(notice, FaultNotice):
            self.continuity.server_fault(notice, self.clock.now_ms())
            if notice.kind == "split" and notice.symbol == self.focus:
                self.signal_book.split(notice.from_ms)
        elif isinstance(notice, relay.Ack):
            if notice.action == "subscribe":
                self.continuity.confirmed(notice.symbols)
                self.focused.joined(notice.symbols)
                self.comparison.joined(notice.symbols)
        elif isinstance(notice, PriceBands):
            if notice.symbol in self.states:
                self.price_bands.take(notice)
        elif isinstance(notice, SaleConditions):
            self._rules.learn(notice.rows)
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
        self._choose_compared()
        self.on_hello(hello)
        if "clock" not in hello.features:
            self.course.released()

    def _know_source(self) -> None:
        served = self.hello.timeframes if "history" in self.hello.features else ()
        market = self.course.market(self.address)
        another = self.pages.follow(market, served, connected=self.link.connected)
        self.signal_book.source = self.source
        for followed in (self.focused, self.comparison):
            followed.history.source_changed(another=another)

    def _link_changed(self, status: LinkStatus) -> None:
        before, self.link = self.link, status
        lost_at_ms = self.continuity.lost_at_ms
        self.continuity.link_changed(before, status, self.clock.now_ms(), self.course.alive_ms)
        if status.connected and not before.connected:
            self.focused.connected(lost_at_ms)
            self.comparison.connected(lost_at_ms)
            self.price_alerts.unheard()
        self._know_source()
        self.know_time()

    # -- what the course of the market brings (`market_course.Follower`) ------------------------

    def begin_market(self) -> None:
        """Another market, or the same from an earlier time on: what is known of the old one says nothing about it."""
        self.price_bands.clear()
        if self.focus is not None:
            self._start_focus(self.focus)
        if self.comparison.state is not None:
            self.comparison.begin(self.comparison.state)
        self.know_time()

    def know_time(self) -> None:
        """The market goes on, and its time is known."""
        if self.course.time_is_known:
            # A price that is waited for is the same one from another vendor.
            self.price_alerts.follow_market(prices_of(self.pages.market), self.hello.symbols, self.clock.now_ms())
        self._ask_for_bars()
        self._ask_for_compared()

    def begin_day(self) -> None:
        """The figures of the day start anew."""
        self.focused.tell_volume(self.course.day_from_ms)
        self.comparison.tell_volume(self.course.day_from_ms)
        self.signal_book.new_day()
        self.request_snapshot(list(self.states))
