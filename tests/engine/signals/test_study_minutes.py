"""Studies of the day over seconds, of which only the last are loaded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from live_monitor.data.models.timeframe import MINUTE
from live_monitor.engine.market.bar_series import MINUTE_MS, SECOND_MS, Bar, BarColumns, BarSeries
from live_monitor.engine.market.resampler import resample
from live_monitor.engine.signals.study import StudyChange
from tests.engine.signals.study_bars import CALENDAR, days_of, lines_of, series_of, starts_of, study, walk

WIDTH = 10 * SECOND_MS
#: Bars of ten seconds of a regular session, and where the loaded ones begin: in the middle of a minute at noon.
PER_DAY = 6 * 390
NOON = PER_DAY + 6 * 150 + 2


def seconds() -> list[Bar]:
    """Two regular sessions in bars of ten seconds; each knows its mean price."""
    bars = walk(starts_of(days_of(2), WIDTH, extended=False))
    return [bar._replace(vwap=(bar.high + bar.low) / 2, volume=bar.volume + 1) for bar in bars]


ALL = seconds()


def minutes_of(bars: Sequence[Bar]) -> BarSeries:
    """The minutes that these make."""
    series = BarSeries("AAPL", MINUTE_MS)
    series.merge(resample(BarColumns.of(bars), MINUTE, CALENDAR, extended=True))
    return series


@pytest.fixture(scope="module")
def whole() -> dict[str, np.ndarray]:
    """VWAP where every second is loaded."""
    return lines_of(study("vwap"), series_of(ALL, WIDTH))


def test_vwap_at_noon_counts_the_minutes_of_the_morning(whole: dict[str, np.ndarray]) -> None:
    followed, series = study("vwap"), series_of(ALL[NOON:], WIDTH)
    assert np.isnan(lines_of(followed, series)["vwap"]).all()
    assert followed.remark
    followed.lean_on(minutes_of(ALL))
    made = lines_of(followed, series)
    assert np.isnan(made["vwap"][:4]).all(), "the rest of a minute that has begun is in no whole bar"
    np.testing.assert_allclose(made["vwap"][4:], whole["vwap"][NOON + 4 :], rtol=1e-9)
    np.testing.assert_allclose(made["upper_1"][4:], whole["upper_1"][NOON + 4 :], rtol=2e-3)
    assert followed.remark == ""


def test_levels_and_the_opening_range_are_exact() -> None:
    for kind in ("previous_day", "opening_range"):
        expected = lines_of(study(kind), series_of(ALL, WIDTH))
        followed = study(kind)
        followed.lean_on(minutes_of(ALL))
        made = lines_of(followed, series_of(ALL[NOON:], WIDTH))
        for key, line in made.items():
            np.testing.assert_array_equal(line[4:], expected[key][NOON + 4 :])
            assert np.isfinite(line[4:]).all()


def test_profile_holds_every_share_of_the_day() -> None:
    followed = study("volume_profile", step=0.05)
    followed.lean_on(minutes_of(ALL))
    followed.follow(series_of(ALL[NOON:], WIDTH))
    assert followed.profile is not None
    assert followed.profile.shares.sum() == pytest.approx(sum(bar.volume for bar in ALL[PER_DAY:]))


def test_it_goes_on_live_and_by_pages(whole: dict[str, np.ndarray]) -> None:
    followed, series = study("vwap"), BarSeries("AAPL", WIDTH)
    minutes = minutes_of(ALL[:NOON])
    followed.lean_on(minutes)
    for index in range(NOON, NOON + 40):
        series.put(ALL[index])
        minutes.merge(minutes_of(ALL[: index + 1]).columns())
        followed.follow(series)
    np.testing.assert_allclose(followed.lines()[0][4:], whole["vwap"][NOON + 4 : NOON + 40], rtol=1e-9)
    series.merge(ALL[NOON - 30 : NOON])
    followed.follow(series)
    np.testing.assert_allclose(followed.lines()[0][4:], whole["vwap"][NOON - 26 : NOON + 40], rtol=1e-9)
    series.merge(ALL[PER_DAY:NOON])
    followed.follow(series)
    np.testing.assert_allclose(followed.lines()[0], whole["vwap"][PER_DAY : NOON + 40], rtol=1e-9)


def test_a_correction_of_a_morning_minute_is_followed_and_a_new_minute_costs_nothing() -> None:
    minutes, followed, series = minutes_of(ALL), study("vwap"), series_of(ALL[NOON:], WIDTH)
    followed.lean_on(minutes)
    before = lines_of(followed, series)["vwap"][-1]
    last = minutes.bar(-1)
    minutes.put(last._replace(volume=last.volume + 5))
    assert followed.follow(series) is StudyChange.NOTHING
    at = minutes.index_of(ALL[PER_DAY].start_ms)
    minutes.put(minutes.bar(at)._replace(volume=1e7))
    assert followed.follow(series) is StudyChange.EVERYTHING
    assert abs(followed.lines()[0][-1] - before) > 1e-3


def test_minutes_that_come_later_are_taken_when_they_come() -> None:
    minutes, followed, series = BarSeries("AAPL", MINUTE_MS), study("vwap"), series_of(ALL[NOON:], WIDTH)
    followed.lean_on(minutes)
    assert np.isnan(lines_of(followed, series)["vwap"]).all()
    minutes.merge(minutes_of(ALL).columns())
    assert followed.follow(series) is StudyChange.EVERYTHING
    assert np.isfinite(followed.lines()[0][4:]).all()


@pytest.mark.parametrize("width_ms", [7 * SECOND_MS, MINUTE_MS])
def test_bars_that_do_not_divide_a_minute_stand_alone(width_ms: int) -> None:
    bars = walk(range(ALL[NOON].start_ms, ALL[NOON].start_ms + 50 * width_ms, width_ms))
    followed = study("vwap")
    followed.lean_on(minutes_of(ALL))
    assert np.isnan(lines_of(followed, series_of(bars, width_ms))["vwap"]).all()


def test_a_morning_that_is_not_whole_in_minutes_either_gives_nothing() -> None:
    followed = study("vwap")
    followed.lean_on(minutes_of(ALL[PER_DAY + 600 :]))
    assert np.isnan(lines_of(followed, series_of(ALL[NOON:], WIDTH))["vwap"]).all()
    assert followed.remark
