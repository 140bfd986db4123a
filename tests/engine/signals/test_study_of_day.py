"""Studies of the trading day: what counts, and when nothing is said."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest

from live_monitor.engine.market.bar_series import MINUTE_MS, Bar
from live_monitor.engine.signals.study_days import StudyDays
from live_monitor.engine.signals.study_of_day import fitting_step
from tests.engine.signals.study_bars import (
    CALENDAR,
    HALF_HOUR,
    days_of,
    half_hours,
    lines_of,
    series_of,
    starts_of,
    study,
    walk,
)

DAY_MS = 24 * 60 * MINUTE_MS
#: Bars of half an hour of a day with extended hours, and where its regular session lies among them.
PER_DAY, OPEN, CLOSE = 32, 11, 24


def mean_price(bar: Bar) -> float:
    return (bar.high + bar.low + bar.close) / 3 if math.isnan(bar.vwap) else bar.vwap


def vwap_of(bars: Sequence[Bar]) -> float:
    return sum(mean_price(bar) * bar.volume for bar in bars) / sum(bar.volume for bar in bars)


def test_vwap_begins_with_each_regular_session_and_ends_with_it() -> None:
    bars = half_hours(3)
    made = lines_of(study("vwap"), series_of(bars))
    for day in range(3):
        first = day * PER_DAY
        assert np.isnan(made["vwap"][first : first + OPEN]).all()
        assert np.isnan(made["vwap"][first + CLOSE : first + PER_DAY]).all()
        for at in range(first + OPEN, first + CLOSE):
            assert made["vwap"][at] == pytest.approx(vwap_of(bars[first + OPEN : at + 1]), rel=1e-9)
    deviation = made["upper_1"] - made["vwap"]
    np.testing.assert_allclose(made["lower_2"], made["vwap"] - 2 * deviation)
    assert np.isnan(made["upper_3"]).all()


def test_vwap_of_all_hours_counts_the_whole_day() -> None:
    bars = half_hours(2)
    made = lines_of(study("vwap", hours="all"), series_of(bars))["vwap"]
    assert made[PER_DAY - 1] == pytest.approx(vwap_of(bars[:PER_DAY]))
    assert made[PER_DAY + 5] == pytest.approx(vwap_of(bars[PER_DAY : PER_DAY + 6]))


def test_vwap_is_not_begun_in_the_middle_of_a_day() -> None:
    bars = half_hours(2)
    followed = study("vwap")
    made = lines_of(followed, series_of(bars[OPEN + 3 :]))["vwap"]
    assert np.isnan(made[: PER_DAY - OPEN - 3]).all()
    assert np.isfinite(made[PER_DAY - 3 :]).sum() == CLOSE - OPEN
    assert followed.remark == "outside the regular session"
    noon = study("vwap")
    lines_of(noon, series_of(bars[OPEN + 3 : CLOSE]))
    assert noon.remark == "the day is not loaded from its beginning"


def test_the_days_own_count_of_shares_shows_that_nothing_is_missing() -> None:
    late = half_hours(1)[OPEN + 3 : CLOSE]
    total, counted = 0.0, []
    for bar in late:
        total += bar.volume
        counted.append(bar._replace(cumulative_volume=total))
    assert np.isfinite(lines_of(study("vwap"), series_of(counted))["vwap"]).any()
    more = [bar._replace(cumulative_volume=bar.cumulative_volume + 5_000) for bar in counted]
    assert np.isnan(lines_of(study("vwap"), series_of(more))["vwap"]).all()


def test_a_day_that_was_joined_late_is_left_out_though_older_days_are_there() -> None:
    bars = half_hours(2)
    joined = bars[: PER_DAY + OPEN] + [
        bar._replace(cumulative_volume=1e6 + number * 1e3)
        for number, bar in enumerate(bars[PER_DAY + OPEN + 4 : PER_DAY + CLOSE])
    ]
    made = lines_of(study("vwap"), series_of(joined))["vwap"]
    assert np.isfinite(made[OPEN:CLOSE]).all()
    assert np.isnan(made[PER_DAY:]).all()


def test_a_thin_stock_whose_first_print_comes_late_has_a_vwap() -> None:
    bars = half_hours(2)
    thin = bars[:PER_DAY] + bars[PER_DAY + OPEN + 4 : PER_DAY + CLOSE]
    assert np.isfinite(lines_of(study("vwap"), series_of(thin))["vwap"][PER_DAY:]).all()


def test_bars_that_reach_over_the_open_have_no_regular_session() -> None:
    hours = walk(starts_of(days_of(2), 2 * HALF_HOUR))
    followed = study("vwap")
    assert np.isnan(lines_of(followed, series_of(hours, 2 * HALF_HOUR))["vwap"]).all()
    assert followed.remark == "bars reach over the open"
    every = lines_of(study("vwap", hours="all"), series_of(hours, 2 * HALF_HOUR))["vwap"]
    assert np.isfinite(every).all()
    regular = walk(starts_of(days_of(2), 2 * HALF_HOUR, extended=False))
    assert np.isfinite(lines_of(study("vwap"), series_of(regular, 2 * HALF_HOUR))["vwap"]).all()


@pytest.mark.parametrize("kind", ["vwap", "previous_day", "opening_range", "volume_profile"])
def test_bars_of_a_day_have_no_study_of_the_day(kind: str) -> None:
    starts = [CALENDAR.span(day)[0] for day in days_of(30)]
    followed, series = study(kind), series_of(walk(starts), DAY_MS)
    assert all(np.isnan(line).all() and len(line) == 30 for line in lines_of(followed, series).values())
    assert followed.profile is None
    assert followed.remark == "only on bars shorter than a day"


def test_levels_of_the_day_before_hold_all_day_long() -> None:
    bars = half_hours(3)
    made = lines_of(study("previous_day"), series_of(bars))
    assert all(np.isnan(line[:PER_DAY]).all() for line in made.values())
    for day in (1, 2):
        before = bars[(day - 1) * PER_DAY + OPEN : (day - 1) * PER_DAY + CLOSE]
        today = slice(day * PER_DAY, (day + 1) * PER_DAY)
        assert set(made["high"][today]) == {max(bar.high for bar in before)}
        assert set(made["low"][today]) == {min(bar.low for bar in before)}
        assert set(made["close"][today]) == {before[-1].close}


def test_levels_may_count_all_hours() -> None:
    bars = half_hours(2)
    made = lines_of(study("previous_day", hours="all"), series_of(bars))
    assert made["high"][PER_DAY] == max(bar.high for bar in bars[:PER_DAY])
    assert made["close"][PER_DAY] == bars[PER_DAY - 1].close


def test_before_the_open_the_levels_are_those_of_the_last_session() -> None:
    bars = half_hours(2)
    made = lines_of(study("previous_day"), series_of(bars[: PER_DAY + 3]))
    assert made["close"][PER_DAY:].tolist() == [bars[CLOSE - 1].close] * 3


def test_a_trading_day_that_is_missing_gives_no_levels() -> None:
    bars = half_hours(3)
    followed = study("previous_day")
    made = lines_of(followed, series_of(bars[:PER_DAY] + bars[2 * PER_DAY :]))
    assert all(np.isnan(line).all() for line in made.values())
    assert followed.remark == "the day before is not loaded from its beginning"


def test_opening_range_counts_its_bars_and_ends_with_the_session() -> None:
    bars = half_hours(2)
    made = lines_of(study("opening_range", minutes=60), series_of(bars))
    for day in range(2):
        first = day * PER_DAY
        forming = bars[first + OPEN : first + OPEN + 2]
        assert np.isnan(made["high"][first : first + OPEN + 2]).all()
        assert set(made["high"][first + OPEN + 2 : first + CLOSE]) == {max(bar.high for bar in forming)}
        assert set(made["low"][first + OPEN + 2 : first + CLOSE]) == {min(bar.low for bar in forming)}
        assert np.isnan(made["high"][first + CLOSE : first + PER_DAY]).all()


def test_an_opening_range_that_is_no_whole_number_of_bars_is_not_guessed() -> None:
    followed = study("opening_range", minutes=15)
    made = lines_of(followed, series_of(half_hours(1)))
    assert all(np.isnan(line).all() for line in made.values())
    assert followed.remark == "15 minutes are no whole number of these bars"


def test_profile_holds_the_shares_of_the_newest_day_with_the_forming_bar() -> None:
    bars, followed = half_hours(2), study("volume_profile", step=0.05)
    series = series_of(bars[: PER_DAY + CLOSE])
    followed.follow(series)
    profile = followed.profile
    assert profile is not None
    today = bars[PER_DAY + OPEN : PER_DAY + CLOSE]
    assert profile.shares.sum() == pytest.approx(sum(bar.volume for bar in today))
    assert profile.prices[0] <= min(bar.low for bar in today) < profile.prices[0] + 0.05
    assert profile.step == 0.05
    assert followed.profile is profile, "it is made once a change"
    series.put(today[-1]._replace(volume=today[-1].volume + 1_000))
    followed.follow(series)
    assert followed.profile is not None
    assert followed.profile.shares.sum() == pytest.approx(profile.shares.sum() + 1_000)


def test_before_the_open_the_profile_is_that_of_the_session_before_or_none() -> None:
    bars, followed = half_hours(3), study("volume_profile", step=0.05)
    series = series_of(bars[: PER_DAY + 3])
    followed.follow(series)
    assert followed.profile is not None
    assert followed.profile.shares.sum() == pytest.approx(sum(bar.volume for bar in bars[OPEN:CLOSE]))
    # The second day is missing.
    followed.follow(series_of(bars[:PER_DAY] + bars[2 * PER_DAY : 2 * PER_DAY + 3]))
    assert followed.profile is None


def test_a_wrong_print_does_not_tear_the_profile_apart() -> None:
    bars = half_hours(1)
    wrong = bars[OPEN + 5]._replace(high=9e6)
    followed = study("volume_profile", step=0.01)
    followed.follow(series_of([*bars[: OPEN + 5], wrong, *bars[OPEN + 6 : CLOSE]]))
    assert followed.profile is not None
    assert len(followed.profile.prices) < 2_000
    counted = sum(bar.volume for bar in bars[OPEN:CLOSE]) - wrong.volume
    assert followed.profile.shares.sum() == pytest.approx(counted)


def test_a_profile_of_a_tiny_step_stays_small() -> None:
    bars = [bar._replace(volume=1.0) for bar in half_hours(1)]
    followed = study("volume_profile", step=1e-4)
    followed.follow(series_of(bars))
    assert followed.profile is not None
    assert len(followed.profile.prices) <= 20_000


@pytest.mark.parametrize(
    ("price", "step"), [(0.5, 0.0002), (0.01, 0.0001), (3.0, 0.01), (100.0, 0.05), (190.0, 0.05), (500.0, 0.2)]
)
def test_rows_fit_the_price(price: float, step: float) -> None:
    assert fitting_step(price) == pytest.approx(step)


def test_days_without_a_calendar_count_only_by_all_hours() -> None:
    first = int(np.datetime64("2006-03-01T14:30", "ms").astype(np.int64))
    bars = walk([first + number * HALF_HOUR for number in range(20)])
    assert np.isnan(lines_of(study("vwap"), series_of(bars))["vwap"]).all()
    assert not CALENDAR.knows(date(2006, 3, 1))
    whole = [bar._replace(cumulative_volume=bar.volume) for bar in bars]
    assert np.isfinite(lines_of(study("vwap", hours="all"), series_of(whole))["vwap"]).any()


def test_where_a_bar_stands_is_the_same_alone_and_among_others() -> None:
    bars = half_hours(6)
    columns = series_of(bars).columns()
    parts = StudyDays(CALENDAR, HALF_HOUR, regular=True).parts(columns)
    alone = StudyDays(CALENDAR, HALF_HOUR, regular=True)
    places = [alone.place(bar) for bar in bars]
    counting = [index for part in parts for index in range(part.begin, part.end)]
    assert [index for index, place in enumerate(places) if place.counts] == counting
    assert [part.number for part in parts] == sorted({place.number for place in places})
    assert [part.first for part in parts] == [number * PER_DAY for number in range(6)]
    assert len(counting) == 6 * (CLOSE - OPEN)


def test_a_kept_state_shares_the_calendar_and_nothing_else() -> None:
    bars = half_hours(2)
    days = StudyDays(CALENDAR, HALF_HOUR, regular=True)
    days.place(bars[OPEN])
    copied = copy.deepcopy(days)
    assert vars(copied)["_calendar"] is CALENDAR, "copying its tables would take longer than all bars"
    days.place(bars[PER_DAY + OPEN + 9])
    assert copied.number == days.number - 1
    assert vars(copied)["_doubts"] is not vars(days)["_doubts"]
