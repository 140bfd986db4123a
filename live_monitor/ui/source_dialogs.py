"""Questions about where something comes from: which file. None of them stops the market behind it."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFileDialog, QWidget

SESSION_FILES = "Session files (*.lmsession);;All files (*)"
NEW_WORKBOOKS = "Workbooks (*.xlsx)"
WORKBOOKS = "Workbooks (*.xlsx *.xlsm);;All files (*)"


def ask_session_file(parent: QWidget, folder: str, on_chosen: Callable[[str], None]) -> QFileDialog:
    """Asks which recorded session to play; `on_chosen` gets its path. Returns at once."""
    return _ask_file(QFileDialog(parent, "Replay a session", folder, SESSION_FILES), on_chosen)


def ask_workbook(parent: QWidget, folder: str, on_chosen: Callable[[str], None]) -> QFileDialog:
    """Asks which workbook lists the symbols; `on_chosen` gets its path. Returns at once."""
    return _ask_file(QFileDialog(parent, "Symbols of a workbook", folder, WORKBOOKS), on_chosen)


def ask_quotes(parent: QWidget, folder: str, on_chosen: Callable[[str], None]) -> QFileDialog:
    """Asks which workbook holds the quotes; `on_chosen` gets its path. Returns at once."""
    return _ask_file(QFileDialog(parent, "Workbook with quotes", folder, WORKBOOKS), on_chosen)


def ask_new_workbook(parent: QWidget, path: str, on_chosen: Callable[[str], None]) -> QFileDialog:
    """Asks where to write a workbook, `path` being offered; `on_chosen` gets its path. Returns at once."""
    dialog = QFileDialog(parent, "Write a workbook", path, NEW_WORKBOOKS)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("xlsx")
    dialog.selectFile(path)
    dialog.fileSelected.connect(on_chosen)
    dialog.open()
    return dialog


def _ask_file(dialog: QFileDialog, on_chosen: Callable[[str], None]) -> QFileDialog:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.fileSelected.connect(on_chosen)
    dialog.open()
    return dialog
