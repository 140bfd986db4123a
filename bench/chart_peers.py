"""Charts that others have written in Python, each used as its own examples use it, without volume or indicators.

All three paint with the PyQt6 and the pyqtgraph that ours uses. vnpy's chart is written for PySide6: its one door
to Qt, the module `vnpy.trader.ui`, is held open for PyQt6 instead, and what it says to Qt is the same.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pyqtgraph as pg
from PyQt6 import QtCore, QtGui, QtWidgets

from bench.chart_meter import Walk, application
from bench.window_subject import Candles

#: Share by which the view grows at every other change, and shrinks in between.
ZOOM = 1.05


def zoom_factor(number: int) -> float:
    """1.05 and 1 / 1.05 in turn, ending where it began."""
    return ZOOM if number % 2 else 1 / ZOOM


def next_close(close: float, number: int) -> float:
    """Seven closes around the last one, in turn."""
    return round(close + (number % 7 - 3) / 100, 2)


class Example:
    """pyqtgraph's example of candles: all bars recorded anew for each change, as it does with new data."""

    def __init__(self) -> None:
        application()
        self.window = pg.PlotWidget()
        self.surface = self.window.viewport()
        self._candles = Candles()
        self.window.addItem(self._candles)
        self._rows: list[list[float]] = []
        self._view = (0.0, 1.0)

    def load(self, bars: Walk) -> None:
        self._rows = [list(row) for row in zip(*(column.tolist() for column in bars[1:]), strict=True)]
        self._close = self._rows[-1][3]

    def show(self, view: int) -> None:
        self._candles.set_data(self._rows)
        self._view = (len(self._rows) - view, len(self._rows))
        self.window.setXRange(*self._view, padding=0)

    def tick(self, number: int) -> None:
        self._rows[-1][3] = next_close(self._close, number)
        self._candles.set_data(self._rows)

    def zoom(self, number: int) -> None:
        first, last = self._view
        self._view = (last - (last - first) * zoom_factor(number), last)
        self.window.setXRange(*self._view, padding=0)


def _vnpy_chart() -> Any:
    stand_in = ModuleType("vnpy.trader.ui")
    vars(stand_in).update(QtCore=QtCore, QtGui=QtGui, QtWidgets=QtWidgets)
    sys.modules["vnpy.trader.ui"] = stand_in
    import vnpy.chart  # type: ignore[import-not-found]  # fetched by `script/bench --peers`

    return vnpy.chart


class Vnpy:
    """vnpy's chart widget with its candles alone."""

    def __init__(self) -> None:
        application()
        chart = _vnpy_chart()
        from vnpy.trader.constant import Exchange  # type: ignore[import-not-found]  # as above
        from vnpy.trader.object import BarData  # type: ignore[import-not-found]  # as above

        self._bar: Callable[..., Any] = lambda at, opened, high, low, close, volume: BarData(
            "bench", "AAPL", Exchange.NASDAQ, at, None, volume, 0, 0, opened, high, low, close
        )
        self.window = chart.ChartWidget()
        self.window.add_plot("candle")
        self.window.add_item(chart.CandleItem, "candle", "candle")
        self.surface = self.window.viewport()

    def load(self, bars: Walk) -> None:
        at = [datetime.fromtimestamp(ms / 1000, UTC) for ms in bars.start_ms.tolist()]
        columns = [column.tolist() for column in bars[1:]]
        self._history = [self._bar(*row) for row in zip(at, *columns, strict=True)]
        self._last = (at[-1], *(column[-1] for column in columns))

    def show(self, view: int) -> None:
        self.window.update_history(self._history)
        self.window._bar_count = view
        self.window._update_x_range()

    def tick(self, number: int) -> None:
        at, opened, high, low, close, volume = self._last
        close = next_close(close, number)
        self.window.update_bar(self._bar(at, opened, max(high, close), min(low, close), close, volume))

    def zoom(self, number: int) -> None:
        # Its keys zoom by 1.2; by less, so that all charts have about the same to paint at each frame.
        self.window._bar_count = int(self.window._bar_count * zoom_factor(number))
        self.window._update_x_range()


class Finplot:
    """finplot with candles alone, followed as its live examples do. It leaves out bars where there are over 3,000."""

    def __init__(self) -> None:
        application()
        import finplot  # type: ignore[import-not-found]  # fetched by `script/bench --peers`

        self._finplot = finplot
        self._axis = finplot.create_plot("bench", maximize=False)
        self.window = finplot.windows[0]
        self.surface = self.window.viewport()

    def load(self, bars: Walk) -> None:
        import pandas as pd

        index = pd.to_datetime(bars.start_ms, unit="ms")
        columns = {"open": bars.open, "close": bars.close, "high": bars.high, "low": bars.low}
        self._frame = pd.DataFrame(columns, index=index)
        self._close = float(bars.close[-1])

    def show(self, view: int) -> None:
        self._item = self._finplot.candlestick_ochl(self._frame, ax=self._axis)
        self._finplot.refresh()
        count = len(self._frame)
        self._axis.vb.update_y_zoom(count - view, count)

    def tick(self, number: int) -> None:
        self._frame.iloc[-1, 1] = next_close(self._close, number)
        self._item.update_data(self._frame)

    def zoom(self, number: int) -> None:
        seen = self._axis.vb.targetRect()
        self._axis.vb.zoom_rect(seen, zoom_factor(number), pg.Point(seen.right(), seen.center().y()))
