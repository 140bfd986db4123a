"""What bars of seconds lack of a day, from bars of minutes: nobody loads a day of seconds for its VWAP.

A chart of seconds begins where its first page does, in the middle of a day. The minutes of that day and of those
before are loaded anyway. Up to the first whole minute of the seconds a study of the day is fed minutes, from then on
seconds; the sums and extremes are the same, and only bands are narrower by what prices did within those minutes.
"""

from __future__ import annotations

from typing import Final

from live_monitor.engine.market.bar_series import MINUTE_MS, BarSeries
from live_monitor.engine.signals.study_formulas import Formula

#: How far back minutes are fed: the trading day before lies within, over every holiday.
_BACK_MS: Final = 14 * 24 * 60 * MINUTE_MS


class MinutesBefore:
    """The minutes that stand in for older seconds of one symbol, and whether they still do. One thread."""

    def __init__(self, minutes: BarSeries | None = None) -> None:
        self.minutes = minutes
        #: Seconds that start before this (ms) are in the minutes that were fed; None when none were.
        self.until_ms: int | None = None
        self._seen = 0

    def changed(self, series: BarSeries) -> bool:
        """True when `feed` would feed something else now than it did."""
        minutes, until_ms = self.minutes, self.until_ms
        if minutes is None:
            return False
        if until_ms is None:
            return self._whole_from(series) is not None
        if minutes.version == self._seen:
            return False
        earliest_ms = minutes.changed_since(self._seen)
        self._seen = minutes.version
        return earliest_ms is not None and earliest_ms < until_ms

    def feed(self, series: BarSeries, formula: Formula) -> int:
        """Feeds the minutes before the first whole one of `series`; returns how many of its bars they stand for."""
        self.until_ms = until_ms = self._whole_from(series)
        if self.minutes is None or until_ms is None:
            return 0
        self._seen = self.minutes.version
        formula.feed(self.minutes.columns().between(until_ms - _BACK_MS, until_ms))
        return int(series.start_ms.searchsorted(until_ms))

    def _whole_from(self, series: BarSeries) -> int | None:
        """Where the first whole minute of `series` begins; None while it is not over, or no minute is before it."""
        minutes = self.minutes
        # Bars of 7 seconds begin within minutes.
        within = series.timeframe_ms < MINUTE_MS and MINUTE_MS % series.timeframe_ms == 0
        if minutes is None or not within or not len(series) or not len(minutes):
            return None
        from_ms = -(-int(series.start_ms[0]) // MINUTE_MS) * MINUTE_MS
        over = int(series.start_ms[-1]) >= from_ms and int(minutes.start_ms[0]) < from_ms
        return from_ms if over and int(minutes.start_ms[-1]) >= from_ms - MINUTE_MS else None
