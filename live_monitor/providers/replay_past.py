"""Bars of the recorded days that are over, of one symbol.

The series of the day that goes on let the oldest seconds go after a day's worth; here whole recordings are kept.
"""

from __future__ import annotations

from live_monitor.data.models.market_data import Aggregate, SecondAggregate
from live_monitor.engine.market.bar_columns import Bar, BarColumns
from live_monitor.engine.market.bar_series import MINUTE_MS, SECOND_MS, BarSeries
from live_monitor.ports import PastPage


class ReplayPast:
    """Seconds, minutes and days; memory grows with the recording, to a million bars of each length. One thread.

    `from_ms`: where the recording begins; nothing was before.
    """

    def __init__(self, symbol: str, from_ms: int) -> None:
        self.symbol = symbol
        self._from_ms = from_ms
        self._over = {width: BarSeries(symbol, width) for width in (SECOND_MS, MINUTE_MS)}
        self._days: dict[int, Aggregate] = {}

    def keep(self, width_ms: int, bars: BarColumns) -> None:
        """Takes the bars of a day that is over, of 1 s or 1 m."""
        # A series that is empty takes everything, one that is not lets its oldest go for what is appended.
        fresh = BarSeries(self.symbol, width_ms)
        fresh.merge(BarColumns.joined([self._over[width_ms].columns(), bars]))
        self._over[width_ms] = fresh

    def keep_day(self, bar: Aggregate) -> None:
        """Takes the bar of a day; the one that is known of the same day stays, for it is the provider's own."""
        self._days.setdefault(bar.start_ms, bar)

    def page(self, width_ms: int, today: BarColumns, now_ms: int, end_ms: int, limit: int) -> PastPage:
        """The newest `limit` bars of 1 s or 1 m that ended by `now_ms` and start before `end_ms`."""
        before_ms = min(end_ms, now_ms - width_ms + 1)
        # What was recorded as history of earlier days lies among the bars of today.
        both = BarSeries(self.symbol, width_ms)
        parts = [_newest(columns, before_ms, limit) for columns in (self._over[width_ms].columns(), today)]
        both.merge(BarColumns.joined(parts))
        found = both.columns()
        more = found.length > limit
        shown = found.rows(slice(max(found.length - limit, 0), None))
        bars = [self._final(bar, width_ms) for bar in shown.bars()]
        return PastPage(bars, more, self._reach(bars, more, end_ms))

    def days_page(self, today: Aggregate | None, now_ms: int, end_ms: int, limit: int) -> PastPage:
        """The newest `limit` days that ended by `now_ms` and start before `end_ms`; `today`: the newest known."""
        days = dict(self._days)
        if today is not None:
            days.setdefault(today.start_ms, today)
        over = [days[start] for start in sorted(days) if start < end_ms and days[start].end_ms <= now_ms]
        return PastPage(over[-limit:], len(over) > limit, over[-limit:][0].start_ms if over else end_ms)

    def _reach(self, bars: list[Aggregate], more: bool, end_ms: int) -> int:
        first_ms = bars[0].start_ms if bars else end_ms
        return first_ms if more else min(first_ms, self._from_ms)

    def _final(self, bar: Bar, width_ms: int) -> Aggregate:
        trades = bar.trades if bar.trades >= 0 else None
        make = SecondAggregate if width_ms == SECOND_MS else Aggregate
        return make(
            self.symbol, bar.start_ms, bar.start_ms + width_ms, bar.open, bar.high, bar.low, bar.close, bar.volume,
            bar.vwap, trades, bar.cumulative_volume,
        )  # fmt: skip


def _newest(columns: BarColumns, before_ms: int, limit: int) -> BarColumns:
    """The newest rows that start before `before_ms`: enough to know of one more than `limit`."""
    end = int(columns.start_ms.searchsorted(before_ms))
    return columns.rows(slice(max(end - limit - 1, 0), end))
