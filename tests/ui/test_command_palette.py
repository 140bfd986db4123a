"""Every action by its name."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from live_monitor.ui.command_palette import match_rank
from live_monitor.ui.main_window import MainWindow
from tests.ui.hands import press, type_text


def texts(window: MainWindow) -> list[str]:
    """Rows from the top."""
    rows = window.palette_box.list
    return [item.text() for row in range(rows.count()) if (item := rows.item(row)) is not None]


@pytest.mark.parametrize(
    ("typed", "text", "rank"),
    [
        ("", "Anything", 0),
        ("re", "Reset layout", 0),
        ("lay", "Reset layout", 1),
        ("set", "Reset layout", 2),
        ("rlt", "Reset layout", 3),
        ("xyz", "Reset layout", None),
        ("LIGHT ", "Light theme", 0),
    ],
)
def test_ranking(typed: str, text: str, rank: int | None) -> None:
    assert match_rank(typed, text) == rank


def test_palette_lists_every_action(window: MainWindow) -> None:
    window.open_palette()
    assert len(texts(window)) == len(window.actions_by_name.all())
    assert window.focusWidget() is window.palette_box.field


def test_ctrl_k_opens_it(window: MainWindow) -> None:
    window.activateWindow()
    press(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert window.palette_box.isVisible()


def test_typing_finds_and_enter_runs(qtbot: QtBot, window: MainWindow) -> None:
    window.open_palette()
    type_text(window.palette_box.field, "light")
    assert texts(window)[0] == "Light theme"
    with qtbot.waitSignal(window.theme_requested, timeout=10_000) as asked:
        press(window.palette_box.field, Qt.Key.Key_Return)
    assert asked.args == ["light"]
    assert not window.palette_box.isVisible()


def test_symbol_can_be_typed_too(qtbot: QtBot, window: MainWindow) -> None:
    window.open_palette()
    type_text(window.palette_box.field, "zvzzt")
    assert texts(window) == ["Show ZVZZT"]
    with qtbot.waitSignal(window.symbol_requested, timeout=10_000) as asked:
        press(window.palette_box.field, Qt.Key.Key_Return)
    assert asked.args == ["ZVZZT"]


def test_arrows_walk_and_escape_goes_back(window: MainWindow) -> None:
    window.watchlist.view.setFocus()
    window.open_palette()
    press(window.palette_box.field, Qt.Key.Key_Up)
    assert window.palette_box.list.currentRow() == len(texts(window)) - 1
    press(window.palette_box.field, Qt.Key.Key_Down)
    assert window.palette_box.list.currentRow() == 0
    press(window.palette_box.field, Qt.Key.Key_Escape)
    assert not window.palette_box.isVisible()
    assert window.focusWidget() is window.watchlist.view


def test_what_matches_nothing_is_said_and_runs_nothing(window: MainWindow) -> None:
    window.open_palette()
    type_text(window.palette_box.field, "qq!!")
    assert texts(window) == ["No command of that name, and no symbol"]
    press(window.palette_box.field, Qt.Key.Key_Down)
    press(window.palette_box.field, Qt.Key.Key_Return)
    assert window.palette_box.isVisible()


def test_words_of_a_symbol_row_can_be_typed(qtbot: QtBot, window: MainWindow) -> None:
    window.open_palette()
    type_text(window.palette_box.field, "show nvda")
    with qtbot.waitSignal(window.symbol_requested, timeout=10_000) as asked:
        press(window.palette_box.field, Qt.Key.Key_Return)
    assert asked.args == ["NVDA"]


@pytest.mark.parametrize(("typed", "row", "name"), [("7m", "Bars of 7 minutes", "7m"), ("1w", "Bars of 1 week", "1W")])
def test_length_of_bars_can_be_typed_too(qtbot: QtBot, window: MainWindow, typed: str, row: str, name: str) -> None:
    window.open_palette()
    type_text(window.palette_box.field, typed)
    assert texts(window)[0] == row
    assert f"Show {typed.upper()}" in texts(window)
    with qtbot.waitSignal(window.timeframe_requested, timeout=10_000) as asked:
        press(window.palette_box.field, Qt.Key.Key_Return)
    assert asked.args == [name]


@pytest.mark.parametrize(("key", "name"), [(Qt.Key.Key_1, "1s"), (Qt.Key.Key_4, "1m"), (Qt.Key.Key_8, "1D")])
def test_ctrl_and_a_figure_choose_a_length(qtbot: QtBot, window: MainWindow, key: Qt.Key, name: str) -> None:
    window.activateWindow()
    with qtbot.waitSignal(window.timeframe_requested, timeout=10_000) as asked:
        press(window, key, Qt.KeyboardModifier.ControlModifier)
    assert asked.args == [name]
