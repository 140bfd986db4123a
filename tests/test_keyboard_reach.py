"""The whole window by keyboard: what Tab meets and in which order, and what figures and letters do at the chart."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeySequence
from PyQt6.QtWidgets import QApplication, QWidget

from live_monitor.ui.timeframes import BUTTONS
from tests.ui.hands import press, type_text
from tests.whole_desk import WholeDesk


def tab_order(whole: WholeDesk) -> list[QWidget]:
    """What Tab meets from the symbol field on, until it comes round."""
    window = whole.window
    window.activateWindow()
    start = window.tool_bar.switcher
    start.setFocus()
    met: list[QWidget] = []
    for _ in range(120):
        widget = window.focusWidget()
        assert widget is not None
        if widget in met:
            break
        met.append(widget)
        press(widget, Qt.Key.Key_Tab)
    # All the way round, so that nothing can only be left and never be reached again.
    assert window.focusWidget() is met[0]
    return met


def test_tab_goes_from_what_is_chosen_to_what_is_shown(whole: WholeDesk) -> None:
    window, bar = whole.window, whole.window.tool_bar
    window.set_timeframe("1m")
    window.set_watchlist(["AAPL"])
    QApplication.processEvents()
    met = tab_order(whole)
    wanted: list[QWidget] = [
        bar.switcher, bar.timeframes.buttons["1m"], bar.timeframes.extended, *bar.chart.buttons, window.watchlist.view,
        whole.chart.chart, window.tape,
    ]  # fmt: skip
    places = [met.index(widget) for widget in wanted]
    assert places == sorted(places), [met[place].accessibleName() for place in places]
    assert {button.accessibleName() for button in met} >= {"Float Watchlist", "Hide Alerts", "Clear all alerts"}


def test_nothing_that_tab_meets_is_without_a_name(whole: WholeDesk) -> None:
    assert [type(widget).__name__ for widget in tab_order(whole) if not widget.accessibleName()] == []


def test_a_figure_typed_at_the_chart_begins_a_length_and_five_minutes_are_shown(whole: WholeDesk) -> None:
    whole.chart.chart.setFocus()
    type_text(whole.chart.chart, "5")
    field = whole.window.other_length.field
    assert whole.window.focusWidget() is field
    type_text(field, "m")
    press(field, Qt.Key.Key_Return)
    assert whole.desktop.timeframe.name == "5m"
    assert whole.window.focusWidget() is whole.chart.chart


@pytest.mark.parametrize(("number", "name"), list(enumerate(BUTTONS, start=1)))
def test_ctrl_and_a_figure_show_the_lengths_of_the_tool_bar(whole: WholeDesk, number: int, name: str) -> None:
    whole.window.activateWindow()
    whole.chart.chart.setFocus()
    press(whole.chart.chart, Qt.Key(Qt.Key.Key_0 + number), Qt.KeyboardModifier.ControlModifier)
    assert whole.desktop.timeframe.name == name
    whole.frame()
    series = whole.chart.chart._state.series
    assert series is not None
    assert series.timeframe_ms == whole.desktop.timeframe.nominal_ms


def test_a_letter_typed_at_the_chart_begins_a_symbol(whole: WholeDesk) -> None:
    whole.chart.chart.setFocus()
    type_text(whole.chart.chart, "m")
    assert whole.window.tool_bar.switcher.currentText() == "M"
    completer = whole.window.tool_bar.switcher.completer()
    popup = completer.popup() if completer is not None else None
    if popup is not None:
        popup.hide()


def test_keys_of_the_chart_stay_with_the_chart(whole: WholeDesk) -> None:
    for key in (Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_Left, Qt.Key.Key_End):
        press(whole.chart.chart, key)
    assert not whole.window.other_length.isVisible()


@pytest.mark.parametrize("number", range(3))
def test_a_button_of_the_chart_opens_its_menu_by_key(whole: WholeDesk, number: int) -> None:
    button = whole.window.tool_bar.chart.buttons[number]
    opened: list[bool] = []
    menu = button.list()
    menu.aboutToShow.connect(lambda: opened.append(True))
    # A menu that opens by a button runs a loop of its own until it is closed.
    menu.aboutToShow.connect(menu.close, Qt.ConnectionType.QueuedConnection)  # type: ignore[call-arg]  # PyQt6's stubs forget the type
    press(button, Qt.Key.Key_Space)
    assert opened == [True]


def test_no_command_of_the_window_takes_a_key_of_the_chart(whole: WholeDesk) -> None:
    taken = {action.shortcut() for action in whole.window.actions_by_name.all() if not action.shortcut().isEmpty()}
    # Alt+L locks, Ctrl+D copies, brackets walk: they mean the drawing in hand.
    for keys in ("Alt+L", "Ctrl+D", "Ctrl+Y", "[", "]", "Del", "F2", "+", "-", "Home", "End"):
        assert QKeySequence(keys) not in taken, keys
