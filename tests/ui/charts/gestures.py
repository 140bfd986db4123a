"""What a hand does to the chart."""

from __future__ import annotations

from typing import Any

from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QMouseEvent, QWheelEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from live_monitor.ui.charts.candle_chart import CandleChart

#: The stubs take its functions for methods.
qtest: Any = QTest


def hover(chart: CandleChart, x: float, y: float) -> None:
    at = QPointF(x, y)
    no = Qt.MouseButton.NoButton
    event = QMouseEvent(QEvent.Type.MouseMove, at, at, no, no, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(chart.canvas.viewport(), event)


def wheel(
    chart: CandleChart, x: float, notches: float, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    at, turned = QPointF(x, 200.0), QPoint(0, round(120 * notches))
    event = QWheelEvent(at, at, QPoint(), turned, Qt.MouseButton.NoButton, held, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(chart.canvas.viewport(), event)


def drag(chart: CandleChart, by: int) -> None:
    port, start = chart.canvas.viewport(), QPoint(300, 200)
    qtest.mousePress(port, Qt.MouseButton.LeftButton, pos=start)
    qtest.mouseMove(port, start + QPoint(by, 0))
    qtest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=start + QPoint(by, 0))
