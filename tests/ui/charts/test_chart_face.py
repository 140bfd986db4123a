"""What the owner says about the looks of the chart, seen in the picture and heard in the read-out."""

from __future__ import annotations

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QContextMenuEvent, QImage
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from live_monitor.chart_settings import ChartKind
from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.signals.study import Study, StudyChoice
from live_monitor.ui.charts.bars_view import CHART_KINDS
from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.live_layer import last_price
from live_monitor.ui.charts.look import AlertLine
from live_monitor.ui.charts.pointer import MenuPoint
from live_monitor.ui.charts.price_axis import dashes
from tests.ui.charts.conftest import MINUTE, TEN_O_CLOCK, bar, column_of, frame_of, picture_of, series_of, walk
from tests.ui.charts.gestures import hover, qtest


def study(kind: str, name: str = "", **parameters: float | str) -> Study:
    return Study(StudyChoice(id=name or kind, kind=kind, parameters=parameters), us_equities())


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    memory = image.constBits()
    assert memory is not None
    raw = bytes(memory.asarray(image.sizeInBytes()))
    return np.frombuffer(raw, np.uint32).reshape(image.height(), -1)


@pytest.mark.parametrize("kind", CHART_KINDS)
@pytest.mark.parametrize("wide", [True, False])
def test_a_tick_paints_the_picture_that_painting_everything_gives(
    chart: CandleChart, kind: ChartKind, wide: bool
) -> None:
    series = series_of(walk(300 if wide else 4_000))
    chart.set_kind(kind)
    chart.set_series(series)
    if not wide:
        chart.canvas.zoomed.emit(0.01, 100.0)
    chart.set_studies([
        study("sma"), study("bollinger"), study("volume_average"), study("rsi"), study("macd"), study("previous_day"),
    ])  # fmt: skip
    picture_of(chart)
    last = series.bar(-1)
    for number in range(1, 6):
        close = round(last.close + (number % 3 - 1) / 100, 2)
        series.put(last._replace(close=close, high=max(last.high, close), low=min(last.low, close)))
        chart.refresh()
        QApplication.processEvents()
    ticked = pixels(chart.image())
    chart._layers.repaint_all()
    assert (ticked != pixels(chart.image())).sum() == 0


