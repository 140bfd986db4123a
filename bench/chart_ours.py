"""Our candle chart as `chart` measures it."""

from __future__ import annotations

import numpy as np

from bench.chart_meter import Walk, application
from bench.chart_peers import next_close, zoom_factor
from live_monitor.engine.market.bar_series import MINUTE_MS, BarColumns, BarSeries, BarSource
from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.signals.study import Study, StudyChoice
from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.drawings.json_form import to_json
from live_monitor.ui.charts.drawings.values import ANCHORS, KINDS, Anchor, Drawing
from live_monitor.ui.theme import load_fonts, load_theme

DRAWINGS = 50
#: Over the prices, and in panes of their own.
STUDIES = ("sma", "ema", "bollinger", "rsi", "macd")


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


def drawings_over(series: BarSeries, view: int) -> list[Drawing]:
    """50 drawings of every kind among the newest `view` bars."""
    first, step = len(series) - view, max(1, view // (DRAWINGS + 10))
    made = []
    for number in range(DRAWINGS):
        kind, at = KINDS[number % len(KINDS)], first + number * step
        places = [(at, series.low[at]), (at + 8 * step, series.high[at + 8 * step])][: ANCHORS[kind]]
        anchors = tuple(Anchor(int(series.start_ms[index]), float(price)) for index, price in places)
        made.append(Drawing(id=f"d{number}", kind=kind, anchors=anchors, text="note" if kind == "text" else ""))
    return made


class Dressed(Ours):
    """The same with volume, grid, three overlays, two panes of indicators, and 50 drawings in sight."""

    def __init__(self) -> None:
        super().__init__()
        studies = [Study(StudyChoice(id=kind, kind=kind), us_equities()) for kind in STUDIES]
        self.window.set_studies(studies)

    def show(self, view: int) -> None:
        super().show(view)
        self.window.drawings.set_symbol("AAPL")
        taken = self.window.drawings.import_json(to_json(drawings_over(self.series, view), "AAPL"))
        if taken != DRAWINGS:
            raise RuntimeError(f"only {taken} drawings were taken")
