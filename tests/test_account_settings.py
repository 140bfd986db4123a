"""The settings of an account: what is saved reaches the desk, what cannot be is said in the dialog, and stays there."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from msgspec.structs import replace
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from live_monitor.data.models.orders import Refusal
from live_monitor.ui.paper_settings_dialog import PaperSettingsDialog
from tests.memory_paper import NO_LIMITS, MemoryPaper, position
from tests.ui.hands import press
from tests.whole_desk import WholeDesk

SHORT = Refusal("bad_settings", "Selling short needs a margin account.")


@pytest.fixture
def paper(whole: WholeDesk, monkeypatch: pytest.MonkeyPatch) -> MemoryPaper:
    """A paper desk; coroutines that are spawned run to their end at once, on a loop of their own."""

    def spawn(coroutine: Coroutine[Any, Any, None], name: str) -> None:
        asyncio.run(coroutine)

    monkeypatch.setattr(whole.desktop, "spawn", spawn)
    made = MemoryPaper()
    whole.desk.orders.follow(made)
    whole.frame()
    return made


def opened(whole: WholeDesk) -> PaperSettingsDialog:
    """The dialog that is open after it was asked for."""
    whole.window.trade.wishes.settings_asked.emit()
    (dialog,) = [one for one in whole.window.findChildren(PaperSettingsDialog) if one.isVisible()]
    return dialog


def workbook(path: Path, values: Sequence[object]) -> Path:
    """A column headed Symbol."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for value in ("Symbol", *values):
        sheet.append([value])
    book.save(path)
    return path


def test_what_is_saved_arrives_and_the_dialog_goes(whole: WholeDesk, paper: MemoryPaper) -> None:
    dialog = opened(whole)
    dialog.fills.model.set_value("queue")
    dialog.save.click()
    assert paper.settings == replace(NO_LIMITS, fill_model="queue")
    assert not dialog.isVisible()


def test_what_the_desk_refuses_is_said_in_the_dialog_and_stays_there(whole: WholeDesk, paper: MemoryPaper) -> None:
    dialog, paper.refusal = opened(whole), SHORT
    dialog.account.short.setChecked(True)
    dialog.save.click()
    assert dialog.isVisible()
    assert SHORT.text in dialog.note.text()
    assert dialog.account.short.isChecked()
    assert whole.told == []
    paper.refusal = None
    dialog.account.margin.setChecked(True)
    dialog.save.click()
    assert (paper.settings.allow_short, paper.settings.margin_enabled) == (True, True)


def test_settings_of_one_account_are_never_saved_to_another(whole: WholeDesk, paper: MemoryPaper) -> None:
    dialog = opened(whole)
    dialog.fills.model.set_value("queue")
    whole.window.trade.wishes.account_chosen.emit("second")
    dialog.save.click()
    assert paper.settings == NO_LIMITS
    assert "Another account" in dialog.note.text()
    # Asked for again, they are those of the account in use.
    other = opened(whole)
    assert other is not dialog
    assert not dialog.isVisible()
    other.fills.model.set_value("simple")
    other.save.click()
    assert paper.settings.fill_model == "simple"


def test_asked_for_twice_there_is_one_dialog_with_what_was_typed(whole: WholeDesk, paper: MemoryPaper) -> None:
    dialog = opened(whole)
    dialog.fills.model.set_value("queue")
    assert opened(whole) is dialog
    assert dialog.fills.model.value() == "queue"
    dialog.close()
    assert opened(whole) is not dialog


