"""Where several bars share a pixel column, the picture is that of painting bar by bar, on real pixels."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from PyQt6.QtGui import QColor, QImage, QPainter
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from bench.chart_meter import walk as bars_for_all
from bench.chart_ours import Dressed
from live_monitor.chart_settings import ChartScale
from live_monitor.engine.market.bar_series import BarColumns, BarSeries, BarSource
from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.frame import Frame
from live_monitor.ui.theme import Theme
from tests.ui.charts.conftest import MINUTE, TEN_O_CLOCK, frame_of, picture_of, show_chart

Mask = NDArray[np.bool_]

_ANY = QColor("#123456")


def random_series(count: int, seed: int) -> BarSeries:
    """Bars with jumps, stretches that are no numbers, and infinities here and there."""
    rng = np.random.default_rng(seed)
    close = 100 + (rng.normal(0, 0.05, count) + rng.choice([0, 2, -2], count, p=[0.998, 0.001, 0.001])).cumsum()
    close = np.maximum(close, 5).round(2)
    opened = np.append(close[0], close[:-1])
    high = np.maximum(opened, close) + rng.random(count).round(2) * 0.4
    low = np.minimum(opened, close) - rng.random(count).round(2) * 0.4
    for start in rng.integers(0, count - 60, 12).tolist():
        length = int(rng.integers(1, 60))
        high[start : start + length] = low[start : start + length] = close[start : start + length] = np.nan
    wild = rng.integers(0, count - 2, 5)
    high[wild], low[wild], close[wild] = np.inf, -np.inf, np.inf
    series = BarSeries("AAPL", MINUTE)
    series.merge(
        BarColumns(
            TEN_O_CLOCK + np.arange(count, dtype=np.int64) * MINUTE,
            opened, high, low, close,
            rng.integers(0, 9_000, count).astype(np.float64),
            close,
            np.full(count, 5, np.int64),
            np.full(count, BarSource.HISTORY, np.uint8),
            np.zeros(count, np.bool_),
            np.full(count, np.nan),
            np.zeros(count, np.uint8),
        )
    )  # fmt: skip
    return series


def shown(chart: CandleChart, series: BarSeries, across: int, back: int) -> Frame:
    """Shows `across` bars, `back` pixels before the end; the last price is grey, so nothing else has a bar's colour."""
    chart.set_stale(True)
    chart.set_series(series)
    price = frame_of(chart).panes.price
    chart.canvas.zoomed.emit(price.width / across / frame_of(chart).columns.pitch, float(price.width))
    chart.canvas.dragged.emit(float(back))
    # It lies over the newest bars; how many it covers depends on font and style sheet.
    chart.back_to_now.hide()
    return frame_of(chart)


