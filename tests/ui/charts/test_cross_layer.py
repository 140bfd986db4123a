"""The labels of the crosshair on both axes."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt

from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.number_format import format_price
from tests.ui.charts.conftest import frame_of, picture_of, series_of, walk
from tests.ui.charts.gestures import hover
from tests.ui.hands import press

#: A place in the price pane, 900 × 560.
X, Y = 300.0, 200.0


@pytest.fixture
def written(chart: CandleChart, monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, float, str]]:
    """What is written in bold on the axes: left edge, middle row, text."""
    chart.set_series(series_of(walk(200)))
    found: list[tuple[float, float, str]] = []

    def write(_painter: object, _color: object, x: float, middle: float, text: str) -> None:
        found.append((x, middle, text))

    monkeypatch.setattr(chart._look.ink.axis_strong, "write", write)
    return found


def test_the_crosshair_says_its_price_and_its_time_where_it_meets_the_axes(
    chart: CandleChart, written: list[tuple[float, float, str]]
) -> None:
    hover(chart, X, Y)
    frame, series = frame_of(chart), chart._state.series
    assert series is not None
    picture_of(chart)
    price = format_price(frame.scale.price_at(Y), 2)
    bar = frame.columns.index_at(X)
    clock = f"{10 + bar // 60:02}:{bar % 60:02}"
    (told,) = [(x, middle) for x, middle, text in written if text == price]
    assert frame.panes.price_axis.x < told[0]
    assert abs(told[1] - Y) <= 1
    (told,) = [(x, middle) for x, middle, text in written if text.endswith(clock)]
    assert frame.panes.time_axis.y < told[1] < frame.panes.time_axis.bottom
    assert abs(told[0] - X) < 120


def test_its_labels_are_filled_and_go_with_it(chart: CandleChart) -> None:
    chart.set_series(series_of(walk(200)))
    before, wanted = picture_of(chart), chart._look.ink.color("text").rgb()
    hover(chart, X, Y)
    image, frame = picture_of(chart), frame_of(chart)

    def filled(box: Box) -> int:
        spots = ((x, y) for x in range(box.x, box.right) for y in range(box.y, box.bottom))
        return sum(image.pixel(x, y) == wanted for x, y in spots)

    prices, times = frame.panes.price_axis, frame.panes.time_axis
    assert filled(Box(prices.x, int(Y) - 9, prices.width, 18)) > prices.width * 9
    assert filled(Box(int(X) - 30, times.y + 2, 60, 18)) > 60 * 9
    chart.canvas.left.emit()
    assert picture_of(chart) == before


def test_walking_by_keyboard_says_the_close(chart: CandleChart, written: list[tuple[float, float, str]]) -> None:
    press(chart, Qt.Key.Key_Left)
    press(chart, Qt.Key.Key_Left)
    written.clear()
    picture_of(chart)
    series = chart._state.series
    assert series is not None
    close = float(series.close[198])
    row = frame_of(chart).scale.row(close)
    assert [text for x, middle, text in written if abs(middle - row) <= 1 and x > frame_of(chart).panes.price_axis.x]
    assert any(text.endswith("13:18") for _, _, text in written)
