"""What of the drawings is on the pixels, and how little of them a tick paints."""

from __future__ import annotations

import pytest
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.drawings.json_form import to_json
from live_monitor.ui.charts.drawings.values import ANCHORS, KINDS, Anchor, Drawing
from live_monitor.ui.theme import Theme, load_theme
from tests.ui.charts.conftest import MINUTE, TEN_O_CLOCK, frame_of, picture_of, walk
from tests.ui.charts.drawings.hands import click, drag, drawing_chart, handle_of, move, only, press, release
from tests.ui.charts.gestures import hover, wheel

A, B = (300, 180), (480, 300)


@pytest.fixture
def chart(qtbot: QtBot, dark: Theme) -> CandleChart:
    return drawing_chart(qtbot, dark)


def on_screen(chart: CandleChart) -> QImage:
    """What stands on the screen, made of partial repaints; unlike a grab, which paints everything."""
    QApplication.processEvents()
    screen = chart.screen()
    assert screen is not None
    return screen.grabWindow(chart.winId()).toImage().convertToFormat(QImage.Format.Format_RGB32)


def whole(chart: CandleChart) -> QImage:
    return picture_of(chart).convertToFormat(QImage.Format.Format_RGB32)


def bare(chart: CandleChart) -> None:
    """No selection, no crosshair."""
    chart.drawings.easel.select(None)
    chart.canvas.left.emit()


def one_of_each() -> tuple[Drawing, ...]:
    start = TEN_O_CLOCK + 120 * MINUTE
    end = Anchor(start + 40 * MINUTE, 99.4)
    return tuple(
        Drawing(
            id=kind,
            kind=kind,
            anchors=(Anchor(start + at * 3 * MINUTE, 99.25 + at * 0.06), end)[: ANCHORS[kind]],
            text="note" if kind == "text" else "",
        )
        for at, kind in enumerate(KINDS)
    )


def test_a_level_line_has_its_colour_on_every_pixel_of_its_row(qtbot: QtBot, theme: Theme) -> None:
    chart = drawing_chart(qtbot, theme)
    chart.drawings.set_tool("horizontal")
    click(chart, *A)
    chart.drawings.easel.change(color="up", width=2)
    bare(chart)
    image, frame = picture_of(chart), frame_of(chart)
    row = frame.scale.row(only(chart).anchors[0].price)
    colors = {image.pixelColor(x, row).name() for x in range(5, 700)}
    assert colors == {theme.hex("up").lower()}


def test_a_dotted_line_has_gaps(chart: CandleChart, dark: Theme) -> None:
    chart.drawings.set_tool("horizontal")
    click(chart, 300, 80)
    chart.drawings.easel.change(dash="dotted")
    bare(chart)
    image, row = picture_of(chart), frame_of(chart).scale.row(only(chart).anchors[0].price)
    inked = sum(image.pixelColor(x, row) == dark.color("accent") for x in range(700))
    assert 0.3 < inked / 700 < 0.5


def test_a_slanted_line_is_soft_and_passes_through_its_points(chart: CandleChart, dark: Theme) -> None:
    chart.drawings.set_tool("trend")
    drag(chart, A, B)
    chart.drawings.easel.change(width=3)
    drawn = only(chart)
    ends = [handle_of(chart, drawn, number) for number in (0, 1)]
    bare(chart)
    image = picture_of(chart)
    (x1, y1), (x2, y2) = ends
    for share in (0.25, 0.5, 0.75):
        x = round(x1 + (x2 - x1) * share)
        y = y1 + (y2 - y1) * (x - x1) / (x2 - x1)
        assert image.pixelColor(x, round(y)) == dark.color("accent")


