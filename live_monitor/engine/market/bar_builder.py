"""Trades, provider bars and history to one-second and one-minute bars (market rules 3.1, 3.2, 3.4).

Second windows are kept for a quarter of an hour, as long as providers re-broadcast; a minute is
always the fold of its second windows, so 1 s and 1 m never disagree, also when one joins in the
middle of a minute and history fills in the rest. A minute of the provider stands above the fold.

Prints go on being folded beneath a provider's bar, so that the two can be compared (ADR 16).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from live_monitor.data.models.market_data import Aggregate, Trade
from live_monitor.engine.market.bar_columns import NAN, Bar, BarColumns, BarSource
from live_monitor.engine.market.bar_page import bar_of, columns_of
from live_monitor.engine.market.bar_series import MINUTE_MS, SECOND_MS, BarSeries
from live_monitor.engine.market.conditions import BAR_HILO, BAR_LAST, BAR_VOLUME, DAY_VOLUME, HELD_VOLUME
from live_monitor.engine.market.day_volume import DayVolume
from live_monitor.engine.market.given_bars import GivenBars
from live_monitor.engine.market.own_bars import OwnBars
from live_monitor.engine.market.second_window import Window
from live_monitor.engine.market.seen_stretches import SeenStretches
from live_monitor.engine.market.window_book import KEEP_MS, WindowBook

__all__ = ["CLOSE_DELAY_MS", "KEEP_MS", "BarBuilder", "bar_of", "columns_of"]

#: A bar is closed by the market clock, one second after its end (market rules 3.4).
CLOSE_DELAY_MS: Final = 1_000
#: A feed says within this time that it sends what it was asked for; later it says so of what it sends already.
_JOINING_MS: Final = 10_000


class BarBuilder:
    """Feeds the second and the minute series of one symbol. One thread.

    `add` is the hot path and touches no numpy; `flush` writes what changed, once per frame. For bars by the rules of
    days give it the flags that `conditions.daily` makes of them.
    """

    def __init__(self, symbol: str) -> None:
        self.seconds = BarSeries(symbol, SECOND_MS, capacity=16_384)
        self.minutes = BarSeries(symbol, MINUTE_MS)
        self._book = WindowBook()
        self._seen = SeenStretches()
        self._given = GivenBars(self.seconds, self.minutes, self._book, self._seen)
        self._day = DayVolume(self._book)
        self._own = OwnBars(self.seconds, self.minutes, self._day)
        self._current_start = self._current_end = -1
        self._current: Window | None = None
        #: Seconds and minutes that start before these are closed.
        self._closed_seconds = self._closed_until = -1

    # -- prints ------------------------------------------------------------------------------

    def add(self, trade: Trade, flags: int, day_volume: float = NAN) -> None:
        """Folds one print; `flags` are the bits of `conditions`, as `TickerState.on_trade` gives them back.

        One older than the windows that are kept is left to the provider. `day_volume`: what the vendor says of the day
        up to and with this print, where it does.
        """
        at = trade.timestamp_ms
        known = self._current_start <= at < self._current_end
        window = self._current if known else self._window(at - at % SECOND_MS)
        if window is None:
            return
        price = trade.price
        if flags & BAR_HILO:
            if price > window.high:
                window.high = price
            if price < window.low:
                window.low = price
        if flags & BAR_LAST:
            sequence = trade.sequence
            if at > window.last_ms or (at == window.last_ms and sequence >= window.last_sequence):
                window.last_ms = at
                window.last_sequence = sequence
                window.close = price
                window.vendor_volume = day_volume
            if at < window.first_ms or (at == window.first_ms and sequence < window.first_sequence):
                window.first_ms = at
                window.first_sequence = sequence
                window.open = price
        if flags & BAR_VOLUME:
            size = trade.size
            window.volume += size
            window.turnover += price * size
            window.trades += 1
        elif flags & HELD_VOLUME:
            window.volume += trade.size
            window.unpriced += trade.size
            window.trades += 1
        elif flags & DAY_VOLUME:
            window.day_only += trade.size

    def confirm(self, trade: Trade, flags: int) -> None:
        """The price of a print that was added with `HELD_VOLUME` counts after all; `flags`: those of its conditions."""
        window = self._book.windows.get(trade.timestamp_ms - trade.timestamp_ms % SECOND_MS)
        if window is None or (flags & BAR_VOLUME and window.unpriced < trade.size):
            return  # it was added to bars of another time: the symbol was left and came back
        self.add(trade, flags & (BAR_LAST | BAR_HILO))
        if flags & BAR_VOLUME:
            window.unpriced -= trade.size
            window.turnover += trade.price * trade.size

    def _window(self, start: int) -> Window | None:
        """The window of `start`, made when new; remembered as the current one and as changed."""
        book = self._book
        if start < book.floor_ms:
            return None
        window = book.open(start)
        if start > book.newest_ms:
            book.reach(start)
        elif start < self._closed_seconds:
            window.late = True
        if not self._seen.prints:
            # Only now is it known that the provider sends prints at all, with which its bars can be compared.
            self._seen.prints = True
            book.judge_again()
        book.changed.add(start)
        self._current_start, self._current_end, self._current = start, start + SECOND_MS, window
        return window

    # -- what was seen -----------------------------------------------------------------------

    @property
    def whole_from_ms(self) -> int:
        """Every print from this time (ms) on is in the windows: when it joined, or missed the last ones before."""
        return self._seen.whole_from_ms

    @whole_from_ms.setter
    def whole_from_ms(self, ms: int) -> None:
        self._seen.whole_from_ms = ms
        self._day.begin(ms, NAN)

    def joined(self, now_ms: int) -> None:
        """The feed says that from now on it sends every print: what came since we asked for them may lack some."""
        if not self._seen.prints or now_ms - self.whole_from_ms < _JOINING_MS:
            self.whole_from_ms = max(now_ms, self.whole_from_ms)

    def missed(self, from_ms: int, to_ms: int) -> None:
        """Prints of [`from_ms`, `to_ms`) may have been missed; bars of that stretch prove nothing."""
        self._seen.missed(from_ms, to_ms)
        self._day.begin(max(to_ms, self.whole_from_ms), NAN)

    def saw(self, starts_ms: NDArray[np.int64], width_ms: int) -> NDArray[np.bool_]:
        """Of which windows of `width_ms` nothing can have been missed, bool[n]."""
        return self._seen.whole_rows(starts_ms, width_ms)

    def begin_day(self, at_ms: int, volume: float = 0.0) -> None:
        """A trading day begins at `at_ms`, or is joined there, `volume` shares (NaN: nobody knows) after its begin."""
        self._count()
        self._day.begin(at_ms, volume)

    def missing(self, now_ms: int) -> list[tuple[int, int]]:
        """Stretches [from_ms, to_ms) in which the provider counts shares that never reached us; each is told once.

        A stretch is told `PATIENCE_MS` after its end at the earliest, for prints may come after the bar that counts
        them. It is of whole seconds, or of the minute where only the provider's minute shows the loss.
        """
        return self._given.missing.take(now_ms)

    # -- provider's bars ---------------------------------------------------------------------

    def apply(self, bar: Aggregate, source: BarSource) -> bool:
        """Takes a provider's bar; it replaces what ranks lower. False when a better one is there already."""
        if not self._given.apply(bar, source):
            return False
        if bar.day_volume == bar.day_volume and bar.end_ms >= self.whole_from_ms:
            self._count()
            self._day.settle(bar.end_ms, bar.day_volume)
        return True

    def merge_history(self, bars: BarColumns | Iterable[Aggregate], timeframe_ms: int) -> int:
        """Takes a page of bars of 1,000 or 60,000 ms; what is newer or ranks higher stays.

        Rows of any source are taken: a store also keeps bars of our own, which stand where we did not see them built.
        Returns how many were added or changed.
        """
        return self._given.merge(bars if isinstance(bars, BarColumns) else columns_of(bars), timeframe_ms)

    def volume_from(self, start_ms: int) -> float:
        """Shares of the day in windows that start at `start_ms` or later; too few if that is before `whole_from_ms`."""
        return self._book.volume_from(start_ms)

    # -- writing -----------------------------------------------------------------------------

    def flush(self) -> bool:
        """Writes changed windows and their minutes into the series. True when anything changed."""
        book = self._book
        self._let_go()
        if not book.changed and not book.changed_minutes:
            return False
        before = self.seconds.version + self.minutes.version
        self._count()
        late: set[int] = set()
        for start in sorted(book.changed):
            window = book.windows[start]
            minute = start - start % MINUTE_MS
            book.minutes[minute].changed(start)
            book.changed_minutes.add(minute)
            if window.late:
                late.add(minute)
            if window.given is None:
                self._own.write_second(start, window)
            else:
                self._given.judge_second(start, window, window.given)
            window.late = False
        for start in sorted(book.changed_minutes):
            of = book.minutes[start]
            if of.given is not None:
                self._given.judge_minute(start, of, of.given)
            else:
                self._own.write_minute(start, of, late=start in late and start < self._closed_until)
        book.changed.clear()
        book.changed_minutes.clear()
        if book.forget():
            self._given.missing.forget(book.floor_ms)
        return self.seconds.version + self.minutes.version != before

    def _let_go(self) -> None:
        """Prints look their window up again."""
        if self._current is not None:
            self._book.changed.add(self._current_start)
            self._current, self._current_start, self._current_end = None, -1, -1

    def _count(self) -> None:
        """Adds to the day's volume what the windows have gained; bars after a late print had too little of it."""
        book, day = self._book, self._day
        for start in book.changed if self._current is None else {*book.changed, self._current_start}:
            gained = day.count(book.windows[start])
            if gained and start < book.newest_ms and day.total == day.total:
                self.seconds.add_to_cumulative(start, gained)
                self.minutes.add_to_cumulative(start - start % MINUTE_MS, gained)

    def windows(self) -> BarColumns:
        """Every second, also those in which only volume was printed: these have NaN for prices (copies).

        What days are made of exactly: by the rules of days most prints before the open move no price, yet count.
        """
        self.flush()
        return self._own.windows()

    # -- closing -----------------------------------------------------------------------------

    def restart_closing(self, now_ms: int) -> None:
        """Bars that ended before `now_ms` count as closed; the clock goes on from here."""
        edge = now_ms - CLOSE_DELAY_MS
        self._closed_until = edge - edge % MINUTE_MS
        self._closed_seconds = edge - edge % SECOND_MS

    def take_closed(self, now_ms: int) -> list[Bar]:
        """Minute bars that the market clock has closed since the last call (or restart), oldest first, each once."""
        edge = now_ms - CLOSE_DELAY_MS
        if self._closed_until < 0 or edge - edge % SECOND_MS <= self._closed_seconds:
            return []
        self._let_go()
        self._closed_seconds = edge - edge % SECOND_MS
        edge -= edge % MINUTE_MS
        if edge <= self._closed_until:
            return []
        self.flush()
        starts = self.minutes.start_ms
        first = int(starts.searchsorted(self._closed_until))
        last = int(starts.searchsorted(edge))
        self._closed_until = edge
        return [self.minutes.bar(index) for index in range(first, last)]
