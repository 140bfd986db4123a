"""Averaged bars: by the definition, bar by bar; live equals made at once."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.engine.market.bar_series import MINUTE_MS, Bar, BarSeries
from live_monitor.engine.market.heikin_ashi import HeikinAshi, heikin_ashi

START = 1_772_463_600_000


def columns(count: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    close = 100 + rng.normal(0, 0.1, count).cumsum()
    opened = np.concatenate(([close[0]], close[:-1]))
    return np.stack((opened, np.maximum(opened, close) + 0.1, np.minimum(opened, close) - 0.1, close))


def by_definition(ohlc: np.ndarray) -> list[tuple[float, float, float, float]]:
    found = []
    body = float("nan")
    for opened, high, low, close in ohlc.T.tolist():
        mean = (opened + high + low + close) / 4
        if not math.isfinite(mean):
            found.append((math.nan,) * 4)
            continue
        begin = (opened + close) / 2 if math.isnan(body) else body
        found.append((begin, max(high, begin, mean), min(low, begin, mean), mean))
        body = (begin + mean) / 2
    return found


def bar(index: int, ohlc: np.ndarray) -> Bar:
    opened, high, low, close = ohlc[:, index].tolist()
    return Bar(START + index * MINUTE_MS, opened, high, low, close, 100.0)


def test_columns_equal_the_definition_over_thousands_of_bars() -> None:
    ohlc = columns(5_000)
    np.testing.assert_allclose(np.stack(heikin_ashi(*ohlc)).T, by_definition(ohlc), rtol=0, atol=1e-9)


@given(
    st.integers(min_value=0, max_value=10**6),
    st.lists(st.sampled_from(["add", "tick", "page", "revise", "bad"]), max_size=25),
)
def test_following_a_series_equals_making_it_at_once(seed: int, steps: list[str]) -> None:
    ohlc = columns(120, seed)
    series = BarSeries("AAPL", MINUTE_MS)
    first = last = 60
    series.put(bar(60, ohlc))
    made = HeikinAshi()
    made.follow(series)
    for step in steps:
        if step == "add":
            last += 1
            series.put(bar(last, ohlc))
        elif step == "tick":
            ohlc[3, last] = ohlc[0, last] + 0.01
            ohlc[1, last] = max(ohlc[1, last], ohlc[3, last])
            series.put(bar(last, ohlc))
        elif step == "bad":
            # The newest bar loses its price until its next tick.
            ohlc[3, last] = math.nan
            series.put(bar(last, ohlc))
        elif step == "revise":
            middle = (first + last) // 2
            ohlc[1, middle] += 0.5
            series.put(bar(middle, ohlc))
        elif first:
            first -= 1
            series.merge([bar(first, ohlc)])
        made.follow(series)
    part = ohlc[:, first : last + 1]
    np.testing.assert_allclose(np.stack(made.columns).T, by_definition(part), rtol=0, atol=1e-9)


def test_a_bar_without_a_price_breaks_nothing() -> None:
    ohlc = columns(10)
    ohlc[1, 4] = np.nan
    ohlc[3, 5] = np.inf
    found = heikin_ashi(*ohlc)
    bad = np.array([4, 5])
    assert np.isnan(np.stack(found)[:, bad]).all()
    rest = np.setdiff1d(np.arange(10), bad)
    assert np.isfinite(np.stack(found)[:, rest]).all()
    assert found.open[6] == pytest.approx(heikin_ashi(*ohlc[:, :4]).open[3], abs=0.5)
    assert heikin_ashi(*np.empty((4, 0))).open.size == 0
