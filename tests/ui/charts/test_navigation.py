"""What keys, wheel and pointer do to the chart."""

from __future__ import annotations

import math

import pytest
from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtGui import QFocusEvent
from PyQt6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.markers import ChartMarker
from live_monitor.ui.theme import Theme
from tests.ui.charts.conftest import (
    MINUTE,
    TEN_O_CLOCK,
    column_of,
    frame_of,
    picture_of,
    series_of,
    walk,
)
from tests.ui.charts.gestures import drag, hover, qtest, wheel

# Following and looking back


def test_dragging_into_the_past_offers_the_way_back(chart: CandleChart, qtbot: QtBot) -> None:
    chart.set_series(series_of(walk(900)))
    assert chart.following
    assert chart.back_to_now.isHidden()
    with qtbot.waitSignal(chart.follow_changed) as told:
        drag(chart, 400)
    assert told.args == [False]
    assert chart.back_to_now.isVisible()
    qtest.mouseClick(chart.back_to_now, Qt.MouseButton.LeftButton)
    assert chart.following
    assert chart.back_to_now.isHidden()


def test_a_new_bar_leaves_the_past_where_it_is(chart: CandleChart) -> None:
    series = series_of(walk(900))
    chart.set_series(series)
    drag(chart, 500)
    before = picture_of(chart)
    last = series.bar(-1)
    series.put(last._replace(start_ms=last.start_ms + MINUTE))
    assert chart.refresh()
    frame = frame_of(chart)
    after = picture_of(chart)
    for x in range(frame.panes.price.x, frame.panes.price.right - 130, 5):
        assert all(before.pixel(x, y) == after.pixel(x, y) for y in range(40, 420, 3))


def test_an_older_page_moves_nothing_on_the_screen(chart: CandleChart) -> None:
    series = series_of(walk(900))
    chart.set_series(series)
    qtest.keyClick(chart, Qt.Key.Key_Home)
    drag(chart, -250)
    before = picture_of(chart)
    series.merge(walk(500, start=-500, seed=9))
    assert chart.refresh()
    assert picture_of(chart) == before


def test_nearing_the_oldest_bar_asks_for_older_ones_once(chart: CandleChart, qtbot: QtBot) -> None:
    series = series_of(walk(900))
    chart.set_series(series)
    asked: list[object] = []
    chart.older_bars_requested.connect(asked.append)
    drag(chart, 100)
    assert asked == []
    qtest.keyClick(chart, Qt.Key.Key_Home)
    drag(chart, 10)
    drag(chart, -10)
    assert asked == [TEN_O_CLOCK]
    series.merge(walk(50, start=-50, seed=9))
    chart.refresh()
    drag(chart, 400)
    assert asked == [TEN_O_CLOCK, TEN_O_CLOCK - 50 * MINUTE]


def test_an_answer_that_never_came_can_be_asked_for_again(chart: CandleChart) -> None:
    chart.set_series(series_of(walk(900)))
    asked: list[object] = []
    chart.older_bars_requested.connect(asked.append)
    for _ in range(2):
        qtest.keyClick(chart, Qt.Key.Key_Home)
        qtest.keyClick(chart, Qt.Key.Key_End)
    assert asked == [TEN_O_CLOCK, TEN_O_CLOCK]


def test_the_wheel_zooms_about_the_cursor(chart: CandleChart) -> None:
    chart.set_series(series_of(walk(900)))
    drag(chart, 900)
    frame = frame_of(chart)
    index = frame.columns.index_at(400)
    offset = frame.columns.x(index) - 400
    for notches in (3, -6):
        wheel(chart, 400, notches)
        now = frame_of(chart)
        # Away from oneself, that is upwards, comes nearer.
        assert (now.columns.pitch > frame.columns.pitch) is (notches > 0)
        assert abs(now.columns.x(index) - 400) <= abs(offset) * now.columns.pitch / frame.columns.pitch + 1


def test_the_wheel_pans_sideways_with_shift(chart: CandleChart) -> None:
    chart.set_series(series_of(walk(900)))
    right = chart._state.viewport.right
    wheel(chart, 400, 4, Qt.KeyboardModifier.ShiftModifier)
    assert chart._state.viewport.right < right


# Keyboard


