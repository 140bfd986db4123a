"""Tables of the ledger as files of others: CSV for programs, Excel for people. Rows go out as they come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from live_monitor.data.ledger_tables import Cell

if TYPE_CHECKING:
    from openpyxl import Workbook

#: Rows of a sheet that Excel reads, the header among them, and characters of a cell.
MAX_SHEET_ROWS: Final = 1_048_576
_MAX_CELL: Final = 32_767
#: Text that begins like this is a formula for a spreadsheet.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_QUOTED: Final = frozenset(',"\r\n')


def write_csv(stream: TextIO, columns: Iterable[str], rows: Iterable[tuple[Cell, ...]]) -> int:
    """Writes a line of names and a line for each row, which end in a line feed; how many rows. Raises OSError.

    Numbers have all their digits and no exponent; what is absent is an empty field. Text that a spreadsheet would take
    for a formula gets an apostrophe in front.
    """
    stream.write(",".join(columns) + "\n")
    count = 0
    for row in rows:
        stream.write(",".join(map(_field, row)) + "\n")
        count += 1
    return count


def _field(value: Cell) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        return plain(value)
    text = defused(value)
    return '"' + text.replace('"', '""') + '"' if _QUOTED.intersection(text) else text


def plain(number: int | Decimal) -> str:
    """All digits, no exponent."""
    return format(number, "f") if isinstance(number, Decimal) else str(number)


def defused(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def write_xlsx(
    path: Path, tables: Mapping[str, tuple[Iterable[str], Iterable[tuple[Cell, ...]]]], about: Mapping[str, str]
) -> dict[str, int]:
    """Writes a workbook with a sheet for each table and one that says what it is; rows of each table. Raises OSError.

    Numbers are numbers, text is always text, never a formula. Where a sheet is full, another one follows.
    """
    from openpyxl import Workbook  # noqa: PLC0415 - takes 0.2 s, which only those pay who want a workbook

    book = Workbook(write_only=True)
    counts: dict[str, int] = {}
    try:
        for name, (columns, rows) in tables.items():
            counts[name] = _write_table(book, name, tuple(columns), rows)
        sheet = book.create_sheet("about")
        sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 22, 70
        facts: dict[str, Cell] = {**about, **counts}
        for name, value in facts.items():
            sheet.append([_cell(sheet, name), _cell(sheet, value)])
        book.save(path)
    except BaseException:
        # A sheet that is left open is taken apart at the end of the program, and complains to whoever reads its errors.
        for sheet in book.worksheets:
            if not sheet.closed:
                sheet.close()
        raise
    return counts


def _write_table(book: Workbook, name: str, columns: tuple[str, ...], rows: Iterable[tuple[Cell, ...]]) -> int:
    sheet, number, used, count = _sheet(book, name, columns), 1, 1, 0
    for row in rows:
        if used == MAX_SHEET_ROWS:
            number += 1
            sheet, used = _sheet(book, f"{name} {number}", columns), 1
        sheet.append([_cell(sheet, value) for value in row])
        used += 1
        count += 1
    return count


def _sheet(book: Workbook, name: str, columns: tuple[str, ...]) -> Any:
    from openpyxl.styles import Font  # noqa: PLC0415 - as in write_xlsx
    from openpyxl.utils import get_column_letter  # noqa: PLC0415 - as in write_xlsx

    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    for number, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = max(12, len(column) + 2)
    cells = [_cell(sheet, column) for column in columns]
    for cell in cells:
        cell.font = Font(bold=True)
    sheet.append(cells)
    return sheet


def _cell(sheet: Any, value: Cell) -> Any:
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - as in write_xlsx

    cell = WriteOnlyCell(sheet)
    if isinstance(value, str):
        # Control characters, which a note may hold, cannot stand in a workbook.
        cell.value = "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in value[:_MAX_CELL])
        # openpyxl takes text that begins with an equals sign for a formula.
        cell.data_type = "s"
    elif value is not None:
        # openpyxl alone would write 16 digits of a decimal number.
        cell.value = plain(value)
        cell.data_type = "n"
    return cell
