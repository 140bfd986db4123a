"""Keeps what streams: closed bars of the focus symbol, minute bars of all that are watched.

Once a second what has closed or changed since goes to the store's thread; pages of history are kept by `history_pages`,
which alone knows what they cover. Main thread.
"""

from __future__ import annotations

from live_monitor.data.focus_bars import FocusBars
from live_monitor.data.history_pages import PageSource
from live_monitor.data.models.market_data import Aggregate
from live_monitor.data.models.timeframe import MINUTE, SECOND, Timeframe
from live_monitor.engine.market.bar_builder import CLOSE_DELAY_MS, KEEP_MS, bar_of
from live_monitor.engine.market.bar_columns import Bar, BarColumns, BarSource
from live_monitor.ports import SeriesKey

_EVERY_MS = 1_000


class BarKeeper:
    """`on_aggregate` gets what is watched; `keep` is called once per frame and works once a second of market time.

    No `MarketSink`: that would cost every print a call for nothing.
    """

    def __init__(self, pages: PageSource) -> None:
        self._pages = pages
        pages.leaves = self.close
        #: Whose bars `_bars` are; what comes of another market before they start anew is not kept.
        self._market = ""
        self._rows: list[tuple[SeriesKey, Bar]] = []
        self._bars: FocusBars | None = None
        self._seen: dict[Timeframe, int] = {}
        self._kept_until_ms: dict[Timeframe, int] = {}
        self._last_ms = 0

    def on_aggregate(self, aggregate: Aggregate) -> None:
        """A provider's minute of a symbol that is watched; those of the focus symbol go through its series."""
        bars, market = self._bars, self._pages.market
        if aggregate.end_ms - aggregate.start_ms != MINUTE.nominal_ms or not market:
            return
        if bars is None or aggregate.symbol != bars.symbol:
            key = SeriesKey(market, aggregate.symbol, MINUTE)
            self._rows.append((key, bar_of(aggregate, BarSource.STREAM)))

    def keep(self, bars: FocusBars, now_ms: int) -> None:
        """Hands over what closed since the last time. `bars` may be of another symbol than before.

        `now_ms`: market time up to which the feed was alive; what ended later may lack prints.
        """
        if bars is not self._bars:
            if self._bars is not None:
                self._hand_over(self._bars, self._last_ms)
            self._bars, self._market = bars, self._pages.market
            self._seen = {SECOND: bars.builder.seconds.version, MINUTE: bars.builder.minutes.version}
            self._kept_until_ms = dict.fromkeys((SECOND, MINUTE), now_ms)
            self._last_ms = now_ms
        elif not 0 <= now_ms - self._last_ms < _EVERY_MS:
            self._market = self._market or self._pages.market
            self._hand_over(bars, now_ms)
            self._last_ms = now_ms

    def close(self) -> None:
        """The end of the session: what is closed and not kept yet is handed over."""
        if self._bars is not None:
            self._hand_over(self._bars, self._last_ms)

    def _hand_over(self, bars: FocusBars, now_ms: int) -> None:
        store, market = self._pages.store, self._market
        rows, self._rows = self._rows, []
        if store is None:
            return
        if rows:
            store.tell(lambda kept: kept.append(rows))
        if not market or market != self._pages.market:
            return
        for timeframe in (SECOND, MINUTE):
            columns = self._changed(bars, timeframe, now_ms)
            if columns.length:
                key = SeriesKey(market, bars.symbol, timeframe)
                store.tell(lambda kept, key=key, columns=columns: kept.put(key, columns))  # type: ignore[misc]  # the loop's values

    def _changed(self, bars: FocusBars, timeframe: Timeframe, now_ms: int) -> BarColumns:
        """Copies of the closed bars that are new or differ.

        Without those that history gave, and without those of which we may have missed prints.
        """
        series, width_ms = bars.base(timeframe), timeframe.nominal_ms
        changed_ms = series.changed_since(self._seen[timeframe])
        closed_ms = now_ms - CLOSE_DELAY_MS
        closed_ms -= closed_ms % width_ms
        from_ms = self._kept_until_ms[timeframe] - width_ms
        if changed_ms is not None:
            # A page in front changes nothing that streamed; what streams comes again for as long as windows are kept.
            from_ms = min(from_ms, max(changed_ms, closed_ms - KEEP_MS))
        self._seen[timeframe], self._kept_until_ms[timeframe] = series.version, closed_ms
        columns = series.columns().between(from_ms, closed_ms)
        partial = (columns.source == BarSource.OWN) & ~bars.builder.saw(columns.start_ms, width_ms)
        return columns.rows((columns.source != BarSource.HISTORY) & ~partial)
