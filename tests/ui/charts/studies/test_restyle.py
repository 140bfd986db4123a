"""A study that is shown in another way looks as if it had been put onto the chart so."""

from __future__ import annotations

from typing import Any

import pytest
from PyQt6.QtGui import QImage
from pytestqt.qtbot import QtBot

from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.engine.signals.study import Study, StudyChoice
from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.theme import Theme
from tests.engine.signals.study_bars import CALENDAR, half_hours, series_of


def choice(**fields: Any) -> StudyChoice:
    return StudyChoice(id="one", kind="ema", parameters={"length": 9}, **fields)


def chart_of(qtbot: QtBot, theme: Theme, series: BarSeries, study: Study) -> CandleChart:
    chart = CandleChart(theme)
    qtbot.addWidget(chart)
    chart.resize(500, 320)
    chart.set_series(series)
    chart.set_studies([study])
    chart.show()
    qtbot.waitExposed(chart)
    chart.refresh()
    return chart


@pytest.mark.parametrize("to", [choice(colors={"average": "#FF0000"}), choice(width=3), choice(shown=False)])
def test_what_is_changed_is_seen_at_once(qtbot: QtBot, theme: Theme, to: StudyChoice) -> None:
    series, study = series_of(half_hours(4)), Study(choice(), CALENDAR)
    chart = chart_of(qtbot, theme, series, study)
    before = chart.image()

    def changed(made: StudyChoice) -> QImage:
        assert study.restyle(made)
        chart.set_studies([study])
        return chart.image()

    assert changed(to) == chart_of(qtbot, theme, series, Study(to, CALENDAR)).image()
    assert changed(choice()) == before


def test_a_study_that_was_hidden_for_some_bars_comes_back_whole(qtbot: QtBot, theme: Theme) -> None:
    bars, study = half_hours(5), Study(choice(shown=False), CALENDAR)
    series = series_of(bars[:-3])
    chart = chart_of(qtbot, theme, series, study)
    for bar in bars[-3:]:
        series.put(bar)
        chart.refresh()
    assert study.restyle(choice())
    chart.set_studies([study])
    assert chart.image() == chart_of(qtbot, theme, series, Study(choice(), CALENDAR)).image()
