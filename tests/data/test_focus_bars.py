"""Every length of bars of one symbol: made from seconds, minutes and days, shown only where it is whole."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from live_monitor.data.focus_bars import UNSEEN_REFRESHES, FocusBars
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


def days_of_november(first: int, last: int) -> BarColumns:
    """Days of sessions of 2026; the price is the date."""
    dates = [date(2026, 11, day) for day in range(first, last + 1)]
    return BarColumns.joined(
        bars_from(CALENDAR.span(day)[0], 1, base=float(day.day)) for day in dates if CALENDAR.times(day) is not None
    )


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


def test_a_length_that_nobody_looks_at_costs_nothing_and_is_right_when_it_is_shown_again(bars: FocusBars) -> None:
    load(bars, MINUTE, bars_from(FRIDAY.open_ms, 12))
    made = bars.series(FIVE)
    bars.refresh()
    version = made.version
    bars.builder.minutes.put(bars.builder.minutes.bar(-1)._replace(high=500.0))
    bars.refresh()
    assert made.version == version
    assert bars.series(FIVE) is made
    assert made.bar(-1).high == 500.0
    bars.refresh()
    bars.builder.minutes.put(bars.builder.minutes.bar(-1)._replace(high=600.0))
    for _ in range(UNSEEN_REFRESHES):
        bars.refresh()
    assert made.bar(-1).high == 600.0, "who holds on to it gets it within a second"


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
    load(bars, DAY, days_of_november(2, 19))
    load(bars, MINUTE, bars_from(FRIDAY.pre_ms, 400))
    days = bars.series(DAY)
    assert days.close.tolist()[-2:] == [19.25, 100.0 + 399 + 0.25]
    assert bars.series(WEEK).bar(-1).open == 16.0
    assert bars.series(MONTH).bar(-1).volume == days.volume.sum()


def test_weeks_and_months_of_which_days_are_not_loaded_are_left_out(bars: FocusBars) -> None:
    load(bars, DAY, days_of_november(4, 19))
    load(bars, MINUTE, bars_from(FRIDAY.pre_ms, 400))
    assert bars.series(WEEK).open.tolist() == [9.0, 16.0], "the week of the 4th begins on Monday, the 2nd"
    assert len(bars.series(MONTH)) == 0
    load(bars, DAY, days_of_november(2, 3))
    bars.refresh()
    assert bars.series(WEEK).open.tolist() == [2.0, 9.0, 16.0]
    assert bars.series(MONTH).open.tolist() == [2.0]


def test_a_week_lacks_no_day_between_history_and_the_minutes(bars: FocusBars) -> None:
    load(bars, DAY, days_of_november(2, 18))
    load(bars, MINUTE, bars_from(FRIDAY.pre_ms, 400))
    assert len(bars.series(WEEK)) == 0, "the 19th is in neither"
    load(bars, MINUTE, bars_from(THURSDAY.pre_ms, 400))
    bars.refresh()
    assert bars.series(WEEK).open.tolist() == [2.0, 9.0, 16.0]


def test_bars_that_were_let_go_leave_no_part_of_a_bar_behind(bars: FocusBars, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("live_monitor.engine.market.bar_series.MAX_SERIES_BARS", 100)
    monkeypatch.setattr("live_monitor.engine.market.bar_series._LET_GO", 13)
    bars.builder.minutes.clear()  # takes over the limit
    for bar in bars_from(FRIDAY.open_ms, 102).bars():
        bars.builder.minutes.put(bar)
    bars.reaches(MINUTE, FRIDAY.open_ms)
    for bar in bars_from(FRIDAY.open_ms + 102 * 60_000, 20).bars():
        bars.builder.minutes.put(bar)
    oldest_ms = int(bars.builder.minutes.start_ms[0])
    assert (oldest_ms - FRIDAY.open_ms) % 300_000, "in the middle of five minutes"
    assert bars.reach_ms(MINUTE) == oldest_ms
    assert bars.series(FIVE).start_ms[0] == oldest_ms + 300_000 - (oldest_ms - FRIDAY.open_ms) % 300_000
    load(bars, MINUTE, bars_from(FRIDAY.open_ms, 60))
    assert bars.reach_ms(MINUTE) == FRIDAY.open_ms


def test_a_bar_that_has_all_of_its_children_is_shown_before_what_is_known_to_be_whole(bars: FocusBars) -> None:
    assert bars.merge(MINUTE, bars_from(FRIDAY.open_ms + 60_000, 11))
    assert bars.series(FIVE).start_ms.tolist() == [FRIDAY.open_ms + 300_000]


def test_a_day_made_of_minutes_follows_every_change(bars: FocusBars) -> None:
    load(bars, MINUTE, bars_from(THURSDAY.pre_ms, 700))
    load(bars, MINUTE, bars_from(FRIDAY.pre_ms, 400))
    days, weeks = bars.series(DAY), bars.series(WEEK)
    revision = days.revision
    bars.builder.minutes.put(bars.builder.minutes.bar(-1)._replace(close=1_000.0, high=1_000.0))
    bars.refresh()
    assert days.bar(-1).close == days.bar(-1).high == 1_000.0
    assert days.revision == revision, "only the last bar changed"
    old = bars.builder.minutes.bar(400)
    bars.builder.minutes.put(old._replace(low=1.0))
    assert bars.series(DAY).low[0] == 1.0
    assert len(weeks) == 0, "Monday to Wednesday are not loaded"


def test_a_page_of_bars_that_are_loaded_already_is_taken_when_no_older_ones_are(
    bars: FocusBars, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("live_monitor.data.focus_bars.MAX_LOADED_BARS", 100)
    assert bars.merge(MINUTE, bars_from(FRIDAY.open_ms, 90))
    assert bars.merge(MINUTE, bars_from(FRIDAY.open_ms + 60_000, 80, base=200.0)), "a gap is healed"
    assert bars.series(MINUTE).bar(5).open > 200.0


def test_a_day_of_which_the_morning_is_missing_is_left_to_history(bars: FocusBars) -> None:
    load(bars, MINUTE, bars_from(FRIDAY.open_ms + 60_000, 100))
    assert len(bars.series(DAY)) == 0


def test_so_many_bars_that_no_more_are_taken_is_said(bars: FocusBars, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("live_monitor.data.focus_bars.MAX_LOADED_BARS", 100)
    assert bars.merge(MINUTE, bars_from(FRIDAY.open_ms, 90))
    assert not bars.merge(MINUTE, bars_from(THURSDAY.open_ms, 90))
    assert len(bars.series(MINUTE)) == 90
