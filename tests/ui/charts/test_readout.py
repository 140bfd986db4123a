"""Figures that do not dance, in whatever room there is."""

from __future__ import annotations

from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from live_monitor.engine.market.bar_series import Proof
from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.gaps import Hole
from live_monitor.ui.charts.wall_clock import WallClock
from tests.ui.charts.conftest import bar, frame_of, series_of, walk


def places(chart: CandleChart, index: int) -> list[tuple[str, int]]:
    chart._state.crosshair.put_on(index)
    layer = chart._layers._readout
    reading = layer.reading()
    assert reading is not None
    return [(placed.part.key, placed.text_x) for placed in layer.place(reading.parts, frame_of(chart), 100)]


def test_columns_stay_where_they_are_from_bar_to_bar(chart: CandleChart) -> None:
    bars = [bar(i, 100, 101, 99, 100.5, volume) for i, volume in enumerate((12_345.0, 5.0, 999.0, 1_111.0))]
    chart.set_series(series_of(bars))
    first = places(chart, 0)
    assert [places(chart, index) for index in (1, 2, 3)] == [first] * 3


def test_what_does_not_fit_is_left_out_the_least_needed_first(chart: CandleChart) -> None:
    chart.set_series(series_of(walk(50)))
    seen = []
    for width in (900, 560, 460, 330, 200):
        chart.resize(width, 560)
        seen.append([key for key, _ in places(chart, 40)])
    assert seen[0] == ["time", "O", "H", "L", "C", "change", "V", "VWAP"]
    assert "VWAP" not in seen[1]
    assert all(set(narrow) <= set(wide) for wide, narrow in pairwise(seen))
    assert all("C" in keys for keys in seen)


def test_what_a_bar_proves_is_said_beside_a_long_gap(chart: CandleChart) -> None:
    bars = [each._replace(proof=Proof.MISSING_TRADES) for each in walk(50)]
    chart.set_series(series_of(bars))
    chart.set_holes((Hole(bars[40].start_ms, bars[41].start_ms, "prints missed, for a reason that needs many words"),))
    chart.resize(520, 560)
    chart._state.crosshair.put_on(40)
    layer = chart._layers._readout
    reading = layer.reading()
    assert reading is not None
    placed = layer.place(reading.notes, frame_of(chart), 12)
    assert [part.part.key for part in placed] == ["proof", "gap"]
    assert placed[0].part.text == "differs: missing trades"
    # It is painted up to the edge of the plot, and no further.
    ink, image = chart._look.ink, chart.grab().toImage()
    edge = frame_of(chart).panes.price.right - 12
    warning = ink.color("warning").rgb()
    assert not any(image.pixel(x, y) == warning for x in range(edge, edge + 12) for y in range(33, 52))


def test_the_second_line_is_there_only_while_one_looks_at_a_bar(chart: CandleChart) -> None:
    chart.set_series(series_of(walk(50)))
    layer = chart._layers._readout
    assert len(layer.footprint()) == 1
    chart._state.crosshair.put_on(40)
    assert len(layer.footprint()) == 2


def test_the_time_is_told_anew_when_the_zone_changes(chart: CandleChart, monkeypatch: pytest.MonkeyPatch) -> None:
    tokyo = WallClock("Tokyo", ZoneInfo("Asia/Tokyo"), 9 * 3_600_000)
    monkeypatch.setattr("live_monitor.ui.charts.chart_face.machine_clock", lambda: tokyo)
    series = series_of(walk(30))
    chart.set_series(series)
    chart.scroll_to(int(series.start_ms[5]))
    assert "bar: 10:05," in chart.readout_text()
    chart.set_local_time(True)
    assert "bar: 00:05," in chart.readout_text()
    chart.set_local_time(False)
    assert "bar: 10:05," in chart.readout_text()
