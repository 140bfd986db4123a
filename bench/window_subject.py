"""Windows that stand beside the desktop in the bench `desktop`, each in its own process: an empty one, a naive one.

stdout  {"ready"}, and at SIGTERM {"events", "ui_gap_p999_ms", "ui_gap_max_ms", "tick_to_paint_p99_ms"}
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QPointF, QRectF, QTimer
from PyQt6.QtGui import QPainter, QPaintEvent, QPicture
from PyQt6.QtWidgets import QApplication, QFormLayout, QHBoxLayout, QLabel, QWidget

from bench.child import say
from bench.naive import NaiveClient, NaiveManager
from live_monitor.clock import SystemClock
from live_monitor.ui.frame_pacer import FramePacer

WIDTH, HEIGHT = 1280, 800
BARS = 2_000
FIELDS = (
    "last_price", "bid", "ask", "spread", "mid_price", "volume", "change", "change_percent", "day_high", "day_low",
    "day_open", "last_update", "market_state",
)  # fmt: skip


class Candles(pg.GraphicsObject):  # type: ignore[misc]  # pyqtgraph has no type information
    """Candles as pyqtgraph's own example paints them: one recorded picture of all bars."""

    def __init__(self) -> None:
        super().__init__()
        self._picture = QPicture()

    def set_data(self, bars: list[list[float]]) -> None:
        """Records every bar anew."""
        self._picture = QPicture()
        painter = QPainter(self._picture)
        painter.setPen(pg.mkPen("w"))
        for x, (opened, high, low, closed, _) in enumerate(bars):
            painter.drawLine(QPointF(x, low), QPointF(x, high))
            painter.setBrush(pg.mkBrush("g" if closed >= opened else "r"))
            painter.drawRect(QRectF(x - 0.3, opened, 0.6, closed - opened))
        painter.end()
        self.prepareGeometryChange()
        self.update()

    def paint(self, painter: QPainter, *_: object) -> None:
        painter.drawPicture(0, 0, self._picture)

    def boundingRect(self) -> QRectF:
        return QRectF(self._picture.boundingRect())


class PriceLabel(QLabel):
    """The label of the last price; its paint ends the tick."""

    pacer: FramePacer | None = None

    def paintEvent(self, event: QPaintEvent | None) -> None:
        super().paintEvent(event)
        if self.pacer is not None:
            self.pacer.note_painted()


class NaiveWindow(QWidget):
    """A label per field, set by every event; candles drawn anew every second."""

    def __init__(self, manager: NaiveManager, pacer: FramePacer) -> None:
        super().__init__()
        self.resize(WIDTH, HEIGHT)
        self._manager, self._pacer = manager, pacer
        self._labels = {name: PriceLabel("–") if name == "last_price" else QLabel("–") for name in FIELDS}
        price = self._labels["last_price"]
        assert isinstance(price, PriceLabel)
        price.pacer = pacer
        form = QFormLayout()
        for name, label in self._labels.items():
            form.addRow(name, label)
        self._candles = Candles()
        plot = pg.PlotWidget()
        plot.addItem(self._candles)
        layout = QHBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(plot, 1)
        walk = 228 + np.cumsum(np.random.default_rng(7).normal(0, 0.1, BARS))
        self._history = [[p, p + 0.2, p - 0.2, p + 0.05, 100.0] for p in walk.tolist()]
        manager.market_data_updated.connect(self.show_data)
        self._second = QTimer(self)
        self._second.timeout.connect(self.draw_candles)
        self._second.start(1_000)
        self.draw_candles()

    def show_data(self, data: dict[str, object]) -> None:
        received = data["received"]
        assert isinstance(received, float)
        self._pacer.note_tick(received)
        for name, label in self._labels.items():
            value = data[name]
            label.setText(f"{value:,.2f}" if isinstance(value, float) else str(value))

    def draw_candles(self) -> None:
        self._candles.set_data([*self._history, *self._manager.minutes.values()][-BARS:])


def main() -> None:
    """Shows a window until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("design", choices=("empty", "naive"))
    parser.add_argument("--url", default="")
    parser.add_argument("--symbols", type=lambda text: text.split(","), default=["AAPL"])
    given = parser.parse_args()
    application = QApplication([])
    signal.signal(signal.SIGTERM, lambda *_: application.quit())
    pacer = FramePacer(SystemClock())
    manager = NaiveManager()
    if given.design == "empty":
        window = QWidget()
        window.resize(WIDTH, HEIGHT)
    else:
        window = NaiveWindow(manager, pacer)
    window.show()
    if given.url:
        client = NaiveClient(given.url, given.symbols)
        client.data_received.connect(manager.on_data)
        client.start()
    # Opening is not measured.
    QTimer.singleShot(700, lambda: pacer.measure_gaps(True))
    say(ready=time.monotonic())
    application.exec()
    say(events=manager.events, **pacer.stats())
    sys.stdout.flush()
    # Its thread reads until the server goes, and a running QThread must not be destroyed.
    os._exit(0)


if __name__ == "__main__":
    main()
