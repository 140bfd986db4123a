"""Borders of panes and both axes, dragged by a real mouse."""

from __future__ import annotations

import math

import pytest
from PyQt6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.signals.study import Study, StudyChoice
from live_monitor.ui.charts.axis_drags import stretched
from live_monitor.ui.charts.candle_chart import CandleChart
from tests.ui.charts.conftest import frame_of, series_of, walk
from tests.ui.charts.gestures import hover, qtest

LEFT = Qt.MouseButton.LeftButton


def pull(chart: CandleChart, start: QPoint, by: QPoint) -> None:
    port = chart.canvas.viewport()
    qtest.mousePress(port, LEFT, pos=start)
    for share in (0.25, 0.5, 0.75, 1.0):
        qtest.mouseMove(port, start + by * share)
    qtest.mouseRelease(port, LEFT, pos=start + by)


@pytest.fixture
def filled(chart: CandleChart) -> CandleChart:
    chart.set_series(series_of(walk(300)))
    return chart


def test_a_border_is_dragged_and_told_once_and_goes_back_on_a_double_click(filled: CandleChart, qtbot: QtBot) -> None:
    study = Study(StudyChoice(id="mine", kind="rsi"), us_equities())
    filled.set_studies([study])
    before = frame_of(filled).panes
    told: list[dict[str, float]] = []
    filled.pane_heights_changed.connect(told.append)
    pull(filled, QPoint(300, before.lower[0].y), QPoint(0, -60))
    after = frame_of(filled).panes
    assert after.lower[0].height == pytest.approx(before.lower[0].height + 60, abs=3)
    assert after.price.height < before.price.height
    assert [set(heights) for heights in told] == [{"mine"}]
    qtest.mouseDClick(filled.canvas.viewport(), LEFT, pos=QPoint(300, after.lower[0].y))
    assert frame_of(filled).panes == before
    assert told[-1] == {}


def test_the_pointer_says_what_can_be_dragged(filled: CandleChart) -> None:
    frame, port = frame_of(filled), filled.canvas.viewport()
    shapes = {
        (300, frame.panes.volume.y): Qt.CursorShape.SizeVerCursor,
        (frame.panes.price_axis.x + 10, 100): Qt.CursorShape.SizeVerCursor,
        (300, frame.panes.time_axis.y + 10): Qt.CursorShape.SizeHorCursor,
        (300, 200): Qt.CursorShape.CrossCursor,
    }
    for (x, y), shape in shapes.items():
        hover(filled, x, y)
        assert port.cursor().shape() == shape, (x, y)


def test_the_price_axis_widens_the_range_until_a_double_click(filled: CandleChart) -> None:
    before = frame_of(filled).scale
    axis = frame_of(filled).panes.price_axis
    pull(filled, QPoint(axis.x + 20, 150), QPoint(0, 80))
    wide = frame_of(filled).scale
    assert wide.high - wide.low == pytest.approx((before.high - before.low) * math.exp(0.5), rel=0.01)
    # Prices that a new bar reaches do not move a range that the person has chosen; dragging the bars does.
    series = filled._state.series
    assert series is not None
    last = series.bar(-1)
    series.put(last._replace(high=last.high * 2))
    filled.refresh()
    assert frame_of(filled).scale == wide
    pull(filled, QPoint(300, 150), QPoint(0, 40))
    lifted = frame_of(filled).scale
    assert lifted.row(last.close) == pytest.approx(wide.row(last.close) + 40, abs=1)
    qtest.mouseDClick(filled.canvas.viewport(), LEFT, pos=QPoint(axis.x + 20, 150))
    assert frame_of(filled).scale.high > last.high * 2


def test_the_time_axis_makes_bars_wider_about_the_right_edge(filled: CandleChart) -> None:
    before = frame_of(filled)
    pull(filled, QPoint(300, before.panes.time_axis.y + 10), QPoint(160, 0))
    after = frame_of(filled)
    assert after.columns.pitch > before.columns.pitch * 2
    assert after.shows_last_bar


def test_a_slow_drag_of_the_time_axis_counts_too(filled: CandleChart) -> None:
    before = frame_of(filled)
    port, at = filled.canvas.viewport(), QPoint(300, before.panes.time_axis.y + 10)
    qtest.mousePress(port, Qt.MouseButton.LeftButton, pos=at)
    for step in range(1, 81):
        qtest.mouseMove(port, at + QPoint(2 * step, 0))
    qtest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=at + QPoint(160, 0))
    assert frame_of(filled).columns.pitch > before.columns.pitch * 2


@pytest.mark.parametrize("log", [False, True])
def test_a_range_never_collapses_nor_leaves_what_can_be_drawn(log: bool) -> None:
    low, high = 100.0, 101.0
    for _ in range(200):
        low, high = stretched(low, high, 0.5, log=log)
    assert high > low
    for _ in range(200):
        low, high = stretched(low, high, 3.0, log=log)
    assert math.isfinite(high - low)
    assert high > low
