"""Drawings of a symbol: kept, loaded, shown by timeframe, and still in place when the bars are others."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QContextMenuEvent
from PyQt6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.drawings.controller import ChartDrawings
from live_monitor.ui.charts.drawings.json_form import from_json, to_json
from live_monitor.ui.charts.drawings.values import Anchor, Drawing
from live_monitor.ui.charts.pointer import MenuPoint
from live_monitor.ui.theme import Theme
from tests.ui.charts.conftest import MINUTE, TEN_O_CLOCK, bar, frame_of, series_of, show_chart, walk
from tests.ui.charts.drawings.hands import click, drag, drawing_chart, drawings_of, only
from tests.ui.charts.gestures import qtest

A, B = (300, 180), (480, 300)
LINE = Drawing(id="a", kind="horizontal", anchors=(Anchor(TEN_O_CLOCK, 99.5),))


@pytest.fixture
def chart(qtbot: QtBot, dark: Theme) -> CandleChart:
    return drawing_chart(qtbot, dark)


def in_sight(chart: CandleChart) -> list[str]:
    return [shape.id for shape in chart.drawings.layer.shapes()]


def fold(series: BarSeries, count: int) -> BarSeries:
    """The same bars, `count` in one."""
    rows = [series.bar(at) for at in range(len(series))]
    groups = [rows[at : at + count] for at in range(0, len(rows), count)]
    return series_of(
        [
            group[0]._replace(
                high=max(row.high for row in group), low=min(row.low for row in group), close=group[-1].close
            )
            for group in groups
        ],
        count * MINUTE,
    )


# Kept


def test_a_burst_of_changes_is_given_away_once_with_its_symbol(chart: CandleChart, qtbot: QtBot) -> None:
    given: list[tuple[str, bytes]] = []
    chart.drawings.changed.connect(lambda symbol, raw: given.append((symbol, raw)))
    for x in (300, 350, 400):
        chart.drawings.set_tool("vertical")
        click(chart, x, 200)
    assert given == []
    qtbot.waitUntil(lambda: bool(given), timeout=10_000)
    assert given == [("AAPL", chart.drawings.export_json())]


def test_what_is_not_yet_written_is_written_before_another_symbol_comes(chart: CandleChart) -> None:
    given: list[tuple[str, bytes]] = []
    chart.drawings.changed.connect(lambda symbol, raw: given.append((symbol, raw)))
    chart.drawings.set_tool("vertical")
    click(chart, *A)
    kept = chart.drawings.export_json()
    chart.drawings.set_symbol("MSFT")
    assert given == [("AAPL", kept)]
    assert drawings_of(chart) == ()
    chart.drawings.flush()
    assert len(given) == 1


def test_what_is_hidden_locked_or_of_other_bars_is_kept_too(chart: CandleChart) -> None:
    looks = ({"hidden": True}, {"locked": True}, {"timeframes": ("1h",)}, {"dash": "dotted", "width": 3, "color": "up"})
    made = tuple(replace(LINE, id=f"d{at}", **fields) for at, fields in enumerate(looks))  # type: ignore[arg-type]  # fields of a drawing
    chart.drawings.load(to_json(made, "AAPL"))
    assert in_sight(chart) == ["d1", "d3"]
    given: list[bytes] = []
    chart.drawings.changed.connect(lambda _symbol, raw: given.append(raw))
    chart.drawings.set_tool("vertical")
    click(chart, *A)
    chart.drawings.flush()
    assert from_json(given[-1]).drawings[:4] == made


def test_drawings_survive_a_restart(chart: CandleChart, qtbot: QtBot, dark: Theme) -> None:
    for kind in ("trend", "fibonacci", "rectangle"):
        chart.drawings.set_tool(kind)
        drag(chart, A, B)
    kept = chart.drawings.export_json()
    other = show_chart(qtbot, dark)
    other.set_series(series_of(walk(200)))
    other.drawings.set_symbol("AAPL")
    other.drawings.load(kept)
    assert drawings_of(other) == drawings_of(chart)
    assert in_sight(other) == in_sight(chart)
    assert not other.drawings.easel.book.can_undo


def test_loading_is_no_change_to_be_written(chart: CandleChart) -> None:
    given: list[object] = []
    chart.drawings.changed.connect(lambda *args: given.append(args))
    chart.drawings.load(to_json((LINE,), "AAPL"))
    chart.drawings.flush()
    assert given == []


def test_what_cannot_be_read_is_told_and_the_rest_is_there(chart: CandleChart, qtbot: QtBot) -> None:
    raw = to_json((LINE,), "AAPL").replace(b"99.5", b'"much"')
    two = to_json((LINE, LINE), "AAPL")
    with qtbot.waitSignal(chart.drawings.noticed) as told:
        chart.drawings.load(raw)
    assert "1 of the drawings could not be read" in told.args[0]
    with qtbot.waitSignal(chart.drawings.noticed):
        chart.drawings.load(two)
    assert [drawing.id for drawing in drawings_of(chart)] == ["a"]
    with qtbot.waitSignal(chart.drawings.noticed) as told:
        assert chart.drawings.load(b"\x00not json") is None
    assert told.args[0].startswith("The file with drawings")


def test_an_import_is_one_step_and_takes_no_drawing_twice(chart: CandleChart) -> None:
    chart.drawings.load(to_json((LINE,), "AAPL"))
    other = Drawing(id="a", kind="vertical", anchors=(Anchor(TEN_O_CLOCK + 60 * MINUTE, 99.0),))
    assert chart.drawings.import_json(to_json((LINE, other)[:1])) == 0
    assert chart.drawings.import_json(to_json((other,))) == 1
    assert [drawing.kind for drawing in drawings_of(chart)] == ["horizontal", "vertical"]
    chart.drawings.easel.undo()
    assert drawings_of(chart) == (LINE,)


def test_the_steps_that_can_be_taken_are_told(chart: CandleChart) -> None:
    told: list[tuple[bool, bool]] = []
    chart.drawings.steps_changed.connect(lambda back, forth: told.append((back, forth)))
    chart.drawings.set_tool("vertical")
    click(chart, *A)
    chart.drawings.easel.undo()
    chart.drawings.set_symbol("MSFT")
    assert told == [(True, False), (False, True), (False, False)]


# In place


def test_a_drawing_is_in_place_when_older_bars_come(chart: CandleChart) -> None:
    series = chart._state.series
    assert series is not None
    chart.drawings.set_tool("trend")
    drag(chart, A, B)
    before = chart.drawings.layer.shape(only(chart))
    series.merge(walk(300, start=-300, seed=3))
    chart.refresh()
    assert chart.drawings.layer.shape(only(chart)) == before


def test_a_drawing_moves_with_its_bar_when_a_new_one_comes(chart: CandleChart) -> None:
    series = chart._state.series
    assert series is not None
    chart.drawings.set_tool("trend")
    drag(chart, A, B)
    before = chart.drawings.layer.shape(only(chart))
    last = series.bar(-1)
    series.put(last._replace(start_ms=last.start_ms + MINUTE))
    chart.refresh()
    after = chart.drawings.layer.shape(only(chart))
    assert before is not None
    assert after is not None
    pitch = frame_of(chart).columns.pitch
    assert after.lines[0].x1 == pytest.approx(before.lines[0].x1 - pitch)
    assert after.lines[0].y1 == pytest.approx(before.lines[0].y1)


def test_a_drawing_is_at_its_time_and_price_on_longer_bars(chart: CandleChart) -> None:
    series = chart._state.series
    assert series is not None
    chart.drawings.set_tool("trend")
    drag(chart, A, B)
    drawn = only(chart)
    longer = fold(series, 5)
    chart.set_series(longer)
    shape, frame = chart.drawings.layer.shape(drawn), frame_of(chart)
    assert only(chart) == drawn
    assert shape is not None
    for number, anchor in enumerate(drawn.anchors):
        x, y = shape.handles[number]
        index = int((anchor.ms - int(longer.start_ms[0])) // (5 * MINUTE))
        assert frame.columns.x(index) <= x <= frame.columns.x(index + 1) + 1
        assert y == pytest.approx(frame.scale.y(anchor.price))
    chart.set_series(series)
    assert chart.drawings.layer.shape(drawn) is not None


def test_a_drawing_is_shown_on_its_lengths_of_bars_alone(chart: CandleChart) -> None:
    series = chart._state.series
    assert series is not None
    chart.drawings.load(to_json((LINE,), "AAPL"))
    chart.drawings.easel.select("a")
    chart.drawings.easel.change(timeframes=("5m",))
    assert in_sight(chart) == []
    chart.set_series(fold(series, 5))
    assert in_sight(chart) == ["a"]


def test_a_half_drawn_line_survives_another_length_of_bars(chart: CandleChart) -> None:
    series = chart._state.series
    assert series is not None
    chart.drawings.set_tool("trend")
    click(chart, *A)
    chart.set_series(fold(series, 5))
    click(chart, 700, 300)
    assert len(only(chart).anchors) == 2


def test_the_magnet_takes_the_nearest_price_of_the_bar(chart: CandleChart, qtbot: QtBot) -> None:
    series = chart._state.series
    assert series is not None
    with qtbot.waitSignal(chart.drawings.magnet_changed):
        chart.drawings.set_magnet(True)
    frame = frame_of(chart)
    index = frame.last - 20
    high = float(series.high[index])
    chart.drawings.set_tool("horizontal")
    click(chart, frame.columns.x(index), frame.scale.row(high) - 5)
    assert only(chart).anchors[0].price == high


# Asked by menus


def test_a_line_is_put_through_a_place(chart: CandleChart) -> None:
    chart.drawings.draw_at("horizontal", TEN_O_CLOCK, 99.25)
    assert only(chart).anchors == (Anchor(TEN_O_CLOCK, 99.25),)


def test_a_place_where_no_drawing_may_be_is_refused_with_a_word(chart: CandleChart, qtbot: QtBot) -> None:
    with qtbot.waitSignal(chart.drawings.noticed) as told:
        chart.drawings.draw_at("horizontal", TEN_O_CLOCK, -1.0)
    assert "price" in told.args[0]
    assert drawings_of(chart) == ()


def test_a_menu_on_a_drawing_offers_its_deeds_and_elsewhere_none(chart: CandleChart) -> None:
    chart.drawings.set_tool("horizontal")
    click(chart, *A)
    menu = QWidget(chart)
    assert chart.drawings.actions_at(500, 400, menu) == []
    actions = {action.text().split("\t")[0].replace("&", ""): action for action in
               chart.drawings.actions_at(500, A[1], menu)}  # fmt: skip
    assert {"Drawing properties…", "Lock", "Clone", "Delete", "Hide"} <= set(actions)
    actions["Lock"].trigger()
    assert only(chart).locked
    actions["Hide"].trigger()
    assert in_sight(chart) == []


def test_a_menu_that_is_asked_for_by_key_means_the_selected_drawing(chart: CandleChart) -> None:
    chart.drawings.set_tool("trend")
    drag(chart, A, B)
    asked: list[MenuPoint] = []
    chart.menu_requested.connect(asked.append)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(0, 0))
    QApplication.sendEvent(chart, event)
    actions = chart.drawings.actions_at(asked[0].x, asked[0].y, chart)
    assert actions
    assert chart.drawings.easel.book.selected == only(chart).id


# The text field


def test_the_text_field_goes_along_with_the_bars(chart: CandleChart) -> None:
    chart.drawings.set_tool("text")
    click(chart, *A)
    before = chart.drawings.text_field.pos()
    chart._navigator.pan(40)
    assert chart.drawings.text_field.pos().x() == before.x() + 40


def test_the_text_field_stays_open_while_another_symbol_has_no_bars_yet(chart: CandleChart) -> None:
    chart.drawings.set_tool("text")
    click(chart, *A)
    field = chart.drawings.text_field
    assert field.isVisible()
    chart.set_series(BarSeries("MSFT", MINUTE))
    assert chart.rect().contains(field.geometry())
    field.setText("a word")
    given: list[str] = []
    chart.drawings.changed.connect(lambda symbol, _raw: given.append(symbol))
    chart.drawings.set_symbol("MSFT")
    assert given == ["AAPL"]


def test_keys_typed_into_the_text_field_do_not_reach_the_chart(chart: CandleChart) -> None:
    chart.drawings.set_tool("horizontal")
    click(chart, *A)
    chart.drawings.set_tool("text")
    click(chart, *B)
    first = frame_of(chart).first
    for code in (Qt.Key.Key_Delete, Qt.Key.Key_Home, Qt.Key.Key_Backspace):
        qtest.keyClick(chart.drawings.text_field, code)
    assert len(drawings_of(chart)) == 1
    assert frame_of(chart).first == first


def test_a_drawing_without_bars_waits_for_them(qtbot: QtBot, dark: Theme) -> None:
    chart = show_chart(qtbot, dark)
    chart.drawings.set_symbol("AAPL")
    chart.drawings.load(to_json((LINE,), "AAPL"))
    assert in_sight(chart) == []
    chart.set_series(series_of([bar(at, 99, 100, 99, 99.5) for at in range(30)]))
    assert in_sight(chart) == ["a"]


def test_the_controller_names_no_symbol_until_it_is_told_one(chart: CandleChart, dark: Theme, qtbot: QtBot) -> None:
    drawings: ChartDrawings = show_chart(qtbot, dark).drawings
    given: list[object] = []
    drawings.changed.connect(lambda *args: given.append(args))
    drawings.draw_at("horizontal", TEN_O_CLOCK, 99.0)
    drawings.flush()
    assert given == []
