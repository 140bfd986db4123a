"""VWAP with its bands, and on-balance volume, against their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.engine.signals.indicators import Obv, SessionVwap

trades = st.lists(st.tuples(st.floats(0.01, 10_000), st.floats(0, 1e9)), min_size=1, max_size=60)
whole_trades = st.lists(st.tuples(st.integers(1, 50_000), st.integers(0, 10**7)), min_size=1, max_size=60)


@given(trades)
def test_vwap_is_turnover_over_volume(bars: list[tuple[float, float]]) -> None:
    vwap = SessionVwap(bands=0)
    result = [vwap.update(1, price, volume)[0] for price, volume in bars][-1]
    volume = math.fsum(volume for _, volume in bars)
    if volume == 0:
        assert math.isnan(result)
    else:
        assert result == pytest.approx(math.fsum(p * v for p, v in bars) / volume, rel=1e-9)


@given(whole_trades)
def test_bands_are_sigmas_of_every_share_around_vwap(bars: list[tuple[int, int]]) -> None:
    vwap = SessionVwap()
    lines = [vwap.update(1, cents / 100, float(shares)) for cents, shares in bars][-1]
    shares = sum(shares for _, shares in bars)
    assert len(lines) == 7
    if shares == 0:
        assert all(math.isnan(line) for line in lines)
        return
    # Exact in whole numbers: variance of all shares, in cents.
    first, second = sum(v * c for c, v in bars), sum(v * c * c for c, v in bars)
    sigma = math.sqrt((shares * second - first * first) / shares**2) / 100
    for many, (upper, lower) in enumerate(zip(lines[1::2], lines[2::2], strict=True), 1):
        assert upper - lines[0] == pytest.approx(many * sigma, rel=1e-6, abs=1e-5)
        assert lines[0] - lower == pytest.approx(many * sigma, rel=1e-6, abs=1e-5)


def test_bands_of_usual_prices_are_exact() -> None:
    random = np.random.default_rng(3)
    cents, shares = 50_000 + random.integers(-300, 300, 390), random.integers(1, 100_000, 390)
    lines = SessionVwap(1).feed(np.ones(390, np.int64), cents / 100, shares.astype(float))
    bars = list(zip(cents.tolist(), shares.tolist(), strict=True))
    total, first, second = sum(v for _, v in bars), sum(v * c for c, v in bars), sum(v * c * c for c, v in bars)
    sigma = math.sqrt((total * second - first * first) / total**2) / 100
    assert lines[1][-1] - lines[0][-1] == pytest.approx(sigma, abs=1e-9)


def test_a_bar_without_volume_leaves_vwap_alone() -> None:
    vwap = SessionVwap(bands=0)
    assert math.isnan(vwap.update(1, 500.0, 0.0)[0])
    assert vwap.update(1, 10.0, 5.0) == (10.0,)
    assert vwap.update(1, 500.0, 0.0) == (10.0,)


def test_vwap_starts_afresh_with_the_session() -> None:
    vwap = SessionVwap(bands=1)
    vwap.update(1, 10.0, 100.0)
    assert vwap.update(1, 20.0, 100.0) == (15.0, 20.0, 10.0)
    assert vwap.update(2, 30.0, 1.0) == (30.0, 30.0, 30.0)


def test_more_than_three_bands_are_refused() -> None:
    with pytest.raises(ValueError, match="0 to 3"):
        SessionVwap(4)


def test_obv_adds_what_rises_subtracts_what_falls_and_begins_with_the_first_volume() -> None:
    obv = Obv()
    assert [obv.update(*bar) for bar in ((10.0, 5.0), (11.0, 7.0), (11.0, 9.0), (10.5, 4.0))] == [5.0, 12.0, 12.0, 8.0]