def test_hollow_bars_are_empty_when_they_close_above_their_open(chart: CandleChart) -> None:
    chart.set_kind("hollow")
    chart.set_series(series_of([bar(0, 10.0, 10.6, 9.9, 10.5), bar(1, 10.5, 10.6, 9.9, 10.0)]))
    frame, image = frame_of(chart), picture_of(chart)
    rows = range(frame.panes.price.y, frame.panes.price.bottom)
    rising, falling = frame.columns.x(0), frame.columns.x(1)
    middle = frame.scale.row(10.25)
    ink = chart._look.ink
    assert middle not in column_of(image, rising, rows, ink.color("up"))
    assert middle in column_of(image, falling, rows, ink.color("down"))
    body = frame.candle_widths.body
    assert middle in column_of(image, rising - body // 2, rows, ink.color("up"))


def test_an_ohlc_bar_has_its_open_to_the_left_and_its_close_to_the_right(chart: CandleChart) -> None:
    chart.set_kind("bars")
    chart.set_series(series_of([bar(0, 10.1, 10.6, 9.9, 10.5)]))
    frame, image = frame_of(chart), picture_of(chart)
    rows, x, half = (
        range(frame.panes.price.y, frame.panes.price.bottom),
        frame.columns.x(0),
        frame.candle_widths.body // 2,
    )
    up = chart._look.ink.color("up")
    assert column_of(image, x - half, rows, up) == [frame.scale.row(10.1)]
    assert column_of(image, x + half, rows, up) == [frame.scale.row(10.5)]
    spine = column_of(image, x, rows, up)
    assert (spine[0], spine[-1]) == (frame.scale.row(10.6), frame.scale.row(9.9))


def test_a_line_of_closes_is_scaled_by_closes(chart: CandleChart) -> None:
    bars = walk(200)
    bars[150] = bars[150]._replace(high=bars[150].high + 50)
    chart.set_series(series_of(bars))
    tall = frame_of(chart).scale.high
    chart.set_kind("line")
    assert frame_of(chart).scale.high < tall - 40


def test_percentages_begin_with_the_first_bar_in_sight(chart: CandleChart) -> None:
    series = series_of(walk(300))
    chart.set_series(series)
    chart.set_scale("percent")
    frame = frame_of(chart)
    assert frame.base == series.close[frame.first]
    assert frame.label(frame.base * 1.015) == "+1.50%"
    chart.set_scale("linear")
    assert frame_of(chart).label(101.5) == "101.50"


def test_a_second_symbol_is_shown_in_percent_and_only_where_it_has_bars(chart: CandleChart) -> None:
    series, other = series_of(walk(100)), series_of([each for each in walk(100, seed=5) if each.volume > 3_000])
    chart.set_series(series)
    chart.set_compared("MSFT", other)
    frame = frame_of(chart)
    assert frame.base == series.close[frame.first]
    at, closes = chart._state.compared.aligned(series, 0, 100)
    assert series.start_ms[at].tolist() == other.start_ms.tolist()
    assert closes.tolist() == other.close.tolist()
    chart.scroll_to(int(series.start_ms[at[-1]]))
    frame = frame_of(chart)
    begin = other.close[max(0, int(np.searchsorted(other.start_ms, series.start_ms[frame.first], side="right")) - 1)]
    assert f"MSFT {(closes[-1] / begin - 1) * 100:+.2f}%".replace("-", "−") in chart.readout_text()
    missing = int(np.setdiff1d(series.start_ms, other.start_ms)[-1])
    chart.scroll_to(missing)
    assert "MSFT no value yet" in chart.readout_text()
    chart.set_compared("", None)
    assert np.isnan(frame_of(chart).base)


def test_a_new_bar_of_the_second_symbol_is_painted(chart: CandleChart) -> None:
    series, other = series_of(walk(100)), series_of(walk(99, seed=5))
    chart.set_series(series)
    chart.set_compared("MSFT", other)
    chart.refresh()
    assert not chart.refresh()
    other.put(walk(100, seed=5)[99])
    assert chart.refresh()


def test_the_lines_that_are_waited_for_are_painted_where_their_price_is(chart: CandleChart) -> None:
    series = series_of(walk(100))
    chart.set_series(series)
    price = float(series.close[-1]) + 0.05
    chart.set_alert_lines([AlertLine("a", price, "breakout"), AlertLine("b", price * 3, "far")])
    frame, image = frame_of(chart), picture_of(chart)
    warning = chart._look.ink.color("warning")
    row = frame.scale.row(price)
    painted = {x for x in range(frame.panes.price.right) if image.pixel(x, row) == warning.rgb()}
    assert len(painted) > frame.panes.price.width * 0.4


def test_a_menu_says_where_it_was_asked_for(filled_menu: tuple[CandleChart, list[MenuPoint]]) -> None:
    chart, asked = filled_menu
    frame, port = frame_of(chart), chart.canvas.viewport()
    right = Qt.MouseButton.RightButton
    at = QPoint(frame.columns.x(frame.last - 5), 200)
    qtest.mouseClick(port, right, pos=at)
    qtest.mouseClick(port, right, pos=QPoint(at.x(), frame.panes.volume.y + 20))
    qtest.mouseClick(port, right, pos=QPoint(frame.panes.price_axis.x + 5, 50))
    series = chart._state.series
    assert series is not None
    price, volume, axis = asked
    assert price.ms == series.start_ms[frame.last - 5]
    assert price.price == pytest.approx(frame.scale.price_at(200))
    assert price.global_pos == port.mapToGlobal(at)
    assert (price.pane, volume.pane, axis.pane) == ("price", "volume", "price_axis")
    assert np.isnan(volume.price)


def test_the_menu_key_asks_at_the_crosshair(filled_menu: tuple[CandleChart, list[MenuPoint]]) -> None:
    chart, asked = filled_menu
    series = chart._state.series
    assert series is not None
    chart.scroll_to(int(series.start_ms[-10]))
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(0, 0), QPoint(0, 0))
    QApplication.sendEvent(chart, event)
    (point,) = asked
    assert point.ms == series.start_ms[-10]
    frame = frame_of(chart)
    assert point.price == pytest.approx(float(series.close[-10]), abs=2 / frame.scale.pixels_per_unit)


