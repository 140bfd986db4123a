"""The questions leave the window free and hand over what was chosen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PyQt6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from live_monitor.ui.source_dialogs import ask_new_workbook, ask_quotes, ask_session_file


@pytest.mark.parametrize("ask", [ask_session_file, ask_quotes])
def test_nothing_is_handed_over_when_the_question_is_closed(
    qtbot: QtBot, tmp_path: Path, ask: Callable[[QWidget, str, Callable[[str], None]], QFileDialog]
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    chosen: list[str] = []
    ask(window, str(tmp_path), chosen.append).reject()
    assert chosen == []


def test_a_workbook_to_be_written_gets_its_ending(qtbot: QtBot, tmp_path: Path) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    chosen: list[str] = []
    dialog = ask_new_workbook(window, str(tmp_path / "quotes.xlsx"), chosen.append)
    dialog.selectFile(str(tmp_path / "mine"))
    dialog.accept()
    assert [Path(name).name for name in chosen] == ["mine.xlsx"]


def test_the_chosen_file_is_handed_over(qtbot: QtBot, tmp_path: Path) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    path = tmp_path / "a.lmsession"
    path.write_bytes(b"")
    chosen: list[str] = []
    dialog = ask_session_file(window, str(tmp_path), chosen.append)
    dialog.selectFile(str(path))
    dialog.accept()
    assert [Path(name) for name in chosen] == [path]
