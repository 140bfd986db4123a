"""The account: figures, locks, and other accounts."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from live_monitor.ui.account_panel import AccountPanel
from live_monitor.ui.paper_view import NewAccount
from live_monitor.ui.theme import Theme
from tests.ui.fake_hub import TEN
from tests.ui.fake_paper import D, FakePaper, snapshot
from tests.ui.hands import click, press, type_text


@pytest.fixture
def paper() -> FakePaper:
    """Three accounts, one of them archived."""
    return FakePaper()


@pytest.fixture
def panel(qtbot: QtBot, dark: Theme, paper: FakePaper) -> AccountPanel:
    """The panel, shown."""
    made = AccountPanel(dark)
    qtbot.addWidget(made)
    made.resize(500, 480)
    made.show()
    made.refresh(paper, TEN)
    return made


def test_figures_are_those_of_the_account(panel: AccountPanel) -> None:
    assert panel.figures.value("Net liquidation") == "100,000.00"
    assert panel.figures.value("Day P&L") == "▲ +308.15"
    assert panel.figures.value("Open P&L") == "▼ −104.20"
    assert panel.figures.value("Buying power") == "43,776.00"
    assert panel.figures.value("Trades today") == "4"


def test_same_version_is_not_read_again(panel: AccountPanel, paper: FakePaper) -> None:
    paper.account = snapshot(cash=D(1))
    panel.refresh(paper, TEN)
    assert panel.figures.value("Cash") == "62,516.00"
    paper.touch()
    panel.refresh(paper, TEN)
    assert panel.figures.value("Cash") == "1.00"


def test_lock_warnings_and_missing_marks_are_said(panel: AccountPanel, paper: FakePaper) -> None:
    assert panel.locked.isHidden()
    paper.account = snapshot(
        locked="Daily loss, until Monday.", warnings=("Good-faith violation.",), unmarked=("NVDA",)
    )
    paper.touch()
    panel.refresh(paper, TEN)
    assert panel.locked.text() == "Locked: Daily loss, until Monday."
    assert panel.warnings.text() == "Good-faith violation.\nNo price for NVDA: counted at cost."


def test_ledger_that_is_not_ready_is_said(panel: AccountPanel, paper: FakePaper) -> None:
    paper.notice = "The ledger is being checked: 40 %."
    panel.refresh(paper, TEN)
    assert panel.notice.text() == "The ledger is being checked: 40 %."
    assert panel.notice.isVisible()


def test_other_account_is_asked_for_by_its_id(panel: AccountPanel, paper: FakePaper) -> None:
    spy = QSignalSpy(panel.account_chosen)
    assert [panel.accounts.itemText(row) for row in range(3)] == ["Paper 1", "Swing", "Old (archived)"]
    panel.accounts.setFocus()
    press(panel.accounts, Qt.Key.Key_Down)
    assert [spy[0][0]] == ["paper-2"]
    paper.account_id = "paper-2"
    panel.refresh(paper, TEN)
    assert panel.accounts.value() == "paper-2"
    assert len(spy) == 1


def test_new_account_needs_a_name_and_cash(panel: AccountPanel) -> None:
    spy = QSignalSpy(panel.account_requested)
    click(panel.new_button)
    press(panel.new_row.name, Qt.Key.Key_Return)
    assert panel.new_row.note.text() == "Type a name."
    type_text(panel.new_row.name, "  Scalps ")
    panel.new_row.cash.selectAll()
    type_text(panel.new_row.cash, "0")
    press(panel.new_row.cash, Qt.Key.Key_Return)
    assert "amount of cash" in panel.new_row.note.text()
    type_text(panel.new_row.cash, "25,000")
    assert len(spy) == 0
    panel.new_row.cash.setText("25,000")
    press(panel.new_row.cash, Qt.Key.Key_Return)
    press(panel.new_row.cash, Qt.Key.Key_Return)
    assert len(spy) == 1
    assert [spy[0][0]] == [NewAccount("Scalps", D(25_000))]


def test_beginning_anew_is_asked_once_and_the_keyboard_is_on_no(qtbot: QtBot, panel: AccountPanel) -> None:
    spy = QSignalSpy(panel.reset_requested)
    panel.activateWindow()
    click(panel.reset_button)
    assert "Paper 1 is archived" in panel.reset_row.note.text()
    qtbot.waitUntil(panel.reset_row.leave.hasFocus)
    press(panel.reset_row.leave, Qt.Key.Key_Escape)
    assert panel.reset_row.isHidden()
    assert len(spy) == 0
    click(panel.reset_button)
    click(panel.reset_row.take)
    assert len(spy) == 1


def test_settings_are_asked_for(panel: AccountPanel, theme: Theme) -> None:
    panel.set_theme(theme)
    spy = QSignalSpy(panel.settings_asked)
    click(panel.settings_button)
    assert len(spy) == 1