def mask_of(image: QImage, color: QColor) -> Mask:
    """Which pixels have exactly this colour, bool[height, width]."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    bits = image.constBits()
    assert bits is not None
    pixels = np.frombuffer(bits.asstring(image.sizeInBytes()), np.uint32)
    rows = pixels.reshape(image.height(), image.bytesPerLine() // 4)[:, : image.width()]
    found: Mask = (rows & 0xFFFFFF) == (color.rgb() & 0xFFFFFF)
    return found


class Spans(NamedTuple):
    """Topmost and bottommost painted row of each pixel column, int[width]; -1 where nothing is painted."""

    top: NDArray[np.int64]
    bottom: NDArray[np.int64]


def spans_of(mask: Mask) -> Spans:
    painted = mask.any(axis=0)
    top = np.where(painted, mask.argmax(axis=0), -1)
    bottom = np.where(painted, len(mask) - 1 - mask[::-1].argmax(axis=0), -1)
    return Spans(top, bottom)


def in_pane(frame: Frame, mask: Mask) -> Mask:
    """The mask where only bars can be: below the read-out, in the price pane."""
    price, region = frame.panes.price, np.zeros_like(mask)
    part = slice(frame.scale.top - 8, price.bottom), slice(0, price.width)
    region[part] = mask[part]
    return region


def assert_same_spans(frame: Frame, series: BarSeries, found: Spans, expected: Spans) -> None:
    """Equal in every column but those whose end is hidden by the line of the last price."""
    row = frame.scale.row(float(series.close[-1]))
    seen = (expected.top != row) & (expected.bottom != row)
    assert seen.mean() > 0.95
    assert (found.top[seen] >= 0).sum() > 100
    np.testing.assert_array_equal(found.top[seen], expected.top[seen])
    np.testing.assert_array_equal(found.bottom[seen], expected.bottom[seen])


def bar_by_bar(frame: Frame, series: BarSeries, size: tuple[int, int]) -> Mask:
    """Every visible bar painted for itself: its own column from its high to its low."""
    image = QImage(*size, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    for index in range(frame.first, frame.last):
        low, high = float(series.low[index]), float(series.high[index])
        if np.isfinite(low) and np.isfinite(high):
            top, bottom = frame.scale.row(high), frame.scale.row(low)
            painter.fillRect(frame.columns.x(index), top, 1, bottom - top + 1, _ANY)
    painter.end()
    return mask_of(image, _ANY)


@pytest.mark.parametrize(("count", "across", "back", "seed"), [
    (3_000, 1_200, 0, 1), (3_000, 2_900, 200, 2), (20_000, 4_567, 1_000, 3), (20_000, 20_000, 0, 4),
    (60_000, 60_000, 0, 5), (60_000, 33_333, 700, 6), (60_000, 12_345, 3_000, 7),
])  # fmt: skip
def test_candles_that_share_a_column_reach_as_far_as_bar_by_bar(
    qtbot: QtBot, theme: Theme, count: int, across: int, back: int, seed: int
) -> None:
    chart, series = show_chart(qtbot, theme), random_series(count, seed)
    frame = shown(chart, series, across, back)
    assert frame.dense
    image = picture_of(chart)
    up, down = (in_pane(frame, mask_of(image, theme.color(role))) for role in ("up", "down"))
    expected = spans_of(in_pane(frame, bar_by_bar(frame, series, (image.width(), image.height()))))
    found = spans_of(up | down)
    assert_same_spans(frame, series, found, expected)
    # One colour a column: that of its first open and its last close.
    assert not (up.any(axis=0) & down.any(axis=0)).any()
    edges = np.array([frame.columns.x(index) for index in range(frame.first, frame.last)])
    for x in np.flatnonzero(found.top >= 0).tolist():
        bars = frame.first + np.flatnonzero(edges == x)
        falls = series.close[bars[-1]] < series.open[bars[0]]
        assert down[:, x].any() == bool(falls), x


def line_by_line(frame: Frame, values: NDArray[np.float64], size: tuple[int, int]) -> Mask:
    """The line from each bar to the next, painted for itself: all pixels of every column that it runs through."""
    image = QImage(*size, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)

    def upright(x: int, one: float, other: float) -> None:
        top, bottom = math.floor(min(one, other)), math.floor(max(one, other))
        painter.fillRect(x, top, 1, bottom - top + 1, _ANY)

    before: tuple[float, float] | None = None
    for index in range(max(0, frame.first - 1), min(len(values), frame.last + 1)):
        if not math.isfinite(values[index]):
            before = None
            continue
        x, y = index * frame.columns.pitch + frame.columns.offset, frame.scale.y(float(values[index]))
        upright(math.floor(x), y, y)
        if before is not None and math.floor(before[0]) != math.floor(x):
            border = before[1] + (y - before[1]) * (math.floor(x) - before[0]) / (x - before[0])
            upright(math.floor(before[0]), before[1], border)
            upright(math.floor(x), border, y)
        before = (x, y)
    painter.end()
    return mask_of(image, _ANY)


@pytest.mark.parametrize("scale", ["linear", "log"])
@pytest.mark.parametrize(("count", "across", "back", "seed"), [
    (3_000, 1_200, 0, 1), (3_000, 2_900, 200, 2), (20_000, 20_000, 0, 4), (60_000, 33_333, 700, 6),
])  # fmt: skip
def test_a_line_reaches_in_each_column_as_far_as_from_bar_to_bar(
    qtbot: QtBot, theme: Theme, count: int, across: int, back: int, seed: int, scale: ChartScale
) -> None:
    chart, series = show_chart(qtbot, theme), random_series(count, seed)
    chart.set_kind("line")
    chart.set_scale(scale)
    frame = shown(chart, series, across, back)
    assert frame.dense
    image = picture_of(chart)
    found = spans_of(in_pane(frame, mask_of(image, theme.color("accent"))))
    expected = spans_of(in_pane(frame, line_by_line(frame, series.close, (image.width(), image.height()))))
    assert_same_spans(frame, series, found, expected)


@pytest.mark.parametrize(("loaded", "view"), [(2_000, 200), (2_000, 2_000), (6_000, 4_000)])
def test_the_strips_of_ticks_make_the_picture_that_painting_everything_makes(
    qtbot: QtBot, loaded: int, view: int
) -> None:
    dressed = Dressed()
    chart = dressed.window
    qtbot.addWidget(chart)
    dressed.load(bars_for_all(loaded))
    chart.resize(1000, 700)
    chart.show()
    qtbot.waitExposed(chart)
    dressed.show(view)
    picture_of(chart)
    screen = chart.screen()
    assert screen is not None
    for number in range(12):
        dressed.tick(number)
        QApplication.processEvents()
        stands = screen.grabWindow(chart.winId()).toImage().convertToFormat(QImage.Format.Format_RGB32)
        assert stands == picture_of(chart).convertToFormat(QImage.Format.Format_RGB32), number
