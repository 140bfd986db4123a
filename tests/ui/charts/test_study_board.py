"""What is kept of a study's values is what the study says now, whatever became of the bars."""

from __future__ import annotations

import numpy as np
import pytest

from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.signals.study import Study, StudyChoice
from live_monitor.ui.charts.frame import Extent
from live_monitor.ui.charts.pyramid import LinePyramid
from live_monitor.ui.charts.study_board import OwnPane, PlacedStudy, held_to
from tests.ui.charts.conftest import MINUTE, bar, series_of, walk


def deed(series: BarSeries, number: int, chance: np.random.Generator) -> None:
    """One of what can become of bars between two frames."""
    count, last = len(series), series.bar(-1)
    if number == 0:
        series.put(last._replace(close=last.close + 0.5, high=last.high + 0.5))
    elif number == 1:
        series.put(last._replace(start_ms=last.start_ms + MINUTE))
    elif number == 2:
        near = series.bar(count - 1 - int(chance.integers(0, 400)))
        series.put(near._replace(close=near.close + 1, high=near.high + 1))
    elif number == 3:
        far = series.bar(int(chance.integers(0, count)))
        series.put(far._replace(close=far.close - 1, low=far.low - 1))
    elif number == 4:
        begin = int(series.start_ms[0])
        series.merge([each._replace(start_ms=begin - (70 - at) * MINUTE) for at, each in enumerate(walk(70, seed=3))])
    elif number == 5:
        at = series.bar(int(chance.integers(count // 2, count))).start_ms
        series.put(bar(0, 90, 91, 89, 90)._replace(start_ms=at + MINUTE // 2))


@pytest.mark.parametrize("kind", ["sma", "ema", "bollinger", "macd", "obv", "vwap"])
def test_extremes_of_lines_follow_every_change_of_the_bars(kind: str) -> None:
    chance = np.random.default_rng(7)
    series = series_of(walk(1_800))
    placed = PlacedStudy(Study(StudyChoice(id=kind, kind=kind), us_equities()))
    for _ in range(25):
        for number in chance.integers(0, 6, int(chance.integers(1, 4))).tolist():
            deed(series, number, chance)
        placed.follow(series)
        if chance.random() < 0.3:
            continue
        for output in range(len(placed.study.outputs)):
            values = placed.line(output)
            rebuilt = LinePyramid()
            rebuilt.update(values)
            edges = np.arange(0, len(series), 37)
            found, expected = placed.pyramid(output).columns(values, edges), rebuilt.columns(values, edges)
            np.testing.assert_array_equal(found, expected)


def test_lines_over_the_bars_widen_their_range_by_half_of_it_at_most() -> None:
    bars = Extent(100.0, 110.0)
    assert held_to(bars, Extent(98.0, 112.0)) == Extent(98.0, 112.0)
    assert held_to(bars, Extent(1.0, 999.0)) == Extent(95.0, 115.0)
    assert held_to(bars, Extent(103.0, 104.0)) == bars
    assert held_to(bars, Extent()) == bars
    assert held_to(Extent(), Extent(1.0, 2.0)) == Extent()


def test_a_pane_with_bounds_spans_them_whatever_its_values() -> None:
    bounded_pane, free = (Study(StudyChoice(id=kind, kind=kind), us_equities()) for kind in ("rsi", "obv"))
    alone, both = OwnPane([PlacedStudy(bounded_pane)]), OwnPane([PlacedStudy(bounded_pane), PlacedStudy(free)])
    assert alone.spanned(Extent(40.0, 60.0)) == Extent(0.0, 100.0)
    assert alone.spanned(Extent()) == Extent(0.0, 100.0)
    assert OwnPane([PlacedStudy(free)]).spanned(Extent(-3.0, 5.0)) == Extent(-3.0, 5.0)
    assert both.spanned(Extent(-3.0, 500.0)) == Extent(-3.0, 500.0)
