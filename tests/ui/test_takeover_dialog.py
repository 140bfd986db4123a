"""Ending a frozen owner is never the default."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from live_monitor.ui.takeover_dialog import ask_to_take_over
from tests.ui.hands import press


@pytest.mark.parametrize(
    ("key", "taken"), [(Qt.Key.Key_Return, False), (Qt.Key.Key_Escape, False), (Qt.Key.Key_E, True)]
)
def test_only_the_button_that_says_so_ends_the_other_one(qtbot: QtBot, key: Qt.Key, taken: bool) -> None:
    def answer() -> None:
        (box,) = (widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QMessageBox))
        if taken:
            next(button for button in box.buttons() if "End it" in button.text()).click()
        else:
            press(box, key)

    QTimer.singleShot(50, answer)
    assert ask_to_take_over() is taken
