"""What is known of one symbol while its session is replayed: level 1, second and minute bars.

The same engine folds here and in the hub, so what a client is told when it joins is what it would have folded.
"""

from __future__ import annotations

from typing import TypeVar

from live_monitor.data.models.market_data import NAN, Aggregate, Event, Quote, SecondAggregate, Snapshot, Trade
from live_monitor.data.models.timeframe import DAY
from live_monitor.engine.market.bar_builder import BarBuilder
from live_monitor.engine.market.bar_proof import HALF_A_SHARE
from live_monitor.engine.market.bar_series import MINUTE_MS, SECOND_MS, BarSeries, BarSource
from live_monitor.engine.market.conditions import BAR_LAST, DAY_LAST, ConditionRules
from live_monitor.engine.market.ticker_state import TickerState
from live_monitor.ports import FoundPage
from live_monitor.providers.replay_past import ReplayPast

_Bar = TypeVar("_Bar", bound=Aggregate)


class ReplayBook:
    """Folds the events of one symbol. One thread."""

    def __init__(self, symbol: str, rules: ConditionRules, from_ms: int, span: tuple[int, int]) -> None:
        """`from_ms`: where the recording begins; `span`: [start_ms, end_ms) of that trading day."""
        self.symbol = symbol
        self._past = ReplayPast(symbol, from_ms)
        self._span = span
        self.state = TickerState(symbol)
        self._rules = rules
        self._bars = BarBuilder(symbol)
        self._known = False
        #: The vendor says the volume of the day, so it is known whatever was missed before the recording began.
        self._vendor_volume = False
        self._day_close = NAN

    def start_day(self, span: tuple[int, int], *, follows: bool) -> None:
        """A new trading day, [start_ms, end_ms): level 1 starts empty, bars are past.

        `follows`: the recording holds the session before it, whose close is this day's previous close.
        """
        self._keep_day()
        self._span = span
        close = self._day_close if follows else NAN
        self.state.reset_day()
        self.state.previous_close = close
        self._day_close = NAN
        self._vendor_volume = False
        self._known = False

    def _keep_day(self) -> None:
        day = self._day_bar()
        if day is not None:
            self._past.keep_day(day)
        self._bars.flush()
        for series in (self._bars.seconds, self._bars.minutes):
            self._past.keep(series.timeframe_ms, series.columns())
        self._bars = BarBuilder(self.symbol)

    def fold_row(self, quote: Quote | None, trade: Trade | None, day_volume: float) -> bool:
        """Folds one row of a tick recording. True when its print may make a bar."""
        state = self.state
        if not self._known:
            self._known = True
            # The vendor's volume covers this very row and nothing else: the recording starts with the day.
            before = day_volume - (trade.size if trade is not None else 0.0)
            at_ms = trade.timestamp_ms if trade is not None else quote.timestamp_ms if quote is not None else -1
            whole_day = abs(before) < HALF_A_SHARE
            state.begin(at_ms, whole_day=whole_day)
            self._bars.begin_day(at_ms, 0.0 if whole_day else NAN)
        if quote is not None:
            state.on_quote(quote)
        flags = 0 if trade is None else self._fold_print(trade, day_volume)
        if day_volume == day_volume:
            state.settle_volume(day_volume)
            self._vendor_volume = True
        return bool(flags & BAR_LAST)

    def _fold_print(self, trade: Trade, day_volume: float) -> int:
        flags = self._rules.cache.get(trade.conditions)
        if flags is None:
            flags = self._rules.flags(trade.conditions)
        counted = self._count(trade, flags, day_volume)
        if counted & DAY_LAST:
            # IQFeed's daily bar closes with the last regular print.
            self._day_close = trade.price
        return counted

    def _count(self, trade: Trade, flags: int, day_volume: float = NAN) -> int:
        """Folds a print into level 1 and bars; the flags by which it counts, 0 for a repeat."""
        counted = self.state.on_trade(trade, flags)
        if counted is None:
            return 0
        self._bars.add(trade, counted, day_volume)
        for held, held_flags in self.state.guard.take_confirmed():
            self._bars.confirm(held, held_flags)
        return counted

    def fold_event(self, event: Event) -> None:
        """Folds one event of a recorded stream; until a snapshot says more, day figures count from its time on."""
        if not self._known:
            self._known = True
            at_ms = event.start_ms if isinstance(event, Aggregate) else getattr(event, "timestamp_ms", 0)
            self.state.begin(at_ms, whole_day=False)
            self._bars.begin_day(at_ms, NAN)
        if isinstance(event, Trade):
            if self._count(event, self._rules.flags(event.conditions)) & DAY_LAST:
                self._day_close = event.price
        elif isinstance(event, Quote):
            self.state.on_quote(event)
        elif isinstance(event, Aggregate):
            self._fold_bar(event)

    def _fold_bar(self, bar: Aggregate) -> None:
        self._bars.apply(bar, BarSource.STREAM)
        state = self.state
        if bar.day_volume == bar.day_volume:
            self._bars.flush()
            volume = bar.day_volume + self._bars.volume_from(bar.end_ms)
            if not (state.volume_known or self._vendor_volume) or volume > state.volume:
                state.settle_volume(volume)
            self._vendor_volume = True
        if bar.day_open == bar.day_open:
            state.day_open = bar.day_open

    def fold_snapshot(self, snapshot: Snapshot) -> None:
        """Takes level 1 as the recorded provider told it."""
        self._known = True
        self.state.on_snapshot(snapshot)

    def fold_history(self, bars: list[Aggregate]) -> None:
        """Takes final bars that the recorded provider sent, all of one timeframe."""
        width = bars[0].end_ms - bars[0].start_ms if bars else 0
        if width in (SECOND_MS, MINUTE_MS):
            self._bars.merge_history(bars, width)
        elif width > MINUTE_MS:
            for bar in bars:
                self._past.keep_day(bar)

    def second_bar(self, end_ms: int) -> SecondAggregate | None:
        """The bar of the second that ended at `end_ms`, None without an eligible print."""
        self._bars.flush()
        return self._closed(self._bars.seconds, end_ms, SecondAggregate)

    def minute_bar(self, end_ms: int) -> Aggregate | None:
        """The bar of the minute that ended at `end_ms`, None without an eligible print."""
        self._bars.flush()
        return self._closed(self._bars.minutes, end_ms, Aggregate)

    def _closed(self, series: BarSeries, end_ms: int, make: type[_Bar]) -> _Bar | None:
        """An A or AM."""
        if not len(series):
            return None
        bar = series.bar(-1)
        if bar.start_ms != end_ms - series.timeframe_ms:
            return None
        return make(
            self.symbol, bar.start_ms, end_ms, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.vwap,
            day_volume=bar.cumulative_volume, day_open=self.state.day_open, day_vwap=self.state.vwap,
        )  # fmt: skip

    def snapshot(self, now_ms: int) -> Snapshot | None:
        """Level 1 now; `partial_since_ms` marks figures of a recording that begins in mid-day. None before anything."""
        if not self._known:
            return None
        state = self.state
        return Snapshot(
            symbol=self.symbol,
            timestamp_ms=now_ms,
            last=state.last,
            last_size=state.last_size,
            last_timestamp_ms=state.last_ms,
            bid=state.bid,
            bid_size=state.bid_size,
            ask=state.ask,
            ask_size=state.ask_size,
            quote_timestamp_ms=state.quote_ms,
            open=state.day_open,
            high=state.day_high,
            low=state.day_low,
            previous_close=state.previous_close,
            day_volume=state.volume if self._vendor_volume or state.volume_known else NAN,
            day_vwap=state.vwap,
            partial_since_ms=max(state.partial_since_ms, 0),
            sequence=state.sequence,
        )

    def search(self, timeframe_ms: int, now_ms: int, end_ms: int, limit: int) -> FoundPage:
        """The newest `limit` bars that ended by `now_ms` and start before `end_ms`, of a second, a minute or a day."""
        if timeframe_ms == DAY.nominal_ms:
            return FoundPage(self._past.days_page(self._day_bar(), now_ms, end_ms, limit))
        self._bars.flush()
        series = self._bars.seconds if timeframe_ms == SECOND_MS else self._bars.minutes
        return FoundPage(self._past.page(timeframe_ms, series.columns(), now_ms, end_ms, limit))

    def _day_bar(self) -> Aggregate | None:
        """The bar of the present day by the daily rules, as it stands; None unless the day is known from its begin.

        Open, high and low by the provider's prints of the day, close with its last regular print, volume of all.
        """
        state = self.state
        prices = (state.day_open, state.day_high, state.day_low, self._day_close)
        if state.partial_since_ms != 0 or not state.volume_known or any(price != price for price in prices):
            return None
        return Aggregate(self.symbol, *self._span, *prices, state.volume, state.vwap, day_volume=state.volume)
