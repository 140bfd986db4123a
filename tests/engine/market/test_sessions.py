"""Sessions of US equities: edges, holidays, half days, daylight saving, the ends of the table."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.engine.market.calendar_table import CalendarTable
from live_monitor.engine.market.sessions import Calendar, SessionTimes, hms, us_equities
from live_monitor.limits import MAX_TIME_MS, MIN_TIME_MS
from live_monitor.resources import resource_path
from tests.engine.market.wall_time import HOUR, MINUTE, clock_changes, ms_at, weekdays

FIRST, LAST = date(2007, 1, 1), date(2030, 12, 31)

known_days = st.dates(FIRST, LAST)
known_ms = st.integers(
    int(datetime(2007, 1, 2, tzinfo=UTC).timestamp()) * 1000, int(datetime(2030, 12, 31, tzinfo=UTC).timestamp()) * 1000
)
accepted_ms = st.integers(MIN_TIME_MS, MAX_TIME_MS - 1)


@pytest.fixture
def calendar() -> Calendar:
    """A calendar that has answered nothing yet."""
    return Calendar(CalendarTable.load(resource_path("calendars", "us_equities.json")))


def test_t3_half_days_holidays_leap_day_year_end_unknown_future(calendar: Calendar) -> None:
    states = {
        # a half day: Friday after Thanksgiving
        ms_at(date(2026, 11, 27), 3, 59, 59) + 999: "closed",
        ms_at(date(2026, 11, 27), 4): "pre",
        ms_at(date(2026, 11, 27), 9, 30) - 1: "pre",
        ms_at(date(2026, 11, 27), 9, 30): "open",
        1795802400000 - 1: "open",
        1795802400000: "post",
        1795816800000 - 1: "post",
        1795816800000: "closed",
        # a full day beside it
        ms_at(date(2026, 11, 30), 13): "open",
        ms_at(date(2026, 11, 30), 16): "post",
        ms_at(date(2026, 11, 30), 20): "closed",
        # holidays, a weekend, unscheduled closings
        ms_at(date(2026, 11, 26), 12): "closed",
        ms_at(date(2026, 7, 3), 12): "closed",
        ms_at(date(2026, 11, 28), 12): "closed",
        ms_at(date(2025, 1, 9), 12): "closed",
        ms_at(date(2018, 12, 5), 12): "closed",
        ms_at(date(2012, 10, 29), 12): "closed",
        ms_at(date(2012, 10, 30), 12): "closed",
        ms_at(date(2012, 10, 31), 12): "open",
        ms_at(date(2007, 1, 2), 12): "closed",
        # leap days: a Thursday, a Saturday
        ms_at(date(2024, 2, 29), 12): "open",
        ms_at(date(2020, 2, 29), 12): "closed",
        # year ends: 2021 had no New Year's holiday, because it fell on a Saturday
        ms_at(date(2021, 12, 31), 12): "open",
        ms_at(date(2026, 12, 31), 19, 59): "post",
        ms_at(date(2027, 1, 1), 12): "closed",
        # a day that is a holiday today but lies beyond the table, and one before it
        ms_at(date(2030, 12, 31), 12): "open",
        ms_at(date(2031, 1, 1), 12): "unknown",
        ms_at(date(2031, 7, 4), 12): "unknown",
        ms_at(date(2031, 1, 4), 12): "unknown",
        ms_at(date(2006, 12, 29), 12): "unknown",
    }
    assert {ms: calendar.market_state(ms) for ms in states} == states


@pytest.fixture(params=["Asia/Tokyo", "Europe/London", "UTC", "America/New_York"])
def machine_zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """The process believes to be in this time zone, where the system lets it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        if hasattr(time, "tzset"):
            time.tzset()
        yield request.param
    if hasattr(time, "tzset"):
        time.tzset()


def test_t2_every_clock_change_and_the_day_after_has_the_legal_hours_in_any_zone(
    calendar: Calendar, machine_zone: str
) -> None:
    changes = [day for year in range(2007, 2031) for day in clock_changes(year)]
    assert len(changes) == 48
    mondays = [day + timedelta(days=1) for day in changes]
    expected = [tuple(ms_at(day, *edge) for edge in ((4, 0), (9, 30), (16, 0), (20, 0))) for day in mondays]
    assert [calendar.times(day) for day in mondays] == expected
    lengths = [end - start for start, end in map(calendar.span, changes)]
    assert lengths == [23 * HOUR, 25 * HOUR] * 24
    for day in changes:
        start, end = calendar.span(day)
        assert {calendar.market_state(ms) for ms in range(start, end, HOUR)} == {"closed"}
        assert {calendar.trade_date(ms) for ms in range(start, end, HOUR)} == {day}
    for edges in expected:
        assert hms(edges[1]) == "09:30:00"
        assert calendar.market_state(edges[1]) == "open"


