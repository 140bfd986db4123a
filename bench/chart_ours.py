"""Our candle chart as `chart` measures it."""

from __future__ import annotations

import numpy as np

from bench.chart_meter import Walk, application
from bench.chart_peers import next_close, zoom_factor
from live_monitor.engine.market.bar_series import MINUTE_MS, BarColumns, BarSeries, BarSource
from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.theme import load_fonts, load_theme


def columns_of(bars: Walk) -> BarColumns:
    """The bars as a page of history."""
    count = len(bars.close)
    return BarColumns(
        *bars,
        vwap=bars.close,
        trades=np.full(count, 5, np.int64),
        source=np.full(count, BarSource.HISTORY, np.uint8),
        revised=np.zeros(count, np.bool_),
        cumulative_volume=np.full(count, np.nan),
        proof=np.zeros(count, np.uint8),
    )


class Ours:
    """The chart as a window shows it: candles, volume, grid, axes, last price, read-out."""

    def __init__(self) -> None:
        application()
        load_fonts()
        self.window = CandleChart(load_theme("dark"))
        self.surface = self.window.canvas.viewport()
        self.series = BarSeries("AAPL", MINUTE_MS)

    def load(self, bars: Walk) -> None:
        self.series.merge(columns_of(bars))
        self._last = self.series.bar(-1)

    def show(self, view: int) -> None:
        self.window.set_series(self.series)
        viewport = self.window._state.viewport
        self.window.canvas.zoomed.emit(viewport.width / view / viewport.pitch, float(viewport.width))

    def tick(self, number: int) -> None:
        last = self._last
        close = next_close(last.close, number)
        self.series.put(last._replace(close=close, high=max(last.high, close), low=min(last.low, close)))
        self.window.refresh()

    def zoom(self, number: int) -> None:
        # About the last bar: at the margin on its right nothing would change.
        self.window.canvas.zoomed.emit(zoom_factor(number), 1_000.0)

    def pan(self, number: int) -> None:
        """Moves the bars by 8 pixels, back and forth."""
        self.window.canvas.dragged.emit(8.0 if number % 2 else -8.0)
