"""Bars that differ from the provider's carry a mark, and only they."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from live_monitor.engine.market.bar_series import Bar, BarSource, Proof
from live_monitor.ui.charts.chart_state import Change
from live_monitor.ui.charts.proof_marks import diamonds, lines, marked
from live_monitor.ui.theme import Theme
from tests.ui.charts.conftest import column_of, frame_of, picture_of, series_of, show_chart, walk


def proven(count: int, proofs: dict[int, Proof]) -> list[Bar]:
    bars = walk(count)
    return [each._replace(proof=proofs.get(index, Proof.AGREES)) for index, each in enumerate(bars)]


def test_only_bars_in_sight_that_differ_are_found() -> None:
    proofs = {5: Proof.LATE_PRINT, 50: Proof.MISSING_TRADES, 60: Proof.CONDITION_RULE, 61: Proof.NONE}
    bars, missing = marked(series_of(proven(100, proofs)), 10, 100)
    assert bars.tolist() == [50, 60]
    assert missing.tolist() == [True, False]


@pytest.mark.parametrize("proof", [Proof.LATE_PRINT, Proof.CONDITION_RULE, Proof.MISSING_TRADES])
def test_a_mark_stands_below_its_candle_and_hides_nothing(qtbot: QtBot, theme: Theme, proof: Proof) -> None:
    chart = show_chart(qtbot, theme)
    chart.set_series(series_of(proven(200, {180: proof})))
    chart.refresh()
    image, frame = picture_of(chart), frame_of(chart)
    rows = column_of(image, frame.columns.x(180), range(frame.panes.price.bottom), theme.color("doubt"))
    assert rows
    assert chart._state.series is not None
    low = frame.scale.row(float(chart._state.series.low[180]))
    assert min(rows) > low
    assert max(rows) < frame.panes.price.bottom
    assert (len(rows) > 2) == (proof is Proof.MISSING_TRADES)


def test_bars_that_agree_or_cannot_be_compared_carry_none(qtbot: QtBot, theme: Theme) -> None:
    chart = show_chart(qtbot, theme)
    chart.set_series(series_of(proven(200, dict.fromkeys(range(0, 200, 2), Proof.NONE))))
    chart.refresh()
    image = picture_of(chart)
    colour = theme.color("doubt").rgb()
    assert not any(image.pixel(x, y) == colour for x in range(image.width()) for y in range(image.height()))


def test_where_bars_are_close_a_column_has_one_short_line(qtbot: QtBot, dark: Theme) -> None:
    chart = show_chart(qtbot, dark)
    chart.set_series(series_of(proven(2_000, {})))
    frame = frame_of(chart)._replace(columns=frame_of(chart).columns._replace(pitch=0.25, offset=0.0))
    rects = lines(frame, np.array([0, 1, 2, 3, 40], np.intp))
    assert rects[:, 0].tolist() == [0, 10]


def test_hollow_diamonds_are_the_outline_of_filled_ones(qtbot: QtBot, dark: Theme) -> None:
    chart = show_chart(qtbot, dark)
    chart.set_series(series_of(walk(50)))
    frame = frame_of(chart)
    covered = []
    for filled in (True, False):
        pixels = set()
        for x1, y1, x2, y2 in diamonds(frame, np.array([20], np.intp), np.array([filled])).tolist():
            pixels |= {(x, y) for x in range(x1, x2 + 1) for y in range(y1, y2 + 1)}
        covered.append(pixels)
    solid, outline = covered
    assert outline < solid
    assert len(solid) == 25
    assert len(outline) == 12


def test_a_mark_on_the_last_bar_shows_at_once(qtbot: QtBot, dark: Theme) -> None:
    chart = show_chart(qtbot, dark)
    bars = walk(50)
    series = series_of(bars)
    chart.set_series(series)
    series.put(bars[-1]._replace(source=BarSource.STREAM, proof=Proof.LATE_PRINT))
    assert chart._state.take_change() is Change.EVERYTHING
    series.put(bars[-1]._replace(source=BarSource.STREAM, proof=Proof.LATE_PRINT, close=bars[-1].close))
    assert chart._state.take_change() is not Change.EVERYTHING