def test_a_role_that_the_theme_does_not_have_is_shown_as_the_accent(chart: CandleChart, dark: Theme) -> None:
    line = Drawing(id="a", kind="horizontal", anchors=(Anchor(TEN_O_CLOCK, 99.3),), color="no_such_role")
    own = Drawing(id="b", kind="horizontal", anchors=(Anchor(TEN_O_CLOCK, 99.7),), color="#ff8800")
    chart.drawings.load(to_json((line, own)))
    image, scale = picture_of(chart), frame_of(chart).scale
    assert image.pixelColor(40, scale.row(99.3)) == dark.color("accent")
    assert image.pixelColor(40, scale.row(99.7)).name() == "#ff8800"


def test_nothing_is_painted_over_axes_or_the_read_out(chart: CandleChart) -> None:
    plain = whole(chart)
    chart.drawings.load(to_json(one_of_each()))
    drawn, frame = whole(chart), frame_of(chart)
    assert drawn != plain
    plot, head = frame.panes.plot, frame.px(32)
    for y in range(0, plain.height(), 2):
        for x in range(0, plain.width(), 2):
            if x >= plot.right or y >= plot.bottom or y < head:
                assert drawn.pixel(x, y) == plain.pixel(x, y), (x, y)


def test_ticks_and_moves_repaint_in_pieces_what_a_full_repaint_would_show(chart: CandleChart) -> None:
    series = chart._state.series
    assert series is not None
    chart.drawings.load(to_json(one_of_each()))
    hover(chart, 320, 220)
    last = series.bar(-1)
    for step in range(6):
        series.put(last._replace(close=round(last.low + (last.high - last.low) * (step % 5) / 4, 2)))
        chart.refresh()
        hover(chart, 320 + 40 * step, 200 + 11 * step)
        assert on_screen(chart) == whole(chart), step
    chart.drawings.easel.select("trend")
    assert on_screen(chart) == whole(chart)
    chart.drawings.easel.select(None)
    assert on_screen(chart) == whole(chart)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "text"])
def test_a_drag_repaints_in_pieces_what_a_full_repaint_would_show(chart: CandleChart, kind: str) -> None:
    chart.drawings.set_tool(kind)
    hover(chart, 250, 150)
    assert on_screen(chart) == whole(chart)
    press(chart, *A)
    for x, y in ((350, 200), (520, 330), (200, 400)):
        move(chart, x, y)
        assert on_screen(chart) == whole(chart), (x, y)
    release(chart, 200, 400)
    assert on_screen(chart) == whole(chart)
    hover(chart, 650, 90)
    assert on_screen(chart) == whole(chart)
    chart.drawings.easel.remove()
    assert on_screen(chart) == whole(chart)


def test_a_tick_under_many_drawings_paints_only_strips_and_no_picture(chart: CandleChart) -> None:
    series = chart._state.series
    assert series is not None
    chart.drawings.load(to_json(one_of_each()))
    QApplication.processEvents()
    layer = chart.drawings.layer
    painted, shapes = layer._painted_for, layer.shapes()
    last = series.bar(-1)
    series.put(last._replace(close=last.low))
    chart.refresh()
    asked = sum(piece.width() * piece.height() for piece in chart.canvas._pieces)
    assert 0 < asked < 0.2 * 900 * 560
    QApplication.processEvents()
    assert layer._painted_for is painted
    assert layer.shapes() is shapes


def test_a_drag_paints_the_resting_drawings_once(chart: CandleChart) -> None:
    chart.drawings.load(to_json(one_of_each()))
    QApplication.processEvents()
    layer = chart.drawings.layer
    shape = next(shape for shape in layer.shapes() if shape.id == "horizontal")
    x, y = 600, round(shape.lines[0].y1)
    press(chart, x, y)
    move(chart, x, y + 20)
    QApplication.processEvents()
    lifted = layer._painted_for
    for step in range(5):
        move(chart, x, y + 30 + step)
        QApplication.processEvents()
        assert layer._painted_for is lifted
    release(chart, x, y + 40)


