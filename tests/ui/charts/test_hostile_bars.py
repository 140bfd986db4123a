"""Row U11: whatever the bars are, every way to paint them draws them or leaves them out, in time."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from live_monitor.chart_settings import ChartKind, ChartScale
from live_monitor.engine.market.bar_series import Bar, BarColumns, BarSeries, BarSource
from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.signals.study import Study, StudyChoice
from live_monitor.ui.charts.bars_view import CHART_KINDS
from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.theme import Theme
from tests.ui.charts.conftest import MINUTE, TEN_O_CLOCK, bar, frame_of, picture_of, series_of, show_chart, walk
from tests.ui.charts.gestures import hover, qtest, wheel

SCALES: tuple[ChartScale, ...] = ("linear", "log", "percent")
WAYS = list(product(CHART_KINDS, SCALES))
YEAR_MS = 31_557_600_000
#: A busy machine takes so many times longer than the row allows.
SLACK = 5

HOSTILE: dict[str, Callable[[], list[Bar]]] = {
    "no bars": list,
    "one bar": lambda: walk(1),
    "one bar without a close": lambda: [bar(0, 100, 101, 99, math.nan)],
    "equal prices": lambda: [bar(i, 5, 5, 5, 5) for i in range(900)],
    "NaN gaps": lambda: [b._replace(close=math.nan) if i % 7 < 3 else b for i, b in enumerate(walk(400))],
    "only NaN": lambda: [bar(i, math.nan, math.nan, math.nan, math.nan, math.nan) for i in range(50)],
    "infinities": lambda: [
        b._replace(high=math.inf, low=-math.inf, close=math.inf) if i % 5 == 0 else b for i, b in enumerate(walk(90))
    ],
    "last is infinite": lambda: [*walk(90), bar(90, math.inf, math.inf, math.inf, math.inf, math.inf)],
    "endless volume at last": lambda: [*walk(90), bar(90, 100, 101, 99, 100, math.inf)],
    "volumes that no double adds up": lambda: [b._replace(volume=1.7e308) for b in walk(90)],
    "prices of zero and below": lambda: [bar(i, i / 9 - 5, i / 9 - 4, i / 9 - 6, i / 9 - 5) for i in range(90)],
    "tiny and huge": lambda: [bar(i, 1e-6, 1e7, 1e-6, 1e7 if i % 2 else 1e-6, 1e15) for i in range(90)],
    "beyond doubles": lambda: [bar(i, 1e300, 1e306, -1e306, 1e300, 1e300) for i in range(90)],
    "the year 1900": lambda: [b._replace(start_ms=b.start_ms - 121 * YEAR_MS) for b in walk(400)],
    "the year 2200": lambda: [b._replace(start_ms=b.start_ms + 179 * YEAR_MS) for b in walk(400)],
    "upside down": lambda: [bar(i, 100, 90, 110, 101) for i in range(90)],
}  # fmt: skip


def studies() -> list[Study]:
    chosen = ("sma", "vwap", "bollinger", "rsi", "macd", "obv")
    return [Study(StudyChoice(id=kind, kind=kind), us_equities()) for kind in chosen]


def dressed(chart: CandleChart, kind: ChartKind, scale: ChartScale) -> None:
    chart.set_kind(kind)
    chart.set_scale(scale)


@pytest.fixture
def failures(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What layers of the chart said when they failed."""
    caplog.set_level(logging.ERROR)
    return lambda: [record.getMessage() for record in caplog.records]


#: Every kind of bars meets every way to paint and every scale.
MEETINGS = [
    (name, kind, SCALES[(row + column) % 3])
    for row, name in enumerate(HOSTILE)
    for column, kind in enumerate(CHART_KINDS)
]


@pytest.mark.parametrize(("name", "kind", "scale"), MEETINGS)
def test_fault_u11_every_way_to_paint_survives_every_kind_of_bars(
    chart: CandleChart, failures: Callable[[], list[str]], name: str, kind: ChartKind, scale: ChartScale
) -> None:
    dressed(chart, kind, scale)
    chart.set_studies(studies())
    chart.set_series(series_of(HOSTILE[name]()))
    for notches in (-30, 10, 30, -5):
        wheel(chart, 400, notches)
        picture_of(chart)
    hover(chart, 500, 200)
    qtest.keyClick(chart, Qt.Key.Key_Left)
    picture_of(chart)
    assert failures() == []
    frame = frame_of(chart)
    assert math.isfinite(frame.scale.low + frame.scale.high)
    assert all(math.isfinite(value) for value in frame.ticks.values)


