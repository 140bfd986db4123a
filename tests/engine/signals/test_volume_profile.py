"""Volume by price: rows, point of control, value area."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.engine.signals.volume_profile import MOST_ROWS, Profile, VolumeProfile

bars = st.lists(st.tuples(st.integers(100, 3_000), st.integers(0, 200), st.integers(0, 10**6)), min_size=1, max_size=50)


def shown(profile: VolumeProfile) -> Profile:
    made = profile.profile()
    assert made is not None
    return made


def test_a_bar_goes_evenly_to_the_rows_that_it_touches() -> None:
    profile = VolumeProfile(0.05)
    profile.update(1, low=100.10, high=100.24, volume=300.0)  # rows 100.10, 100.15, 100.20
    profile.update(1, low=100.20, high=100.20, volume=50.0)
    made = shown(profile)
    assert made.prices == pytest.approx([100.10, 100.15, 100.20])
    assert made.shares.tolist() == [100.0, 100.0, 150.0]
    assert made.poc == pytest.approx(100.225)


@given(bars)
def test_rows_hold_what_exact_arithmetic_says(given_bars: list[tuple[int, int, int]]) -> None:
    profile, rows = VolumeProfile(0.05), dict[int, Fraction]()
    for cents, reach, volume in given_bars:
        profile.update(1, cents / 100, (cents + reach) / 100, float(volume))
        touched = range(cents // 5, (cents + reach) // 5 + 1)
        for row in touched:
            rows[row] = rows.get(row, Fraction(0)) + Fraction(volume, len(touched))
    traded = sorted(row for row, shares in rows.items() if shares)
    made = profile.profile()
    if not traded:
        assert made is None
        return
    assert made is not None
    assert np.round(made.prices / 0.05).astype(int).tolist() == list(range(traded[0], traded[-1] + 1))
    assert made.shares == pytest.approx([float(rows.get(row, 0)) for row in range(traded[0], traded[-1] + 1)])
    assert rows[round(made.poc / 0.05 - 0.5)] == pytest.approx(float(max(rows.values())))


@given(bars, st.floats(0.05, 1.0))
def test_the_value_area_holds_its_share_around_the_point_of_control(
    given_bars: list[tuple[int, int, int]], share: float
) -> None:
    profile = VolumeProfile(0.05, share)
    for cents, reach, volume in given_bars:
        profile.update(1, cents / 100, (cents + reach) / 100, float(volume))
    made = profile.profile()
    if made is None:
        return
    assert made.value_low < made.poc < made.value_high
    inside = (made.prices > made.value_low - 0.01) & (made.prices < made.value_high - 0.01)
    assert made.shares[inside].sum() >= share * made.shares.sum() * (1 - 1e-12)
    # No row too many: without the one that came last, which is at one of the edges, it were too few shares.
    last = max(made.shares[inside][0], made.shares[inside][-1])
    assert inside.sum() == 1 or made.shares[inside].sum() - last < share * made.shares.sum() * (1 + 1e-12)


def test_the_value_area_takes_the_larger_neighbour_and_of_two_equals_the_upper() -> None:
    profile = VolumeProfile(1.0)
    for price, volume in ((10, 70.0), (11, 50.0), (12, 80.0), (13, 150.0), (14, 90.0), (15, 80.0), (16, 34.0)):
        profile.update(1, price, price, volume)
    made = shown(profile)
    # 554 shares, 387.8 wanted: 150, + 90 (14), + 80 (15: as many as 12), + 80 (12) is enough.
    assert (made.poc, made.value_low, made.value_high) == (13.5, 12.0, 16.0)


def test_the_row_that_was_first_to_hold_most_is_the_point_of_control() -> None:
    profile = VolumeProfile(1.0)
    assert profile.update(1, 12.0, 12.0, 10.0) == 12.5
    assert profile.update(1, 10.0, 10.0, 10.0) == 12.5
    assert profile.update(1, 10.0, 10.0, 1.0) == 10.5


def test_a_profile_starts_afresh_with_the_session() -> None:
    profile = VolumeProfile(1.0)
    profile.update(1, 12.0, 12.0, 10.0)
    assert profile.update(2, 5.0, 5.0, 1.0) == 5.5
    assert shown(profile).prices.tolist() == [5.0]


def test_a_peek_at_the_profile_holds_the_forming_bar() -> None:
    profile = VolumeProfile(1.0)
    profile.update(1, 12.0, 12.0, 10.0)
    peeked = profile.peek_profile(1, 13.0, 13.0, 30.0)
    assert peeked is not None
    assert peeked.shares.tolist() == [10.0, 30.0]
    assert shown(profile).shares.tolist() == [10.0]


def test_without_shares_there_is_no_profile() -> None:
    profile = VolumeProfile(1.0)
    assert profile.profile() is None
    assert math.isnan(profile.update(1, 12.0, 13.0, 0.0))
    assert profile.profile() is None


@given(st.lists(st.tuples(st.floats(1e-4, 1e12), st.floats(0, 1e9), st.floats(0, 1e9)), min_size=1, max_size=30))
def test_no_price_makes_more_rows_than_there_may_be(given_bars: list[tuple[float, float, float]]) -> None:
    profile = VolumeProfile(0.01)
    for low, reach, volume in given_bars:
        profile.update(1, low, low + reach, volume)
    made = profile.profile()
    total = math.fsum(volume for _, _, volume in given_bars)
    if made is None:
        assert total == 0.0
        return
    assert len(made.shares) <= MOST_ROWS
    assert made.shares.sum() == pytest.approx(total)
    assert math.log2(made.step / 0.01) == pytest.approx(round(math.log2(made.step / 0.01)))
    assert made.prices[0] <= min(low for low, _, volume in given_bars if volume) + made.step * 1e-6


def test_a_bar_upside_down_is_left_out() -> None:
    profile = VolumeProfile(1.0)
    assert math.isnan(profile.update(1, 13.0, 12.0, 10.0))
    assert profile.profile() is None


@pytest.mark.parametrize(("step", "share"), [(0.0, 0.7), (-1.0, 0.7), (math.nan, 0.7), (math.inf, 0.7), (1.0, 0.0)])
def test_rows_of_no_height_and_areas_of_nothing_are_refused(step: float, share: float) -> None:
    with pytest.raises(ValueError, match="a profile has rows"):
        VolumeProfile(step, share)
