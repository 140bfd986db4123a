"""Any other length of bars, typed."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from live_monitor.ui.main_window import MainWindow
from live_monitor.ui.timeframe_field import TimeframeField
from tests.ui.hands import press, type_text


@pytest.fixture
def field(window: MainWindow) -> TimeframeField:
    """Open, in its window."""
    window.watchlist.view.setFocus()
    window.actions_by_name["other_length"].trigger()
    return window.other_length


def test_it_opens_inside_the_window_with_the_keyboard(window: MainWindow, field: TimeframeField) -> None:
    assert field.isVisible()
    assert not field.isModal()
    assert window.focusWidget() is field.field
    assert window.rect().contains(field.geometry())


def test_enter_asks_for_the_length_and_gives_the_keyboard_back(
    qtbot: QtBot, window: MainWindow, field: TimeframeField
) -> None:
    type_text(field.field, "7m")
    with qtbot.waitSignal(window.timeframe_requested, timeout=10_000) as asked:
        press(field.field, Qt.Key.Key_Return)
    assert asked.args == ["7m"]
    assert not field.isVisible()
    assert window.focusWidget() is window.watchlist.view


def test_what_cannot_be_read_is_said_in_place_until_it_is_typed_anew(
    qtbot: QtBot, window: MainWindow, field: TimeframeField
) -> None:
    size = field.size()
    type_text(field.field, "25h")
    with qtbot.assertNotEmitted(window.timeframe_requested):
        press(field.field, Qt.Key.Key_Return)
    assert field.isVisible()
    assert "longer than a session" in field.note.text()
    assert field.note.property("refused")
    assert field.size() == size
    type_text(field.field, "x")
    assert not field.note.property("refused")


def test_escape_goes_back(window: MainWindow, field: TimeframeField) -> None:
    press(field.field, Qt.Key.Key_Escape)
    assert not field.isVisible()
    assert window.focusWidget() is window.watchlist.view


def test_it_closes_when_the_person_goes_on_elsewhere(window: MainWindow, field: TimeframeField) -> None:
    window.watchlist.view.setFocus()
    assert not field.isVisible()
