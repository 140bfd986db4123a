"""A recorded day has one VWAP, one opening range and one profile, whatever the length of the bars."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from live_monitor.data.models.timeframe import SECOND, Timeframe
from live_monitor.engine.market.bar_builder import BarBuilder
from live_monitor.engine.market.bar_columns import BarColumns
from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.engine.market.conditions import rules_for
from live_monitor.engine.market.resampler import resample
from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.signals.study import Study, StudyChoice
from live_monitor.limits import Rejections
from live_monitor.providers.iqfeed_ticks import PROVIDER, IqfeedTicks, is_end

CALENDAR = us_equities()
LENGTHS = ("5s", "1m", "5m", "15m", "30m")


@pytest.fixture(scope="module")
def seconds(shared_data: Path) -> BarColumns:
    """Seconds of 2021-03-01 from its recorded ticks."""
    rows, rules = IqfeedTicks("XYZ", Rejections()), rules_for(PROVIDER)
    builder = BarBuilder("XYZ")
    with gzip.open(shared_data / "iqfeed" / "by_day" / "2021-03-01_ticks.csv.gz") as lines:
        for number, line in enumerate(lines, 1):
            row = None if is_end(line) else rows.row(line, number)
            if row is not None and row.trade is not None:
                builder.add(row.trade, rules.flags(row.trade.conditions), row.cumulative_volume)
                if not number % 50:
                    builder.flush()
    builder.flush()
    return builder.seconds.columns()


def series_of(seconds: BarColumns, length: str) -> BarSeries:
    timeframe = Timeframe.parse(length)
    series = BarSeries("XYZ", timeframe.nominal_ms)
    series.merge(seconds if timeframe == SECOND else resample(seconds, timeframe, CALENDAR))
    return series


def followed(kind: str, series: BarSeries, **parameters: float | str) -> Study:
    study = Study(StudyChoice(id="one", kind=kind, parameters=dict(parameters)), CALENDAR)
    study.follow(series)
    return study


def at_half_hours(series: BarSeries, line: np.ndarray) -> np.ndarray:
    """The value at the end of each half hour of the regular session."""
    times = CALENDAR.session_bounds(int(series.start_ms[-1]))
    assert times is not None
    ends = np.arange(times.open_ms + 1_800_000, times.close_ms + 1, 1_800_000)
    return line[np.searchsorted(series.start_ms, ends) - 1]


@pytest.mark.parametrize("length", LENGTHS)
def test_vwap_is_the_same_on_every_length_of_bars(seconds: BarColumns, length: str) -> None:
    finest, series = series_of(seconds, "1s"), series_of(seconds, length)
    expected = at_half_hours(finest, followed("vwap", finest).lines()[0])
    assert len(expected) == 13
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(at_half_hours(series, followed("vwap", series).lines()[0]), expected, rtol=1e-12)


@pytest.mark.parametrize("length", LENGTHS)
def test_the_first_half_hour_is_the_same_on_every_length_of_bars(seconds: BarColumns, length: str) -> None:
    finest, series = series_of(seconds, "1s"), series_of(seconds, length)
    for number in (0, 1):
        expected = at_half_hours(finest, followed("opening_range", finest, minutes=30).lines()[number])[1:]
        made = at_half_hours(series, followed("opening_range", series, minutes=30).lines()[number])[1:]
        assert np.isfinite(expected).all()
        np.testing.assert_array_equal(made, expected)


@pytest.mark.parametrize("length", LENGTHS)
def test_the_profile_holds_the_same_shares_on_every_length_of_bars(seconds: BarColumns, length: str) -> None:
    profiles = [followed("volume_profile", series_of(seconds, each)).profile for each in ("1s", length)]
    assert profiles[0] is not None
    assert profiles[1] is not None
    assert profiles[1].shares.sum() == pytest.approx(profiles[0].shares.sum(), rel=1e-12)
