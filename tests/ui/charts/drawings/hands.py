"""What a hand does to the drawings of a chart, by mouse and by keyboard."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.drawings.values import Drawing
from live_monitor.ui.theme import Theme
from tests.ui.charts.conftest import series_of, show_chart, walk
from tests.ui.charts.gestures import qtest

LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


def drawing_chart(qtbot: QtBot, theme: Theme, bars: int = 200) -> CandleChart:
    """A chart of AAPL with bars, ready to draw on."""
    chart = show_chart(qtbot, theme)
    chart.set_series(series_of(walk(bars)))
    chart.drawings.set_symbol("AAPL")
    return chart


def press(chart: CandleChart, x: int, y: int, held: Qt.KeyboardModifier = PLAIN) -> None:
    qtest.mousePress(chart.canvas.viewport(), LEFT, held, QPoint(x, y))


def move(chart: CandleChart, x: int, y: int, held: Qt.KeyboardModifier = PLAIN, *, down: bool = True) -> None:
    at, none = QPointF(x, y), Qt.MouseButton.NoButton
    event = QMouseEvent(QEvent.Type.MouseMove, at, at, none, LEFT if down else none, held)
    QApplication.sendEvent(chart.canvas.viewport(), event)


def release(chart: CandleChart, x: int, y: int, held: Qt.KeyboardModifier = PLAIN) -> None:
    qtest.mouseRelease(chart.canvas.viewport(), LEFT, held, QPoint(x, y))


def click(chart: CandleChart, x: int, y: int, held: Qt.KeyboardModifier = PLAIN) -> None:
    press(chart, x, y, held)
    release(chart, x, y, held)


def drag(chart: CandleChart, start: tuple[int, int], end: tuple[int, int], held: Qt.KeyboardModifier = PLAIN) -> None:
    press(chart, *start, held)
    for share in (0.1, 0.5, 1.0):
        x, y = (round(a + (b - a) * share) for a, b in zip(start, end, strict=True))
        move(chart, x, y, held)
    release(chart, *end, held)


def key(chart: CandleChart, code: Qt.Key, held: Qt.KeyboardModifier = PLAIN, times: int = 1) -> None:
    for _ in range(times):
        qtest.keyClick(chart, code, held)


def drawings_of(chart: CandleChart) -> tuple[Drawing, ...]:
    return chart.drawings.easel.book.drawings


def only(chart: CandleChart) -> Drawing:
    """The one drawing there is."""
    (drawing,) = drawings_of(chart)
    return drawing


def middle_of(chart: CandleChart, drawing: Drawing) -> tuple[int, int]:
    """A place on the first line of a drawing, well between its ends, in logical pixels."""
    shape = chart.drawings.layer.shape(drawing)
    assert shape is not None
    line = shape.lines[0]
    return round(line.x1 + (line.x2 - line.x1) * 0.4), round(line.y1 + (line.y2 - line.y1) * 0.4)


def handle_of(chart: CandleChart, drawing: Drawing, number: int) -> tuple[int, int]:
    """A handle's place in logical pixels."""
    shape = chart.drawings.layer.shape(drawing)
    assert shape is not None
    x, y = shape.handles[number]
    return int(x), int(y)
