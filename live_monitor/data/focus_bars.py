"""Every length of bars of a symbol that is looked at: seconds and minutes as they are built, all others made from them.

A derived bar is shown only where all of its children can be known: one whose window begins before the loaded stretch is
left out until older bars are loaded, unless every one of its children is there. Days follow the rules of days (market
rules 3.3): open, high, low and close of the regular session, volume of the whole day. Main thread.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from live_monitor.data.models.market_data import Trade
from live_monitor.data.models.timeframe import DAY, MINUTE, SECOND, Timeframe
from live_monitor.engine.market.bar_builder import BarBuilder
from live_monitor.engine.market.bar_columns import BarColumns
from live_monitor.engine.market.bar_series import MAX_LOADED_BARS, BarSeries
from live_monitor.engine.market.bar_windows import midnight
from live_monitor.engine.market.resampler import resample, window_of
from live_monitor.engine.market.sessions import Calendar

#: With more changed children than this, a derived series is made anew: one pass over arrays beats many small ones.
_MANY = 4_000
_ALL = -(2**62)
_EVER = 2**62
#: At sixty frames a second, once a second: lengths of bars that were shown before cost next to nothing.
UNSEEN_REFRESHES: Final = 60


class _Derived:
    """A series that is made from a finer one, and how much of that it has seen."""

    def __init__(self, symbol: str, timeframe: Timeframe, base: BarSeries) -> None:
        self.timeframe = timeframe
        self.base = base
        self.series = BarSeries(symbol, timeframe.nominal_ms, capacity=1_024)
        self.seen_version = -1
        #: From when on its bars are whole, as of then, and for days the version of history's.
        self.seen_reach: tuple[int, ...] = ()
        #: Somebody looked at it since the last refresh.
        self.wanted = True


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
        self._refreshes = 0

    def base(self, timeframe: Timeframe) -> BarSeries:
        """The series of a base timeframe: as it was loaded and built, extended hours included."""
        if timeframe == DAY:
            return self.days
        return self.builder.seconds if timeframe == SECOND else self.builder.minutes

    def reach_ms(self, base: Timeframe) -> int:
        """From this instant on the bars of `base` are whole, apart from gaps that are on record."""
        reach_ms, kept_ms = self._reach_ms.get(base, self.builder.whole_from_ms), self.base(base).let_go_until_ms
        return max(reach_ms, kept_ms)

    def reaches(self, base: Timeframe, from_ms: int) -> None:
        """Bars of `base` were loaded back to `from_ms` without a hole."""
        self._reach_ms[base] = min(from_ms, self.reach_ms(base))
        self.base(base).let_go_until_ms = _ALL

    def merge(self, base: Timeframe, columns: BarColumns) -> bool:
        """Takes a page of final bars. False when so many bars are loaded that no older ones are taken."""
        series = self.base(base)
        older = int(columns.start_ms.searchsorted(series.start_ms[0])) if len(series) else columns.length
        if older and len(series) + older > MAX_LOADED_BARS:
            return False
        if base == DAY:
            self.days.merge(columns)
        else:
            self.builder.merge_history(columns, base.nominal_ms)
        return True

    def settle(self, confirmed: Iterable[tuple[Trade, int]], now_ms: int) -> list[tuple[int, int]]:
        """Prices that were held back and are confirmed make bars after all; those of other symbols are passed over.

        Returns stretches [from_ms, to_ms) in which the provider counts shares that never reached us, each once.
        """
        for trade, flags in confirmed:
            if trade.symbol == self.symbol:
                self.builder.confirm(trade, flags)
        return self.builder.missing(now_ms)

    def missed(self, symbol: str, from_ms: int, now_ms: int) -> None:
        """Prints of `symbol` are missing from `from_ms` on: if it is ours, bars from there to now are not whole."""
        if symbol == self.symbol:
            self.builder.missed(min(from_ms, now_ms), now_ms)

    def series(self, timeframe: Timeframe, *, extended: bool = True) -> BarSeries:
        """Bars of any length; the same object at every call.

        Up to date now and after the next `refresh`; one that nobody asks for again follows every `UNSEEN_REFRESHES`.
        """
        if extended and timeframe in (SECOND, MINUTE):
            return self.base(timeframe)
        key = (timeframe, extended or timeframe.by_calendar)
        base = self.builder.seconds if timeframe.base == SECOND else self.builder.minutes
        if timeframe.by_calendar and timeframe != DAY:
            base = self.series(DAY)
        derived = self._derived.get(key)
        if derived is None:
            derived = self._derived[key] = _Derived(self.symbol, timeframe, base)
            self._bring_up(derived, extended=key[1])
        elif not derived.wanted:
            self._bring_up(derived, extended=key[1])
        derived.wanted = True
        return derived.series

    def refresh(self) -> None:
        """Brings up to date what somebody looked at since the last time. Call after the builder's `flush`."""
        self._refreshes += 1
        all_of_them = self._refreshes % UNSEEN_REFRESHES == 0
        # Days come before what is made of them: they were asked for first.
        for (_, extended), derived in self._derived.items():
            if derived.wanted or all_of_them:
                self._bring_up(derived, extended=extended)
            derived.wanted = False

    def _bring_up(self, derived: _Derived, *, extended: bool) -> None:
        reach = self._reach_of(derived.timeframe)
        changed_ms = derived.base.changed_since(derived.seen_version)
        if changed_ms is None and reach == derived.seen_reach:
            return
        anew = reach != derived.seen_reach or len(derived.base) - self._at(derived.base, changed_ms) > _MANY
        from_ms = _ALL if anew or changed_ms is None else changed_ms
        if derived.timeframe == DAY:
            self._make_days(derived.series, from_ms)
        else:
            self._make(derived, reach[0], from_ms, extended=extended)
        derived.seen_version, derived.seen_reach = derived.base.version, reach

    @staticmethod
    def _at(series: BarSeries, start_ms: int | None) -> int:
        return len(series) if start_ms is None else int(series.start_ms.searchsorted(start_ms))

    def _reach_of(self, timeframe: Timeframe) -> tuple[int, ...]:
        """From when on bars of `timeframe` are whole, and what else has to change for all of them to be made anew."""
        if timeframe == DAY:
            return self.reach_ms(MINUTE), self.days.version
        if timeframe.by_calendar:
            return (self._days_reach_ms(),)
        return (self.reach_ms(timeframe.base),)

    def _make(self, derived: _Derived, reach_ms: int, changed_ms: int, *, extended: bool) -> None:
        """Makes the bars anew that hold children from `changed_ms` on."""
        base, timeframe = derived.base, derived.timeframe
        from_ms = changed_ms
        if changed_ms > _ALL:
            window = window_of(changed_ms, timeframe, self._calendar, extended=extended)
            from_ms = changed_ms if window is None else window[0]
        made = resample(base.columns().between(from_ms, _EVER), timeframe, self._calendar, extended=extended)
        if made.length and made.start_ms[0] < reach_ms:
            made = made.rows(_whole_rows(made, base, timeframe, reach_ms))
        _take_over(derived.series, made, whole=changed_ms == _ALL)

    # -- days ---------------------------------------------------------------------------------

    def _make_days(self, series: BarSeries, changed_ms: int) -> None:
        """Days of history, and the days since then made from minutes that changed from `changed_ms` on."""
        days, calendar = self.days.columns(), self._calendar
        from_ms = _ALL
        if days.length:
            # The last day of history may have been loaded while it was traded.
            from_ms = calendar.span(calendar.trade_date(int(days.start_ms[-1])))[1]
        whole = changed_ms == _ALL
        if not whole:
            from_ms = max(from_ms, calendar.span(calendar.trade_date(changed_ms))[0])
        made = self._days_of(self.builder.minutes.columns().between(from_ms, _EVER))
        _take_over(series, BarColumns.joined([days, made]) if whole else made, whole=whole)

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
        return days.rows(slice(int(days.start_ms.searchsorted(self._minutes_make_days_from_ms())), None))

    def _minutes_make_days_from_ms(self) -> int:
        """Days that are named from this instant on are whole where they are made of minutes."""
        reach_ms = self.reach_ms(MINUTE)
        day = self._calendar.trade_date(reach_ms)
        times = self._calendar.times(day)
        if times is None or reach_ms > times.pre_ms:
            day += timedelta(days=1)
        return midnight(self._calendar, day)

    def _days_reach_ms(self) -> int:
        """From this instant on no day is missing: weeks and months that begin before it would lack some."""
        calendar, reach_ms = self._calendar, self._minutes_make_days_from_ms()
        if len(self.days):
            following = calendar.next_session(calendar.trade_date(int(self.days.start_ms[-1])))
            if following is None or midnight(calendar, following) >= reach_ms:
                # Minutes go on where the days of history end.
                of_history = calendar.trade_date(self.reach_ms(DAY) - 1) + timedelta(days=1)
                reach_ms = min(midnight(calendar, of_history), reach_ms)
        before = calendar.previous_session(calendar.trade_date(reach_ms))
        # What lies between has no session, so that a week may begin there.
        return reach_ms if before is None else midnight(calendar, before) + 1


def _whole_rows(made: BarColumns, base: BarSeries, timeframe: Timeframe, reach_ms: int) -> NDArray[np.bool_]:
    """Which bars begin within reach, or have every child although they begin before it."""
    whole: NDArray[np.bool_] = made.start_ms >= reach_ms
    if not timeframe.by_calendar:
        ends = base.start_ms.searchsorted(made.start_ms + timeframe.nominal_ms)
        children = ends - base.start_ms.searchsorted(made.start_ms)
        whole |= children * base.timeframe_ms == timeframe.nominal_ms
    return whole


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
