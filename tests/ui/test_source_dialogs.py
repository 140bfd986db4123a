"""Both questions leave the window free and hand over what was chosen."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from live_monitor.ui.source_dialogs import ask_server_url, ask_session_file


def test_the_address_that_was_typed_is_handed_over(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    chosen: list[str] = []
    dialog = ask_server_url(window, "ws://localhost:8200/ws/{client_id}", chosen.append)
    assert dialog.textValue() == "ws://localhost:8200/ws/{client_id}"
    dialog.setTextValue("wss://example.test/x")
    dialog.accept()
    assert chosen == ["wss://example.test/x"]


def test_nothing_is_handed_over_when_the_question_is_closed(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    chosen: list[str] = []
    ask_server_url(window, "", chosen.append).reject()
    assert chosen == []


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