def test_arrows_walk_from_bar_to_bar_and_are_spoken(chart: CandleChart) -> None:
    series = series_of(walk(300))
    chart.set_series(series)
    at: list[object] = []
    chart.crosshair_moved.connect(at.append)
    qtest.keyClick(chart, Qt.Key.Key_Left)
    qtest.keyClick(chart, Qt.Key.Key_Left)
    qtest.keyClick(chart, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    qtest.keyClick(chart, Qt.Key.Key_Right)
    starts = series.start_ms
    assert at == [starts[299], starts[298], starts[288], starts[289]]
    said = chart.accessibleDescription()
    assert "14:49" in said
    assert f"close {series.close[289]:.2f}" in said
    qtest.keyClick(chart, Qt.Key.Key_Escape)
    assert at[-1] is None
    assert "Arrows" in chart.accessibleDescription()


def test_walking_to_the_edge_scrolls_along(chart: CandleChart) -> None:
    chart.set_series(series_of(walk(300)))
    first = frame_of(chart).first
    for _ in range(14):
        qtest.keyClick(chart, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    index = chart._state.crosshair.index
    assert index == 299 - 130
    assert frame_of(chart).first <= index
    assert frame_of(chart).first < first


def test_home_and_end_go_to_both_ends(chart: CandleChart) -> None:
    chart.set_series(series_of(walk(900)))
    qtest.keyClick(chart, Qt.Key.Key_Home)
    assert frame_of(chart).first == 0
    assert not chart.following
    qtest.keyClick(chart, Qt.Key.Key_End)
    assert chart.following


@pytest.mark.parametrize(
    ("key", "wider"), [(Qt.Key.Key_Plus, True), (Qt.Key.Key_Equal, True), (Qt.Key.Key_Minus, False)]
)
def test_plus_and_minus_zoom(chart: CandleChart, key: Qt.Key, wider: bool) -> None:
    chart.set_series(series_of(walk(900)))
    pitch = frame_of(chart).columns.pitch
    qtest.keyClick(chart, key)
    assert (frame_of(chart).columns.pitch > pitch) is wider


@pytest.mark.parametrize("key", [Qt.Key.Key_A, Qt.Key.Key_5, Qt.Key.Key_Return])
def test_other_keys_are_left_to_the_window(chart: CandleChart, key: Qt.Key) -> None:
    from PyQt6.QtGui import QKeyEvent

    event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier)
    chart.keyPressEvent(event)
    assert not event.isAccepted()


def test_keys_do_nothing_in_an_empty_chart(chart: CandleChart) -> None:
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Plus, Qt.Key.Key_PageUp):
        qtest.keyClick(chart, key)
    assert chart._state.crosshair.index is None
    assert chart.following


def test_reaching_the_chart_by_tab_shows_where_the_keyboard_is(chart: CandleChart, dark: Theme) -> None:
    def focus(kind: QEvent.Type, reason: Qt.FocusReason) -> None:
        QApplication.sendEvent(chart, QFocusEvent(kind, reason))

    focus(QEvent.Type.FocusIn, Qt.FocusReason.TabFocusReason)
    assert picture_of(chart).pixelColor(0, 200) == dark.color("accent")
    focus(QEvent.Type.FocusOut, Qt.FocusReason.OtherFocusReason)
    assert picture_of(chart).pixelColor(0, 200) != dark.color("accent")
    focus(QEvent.Type.FocusIn, Qt.FocusReason.MouseFocusReason)
    assert picture_of(chart).pixelColor(0, 200) != dark.color("accent")


# Crosshair and markers


def test_the_read_out_shows_the_bar_under_the_pointer_else_the_last(chart: CandleChart) -> None:
    series = series_of(walk(300))
    chart.set_series(series)
    newest = chart.readout_text()
    assert f"close {series.close[-1]:.2f}" in newest
    x = frame_of(chart).columns.x(250)
    hover(chart, x, 200)
    assert f"close {series.close[250]:.2f}" in chart.readout_text()
    QApplication.sendEvent(chart.canvas, QEvent(QEvent.Type.Leave))
    assert chart.readout_text() == newest


