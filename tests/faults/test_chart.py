"""Row M2 at the chart: numbers that are none end at the decoder, before bars, indicators, axes and pixels."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pytest
from PyQt6.QtGui import QImage
from pytestqt.qtbot import QtBot

from live_monitor.data.models.market_data import Trade
from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.signals.study import Study, StudyChoice
from live_monitor.limits import MAX_AHEAD_MS, Rejections
from live_monitor.ui.charts.market_chart import MarketChart
from live_monitor.ui.theme import load_fonts, load_theme
from live_monitor.wire.relay import RelayDecoder, encode, market_data_batch
from tests.data.desk import NOW, Desk
from tests.faults.test_messages import _BAD_NUMBERS

STUDIES = ("sma", "ema", "vwap", "bollinger", "rsi", "macd", "atr", "stochastic", "obv", "volume_average")


def prints(number: int) -> list[bytes]:
    """Two prints of second `number`, as the wire has them."""
    price = round(100 + math.sin(number / 20), 2)
    at_ms = NOW + number * 1_000
    return [
        encode(Trade("AAPL", price, 100 + k, at_ms + k, (), 12, f"{number}-{k}", 2 * number + k + 1)) for k in (0, 1)
    ]


def hostile(number: int) -> list[bytes]:
    """A print, a second and a minute of the same second, each with one number that is none."""
    at_ms, value = NOW + number * 1_000, _BAD_NUMBERS[number % len(_BAD_NUMBERS)].encode()
    if value in {b"null", b'""'}:
        value = b"NaN"
    bar = b'{"ev":"%s","sym":"AAPL","s":%d,"e":%d,"o":100,"h":%s,"l":%s,"c":%s,"v":%s,"vw":%s,"av":%s}'
    start = NOW + number // 60 * 60_000
    return [
        b'{"ev":"T","sym":"AAPL","p":%s,"s":100,"t":%d}' % (value, at_ms),
        b'{"ev":"T","sym":"AAPL","p":100,"s":%s,"t":%d}' % (value, at_ms),
        bar % (b"A", at_ms, at_ms + 1_000, value, value, value, value, value, value),
        bar % (b"AM", start, start + 60_000, value, b"100", b"100", b"5", b"100", b"5"),
    ]


class Seat:
    """A hub behind a decoder, and the chart beside it with every indicator."""

    def __init__(self, qtbot: QtBot) -> None:
        self.desk = Desk()
        self.desk.connect()
        self.desk.hub.set_focus("AAPL")
        self.rejections = Rejections()
        self._decoder = RelayDecoder(self.rejections)
        load_fonts()
        self.chart = MarketChart(load_theme("dark"), us_equities())
        qtbot.addWidget(self.chart)
        self.chart.resize(900, 700)
        self.chart.show()
        self.studies = [Study(StudyChoice(id=kind, kind=kind), us_equities()) for kind in STUDIES]
        self.chart.chart.set_studies(self.studies)

    def take(self, events: Iterable[bytes]) -> None:
        now_ms = self.desk.clock.wall_ms()
        found = self._decoder.decode(market_data_batch(list(events)), now_ms, now_ms + MAX_AHEAD_MS)
        assert isinstance(found, list)
        self.desk.feed(*found)

    def after(self, seconds: int) -> None:
        """`seconds` of the market have gone by; a frame."""
        self.desk.clock.advance(seconds)
        self.desk.hub.tick()
        self.chart.refresh(self.desk.hub, self.desk.clock.wall_ms())

    def picture(self) -> QImage:
        return self.chart.chart.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


@pytest.fixture
def seats(qtbot: QtBot) -> tuple[Seat, Seat]:
    """One that gets good messages only, and one that gets bad ones between them."""
    return Seat(qtbot), Seat(qtbot)


def test_m2_bad_numbers_change_no_bar_no_indicator_and_no_pixel_of_the_chart(seats: tuple[Seat, Seat]) -> None:
    spared, attacked = seats
    for number in range(0, 3_000, 4):
        spared.take(prints(number))
        attacked.take([*hostile(number), *prints(number), *hostile(number + 1)])
        for seat in seats:
            seat.after(4)
    assert spared.rejections.total == 0
    assert attacked.rejections.total >= 1_500
    series = attacked.chart._series
    assert series is not None
    assert len(series) == 50
    for column in (series.open, series.high, series.low, series.close, series.volume):
        assert np.isfinite(column).all()
    assert series.high.max() <= 101.01
    assert series.low.min() >= 98.99
    for ours, theirs in zip(attacked.studies, spared.studies, strict=True):
        for line, other in zip(ours.lines(), theirs.lines(), strict=True):
            np.testing.assert_array_equal(line, other)
            assert not np.isinf(line).any()
    frame = attacked.chart.chart._state.frame
    assert 98 < frame.scale.low < frame.scale.high < 102
    assert attacked.picture() == spared.picture()
