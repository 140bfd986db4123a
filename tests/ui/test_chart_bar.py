"""Indicators, drawing tools and chart type in the tool bar."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QSignalSpy
from PyQt6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.engine.signals.study_kinds import CATALOG
from live_monitor.ui.chart_bar import ChartBar, StudyRow
from live_monitor.ui.main_window import MainWindow
from live_monitor.ui.theme import load_theme
from live_monitor.ui.tool_bar import MainToolBar
from live_monitor.ui.trust import Pill

PILLS = ("LIVE", "SIMULATED", "NOT CONNECTED", "REPLAY 2021-03-01 PAUSED")


@pytest.fixture
def bar(window: MainWindow) -> ChartBar:
    """In its window."""
    return window.tool_bar.chart


def texts(menu: QMenu) -> list[str]:
    menu.aboutToShow.emit()
    return [action.text().replace("&", "") for action in menu.actions() if action.text()]


def test_the_menus_hold_the_commands_of_the_window(window: MainWindow, bar: ChartBar) -> None:
    assert texts(bar.draw.list())[:2] == ["Pointer", "Trend line"]
    assert texts(bar.kind.list())[:3] == ["Candles", "Hollow candles", "Bars (OHLC)"]
    assert window.actions_by_name["tool_ray"] in bar.draw.list().actions()
    assert window.actions_by_name["kind_area"] in bar.kind.list().actions()


def test_indicators_on_the_chart_stand_above_those_to_add(qtbot: QtBot, window: MainWindow, bar: ChartBar) -> None:
    bar.set_studies([StudyRow("a", "SMA 20", True), StudyRow("b", "Profit & loss", False)])
    menu = bar.indicators.list()
    shown = texts(menu)
    assert shown[:4] == ["On the chart", "SMA 20", "Profit  loss", "Add"]
    assert shown[4:-1] == [kind.title for kind in CATALOG.values()]
    assert shown[-1] == "Indicators…"
    rows = {action.text(): action for action in menu.actions()}
    assert (rows["SMA 20"].isChecked(), rows["Profit && loss"].isChecked()) == (True, False)
    with qtbot.waitSignal(window.chart_wishes.study_toggled, timeout=10_000) as asked:
        rows["Profit && loss"].trigger()
    assert asked.args == ["b"]
    with qtbot.waitSignal(window.chart_wishes.study_added, timeout=10_000) as added:
        window.actions_by_name["study_rsi"].trigger()
    assert added.args == ["rsi"]


def test_opening_the_menu_again_keeps_the_commands_of_the_window(window: MainWindow, bar: ChartBar) -> None:
    first = texts(bar.indicators.list())
    assert texts(bar.indicators.list()) == first
    spy = QSignalSpy(window.chart_wishes.studies_requested)
    window.actions_by_name["studies"].trigger()
    assert len(spy) == 1


def test_the_button_is_lit_while_a_tool_is_in_hand_and_says_which(bar: ChartBar) -> None:
    assert not bar.draw.isChecked()
    bar.set_tool("fibonacci")
    assert bar.draw.isChecked()
    assert "Fibonacci retracement" in bar.draw.accessibleName()
    bar.set_tool("pointer")
    assert not bar.draw.isChecked()
    assert bar.draw.accessibleName() == "Drawing tools"


def test_a_key_press_on_a_button_opens_its_menu_and_does_not_light_it(bar: ChartBar) -> None:
    bar.draw.nextCheckState()
    assert not bar.draw.isChecked()
    assert bar.draw.focusPolicy() == Qt.FocusPolicy.TabFocus


def test_buttons_keep_their_width_when_they_light_up(bar: ChartBar) -> None:
    before = [button.width() for button in bar.buttons]
    bar.set_tool("trend")
    assert [button.width() for button in bar.buttons] == before


@pytest.mark.parametrize("pill", PILLS)
@pytest.mark.parametrize("name", ["1m", "90s", "12345s"])
def test_everything_in_the_tool_bar_has_its_room_down_to_the_narrowest_window(
    window: MainWindow, pill: str, name: str
) -> None:
    tool_bar = window.tool_bar
    window.set_timeframe(name)
    tool_bar.set_provider("Simulated market")
    tool_bar.session.show_session("10:00:00", "unknown", Pill(pill, "accent", ""))
    for width in (1500, 1250, 1100, 950, 850, 800):
        window.resize(width, 600)
        QApplication.processEvents()
        QApplication.processEvents()
        parts: list[QWidget] = [
            part
            for part in (
                tool_bar.switcher, tool_bar.provider, tool_bar.timeframes, *tool_bar.chart.buttons, tool_bar.session
            )
            if part.isVisible()
        ]  # fmt: skip
        assert {tool_bar.switcher, tool_bar.timeframes, *tool_bar.chart.buttons, tool_bar.session} <= set(parts)
        places = [(part.mapTo(tool_bar, part.rect().topLeft()).x(), part.width()) for part in parts]
        assert all(x + size <= following for (x, size), (following, _) in pairwise(places)), (width, places)
        assert places[-1][0] + places[-1][1] <= tool_bar.width()


def test_names_go_before_chevrons_and_come_back(window: MainWindow) -> None:
    window.set_timeframe("1m")
    widths = []
    for width in (1500, 1100, 800, 1500):
        window.resize(width, 600)
        QApplication.processEvents()
        QApplication.processEvents()
        widths.append(window.tool_bar.chart.draw.width())
    assert widths[0] > widths[1] > widths[2]
    assert widths[3] == widths[0]


@pytest.mark.parametrize("width", [1440, 1100, 800])
def test_a_window_that_nobody_touches_lays_nothing_out(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    folds: list[int] = []
    fold = MainToolBar._fold

    def counted(bar: MainToolBar) -> None:
        folds.append(bar.width())
        fold(bar)

    monkeypatch.setattr(MainToolBar, "_fold", counted)
    window = MainWindow(load_theme("dark"), ManualClock())
    qtbot.addWidget(window)
    window.resize(width, 700)
    window.show()
    window.set_timeframe("1m")
    window.tool_bar.set_provider("Simulated market")
    qtbot.waitUntil(lambda: bool(folds))
    # Every round may ask for one more; what asks for the next one each time would spin for ever.
    for _ in range(50):
        QApplication.processEvents()
    folds.clear()
    for _ in range(50):
        QApplication.processEvents()
    assert folds == []
