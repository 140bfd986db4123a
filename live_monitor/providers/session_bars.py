"""Bars of a session file, trading day by trading day: built from its trades by the rules of its provider.

A recorded stream that carries the provider's own bars gives those where it does; ours are compared with them, as in the
desktop. Memory is bounded by one day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from live_monitor.data.models.market_data import NAN, Aggregate, Quote, Status, Trade
from live_monitor.data.models.timeframe import SECOND, Timeframe
from live_monitor.engine.market.bar_builder import BarBuilder
from live_monitor.engine.market.bar_columns import BarColumns, BarSource
from live_monitor.engine.market.bar_series import MAX_SERIES_BARS, MINUTE_MS, SECOND_MS
from live_monitor.engine.market.conditions import ConditionRules, daily, rules_for
from live_monitor.engine.market.sessions import Calendar
from live_monitor.engine.market.ticker_state import TickerState
from live_monitor.engine.market.window_book import KEEP_MS
from live_monitor.providers.recorded_frames import Step, translator_for
from live_monitor.wire.session_file import SessionReader

#: A day with more seconds than this hands its oldest over early, and again after so long: its series would let them go.
_MANY_SECONDS = MAX_SERIES_BARS - 3_600
_AGAIN_MS = 12 * 3_600_000


def symbols_of(reader: SessionReader) -> tuple[str, ...]:
    """The symbols of a session; a stream whose header names none is read once to know. Raises SessionFileError."""
    return reader.header.symbols or translator_for(reader.header).survey(reader).symbols


class SessionBars:
    """Second or minute bars of one symbol of a session.

    `base`: 1 s or 1 m. With `daily_rules` the eligibility of days decides (market rules 2.2) in place of that of
    intraday bars, and the provider's own bars, which were made by the latter, are left out. `rejections` counts what
    could not be used. One thread.
    """

    def __init__(
        self, reader: SessionReader, symbol: str, base: Timeframe, calendar: Calendar, *, daily_rules: bool = False
    ) -> None:
        self.symbol = symbol
        self.base = base
        self.daily_rules = daily_rules
        self.rules = rules_for(reader.header.provider)
        #: Prints that came after their trading day had been given.
        self.too_late = 0
        self._translator = translator_for(reader.header)
        self.rejections = self._translator.rejections
        self._reader = reader
        self._calendar = calendar

    def days(self) -> Iterator[BarColumns]:
        """Bars of each trading day, ascending, extended hours included; a long day comes in several pieces.

        Rows without prices (`BarColumns`) hold the volume of windows in which no print could move one. Raises
        SessionFileError when the file cannot be read.
        """
        day: _Day | None = None
        if self._translator.builds_bars:
            # Recorded ticks: what the file holds decides from when on the volume of a day is known.
            self._translator.survey(self._reader)
        for frame in self._reader.frames():
            step = self._translator.translate(frame)
            if step is None:
                continue
            for event in step.events:
                if isinstance(event, Status) or event.symbol != self.symbol:
                    continue
                if isinstance(event, Quote):
                    if day is not None:
                        day.see(event)
                    continue
                at_ms = event.start_ms if isinstance(event, Aggregate) else event.timestamp_ms
                if day is not None and at_ms < day.span[0]:
                    self.too_late += 1
                    continue
                if day is None or at_ms >= day.span[1]:
                    if day is not None:
                        yield day.rest()
                    day = _Day(self, self._calendar.span(self._calendar.trade_date(at_ms)), at_ms)
                day.fold(event, step)
            if day is None:
                continue
            day.learn(step)
            if day.is_long:
                yield day.old()
        if day is not None:
            yield day.rest()


class _Day:
    """One trading day of one symbol while it is folded. `span`: [start_ms, end_ms)."""

    def __init__(self, of: SessionBars, span: tuple[int, int], first_ms: int) -> None:
        self.span = span
        self.builder = BarBuilder(of.symbol)
        self.builder.restart_closing(first_ms)
        #: Knows which prints were here before.
        self._state = TickerState(of.symbol)
        self._rules: ConditionRules = of.rules
        self._daily = of.daily_rules
        self._base = of.base
        self._begun = False
        self._next_second_ms = 0
        #: Bars before this were handed over.
        self._given_ms = span[0]

    def fold(self, event: Trade | Aggregate, step: Step) -> None:
        """Takes a print or one of the provider's bars."""
        if step.at_ms >= self._next_second_ms:
            # As the market clock does in the desktop: what changes a bar after this has revised it.
            self.builder.take_closed(step.at_ms)
            self._next_second_ms = step.at_ms - step.at_ms % SECOND_MS + SECOND_MS
        if isinstance(event, Trade):
            self._fold_trade(event, step.day_volume)
        elif not self._daily:
            self._begin(event.start_ms, NAN)
            self.builder.apply(event, BarSource.STREAM)

    def _fold_trade(self, trade: Trade, vendor_volume: float) -> None:
        self._begin(trade.timestamp_ms, vendor_volume - trade.size)
        counted = self._state.on_trade(trade, self._rules.flags(trade.conditions))
        if counted is None:
            return
        self.builder.add(trade, self._by_day(counted), NAN if self._daily else vendor_volume)
        for held, flags in self._state.guard.take_confirmed():
            self.builder.confirm(held, self._by_day(flags))

    def _by_day(self, flags: int) -> int:
        return daily(flags) if self._daily else flags

    def see(self, quote: Quote) -> None:
        """A quote says which prices can be (faults M12)."""
        self._state.on_quote(quote)

    def _begin(self, at_ms: int, volume: float) -> None:
        """The first that is heard of the day; `volume` shares were traded before."""
        if not self._begun:
            self._begun = True
            self.builder.whole_from_ms = at_ms
            self.builder.begin_day(at_ms, volume)

    def learn(self, step: Step) -> None:
        """Takes what else the recorded provider said: level 1, and final bars of this day."""
        told = step.snapshot
        if told is not None and told.symbol == self._state.symbol:
            self._begun = True
            self._state.on_snapshot(told)
            self.builder.begin_day(told.timestamp_ms, told.day_volume)
        if step.history and not self._daily:
            self._learn_bars(step.history)

    def _learn_bars(self, bars: Sequence[Aggregate]) -> None:
        today = [bar for bar in bars if bar.symbol == self._state.symbol and self._is_today(bar)]
        for width in {bar.end_ms - bar.start_ms for bar in today}:
            self.builder.merge_history([bar for bar in today if bar.end_ms - bar.start_ms == width], width)

    def _is_today(self, bar: Aggregate) -> bool:
        return self.span[0] <= bar.start_ms < self.span[1] and bar.end_ms - bar.start_ms in (SECOND_MS, MINUTE_MS)

    @property
    def is_long(self) -> bool:
        """True when the oldest bars have to be handed over before the day is over."""
        return len(self.builder.seconds) > _MANY_SECONDS and self._newest_ms - self._given_ms >= _AGAIN_MS

    @property
    def _newest_ms(self) -> int:
        return int(self.builder.seconds.start_ms[-1])

    def old(self) -> BarColumns:
        """The bars that hardly anything can change any more, each once."""
        self.builder.flush()
        return self._take(self._newest_ms - self._newest_ms % MINUTE_MS - KEEP_MS)

    def rest(self) -> BarColumns:
        """The bars that were not given yet."""
        self.builder.flush()
        return self._take(self.span[1])

    def _take(self, until_ms: int) -> BarColumns:
        """Bars that start before `until_ms` and were not given yet, with rows of seconds that have volume only."""
        seconds = self.builder.windows().between(self._given_ms, until_ms)
        if self._base != SECOND:
            minutes = self.builder.minutes.columns().between(self._given_ms, until_ms)
            # The volume of a second without a price is in its minute, where there is one.
            apart = ~np.isin(seconds.start_ms - seconds.start_ms % MINUTE_MS, minutes.start_ms)
            quiet = seconds.rows(apart & (seconds.open != seconds.open))
            both = BarColumns.joined([minutes, quiet])
            seconds = both.rows(np.argsort(both.start_ms, kind="stable"))
        self._given_ms = max(until_ms, self._given_ms)
        return seconds