@pytest.fixture
def filled_menu(chart: CandleChart) -> tuple[CandleChart, list[MenuPoint]]:
    chart.set_series(series_of(walk(100)))
    asked: list[MenuPoint] = []
    chart.menu_requested.connect(asked.append)
    return chart, asked


def test_the_wheel_turns_only_while_bars_are_under_way(chart: CandleChart, qtbot: QtBot) -> None:
    chart.set_series(series_of(walk(10)))
    chart.set_past("Loading older bars…", loading=True)
    edge = chart._layers._edge
    assert edge.turning
    first = pixels(chart.image())
    qtbot.waitUntil(lambda: bool((pixels(chart.image()) != first).any()), timeout=5_000)
    chart.set_past("No more history")
    assert not edge.turning
    chart.set_reduce_motion(True)
    chart.set_past("Loading older bars…", loading=True)
    assert not edge.turning


def test_averaged_bars_have_their_percentages_from_real_prices(chart: CandleChart) -> None:
    series = series_of(walk(300))
    chart.set_kind("heikin_ashi")
    chart.set_series(series)
    chart.set_scale("percent")
    frame = frame_of(chart)
    assert frame.base == series.close[frame.first]


def test_a_second_symbol_that_moves_more_is_seen_whole(chart: CandleChart) -> None:
    chart.set_series(series_of([bar(index, 100, 100.1, 99.9, 100) for index in range(60)]))
    other = series_of([bar(index, 50, 50, 50, 50 + index / 10) for index in range(60)])
    chart.set_compared("MSFT", other)
    scale = frame_of(chart).scale
    assert scale.low < 99.9
    assert scale.high > 100 * (55.9 / 50)


def test_the_crosshair_tells_hundredths_of_a_cent_below_a_dollar(chart: CandleChart) -> None:
    chart.set_series(series_of([bar(index, 0.4, 0.9, 0.2, 0.5) for index in range(60)]))
    frame, cross = frame_of(chart), chart._layers._cross
    assert len(cross._value_at(frame, frame.scale.row(0.5123)).split(".")[1]) == 4
    assert cross._value_at(frame, frame.scale.row(0.5123)).startswith("0.51")
    chart.set_studies([study("sma", length=2)])
    assert "SMA 2 0.5000" in chart.readout_text()
    chart.set_scale("percent")
    assert "SMA 2 0.5000" in chart.readout_text()
    assert cross._value_at(frame_of(chart), 200).endswith("%")


@pytest.mark.parametrize("apart", [22, 26, 30])
def test_a_tag_beside_another_is_whole(chart: CandleChart, apart: int) -> None:
    series = series_of(walk(100))
    chart.set_series(series)
    frame, last = frame_of(chart), series.bar(-1)
    tick = frame.scale.row(frame.ticks.values[3])
    price = frame.scale.price_at(tick - 12)
    series.put(last._replace(close=price, high=max(last.high, price), low=min(last.low, price)))
    chart.refresh()
    alert = AlertLine("a", frame.scale.price_at(tick - 12 + apart), "")
    chart.set_alert_lines([alert])
    row, axis = frame.scale.row(alert.price), frame.panes.price_axis
    warning = chart._look.ink.color("warning")
    whole = set(range(row - 10, row + 10))
    assert whole <= set(column_of(picture_of(chart), axis.x + 3, range(axis.bottom), warning))
    # The crosshair on the other side hides no more of it.
    hover(chart, 300, row + apart)
    assert whole <= set(column_of(picture_of(chart), axis.x + 3, range(axis.bottom), warning))


def test_a_long_note_leaves_half_of_the_chart_free(chart: CandleChart) -> None:
    series = series_of(walk(100))
    chart.set_series(series)
    plain = pixels(picture_of(chart))
    price = float(series.close[-1]) + 0.1
    chart.set_alert_lines([AlertLine("a", price, "a note " * 60)])
    frame = frame_of(chart)
    above = slice(frame.scale.row(price) - 14, frame.scale.row(price) - 2)
    changed = np.flatnonzero((pixels(picture_of(chart)) != plain)[above, : frame.panes.price.width].any(axis=0))
    assert 300 < changed.max() < frame.panes.price.width // 2 + 24


