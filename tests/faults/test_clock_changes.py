"""Row T2: bars of the days around New York's clock changes, on machines anywhere, and nights of CME Globex."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pytest

from live_monitor.data.models.timeframe import Timeframe
from live_monitor.engine.market.bar_columns import Bar, BarColumns
from live_monitor.engine.market.bulk_resample import resample
from live_monitor.engine.market.sessions import cme_equity_futures, hms, us_equities
from tests.engine.market.wall_time import MINUTE, clock_changes, ms_at

CHANGES = [day for year in range(2007, 2031) for day in clock_changes(year)]


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


def minutes(starts: list[int]) -> BarColumns:
    """A bar of ten shares in each minute."""
    return BarColumns.of(Bar(start, 100.0, 101.0, 99.0, 100.5, 10.0, 100.2, 1) for start in starts)


def trading_minutes() -> list[int]:
    """Every minute from 04:00 to 20:00 of the Friday before and the Monday after each change."""
    days = [change + timedelta(days=gap) for change in CHANGES for gap in (-2, 1)]
    return [start for day in days for start in range(ms_at(day, 4), ms_at(day, 20), MINUTE)]


def test_t2_bars_around_all_48_clock_changes_begin_at_legal_times_in_any_zone(machine_zone: str) -> None:
    calendar, bars = us_equities(), minutes(trading_minutes())
    assert len(CHANGES) == 48
    expected: dict[tuple[str, bool], list[int]] = {
        ("1h", False): [],
        ("1h", True): [],
        ("4h", False): [],
        ("1D", True): [],
    }
    for change in CHANGES:
        for day in (change - timedelta(days=2), change + timedelta(days=1)):
            expected["1h", False] += [ms_at(day, 9 + hour, 30) for hour in range(7)]
            expected["1h", True] += [ms_at(day, hour) for hour in range(4, 20)]
            expected["4h", False] += [ms_at(day, 9, 30), ms_at(day, 13, 30)]
            expected["1D", True] += [ms_at(day, 0)]
    for (name, extended), starts in expected.items():
        made = resample(bars, Timeframe.parse(name), calendar, extended=extended)
        assert made.start_ms.tolist() == starts, name
        shares = 10.0 * len(bars.start_ms) * (1 if extended else 390 / 960)
        assert float(np.sum(made.volume)) == shares
    assert {hms(start) for start in expected["1h", False]} == {f"{hour:02d}:30:00" for hour in range(9, 16)}


def test_t2_a_cme_day_is_one_bar_from_sunday_evening_to_monday_whatever_the_clocks_do() -> None:
    calendar = cme_equity_futures()
    for change in (day for day in CHANGES if day >= date(2016, 1, 1)):
        monday = change + timedelta(days=1)
        first, last = ms_at(change, 18), ms_at(monday, 17) - MINUTE
        made = resample(minutes(list(range(first, last + 1, MINUTE))), Timeframe.parse("1D"), calendar, extended=False)
        assert made.start_ms.tolist() == [ms_at(monday, 0)]
        assert made.volume.tolist() == [10.0 * 23 * 60]
