"""India's NSE and CME Globex equity futures: eras, festivals, halts, trade dates that begin in the evening."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import live_monitor
from live_monitor.engine.market.sessions import Calendar, calendar_for, cme_equity_futures, nse_equities, us_equities
from live_monitor.limits import MAX_TIME_MS, MIN_TIME_MS
from tests.engine.market.wall_time import HOUR, MINUTE, clock_changes, india_ms, ms_at

CALENDARS = (us_equities, nse_equities, cme_equity_futures)

calendars = st.sampled_from(CALENDARS).map(lambda make: make())
any_day = st.dates(date(1980, 1, 3), date(2099, 12, 29))
covered_day = st.dates(date(2007, 1, 1), date(2030, 12, 31))


def wall(calendar: Calendar, day: date) -> list[str]:
    """Pre, open, close and post of a day, as its own clocks show them."""
    times = calendar.times(day)
    return [] if times is None else [f"{calendar.to_local(ms):%d %H:%M}" for ms in times]


def states(calendar: Calendar, moments: dict[int, str]) -> dict[int, str]:
    """What the calendar says of the moments that the test names."""
    return {ms: calendar.market_state(ms) for ms in moments}


# -- every calendar -------------------------------------------------------------------------------


def test_calendars_tell_what_they_are() -> None:
    assert [(make().name, make().zone.key) for make in CALENDARS] == [
        ("US equities", "America/New_York"),
        ("NSE equities", "Asia/Kolkata"),
        ("CME equity futures", "America/New_York"),
    ]
    assert all(make() is make() for make in CALENDARS)


@given(calendars, any_day)
def test_spans_partition_time_and_hold_exactly_their_trade_date(calendar: Calendar, day: date) -> None:
    start, end = calendar.span(day)
    assert end == calendar.span(day + timedelta(days=1))[0]
    assert 23 * HOUR <= end - start <= 25 * HOUR
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    assert [calendar.trade_date(ms) for ms in (start - 1, start, end - 1, end)] == [before, day, day, after]


@given(calendars, covered_day)
def test_sessions_lie_inside_the_span_of_their_date(calendar: Calendar, day: date) -> None:
    times = calendar.times(day)
    if times is not None:
        start, end = calendar.span(day)
        assert start <= times.pre_ms <= times.open_ms < times.close_ms <= times.post_ms <= end
        assert calendar.session_bounds(times.open_ms) == times
        assert {calendar.trade_date(ms) for ms in times if ms < end} == {day}
        assert all(times.open_ms < begins < ends < times.close_ms for begins, ends in calendar.pauses(day))


@given(calendars, st.integers(MIN_TIME_MS + 2 * 86_400_000, MAX_TIME_MS - 2 * 86_400_000))
def test_state_is_that_of_the_interval_which_holds_the_instant(calendar: Calendar, ms: int) -> None:
    state, day, times = calendar.market_state(ms), calendar.trade_date(ms), calendar.session_bounds(ms)
    if not calendar.knows(day):
        assert (state, times) == ("unknown", None)
    elif times is None:
        assert state == "closed"
    else:
        pre, opens, closes, post = times
        paused = any(begins <= ms < ends for begins, ends in calendar.pauses(day))
        expected = "pre" if pre <= ms < opens else "open" if opens <= ms < closes else "closed"
        assert state == ("post" if closes <= ms < post else "closed" if paused else expected)


@given(calendars, covered_day)
def test_neighbouring_sessions_are_one_anothers_neighbours(calendar: Calendar, day: date) -> None:
    following = calendar.next_session(day)
    if following is not None:
        between = [day + timedelta(days=gap) for gap in range(1, (following - day).days)]
        assert calendar.times(following) is not None
        assert all(calendar.knows(each) and calendar.times(each) is None for each in between)
        if calendar.times(day) is not None:
            assert calendar.previous_session(following) == day


# -- NSE ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 20), "09:00 09:15 15:30 16:00"),
        (date(2010, 10, 18), "09:00 09:15 15:30 16:00"),  # the first day with an auction before the open
        (date(2010, 10, 15), "09:00 09:00 15:30 16:00"),
        (date(2009, 12, 31), "09:55 09:55 15:30 16:00"),
        (date(2024, 11, 1), "17:45 18:00 19:00 19:20"),  # Diwali, a Friday
        (date(2023, 11, 12), "18:00 18:15 19:15 19:35"),  # Diwali, a Sunday
        (date(2020, 11, 14), "18:00 18:15 19:15 19:35"),  # Diwali, a Saturday
        (date(2025, 10, 21), "13:30 13:45 14:45 15:05"),  # Diwali, after noon for once
        (date(2026, 2, 1), "09:00 09:15 15:30 16:00"),  # the budget, a Sunday
        (date(2024, 1, 20), "09:00 09:15 15:30 16:00"),  # a Saturday, in place of the Monday
    ],
)
def test_nse_has_its_hours_and_its_special_sessions(day: date, expected: str) -> None:
    assert wall(nse_equities(), day) == [f"{day.day:02d} {edge}" for edge in expected.split()]


def test_nse_time_has_no_daylight_saving() -> None:
    calendar = nse_equities()
    for day in (date(2026, 1, 5), date(2026, 7, 6)):
        assert calendar.span(day) == (india_ms(day, 0), india_ms(day + timedelta(days=1), 0))
        times = calendar.times(day)
        assert times is not None
        assert (times.open_ms, times.close_ms) == (india_ms(day, 9, 15), india_ms(day, 15, 30))


def test_nse_pauses_are_closed() -> None:
    saturday, outage = date(2024, 3, 2), date(2021, 2, 24)
    expected = {
        india_ms(saturday, 9, 59): "open",
        india_ms(saturday, 10): "closed",
        india_ms(saturday, 11, 29): "closed",
        india_ms(saturday, 11, 30): "open",
        india_ms(saturday, 12, 30): "post",
        india_ms(outage, 11, 39): "open",
        india_ms(outage, 11, 40): "closed",
        india_ms(outage, 15, 45): "open",
        india_ms(outage, 17): "closed",
    }
    assert states(nse_equities(), expected) == expected


def test_nse_ends_with_the_published_holidays_and_guesses_no_festival() -> None:
    calendar = nse_equities()
    expected = {
        india_ms(date(2026, 11, 24), 10): "closed",  # Guru Nanak's birthday
        india_ms(date(2026, 12, 31), 10): "open",
        india_ms(date(2027, 1, 1), 10): "unknown",
        india_ms(date(2027, 1, 26), 10): "unknown",  # Republic Day, sure to be closed, but of an unpublished year
        india_ms(date(2026, 11, 8), 18): "unknown",  # Diwali, a Sunday: an hour was traded, nobody here knows which
        india_ms(date(2026, 11, 7), 18): "closed",
        india_ms(date(2006, 12, 29), 10): "unknown",
    }
    assert states(calendar, expected) == expected
    assert not calendar.knows(date(2026, 11, 8))
    assert calendar.next_session(date(2026, 11, 6)) is None
    assert calendar.previous_session(date(2026, 11, 9)) is None
    assert calendar.next_session(date(2026, 11, 8)) == date(2026, 11, 9)
    assert calendar.next_session(date(2026, 12, 31)) is None


# -- CME Globex -----------------------------------------------------------------------------------


def test_cme_opens_on_sunday_evening_halts_daily_and_ends_on_friday() -> None:
    calendar, sunday = cme_equity_futures(), date(2026, 11, 15)
    monday, friday = sunday + timedelta(days=1), sunday + timedelta(days=5)
    expected = {
        ms_at(sunday, 17, 59, 59) + 999: ("closed", sunday),
        ms_at(sunday, 18): ("open", monday),
        ms_at(monday, 9, 30): ("open", monday),
        ms_at(monday, 17) - 1: ("open", monday),
        ms_at(monday, 17): ("closed", monday),
        ms_at(monday, 18) - 1: ("closed", monday),
        ms_at(monday, 18): ("open", monday + timedelta(days=1)),
        ms_at(friday, 16, 59): ("open", friday),
        ms_at(friday, 17): ("closed", friday),
        ms_at(friday, 18): ("closed", friday + timedelta(days=1)),
        ms_at(friday + timedelta(days=1), 18): ("closed", friday + timedelta(days=2)),
    }
    assert {ms: (calendar.market_state(ms), calendar.trade_date(ms)) for ms in expected} == expected
    times = calendar.times(monday)
    assert times == (ms_at(sunday, 18), ms_at(sunday, 18), ms_at(monday, 17), ms_at(monday, 17))
    assert calendar.span(monday) == (ms_at(sunday, 18), ms_at(monday, 18))


@pytest.mark.parametrize(
    ("day", "ends"),
    [
        (date(2026, 11, 25), "17:00"),
        (date(2026, 11, 26), "13:00"),  # Thanksgiving
        (date(2026, 11, 27), "13:15"),
        (date(2026, 12, 24), "13:15"),
        (date(2026, 12, 25), ""),
        (date(2027, 1, 1), ""),
        (date(2026, 4, 3), "09:15"),  # Good Friday with a jobs report
        (date(2025, 4, 18), ""),  # and without one
        (date(2024, 3, 29), ""),
        (date(2025, 1, 9), "09:30"),  # days of mourning
        (date(2018, 12, 5), "09:30"),
        (date(2013, 11, 28), "11:30"),
        (date(2015, 9, 18), "17:15"),  # the last day that ended a quarter of an hour later
        (date(2015, 9, 21), "17:00"),
        (date(2012, 11, 19), "17:15"),
    ],
)
def test_cme_days_end_when_the_exchange_ends_them(day: date, ends: str) -> None:
    eve = day - timedelta(days=1)
    opens = f"{eve.day:02d} 18:00"
    assert wall(cme_equity_futures(), day) == ([opens] * 2 + [f"{day.day:02d} {ends}"] * 2 if ends else [])


def test_cme_reopens_in_the_evening_of_a_holiday() -> None:
    calendar, holiday = cme_equity_futures(), date(2026, 12, 25)
    expected = {
        ms_at(holiday - timedelta(days=1), 13, 15): "closed",
        ms_at(holiday - timedelta(days=1), 18): "closed",
        ms_at(date(2026, 11, 26), 13): "closed",  # Thanksgiving
        ms_at(date(2026, 11, 26), 18): "open",
        ms_at(date(2028, 12, 25), 17, 59): "closed",
        ms_at(date(2028, 12, 25), 18): "open",  # a Monday; Tuesday's session begins
    }
    assert states(calendar, expected) == expected


def test_cme_paused_a_quarter_of_an_hour_a_day_until_2021() -> None:
    last, first = date(2021, 6, 25), date(2021, 6, 28)
    expected = {
        ms_at(last, 16, 15) - 1: "open",
        ms_at(last, 16, 15): "closed",
        ms_at(last, 16, 30) - 1: "closed",
        ms_at(last, 16, 30): "open",
        ms_at(first, 16, 15): "open",
    }
    assert states(cme_equity_futures(), expected) == expected
    assert cme_equity_futures().pauses(last) == ((ms_at(last, 16, 15), ms_at(last, 16, 30)),)
    assert cme_equity_futures().pauses(first) == ()


def test_cme_says_unknown_where_it_is_not_known() -> None:
    calendar = cme_equity_futures()
    expected = {
        ms_at(date(2012, 11, 16), 12): "unknown",  # the trading day had another shape
        ms_at(date(2012, 11, 18), 18): "open",
        ms_at(date(2027, 3, 26), 8): "unknown",  # a Good Friday of which nothing is published
        ms_at(date(2027, 3, 25), 18): "unknown",
        ms_at(date(2030, 12, 31), 12): "open",
        ms_at(date(2030, 12, 31), 18): "unknown",
    }
    assert states(calendar, expected) == expected
    assert calendar.next_session(date(2027, 3, 25)) is None
    assert calendar.next_session(date(2027, 3, 26)) == date(2027, 3, 29)


def test_t2_cme_sessions_keep_their_wall_clock_hours_through_every_clock_change() -> None:
    calendar = cme_equity_futures()
    changes = [day for year in range(2013, 2031) for day in clock_changes(year)]
    assert len(changes) == 36
    for sunday in changes:
        monday = sunday + timedelta(days=1)
        ends = ms_at(monday, 17, 15 if monday < date(2015, 9, 21) else 0)
        assert calendar.times(monday) == (ms_at(sunday, 18), ms_at(sunday, 18), ends, ends)
        spring = sunday.month == 3
        start, end = calendar.span(sunday)  # Saturday evening to Sunday evening holds the change
        assert end - start == (23 if spring else 25) * HOUR
        assert {calendar.market_state(ms) for ms in range(start, end, 30 * MINUTE)} == {"closed"}


# -- which calendar -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("symbols", "make"),
    [
        ("TCS.NS M&M.NS BAJAJ-AUTO.NS ES.NS", nse_equities),
        ("ES NQ /ES /NQ ES=F NQ=F ESZ6 /ESZ6 ESH27 NQU2026 /NQM26", cme_equity_futures),
        ("AAPL BRK.B ESS ESTC NQP ES.B ESM ESF6 ESZ /CL CL=F TCS.BO NS MES ESZ6.NSX ESZ199 es", us_equities),
    ],
)
def test_a_symbols_spelling_names_its_calendar(symbols: str, make: Callable[[], Calendar]) -> None:
    assert {symbol: calendar_for(symbol).name for symbol in symbols.split()} == dict.fromkeys(
        symbols.split(), make().name
    )


# -- without the packages -------------------------------------------------------------------------

_PACKAGES = {"pandas_market_calendars", "exchange_calendars", "pandas", "holidays", "dateutil"}


def test_calendars_are_answered_without_any_calendar_package() -> None:
    code = (
        "import sys\n"
        "from live_monitor.engine.market.sessions import calendar_for\n"
        "print([calendar_for(symbol).market_state(1795188600000) for symbol in ('AAPL', 'TCS.NS', 'ES')])\n"
        "print(*sys.modules)"
    )
    root = str(Path(live_monitor.__file__).resolve().parents[1])
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    answer, modules = ran.stdout.splitlines()
    assert answer == "['open', 'closed', 'open']"
    assert _PACKAGES & {name.split(".")[0] for name in modules.split()} == set()


def test_no_module_of_the_program_names_a_calendar_package() -> None:
    root = Path(live_monitor.__file__).resolve().parent
    named: set[str] = set()
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                named |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                named.add((node.module or "").split(".")[0])
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                named.add(node.value)
    assert "msgspec" in named
    assert named & {"pandas_market_calendars", "exchange_calendars"} == set()


def test_leap_days_and_year_ends_of_all_calendars() -> None:
    new_year = datetime(2024, 12, 31, 23, 30, tzinfo=UTC)  # 18:30 in New York, already 2025 in India
    ms = int(new_year.timestamp() * 1000)
    assert [make().trade_date(ms) for make in CALENDARS] == [date(2024, 12, 31), date(2025, 1, 1), date(2025, 1, 1)]
    assert [make().times(date(2024, 2, 29)) is not None for make in CALENDARS] == [True, True, True]
    assert [make().times(date(2028, 2, 29)) is not None for make in CALENDARS] == [True, False, True]
