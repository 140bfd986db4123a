"""Labels and sessions on an axis that counts bars."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.ui.charts.geometry import Columns
from live_monitor.ui.charts.time_ticks import (
    DAY_MS,
    MONTH_BARS_MS,
    WEEK_BARS_MS,
    Band,
    bar_label,
    clock_label,
    date_label,
    session_bands,
    time_ticks,
)
from live_monitor.ui.charts.wall_clock import NEW_YORK as NEW_YORK_WALL

NEW_YORK = ZoneInfo("America/New_York")
MINUTE = 60_000


def at(text: str) -> int:
    """Ms of a New York wall time `2021-03-01 10:00`."""
    return int(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp() * 1000)


def minutes(*spans: tuple[str, int]) -> np.ndarray:
    """Minute bars: a start and how many, for each span."""
    return np.concatenate([at(start) + np.arange(count) * MINUTE for start, count in spans])


@given(st.integers(315_532_800_000, 4_102_444_800_000))
def test_wall_time_is_that_of_the_time_zone_database(ms: int) -> None:
    wall = datetime.fromtimestamp(ms // 1000, NEW_YORK).replace(tzinfo=ZoneInfo("UTC"))
    assert NEW_YORK_WALL.ms(ms) // 1000 == int(wall.timestamp())


@given(st.lists(st.integers(315_532_800_000, 4_102_444_800_000), max_size=50))
def test_many_wall_times_equal_single_ones(times: list[int]) -> None:
    starts = np.array(sorted(times), np.int64)
    assert NEW_YORK_WALL.walls(starts).tolist() == [NEW_YORK_WALL.ms(ms) for ms in starts.tolist()]


def test_labels_follow_the_clock_change() -> None:
    assert clock_label(at("2021-03-12 09:30")) == "09:30"
    assert clock_label(at("2021-03-15 09:30")) == "09:30"
    assert at("2021-03-15 09:30") - at("2021-03-12 09:30") == 3 * DAY_MS - 3_600_000


def test_labels_stand_on_round_times_and_a_new_day_shows_its_date() -> None:
    starts = minutes(("2021-02-26 15:00", 60), ("2021-03-01 09:30", 60))
    ticks = time_ticks(starts, 0, len(starts), Columns(8.0, 4.0), 84, MINUTE)
    assert [tick.label for tick in ticks] == ["15:15", "15:30", "15:45", "1 Mar", "09:45", "10:00", "10:15"]
    assert [tick.label for tick in ticks if tick.strong] == ["1 Mar"]
    assert all(clock_label(int(starts[tick.bar])) == tick.label for tick in ticks if not tick.strong)


def test_a_weekend_takes_no_room() -> None:
    starts = minutes(("2021-02-26 15:00", 60), ("2021-03-01 09:30", 60))
    day = next(tick for tick in time_ticks(starts, 0, 120, Columns(8.0, 4.0), 84, MINUTE) if tick.strong)
    assert day.bar == 60


def test_a_round_minute_without_a_print_has_no_label() -> None:
    starts = minutes(("2021-03-01 10:00", 25), ("2021-03-01 10:33", 30))
    ticks = time_ticks(starts, 0, 55, Columns(8.0, 4.0), 84, MINUTE)
    assert [tick.label for tick in ticks] == ["10:15", "10:45", "11:00"]


def test_a_wide_hole_between_labels_gets_its_roundest_bar() -> None:
    clocks = ("08:02", "08:07", "08:11", "08:16", "08:20", "08:23", "08:31", "08:38", "08:47", "08:52")
    thin = np.array([at(f"2021-03-01 {clock}") for clock in clocks])
    ticks = time_ticks(thin, 0, len(thin), Columns(48.0, 24.0), 84, MINUTE)
    assert "08:20" in [tick.label for tick in ticks]
    xs = [Columns(48.0, 24.0).x(tick.bar) for tick in ticks]
    assert all(b - a <= 4 * 84 for a, b in pairwise([0, *xs, 480]))


@given(st.lists(st.integers(1, 9), min_size=2, max_size=300), st.floats(3.0, 60.0))
def test_labels_of_a_thin_market_are_true_apart_and_never_far_between(steps: list[int], pitch: float) -> None:
    starts = at("2021-03-01 04:00") + np.cumsum(np.array(steps)) * MINUTE
    columns = Columns(pitch, pitch / 2)
    ticks = time_ticks(starts, 0, len(starts), columns, 84, MINUTE)
    xs = [columns.x(tick.bar) for tick in ticks]
    assert all(b - a >= 84 - pitch for a, b in pairwise(xs))
    assert all(b - a <= 4 * 84 + 2 * pitch for a, b in pairwise([columns.x(0), *xs, columns.x(len(starts) - 1)]))
    assert all(clock_label(int(starts[tick.bar])) == tick.label for tick in ticks if not tick.strong)


def test_labels_stay_with_their_bars_while_one_pans() -> None:
    starts = minutes(("2021-03-01 09:30", 390))
    seen: set[int] = set()
    for pan in range(0, 300, 7):
        ticks = time_ticks(starts, 20, 120, Columns(8.0, float(-160 - pan)), 84, MINUTE)
        seen |= {int(starts[tick.bar]) // MINUTE % 15 for tick in ticks}
    assert seen == {0}


@given(
    st.floats(0.001, 90), st.integers(1, 3_000), st.sampled_from([1_000, 60_000, 300_000, DAY_MS]), st.integers(0, 9)
)
def test_labels_never_run_into_each_other(pitch: float, count: int, timeframe: int, hole: int) -> None:
    starts = at("2021-02-24 09:30") + np.arange(count) * timeframe
    starts[count // 2 :] += hole * 7_777_777
    columns = Columns(pitch, 3.5)
    ticks = time_ticks(starts, 0, count, columns, 84, timeframe)
    xs = [columns.x(tick.bar) for tick in ticks]
    assert all(b - a >= 84 - max(1, pitch) for a, b in pairwise(xs))
    assert [tick.bar for tick in ticks] == sorted({tick.bar for tick in ticks})


def test_days_months_and_years_mark_daily_bars() -> None:
    days = [date(2020, 11, 2) + timedelta(days=n) for n in range(120)]
    starts = np.array([at(f"{day} 00:00") for day in days if day.weekday() < 5])
    ticks = time_ticks(starts, 0, len(starts), Columns(12.0, 6.0), 84, DAY_MS)
    labels = {tick.label: tick for tick in ticks}
    assert {"Dec", "2021", "Feb"} <= set(labels)
    assert starts[labels["Dec"].bar] == at("2020-12-01 00:00")
    assert starts[labels["2021"].bar] == at("2021-01-01 00:00")
    assert all(tick.strong == (tick.label in {"Dec", "2021", "Feb", "Mar"}) for tick in ticks)


def test_months_are_named_and_years_stand_out() -> None:
    starts = np.array([at(f"{2019 + n // 12}-{n % 12 + 1:02}-01 00:00") for n in range(30)])
    ticks = time_ticks(starts, 0, len(starts), Columns(40.0, 20.0), 84, MONTH_BARS_MS)
    assert [tick.label for tick in ticks if tick.strong] == ["2020", "2021"]
    assert all(len(tick.label) == 3 for tick in ticks if not tick.strong)


@pytest.mark.parametrize(
    ("wall", "timeframe_ms", "label"),
    [
        ("2021-03-01 10:31:05", 5_000, "Mon 1 Mar  10:31:05"),
        ("2021-03-01 10:31:30", 90_000, "Mon 1 Mar  10:31:30"),
        ("2021-03-01 10:31", MINUTE, "Mon 1 Mar  10:31"),
        ("2020-03-02 13:30", 4 * 60 * MINUTE, "Mon 2 Mar 2020  13:30"),
        ("2021-03-01 00:00", DAY_MS, "Mon 1 Mar 2021"),
        # The week in which the clocks change, and summer time: midnight in New York is 04:00 UTC.
        ("2021-03-14 00:00", WEEK_BARS_MS, "Week of 14 Mar 2021"),
        ("2021-07-01 00:00", DAY_MS, "Thu 1 Jul 2021"),
        ("2021-07-01 00:00", MONTH_BARS_MS, "Jul 2021"),
    ],
)
def test_a_bar_is_named_by_its_time_or_trade_date(wall: str, timeframe_ms: int, label: str) -> None:
    assert bar_label(at(wall), timeframe_ms, at("2021-03-05 15:59")) == label


@pytest.mark.parametrize("text", ["2021-03-12 00:00", "2021-03-15 00:00", "2021-11-05 00:00", "2021-11-08 00:00"])
def test_the_axis_of_days_shows_trade_dates_on_both_sides_of_a_clock_change(text: str) -> None:
    starts = np.array([at("2021-03-11 00:00"), at(text)])
    (tick,) = [t for t in time_ticks(starts, 0, 2, Columns(96.0, 48.0), 84, DAY_MS) if t.bar == 1]
    assert tick.label in {date_label(at(text)), "Nov"}
    assert date_label(at(text)).split()[0] == str(int(text[8:10]))


def test_hours_that_begin_at_half_past_have_labels_too() -> None:
    starts = at("2021-03-01 09:30") + np.arange(7) * 60 * MINUTE
    ticks = time_ticks(starts, 0, 7, Columns(96.0, 48.0), 84, 60 * MINUTE)
    assert [tick.label for tick in ticks] == ["10:30", "11:30", "12:30", "13:30", "14:30", "15:30"]


def test_odd_lengths_have_true_labels_all_the_way() -> None:
    starts = at("2021-03-01 09:30") + np.arange(55) * 7 * MINUTE
    ticks = time_ticks(starts, 0, 55, Columns(16.0, 8.0), 84, 7 * MINUTE)
    assert all(clock_label(int(starts[tick.bar])) == tick.label for tick in ticks)
    assert max(b.bar - a.bar for a, b in pairwise(ticks)) * 16 <= 3 * 84


def test_seconds_are_shown_for_bars_of_seconds() -> None:
    starts = at("2021-03-01 10:00") + np.arange(120) * 1_000
    assert {tick.label for tick in time_ticks(starts, 0, 120, Columns(8.0, 4.0), 84, 1_000)} >= {"10:00:15", "10:01:00"}


@pytest.mark.parametrize("ms", [-2_208_988_800_000, 7_258_118_400_000, -(2**62), 2**62])
def test_years_that_no_market_has_seen_are_labelled_or_left_blank(ms: int) -> None:
    starts = ms + np.arange(50) * MINUTE
    assert isinstance(time_ticks(starts, 0, 50, Columns(8.0, 4.0), 84, MINUTE), list)
    assert isinstance(date_label(ms, weekday=True, year=True), str)
    assert len(clock_label(ms)) == 5


class Times(NamedTuple):
    pre_ms: int
    open_ms: int
    close_ms: int
    post_ms: int


class Weekdays:
    """Sessions of a plain week."""

    def times(self, day: date) -> Times | None:
        if day.weekday() >= 5:
            return None
        return Times(*(at(f"{day} {clock}") for clock in ("04:00", "09:30", "16:00", "20:00")))


def test_pre_and_post_market_are_bands_and_days_are_breaks() -> None:
    starts = minutes(("2021-02-26 15:30", 60), ("2021-03-01 09:00", 60))
    bands, breaks = session_bands(starts, 0, 120, Weekdays())
    assert bands == [Band(30, 60), Band(60, 90)]
    assert breaks == [60]


def test_a_window_inside_the_regular_session_has_no_band() -> None:
    starts = minutes(("2021-03-01 10:00", 60))
    assert session_bands(starts, 0, 60, Weekdays()) == ([], [])
    assert session_bands(starts, 0, 0, Weekdays()) == ([], [])


def test_a_bar_in_which_the_session_opens_is_shaded_up_to_the_open() -> None:
    starts = at("2021-03-01 04:00") + np.arange(4) * 240 * MINUTE
    bands, _ = session_bands(starts, 0, 4, Weekdays(), 240 * MINUTE)
    assert bands == [Band(0, 1.375), Band(3, 4)]


def test_days_are_not_shaded() -> None:
    starts = at("2021-03-01 00:00") + np.arange(4) * DAY_MS
    assert session_bands(starts, 0, 4, Weekdays(), DAY_MS) == ([], [])


def test_years_of_bars_are_not_shaded() -> None:
    starts = at("2015-01-02 10:00") + np.arange(2_000) * DAY_MS
    assert session_bands(starts, 0, 2_000, Weekdays()) == ([], [])