def test_the_crosshair_snaps_to_the_middle_of_its_bar(chart: CandleChart, dark: Theme) -> None:
    chart.set_series(series_of(walk(300)))
    frame = frame_of(chart)
    hover(chart, frame.columns.x(250) + 3, 300)
    image = picture_of(chart)
    rows = range(440, 460)
    assert column_of(image, frame.columns.x(250), rows, dark.color("crosshair"))
    assert image.pixelColor(frame.panes.price_axis.right - 3, 300) == dark.color("text")


def test_a_resting_pointer_reads_the_bar_that_moves_under_it(chart: CandleChart) -> None:
    series = series_of(walk(300))
    chart.set_series(series)
    hover(chart, frame_of(chart).columns.x(250), 200)
    last = series.bar(-1)
    series.put(last._replace(start_ms=last.start_ms + MINUTE))
    chart.refresh()
    assert chart._state.crosshair.index == 251


def test_signals_stand_on_their_side_of_the_bar(chart: CandleChart, dark: Theme) -> None:
    series = series_of(walk(100))
    chart.set_series(series)
    starts = series.start_ms
    chart.set_markers(
        [
            ChartMarker(int(starts[60]), "LONG", math.nan, "cross up"),
            ChartMarker(int(starts[70]), "SHORT", math.nan, "cross down"),
        ]
    )
    image, frame = picture_of(chart), frame_of(chart)
    below = range(frame.scale.row(series.low[60]) + 2, frame.scale.row(series.low[60]) + 22)
    above = range(frame.scale.row(series.high[70]) - 22, frame.scale.row(series.high[70]) - 1)
    assert len(column_of(image, frame.columns.x(60) - 4, below, dark.color("up"))) >= 8
    assert len(column_of(image, frame.columns.x(70) - 4, above, dark.color("down"))) >= 8


def test_hovering_a_signal_shows_its_text_as_plain_text(chart: CandleChart) -> None:
    series = series_of(walk(100))
    chart.set_series(series)
    chart.set_markers([ChartMarker(int(series.start_ms[60]), "LONG", math.nan, "<b>VWAP</b> & EMA")])
    picture_of(chart)
    marker = chart._layers.markers[0]
    hover(chart, marker.x + 3, marker.y - 3)
    assert QToolTip.text() == "&lt;b&gt;VWAP&lt;/b&gt; &amp; EMA"
    hover(chart, 20, 60)
    assert chart._hovered is None


def test_clicking_an_alert_brings_its_bar_into_sight(chart: CandleChart) -> None:
    series = series_of(walk(900))
    chart.set_series(series)
    ms = int(series.start_ms[200])
    assert chart.scroll_to(ms + 30_000)
    frame = frame_of(chart)
    assert frame.first < 200 < frame.last
    assert chart._state.crosshair.index == 200
    assert not chart.following


def test_an_alert_older_than_the_oldest_bar_asks_for_it(chart: CandleChart) -> None:
    chart.set_series(series_of(walk(900)))
    asked: list[object] = []
    chart.older_bars_requested.connect(asked.append)
    assert not chart.scroll_to(TEN_O_CLOCK - MINUTE)
    assert asked == [TEN_O_CLOCK]


def test_home_and_end_take_the_keyboards_crosshair_along_and_tell_its_bar(chart: CandleChart) -> None:
    series = series_of(walk(400))
    chart.set_series(series)
    told: list[object] = []
    chart.crosshair_moved.connect(told.append)
    qtest.keyClick(chart, Qt.Key.Key_Left)
    qtest.keyClick(chart, Qt.Key.Key_Home)
    assert told[-1] == series.start_ms[0]
    assert chart.accessibleDescription() == chart.readout_text()
    qtest.keyClick(chart, Qt.Key.Key_End)
    assert told[-1] == series.start_ms[-1]
    qtest.keyClick(chart, Qt.Key.Key_Escape)
    qtest.keyClick(chart, Qt.Key.Key_Home)
    assert told[-1] is None


def test_home_leaves_the_pointers_crosshair_under_the_pointer(chart: CandleChart) -> None:
    chart.set_series(series_of(walk(400)))
    hover(chart, 300, 200)
    qtest.keyClick(chart, Qt.Key.Key_Home)
    assert chart._state.crosshair.index == frame_of(chart).columns.index_at(300)
