"""Bars of our own, written from windows of prints."""

from __future__ import annotations

import numpy as np

from live_monitor.engine.market.bar_columns import NAN, Bar, BarColumns, BarSource
from live_monitor.engine.market.bar_series import MAX_SERIES_BARS, MINUTE_MS, SECOND_MS, BarSeries
from live_monitor.engine.market.day_volume import DayVolume
from live_monitor.engine.market.minute_sums import Minute
from live_monitor.engine.market.second_window import Window


class OwnBars:
    """Writes what changed into the series of seconds and minutes where no bar of the provider stands."""

    def __init__(self, seconds: BarSeries, minutes: BarSeries, day: DayVolume) -> None:
        self._seconds = seconds
        self._minutes = minutes
        self._day = day
        #: Seconds in which only volume was printed; no bar is drawn of them.
        self._quiet: dict[int, Bar] = {}

    def write_second(self, start: int, window: Window) -> None:
        """The second of `start`, from its prints."""
        open_, high, low, close, volume, trades = window.numbers()
        priced = volume - window.unpriced
        vwap = window.turnover / priced if priced > 0 else NAN
        day_volume = window.vendor_volume
        if day_volume != day_volume:
            day_volume = self._day.until(start + SECOND_MS)
        if open_ != open_:
            if volume:
                if start not in self._quiet and len(self._quiet) >= MAX_SERIES_BARS:
                    del self._quiet[next(iter(self._quiet))]
                self._quiet[start] = Bar(start, NAN, NAN, NAN, NAN, volume, vwap, trades, cumulative_volume=day_volume)
            return
        bar = Bar(start, open_, high, low, close, volume, vwap, trades, BarSource.OWN, False, day_volume)
        window.written = self._write(self._seconds, bar, window.written, late=window.late)

    def write_minute(self, start: int, minute: Minute, *, late: bool) -> None:
        """The minute of `start`, from its seconds as they stand; `late`: it had closed before."""
        sums = minute.sums()
        if sums.open == sums.open:
            day_volume = minute.vendor_volume()
            if day_volume != day_volume:
                day_volume = self._day.until(start + MINUTE_MS)
            minute.written = self._write(self._minutes, sums.bar(start, day_volume), minute.written, late=late)

    def _write(self, series: BarSeries, bar: Bar, written: Bar | None, *, late: bool) -> Bar:
        """Puts the bar if it is another than the one `written` before; what changed after it had closed is revised."""
        revised = written is not None and written.revised
        if late and not revised:
            revised = written is None or written[1:6] != bar[1:6]
        if revised:
            bar = bar._replace(revised=True)
        if bar != written:
            series.put(bar)
        return bar

    def windows(self) -> BarColumns:
        """Every second, also those in which only volume was printed: these have NaN for prices (copies).

        What days are made of exactly: by the rules of days most prints before the open move no price, yet count.
        """
        drawn = self._seconds.columns()
        quiet = BarColumns.of(self._quiet[start] for start in sorted(self._quiet))
        quiet = quiet.rows(~np.isin(quiet.start_ms, drawn.start_ms))
        both = BarColumns.joined([drawn, quiet])
        return both.rows(np.argsort(both.start_ms, kind="stable"))
