"""The equity curve as it is seen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from live_monitor.engine.market.sessions import hms
from live_monitor.ui.equity_curve import EquityCurve, exchange_day_start
from live_monitor.ui.theme import Theme
from tests.ui.fake_hub import TEN
from tests.ui.fake_paper import FakePaper
from tests.ui.hands import click, press

MINUTE, DAY = 60_000, 86_400_000


@pytest.fixture
def paper() -> FakePaper:
    """Two days of ten minutes each; yesterday at 100,000, today up to 100,009."""
    ms = np.concatenate([TEN - DAY + np.arange(10) * MINUTE, TEN + np.arange(10) * MINUTE])
    usd = np.concatenate([np.full(10, 100_000.0), 100_000.0 + np.arange(10)])
    return FakePaper(curve=(ms, usd))


@pytest.fixture
def curve(qtbot: QtBot, theme: Theme, paper: FakePaper) -> EquityCurve:
    """The panel, shown."""
    made = EquityCurve(theme, hms)
    qtbot.addWidget(made)
    made.resize(420, 220)
    made.show()
    made.refresh(paper, TEN)
    return made


def test_day_begins_with_what_the_account_was_worth_before_it(curve: EquityCurve) -> None:
    shape = curve.plot.shape
    assert shape is not None
    assert (shape.first, shape.last) == (100_000.0, 100_009.0)
    assert shape.begin_ms == TEN - DAY + 9 * MINUTE
    click(curve.chips.buttons["all"])
    whole = curve.plot.shape
    assert whole is not None
    assert whole.begin_ms == TEN - DAY


def test_exchange_day_begins_where_paper_accounts_begin_theirs() -> None:
    began = exchange_day_start(TEN)
    assert TEN - 24 * 60 * MINUTE < began <= TEN - 6 * 60 * MINUTE
    assert exchange_day_start(began) == began
    assert exchange_day_start(began - 1) < began


def test_curve_is_read_by_keys_and_given_up_with_escape(curve: EquityCurve) -> None:
    assert curve.plot.read is None
    press(curve.plot, Qt.Key.Key_Right)
    read = curve.plot.read
    assert read is not None
    assert read.usd == 100_009.0
    for _ in range(200):
        press(curve.plot, Qt.Key.Key_Left)
    read = curve.plot.read
    assert read is not None
    assert read.usd == 100_000.0
    assert "100,000.00" in curve.plot.accessibleDescription()
    press(curve.plot, Qt.Key.Key_Escape)
    assert curve.plot.read is None


def test_curve_is_painted_in_the_accent(curve: EquityCurve, theme: Theme, picture: Callable[[QWidget], QImage]) -> None:
    image, accent = picture(curve.plot), theme.color("accent")
    found = {image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(image.height())}
    assert accent.name() in found


def test_curve_that_has_not_grown_is_not_made_anew(curve: EquityCurve, paper: FakePaper) -> None:
    before = curve.plot.shape
    paper.touch()
    curve.refresh(paper, TEN + MINUTE)
    assert curve.plot.shape is before
    ms, usd = paper.curve
    paper.curve = (ms, np.concatenate([usd[:-1], [100_020.0]]))
    curve.refresh(paper, TEN + MINUTE)
    shape = curve.plot.shape
    assert shape is not None
    assert shape.last == 100_020.0


def test_without_a_curve_it_says_what_will_be_here(
    qtbot: QtBot, theme: Theme, picture: Callable[[QWidget], QImage]
) -> None:
    made = EquityCurve(theme, hms)
    qtbot.addWidget(made)
    made.resize(300, 200)
    made.show()
    made.refresh(FakePaper(), TEN)
    assert made.plot.shape is None
    image = picture(made.plot)
    colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert theme.color("muted").name() in colours


def test_pointer_beside_the_curve_reads_its_end(curve: EquityCurve) -> None:
    shape = curve.plot.shape
    assert shape is not None
    curve.plot._point(QPointF(9_999, 0).x())
    read = curve.plot.read
    assert read is not None
    assert read.usd == shape.last


def test_a_day_without_a_change_is_not_called_the_first(curve: EquityCurve, paper: FakePaper) -> None:
    """All marks are of days before: the account has traded, and is worth what it was worth."""
    curve.plot.resize(400, 200)
    ms, usd = paper.equity()
    later = int(ms[-1]) + 3 * 86_400_000
    paper.account_id = "again"
    curve.refresh(paper, later)
    assert curve.plot.shape is None
    assert curve.plot.accessibleDescription() == f"Nothing has changed today: {usd[-1]:,.2f}."
    curve.chips.buttons["all"].click()
    assert curve.plot.shape is not None
