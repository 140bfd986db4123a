"""What is on the pixels of the chart."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.engine.market.sessions import us_equities
from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.canvas import device_size
from live_monitor.ui.theme import Theme, load_theme
from tests.ui.charts.conftest import (
    MINUTE,
    TEN_O_CLOCK,
    bar,
    column_of,
    frame_of,
    picture_of,
    series_of,
    show_chart,
    walk,
)
from tests.ui.charts.gestures import hover, qtest, wheel


def on_screen(chart: CandleChart) -> QImage:
    """What stands on the screen, made of partial repaints; unlike a grab, which paints everything."""
    screen = chart.screen()
    assert screen is not None
    return screen.grabWindow(chart.winId()).toImage().convertToFormat(QImage.Format.Format_RGB32)


# What is painted


def test_candles_have_their_colour_their_body_and_their_wick(qtbot: QtBot, theme: Theme) -> None:
    chart = show_chart(qtbot, theme)
    chart.set_series(series_of([bar(0, 100, 104, 98, 103), bar(1, 103, 105, 99, 100), bar(2, 100, 102, 99, 101)]))
    image, frame = picture_of(chart), frame_of(chart)
    plot = range(frame.panes.price.y, frame.panes.price.bottom)
    for index, role, prices in ((0, "up", (100, 104, 98, 103)), (1, "down", (103, 105, 99, 100))):
        opened, high, low, close = (frame.scale.row(price) for price in prices)
        line = frame.scale.row(101)
        wick = column_of(image, frame.columns.x(index), plot, theme.color(role))
        body = column_of(image, frame.columns.x(index) + 2, plot, theme.color(role))
        # The last price line crosses everything at 101.
        assert set(wick) | {line} == set(range(high, low + 1))
        assert set(body) | {line} == set(range(min(opened, close), max(opened, close) + 1)) | {line}


def test_the_last_bar_is_painted_like_every_other(qtbot: QtBot, dark: Theme) -> None:
    bars = walk(60)
    chart = show_chart(qtbot, dark)
    chart.set_series(series_of(bars))
    alone = picture_of(chart)
    frame = frame_of(chart)
    series = series_of([*bars, bars[-1]._replace(start_ms=TEN_O_CLOCK + 60 * MINUTE)])
    chart.set_series(series)
    chart._navigator.pan(frame_of(chart).columns.x(59) - frame.columns.x(59))
    as_closed, now = picture_of(chart), frame_of(chart)
    assert now.scale == frame.scale
    for x in range(-3, 4):
        for y in range(40, 530):
            was, new = alone.pixel(frame.columns.x(59) + x, y), as_closed.pixel(now.columns.x(59) + x, y)
            assert was == new, (x, y)


def test_volume_bars_stand_on_the_floor_in_proportion(chart: CandleChart, dark: Theme) -> None:
    chart.set_series(series_of([bar(0, 1, 2, 1, 2, 1000.0), bar(1, 1, 2, 1, 2, 500.0), bar(2, 1, 2, 1, 2, 0.0)]))
    image, frame = picture_of(chart), frame_of(chart)
    box, fill = frame.volume_box, chart._look.ink.volume_up.color()
    heights = [len(column_of(image, frame.columns.x(i), range(box.y, box.bottom), fill)) for i in range(3)]
    assert heights[0] == math.ceil(1000 / frame.volume_top * box.height)
    assert heights[1] == math.ceil(500 / frame.volume_top * box.height)
    assert heights[2] == 0


def test_many_bars_in_a_column_keep_the_one_that_sticks_out(chart: CandleChart, dark: Theme) -> None:
    series = series_of(walk(5_000))
    spike = series.bar(2_500)
    series.put(spike._replace(high=140.0, low=60.0))
    chart.set_series(series)
    for _ in range(40):
        wheel(chart, 400, -2)
    frame, image = frame_of(chart), picture_of(chart)
    assert frame.dense
    assert frame.last - frame.first == 5_000
    x = frame.columns.x(2_500)
    rows = range(frame.scale.row(140.0), frame.scale.row(60.0) + 1)
    painted = len(column_of(image, x, rows, dark.color("up"))) + len(column_of(image, x, rows, dark.color("down")))
    assert painted >= len(rows) - 1


def test_ticks_repaint_in_pieces_what_a_full_repaint_would_show(chart: CandleChart, qtbot: QtBot) -> None:
    series = series_of(walk(400))
    chart.set_series(series)
    hover(chart, 300, 200)
    QApplication.processEvents()
    last = series.bar(-1)
    for step in range(12):
        close = last.low + (last.high - last.low) * (step % 5) / 4
        series.put(last._replace(close=round(close, 2), volume=last.volume + step))
        if step % 4 == 1:
            hover(chart, 300 + 37 * step, 150 + 11 * step)
        assert chart.refresh()
        QApplication.processEvents()
        assert on_screen(chart) == picture_of(chart).convertToFormat(QImage.Format.Format_RGB32), step


def test_a_tick_paints_only_strips(chart: CandleChart) -> None:
    series = series_of(walk(400))
    chart.set_series(series)
    QApplication.processEvents()
    last = series.bar(-1)
    series.put(last._replace(close=last.low))
    chart.refresh()
    asked = sum(piece.width() * piece.height() for piece in chart.canvas._pieces)
    assert 0 < asked < 0.2 * 900 * 560


def test_a_chart_that_nobody_sees_keeps_no_strips(chart: CandleChart) -> None:
    series = series_of(walk(400))
    chart.set_series(series)
    QApplication.processEvents()
    chart.hide()
    last = series.bar(-1)
    for number in range(200):
        series.put(last._replace(close=last.low + (last.high - last.low) * (number % 3) / 2))
        chart.refresh()
    assert 0 < len(chart.canvas._pieces) < 300
    chart.show()
    QApplication.processEvents()
    assert chart.canvas._pieces == []
    assert on_screen(chart) == picture_of(chart).convertToFormat(QImage.Format.Format_RGB32)


def test_a_bar_that_closes_at_its_open_rises_before_and_after_it_has_closed(chart: CandleChart) -> None:
    bars = [bar(0, 100, 101, 99, 100), bar(1, 100, 101, 99, 100)]
    chart.set_series(series_of(bars))
    image, frame, ink = picture_of(chart), frame_of(chart), chart._look.ink
    for index in (0, 1):
        assert image.pixelColor(frame.columns.x(index), frame.volume_box.bottom - 2) == ink.volume_up.color()
        assert image.pixelColor(frame.columns.x(index), frame.scale.row(99.5)) == ink.up.color()


def test_the_newest_volume_of_averaged_bars_has_the_colour_of_the_real_bar(chart: CandleChart) -> None:
    # The trend is up, so the averaged bar rises; the bar itself falls.
    bars = [bar(index, 100 + index, 102 + index, 99 + index, 101 + index) for index in range(20)]
    chart.set_kind("heikin_ashi")
    chart.set_series(series_of([*bars, bar(20, 122.0, 123.0, 120.0, 121.5)]))
    view = chart._state.view
    assert view.close[-1] > view.open[-1]
    image, frame, ink = picture_of(chart), frame_of(chart), chart._look.ink
    assert image.pixelColor(frame.columns.x(20), frame.volume_box.bottom - 2) == ink.volume_down.color()


def test_without_a_change_nothing_is_painted(chart: CandleChart) -> None:
    chart.set_series(series_of(walk(100)))
    assert not chart.refresh()


def test_the_last_price_tag_shows_direction_by_colour_and_arrow(chart: CandleChart, dark: Theme) -> None:
    for close, role in ((101.0, "up"), (99.0, "down")):
        chart.set_series(series_of([bar(0, 100, 102, 98, close)]))
        image, frame = picture_of(chart), frame_of(chart)
        row = frame.scale.row(close)
        assert image.pixelColor(frame.panes.price_axis.x + 4, row + 7) == dark.color(role)
        arrow = image.pixelColor(frame.panes.price_axis.x + frame.px(10), row)
        assert arrow == dark.color("panel")


def test_a_stale_feed_greys_the_last_price(chart: CandleChart, dark: Theme) -> None:
    chart.set_series(series_of([bar(0, 100, 102, 98, 101)]))
    chart.set_stale(True)
    image, frame = picture_of(chart), frame_of(chart)
    row = frame.scale.row(101)
    assert image.pixelColor(frame.panes.price_axis.right - 3, row + 7) == dark.color("stale")
    assert column_of(image, frame.panes.price.x, range(row, row + 1), dark.color("stale")) == [row]


def test_a_market_that_is_not_real_is_named_behind_the_candles(chart: CandleChart) -> None:
    chart.set_series(series_of([bar(0, 100, 102, 98, 101)]))
    plain = picture_of(chart)
    chart.set_watermark("SIMULATED")
    named = picture_of(chart)
    different = [
        (x, y) for x in range(100, 800, 3) for y in range(100, 350, 3) if plain.pixel(x, y) != named.pixel(x, y)
    ]
    assert len(different) > 200


@pytest.mark.parametrize("series", [None, BarSeries("AAPL", MINUTE)])
def test_an_empty_chart_says_what_it_waits_for(chart: CandleChart, series: BarSeries | None, dark: Theme) -> None:
    chart.set_series(series)
    chart.set_symbol("AAPL")
    image = picture_of(chart)
    written = [x for x in range(200, 700) for y in range(250, 290) if image.pixelColor(x, y) == dark.color("muted")]
    assert written
    assert chart.readout_text() == ""
    assert frame_of(chart).ticks.values == []


def test_themes_repaint_everything(chart: CandleChart) -> None:
    chart.set_series(series_of(walk(100)))
    light = load_theme("light")
    chart.set_theme(light)
    assert picture_of(chart).pixelColor(3, 100) == light.color("panel")


def test_revised_bars_carry_a_mark(chart: CandleChart, dark: Theme) -> None:
    bars = walk(20)
    bars[5] = bars[5]._replace(revised=True)
    chart.set_series(series_of(bars))
    image, frame = picture_of(chart), frame_of(chart)
    bottom = range(frame.panes.price.bottom - 8, frame.panes.price.bottom)
    assert column_of(image, frame.columns.x(5), bottom, dark.color("warning"))
    assert not column_of(image, frame.columns.x(6), bottom, dark.color("warning"))


def test_pre_market_is_shaded_and_the_regular_session_is_not(qtbot: QtBot, theme: Theme) -> None:
    chart = CandleChart(theme, sessions=us_equities())
    qtbot.addWidget(chart)
    chart.resize(900, 560)
    chart.set_series(series_of(walk(60, start=-60)))
    chart.show()
    image, frame = picture_of(chart), frame_of(chart)
    # 09:00 to 10:00: the bell rings after 30 bars.
    before, after = frame.columns.x(28) + 4, frame.columns.x(32) + 4
    row = frame.panes.price.y + 38
    assert image.pixelColor(before, row) == chart._look.ink.off_hours
    assert image.pixelColor(after, row) == theme.color("panel")


# Hostile bars (row U11)

HOSTILE: dict[str, Callable[[], BarSeries]] = {
    "one bar": lambda: series_of([bar(0, 1, 1, 1, 1)]),
    "no volume": lambda: series_of([bar(i, 1, 2, 1, 2, 0.0) for i in range(9)]),
    "equal prices": lambda: series_of([bar(i, 5, 5, 5, 5) for i in range(900)]),
    "only NaN": lambda: series_of([bar(i, math.nan, math.nan, math.nan, math.nan, math.nan) for i in range(50)]),
    "NaN gaps": lambda: series_of([b._replace(close=math.nan) if i % 3 else b for i, b in enumerate(walk(90))]),
    "inf": lambda: series_of(
        [b._replace(high=math.inf, low=-math.inf) if i % 5 == 0 else b for i, b in enumerate(walk(90))]
    ),
    "last is NaN": lambda: series_of([*walk(90), bar(90, math.nan, math.nan, math.nan, math.nan)]),
    "tiny": lambda: series_of([bar(i, 1e-4, 3e-4, 1e-4, 2e-4) for i in range(90)]),
    "huge": lambda: series_of([bar(i, 1e300, 1e306, -1e306, 1e300, 1e300) for i in range(90)]),
    "1900": lambda: series_of([b._replace(start_ms=b.start_ms - 121 * 31_557_600_000) for b in walk(90)]),
    "2200": lambda: series_of([b._replace(start_ms=b.start_ms + 179 * 31_557_600_000) for b in walk(90)]),
    "upside down": lambda: series_of([bar(i, 100, 90, 110, 101) for i in range(90)]),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_fault_u11_hostile_bars_are_drawn_or_left_out_without_an_exception(
    chart: CandleChart, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    with caplog.at_level(logging.ERROR):
        chart.set_series(HOSTILE[name]())
        for notches in (-30, 10, 30, -5):
            wheel(chart, 400, notches)
            picture_of(chart)
        hover(chart, 500, 200)
        qtest.keyClick(chart, Qt.Key.Key_Left)
        picture_of(chart)
    assert not [record for record in caplog.records if "layer failed" in record.message]
    assert not any(layer.broken for layer in chart.canvas.layers)


def test_fault_u11_a_layer_that_fails_is_logged_once_and_tried_again_with_another_series(
    chart: CandleChart, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    chart.set_series(series_of(walk(50)))
    live = chart.canvas.layers[1]

    def fail(_painter: object) -> None:
        raise ArithmeticError("no such pixel")

    painted = live._paint
    monkeypatch.setattr(live, "_paint", fail)
    with caplog.at_level(logging.ERROR):
        for _ in range(5):
            picture_of(chart)
    assert len([record for record in caplog.records if "last bar" in record.message]) == 1
    monkeypatch.setattr(live, "_paint", painted)
    chart.set_series(series_of(walk(60)))
    picture_of(chart)
    assert not live.broken


@given(st.integers(1, 4_000), st.sampled_from([1.0, 1.25, 1.5, 1.75, 2.0, 2.5]))
def test_the_picture_covers_the_last_row_at_every_density(length: int, ratio: float) -> None:
    width, height = device_size(length, length, ratio)
    assert width == height
    assert 0 <= height - length * ratio < 1
