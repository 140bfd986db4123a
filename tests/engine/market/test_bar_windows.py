"""Where bars begin and end; market rules 3.3, 3.4, 3.5."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.data.models.timeframe import Timeframe
from live_monitor.engine.market.bar_windows import stretches_of, window_of
from live_monitor.engine.market.sessions import Calendar, cme_equity_futures, nse_equities, us_equities
from tests.engine.market.bar_samples import CALENDARS, DATES, NEW_YORK, ms

KOLKATA = ZoneInfo("Asia/Kolkata")
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
TIMEFRAMES = [Timeframe.parse(name) for name in ("1s", "7s", "5m", "7m", "90m", "1h", "4h", "23h", "1D", "1W", "1M")]


def window(
    at: str, timeframe: str, *, extended: bool = True, calendar: Calendar | None = None, zone: ZoneInfo = NEW_YORK
) -> tuple[str, str] | None:
    """The window by the exchange's clock, as `YYYY-MM-DD HH:MM`."""
    found = window_of(ms(at, zone), Timeframe.parse(timeframe), calendar or us_equities(), extended=extended)
    if found is None:
        return None
    start, end = (f"{datetime.fromtimestamp(edge / 1000, zone):%Y-%m-%d %H:%M}" for edge in found)
    return start, end


@pytest.mark.parametrize(
    ("at", "timeframe", "start", "end"),
    [
        ("2026-11-20 09:30:00", "1h", "09:30", "10:30"),
        ("2026-11-20 10:29:59.999", "1h", "09:30", "10:30"),
        ("2026-11-20 10:30:00", "1h", "10:30", "11:30"),
        ("2026-11-20 15:59:59", "1h", "15:30", "16:00"),
        ("2026-11-20 12:00:00", "4h", "09:30", "13:30"),
        ("2026-11-20 14:00:00", "4h", "13:30", "16:00"),
        ("2026-11-20 09:40:00", "7m", "09:37", "09:44"),
        ("2026-11-27 12:45:00", "1h", "12:30", "13:00"),
        ("2026-11-27 12:00:00", "4h", "09:30", "13:00"),
    ],
)
def test_regular_windows_are_counted_from_the_open_and_cut_at_the_close(
    at: str, timeframe: str, start: str, end: str
) -> None:
    day = at[:10]
    assert window(at, timeframe, extended=False) == (f"{day} {start}", f"{day} {end}")


@pytest.mark.parametrize(
    ("at", "timeframe", "start", "end"),
    [
        ("2026-11-20 04:00:00", "1h", "04:00", "05:00"),
        ("2026-11-20 09:45:00", "1h", "09:00", "10:00"),
        ("2026-11-20 19:59:59", "1h", "19:00", "20:00"),
        ("2026-11-20 19:00:00", "7h", "18:00", "20:00"),
        ("2026-11-20 09:40:00", "7m", "09:36", "09:43"),
        ("2026-11-27 16:59:00", "4h", "16:00", "17:00"),
        ("2026-11-27 17:00:00", "4h", "17:00", "20:00"),  # after the half day: counted from midnight
        ("2026-11-20 03:59:00", "90m", "03:00", "04:00"),
        ("2026-11-20 20:10:00", "90m", "20:00", "21:00"),
        ("2026-12-25 10:31:00", "4h", "08:00", "12:00"),  # a holiday
    ],
)
def test_extended_windows_are_counted_from_the_pre_market_and_nothing_lies_outside(
    at: str, timeframe: str, start: str, end: str
) -> None:
    day = at[:10]
    assert window(at, timeframe) == (f"{day} {start}", f"{day} {end}")


@pytest.mark.parametrize(
    "at", ["2026-11-20 09:29:59", "2026-11-20 16:00:00", "2026-11-27 13:00:00", "2026-12-25 11:00", "2026-11-21 11:00"]
)
def test_outside_the_regular_session_there_is_no_regular_window(at: str) -> None:
    for timeframe in ("5s", "1h", "1D", "1W", "1M"):
        assert window(at, timeframe, extended=False) is None


@pytest.mark.parametrize(
    "open_ms", [1_772_807_400_000, 1_773_063_000_000, 1_793_367_000_000, 1_793_629_800_000], ids=str
)
def test_the_open_begins_a_window_on_both_sides_of_a_clock_change(open_ms: int) -> None:
    for name in ("5s", "7m", "1h", "4h"):
        timeframe = Timeframe.parse(name)
        assert window_of(open_ms, timeframe, us_equities(), extended=False) == (
            open_ms,
            open_ms + timeframe.nominal_ms,
        )
    assert window_of(open_ms, Timeframe.parse("1h"), us_equities()) == (
        open_ms - 30 * MINUTE_MS,
        open_ms + 30 * MINUTE_MS,
    )


def test_the_instants_of_a_half_day_and_of_a_pre_market() -> None:
    hour = Timeframe.parse("1h")
    close_ms, post_ms, pre_ms = 1_795_802_400_000, 1_795_816_800_000, 1_795_165_200_000
    assert window_of(close_ms - 1, hour, us_equities(), extended=False) == (close_ms - 30 * MINUTE_MS, close_ms)
    assert window_of(post_ms - 1, hour, us_equities()) == (post_ms - HOUR_MS, post_ms)
    assert window_of(pre_ms, hour, us_equities()) == (pre_ms, pre_ms + HOUR_MS)


