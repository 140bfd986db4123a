"""Where to write a file of the chart, and which one to read. Neither stops the market behind it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFileDialog, QWidget


class FileKind(NamedTuple):
    """What a file dialog asks for: its title, the kinds on offer (`Pictures (*.png)`), the ending if none is typed."""

    title: str
    filters: tuple[str, ...]
    ending: str


PICTURE = FileKind("Export picture of the chart", ("Pictures (*.png)",), "png")
TABLE = FileKind("Export bars and indicators", ("CSV for programs (*.csv)", "Excel workbook (*.xlsx)"), "csv")
DRAWINGS_OUT = FileKind("Save drawings", ("Drawings (*.json)",), "json")
DRAWINGS_IN = FileKind("Load drawings", ("Drawings (*.json)", "All files (*)"), "json")


def ask_where(parent: QWidget, kind: FileKind, proposed: Path, on_chosen: Callable[[str], None]) -> QFileDialog:
    """Asks where to write; `on_chosen` gets a path with an ending of the kind. Returns at once."""
    dialog = QFileDialog(parent, kind.title, str(proposed.parent))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters(kind.filters)
    dialog.setDefaultSuffix(kind.ending)
    dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(_ending(chosen)))
    dialog.selectFile(proposed.name)
    dialog.fileSelected.connect(on_chosen)
    dialog.open()
    return dialog


def ask_which(parent: QWidget, kind: FileKind, folder: Path, on_chosen: Callable[[str], None]) -> QFileDialog:
    """Asks which file to read; `on_chosen` gets its path. Returns at once."""
    dialog = QFileDialog(parent, kind.title, str(folder))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters(kind.filters)
    dialog.fileSelected.connect(on_chosen)
    dialog.open()
    return dialog


def _ending(chosen: str) -> str:
    """`csv` of `CSV for programs (*.csv)`."""
    return chosen.rpartition("*.")[2].rstrip(")")
