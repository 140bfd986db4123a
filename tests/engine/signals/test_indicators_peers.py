"""Indicators against TA-Lib and talipp, on daily SPY bars and on a walk of minutes (ADR 29).

Both are for developers only. Where a peer follows another convention the test says how the two meet.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from live_monitor.engine.signals.indicators import (
    Atr,
    Bollinger,
    Ema,
    Macd,
    Obv,
    Rsi,
    SessionVwap,
    Sma,
    Stochastic,
)
from tests.engine.signals.indicator_samples import Columns, lines, quotes, walk

Floats = NDArray[np.float64]


@pytest.fixture(params=["days", "minutes"])
def bars(request: pytest.FixtureRequest) -> Columns:
    """Recorded days, and more minutes than any piece of a bulk calculation holds."""
    return quotes(request.getfixturevalue("shared_data")) if request.param == "days" else walk(20_000)


def same(made: Any, expected: Any) -> None:
    """Equal to 1e-9, of volumes to 1e-9 of the number, and NaN at the same places."""
    assert_allclose(lines(made), lines(expected), rtol=1e-9, atol=1e-9, equal_nan=True)


@pytest.mark.parametrize("length", [2, 5, 20, 200])
def test_averages_and_rsi_are_talibs(bars: Columns, length: int) -> None:
    import talib

    same(Sma(length).feed(bars.close), talib.SMA(bars.close, length))
    same(Ema(length).feed(bars.close), talib.EMA(bars.close, length))
    same(Rsi(length).feed(bars.close), talib.RSI(bars.close, length))


@pytest.mark.parametrize("length", [5, 20, 200])
def test_bollinger_bands_are_talibs(bars: Columns, length: int) -> None:
    import talib

    upper, middle, lower = talib.BBANDS(bars.close, length, 2.0, 2.0)
    made = Bollinger(length, 2.0).feed(bars.close)
    same(made[0], middle)
    # Its running sums of squares lose more than ours: 1e-9 of the variance, which is what it has.
    for ours, theirs in zip(made[1:], (upper, lower), strict=True):
        same((ours - middle) ** 2, (theirs - middle) ** 2)


@pytest.mark.parametrize("length", [2, 14, 100])
def test_atr_is_talibs_when_that_is_given_a_bar_before_the_first(bars: Columns, length: int) -> None:
    """TA-Lib leaves out the first bar's range; a bar before it, within its range, makes it count."""
    import talib

    high, low, close = (np.concatenate((bars.close[:1], column)) for column in (bars.high, bars.low, bars.close))
    same(Atr(length).feed(bars.high, bars.low, bars.close), talib.ATR(high, low, close, length)[1:])


def test_macd_meets_talibs_which_seeds_the_fast_average_later(bars: Columns) -> None:
    import talib

    made, theirs = Macd(12, 26, 9).feed(bars.close), talib.MACD(bars.close, 12, 26, 9)
    assert np.isnan(theirs[0][:33]).all()
    for ours, other in zip(made, theirs, strict=True):
        assert_allclose(ours[33:], other[33:], atol=1.0)
        assert_allclose(ours[250:], other[250:], atol=1e-9)


@pytest.mark.parametrize(("length", "smoothing", "signal"), [(14, 3, 3), (5, 1, 3), (60, 10, 2)])
def test_stochastic_is_talibs(bars: Columns, length: int, smoothing: int, signal: int) -> None:
    """TA-Lib gives %K only where there is a %D."""
    import talib

    made = Stochastic(length, smoothing, signal).feed(bars.high, bars.low, bars.close)
    theirs = talib.STOCH(
        bars.high, bars.low, bars.close, fastk_period=length, slowk_period=smoothing, slowd_period=signal
    )
    start = length + smoothing + signal - 3
    assert np.isnan(theirs[0][:start]).all()
    for ours, other in zip(made, theirs, strict=True):
        assert_allclose(ours[start:], other[start:], rtol=1e-9, atol=1e-9)


def test_obv_is_talibs(bars: Columns) -> None:
    import talib

    same(Obv().feed(bars.close, bars.volume), talib.OBV(bars.close, bars.volume))


def streamed(indicator: Any, values: list[Any]) -> Floats:
    """What a talipp indicator says after each value, float64[n] or one row for each field of what it says."""
    made: list[list[Any]] = []
    for value in values:
        indicator.add(value)
        last = indicator[-1]
        made.append([last] if last is None or isinstance(last, float) else list(vars(last).values()))
    width = len(made[-1])
    filled = [[np.nan if cell is None else cell for cell in (row * width)[:width]] for row in made]
    return np.array(filled, dtype=np.float64).T


@pytest.fixture
def ohlcv(bars: Columns) -> list[Any]:
    """The bars as talipp wants them; 2,000 of them, since it is slow."""
    from talipp.ohlcv import OHLCV

    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    return [OHLCV(*row) for row in zip(*(column[:2_000].tolist() for column in columns), strict=True)]


def test_those_of_one_price_are_talipps(bars: Columns) -> None:
    from talipp import indicators as talipp

    close = bars.close[:2_000]
    values = close.tolist()
    same(Sma(20).feed(close), streamed(talipp.SMA(20), values))
    same(Ema(20).feed(close), streamed(talipp.EMA(20), values))
    same(Rsi(14).feed(close), streamed(talipp.RSI(14), values))
    same(Macd(12, 26, 9).feed(close), streamed(talipp.MACD(12, 26, 9), values))
    lower, middle, upper = streamed(talipp.BB(20, 2), values)
    same(Bollinger(20, 2.0).feed(close), (middle, upper, lower))


def test_those_of_bars_are_talipps(bars: Columns, ohlcv: list[Any]) -> None:
    from talipp import indicators as talipp

    high, low, close, volume = (column[:2_000] for column in (bars.high, bars.low, bars.close, bars.volume))
    same(Atr(14).feed(high, low, close), streamed(talipp.ATR(14), ohlcv))
    same(Stochastic(14, 1, 3).feed(high, low, close), streamed(talipp.Stoch(14, 3), ohlcv))
    same(Obv().feed(close, volume), streamed(talipp.OBV(), ohlcv))
    one_session = np.zeros(len(close), np.int64)
    same(SessionVwap(0).feed(one_session, (high + low + close) / 3.0, volume), streamed(talipp.VWAP(), ohlcv))


def test_the_program_loads_neither(tmp_path: Path) -> None:
    code = (
        "import sys, live_monitor.engine.signals.indicators\n"
        "sys.exit(any(name.partition('.')[0] in ('talib', 'talipp') for name in sys.modules))"
    )
    checkout = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=checkout, timeout=50, check=False)
    assert done.returncode == 0
