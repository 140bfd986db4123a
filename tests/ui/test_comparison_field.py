"""The symbol to compare with, typed."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from live_monitor.ui.comparison_field import ComparisonField
from live_monitor.ui.main_window import MainWindow
from tests.ui.hands import press, type_text


@pytest.fixture
def field(window: MainWindow) -> ComparisonField:
    """Open, in its window."""
    window.watchlist.view.setFocus()
    window.actions_by_name["compare"].trigger()
    return window.comparison


def test_it_opens_inside_the_window_with_the_keyboard(window: MainWindow, field: ComparisonField) -> None:
    assert field.isVisible()
    assert not field.isModal()
    assert window.focusWidget() is field.field
    assert window.rect().contains(field.geometry())


@pytest.mark.parametrize(("typed", "symbol"), [("spy", "SPY"), (" brk.b ", "BRK.B"), ("ES=F", "ES=F")])
def test_enter_asks_for_the_symbol_as_it_is_written(
    qtbot: QtBot, window: MainWindow, field: ComparisonField, typed: str, symbol: str
) -> None:
    type_text(field.field, typed)
    with qtbot.waitSignal(window.chart_wishes.compare_requested, timeout=10_000) as asked:
        press(field.field, Qt.Key.Key_Return)
    assert asked.args == [symbol]
    assert window.focusWidget() is window.watchlist.view


@pytest.mark.parametrize("typed", ["", "a b", "=cmd()", "<b>"])
def test_what_is_no_symbol_is_said_in_place(
    qtbot: QtBot, window: MainWindow, field: ComparisonField, typed: str
) -> None:
    field.field.setText(typed)
    with qtbot.assertNotEmitted(window.chart_wishes.compare_requested):
        press(field.field, Qt.Key.Key_Return)
    assert field.isVisible()
    assert "A symbol has" in field.note.text()
    assert field.field.accessibleDescription() == field.note.text()


def test_escape_goes_back(window: MainWindow, field: ComparisonField) -> None:
    press(field.field, Qt.Key.Key_Escape)
    assert not field.isVisible()
    assert window.focusWidget() is window.watchlist.view
