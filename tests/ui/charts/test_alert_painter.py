"""Where the note of a price that is waited for stands."""

from __future__ import annotations

import pytest

from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.look import AlertLine
from tests.ui.charts.conftest import frame_of, picture_of, series_of, walk


@pytest.mark.parametrize(("row", "above", "at_the_left"), [(200, True, True), (40, True, False), (8, False, False)])
def test_a_note_stands_above_its_line_and_below_it_at_the_top_away_from_the_read_out(
    chart: CandleChart, monkeypatch: pytest.MonkeyPatch, row: int, above: bool, at_the_left: bool
) -> None:
    chart.set_series(series_of(walk(100)))
    frame = frame_of(chart)
    chart.set_alert_lines([AlertLine("a", frame.scale.price_at(row), "")])
    written: list[tuple[float, float, str]] = []

    def write(_painter: object, _color: object, x: float, middle: float, text: str) -> None:
        written.append((x, middle, text))

    monkeypatch.setattr(chart._look.ink.axis, "write", write)
    picture_of(chart)
    ((x, middle),) = [(x, middle) for x, middle, text in written if text == "Alert"]
    assert (middle < row) is above
    assert 7 <= abs(middle - row) <= 8
    assert (x < 20) is at_the_left
    assert at_the_left or frame.panes.price.right - 80 < x < frame.panes.price.right - 20
