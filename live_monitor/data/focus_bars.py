"""Every length of bars of the focus symbol: seconds and minutes as they are built, all others made from them.

A derived bar is shown only where all of its children can be known: one whose window begins before the loaded stretch is
left out until older bars are loaded. Days follow the rules of days (market rules 3.3): open, high, low and close of the
regular session, volume of the whole day. Main thread.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from live_monitor.data.models.timeframe import DAY, MINUTE, SECOND, Timeframe
from live_monitor.engine.market.bar_builder import BarBuilder
from live_monitor.engine.market.bar_columns import BarColumns
from live_monitor.engine.market.bar_series import MAX_LOADED_BARS, BarSeries
from live_monitor.engine.market.resampler import resample, window_of
from live_monitor.engine.market.sessions import Calendar

#: With more changed children than this, a derived series is made anew: one pass over arrays beats many small ones.
_MANY = 4_000


class _Derived:
    """A series that is made from a finer one, and how much of that it has seen."""

    def __init__(self, symbol: str, timeframe: Timeframe, base: BarSeries) -> None:
        self.timeframe = timeframe
        self.base = base
        self.series = BarSeries(symbol, timeframe.nominal_ms, capacity=1_024)
        self.seen_version = -1
        self.seen_reach_ms = -1


class FocusBars:
    """`builder` takes prints and provider's bars; `series` gives bars of any length. One thread."""

    def __init__(self, symbol: str, calendar: Calendar) -> None:
        self.symbol = symbol
        self.builder = BarBuilder(symbol)
        #: Days as history gives them; the present one is made from minutes.
        self.days = BarSeries(symbol, DAY.nominal_ms, capacity=512)
        self._calendar = calendar
        self._reach_ms: dict[Timeframe, int] = {}
        self._derived: dict[tuple[Timeframe, bool], _Derived] = {}

    def base(self, timeframe: Timeframe) -> BarSeries:
        """The series of a base timeframe: as it was loaded and built, extended hours included."""
        if timeframe == DAY:
            return self.days
        return self.builder.seconds if timeframe == SECOND else self.builder.minutes

    def reach_ms(self, base: Timeframe) -> int:
        """From this instant on the bars of `base` are whole, apart from gaps that are on record."""
        return self._reach_ms.get(base, self.builder.whole_from_ms)

    def reaches(self, base: Timeframe, from_ms: int) -> None:
        """Bars of `base` were loaded back to `from_ms` without a hole."""
        self._reach_ms[base] = min(from_ms, self.reach_ms(base))

    def merge(self, base: Timeframe, columns: BarColumns) -> bool:
        """Takes a page of final bars. False when so many bars are loaded that no older ones are taken."""
        if len(self.base(base)) + columns.length > MAX_LOADED_BARS:
            return False
        if base == DAY:
            self.days.merge(columns)
        else:
            self.builder.merge_history(columns, base.nominal_ms)
        return True

    def series(self, timeframe: Timeframe, *, extended: bool = True) -> BarSeries:
        """Bars of any length, up to date as of the last `refresh`; the same object at every call."""
        if extended and timeframe in (SECOND, MINUTE):
            return self.base(timeframe)
        key = (timeframe, extended or timeframe.by_calendar)
        derived = self._derived.get(key)
        if derived is None:
            base = self.builder.seconds if timeframe.base == SECOND else self.builder.minutes
            derived = self._derived[key] = _Derived(self.symbol, timeframe, base)
            self._bring_up(derived, extended=key[1])
        return derived.series

    def refresh(self) -> None:
        """Brings every derived series that somebody looked at up to date. Call after the builder's `flush`."""
        for (_, extended), derived in self._derived.items():
            self._bring_up(derived, extended=extended)

    def _bring_up(self, derived: _Derived, *, extended: bool) -> None:
        base = derived.base
        reach_ms = self.reach_ms(derived.timeframe.base)
        version = base.version + (self.days.version if derived.timeframe.by_calendar else 0)
        if version == derived.seen_version and reach_ms == derived.seen_reach_ms:
            return
        if derived.timeframe.by_calendar:
            self._make_calendar_bars(derived)
        else:
            self._make(derived, reach_ms, extended=extended)
        derived.seen_version, derived.seen_reach_ms = version, reach_ms

    def _make(self, derived: _Derived, reach_ms: int, *, extended: bool) -> None:
        base, timeframe = derived.base, derived.timeframe
        changed_ms = base.changed_since(derived.seen_version) if derived.seen_reach_ms == reach_ms else None
        if changed_ms is not None and len(base) - int(base.start_ms.searchsorted(changed_ms)) <= _MANY:
            window = window_of(changed_ms, timeframe, self._calendar, extended=extended)
            from_ms = changed_ms if window is None else window[0]
        else:
            from_ms = -1
        made = resample(base.columns().between(max(from_ms, 0), 2**62), timeframe, self._calendar, extended=extended)
        if made.length and made.start_ms[0] < reach_ms:
            made = made.rows(slice(int(made.start_ms.searchsorted(reach_ms)), None))
        _take_over(derived.series, made, whole=from_ms < 0)

    def _make_calendar_bars(self, derived: _Derived) -> None:
        """Days of history, the days since then made from minutes, and weeks and months of both."""
        days = self.days.columns()
        minutes = self.builder.minutes.columns()
        if days.length:
            # The last day of history may have been loaded while it was traded.
            minutes = minutes.between(int(days.start_ms[-1]), 2**62)
        made = self._days_of(minutes)
        if days.length:
            made = made.rows(made.start_ms > days.start_ms[-1])
        whole = BarColumns.joined([days, made])
        if derived.timeframe != DAY:
            whole = resample(whole, derived.timeframe, self._calendar, extended=True)
        _take_over(derived.series, whole, whole=False)

    def _days_of(self, minutes: BarColumns) -> BarColumns:
        regular = resample(minutes, DAY, self._calendar, extended=False)
        if not regular.length:
            return regular
        everything = resample(minutes, DAY, self._calendar, extended=True)
        same_days = everything.start_ms.searchsorted(regular.start_ms)
        days = regular._replace(
            volume=everything.volume[same_days], vwap=everything.vwap[same_days], trades=everything.trades[same_days],
            cumulative_volume=everything.cumulative_volume[same_days],
        )  # fmt: skip
        reach_ms = self.reach_ms(MINUTE)
        begins = [self._calendar.session_bounds(int(start)) for start in days.start_ms]
        first = next((at for at, times in enumerate(begins) if times is None or times.pre_ms >= reach_ms), len(begins))
        return days.rows(slice(first, None))


def _take_over(series: BarSeries, made: BarColumns, *, whole: bool) -> None:
    """Writes what differs into `series`; with `whole` nothing else stays in it."""
    if whole or made.length > _MANY:
        series.clear()
        series.merge(made)
        return
    at = series.indexes_of(made.start_ms)
    known = at >= 0
    fresh = ~known
    fresh[known] = _differ(made.rows(known), series.columns().rows(at[known]))
    for bar in made.rows(fresh).bars():
        series.put(bar)


def _differ(left: BarColumns, right: BarColumns) -> NDArray[np.bool_]:
    """Per row, whether any column differs, with NaN equal to itself."""
    differ = np.zeros(left.length, np.bool_)
    for ours, theirs in zip(left, right, strict=True):
        differ |= (ours != theirs) & ((ours == ours) | (theirs == theirs))
    return differ
