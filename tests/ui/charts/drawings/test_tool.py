"""Drawing, selecting and dragging by a real mouse on a shown chart."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.drawings.page import DrawingsPage
from live_monitor.ui.charts.drawings.values import ANCHORS, KINDS, Kind
from live_monitor.ui.charts.drawings.words import POINTER
from live_monitor.ui.theme import Theme
from tests.ui.charts.conftest import frame_of
from tests.ui.charts.drawings.hands import (
    CONTROL,
    SHIFT,
    click,
    drag,
    drawing_chart,
    drawings_of,
    handle_of,
    middle_of,
    move,
    only,
    press,
    release,
)
from tests.ui.charts.gestures import hover, qtest

A, B = (300, 180), (480, 300)


@pytest.fixture
def chart(qtbot: QtBot, dark: Theme) -> CandleChart:
    return drawing_chart(qtbot, dark)


def place_of(chart: CandleChart, x: int, y: int) -> tuple[int, float]:
    """Start of the bar and the price, in whole cents, at a place."""
    frame, series = frame_of(chart), chart._state.series
    assert series is not None
    index = frame.columns.index_at(x)
    return int(series.start_ms[0]) + index * series.timeframe_ms, round(frame.scale.price_at(y - 0.5), 2)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "text"])
def test_every_kind_is_drawn_by_one_drag_and_stands_where_it_was_drawn(chart: CandleChart, kind: Kind) -> None:
    chart.drawings.set_tool(kind)
    drag(chart, A, B)
    drawn = only(chart)
    assert drawn.kind == kind
    wanted = [place_of(chart, *B)] if ANCHORS[kind] == 1 else [place_of(chart, *A), place_of(chart, *B)]
    assert [(anchor.ms, anchor.price) for anchor in drawn.anchors] == wanted
    assert chart.drawings.easel.book.selected == drawn.id
    assert chart.drawings.tool == POINTER


@pytest.mark.parametrize("kind", ["trend", "ray", "rectangle", "fibonacci", "measure"])
def test_two_clicks_draw_what_a_drag_draws(chart: CandleChart, kind: Kind) -> None:
    chart.drawings.set_tool(kind)
    click(chart, *A)
    assert drawings_of(chart) == ()
    move(chart, 400, 250, down=False)
    preview = chart.drawings.hand.sketch.preview
    assert preview is not None
    assert (preview.anchors[1].ms, preview.anchors[1].price) == place_of(chart, 400, 250)
    click(chart, *B)
    assert [(anchor.ms, anchor.price) for anchor in only(chart).anchors] == [place_of(chart, *A), place_of(chart, *B)]


def test_a_quick_second_click_is_a_point_and_no_double_click(chart: CandleChart) -> None:
    chart.drawings.set_tool("trend")
    click(chart, *A)
    qtest.mouseDClick(chart.canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(*B))
    release(chart, *B)
    assert len(only(chart).anchors) == 2


def test_a_text_is_typed_where_it_was_clicked(chart: CandleChart) -> None:
    chart.drawings.set_tool("text")
    click(chart, *A)
    field = chart.drawings.text_field
    assert field.isVisible()
    qtest.keyClicks(field, "Earnings")
    qtest.keyClick(field, Qt.Key.Key_Return)
    drawn = only(chart)
    assert (drawn.kind, drawn.text) == ("text", "Earnings")
    assert (drawn.anchors[0].ms, drawn.anchors[0].price) == place_of(chart, *A)
    assert not field.isVisible()


def test_a_text_without_letters_is_no_drawing(chart: CandleChart) -> None:
    chart.drawings.set_tool("text")
    click(chart, *A)
    qtest.keyClick(chart.drawings.text_field, Qt.Key.Key_Escape)
    assert drawings_of(chart) == ()


def test_a_line_follows_the_pointer_before_it_is_placed_and_goes_with_it(chart: CandleChart, qtbot: QtBot) -> None:
    chart.drawings.set_tool("horizontal")
    hover(chart, 300, 200)
    preview = chart.drawings.hand.sketch.preview
    assert preview is not None
    assert preview.anchors[0].price == place_of(chart, 300, 200)[1]
    chart.canvas.left.emit()
    assert chart.drawings.hand.sketch.preview is None


def test_the_body_moves_all_points_by_whole_bars_and_cents(chart: CandleChart) -> None:
    chart.drawings.set_tool("trend")
    drag(chart, A, B)
    before = only(chart)
    x, y = middle_of(chart, before)
    drag(chart, (x, y), (x + 80, y - 60))
    after = only(chart)
    columns, scale = frame_of(chart).columns, frame_of(chart).scale
    bars = columns.index_at(x + 80) - columns.index_at(x)
    price = round(scale.price_at(y - 60) - scale.price_at(y), 2)
    for old, new in zip(before.anchors, after.anchors, strict=True):
        assert new.ms - old.ms == bars * 60_000
        assert new.price - old.price == pytest.approx(price, abs=1e-9)


def test_a_drag_along_a_row_leaves_prices_exactly_as_they_were(chart: CandleChart) -> None:
    chart.drawings.set_tool("trend")
    drag(chart, A, B)
    before = only(chart)
    x, y = middle_of(chart, before)
    drag(chart, (x, y), (x + 80, y))
    assert [anchor.price for anchor in only(chart).anchors] == [anchor.price for anchor in before.anchors]


@pytest.mark.parametrize("number", [0, 1])
def test_a_handle_moves_its_point_alone(chart: CandleChart, number: int) -> None:
    chart.drawings.set_tool("trend")
    drag(chart, A, B)
    before = only(chart)
    drag(chart, handle_of(chart, before, number), (390, 130))
    after = only(chart)
    assert (after.anchors[number].ms, after.anchors[number].price) == place_of(chart, 390, 130)
    assert after.anchors[1 - number] == before.anchors[1 - number]


def test_the_other_corners_of_a_rectangle_move_one_side_of_each_point(chart: CandleChart) -> None:
    chart.drawings.set_tool("rectangle")
    drag(chart, A, B)
    before = only(chart)
    drag(chart, handle_of(chart, before, 2), (250, 330))
    ms, price = place_of(chart, 250, 330)
    first, second = only(chart).anchors
    assert (first.ms, first.price) == (ms, before.anchors[0].price)
    assert (second.ms, second.price) == (before.anchors[1].ms, price)


def test_a_drag_is_one_step_back(chart: CandleChart) -> None:
    chart.drawings.set_tool("trend")
    drag(chart, A, B)
    before = only(chart)
    x, y = middle_of(chart, before)
    drag(chart, (x, y), (x + 80, y - 60))
    chart.drawings.easel.undo()
    assert only(chart) == before


def test_a_press_that_hardly_moves_selects_and_moves_nothing(chart: CandleChart) -> None:
    chart.drawings.set_tool("trend")
    drag(chart, A, B)
    before = only(chart)
    chart.drawings.easel.select(None)
    x, y = middle_of(chart, before)
    drag(chart, (x, y), (x + 2, y + 1))
    assert only(chart) == before
    assert chart.drawings.easel.book.selected == before.id
    chart.drawings.easel.undo()
    assert drawings_of(chart) == ()


def test_ctrl_and_drag_leave_the_drawing_and_move_a_copy(chart: CandleChart) -> None:
    chart.drawings.set_tool("trend")
    drag(chart, A, B)
    before = only(chart)
    x, y = middle_of(chart, before)
    drag(chart, (x, y), (x + 80, y - 60), CONTROL)
    old, copy = drawings_of(chart)
    assert old == before
    assert copy.anchors[0].ms > before.anchors[0].ms
    assert chart.drawings.easel.book.selected == copy.id


def test_a_locked_drawing_is_selected_but_does_not_hold_up_the_bars(chart: CandleChart) -> None:
    chart.drawings.set_tool("horizontal")
    click(chart, *A)
    chart.drawings.easel.toggle_lock()
    before = only(chart)
    chart.drawings.easel.select(None)
    first = frame_of(chart).first
    y = round(frame_of(chart).scale.y(before.anchors[0].price))
    drag(chart, (400, y), (600, y - 50))
    assert only(chart) == before
    assert chart.drawings.easel.book.selected == before.id
    assert frame_of(chart).first < first


def test_bars_are_dragged_where_there_is_no_drawing(chart: CandleChart) -> None:
    chart.drawings.set_tool("trend")
    drag(chart, A, B)
    first = frame_of(chart).first
    drag(chart, (600, 380), (700, 380))
    assert frame_of(chart).first < first
    assert chart.drawings.easel.book.selected is None


def test_the_ground_of_a_rectangle_belongs_to_the_bars_until_it_is_selected(chart: CandleChart) -> None:
    chart.drawings.set_tool("rectangle")
    drag(chart, A, B)
    before = only(chart)
    chart.drawings.easel.select(None)
    drag(chart, (390, 240), (440, 240))
    assert only(chart) == before
    chart.drawings.easel.select(before.id)
    x, y = handle_of(chart, before, 0)
    drag(chart, (x + 60, y + 60), (x + 110, y + 60))
    assert only(chart).anchors[0].ms > before.anchors[0].ms


def test_the_topmost_of_two_drawings_is_taken(chart: CandleChart) -> None:
    for _ in range(2):
        chart.drawings.set_tool("horizontal")
        click(chart, *A)
    chart.drawings.easel.select(None)
    click(chart, 500, A[1])
    assert chart.drawings.easel.book.selected == drawings_of(chart)[-1].id


def test_the_pointer_says_what_a_press_would_do(chart: CandleChart) -> None:
    port = chart.canvas.viewport()
    chart.drawings.set_tool("trend")
    drag(chart, A, B)
    drawn = only(chart)
    hover(chart, *middle_of(chart, drawn))
    assert port.cursor().shape() == Qt.CursorShape.SizeAllCursor
    assert chart.drawings.hand.sketch.hovered == drawn.id
    hover(chart, *handle_of(chart, drawn, 1))
    assert port.cursor().shape() == Qt.CursorShape.PointingHandCursor
    hover(chart, 600, 400)
    assert port.cursor().shape() == Qt.CursorShape.CrossCursor
    assert chart.drawings.hand.sketch.hovered is None


def test_shift_and_drag_measure_for_the_moment(chart: CandleChart) -> None:
    drag(chart, A, B, SHIFT)
    measured = chart.drawings.hand.sketch.preview
    assert measured is not None
    assert measured.kind == "measure"
    assert (measured.anchors[1].ms, measured.anchors[1].price) == place_of(chart, *B)
    assert drawings_of(chart) == ()
    click(chart, 600, 400)
    assert chart.drawings.hand.sketch.preview is None


def test_shift_and_a_click_measure_to_the_next_click(chart: CandleChart) -> None:
    click(chart, *A, SHIFT)
    assert chart.drawings.hand.sketch.hint.startswith("Measure: end")
    click(chart, *B)
    measured = chart.drawings.hand.sketch.preview
    assert measured is not None
    assert (measured.anchors[1].ms, measured.anchors[1].price) == place_of(chart, *B)
    assert chart.drawings.hand.sketch.hint == ""
    assert drawings_of(chart) == ()


def test_points_outside_the_price_pane_are_held_inside(chart: CandleChart) -> None:
    chart.drawings.set_tool("trend")
    press(chart, *A)
    move(chart, 500, 555)
    release(chart, 500, 555)
    box, scale = frame_of(chart).panes.price, frame_of(chart).scale
    assert only(chart).anchors[1].price == pytest.approx(scale.price_at(box.bottom - 1), abs=0.011)


def test_a_press_on_the_volume_or_an_axis_draws_nothing(chart: CandleChart) -> None:
    panes = frame_of(chart).panes
    chart.drawings.set_tool("horizontal")
    for x, y in ((300, panes.volume.y + 20), (panes.price_axis.x + 5, 200), (300, panes.time_axis.y + 5)):
        click(chart, x, y)
    assert drawings_of(chart) == ()
    assert chart.drawings.tool == "horizontal"


def test_a_double_click_opens_the_page_of_drawings(chart: CandleChart) -> None:
    chart.drawings.set_tool("horizontal")
    click(chart, *A)
    drawn = only(chart)
    chart.drawings.easel.select(None)
    qtest.mouseDClick(chart.canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(500, A[1]))
    (page,) = chart.findChildren(DrawingsPage)
    assert page.isVisible()
    assert chart.drawings.easel.book.selected == drawn.id


def test_a_double_click_on_a_text_asks_for_its_words(chart: CandleChart) -> None:
    chart.drawings.set_tool("text")
    click(chart, *B)
    qtest.keyClicks(chart.drawings.text_field, "note")
    qtest.keyClick(chart.drawings.text_field, Qt.Key.Key_Return)
    qtest.mouseDClick(chart.canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(B[0] + 15, B[1]))
    assert chart.drawings.text_field.isVisible()
    assert chart.drawings.text_field.text() == "note"
    assert chart.findChildren(DrawingsPage) == []


def test_a_click_on_a_drawing_gives_the_chart_the_keyboard(chart: CandleChart, qtbot: QtBot) -> None:
    chart.drawings.set_tool("horizontal")
    click(chart, *A)
    chart.back_to_now.show()
    chart.back_to_now.setFocus()
    click(chart, 500, A[1])
    assert chart.hasFocus()
    qtest.keyClick(chart, Qt.Key.Key_Delete)
    assert drawings_of(chart) == ()


def test_another_symbol_ends_a_drag_that_is_half_done(chart: CandleChart) -> None:
    chart.drawings.set_tool("horizontal")
    click(chart, *A)
    press(chart, 500, A[1])
    move(chart, 500, A[1] + 40)
    chart.drawings.set_symbol("MSFT")
    move(chart, 500, A[1] + 60)
    release(chart, 500, A[1] + 60)
    assert drawings_of(chart) == ()
    assert not chart.drawings.easel.book.can_undo


def test_bars_that_come_during_a_drag_do_not_shift_it(chart: CandleChart) -> None:
    series = chart._state.series
    assert series is not None
    chart.drawings.set_tool("trend")
    drag(chart, A, B)
    before = only(chart)
    x, y = middle_of(chart, before)
    press(chart, x, y)
    move(chart, x + 40, y)
    last = series.bar(-1)
    series.put(last._replace(start_ms=last.start_ms + 60_000))
    chart.refresh()
    move(chart, x + 80, y)
    release(chart, x + 80, y)
    columns = frame_of(chart).columns
    bars = columns.index_at(x + 80) - columns.index_at(x)
    assert only(chart).anchors[0].ms - before.anchors[0].ms == bars * 60_000


def test_without_bars_nothing_is_drawn(qtbot: QtBot, dark: Theme) -> None:
    chart = drawing_chart(qtbot, dark, bars=0)
    chart.drawings.set_tool("trend")
    drag(chart, A, B)
    hover(chart, *A)
    assert drawings_of(chart) == ()
