"""A sheet of quotes as tests use it: in an Excel in memory, or in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openpyxl import Workbook

Cells = list[list[Any]]

PATH = "/books/quotes.xlsx"
SHEET = "Quotes"
HEADINGS = [
    "Symbol",
    "Last",
    "Last Size",
    "Bid",
    "Bid Size",
    "Ask",
    "Ask Size",
    "Open",
    "High",
    "Low",
    "Close",
    "Volume",
]
VFF: list[Any] = ["VFF", 3.0, 100.0, 2.95, 500.0, 3.05, 700.0, 2.8, 3.1, 2.75, 2.9, 123456.0]
SPY: list[Any] = ["SPY", 650.25, 10.0, 650.2, 300.0, 650.3, 400.0, 648.0, 652.0, 647.5, 649.0, 4.2e7]


def sheet(*rows: list[Any]) -> Cells:
    """Headings, and VFF and SPY unless other rows are given."""
    return [HEADINGS, *(rows or (VFF, SPY))]


def changed(row: list[Any], **values: Any) -> list[Any]:
    """The row with other values, by heading in lower case with `_`."""
    names = [name.lower().replace(" ", "_") for name in HEADINGS]
    return [values.get(name, cell) for name, cell in zip(names, row, strict=True)]


def books(*rows: list[Any]) -> dict[str, dict[str, Cells]]:
    """The workbook that is open in Excel."""
    return {PATH: {SHEET: sheet(*rows)}}


def save(path: Path, *rows: list[Any]) -> Path:
    """The same as a file, put into place whole."""
    workbook = Workbook()
    workbook.active.title = SHEET
    for row in sheet(*rows):
        workbook.active.append(row)
    fresh = path.with_name(f".{path.name}.new")
    workbook.save(fresh)
    fresh.replace(path)
    return path
