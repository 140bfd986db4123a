"""One card for what went wrong: never two, never back when it was put away, never HTML."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from live_monitor.ui.problem_panel import MAX_ENTRIES, ProblemPanel
from live_monitor.ui.theme import load_theme


@pytest.fixture
def panel(qtbot: QtBot) -> ProblemPanel:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(800, 600)
    card = ProblemPanel(load_theme("dark"), window)
    window.show()
    qtbot.waitExposed(window)
    return card


def test_a_problem_is_shown_inside_the_window(panel: ProblemPanel) -> None:
    assert not panel.isVisible()
    panel.show_problem("a", "It broke", "Traceback")
    assert panel.isVisible()
    assert panel.window() is not panel
    assert panel.parentWidget().rect().contains(panel.geometry())  # type: ignore[union-attr]  # it has a parent
    assert panel.text.text() == "It broke"


def test_the_same_problem_is_brought_up_to_date(panel: ProblemPanel) -> None:
    panel.show_problem("a", "It broke")
    panel.show_problem("a", "It broke (2 times)")
    assert [entry.text for entry in panel.shown] == ["It broke (2 times)"]


def test_what_was_put_away_does_not_come_back_but_something_new_does(panel: ProblemPanel) -> None:
    panel.show_problem("a", "It broke")
    panel.dismiss.click()
    panel.show_problem("a", "It broke (2 times)")
    assert not panel.isVisible()
    panel.show_problem("b", "Something else")
    assert panel.isVisible()
    assert [entry.text for entry in panel.shown] == ["Something else"]


def test_text_from_outside_is_plain(panel: ProblemPanel) -> None:
    panel.show_problem("a", "<img src=file:///x> <b>bold</b>")
    assert panel.text.textFormat() is Qt.TextFormat.PlainText


def test_details_are_hidden_until_asked_for_and_can_be_copied(panel: ProblemPanel) -> None:
    panel.show_problem("a", "It broke", "Traceback: line 1")
    assert not panel.detail.isVisible()
    panel.more.click()
    assert panel.detail.isVisible()
    assert "Traceback: line 1" in panel.detail.toPlainText()
    panel.copy.click()
    clipboard = QGuiApplication.clipboard()
    assert clipboard is not None
    assert clipboard.text() == "It broke\nTraceback: line 1"


def test_problems_are_bounded(panel: ProblemPanel) -> None:
    for number in range(MAX_ENTRIES * 2):
        panel.show_problem(number, f"Problem {number}")
    assert len(panel.shown) == MAX_ENTRIES
    assert panel.shown[-1].text == f"Problem {MAX_ENTRIES * 2 - 1}"
    assert panel.text.text().count("\n") == 2


def test_the_card_stays_in_its_corner(panel: ProblemPanel, qtbot: QtBot) -> None:
    panel.show_problem("a", "It broke")
    window = panel.parentWidget()
    assert window is not None
    window.resize(500, 400)
    qtbot.waitUntil(lambda: window.rect().contains(panel.geometry()))
    assert panel.geometry().right() > 450


def test_a_notice_given_before_the_window_is_shown_is_in_its_corner_later(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1400, 900)
    panel = ProblemPanel(load_theme("dark"), window)
    panel.show_problem("a", "The settings file is damaged")
    window.resize(640, 480)
    window.show()
    qtbot.waitUntil(lambda: window.rect().contains(panel.geometry()))
    assert panel.isVisible()
