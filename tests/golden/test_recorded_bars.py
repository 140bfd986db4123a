"""Our bars are those that vendors recorded, from their ticks and from their shorter bars (market rules 3.2, 3.4)."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from live_monitor.data.models.timeframe import DAY, MINUTE, Timeframe
from live_monitor.engine.market.bar_builder import BarBuilder
from live_monitor.engine.market.bar_columns import BarColumns
from live_monitor.engine.market.conditions import rules_for
from live_monitor.engine.market.resampler import BarResampler, resample
from live_monitor.engine.market.sessions import us_equities
from live_monitor.limits import Rejections
from live_monitor.providers.iqfeed_ticks import PROVIDER, IqfeedTicks, is_end
from tests.golden.recorded_bars import iqfeed_bars, lean_bars

FIVE_SECONDS, HOUR = Timeframe.parse("5s"), Timeframe.parse("1h")
SPY_DAYS = ("20131004", "20131007", "20131008", "20131009", "20131010", "20131011")


def assert_equal(ours: BarColumns, theirs: BarColumns, *fields: str) -> None:
    for field in ("start_ms", *fields):
        np.testing.assert_array_equal(getattr(ours, field), getattr(theirs, field), err_msg=field)


def assert_the_vendors(ours: BarColumns, theirs: BarColumns) -> None:
    """Equal in every field that the vendor gives."""
    assert_equal(ours, theirs, "open", "high", "low", "close", "volume", "cumulative_volume")


@pytest.fixture(scope="module")
def iqfeed_day(shared_data: Path) -> Path:
    return shared_data / "iqfeed" / "by_day"


@pytest.fixture(scope="module")
def lean(shared_data: Path) -> Path:
    return shared_data / "lean_equity" / "Data" / "equity" / "usa"


@pytest.fixture(scope="module")
def own_seconds(iqfeed_day: Path) -> BarColumns:
    """Seconds from the recorded ticks."""
    rows, rules = IqfeedTicks("XYZ", Rejections()), rules_for(PROVIDER)
    builder = BarBuilder("XYZ")
    with gzip.open(iqfeed_day / "2021-03-01_ticks.csv.gz") as lines:
        for number, line in enumerate(lines, 1):
            row = None if is_end(line) else rows.row(line, number)
            if row is not None and row.trade is not None:
                builder.add(row.trade, rules.flags(row.trade.conditions), row.cumulative_volume)
                builder.flush()  # as frames do: what is older than a quarter of an hour is let go
    return builder.seconds.columns()


def test_iqfeed_ticks_make_the_vendors_seconds(own_seconds: BarColumns, iqfeed_day: Path) -> None:
    theirs = iqfeed_bars(iqfeed_day / "2021-03-01_intervals_1s.csv.gz")
    assert theirs.length == 2_422
    assert_the_vendors(own_seconds, theirs)


def test_iqfeed_ticks_make_the_vendors_five_seconds(own_seconds: BarColumns, iqfeed_day: Path) -> None:
    theirs = iqfeed_bars(iqfeed_day / "2021-03-01_intervals_5s.csv.gz")
    assert theirs.length == 1_941
    assert_the_vendors(resample(own_seconds, FIVE_SECONDS, us_equities()), theirs)


def test_the_vendors_seconds_make_its_five_seconds_at_once_and_one_by_one(iqfeed_day: Path) -> None:
    seconds = iqfeed_bars(iqfeed_day / "2021-03-01_intervals_1s.csv.gz")
    theirs = iqfeed_bars(iqfeed_day / "2021-03-01_intervals_5s.csv.gz")
    assert_the_vendors(resample(seconds, FIVE_SECONDS, us_equities()), theirs)
    resampler = BarResampler(FIVE_SECONDS)
    made = {bar.start_ms: bar for bar in map(resampler.add, seconds.bars()) if bar is not None}
    assert_the_vendors(BarColumns.of(made.values()), theirs)


@pytest.mark.parametrize("day", SPY_DAYS)
def test_minutes_of_the_regular_session_make_the_vendors_hours_by_volume(lean: Path, day: str) -> None:
    calendar = us_equities()
    minutes = lean_bars(lean / "minute" / "spy" / f"{day}_trade.zip")
    times = calendar.session_bounds(int(minutes.start_ms[0]))
    assert times is not None
    theirs = lean_bars(lean / "hour" / "spy.zip").between(times.open_ms - 1_800_000, times.close_ms)
    # The vendor names hours by the clock, and its first, of 09:00, begins with the session.
    ours = resample(minutes.between(times.open_ms, times.close_ms), HOUR, calendar)
    assert ours.length == 7
    assert_equal(ours, theirs, "volume")


@pytest.mark.parametrize("day", SPY_DAYS)
def test_the_day_has_the_volume_of_its_hours(lean: Path, day: str) -> None:
    calendar = us_equities()
    minutes = lean_bars(lean / "minute" / "spy" / f"{day}_trade.zip")
    span = calendar.span(calendar.trade_date(int(minutes.start_ms[0])))
    hours = lean_bars(lean / "hour" / "spy.zip").between(*span)
    daily = resample(minutes, DAY, calendar, extended=False)
    assert daily.start_ms.tolist() == [span[0]]
    assert daily.volume.tolist() == [hours.volume.sum()]


@pytest.mark.parametrize(("symbol", "count"), [("spy", 828), ("ibm", 453)])
def test_seconds_make_the_vendors_minutes_by_high_and_low(lean: Path, symbol: str, count: int) -> None:
    seconds = lean_bars(lean / "second" / symbol / "20131007_trade.zip")
    theirs = lean_bars(lean / "minute" / symbol / "20131007_trade.zip")
    assert theirs.length == count
    assert_equal(resample(seconds, MINUTE, us_equities()), theirs, "high", "low")
    resampler = BarResampler(MINUTE)
    made = {bar.start_ms: bar for bar in map(resampler.add, seconds.bars()) if bar is not None}
    assert_equal(BarColumns.of(made.values()), theirs, "high", "low")
