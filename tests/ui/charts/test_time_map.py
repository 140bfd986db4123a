"""Instants among bars that stand side by side."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from live_monitor.data.models.timeframe import Timeframe
from live_monitor.engine.market.bar_columns import Bar, BarColumns
from live_monitor.engine.market.bulk_resample import resample
from live_monitor.engine.market.sessions import us_equities
from live_monitor.ui.charts.time_map import index_at, ms_at

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
#: Four months that hold both changes of the clocks' offset, a half day (26 November) and holidays.
FIRST, LAST = date(2021, 2, 22), date(2021, 3, 31)
AUTUMN = (date(2021, 10, 25), date(2021, 12, 3))
LENGTHS = ["1m", "5m", "7m", "1h", "4h", "1D", "1W", "1M"]


@lru_cache(maxsize=1)
def minutes() -> BarColumns:
    """Every minute of the extended sessions of two stretches, but for one in seven without a trade."""
    starts: list[int] = []
    for begin, end in ((FIRST, LAST), AUTUMN):
        for ordinal in range(begin.toordinal(), end.toordinal() + 1):
            times = us_equities().times(date.fromordinal(ordinal))
            if times is not None:
                starts += [ms for ms in range(times.pre_ms, times.post_ms, MINUTE) if (ms // MINUTE) % 7]
    return BarColumns.of([Bar(ms, 1.0, 2.0, 0.5, 1.5, 10.0, 1.2, 3) for ms in starts])


@lru_cache(maxsize=32)
def starts_of(length: str, extended: bool = True) -> NDArray[np.int64]:
    """Starts of bars of this length over those minutes."""
    return resample(minutes(), Timeframe.parse(length), us_equities(), extended=extended).start_ms


lengths = st.sampled_from(LENGTHS)
instants = st.integers(int(starts_of("1m")[0]) - 40 * DAY, int(starts_of("1m")[-1]) + 40 * DAY)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("extended", [True, False])
def test_a_bar_stands_at_its_number(length: str, extended: bool) -> None:
    starts = starts_of(length, extended)
    nominal = Timeframe.parse(length).nominal_ms
    assert index_at(starts, nominal, starts).tolist() == list(range(len(starts)))
    assert [ms_at(starts, nominal, index) for index in range(len(starts))] == starts.tolist()


@given(lengths, st.booleans(), instants)
def test_an_instant_comes_back_from_its_position(length: str, extended: bool, ms: int) -> None:
    starts, nominal = starts_of(length, extended), Timeframe.parse(length).nominal_ms
    back = ms_at(starts, nominal, index_at(starts, nominal, ms))
    if abs(back - ms) > 1:
        # There are no bars there, which takes no room: all of it lies at the start of the next one.
        following = int(starts.searchsorted(ms))
        assert back == starts[following]
        assert ms - starts[following - 1] >= min(nominal, 28 * DAY)


@given(lengths, st.data())
def test_a_position_comes_back_from_its_instant(length: str, data: st.DataObject) -> None:
    starts, nominal = starts_of(length), Timeframe.parse(length).nominal_ms
    index = data.draw(st.floats(-50.0, len(starts) + 50.0))
    assert index_at(starts, nominal, ms_at(starts, nominal, index)) == pytest.approx(index, abs=1.01 / MINUTE)


@given(lengths, instants, instants)
def test_what_is_later_never_stands_further_left(length: str, one: int, other: int) -> None:
    starts, nominal = starts_of(length), Timeframe.parse(length).nominal_ms
    early, late = sorted((one, other))
    assert index_at(starts, nominal, early) <= index_at(starts, nominal, late)


@given(lengths, lengths, st.integers(0, 10_000))
def test_an_anchor_of_one_length_stands_within_its_bar_of_another(made_on: str, shown_on: str, number: int) -> None:
    made, shown = starts_of(made_on), starts_of(shown_on)
    ms = int(made[number % len(made)])
    index = index_at(shown, Timeframe.parse(shown_on).nominal_ms, ms)
    holder = int(shown.searchsorted(ms, side="right")) - 1
    if holder >= 0:
        assert holder <= index <= holder + 1


@given(lengths, st.lists(instants, max_size=20))
def test_many_at_once_are_the_same_as_one_by_one(length: str, many: list[int]) -> None:
    starts, nominal = starts_of(length), Timeframe.parse(length).nominal_ms
    assert index_at(starts, nominal, np.array(many, np.int64)).tolist() == [
        index_at(starts, nominal, ms) for ms in many
    ]


def test_a_weekend_takes_no_room() -> None:
    friday, monday = 1_614_980_700_000, 1_614_980_700_000 + 65 * HOUR
    starts = np.array([friday - 5 * MINUTE, friday, monday], np.int64)
    assert index_at(starts, 5 * MINUTE, friday + MINUTE) == pytest.approx(1.2)
    assert index_at(starts, 5 * MINUTE, friday + 5 * MINUTE) == 2.0
    assert index_at(starts, 5 * MINUTE, friday + 40 * HOUR) == 2.0
    assert ms_at(starts, 5 * MINUTE, 2.0) == monday


def test_windows_that_the_session_cuts_count_whole() -> None:
    """The last hour of a regular session has half an hour."""
    starts = np.array([0, 30 * MINUTE], np.int64)
    assert index_at(starts, HOUR, 15 * MINUTE) == 0.5
    assert ms_at(starts, HOUR, 0.5) == 15 * MINUTE


def test_months_are_as_long_as_they_are() -> None:
    starts = starts_of("1M")
    nominal = Timeframe.parse("1M").nominal_ms
    for index, (begin, end) in enumerate(pairwise(starts.tolist())):
        if end - begin < 32 * DAY:
            assert index_at(starts, nominal, (begin + end) // 2) == pytest.approx(index + 0.5, abs=1e-9)


def test_beyond_the_ends_it_goes_on_by_the_length_of_a_bar() -> None:
    starts = np.array([1_000_000, 1_060_000], np.int64)
    assert index_at(starts, MINUTE, 1_060_000 + 10 * MINUTE) == 11.0
    assert index_at(starts, MINUTE, 1_000_000 - 3 * MINUTE) == -3.0
    assert ms_at(starts, MINUTE, 11.0) == 1_060_000 + 10 * MINUTE
    assert ms_at(starts, MINUTE, -3.0) == 1_000_000 - 3 * MINUTE


@pytest.mark.parametrize("ms", [-2_208_988_800_000, 7_258_118_400_000])
def test_the_years_1900_and_2200_have_a_place(ms: int) -> None:
    starts = starts_of("1m")
    index = index_at(starts, MINUTE, ms)
    assert np.isfinite(index)
    assert ms_at(starts, MINUTE, index) == ms


def test_without_bars_there_are_no_positions() -> None:
    empty = np.empty(0, np.int64)
    assert np.isnan(index_at(empty, MINUTE, 5))
    assert np.isnan(index_at(empty, MINUTE, np.array([5, 6]))).all()
    assert ms_at(empty, MINUTE, 3.0) == 0
