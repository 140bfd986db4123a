"""What stands under the bars."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.time_axis import ticks_of
from live_monitor.ui.charts.time_ticks import DAY_MS
from live_monitor.ui.charts.wall_clock import HOUR_MS, WallClock
from tests.ui.charts.conftest import frame_of, picture_of, series_of, walk


def labels(days_back: int) -> list[tuple[str, bool]]:
    """Of a chart of 900 pixels that shows the middle of the first of two days."""
    state = ChartState()
    state.resize(900, 560, 72, 1.0)
    series = series_of([*walk(300), *(walk(300, start=days_back * 1_440) if days_back else [])])
    state.set_series(series)
    state.viewport.center(150)
    state.reframe()
    return [(tick.label, tick.strong) for tick in ticks_of(state.frame, series)]


def test_a_day_gone_by_says_its_date_with_the_first_label() -> None:
    first, *others = labels(days_back=1)
    assert first == ("1 Mar 11:45", True)
    assert others
    assert not any(strong for _, strong in others)


def test_the_newest_day_needs_no_date() -> None:
    assert not any(strong for _, strong in labels(days_back=0))


@pytest.mark.parametrize("before", [0.0, 1.0, 2.5])
def test_a_day_that_begins_at_the_edge_is_named_there(chart: CandleChart, before: float) -> None:
    chart.set_series(series_of([one for day in range(3) for one in walk(300, start=day * 1_440)]))
    viewport = chart._state.viewport
    chart._navigator.pan((viewport.left - 300 + before) * viewport.pitch)
    frame, bold = frame_of(chart), chart._look.ink.color("text").rgb()
    image, axis = picture_of(chart), frame.panes.time_axis
    named = [x for x in range(axis.width) if any(image.pixel(x, y) == bold for y in range(axis.y, axis.bottom))]
    assert 0 <= frame.columns.x(300) < 30
    assert named
    assert max(named) < 60


def test_days_are_those_of_the_exchange_wherever_one_looks_from(
    chart: CandleChart, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokyo = WallClock("Tokyo", ZoneInfo("Asia/Tokyo"), 9 * HOUR_MS)
    monkeypatch.setattr("live_monitor.ui.charts.chart_face.machine_clock", lambda: tokyo)
    minutes = walk(60)
    # 2021-02-01 00:00 in New York, and the days after.
    days = [each._replace(start_ms=1_612_155_600_000 + index * DAY_MS) for index, each in enumerate(minutes)]
    for series, alike in ((series_of(days, DAY_MS), True), (series_of(minutes), False)):
        chart.set_series(series)
        chart.set_local_time(False)
        exchange = picture_of(chart)
        chart.set_local_time(True)
        assert (picture_of(chart) == exchange) is alike
