"""Where the note of a price that is waited for stands."""

from __future__ import annotations

import pytest

from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.look import AlertLine
from tests.ui.charts.conftest import frame_of, picture_of, series_of, walk


@pytest.mark.parametrize(("row", "above"), [(200, True), (40, True), (8, False)])
def test_a_note_stands_above_its_line_and_below_it_at_the_top(
    chart: CandleChart, monkeypatch: pytest.MonkeyPatch, row: int, above: bool
) -> None:
    chart.set_series(series_of(walk(100)))
    price = frame_of(chart).scale.price_at(row)
    chart.set_alert_lines([AlertLine("a", price, "")])
    written: list[tuple[float, str]] = []

    def write(_painter: object, _color: object, _x: float, middle: float, text: str) -> None:
        written.append((middle, text))

    monkeypatch.setattr(chart._look.ink.axis, "write", write)
    picture_of(chart)
    (middle,) = [middle for middle, text in written if text == "Alert"]
    assert (middle < row) is above
    assert 7 <= abs(middle - row) <= 8
