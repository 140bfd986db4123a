"""Limit up and limit down on the chart: quiet lines, words beside them, never over figures."""

from __future__ import annotations

import pytest
from PyQt6.QtGui import QColor
from pytestqt.qtbot import QtBot

from live_monitor.data.models.market_data import NAN
from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.frame import READOUT_HEIGHT
from live_monitor.ui.charts.look import AlertLine
from live_monitor.ui.theme import Theme
from tests.ui.charts.conftest import frame_of, picture_of, series_of, show_chart, walk


def words(chart: CandleChart, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[float, float]]:
    """Text → where its left end and its middle are, of what is written in the face of the axis."""
    written: dict[str, tuple[float, float]] = {}

    def write(_painter: object, _color: object, x: float, middle: float, text: str) -> None:
        written[text] = (x, middle)

    with monkeypatch.context() as patch:
        patch.setattr(chart._look.ink.axis, "write", write)
        picture_of(chart)
    return written


def test_both_lines_are_in_the_colour_of_warnings_and_dashed(qtbot: QtBot, theme: Theme) -> None:
    chart = show_chart(qtbot, theme)
    chart.set_series(series_of(walk(100)))
    frame = frame_of(chart)
    rows = [80, frame.panes.price.bottom - 80]
    before = picture_of(chart)
    chart.set_price_band(*(frame.scale.price_at(row) for row in reversed(rows)))
    after = picture_of(chart)
    warning = QColor(theme.color("warning")).rgb()
    for row in rows:
        dyed = [x for x in range(frame.panes.price.right) if after.pixel(x, row) == warning]
        assert frame.panes.price.right / 8 < len(dyed) < frame.panes.price.right / 2
        assert all(before.pixel(x, row) != warning for x in range(frame.panes.price.right))


@pytest.mark.parametrize("row", [6, 40, 200])
def test_words_name_side_and_price_within_the_pane_and_off_the_read_out(
    chart: CandleChart, monkeypatch: pytest.MonkeyPatch, row: int
) -> None:
    chart.set_series(series_of(walk(100)))
    frame = frame_of(chart)
    bottom = frame.panes.price.bottom
    upper, lower = frame.scale.price_at(row), frame.scale.price_at(bottom - row)
    chart.set_price_band(lower, upper)
    written = words(chart, monkeypatch)
    (x, up), (other_x, down) = (written[f"Limit {side} {frame.label(price)}"] for side, price in
                                (("up", upper), ("down", lower)))  # fmt: skip
    assert other_x == 12
    # Beside the read-out where they would stand in it.
    assert (x == 12) is (up - 7 >= READOUT_HEIGHT) is (row > 40)
    assert (up - 7 >= 0, down + 7 <= bottom) == (True, True)
    assert (up < row, down > bottom - row) == (row > 6, row > 6)


def test_words_make_room_for_the_note_of_an_alert(chart: CandleChart, monkeypatch: pytest.MonkeyPatch) -> None:
    chart.set_series(series_of(walk(100)))
    frame = frame_of(chart)
    price = frame.scale.price_at(200)
    chart.set_alert_lines([AlertLine("a", price, "breakout")])
    chart.set_price_band(NAN, price)
    assert words(chart, monkeypatch)[f"Limit up {frame.label(price)}"][0] > frame.panes.price.width / 2


def test_an_absent_side_and_one_out_of_sight_are_not_painted(chart: CandleChart) -> None:
    chart.set_series(series_of(walk(100)))
    before = picture_of(chart)
    chart.set_price_band(NAN, 1e6)
    assert picture_of(chart) == before
