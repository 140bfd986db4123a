"""Every length of bars of one symbol: made from seconds, minutes and days, shown only where it is whole."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from live_monitor.data.focus_bars import FocusBars
from live_monitor.data.models.timeframe import DAY, MINUTE, MONTH, SECOND, WEEK, Timeframe
from live_monitor.engine.market.bar_columns import Bar, BarColumns, BarSource
from live_monitor.engine.market.resampler import resample
from live_monitor.engine.market.sessions import SessionTimes, us_equities

CALENDAR = us_equities()


def _times(day: date) -> SessionTimes:
    times = CALENDAR.times(day)
    assert times is not None
    return times


FRIDAY = _times(date(2026, 11, 20))
THURSDAY = _times(date(2026, 11, 19))
FIVE = Timeframe.parse("5m")


def bars_from(start_ms: int, count: int, width_ms: int = 60_000, base: float = 100.0) -> BarColumns:
    return BarColumns.of(
        Bar(
            start_ms + at * width_ms, base + at, base + at + 0.5, base + at - 0.5, base + at + 0.25, 100.0 + at,
            base + at, 3, BarSource.HISTORY,
        )
        for at in range(count)
    )  # fmt: skip


@pytest.fixture
def bars() -> FocusBars:
    bars = FocusBars("AAPL", CALENDAR)
    bars.builder.whole_from_ms = FRIDAY.close_ms
    return bars


def load(bars: FocusBars, base: Timeframe, columns: BarColumns) -> None:
    assert bars.merge(base, columns)
    bars.reaches(base, int(columns.start_ms[0]))


def same(left: BarColumns, right: BarColumns) -> bool:
    pairs = zip(left.bars(), right.bars(), strict=True)
    return all(a == b or np.array_equal(np.array(a, float), np.array(b, float), equal_nan=True) for a, b in pairs)


def test_seconds_and_minutes_are_the_builders_own(bars: FocusBars) -> None:
    assert bars.series(SECOND) is bars.builder.seconds
    assert bars.series(MINUTE) is bars.builder.minutes


def test_five_minutes_are_made_of_what_is_loaded(bars: FocusBars) -> None:
    load(bars, MINUTE, bars_from(FRIDAY.open_ms, 60))
    made = bars.series(FIVE)
    assert made.start_ms.tolist() == [FRIDAY.open_ms + at * 300_000 for at in range(12)]
    assert made.volume[0] == 100 + 101 + 102 + 103 + 104
    assert same(made.columns(), resample(bars.builder.minutes.columns(), FIVE, CALENDAR))


def test_a_bar_whose_beginning_is_not_loaded_is_not_shown(bars: FocusBars) -> None:
    load(bars, MINUTE, bars_from(FRIDAY.open_ms + 2 * 60_000, 8))
    assert bars.series(FIVE).start_ms.tolist() == [FRIDAY.open_ms + 300_000]
    load(bars, MINUTE, bars_from(FRIDAY.open_ms, 2))
    bars.refresh()
    assert bars.series(FIVE).start_ms.tolist() == [FRIDAY.open_ms, FRIDAY.open_ms + 300_000]


def test_the_forming_bar_follows_every_change_and_the_others_stay(bars: FocusBars) -> None:
    load(bars, MINUTE, bars_from(FRIDAY.open_ms, 12))
    made = bars.series(FIVE)
    revision = made.revision
    last = bars.builder.minutes.bar(-1)
    bars.builder.minutes.put(last._replace(high=500.0, close=499.0))
    bars.refresh()
    assert made.bar(-1).high == 500.0
    assert made.bar(-1).close == 499.0
    assert made.revision == revision, "only the last bar changed"
    assert same(made.columns(), resample(bars.builder.minutes.columns(), FIVE, CALENDAR))


def test_a_child_that_is_replaced_makes_its_parent_anew(bars: FocusBars) -> None:
    load(bars, MINUTE, bars_from(FRIDAY.open_ms, 60))
    made = bars.series(FIVE)
    child = bars.builder.minutes.bar(17)
    bars.builder.minutes.put(child._replace(low=1.0, volume=9_999.0, revised=True))
    bars.refresh()
    assert made.bar(3).low == 1.0
    assert made.bar(3).revised
    assert same(made.columns(), resample(bars.builder.minutes.columns(), FIVE, CALENDAR))


def test_without_extended_hours_only_the_regular_session_is_left(bars: FocusBars) -> None:
    load(bars, MINUTE, bars_from(FRIDAY.open_ms - 10 * 60_000, 30))
    assert bars.series(MINUTE, extended=False).start_ms[0] == FRIDAY.open_ms
    assert len(bars.series(MINUTE, extended=False)) == 20
    assert bars.series(FIVE, extended=False).start_ms[0] == FRIDAY.open_ms
    assert len(bars.series(FIVE)) == 6


def test_the_day_has_the_prices_of_the_regular_session_and_the_volume_of_all(bars: FocusBars) -> None:
    load(bars, MINUTE, bars_from(FRIDAY.pre_ms, 400))
    day = bars.series(DAY)
    assert len(day) == 1
    only = day.bar(0)
    assert only.open == 100.0 + 330, "the first minute of the regular session"
    assert only.volume == sum(100 + at for at in range(400))
    assert only.start_ms == CALENDAR.span(date(2026, 11, 20))[0]


def test_a_day_before_its_open_has_no_bar_yet(bars: FocusBars) -> None:
    load(bars, MINUTE, bars_from(FRIDAY.pre_ms, 200))
    assert len(bars.series(DAY)) == 0


def test_history_gives_the_days_before_and_minutes_the_present_one(bars: FocusBars) -> None:
    thursday_ms = CALENDAR.span(date(2026, 11, 19))[0]
    load(bars, DAY, bars_from(thursday_ms, 1, 86_400_000, base=50.0))
    load(bars, MINUTE, bars_from(FRIDAY.pre_ms, 400))
    days = bars.series(DAY)
    assert days.close.tolist() == [50.25, 100.0 + 399 + 0.25]
    assert bars.series(WEEK).bar(-1).open == 50.0
    assert bars.series(MONTH).bar(-1).volume == days.volume.sum()


def test_a_day_of_which_the_morning_is_missing_is_left_to_history(bars: FocusBars) -> None:
    load(bars, MINUTE, bars_from(FRIDAY.open_ms + 60_000, 100))
    assert len(bars.series(DAY)) == 0


def test_so_many_bars_that_no_more_are_taken_is_said(bars: FocusBars, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("live_monitor.data.focus_bars.MAX_LOADED_BARS", 100)
    assert bars.merge(MINUTE, bars_from(FRIDAY.open_ms, 90))
    assert not bars.merge(MINUTE, bars_from(THURSDAY.open_ms, 90))
    assert len(bars.series(MINUTE)) == 90
