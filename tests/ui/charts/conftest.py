"""Bars, themes and charts for the tests of the chart."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pytest
from PyQt6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from live_monitor.engine.market.bar_series import Bar, BarSeries
from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.frame import Frame
from live_monitor.ui.theme import Theme, load_fonts, load_theme

#: Monday 2021-03-01 10:00 New York.
TEN_O_CLOCK = 1_614_610_800_000
MINUTE = 60_000


def bar(index: int, opened: float, high: float, low: float, close: float, volume: float = 100.0) -> Bar:
    """The minute bar `index` minutes after 10:00."""
    return Bar(TEN_O_CLOCK + index * MINUTE, opened, high, low, close, volume, (high + low) / 2, 5)


def walk(count: int, start: int = 0, seed: int = 1) -> list[Bar]:
    """A random walk of minute bars in whole cents."""
    rng = np.random.default_rng(seed)
    closes = 100 + np.round(rng.normal(size=count).cumsum() * 0.05, 2)
    bars = []
    for index, close in enumerate(closes.tolist()):
        opened = closes[index - 1].item() if index else close
        high, low = max(opened, close) + 0.03, min(opened, close) - 0.02
        bars.append(bar(start + index, opened, round(high, 2), round(low, 2), close, float(rng.integers(1, 9_000))))
    return bars


def series_of(bars: Iterable[Bar], timeframe_ms: int = MINUTE) -> BarSeries:
    """A series of AAPL with these bars."""
    series = BarSeries("AAPL", timeframe_ms)
    for each in bars:
        series.put(each)
    return series


@pytest.fixture(params=["dark", "light"])
def theme(request: pytest.FixtureRequest, qapp: object) -> Theme:
    """Both looks, with the bundled font."""
    load_fonts()
    return load_theme(request.param)


@pytest.fixture
def dark(qapp: object) -> Theme:
    """One look, where the look does not matter."""
    load_fonts()
    return load_theme("dark")


@pytest.fixture
def chart(qtbot: QtBot, dark: Theme) -> CandleChart:
    """A chart of 900 × 560 on the screen, without bars."""
    return show_chart(qtbot, dark)


def show_chart(qtbot: QtBot, theme: Theme) -> CandleChart:
    """A chart of 900 × 560, shown."""
    chart = CandleChart(theme)
    qtbot.addWidget(chart)
    chart.resize(900, 560)
    chart.show()
    qtbot.waitExposed(chart)
    return chart


def picture_of(chart: CandleChart) -> QImage:
    """What the chart looks like now."""
    return chart.grab().toImage()


def frame_of(chart: CandleChart) -> Frame:
    """The frame that the chart shows."""
    return chart._state.frame


def column_of(image: QImage, x: int, rows: range, color: QColor) -> list[int]:
    """Rows of pixel column `x` that have exactly this colour."""
    wanted = color.rgb()
    return [y for y in rows if image.pixel(x, y) == wanted]


Show = Callable[[QtBot, Theme], CandleChart]
