"""Studies that belong to a trading day: VWAP, levels of the day before, opening range, volume profile.

Bars that do not count (other hours, days that are not there from their beginning) have no value; only the levels of
the day before hold all day long.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from live_monitor.engine.market.bar_series import NAN, Bar, BarColumns
from live_monitor.engine.signals.columns import Floats
from live_monitor.engine.signals.indicators import OpeningRange, PreviousDay, Profile, SessionVwap, VolumeProfile
from live_monitor.engine.signals.study_days import DayPart, Place, StudyDays

_OTHER_HOURS: Final = "outside the regular session"
_NO_DAY_BEFORE: Final = "the day before is not loaded from its beginning"
#: Share of the price that a row of the profile spans, before it is rounded to 1, 2 or 5: some 80 rows a day.
_ROW_SHARE: Final = 0.000_25
#: Rows beyond which a bar is left out: no day spans so many, a wrong print does.
_MOST_ROWS: Final = 20_000


class _OfDay:
    """What the four have in common. `lines`, `remark`: see `Formula`."""

    lines = 0

    def __init__(self, days: StudyDays) -> None:
        self._days = days
        self._counts = True

    @property
    def remark(self) -> str:
        """Why the newest bar has no values, in a few words; empty where it may have."""
        return self._days.doubt or ("" if self._counts else _OTHER_HOURS)

    def _glance(self, bar: Bar) -> Place:
        """Where the forming bar stands."""
        place = self._days.place(bar)
        self._counts = place.counts
        return place


class DayVwap(_OfDay):
    """Session VWAP and `bands` pairs of bands; NaN on bars that do not count."""

    def __init__(self, days: StudyDays, bands: int, price: Callable[[Any], Any]) -> None:
        super().__init__(days)
        self.lines = 1 + 2 * bands
        self._nothing = (NAN,) * self.lines
        self._vwap = SessionVwap(bands)
        self._price = price

    def update(self, bar: Bar) -> tuple[float, ...]:
        place = self._days.place(bar)
        return self._vwap.update(place.number, self._price(bar), bar.volume) if place.counts else self._nothing

    def peek(self, bar: Bar) -> tuple[float, ...]:
        place = self._glance(bar)
        return self._vwap.peek(place.number, self._price(bar), bar.volume) if place.counts else self._nothing

    def feed(self, bars: BarColumns) -> tuple[Floats, ...]:
        parts = self._days.parts(bars)
        rows, numbers = counted_rows(parts, [part.number for part in parts])
        made = self._vwap.feed(numbers, self._price(bars)[rows], bars.volume[rows])
        return tuple(spread(bars.length, rows, values) for values in made)


class DayLevels(_OfDay):
    """High, low and close of the trading day before, all day long."""

    lines = 3

    def __init__(self, days: StudyDays) -> None:
        super().__init__(days)
        self._levels = PreviousDay()
        self._number = 0

    def update(self, bar: Bar) -> tuple[float, ...]:
        place = self._days.place(bar)
        if not place.counts:
            return self.peek(bar)
        self._enter(place.number)
        return self._levels.update(place.number, bar.high, bar.low, bar.close)

    def peek(self, bar: Bar) -> tuple[float, ...]:
        number = self._days.place(bar).number
        if not self._knows_before(number):
            return NAN, NAN, NAN
        return self._levels.peek(number, bar.high, bar.low, bar.close)

    def feed(self, bars: BarColumns) -> tuple[Floats, ...]:
        made = np.full((3, bars.length), NAN)
        for part in self._days.parts(bars):
            rows = slice(part.begin, part.end)
            if part.begin < part.end:
                self._enter(part.number)
                day = float(bars.high[rows].max()), float(bars.low[rows].min()), float(bars.close[part.end - 1])
                levels = self._levels.update(part.number, *day)
            elif self._knows_before(part.number):
                levels = self._levels.peek(part.number, 0.0, 0.0, 0.0)
            else:
                continue
            made[:, part.first : part.last] = np.array(levels)[:, None]
        return made[0], made[1], made[2]

    @property
    def remark(self) -> str:
        """Why there are no levels at the newest bar; empty while there are."""
        number = self._days.number
        known = self._knows_before(number) and math.isfinite(self._levels.peek(number, 0.0, 0.0, 0.0)[0])
        return "" if known else _NO_DAY_BEFORE

    def _knows_before(self, number: int) -> bool:
        return number == self._number or (self._number > 0 and self._days.follows(number, self._number))

    def _enter(self, number: int) -> None:
        if not self._knows_before(number):
            # A day is missing between the two: nothing is known of the day before.
            self._levels = PreviousDay()
        self._number = number


class DayRange(_OfDay):
    """High and low of the first `forms_ms` of the regular session, from then on until it closes."""

    lines = 2

    def __init__(self, days: StudyDays, forms_ms: int) -> None:
        super().__init__(days)
        self._range = OpeningRange(forms_ms)

    def update(self, bar: Bar) -> tuple[float, ...]:
        place = self._days.place(bar)
        return self._range.update(place.open_ms, bar.start_ms, bar.high, bar.low) if place.counts else (NAN, NAN)

    def peek(self, bar: Bar) -> tuple[float, ...]:
        place = self._glance(bar)
        return self._range.peek(place.open_ms, bar.start_ms, bar.high, bar.low) if place.counts else (NAN, NAN)

    def feed(self, bars: BarColumns) -> tuple[Floats, ...]:
        parts = self._days.parts(bars)
        rows, opens = counted_rows(parts, [part.open_ms for part in parts])
        made = self._range.feed(opens, bars.start_ms[rows], bars.high[rows], bars.low[rows])
        return tuple(spread(bars.length, rows, values) for values in made)


class DayProfile(_OfDay):
    """Shares by price of the newest trading day that counts; `step` 0 fits the rows to the price."""

    def __init__(self, days: StudyDays, step: float) -> None:
        super().__init__(days)
        self._step = step
        self._number = 0
        self._low = self._high = NAN
        self._profile: VolumeProfile | None = None

    def update(self, bar: Bar) -> tuple[float, ...]:
        place = self._days.place(bar)
        if place.counts:
            self._take(place.number, bar)
        return ()

    def peek(self, bar: Bar) -> tuple[float, ...]:
        self._glance(bar)
        return ()

    def feed(self, bars: BarColumns) -> tuple[Floats, ...]:
        counting = [part for part in self._days.parts(bars) if part.begin < part.end]
        if counting:
            # What was traded on the days before is not shown.
            newest = counting[-1]
            self._take_all(newest.number, bars.rows(slice(newest.begin, newest.end)))
        return ()

    def with_bar(self, bar: Bar) -> Profile | None:
        """The profile if the forming `bar` closed like this; None while no share has traded.

        Before the open it is that of the session before; of days before that one nothing is left.
        """
        held = copy.copy(self)
        held._profile = copy.deepcopy(self._profile)
        held.update(bar)
        days = self._days
        near = held._number == days.number or days.follows(days.number, held._number)
        return held._profile.profile() if held._profile is not None and not days.doubt and near else None

    def _take(self, number: int, bar: Bar) -> None:
        profile = self._of(number, bar)
        low, high = min(self._low, bar.low), max(self._high, bar.high)
        if (high - low) / profile.step <= _MOST_ROWS:
            self._low, self._high = low, high
            profile.update(number, bar.low, bar.high, bar.volume)

    def _take_all(self, number: int, bars: BarColumns) -> None:
        profile = self._of(number, bars.bar(0))
        low, high = min(self._low, float(bars.low.min())), max(self._high, float(bars.high.max()))
        if (high - low) / profile.step <= _MOST_ROWS:
            self._low, self._high = low, high
            profile.feed(np.full(bars.length, number), bars.low, bars.high, bars.volume)
            return
        for bar in bars.bars():
            self._take(number, bar)

    def _of(self, number: int, first: Bar) -> VolumeProfile:
        """The profile of the day `number`; begun at its first bar."""
        if number != self._number or self._profile is None:
            self._number, self._low, self._high = number, first.low, first.high
            self._profile = VolumeProfile(max(self._step or fitting_step(first.open), first.open / _MOST_ROWS))
        return self._profile


def fitting_step(price: float) -> float:
    """Height of a row in USD: 1, 2 or 5 × a power of ten, never below a tick (a cent for prices from a dollar on)."""
    tick = 0.01 if price >= 1.0 else 0.0001
    rough = max(price * _ROW_SHARE, tick)
    power = 10.0 ** math.floor(math.log10(rough) + 1e-9)
    return next(round(times * power, 10) for times in (1, 2, 5, 10) if times * power >= rough * (1 - 1e-9))


def counted_rows(parts: list[DayPart], of_each: list[int]) -> tuple[Any, Any]:
    """Rows that count, as a slice where they are neighbours, else int64[k]; and for each the number of its day."""
    counting = [part for part in parts if part.begin < part.end]
    numbers = np.repeat(
        np.array([number for part, number in zip(parts, of_each, strict=True) if part.begin < part.end], np.int64),
        [part.end - part.begin for part in counting],
    )
    if not counting or len(numbers) == counting[-1].end - counting[0].begin:
        return slice(counting[0].begin, counting[-1].end) if counting else slice(0, 0), numbers
    return np.concatenate([np.arange(part.begin, part.end) for part in counting]), numbers


def spread(length: int, rows: Any, values: Floats) -> Floats:
    """`values` at `rows` of `length`, NaN at the others."""
    if len(values) == length:
        return values
    made = np.full(length, NAN)
    made[rows] = values
    return made
