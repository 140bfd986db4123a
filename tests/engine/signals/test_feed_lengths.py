"""Columns of every length, cut at every place: where one way of counting takes over from another nothing is lost."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from live_monitor.engine.signals.indicators import Atr, Bollinger, Ema, Macd, Rsi, Sma, Stochastic
from tests.engine.signals.indicator_samples import Sample, columns_of, lines, one_by_one

LENGTH = 5
SAMPLES = {
    "sma": Sample(lambda: Sma(LENGTH), ("close",)),
    "ema": Sample(lambda: Ema(LENGTH), ("close",)),
    "bollinger": Sample(lambda: Bollinger(LENGTH), ("close",)),
    "rsi": Sample(lambda: Rsi(LENGTH), ("close",)),
    "macd": Sample(lambda: Macd(3, LENGTH, 4), ("close",)),
    "atr": Sample(lambda: Atr(LENGTH), ("high", "low", "close")),
    "stochastic": Sample(lambda: Stochastic(LENGTH, 3, 3), ("high", "low", "close")),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_any_length_and_any_cut_gives_what_single_bars_give(name: str) -> None:
    sample, rng = SAMPLES[name], np.random.default_rng(3)
    for count in range(1, 6 * LENGTH):
        rows = zip(rng.integers(100, 50_000, count) / 100, rng.random(count), rng.random(count), strict=True)
        bars = columns_of([(0, price, above, below, 0.5, 100.0) for price, above, below in rows])
        columns, expected = sample.columns(bars), one_by_one(sample.make(), sample.rows(bars))
        for cut in range(count + 1):
            indicator = sample.make()
            made = [
                lines(indicator.feed(*(column[begin:end] for column in columns)))
                for begin, end in pairwise((0, cut, count))
                if end > begin
            ]
            np.testing.assert_allclose(np.concatenate(made, axis=1), expected, rtol=0, atol=1e-9)
