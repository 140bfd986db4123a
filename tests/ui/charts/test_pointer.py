"""Who has the mouse, and where a menu may come from."""

from __future__ import annotations

import math

import pytest
from PyQt6.QtCore import QPoint, QRect, Qt

from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.gaps import Hole
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.pointer import MenuPoint, PointerRoute
from tests.ui.charts.conftest import MINUTE, TEN_O_CLOCK, bar, frame_of, picture_of, series_of, walk
from tests.ui.charts.gestures import qtest

_NONE = Qt.KeyboardModifier.NoModifier


class Tool:
    """Takes hold left of x = 100, and remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, float]] = []

    def press(self, x: float, _y: float, _held: Qt.KeyboardModifier) -> bool:
        return x < 100

    def move(self, x: float, _y: float, _held: Qt.KeyboardModifier) -> None:
        self.told.append(("move", x))

    def release(self, x: float, _y: float, _held: Qt.KeyboardModifier) -> None:
        self.told.append(("release", x))

    def hover(self, _x: float, _y: float, _held: Qt.KeyboardModifier) -> Qt.CursorShape | None:
        return None

    def double(self, _x: float, _y: float) -> bool:
        return False


def test_a_tool_holds_the_pointer_from_press_to_release_and_no_longer() -> None:
    route, first, second = PointerRoute(), Tool(), Tool()
    route.tools += [first, second]
    assert not route.press(150, 0, _NONE)
    assert not route.move(150, 0, _NONE)
    assert route.press(50, 0, _NONE)
    assert route.move(300, 0, _NONE)
    assert route.held
    assert route.release(310, 0, _NONE)
    assert not route.held
    assert not route.move(320, 0, _NONE)
    assert not route.release(320, 0, _NONE)
    assert first.told == [("move", 300), ("release", 310)]
    assert second.told == []


def test_no_menu_comes_in_the_middle_of_a_drag(chart: CandleChart) -> None:
    chart.set_series(series_of(walk(100)))
    asked: list[MenuPoint] = []
    chart.menu_requested.connect(asked.append)
    port, at = chart.canvas.viewport(), QPoint(300, 200)
    left, right = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
    for start in (at, QPoint(300, frame_of(chart).panes.volume.y)):
        qtest.mousePress(port, left, pos=start)
        qtest.mouseClick(port, right, pos=start)
        assert asked == []
        qtest.mouseRelease(port, left, pos=start)
    qtest.mouseClick(port, right, pos=at)
    assert len(asked) == 1


def test_a_menu_where_no_price_is_known_names_none(chart: CandleChart) -> None:
    chart.set_series(series_of([bar(index, math.nan, math.nan, math.nan, math.nan) for index in range(60)]))
    asked: list[MenuPoint] = []
    chart.menu_requested.connect(asked.append)
    qtest.mouseClick(chart.canvas.viewport(), Qt.MouseButton.RightButton, pos=QPoint(300, 200))
    (point,) = asked
    assert point.pane == "price"
    assert math.isnan(point.price)


def test_another_scale_lets_the_bars_in_sight_decide_again(chart: CandleChart) -> None:
    chart.set_series(series_of(walk(100)))
    usual = frame_of(chart).scale
    chart._state.fixed = (50.0, 200.0)
    chart._on_moved()
    assert frame_of(chart).scale != usual
    chart.set_scale("log")
    chart.set_scale("linear")
    assert frame_of(chart).scale == usual


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
def test_what_is_repainted_covers_every_device_pixel_of_a_box(
    chart: CandleChart, monkeypatch: pytest.MonkeyPatch, ratio: float
) -> None:
    monkeypatch.setattr(chart.canvas, "devicePixelRatioF", lambda: ratio)
    chart.canvas._pieces = []
    box = Box(11, 13, 10, 9)
    chart.canvas.repaint_boxes([box])
    (piece,) = chart.canvas._pieces
    assert isinstance(piece, QRect)
    assert piece.x() * ratio <= box.x
    assert piece.y() * ratio <= box.y
    assert (piece.x() + piece.width()) * ratio >= box.right
    assert (piece.y() + piece.height()) * ratio >= box.bottom


def test_the_mark_of_a_short_stretch_filled_from_history_can_still_be_seen(chart: CandleChart) -> None:
    chart.set_series(series_of(walk(4_000)))
    chart.canvas.zoomed.emit(1e-9, 400.0)
    middle = TEN_O_CLOCK + 2_000 * MINUTE
    plain = picture_of(chart)
    chart.set_holes((), (Hole(middle, middle + 1_000, "lost"),))
    marked, frame = picture_of(chart), frame_of(chart)
    row = frame.panes.price.bottom - 1
    changed = [x for x in range(frame.panes.price.width) if marked.pixel(x, row) != plain.pixel(x, row)]
    assert len(changed) == 6
    assert abs(changed[3] - frame.columns.x(2_000)) <= 3
