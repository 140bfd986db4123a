"""The second symbol when its bars, or those that it stands beside, hold what is no price."""

from __future__ import annotations

import math

import numpy as np
import pytest

from live_monitor.engine.market.bar_series import Bar, BarSeries
from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.compared import Compared
from tests.ui.charts.conftest import TEN_O_CLOCK, bar, frame_of, picture_of, series_of, walk


def with_closes(changes: dict[int, float]) -> BarSeries:
    """A hundred bars, of which some close at no price."""
    bars = walk(100, seed=5)
    return series_of(each._replace(close=changes.get(index, each.close)) for index, each in enumerate(bars))


def compared_with(other: BarSeries) -> Compared:
    compared = Compared()
    assert compared.set_series("MSFT", other)
    return compared


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_a_close_that_is_no_number_is_left_out_of_line_and_scale(odd: float) -> None:
    bars, other = series_of(walk(100)), with_closes({40: odd, 41: odd})
    compared = compared_with(other)
    at, closes = compared.aligned(bars, 0, 100)
    assert at.tolist() == [*range(40), *range(42, 100)]
    known = other.close[np.isfinite(other.close)]
    assert closes.tolist() == known.tolist()
    assert compared.extent(bars, 0, 100, 2.0) == (2 * known.min(), 2 * known.max())
    nothing = compared.extent(bars, 40, 42, 2.0)
    assert math.isnan(nothing.lowest)
    assert math.isnan(nothing.highest)


@pytest.mark.parametrize("first", [0.0, -1.0, math.nan, math.inf])
@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_from_a_first_bar_without_a_price_no_percentage_is_said(chart: CandleChart, first: float, whose: str) -> None:
    odd: list[Bar] = [bar(0, first, first, first, first), *walk(60, start=1)]
    sound = [bar(0, 100.0, 100.0, 100.0, 100.0), *walk(60, start=1, seed=5)]
    chart.set_series(series_of(odd if whose == "ours" else sound))
    chart.set_compared("MSFT", series_of(sound if whose == "ours" else odd))
    chart.canvas.zoomed.emit(1e-9, 400.0)
    assert frame_of(chart).first == 0
    chart.scroll_to(TEN_O_CLOCK + 30 * 60_000)
    picture_of(chart)
    assert "MSFT no value yet" in chart.readout_text()
