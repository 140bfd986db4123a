"""Drawing, selecting and moving by keyboard alone."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.drawings.values import KINDS
from live_monitor.ui.charts.drawings.words import POINTER
from live_monitor.ui.theme import Theme
from tests.ui.charts.conftest import frame_of
from tests.ui.charts.drawings.hands import ALT, CONTROL, SHIFT, click, drawing_chart, drawings_of, key, only
from tests.ui.charts.gestures import hover, qtest

DIGITS = [Qt.Key(Qt.Key.Key_0 + number) for number in range(9)]


@pytest.fixture
def chart(qtbot: QtBot, dark: Theme) -> CandleChart:
    chart = drawing_chart(qtbot, dark)
    chart.setFocus()
    return chart


def bracket(chart: CandleChart, which: str) -> None:
    qtest.keyClicks(chart, which)


def with_lines(chart: CandleChart, *rows: int) -> None:
    """Horizontal lines at these rows, none selected."""
    for row in rows:
        chart.drawings.set_tool("horizontal")
        click(chart, 300, row)
    chart.drawings.easel.select(None)


def test_alt_and_a_digit_take_each_tool_in_the_order_of_the_kinds(chart: CandleChart) -> None:
    for number, kind in enumerate(KINDS, start=1):
        key(chart, DIGITS[number], ALT)
        assert chart.drawings.tool == kind
    key(chart, DIGITS[0], ALT)
    assert chart.drawings.tool == POINTER


def test_a_trend_line_is_drawn_with_arrows_and_enter(chart: CandleChart) -> None:
    series = chart._state.series
    assert series is not None
    key(chart, DIGITS[1], ALT)
    key(chart, Qt.Key.Key_Left, times=20)
    key(chart, Qt.Key.Key_Return)
    key(chart, Qt.Key.Key_Right, times=5)
    key(chart, Qt.Key.Key_Up, times=3)
    key(chart, Qt.Key.Key_Return)
    drawn = only(chart)
    assert drawn.kind == "trend"
    assert drawn.anchors[0].ms == int(series.start_ms[-1]) - 20 * 60_000
    assert drawn.anchors[1].ms == drawn.anchors[0].ms + 5 * 60_000
    step = chart.drawings.easel.places.price_step(drawn.anchors[0].price)
    assert drawn.anchors[1].price == pytest.approx(drawn.anchors[0].price + 3 * step)
    assert chart.drawings.easel.book.selected == drawn.id
    assert "Trend line" in chart.accessibleDescription()


def test_shift_makes_strides(chart: CandleChart) -> None:
    key(chart, DIGITS[3], ALT)
    key(chart, Qt.Key.Key_Down, SHIFT)
    key(chart, Qt.Key.Key_Return)
    series = chart._state.series
    assert series is not None
    close = float(series.close[-1])
    step = chart.drawings.easel.places.price_step(close)
    assert only(chart).anchors[0].price == pytest.approx(close - 10 * step)


def test_the_point_starts_at_the_crosshair_and_is_shown_by_it(chart: CandleChart) -> None:
    hover(chart, 400, 200)
    price = round(frame_of(chart).scale.price_at(199.5), 2)
    key(chart, DIGITS[3], ALT)
    key(chart, Qt.Key.Key_Up)
    cross = chart._state.crosshair
    assert cross.shown
    key(chart, Qt.Key.Key_Return)
    step = chart.drawings.easel.places.price_step(price)
    assert only(chart).anchors[0].price == pytest.approx(price + step)
    assert cross.y == frame_of(chart).scale.row(only(chart).anchors[0].price)


def test_a_point_beyond_the_window_is_scrolled_into_sight(chart: CandleChart) -> None:
    key(chart, DIGITS[4], ALT)
    key(chart, Qt.Key.Key_Left, SHIFT, times=15)
    index = chart._state.crosshair.index
    assert index is not None
    assert frame_of(chart).first <= index < frame_of(chart).last
    key(chart, Qt.Key.Key_Return)
    series = chart._state.series
    assert series is not None
    assert only(chart).anchors[0].ms == int(series.start_ms[-1]) - 150 * 60_000


def test_escape_leaves_the_tool_then_the_selection_then_the_crosshair(chart: CandleChart) -> None:
    with_lines(chart, 200)
    bracket(chart, "]")
    key(chart, DIGITS[1], ALT)
    key(chart, Qt.Key.Key_Left)
    key(chart, Qt.Key.Key_Escape)
    assert chart.drawings.tool == POINTER
    bracket(chart, "]")
    assert chart.drawings.easel.book.selected is not None
    key(chart, Qt.Key.Key_Escape)
    assert chart.drawings.easel.book.selected is None
    assert chart._state.crosshair.shown
    key(chart, Qt.Key.Key_Escape)
    assert not chart._state.crosshair.shown


def test_brackets_walk_through_the_drawings_in_sight_and_say_them(chart: CandleChart) -> None:
    with_lines(chart, 150, 250, 350)
    ids = [drawing.id for drawing in drawings_of(chart)]
    met = []
    for _ in range(4):
        bracket(chart, "]")
        met.append(chart.drawings.easel.book.selected)
        assert "Horizontal line, at " in chart.accessibleDescription()
    assert met == [*ids, ids[0]]
    assert chart.accessibleDescription().endswith("1 of 3, selected")
    bracket(chart, "[")
    assert chart.drawings.easel.book.selected == ids[-1]


def test_enter_picks_up_arrows_move_enter_puts_down_as_one_step(chart: CandleChart) -> None:
    with_lines(chart, 200)
    before = only(chart)
    bracket(chart, "]")
    key(chart, Qt.Key.Key_Return)
    key(chart, Qt.Key.Key_Up, times=4)
    assert only(chart) == before
    key(chart, Qt.Key.Key_Return)
    step = chart.drawings.easel.places.price_step(before.anchors[0].price)
    assert only(chart).anchors[0].price == pytest.approx(before.anchors[0].price + 4 * step)
    key(chart, Qt.Key.Key_Z, CONTROL)
    assert only(chart) == before


def test_escape_puts_a_drawing_back(chart: CandleChart) -> None:
    with_lines(chart, 200)
    before = only(chart)
    bracket(chart, "]")
    key(chart, Qt.Key.Key_Return)
    key(chart, Qt.Key.Key_Up, times=4)
    key(chart, Qt.Key.Key_Escape)
    assert only(chart) == before
    assert chart.drawings.hand.held is None


def test_brackets_choose_the_point_that_arrows_move(chart: CandleChart) -> None:
    chart.drawings.set_tool("trend")
    click(chart, 300, 180)
    click(chart, 480, 300)
    before = only(chart)
    key(chart, Qt.Key.Key_Return)
    bracket(chart, "]")
    bracket(chart, "]")
    assert chart.accessibleDescription() == "Point 2"
    key(chart, Qt.Key.Key_Left, times=2)
    key(chart, Qt.Key.Key_Return)
    assert only(chart).anchors[0] == before.anchors[0]
    assert only(chart).anchors[1].ms == before.anchors[1].ms - 2 * 60_000
    assert only(chart).anchors[1].price == before.anchors[1].price


def test_delete_clone_undo_and_redo(chart: CandleChart) -> None:
    with_lines(chart, 200)
    bracket(chart, "]")
    key(chart, Qt.Key.Key_D, CONTROL)
    assert len(drawings_of(chart)) == 2
    assert drawings_of(chart)[0].anchors != drawings_of(chart)[1].anchors
    key(chart, Qt.Key.Key_Delete)
    assert len(drawings_of(chart)) == 1
    key(chart, Qt.Key.Key_Z, CONTROL)
    assert len(drawings_of(chart)) == 2
    key(chart, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert chart.accessibleDescription() == "Redone"
    assert len(drawings_of(chart)) == 1
    key(chart, Qt.Key.Key_Z, CONTROL, times=2)
    key(chart, Qt.Key.Key_Y, CONTROL)
    assert chart.accessibleDescription() == "Redone"
    assert len(drawings_of(chart)) == 2
    key(chart, Qt.Key.Key_Z, CONTROL, times=5)
    assert drawings_of(chart) == ()
    assert chart.accessibleDescription() == "Nothing to undo"


def test_a_locked_drawing_is_neither_deleted_nor_picked_up_and_says_so(chart: CandleChart) -> None:
    with_lines(chart, 200)
    bracket(chart, "]")
    key(chart, Qt.Key.Key_L, ALT)
    assert only(chart).locked
    key(chart, Qt.Key.Key_Delete)
    assert chart.accessibleDescription() == "This horizontal line is locked"
    key(chart, Qt.Key.Key_Return)
    assert chart.drawings.hand.held is None
    key(chart, Qt.Key.Key_L, ALT)
    key(chart, Qt.Key.Key_Delete)
    assert drawings_of(chart) == ()


def test_the_key_f2_types_the_text_of_the_selected_drawing(chart: CandleChart) -> None:
    with_lines(chart, 200)
    bracket(chart, "]")
    key(chart, Qt.Key.Key_F2)
    field = chart.drawings.text_field
    assert field.isVisible()
    qtest.keyClicks(field, "Resistance")
    qtest.keyClick(field, Qt.Key.Key_Return)
    assert only(chart).text == "Resistance"
    assert "Resistance" in chart.accessibleDescription()


def test_with_the_magnet_up_and_down_go_from_price_to_price_of_the_bar(chart: CandleChart) -> None:
    chart.drawings.set_magnet(True)
    series = chart._state.series
    assert series is not None
    last = series.bar(-1)
    key(chart, DIGITS[3], ALT)
    key(chart, Qt.Key.Key_Up, times=4)
    key(chart, Qt.Key.Key_Down)
    key(chart, Qt.Key.Key_Return)
    assert only(chart).anchors[0].price in {last.open, last.high, last.low, last.close}


def test_keys_that_mean_no_drawing_go_to_the_bars(chart: CandleChart) -> None:
    first = frame_of(chart).first
    key(chart, Qt.Key.Key_Home)
    assert frame_of(chart).first < first
    key(chart, Qt.Key.Key_Delete)
    key(chart, Qt.Key.Key_Return)
    assert drawings_of(chart) == ()