def quickest(chart: CandleChart, change: Callable[[], object], rounds: int) -> float:
    """Milliseconds of CPU for the best of some paints, each after `change`."""
    times = []
    for _ in range(rounds):
        started = time.process_time()
        change()
        chart.canvas.repaint_all()
        chart.canvas.viewport().repaint()
        times.append((time.process_time() - started) * 1000)
    return min(times)


@pytest.mark.parametrize(("kind", "scale"), WAYS)
def test_fault_u11_two_thousand_bars_are_painted_within_a_frame(
    qtbot: QtBot, dark: Theme, kind: ChartKind, scale: ChartScale
) -> None:
    chart = show_chart(qtbot, dark)
    dressed(chart, kind, scale)
    chart.set_series(series_of(walk(2_000)))
    chart.canvas.zoomed.emit(1e-9, 400.0)
    assert frame_of(chart).first == 0
    assert quickest(chart, lambda: chart.canvas.dragged.emit(1.0), 5) <= 16 * SLACK


@pytest.fixture(scope="module")
def two_million() -> BarSeries:
    """Two million minutes, a hundredth of which is no number."""
    count, rng = 2_000_000, np.random.default_rng(11)
    close = 100 + rng.normal(0, 0.01, count).cumsum()
    opened = np.append(close[0], close[:-1])
    high, low = np.maximum(opened, close) + 0.02, np.minimum(opened, close) - 0.02
    gaps = rng.integers(0, count - 1, count // 100)
    high[gaps] = low[gaps] = close[gaps] = np.nan
    series = BarSeries("AAPL", MINUTE, most_loaded=count)
    none = np.zeros(count, np.uint8)
    columns = BarColumns(
        TEN_O_CLOCK + np.arange(count, dtype=np.int64) * MINUTE, opened, high, low, close,
        np.full(count, 100.0), np.full(count, np.nan), np.full(count, -1), np.full(count, BarSource.HISTORY, np.uint8),
        none.astype(np.bool_), np.full(count, np.nan), none,
    )  # fmt: skip
    assert series.merge(columns) == count
    return series


@pytest.mark.parametrize(("kind", "scale"), [(kind, SCALES[number % 3]) for number, kind in enumerate(CHART_KINDS)])
def test_fault_u11_two_million_bars_are_painted_in_a_tenth_of_a_second(
    qtbot: QtBot,
    dark: Theme,
    two_million: BarSeries,
    failures: Callable[[], list[str]],
    kind: ChartKind,
    scale: ChartScale,
) -> None:
    chart = show_chart(qtbot, dark)
    dressed(chart, kind, scale)
    chart.set_series(two_million)
    # Twice: labels of other prices may leave less room for the bars.
    chart.canvas.zoomed.emit(1e-9, 400.0)
    chart.canvas.zoomed.emit(1e-9, 400.0)
    frame = frame_of(chart)
    assert (frame.first, frame.last) == (0, 2_000_000)
    assert quickest(chart, lambda: chart.canvas.zoomed.emit(1.01, 400.0), 3) <= 100 * SLACK
    picture_of(chart)
    assert failures() == []


@pytest.mark.parametrize("across", [60, 4_000])
def test_fault_u11_a_last_bar_without_a_close_hides_no_other_bar(chart: CandleChart, across: int) -> None:
    bars = walk(4_000)
    chart.set_series(series_of([*bars, bar(4_000, math.nan, math.nan, math.nan, math.nan, math.nan)]))
    price = frame_of(chart).panes.price
    chart.canvas.zoomed.emit(price.width / across / frame_of(chart).columns.pitch, float(price.width))
    frame, image = frame_of(chart), picture_of(chart)
    ink = chart._look.ink
    x, rows = frame.columns.x(3_999), range(frame.scale.row(bars[-1].high), frame.scale.row(bars[-1].low) + 1)
    painted = {image.pixel(x, row) for row in rows}
    assert painted & {ink.up.color().rgb(), ink.down.color().rgb()}


def test_fault_u11_a_level_goes_through_the_whole_slot_of_the_newest_bar(chart: CandleChart) -> None:
    bars = [bar(i - 40, 100, 100.33 if i < 50 else 100.3, 99.5, 100) for i in range(60)]
    chart.set_series(series_of(bars))
    chart.set_studies([Study(StudyChoice(id="r", kind="opening_range"), us_equities())])
    chart.canvas.zoomed.emit(1e9, 800.0)
    frame = frame_of(chart)
    assert frame.columns.pitch == 96
    level = chart._state.board.placed[0]
    row = frame.scale.row(float(level.line(0)[-1]))
    slot = range(frame.columns.x(frame.bars - 1.5), frame.columns.x(frame.bars - 0.5))
    image = picture_of(chart)
    color = image.pixel(frame.columns.x(frame.bars - 1), row)
    assert color != image.pixel(slot.stop + 20, row)
    assert [x for x in slot if image.pixel(x, row) != color] == []