@pytest.mark.parametrize(
    ("day", "open_ms"),
    [
        (date(2026, 3, 6), 1772807400000),
        (date(2026, 3, 9), 1773063000000),
        (date(2026, 10, 30), 1793367000000),
        (date(2026, 11, 2), 1793629800000),
        (date(2026, 11, 20), 1795185000000),
    ],
)
def test_open_is_at_the_instants_of_the_protocol_reference(calendar: Calendar, day: date, open_ms: int) -> None:
    times = calendar.times(day)
    assert times is not None
    assert times.open_ms == open_ms
    assert hms(open_ms) == "09:30:00"


def test_pre_market_begins_at_four(calendar: Calendar) -> None:
    times = calendar.times(date(2026, 11, 20))
    assert times == SessionTimes(1795165200000, 1795185000000, 1795185000000 + 390 * MINUTE, 1795165200000 + 16 * HOUR)


@pytest.mark.parametrize(
    ("year", "closed", "half"),
    [
        (2026, "01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25", "11-27 12-24"),
        (2027, "01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24", "11-26"),
        (2025, "01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25", "07-03 11-28 12-24"),
    ],
)
def test_closed_and_half_days_of_a_year(calendar: Calendar, year: int, closed: str, half: str) -> None:
    found_closed, found_half = [], []
    for day in weekdays(year):
        times = calendar.times(day)
        if times is None:
            found_closed.append(f"{day:%m-%d}")
        elif times.close_ms - times.open_ms == 210 * MINUTE:
            found_half.append(f"{day:%m-%d}")
    assert (found_closed, found_half) == (closed.split(), half.split())


def test_every_known_day_has_no_session_a_full_one_or_a_half_one(calendar: Calendar) -> None:
    lengths = set()
    for year in range(FIRST.year, LAST.year + 1):
        days = weekdays(year)
        sessions = [times for times in map(calendar.times, days) if times is not None]
        assert 249 <= len(sessions) <= 253
        for pre, opens, closes, post in sessions:
            lengths.add((opens - pre, closes - opens, post - closes))
    assert lengths == {(330 * MINUTE, 390 * MINUTE, 240 * MINUTE), (330 * MINUTE, 210 * MINUTE, 240 * MINUTE)}


@given(known_days)
def test_states_follow_one_another_in_their_order(day: date) -> None:
    calendar = us_equities()
    start = ms_at(day, 12) - 12 * HOUR  # within an hour of midnight on the two days of a clock change
    times = calendar.times(day)
    seen: list[str] = []
    for minute in range(60, 23 * 60, 5):
        state = calendar.market_state(start + minute * MINUTE)
        if not seen or seen[-1] != state:
            seen.append(state)
    assert seen == (["closed"] if times is None else ["closed", "pre", "open", "post", "closed"])


@given(known_ms)
def test_every_instant_lies_in_exactly_the_interval_that_its_state_names(ms: int) -> None:
    calendar = us_equities()
    state, times = calendar.market_state(ms), calendar.session_bounds(ms)
    held = []
    if times is not None:
        pre, opens, closes, post = times
        assert pre < opens < closes < post
        held = [
            name
            for name, low, high in (("pre", pre, opens), ("open", opens, closes), ("post", closes, post))
            if low <= ms < high
        ]
    assert held == ([] if state == "closed" else [state])


@given(known_days, st.sampled_from([0, 1, 2, 3]))
def test_edges_are_half_open(day: date, edge: int) -> None:
    calendar = us_equities()
    times = calendar.times(day)
    if times is not None:
        order = ["closed", "pre", "open", "post", "closed"]
        assert calendar.market_state(times[edge] - 1) == order[edge]
        assert calendar.market_state(times[edge]) == order[edge + 1]


@given(st.lists(accepted_ms, min_size=1, max_size=20))
def test_answers_do_not_depend_on_what_was_asked_before(instants: list[int]) -> None:
    table = CalendarTable.load(resource_path("calendars", "us_equities.json"))
    used = Calendar(table)
    for ms in instants:
        fresh = Calendar(table)
        assert used.market_state(ms) == fresh.market_state(ms)
        assert used.trade_date(ms) == fresh.trade_date(ms)
        assert used.session_bounds(ms) == fresh.session_bounds(ms)


@given(accepted_ms)
def test_clock_text_and_date_are_those_of_new_york(ms: int) -> None:
    calendar = us_equities()
    local = calendar.to_new_york(ms)
    assert hms(ms) == f"{local:%H:%M:%S}"
    assert calendar.trade_date(ms) == local.date()
    assert local.timestamp() * 1000 == pytest.approx(ms, abs=0.5)
    assert local.microsecond == ms % 1000 * 1000
    assert local.utcoffset() is not None


def test_clock_text_around_the_clock_changes() -> None:
    spring = int(datetime(2026, 3, 8, 7, tzinfo=UTC).timestamp()) * 1000
    assert [hms(spring - 1000), hms(spring)] == ["01:59:59", "03:00:00"]
    autumn = int(datetime(2026, 11, 1, 6, tzinfo=UTC).timestamp()) * 1000
    assert [hms(autumn - 1000), hms(autumn), hms(autumn + HOUR)] == ["01:59:59", "01:00:00", "02:00:00"]


