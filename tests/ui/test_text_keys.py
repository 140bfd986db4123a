"""Typed anywhere: a letter begins a symbol, a figure a length of bars."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.ui.main_window import MainWindow
from live_monitor.ui.theme import Theme
from tests.ui.fake_hub import TEN, FakeHub, entry
from tests.ui.hands import press, type_text

LETTER_PLACES = ("watchlist", "tape", "entries", "alerts", "log", "window")


def place(window: MainWindow, name: str) -> QWidget:
    """A widget that can have the keyboard."""
    return {
        "watchlist": window.watchlist.view,
        "tape": window.tape,
        "entries": window.entries.view,
        "alerts": window.alert_panel.view,
        "log": window.log_panel.view,
        "window": window,
    }[name]


@pytest.mark.parametrize("name", LETTER_PLACES)
def test_typing_a_letter_anywhere_starts_a_symbol(window: MainWindow, hub: FakeHub, name: str) -> None:
    hub.add_signal(entry())
    hub.alert("normal", "x")
    window.set_watchlist(["AAPL", "MSFT"])
    window.refresh(hub, TEN)
    widget = place(window, name)
    if name == "log":
        window.show_tab(window.log_panel)
    widget.setFocus()
    type_text(widget, "n")
    edit = window.tool_bar.switcher.lineEdit()
    assert edit is not None
    assert edit.text() == "N"
    assert window.focusWidget() in (edit, window.tool_bar.switcher)
    close_popup(window)


def close_popup(window: MainWindow) -> None:
    """The type-ahead list is a window of its own."""
    completer = window.tool_bar.switcher.completer()
    popup = completer.popup() if completer is not None else None
    if popup is not None:
        popup.hide()


@pytest.mark.parametrize("name", LETTER_PLACES)
def test_typing_a_figure_anywhere_starts_a_length_of_bars(
    qtbot: QtBot, window: MainWindow, hub: FakeHub, name: str
) -> None:
    hub.add_signal(entry())
    hub.alert("normal", "x")
    window.set_watchlist(["AAPL", "MSFT"])
    window.refresh(hub, TEN)
    if name == "log":
        window.show_tab(window.log_panel)
    place(window, name).setFocus()
    type_text(place(window, name), "9")
    field = window.other_length.field
    assert window.focusWidget() is field
    type_text(field, "0s")
    assert field.text() == "90s"
    with qtbot.waitSignal(window.timeframe_requested, timeout=10_000) as asked:
        press(field, Qt.Key.Key_Return)
    assert asked.args == ["90s"]


def test_figures_in_a_field_stay_there_and_shortcuts_are_none(window: MainWindow) -> None:
    type_text(window.watchlist.field, "5")
    press(window, Qt.Key.Key_7, Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ControlModifier)
    assert not window.other_length.isVisible()


def test_letters_in_a_field_stay_there(window: MainWindow) -> None:
    type_text(window.watchlist.field, "tsla")
    assert window.watchlist.field.text() == "TSLA"
    assert window.tool_bar.switcher.currentText() == ""


def test_letter_over_a_floating_panel_goes_to_the_switcher(window: MainWindow) -> None:
    window.tape_dock.setFloating(True)
    type_text(window.tape_dock, "q")
    assert window.tool_bar.switcher.currentText() == "Q"
    close_popup(window)


def test_shortcut_is_no_letter(window: MainWindow) -> None:
    press(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert window.tool_bar.switcher.currentText() == ""


def test_figures_begin_a_length_in_a_window_that_comes_up_as_it_was_left(
    qtbot: QtBot, window: MainWindow, dark: Theme, manual_clock: ManualClock
) -> None:
    again = MainWindow(dark, manual_clock)
    qtbot.addWidget(again)
    assert again.restore_layout(window.layout_state())
    again.show()
    qtbot.waitExposed(again)
    again.activateWindow()
    qtbot.waitUntil(again.isActiveWindow)
    type_text(again.focusWidget(), "5")
    assert again.other_length.field.text() == "5"
    assert again.focusWidget() is again.other_length.field