@pytest.mark.parametrize(
    ("at", "timeframe", "start", "end"),
    [
        ("2026-03-08 12:00", "1D", "2026-03-08 00:00", "2026-03-09 00:00"),
        ("2026-11-21 23:59", "1W", "2026-11-15 00:00", "2026-11-22 00:00"),
        ("2026-11-22 00:00", "1W", "2026-11-22 00:00", "2026-11-29 00:00"),
        ("2026-03-10 12:00", "1W", "2026-03-08 00:00", "2026-03-15 00:00"),
        ("2024-02-29 12:00", "1M", "2024-02-01 00:00", "2024-03-01 00:00"),
        ("2026-12-31 12:00", "1M", "2026-12-01 00:00", "2027-01-01 00:00"),
        ("2026-12-31 12:00", "1W", "2026-12-27 00:00", "2027-01-03 00:00"),
    ],
)
def test_days_weeks_and_months_follow_new_yorks_calendar(at: str, timeframe: str, start: str, end: str) -> None:
    assert window(at, timeframe) == (start, end)


def test_days_of_a_clock_change_are_23_and_25_hours_long() -> None:
    for day, hours in (("2026-03-08", 23), ("2026-11-01", 25)):
        found = window_of(ms(f"{day} 12:00"), Timeframe.parse("1D"), us_equities())
        assert found is not None
        assert found[1] - found[0] == hours * HOUR_MS


@pytest.mark.parametrize(
    ("at", "timeframe", "start", "end"),
    [
        ("2026-11-20 09:15", "1h", "09:15", "10:15"),
        ("2026-11-20 15:29", "1h", "15:15", "15:30"),
        ("2026-11-20 14:00", "4h", "13:15", "15:30"),
    ],
)
def test_indian_windows_begin_a_quarter_past_nine(at: str, timeframe: str, start: str, end: str) -> None:
    found = window(at, timeframe, extended=False, calendar=nse_equities(), zone=KOLKATA)
    assert found == (f"{at[:10]} {start}", f"{at[:10]} {end}")


@pytest.mark.parametrize("extended", [True, False])
@pytest.mark.parametrize(
    ("at", "timeframe", "start", "end"),
    [
        ("2026-11-15 18:00", "1h", "2026-11-15 18:00", "2026-11-15 19:00"),
        ("2026-11-15 23:59", "4h", "2026-11-15 22:00", "2026-11-16 02:00"),
        ("2026-11-16 16:59", "4h", "2026-11-16 14:00", "2026-11-16 17:00"),
        ("2026-11-15 19:00", "1D", "2026-11-16 00:00", "2026-11-16 18:00"),
        ("2026-11-15 19:00", "1W", "2026-11-15 00:00", "2026-11-21 18:00"),
        ("2026-11-01 18:30", "1h", "2026-11-01 18:00", "2026-11-01 19:00"),  # the evening after a clock change
    ],
)
def test_a_futures_day_begins_at_six_in_the_evening_before(
    at: str, timeframe: str, start: str, end: str, extended: bool
) -> None:
    assert window(at, timeframe, extended=extended, calendar=cme_equity_futures()) == (start, end)


@given(st.data())
def test_windows_follow_one_another_without_gap_or_overlap_and_keep_to_their_session(data: st.DataObject) -> None:
    calendar: Calendar = data.draw(st.sampled_from(CALENDARS))()
    timeframe, extended = data.draw(st.sampled_from(TIMEFRAMES)), data.draw(st.booleans())
    begin, end = calendar.span(data.draw(st.sampled_from(DATES)))
    at = data.draw(st.integers(begin, end - 1))
    found = window_of(at, timeframe, calendar, extended=extended)
    times = calendar.session_bounds(at)
    midnight = datetime.combine(calendar.trade_date(at), datetime.min.time(), calendar.zone).timestamp() * 1000
    if found is None:
        assert not extended
        assert times is None or not times.open_ms <= at < times.close_ms
        return
    if not extended and not (timeframe.unit in "WM" and at == midnight):
        assert times is not None
        assert times.open_ms <= at < times.close_ms
    first, last = found
    assert at < last
    if timeframe.by_calendar:
        following = window_of(last, timeframe, calendar)
        assert following is not None
        assert following[0] > first
        return
    assert first <= at
    assert last - first <= timeframe.nominal_ms
    assert calendar.trade_date(first) == calendar.trade_date(last - 1) == calendar.trade_date(at)
    for edge in (first, last - 1):
        assert window_of(edge, timeframe, calendar, extended=extended) == found
    following = window_of(last, timeframe, calendar, extended=extended)
    assert following is None or following[0] == last
    if times is not None:
        edges = (times.pre_ms, times.post_ms) if extended else (times.open_ms, times.close_ms)
        assert all(not first < edge < last for edge in edges)


@pytest.mark.parametrize("make", CALENDARS)
@pytest.mark.parametrize("extended", [True, False])
def test_stretches_of_a_date_are_its_span(make: Callable[[], Calendar], extended: bool) -> None:
    calendar = make()
    for day in (*DATES, date(2026, 11, 21)):
        for division in ("grid", "D", "W", "M"):
            parts = stretches_of(calendar, day, division, extended)
            edges = [part.from_ms for part in parts] + [parts[-1].to_ms]
            assert (edges[0], edges[-1]) == calendar.span(day)
            assert edges == sorted(set(edges))
            assert [part.to_ms for part in parts] == edges[1:]