def test_trade_date_turns_at_midnight_in_new_york(calendar: Calendar) -> None:
    midnight = ms_at(date(2026, 11, 21), 0)
    assert calendar.trade_date(midnight - 1) == date(2026, 11, 20)
    assert calendar.trade_date(midnight) == date(2026, 11, 21)


def test_neighbouring_sessions_skip_what_is_closed(calendar: Calendar) -> None:
    assert calendar.next_session(date(2026, 11, 25)) == date(2026, 11, 27)
    assert calendar.previous_session(date(2026, 11, 30)) == date(2026, 11, 27)
    assert calendar.previous_session(date(2026, 11, 29)) == date(2026, 11, 27)
    assert calendar.next_session(date(2012, 10, 26)) == date(2012, 10, 31)
    assert calendar.previous_session(date(2025, 1, 10)) == date(2025, 1, 8)


def test_neighbours_beyond_the_table_are_not_guessed(calendar: Calendar) -> None:
    assert calendar.previous_session(date(2007, 1, 3)) is None
    assert calendar.previous_session(date(2007, 1, 4)) == date(2007, 1, 3)
    assert calendar.next_session(date(2030, 12, 30)) == date(2030, 12, 31)
    assert calendar.next_session(date(2030, 12, 31)) is None
    assert calendar.previous_session(date(2031, 1, 1)) == date(2030, 12, 31)
    assert calendar.previous_session(date(2031, 1, 2)) is None
    assert calendar.next_session(date(2006, 12, 31)) == date(2007, 1, 3)
    assert calendar.next_session(date(2006, 12, 30)) is None


@given(known_days)
def test_neighbouring_sessions_are_one_anothers_neighbours(day: date) -> None:
    calendar = us_equities()
    following = calendar.next_session(day)
    if following is not None and calendar.times(day) is not None:
        assert calendar.previous_session(following) == day
        assert not any(calendar.times(day + timedelta(days=gap)) for gap in range(1, (following - day).days))


def test_knows_only_the_years_of_the_table(calendar: Calendar) -> None:
    assert calendar.knows(FIRST)
    assert calendar.knows(LAST)
    assert not calendar.knows(FIRST - timedelta(days=1))
    assert not calendar.knows(LAST + timedelta(days=1))
    assert calendar.times(date(2031, 1, 2)) is None
    assert calendar.session_bounds(ms_at(date(2031, 1, 2), 12)) is None


def test_packaged_calendar_is_read_once() -> None:
    assert us_equities() is us_equities()


def test_whole_table_agrees_with_the_calendar_package(calendar: Calendar) -> None:
    package = pytest.importorskip("pandas_market_calendars", reason="the calendars group is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package uses what newer pandas deprecates
        schedule = package.get_calendar("NYSE").schedule(FIRST.isoformat(), LAST.isoformat(), start="pre", end="post")
    expected = {
        stamp.date(): tuple(
            int(row[name].timestamp()) * 1000 for name in ("pre", "market_open", "market_close", "post")
        )
        for stamp, row in schedule.iterrows()
    }
    days = [FIRST + timedelta(days=count) for count in range((LAST - FIRST).days + 1)]
    assert {day: times for day in days if (times := calendar.times(day)) is not None} == expected


@pytest.mark.skipif(sys.gettrace() is not None, reason="a tracer is being measured, not the function")
def test_hot_questions_cost_little() -> None:
    calendar, now = us_equities(), ms_at(date(2026, 11, 20), 10)
    for ask in (calendar.market_state, calendar.trade_date, calendar.session_bounds, hms):
        best = float("inf")
        for _ in range(5):
            began = time.perf_counter()
            for ms in range(now, now + 2_000):
                ask(ms)
            best = min(best, (time.perf_counter() - began) / 2_000)
        assert best < 5e-6, ask  # 0.1 to 0.3 µs on an idle machine


def test_us_calendar_tells_its_name_and_its_zone(calendar: Calendar) -> None:
    assert (calendar.name, calendar.zone.key) == ("US equities", "America/New_York")
    assert f"{calendar.to_local(1795185000000):%Y-%m-%d %H:%M %z}" == "2026-11-20 09:30 -0500"


@given(st.dates(date(1980, 1, 2), date(2099, 12, 30)))
def test_spans_of_consecutive_dates_partition_time_and_agree_with_trade_dates(day: date) -> None:
    calendar = us_equities()
    start, end = calendar.span(day)
    assert end == calendar.span(day + timedelta(days=1))[0]
    assert [calendar.trade_date(ms) for ms in (start - 1, start, end - 1, end)] == [
        day - timedelta(days=1),
        day,
        day,
        day + timedelta(days=1),
    ]


def test_a_span_is_an_hour_shorter_or_longer_where_the_clocks_change(calendar: Calendar) -> None:
    lengths = [
        (end - start) // HOUR
        for start, end in map(calendar.span, (date(2026, 3, 8), date(2026, 7, 1), date(2026, 11, 1)))
    ]
    assert lengths == [23, 24, 25]