@pytest.mark.parametrize("kind", ["candles", "hollow", "bars", "line", "area"])
@pytest.mark.parametrize("width", [1, 2, 4])
def test_lines_to_the_newest_bar_are_painted_like_those_between_closed_ones(
    chart: CandleChart, kind: ChartKind, width: int
) -> None:
    bars = walk(60)
    # One line a pane: where lines cross, the later one lies on top.
    kinds = ("volume_average", "rsi") if kind in ("line", "area") else ("sma", "volume_average", "rsi")
    chosen = [Study(StudyChoice(id=each, kind=each, width=width), us_equities()) for each in kinds]
    if width == 1 and kind in ("line", "area"):
        chosen = []
    chart.set_kind(kind)
    chart.set_studies(chosen)
    chart.set_series(series_of(bars))
    chart.canvas.zoomed.emit(3.0, 800.0)
    newest, was = pixels(picture_of(chart)), frame_of(chart)
    series = series_of([*bars, bars[-1]._replace(start_ms=TEN_O_CLOCK + 60 * MINUTE)])
    chart.set_series(series)
    chart._navigator.pan(frame_of(chart).columns.x(59) - was.columns.x(59))
    chart._navigator.pan(was.columns.x(59) - frame_of(chart).columns.x(59))
    closed, now = pixels(picture_of(chart)), frame_of(chart)
    assert (now.scale, now.lower, now.volume_top) == (was.scale, was.lower, was.volume_top)
    assert now.columns.x(59) == was.columns.x(59)
    # From the bar before to where a further line would begin; not the line of the last price and what is written.
    stretch = slice(was.columns.x(58) - 4, was.columns.x(59) - 6)
    rows = np.ones(newest.shape[0], bool)
    for top in (0, *(pane.box.y for pane in was.lower), was.panes.volume.y):
        rows[top : top + (20 if top else 56)] = False
    last = was.scale.row(bars[-1].close)
    rows[last - 2 : last + 3] = False
    rows[was.panes.time_axis.y :] = False
    assert (newest[rows, stretch] != closed[rows, stretch]).sum() == 0


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0, 3.0])
def test_a_tick_repaints_the_whole_thickness_of_the_last_prices_line(chart: CandleChart, ratio: float) -> None:
    chart.set_series(series_of(walk(60)))
    state, live = chart._state, chart._layers._live
    state.resize(round(900 * ratio), round(560 * ratio), round(80 * ratio), ratio)
    last, frame = last_price(state), state.frame
    assert last is not None
    rects, box = dashes(0, 100, last.row, 2, 3, frame.px(1)), live._line(frame, last)
    assert box.y <= rects[:, 1].min()
    assert rects[:, 3].max() < box.bottom


def test_the_crosshair_reads_the_height_of_volumes(chart: CandleChart) -> None:
    chart.set_series(series_of([bar(index, 100, 101, 99, 100, 10_000.0) for index in range(60)]))
    frame, cross = frame_of(chart), chart._layers._cross
    top = frame.volume_box.bottom - round(10_000 / frame.volume_top * frame.volume_box.height)
    assert cross._value_at(frame, top).startswith(("10.0", "9.9"))
    lowest = cross._value_at(frame, frame.volume_box.bottom - 1)
    assert lowest == f"{frame.volume_top / frame.volume_box.height:.0f}"


def test_what_is_said_of_older_bars_stands_at_the_oldest_only(chart: CandleChart) -> None:
    chart.set_series(series_of(walk(400)))
    chart.set_past("No more history")
    edge = chart._layers._edge
    assert edge.footprint() == []
    qtest.keyClick(chart, Qt.Key.Key_Home)
    (box,) = edge.footprint()
    volume = frame_of(chart).panes.volume
    assert volume.holds(box.x, box.y)
    assert volume.holds(box.right - 1, box.bottom - 1)
    chart.set_volume_shown(False)
    (box,) = edge.footprint()
    plot = frame_of(chart).panes.price
    assert plot.holds(box.x, box.y)
    assert plot.holds(box.right - 1, box.bottom - 1)
