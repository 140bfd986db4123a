"""`chart`: what the candle chart costs at 1280 × 800 with 2,000 bars, beside pyqtgraph's own example of candles."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QEventLoop
from PyQt6.QtWidgets import QApplication, QWidget

from bench.rows import Row, Size, cost, interleave
from bench.window_subject import Candles
from live_monitor.engine.market.bar_series import MINUTE_MS, Bar, BarSeries
from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.theme import load_fonts, load_theme

WIDTH, HEIGHT = 1280, 800
BARS = 2_000
VISIBLE = 200
UPDATES = 200
START_MS = 1_795_186_800_000


def _bars(count: int) -> list[Bar]:
    rng = np.random.default_rng(7)
    closes = (228 + rng.normal(0, 0.05, count).cumsum()).round(2).tolist()
    opens = [closes[0], *closes[:-1]]
    return [
        Bar(START_MS + i * MINUTE_MS, o, max(o, c) + 0.03, min(o, c) - 0.02, c, 100.0 + i % 50, c, 5)
        for i, (o, c) in enumerate(zip(opens, closes, strict=True))
    ]


def _painted(application: QApplication, change: Callable[[int], None], rounds: int) -> float:
    """Milliseconds of CPU per change, with the paint that it causes."""
    application.sendPostedEvents()
    started = time.process_time()
    for number in range(rounds):
        change(number)
        application.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
    return (time.process_time() - started) / rounds * 1000


def _show(application: QApplication, window: QWidget) -> None:
    window.resize(WIDTH, HEIGHT)
    window.show()
    for _ in range(5):
        application.processEvents()


def run(size: Size) -> Iterator[Row]:
    """Rows of an update of the last bar, a new bar, a pan and a zoom."""
    found = QApplication.instance()
    application = found if isinstance(found, QApplication) else QApplication([])
    load_fonts()
    bars, updates = _bars(BARS), max(5, int(UPDATES * size.scale))
    series = BarSeries("AAPL", MINUTE_MS)
    for bar in bars:
        series.put(bar)
    chart = CandleChart(load_theme("dark"))
    chart.set_series(series)
    _show(application, chart)
    last = bars[-1]

    def update(number: int) -> None:
        close = round(last.close + (number % 7 - 3) / 100, 2)
        series.put(last._replace(close=close, high=max(last.high, close), low=min(last.low, close)))
        chart.refresh()

    plot, candles = pg.PlotWidget(), Candles()
    plot.addItem(candles)
    rows = [[b.open, b.high, b.low, b.close, b.volume] for b in bars]
    candles.set_data(rows)
    plot.setXRange(BARS - VISIBLE, BARS)
    _show(application, plot)

    def update_example(number: int) -> None:
        rows[-1][3] = last.close + (number % 7 - 3) / 100
        candles.set_data(rows)

    def pan_example(number: int) -> None:
        shift = number % 40
        plot.setXRange(BARS - VISIBLE - shift, BARS - shift, padding=0)

    measures = {
        "last-bar update": (update, update_example),
        "pan by 8 pixels": (lambda number: chart.canvas.dragged.emit(8.0 if number % 40 < 20 else -8.0), pan_example),
    }
    for case, (ours, example) in measures.items():
        times = interleave(
            size.rounds,
            {
                "ours": lambda ours=ours: _painted(application, ours, updates),  # type: ignore[misc]  # bound per case
                "example": lambda example=example: _painted(application, example, updates),  # type: ignore[misc]  # as above
            },
        )
        yield cost("chart", f"{case}, 2,000 bars", times["ours"], "ms", "pyqtgraph's example", times["example"])
    for window in (chart, plot):
        window.close()
        window.deleteLater()
    application.processEvents()
