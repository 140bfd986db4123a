"""What a tick leaves alone, seen in the picture."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from PyQt6.QtGui import QImage
from pytestqt.qtbot import QtBot

from live_monitor.engine.market.sessions import us_equities
from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.gaps import Hole
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.theme import Theme
from tests.ui.charts.conftest import MINUTE, TEN_O_CLOCK, column_of, frame_of, picture_of, series_of, walk


def part(image: QImage, box: Box) -> QImage:
    return image.copy(box.x, box.y, box.width, box.height)


def test_an_area_has_ground_below_its_line_and_none_above(chart: CandleChart) -> None:
    chart.set_series(series_of(walk(60)))
    for kind, grounded in (("line", False), ("area", True)):
        chart.set_kind(kind)  # type: ignore[arg-type]  # one of its names
        frame, image = frame_of(chart), picture_of(chart)
        series = chart._state.series
        assert series is not None
        # Beside a grid line.
        x, line = frame.columns.x(30) + 1, frame.scale.row(float(series.close[30]))
        panel = chart._look.ink.color("panel")
        below = column_of(image, x, range(line + 12, frame.panes.price.bottom), panel)
        above = column_of(image, x, range(line - 30, line - 12), panel)
        assert bool(below) is not grounded
        assert above


def test_bars_that_history_has_filled_stand_in_a_bracket_and_no_others(chart: CandleChart) -> None:
    chart.set_series(series_of(walk(60)))
    filled = Hole(TEN_O_CLOCK + 20 * MINUTE, TEN_O_CLOCK + 24 * MINUTE, "connection lost")
    chart.set_holes((), (filled,))
    frame, image = frame_of(chart), picture_of(chart)
    floor, muted = range(frame.panes.price.bottom - 2, frame.panes.price.bottom), chart._look.ink.color("muted")
    marked = [bar for bar in range(60) if column_of(image, frame.columns.x(bar) + 1, floor, muted)]
    assert marked == [20, 21, 22, 23]
    chart.set_holes((), ())
    assert not column_of(picture_of(chart), frame.columns.x(21) + 1, floor, muted)


def test_a_new_day_begins_with_a_line_through_all_panes_and_no_other_bar_does(qtbot: QtBot, dark: Theme) -> None:
    chart = CandleChart(dark, sessions=us_equities())
    qtbot.addWidget(chart)
    chart.resize(900, 560)
    chart.show()
    qtbot.waitExposed(chart)
    # Two days of the same two hours: a night takes no room.
    chart.set_series(series_of([one for day in range(2) for one in walk(40, start=day * 1_440)]))
    frame, image = frame_of(chart), picture_of(chart)
    plot, line = frame.panes.plot, dark.color("line")
    upright = [x for x in range(plot.right) if len(column_of(image, x, range(plot.y + 60, plot.bottom), line)) > 300]
    edge = frame.columns.x(39.5)
    assert upright == [edge]
    assert frame.columns.x(40) - frame.columns.x(39) == frame.columns.x(39) - frame.columns.x(38)


@pytest.fixture
def in_kolkata(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Five and a half hours ahead of UTC: other figures under the same bars."""
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="only a system with tzset changes its zone")
@pytest.mark.usefixtures("in_kolkata")
def test_the_times_of_this_machine_are_written_under_the_bars_and_their_zone_beside(chart: CandleChart) -> None:
    chart.set_series(series_of(walk(120)))
    frame, before = frame_of(chart), picture_of(chart)
    chart.set_local_time(True)
    local = picture_of(chart)
    axis, prices = frame.panes.time_axis, frame.panes.price_axis
    labels = Box(axis.x, axis.y, prices.x - axis.x, axis.height)
    zone = Box(prices.x, axis.y, prices.width, axis.height)
    assert part(local, labels) != part(before, labels)
    assert part(local, zone) != part(before, zone)
    assert part(local, frame.panes.volume) == part(before, frame.panes.volume)
    chart.set_local_time(False)
    assert picture_of(chart) == before
