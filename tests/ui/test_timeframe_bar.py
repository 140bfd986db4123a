"""Buttons, menu and switch for the length of bars."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from live_monitor.ui.main_window import MainWindow
from live_monitor.ui.theme import Theme
from live_monitor.ui.timeframe_bar import TimeframeBar
from live_monitor.ui.timeframes import BUTTONS, MORE, spoken
from tests.ui.hands import click, press


@pytest.fixture
def bar(qtbot: QtBot, theme: Theme) -> TimeframeBar:
    """With room for everything, one minute in force."""
    made = TimeframeBar(theme)
    qtbot.addWidget(made)
    made.resize(made.sizeHint())
    made.show()
    made.set_timeframe("1m")
    return made


def checked(bar: TimeframeBar) -> list[str]:
    return [button.text() for button in (*bar.buttons.values(), bar.custom) if button.isChecked()]


def menu_of(bar: TimeframeBar) -> list[str]:
    bar.menu.aboutToShow.emit()
    return [action.text() for action in bar.menu.actions() if action.text()]


def test_all_eight_buttons_stand_in_the_bar_where_there_is_room(bar: TimeframeBar) -> None:
    assert [button.text() for button in bar.buttons.values() if button.isVisible()] == list(BUTTONS)
    assert menu_of(bar) == [*(spoken(name) for name in MORE), "Other length…"]


@pytest.mark.parametrize("name", BUTTONS)
def test_a_click_asks_for_the_length(qtbot: QtBot, bar: TimeframeBar, name: str) -> None:
    with qtbot.waitSignal(bar.timeframe_requested, timeout=10_000) as asked:
        click(bar.buttons[name])
    assert asked.args == [name]


def test_the_length_in_force_is_marked_alone_and_not_asked_for(bar: TimeframeBar, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(bar.timeframe_requested):
        bar.set_timeframe("1h")
    assert checked(bar) == ["1h"]


def test_a_length_without_a_button_gets_one_while_it_is_in_force(bar: TimeframeBar) -> None:
    bar.set_timeframe("7m")
    assert checked(bar) == ["7m"]
    assert bar.custom.isVisible()
    bar.set_timeframe("5m")
    assert checked(bar) == ["5m"]
    assert not bar.custom.isVisible()


def test_buttons_keep_their_width_when_they_are_chosen(bar: TimeframeBar) -> None:
    before = [button.width() for button in bar.buttons.values()]
    bar.set_timeframe("15m")
    QApplication.processEvents()
    assert [button.width() for button in bar.buttons.values()] == before


@pytest.mark.parametrize("name", ["5s", "7m", "1D"])
def test_where_there_is_no_room_the_least_wanted_fold_into_the_menu(bar: TimeframeBar, name: str) -> None:
    bar.set_timeframe(name)
    for width in range(bar.sizeHint().width(), bar.minimumSizeHint().width() - 1, -7):
        bar.resize(width, bar.height())
        QApplication.processEvents()
        shown = [button for button in bar.findChildren(QToolButton) if button.isVisible()]
        assert all(button.geometry().right() < width for button in shown)
        shown.sort(key=lambda button: button.x())
        assert all(a.geometry().right() < b.geometry().left() for a, b in pairwise(shown))
        assert {bar.more, bar.extended} <= set(shown)
        assert name in {button.text() for button in shown}
        offered = {spoken(text) for text in (button.text() for button in bar.buttons.values() if button.isVisible())}
        assert {spoken(each) for each in BUTTONS} <= offered | set(menu_of(bar))
    assert bar.folded


def test_arrows_go_on_from_the_length_in_force(qtbot: QtBot, bar: TimeframeBar) -> None:
    bar.set_timeframe("5m")
    assert [name for name, button in bar.buttons.items() if button.focusPolicy() == Qt.FocusPolicy.TabFocus] == ["5m"]
    bar.buttons["5m"].setFocus()
    with qtbot.waitSignal(bar.timeframe_requested, timeout=10_000) as asked:
        press(bar.buttons["5m"], Qt.Key.Key_Right)
    assert asked.args == ["15m"]


def test_the_menu_asks_too_and_marks_what_is_in_force(qtbot: QtBot, bar: TimeframeBar) -> None:
    bar.set_timeframe("4h")
    menu_of(bar)
    actions = {action.text(): action for action in bar.menu.actions()}
    assert [text for text, action in actions.items() if action.isChecked()] == ["4 hours"]
    with qtbot.waitSignal(bar.timeframe_requested, timeout=10_000) as asked:
        actions["1 week"].trigger()
    assert asked.args == ["1W"]
    with qtbot.waitSignal(bar.other_requested, timeout=10_000):
        actions["Other length…"].trigger()


def test_extended_hours_are_a_switch_that_days_do_not_have(qtbot: QtBot, bar: TimeframeBar) -> None:
    with qtbot.waitSignal(bar.extended_requested, timeout=10_000) as asked:
        click(bar.extended)
    assert asked.args == [False]
    bar.set_timeframe("1D")
    assert not bar.extended.isEnabled()
    assert "same with and without" in bar.extended.toolTip()
    bar.set_timeframe("1m")
    assert bar.extended.isEnabled()


def test_nothing_is_cut_off_in_a_small_window(window: MainWindow) -> None:
    window.set_timeframe("90s")
    for width in (1024, 900, 800):
        window.resize(width, 700)
        QApplication.processEvents()
        bar = window.tool_bar
        shown = [button for button in bar.timeframes.findChildren(QToolButton) if button.isVisible()]
        assert all(button.geometry().right() < bar.timeframes.width() for button in shown)
        assert bar.session.isVisible()
        assert bar.session.geometry().right() <= bar.width()
        assert bar.timeframes.geometry().right() < bar.session.geometry().left()
