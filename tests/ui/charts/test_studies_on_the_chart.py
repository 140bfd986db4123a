"""Studies on the chart: where they stand, what is spoken of them, and what the crosshair reads there."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import Qt

from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.signals.study import Study, StudyChoice
from live_monitor.ui.charts.candle_chart import CandleChart
from tests.ui.charts.conftest import frame_of, picture_of, series_of, walk
from tests.ui.charts.gestures import hover, qtest
from tests.ui.charts.test_chart_face import pixels, study


def test_values_of_studies_are_spoken_and_follow_the_crosshair(chart: CandleChart) -> None:
    series = series_of(walk(100))
    chart.set_series(series)
    chart.set_studies([study("sma", length=10), study("rsi")])
    mean = float(series.close[-10:].mean())
    assert f"SMA 10 {mean:.2f}" in chart.readout_text()
    chart.scroll_to(int(series.start_ms[40]))
    assert f"SMA 10 {float(series.close[31:41].mean()):.2f}" in chart.readout_text()
    chart.scroll_to(int(series.start_ms[3]))
    assert "SMA 10 no value yet" in chart.readout_text()
    assert chart.accessibleDescription() == chart.readout_text()


def test_a_study_with_bounds_shows_them_whole_however_far_one_looks_back(chart: CandleChart) -> None:
    chart.set_series(series_of(walk(900)))
    chart.set_studies([study("rsi")])
    for where in (Qt.Key.Key_End, Qt.Key.Key_Home):
        qtest.keyClick(chart, where)
        (pane,) = frame_of(chart).lower
        assert pane.box.y < pane.scale.row(100.0) < pane.scale.row(0.0) < pane.box.bottom


def test_a_study_can_stand_with_the_one_before_it_or_alone(chart: CandleChart) -> None:
    chart.set_series(series_of(walk(200)))
    rsi = study("rsi")
    beside = Study(StudyChoice(id="k", kind="stochastic", pane="above"), us_equities())
    alone = Study(StudyChoice(id="mean", kind="sma", pane="own"), us_equities())
    levels = Study(StudyChoice(id="first", kind="opening_range", pane="own"), us_equities())
    chart.set_studies([beside, rsi, alone, levels])
    # With nothing above it, it has its own pane.
    assert [pane.name for pane in chart._state.board.own_panes] == ["k", "rsi", "mean", "first"]
    chart.set_studies([rsi, beside, alone, levels])
    panes = chart._state.board.own_panes
    assert [[placed.study.choice.id for placed in pane.placed] for pane in panes] == [["rsi", "k"], ["mean"], ["first"]]
    frame = frame_of(chart)
    assert len(frame.panes.lower) == 3
    assert chart._state.board.over_price == []
    shared, mean, opening = frame.lower
    assert sorted(panes[0].levels) == [20.0, 30.0, 70.0, 80.0]
    assert shared.scale.low <= 0
    assert shared.scale.high >= 100
    values = alone.lines()[0][frame.first : frame.last]
    assert mean.scale.low < np.nanmin(values) < np.nanmax(values) < mean.scale.high
    assert mean.scale.high - mean.scale.low < frame.scale.high - frame.scale.low
    high, low = (line[-1] for line in levels.lines())
    if np.isfinite(high):
        assert opening.scale.low < low < high < opening.scale.high
    told = chart.readout_text()
    assert told.index("RSI 14") < told.index("Stoch 14 3 3") < told.index("SMA 20")


def test_hidden_studies_take_no_room(chart: CandleChart) -> None:
    chart.set_series(series_of(walk(100)))
    hidden = Study(StudyChoice(id="rsi", kind="rsi", shown=False), us_equities())
    chart.set_studies([hidden])
    assert frame_of(chart).panes.lower == ()
    assert "RSI" not in chart.readout_text()


def test_the_crosshair_reads_a_study_pane_in_its_own_units(chart: CandleChart) -> None:
    chart.set_series(series_of(walk(100)))
    chart.set_studies([study("rsi")])
    frame = frame_of(chart)
    pane = frame.lower[0]
    hover(chart, 300, pane.scale.row(50.0))
    assert chart._layers._cross._value_at(frame, pane.scale.row(50.0)).startswith(("49.", "50."))


def test_a_pane_without_values_gives_the_crosshair_none(chart: CandleChart) -> None:
    chart.set_series(series_of(walk(5)))
    chart.set_studies([study("macd")])
    frame = frame_of(chart)
    pane = frame.lower[0]
    assert pane.ticks.values == []
    assert chart._layers._cross._value_at(frame, pane.box.y + 20) == ""
    before = pixels(picture_of(chart))
    hover(chart, 700, pane.box.y + 20)
    changed = pixels(picture_of(chart)) != before
    axis = frame.panes.price_axis
    assert not changed[:, axis.x : axis.right].any()
