"""Keys and a log-in can be removed from their page: asked once, in place, and only where there is something."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QSignalSpy

from live_monitor.ui.connect_dialog import ConnectDialog
from live_monitor.ui.connect_form import PageFacts
from live_monitor.ui.connect_removal import Removal
from tests.ui.hands import click, press
from tests.ui.test_connect_dialog import dialog

__all__ = ["dialog"]


def removal(dialog: ConnectDialog, provider: str, what: str) -> Removal:
    dialog.open_page(provider)
    return dialog.page_of(provider).removals[what]


@pytest.mark.parametrize(
    ("place", "there"), [("", False), ("environment", False), ("memory", True), ("file", True), ("keyring", True)]
)
def test_a_key_can_be_removed_where_this_program_keeps_one(dialog: ConnectDialog, place: str, there: bool) -> None:
    row = removal(dialog, "polygon", "keys")
    assert not row.isVisible(), "nobody knows yet"
    dialog.show_facts("polygon", PageFacts({"key": place}))
    assert row.isVisible() is there


def test_a_key_is_removed_by_a_second_press_that_says_what_it_does(dialog: ConnectDialog) -> None:
    row = removal(dialog, "polygon", "keys")
    asked = QSignalSpy(dialog.page_of("polygon").removal_requested)
    dialog.show_facts("polygon", PageFacts({"key": "keyring"}))
    assert not row.take.isVisible()
    click(row.ask)
    assert (row.ask.isVisible(), row.words.isVisible(), len(asked)) == (False, True, 0)
    assert "It stays valid at Polygon" in row.words.text()
    assert row.keep.hasFocus(), "the harmless answer"
    click(row.take)
    assert [asked[0][0], row.ask.isVisible()] == ["keys", True]


@pytest.mark.parametrize("way", ["keep", "escape", "facts"])
def test_it_can_be_left_as_it_is(dialog: ConnectDialog, way: str) -> None:
    row = removal(dialog, "schwab", "login")
    asked = QSignalSpy(dialog.page_of("schwab").removal_requested)
    facts = PageFacts({"a": "keyring"}, login=("Logged in today.", "up"))
    dialog.show_facts("schwab", facts)
    click(row.ask)
    if way == "keep":
        click(row.keep)
    elif way == "escape":
        press(row.keep, Qt.Key.Key_Escape)
    else:
        dialog.show_facts("schwab", facts)
    assert (row.take.isVisible(), row.ask.isVisible(), len(asked)) == (False, True, 0)
    assert dialog.isVisible(), "Esc left the question, not the page"


def test_one_logs_out_only_where_there_is_a_log_in(dialog: ConnectDialog) -> None:
    login, keys = removal(dialog, "schwab", "login"), removal(dialog, "schwab", "keys")
    dialog.show_facts("schwab", PageFacts({"a": "keyring", "b": "keyring"}))
    assert (login.isVisible(), keys.isVisible()) == (False, True)
    dialog.show_facts("schwab", PageFacts({"a": "environment"}, login=("The log-in is over.", "down")))
    assert (login.isVisible(), keys.isVisible()) == (True, False)
    asked = QSignalSpy(dialog.page_of("schwab").removal_requested)
    click(login.ask)
    click(login.take)
    assert asked[0] == ["login"]