def test_another_theme_and_zoom_paint_the_drawings_anew(chart: CandleChart) -> None:
    chart.drawings.load(to_json(one_of_each()))
    light = load_theme("light")
    chart.set_theme(light)
    row = frame_of(chart).scale.row(one_of_each()[2].anchors[0].price)
    assert picture_of(chart).pixelColor(40, row) == light.color("accent")
    wheel(chart, 400, 3)
    assert on_screen(chart) == whole(chart)


def test_a_drawing_that_was_painted_goes_along_when_the_bars_move(chart: CandleChart, dark: Theme) -> None:
    anchor = Anchor(TEN_O_CLOCK + 150 * MINUTE, 99.4)
    chart.drawings.load(to_json([Drawing(id="v", kind="vertical", anchors=(anchor,))]))

    def columns() -> list[int]:
        """Where the line stands in the volume pane, whose bars have other colours."""
        image, frame = picture_of(chart), frame_of(chart)
        row, wanted = frame.panes.volume.y + 3, dark.color("accent").rgb()
        return [x for x in range(frame.panes.plot.width) if image.pixel(x, row) == wanted]

    series = chart._state.series
    assert series is not None

    def moved() -> None:
        chart._navigator.pan(90.0)

    def zoomed() -> None:
        wheel(chart, 400, 3)

    def older() -> None:
        for each in walk(50, start=-50):
            series.put(each)
        chart.refresh()

    def newer() -> None:
        series.put(walk(1, start=200)[0])
        chart.refresh()

    places = [columns()]
    for deed in (moved, zoomed, older, newer):
        deed()
        places.append(columns())
        assert places[-1] == [frame_of(chart).columns.x(series.index_of(anchor.ms))]
    assert len({place[0] for place in places}) >= 3


def test_the_selected_drawing_shows_handles_and_a_locked_one_in_grey(chart: CandleChart, dark: Theme) -> None:
    chart.drawings.set_tool("trend")
    drag(chart, A, B)
    drawn = only(chart)
    x, y = handle_of(chart, drawn, 0)

    def near(role: str) -> int:
        image = picture_of(chart)
        wanted = dark.color(role).rgb()
        return sum(image.pixel(x + dx, y + dy) == wanted for dx in range(-7, 8) for dy in range(-7, 8))

    hover(chart, 700, 450)
    assert picture_of(chart).pixelColor(x, y) == dark.color("panel")
    assert near("stale") == 0
    chart.drawings.easel.toggle_lock()
    assert near("stale") > 5
    bare(chart)
    assert near("stale") == 0


def test_a_hint_says_what_to_do_next(chart: CandleChart, dark: Theme) -> None:
    plain = picture_of(chart)
    chart.drawings.set_tool("trend")
    hinted, frame = picture_of(chart), frame_of(chart)
    box = chart.drawings.layer._hint_box()
    assert hinted.pixelColor(box.x, box.y + 3) == dark.color("accent")
    assert hinted.pixelColor(box.right - 2, box.y + 3) == dark.color("raised")
    assert abs(box.x + box.width / 2 - frame.panes.price.width / 2) <= 1
    chart.drawings.hand.let_go()
    hover(chart, 1, 1)
    chart.canvas.left.emit()
    assert picture_of(chart) == plain


def test_an_upright_line_leads_through_all_panes_without_a_gap(qtbot: QtBot, theme: Theme) -> None:
    chart = drawing_chart(qtbot, theme)
    chart.drawings.set_tool("vertical")
    click(chart, *A)
    chart.drawings.easel.change(color="up", width=3, dash="solid")
    bare(chart)
    image, plot = picture_of(chart), frame_of(chart).panes.plot
    shape = chart.drawings.layer.shapes()[0]
    column, label = int(shape.lines[0].x1), int(shape.labels[0].y)
    colors = {image.pixelColor(column, row).name() for row in range(40, plot.bottom) if abs(row - label) > 10}
    assert plot.bottom - frame_of(chart).panes.price.bottom > 40
    assert colors == {theme.hex("up").lower()}
    assert on_screen(chart) == whole(chart)
