"""Questions about where something comes from: which file, which server. None of them stops the market behind it."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFileDialog, QInputDialog, QWidget

SESSION_FILES = "Session files (*.lmsession);;All files (*)"
WORKBOOKS = "Workbooks (*.xlsx *.xlsm);;All files (*)"


def ask_session_file(parent: QWidget, folder: str, on_chosen: Callable[[str], None]) -> QFileDialog:
    """Asks which recorded session to play; `on_chosen` gets its path. Returns at once."""
    return _ask_file(QFileDialog(parent, "Replay a session", folder, SESSION_FILES), on_chosen)


def ask_workbook(parent: QWidget, folder: str, on_chosen: Callable[[str], None]) -> QFileDialog:
    """Asks which workbook lists the symbols; `on_chosen` gets its path. Returns at once."""
    return _ask_file(QFileDialog(parent, "Symbols of a workbook", folder, WORKBOOKS), on_chosen)


def _ask_file(dialog: QFileDialog, on_chosen: Callable[[str], None]) -> QFileDialog:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.fileSelected.connect(on_chosen)
    dialog.open()
    return dialog


def ask_server_url(parent: QWidget, url: str, on_chosen: Callable[[str], None]) -> QInputDialog:
    """Asks for the address of a market data server; `on_chosen` gets what was typed. Returns at once."""
    dialog = QInputDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle("Connect a provider")
    dialog.setLabelText("WebSocket address of a market data server. {client_id} stands for this program's name.")
    dialog.setTextValue(url)
    dialog.resize(480, dialog.sizeHint().height())
    dialog.textValueSelected.connect(on_chosen)
    dialog.open()
    return dialog
