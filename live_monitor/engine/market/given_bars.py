"""The provider's bars: which of them stand, and what the comparison with our own says (ADR 16)."""

from __future__ import annotations

import numpy as np

from live_monitor.data.models.market_data import Aggregate
from live_monitor.engine.market.bar_columns import Bar, BarColumns, BarSource, Proof
from live_monitor.engine.market.bar_page import bar_of, says_the_same, with_what_is_known
from live_monitor.engine.market.bar_proof import HALF_A_SHARE, MissingPrints, Numbers, prove
from live_monitor.engine.market.bar_series import MINUTE_MS, SECOND_MS, BarSeries, in_order
from live_monitor.engine.market.minute_sums import Minute
from live_monitor.engine.market.second_window import Window
from live_monitor.engine.market.seen_stretches import SeenStretches
from live_monitor.engine.market.window_book import WindowBook


class GivenBars:
    """Puts the provider's bars above our own in `book` and in the series, and judges them again when asked."""

    def __init__(self, seconds: BarSeries, minutes: BarSeries, book: WindowBook, seen: SeenStretches) -> None:
        self._seconds = seconds
        self._minutes = minutes
        self._book = book
        self._seen = seen
        self.missing = MissingPrints()

    def apply(self, bar: Aggregate, source: BarSource) -> bool:
        """Takes a provider's bar; it replaces what ranks lower. False when a better one is there already.

        History ranks highest, yet a bar that the stream gives again with more volume is newer than the page: a print
        was reported late (market rules 3.1).
        """
        series = self._series(bar.end_ms - bar.start_ms)
        index = series.index_of(bar.start_ms)
        row = bar_of(bar, source)
        if index >= 0:
            known = series.bar(index)
            again = source is BarSource.STREAM and bar.volume > known.volume
            if known.source > source and not again:
                return False
            same = says_the_same(known, row)
            row = row._replace(revised=known.revised or (known.source >= source and not same))
            if same and row.cumulative_volume != row.cumulative_volume:
                row = row._replace(cumulative_volume=known.cumulative_volume)
        self._book.reach(bar.start_ms)
        if bar.start_ms >= self._book.floor_ms:
            row = self._give(row, series)
            self._book.changed_minutes.add(row.start_ms - row.start_ms % MINUTE_MS)
        elif index >= 0:
            whole = np.array([self._seen.whole(bar.start_ms, bar.end_ms)])
            row = with_what_is_known(BarColumns.of([row]), series.columns(), np.array([index]), whole).bar(0)
        series.put(row)
        return True

    def merge(self, bars: BarColumns, timeframe_ms: int) -> int:
        """Takes a page of bars of any source. Returns how many were added or changed."""
        page = in_order(bars)
        if not page.length:
            return 0
        series = self._series(timeframe_ms)
        self._book.reach(int(page.start_ms[-1]))
        whole = self._seen.whole_rows(page.start_ms, timeframe_ms)
        index = series.indexes_of(page.start_ms)
        built_here = (index >= 0) & whole & (series.source[index] == BarSource.OWN) if len(series) else whole & False
        kept = ~(built_here & (page.source == BarSource.OWN))
        page = with_what_is_known(page.rows(kept), series.columns(), index[kept], whole[kept])
        return series.merge(self._give_page(page, series))

    def _series(self, width_ms: int) -> BarSeries:
        return self._seconds if width_ms == SECOND_MS else self._minutes

    def _give_page(self, page: BarColumns, series: BarSeries) -> BarColumns:
        """Lets those bars of the page stand in windows that are kept; they come back with their proof."""
        first = int(np.searchsorted(page.start_ms, self._book.floor_ms))
        if first == page.length:
            return page
        proof = page.proof.copy()
        for at in range(first, page.length):
            row = page.bar(at)
            known = self._standing(row.start_ms, series)
            if known is None or row.source >= known.source:
                proof[at] = self._give(row, series).proof
            minute = row.start_ms - row.start_ms % MINUTE_MS
            if minute >= page.start_ms[0]:
                # A minute of which the page has only the end must not be made of that.
                self._book.changed_minutes.add(minute)
        return page._replace(proof=proof)

    def _standing(self, start: int, series: BarSeries) -> Bar | None:
        of = self._book.windows.get(start) if series is self._seconds else self._book.minutes.get(start)
        return None if of is None else of.given

    def _give(self, row: Bar, series: BarSeries) -> Bar:
        """Lets a bar that comes from elsewhere stand above our own; the bar with its proof."""
        start, book = row.start_ms, self._book
        of: Window | Minute
        if series is self._seconds:
            of = book.open(start)
            of.late = of.late or row.revised
            book.minute(start - start % MINUTE_MS).changed(start)
        else:
            of = book.minute(start)
        own = of.numbers()
        if of.given is None or not says_the_same(of.given, row):
            of.before = own
        of.given = bar = self._proven(row, series.timeframe_ms, own, of.before)
        if series is self._seconds:
            self.missing.judge(start, start + SECOND_MS, missing=bar.proof is Proof.MISSING_TRADES)
        return bar

    def _proven(self, given: Bar, width_ms: int, own: Numbers, before: Numbers | None) -> Bar:
        """The bar with what the comparison says now; as it is where there is nothing to compare."""
        start = given.start_ms
        if given.source is BarSource.OWN or not self._seen.prints or not self._seen.whole(start, start + width_ms):
            return given
        proof = prove(own, given, before)
        return given if proof is given.proof else given._replace(proof=proof)

    def judge_second(self, start: int, window: Window, given: Bar) -> None:
        """Compares again: `window` of `start` has changed beneath `given`."""
        bar = self._proven(given, SECOND_MS, window.numbers(), window.before)
        self.missing.judge(start, start + SECOND_MS, missing=bar.proof is Proof.MISSING_TRADES)
        if bar is not given:
            window.given = bar
            self._seconds.put(bar)

    def judge_minute(self, start: int, minute: Minute, given: Bar) -> None:
        """Compares again: one of the seconds has changed."""
        own = minute.numbers()
        bar = self._proven(given, MINUTE_MS, own, minute.before)
        missing = bar.proof is Proof.MISSING_TRADES
        # What its seconds miss is told of them; the rest lies in seconds of which the provider has no bar.
        if missing:
            missing = given.volume - own.volume - minute.missing_in_seconds() > HALF_A_SHARE
        self.missing.judge(start, start + MINUTE_MS, missing=missing)
        if bar is not given:
            minute.given = bar
            self._minutes.put(bar)