def test_symbols_of_a_workbook_are_read_beside_the_window(
    whole: WholeDesk, paper: MemoryPaper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from live_monitor.data import whitelist

    threads: list[threading.Thread] = []
    read = whitelist.symbols_from_workbook

    def reading(path: Path) -> whitelist.SymbolList:
        threads.append(threading.current_thread())
        return read(path)

    monkeypatch.setattr(whitelist, "symbols_from_workbook", reading)
    dialog = opened(whole)
    whole.desk.orders._read_symbols(dialog, workbook(tmp_path / "list.xlsx", ["AAPL", "MSFT"]))
    assert [thread is threading.main_thread() for thread in threads] == [False]
    assert dialog.note.text() == "2 symbols of list.xlsx; Save keeps them."
    dialog.save.click()
    assert paper.settings.risk.whitelist == ("AAPL", "MSFT")


def test_what_is_no_symbol_in_a_workbook_is_named(whole: WholeDesk, paper: MemoryPaper, tmp_path: Path) -> None:
    dialog = opened(whole)
    values = ["AAPL", "../etc", 17, "A B", "100%", "a$b"]
    whole.desk.orders._read_symbols(dialog, workbook(tmp_path / "list.xlsx", values))
    text = dialog.note.text()
    assert text.startswith("1 symbol of list.xlsx; Save keeps them. Left out, as no symbol: '../etc', 17, ")
    assert text.endswith(" and 2 more.")
    dialog.close()


def test_a_workbook_without_a_symbol_does_not_allow_every_symbol(
    whole: WholeDesk, paper: MemoryPaper, tmp_path: Path
) -> None:
    dialog = opened(whole)
    dialog.risk.set_symbols(["AAPL"])
    whole.desk.orders._read_symbols(dialog, workbook(tmp_path / "list.xlsx", [17]))
    assert dialog.risk.symbols.toPlainText() == "AAPL"
    assert "holds no symbol" in dialog.note.text()
    dialog.close()


def test_a_file_that_is_no_workbook_is_said_in_the_dialog(whole: WholeDesk, paper: MemoryPaper, tmp_path: Path) -> None:
    dialog = opened(whole)
    (tmp_path / "list.xlsx").write_text("no workbook")
    whole.desk.orders._read_symbols(dialog, tmp_path / "list.xlsx")
    assert "list.xlsx" in dialog.note.text()
    assert dialog.risk.workbook.isEnabled()
    dialog.close()


def test_a_dialog_that_was_closed_meanwhile_gets_no_symbols(
    whole: WholeDesk, paper: MemoryPaper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: list[Coroutine[Any, Any, None]] = []
    monkeypatch.setattr(whole.desktop, "spawn", lambda coroutine, name: waiting.append(coroutine))
    dialog = opened(whole)
    whole.desk.orders._read_symbols(dialog, workbook(tmp_path / "list.xlsx", ["AAPL"]))
    assert dialog.note.text() == "list.xlsx is being read."
    assert not dialog.risk.workbook.isEnabled()
    dialog.close()
    asyncio.run(waiting[0])
    assert dialog.note.text() == "list.xlsx is being read."


def test_shift_escape_flattens_from_here_too(whole: WholeDesk, paper: MemoryPaper, qtbot: QtBot) -> None:
    paper.held = [position(300, "100", "101")]
    dialog = opened(whole)
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.fills.model.set_value("queue")
    press(dialog.fills.latency, Qt.Key.Key_Escape, Qt.KeyboardModifier.ShiftModifier)
    assert not dialog.isVisible()
    card = whole.window.trade.flatten_card
    assert card.isVisible()
    assert card.title.text() == "Flatten AAPL?"
    assert paper.settings == NO_LIMITS


def test_commands_of_every_symbol_are_in_the_menu_and_the_palette(whole: WholeDesk, paper: MemoryPaper) -> None:
    paper.held = [position(300, "100", "101"), position(5, "10", "11", "F")]
    commands = whole.window.actions_by_name
    commands["cancel_all"].trigger()
    assert paper.asked == [("cancel all", None)]
    commands["flatten_all"].trigger()
    assert whole.window.trade.flatten_card.title.text() == "Flatten everything?"
    whole.window.trade.flatten_card.dismiss()
    commands["account_settings"].trigger()
    (dialog,) = [one for one in whole.window.findChildren(PaperSettingsDialog) if one.isVisible()]
    dialog.close()
