"""The packaged tables beside an independent database of market hours (Lean's), and what explains each difference."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from live_monitor.engine.market.sessions import Calendar, cme_equity_futures, nse_equities, us_equities
from tests.engine.market.wall_time import clock_changes

Entry = dict[str, Any]


@pytest.fixture(scope="module")
def database(shared_data: Path) -> dict[str, Entry]:
    """The database, by market."""
    text = (shared_data / "lean_ref" / "market-hours" / "market-hours-database.json").read_text(encoding="utf-8")
    entries: dict[str, Entry] = json.loads(text)["entries"]
    return entries


def day_of(text: str) -> date:
    month, day, year = map(int, text.split("/"))
    return date(year, month, day)


def days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=count) for count in range((last - first).days + 1))


def segments(entry: Entry, day: date) -> dict[str, tuple[time, time]]:
    """Wall-clock sessions of an ordinary day of the week, by state."""
    listed = entry[f"{day:%A}".lower()]
    return {
        segment["state"]: (time.fromisoformat(segment["start"]), time.fromisoformat(segment["end"]))
        for segment in listed
    }


def early_ends(calendar: Calendar, first: date, last: date, usual: set[str]) -> dict[date, str]:
    """Wall-clock ends of the regular sessions that are not the usual ones."""
    found = {}
    for day in days(first, last):
        times = calendar.times(day)
        ends = f"{calendar.to_local(times.close_ms):%H:%M:%S}" if times is not None else ""
        if ends and ends not in usual:
            found[day] = ends
    return found


def test_t2_sessions_around_all_48_clock_changes_are_those_of_the_database(database: dict[str, Entry]) -> None:
    entry, calendar = database["Equity-usa-[*]"], us_equities()
    zone = ZoneInfo(entry["exchangeTimeZone"])
    holidays = set(map(day_of, entry["holidays"]))
    changes = [day for year in range(2007, 2031) for day in clock_changes(year)]
    assert len(changes) == 48
    compared = 0
    for change in changes:
        for day in days(change - timedelta(days=2), change + timedelta(days=1)):
            sessions = segments(entry, day)
            expected = None
            if sessions and day not in holidays:
                pre, market, post = sessions["premarket"], sessions["market"], sessions["postmarket"]
                edges = (pre[0], market[0], market[1], post[1])
                expected = tuple(round(datetime.combine(day, at, zone).timestamp() * 1000) for at in edges)
                compared += 1
            assert calendar.times(day) == expected, day
    assert compared == 96


def test_t3_every_us_holiday_and_early_close_of_the_database_to_2028(database: dict[str, Entry]) -> None:
    entry, calendar = database["Equity-usa-[*]"], us_equities()
    first, last = date(2007, 1, 1), date(2028, 12, 31)
    assert (len(entry["holidays"]), len(entry["earlyCloses"])) == (293, 65)
    listed = {day for day in map(day_of, entry["holidays"]) if first <= day <= last}
    # Some of the database's entries fall on days that are closed anyway.
    assert {day for day in listed if day.weekday() >= 5} == {date(2011, 1, 1), date(2022, 1, 1)}
    assert {day for day in days(first, last) if day.weekday() < 5 and calendar.times(day) is None} == {
        day for day in listed if day.weekday() < 5
    }
    early = {day_of(text): ends for text, ends in entry["earlyCloses"].items() if first <= day_of(text) <= last}
    assert early.pop(date(2017, 12, 24)) == "13:00:00"  # a Sunday
    assert early_ends(calendar, first, last, {"16:00:00"}) == early


def test_nse_hours_and_holidays_beside_the_database(database: dict[str, Entry]) -> None:
    entry, calendar = database["Equity-india-[*]"], nse_equities()
    assert (entry["exchangeTimeZone"], calendar.zone.key) == ("Asia/Kolkata", "Asia/Kolkata")
    day = date(2026, 11, 20)
    sessions = segments(entry, day)
    assert sessions["market"] == (time(9, 15), time(15, 30))
    times = calendar.times(day)
    assert times is not None
    assert [calendar.to_local(ms).time() for ms in times] == [
        sessions["premarket"][0],
        sessions["market"][0],
        sessions["market"][1],
        sessions["postmarket"][1],
    ]
    listed = {day for day in map(day_of, entry["holidays"]) if day.weekday() < 5}

    def difference(first: date, last: date) -> tuple[set[date], set[date]]:
        known = {day for day in listed if first <= day <= last}
        ours = {day for day in days(first, last) if day.weekday() < 5 and calendar.times(day) is None}
        return known - ours, ours - known

    # From 2011 to 2021 the database is whole. It counts Diwali of 2011 as a holiday, though an hour was traded.
    assert difference(date(2011, 1, 1), date(2021, 12, 31)) == ({date(2011, 10, 26)}, set())
    # Else it has only the holidays with a fixed date: none that we lack, and none of those that follow the moon.
    for first, last in ((date(2007, 1, 1), date(2010, 12, 31)), (date(2022, 1, 1), date(2026, 12, 31))):
        missing, more = difference(first, last)
        assert missing == set()
        assert len(more) > 30


def test_cme_early_ends_beside_the_database(database: dict[str, Entry]) -> None:
    entry, calendar = database["Future-cme-ES"], cme_equity_futures()
    first, last = date(2012, 11, 19), date(2026, 12, 31)
    assert database["Future-cme-NQ"]["earlyCloses"] == entry["earlyCloses"]
    listed = {day_of(text): ends for text, ends in entry["earlyCloses"].items() if first <= day_of(text) <= last}
    # "Ends early at 17:00", the usual end, is how the database says that the evening does not open.
    evenings = {day for day, ends in listed.items() if ends == "17:00:00"}
    holidays_after = {date(2024, 12, 31), date(2025, 4, 17), date(2025, 12, 31), date(2026, 12, 31)}
    assert evenings == holidays_after | {date(2025, 12, 25)}
    assert all(calendar.times(day + timedelta(days=1)) is None for day in holidays_after)
    ours = early_ends(calendar, first, last, {"17:00:00", "17:15:00"})
    lacking = {
        date(2018, 12, 5): "09:30:00",  # days of mourning, by CME's own releases
        date(2025, 1, 9): "09:30:00",
        date(2023, 7, 3): "13:15:00",  # eves and Fridays that the database lists in every other year
        date(2024, 7, 3): "13:15:00",
        date(2024, 11, 29): "13:15:00",
    }
    assert ours == {day: ends for day, ends in listed.items() if day not in evenings} | lacking


def test_cme_evening_opens_and_the_daily_halt_are_those_of_the_database(database: dict[str, Entry]) -> None:
    entry, calendar = database["Future-cme-ES"], cme_equity_futures()
    for day in days(date(2026, 11, 15), date(2026, 11, 21)):  # a week without a holiday
        listed = entry[f"{day:%A}".lower()]
        for hour in range(24):
            at = time(hour, 30)
            ms = round(datetime.combine(day, at, ZoneInfo("America/New_York")).timestamp() * 1000)
            traded = any(
                segment["start"] <= at.isoformat()
                and (segment["end"].startswith("1.") or at.isoformat() < segment["end"])
                for segment in listed
            )
            assert (calendar.market_state(ms) == "open") == traded, datetime.fromtimestamp(ms / 1000, UTC)
