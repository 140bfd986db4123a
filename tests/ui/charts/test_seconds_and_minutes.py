"""On a chart of seconds, studies of the day know the day from its minutes."""

from __future__ import annotations

import numpy as np
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.data.market_hub import MarketHub
from live_monitor.data.models.timeframe import MINUTE, SECOND
from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.signals.study import Study, StudyChoice
from live_monitor.ui.charts.chart_state import Change, ChartState
from live_monitor.ui.charts.market_chart import MarketChart
from live_monitor.ui.theme import Theme
from tests.engine.signals.study_bars import series_of, walk
from tests.engine.signals.test_study_minutes import ALL, NOON, WIDTH, minutes_of


def vwap() -> Study:
    return Study(StudyChoice(id="vwap", kind="vwap"), us_equities())


def test_minutes_that_come_later_repaint_a_chart_whose_bars_stand_still() -> None:
    state, minutes = ChartState(), BarSeries("AAPL", MINUTE.nominal_ms)
    study = vwap()
    state.board.set_studies([study])
    state.board.lean_on(minutes)
    state.set_series(series_of(ALL[NOON:], WIDTH))
    state.take_change()
    assert np.isnan(study.lines()[0]).all()
    minutes.merge(minutes_of(ALL).columns())
    assert state.take_change() is Change.EVERYTHING
    assert np.isfinite(study.lines()[0][4:]).all()
    assert state.board.placed[0].pyramid(0) is not None
    values = study.lines()[0]
    found = state.board.placed[0].pyramid(0).extremes(values, 10, 900)
    assert found == (values[10:900].min(), values[10:900].max()), "nothing is left of the values before"
    assert state.take_change() is Change.NOTHING


def test_a_study_that_is_added_later_leans_on_the_same_minutes() -> None:
    state = ChartState()
    state.board.lean_on(minutes_of(ALL))
    study = vwap()
    state.board.set_studies([study])
    state.set_series(series_of(ALL[NOON:], WIDTH))
    assert np.isfinite(study.lines()[0][4:]).all()


def test_the_chart_beside_the_hub_gives_its_minutes_to_seconds(qtbot: QtBot, dark: Theme) -> None:
    noon_ms = ALL[NOON].start_ms
    hub = MarketHub(ManualClock(wall_ms=noon_ms), us_equities())
    hub.set_focus("AAPL")
    hub.series(MINUTE).merge(minutes_of(ALL).columns())
    hub.series(SECOND).merge(walk(range(noon_ms, noon_ms + 200_000, 1_000)))
    chart, study = MarketChart(dark, us_equities()), vwap()
    qtbot.addWidget(chart)
    chart.chart.set_studies([study])
    for timeframe, whole_from in ((SECOND, 40), (MINUTE, 0), (SECOND, 40)):
        chart.show_bars(timeframe, extended=True)
        chart.refresh(hub, noon_ms)
        values = study.lines()[0]
        assert len(values) == len(hub.series(timeframe))
        assert np.isnan(values).sum() == whole_from
