"""The program of the process that reads one saved workbook: looks it over, parses it, says its cells, and ends."""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import sys
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from live_monitor.atomic_file import read_bounded
from live_monitor.errors import WorkbookError
from live_monitor.limits import MAX_TEXT
from live_monitor.providers.excel_cells import plain_line
from live_monitor.providers.excel_file import MAX_ANSWER_BYTES, READ_S, Cells, Failure, Moment
from live_monitor.providers.excel_headings import MAX_COLUMNS, MAX_HEADING_ROWS, find_headings
from live_monitor.providers.excel_rows import MAX_ROWS
from live_monitor.workbook_check import MAX_FILE_BYTES, check_workbook

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

#: Of address space, where the system holds a process to it; and as many seconds of work as the parent waits.
MAX_MEMORY_BYTES: Final = 512 * 2**20
#: Sheets that are looked at for headings.
_MAX_SHEETS: Final = 50
#: One row more than is used, so that the reader of rows sees that there are more.
_ROWS: Final = MAX_HEADING_ROWS + MAX_ROWS + 1
_RANGE: Final = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})?(?::\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})?)?")

Row = list[float | str | bool | Moment | None]


class Area(NamedTuple):
    """Rows and columns from 0 up; the ends do not belong to it."""

    top: int
    left: int
    bottom: int
    right: int


def main(argv: Sequence[str]) -> int:
    """Writes one line of JSON. 0: it is the cells; 1: why there are none. Raises SystemExit for bad arguments."""
    parser = argparse.ArgumentParser(prog="live-monitor read-workbook", description=__doc__, allow_abbrev=False)
    parser.add_argument("file", type=Path)
    parser.add_argument("--sheet", default="")
    parser.add_argument("--range", default="")
    options = parser.parse_args(argv)
    limit_this_process()
    answer: Cells | Failure
    try:
        answer = read_cells(options.file, options.sheet, options.range)
        said = msgspec.json.encode(answer)
        if len(said) > MAX_ANSWER_BYTES:
            raise WorkbookError(f"{options.file.name} holds too much text.", "Save the quotes alone.")
    except WorkbookError as problem:
        answer = Failure(problem.message, problem.remedy)
        said = msgspec.json.encode(answer)
    except MemoryError:
        answer = Failure(f"{options.file.name} needs more memory than quotes do.", "Save the quotes alone.")
        said = msgspec.json.encode(answer)
    sys.stdout.buffer.write(said + b"\n")
    sys.stdout.buffer.flush()
    return 0 if isinstance(answer, Cells) else 1


def limit_this_process() -> None:
    """Memory and work of this process end it when they are used up. Windows knows no such limits: there time alone."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - exists on POSIX only

    for kind, most in (
        (resource.RLIMIT_AS, MAX_MEMORY_BYTES),
        (resource.RLIMIT_CPU, int(READ_S)),
        (resource.RLIMIT_CORE, 0),
    ):
        # macOS refuses a limit of address space; a lower one may be in force already.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def read_cells(path: Path, sheet: str, cells: str) -> Cells:
    """The cells of a range, rows of one length. Raises WorkbookError."""
    area = area_of(cells)
    try:
        data = read_bounded(path.resolve(), MAX_FILE_BYTES)
    except FileNotFoundError as problem:
        raise WorkbookError(f"{path.name} is not there.", "Choose the workbook again.") from problem
    except ValueError as problem:
        raise WorkbookError(f"{path.name} {problem}.", "Choose another workbook.") from problem
    except (OSError, RuntimeError) as problem:
        # RuntimeError: links that lead in a circle, before Python 3.13.
        why = getattr(problem, "strerror", None) or problem
        raise WorkbookError(
            f"{path.name} cannot be read ({why}).", "Close what holds it, or choose another."
        ) from problem
    stream = io.BytesIO(data)
    check_workbook(stream, path.name)
    stream.seek(0)
    return _parsed(stream, path.name, sheet, area)


def area_of(cells: str) -> Area:
    """`A1:M200`, `$A$1:$M$200`, `A:M`, `B7`; all for an empty text. Raises WorkbookError."""
    text = cells.strip().upper()
    if not text:
        return Area(0, 0, _ROWS, MAX_COLUMNS)
    found = _RANGE.fullmatch(text)
    if found is None or (found[2] is None) != (found[4] is None if found[3] else found[2] is None):
        raise WorkbookError(f"“{plain_line(cells, 40)}” is no range of cells.", "Write it like A1:M200.")
    left, right = _column(found[1]), _column(found[3] or found[1])
    top = int(found[2] or 1) - 1
    bottom = int(found[4]) if found[4] else (top + 1 if found[2] else top + _ROWS)
    if right < left or bottom <= top:
        raise WorkbookError(f"“{plain_line(cells, 40)}” ends before it begins.", "Write it like A1:M200.")
    return Area(top, left, min(bottom, top + _ROWS), min(right + 1, left + MAX_COLUMNS))


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _parsed(stream: io.BytesIO, name: str, sheet: str, area: Area) -> Cells:
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415 - only this process pays for it

    try:
        with CalamineWorkbook.from_filelike(stream) as book:
            if sheet:
                return _cells(_named(book, name, sheet), area)
            return _first_with_headings(book, name, area)
    except WorkbookError:
        raise
    except (CalamineError, OSError, ValueError) as problem:
        raise WorkbookError(f"{name} is damaged.", "Open and save it in Excel.") from problem


def _named(book: CalamineWorkbook, name: str, sheet: str) -> CalamineSheet:
    for one in book.sheet_names:
        if one.casefold() == sheet.strip().casefold():  # as Excel compares
            return book.get_sheet_by_name(one)
    there = ", ".join(f"“{plain_line(one, 40)}”" for one in book.sheet_names[:10])
    raise WorkbookError(f"{name} has no sheet “{plain_line(sheet, 40)}”.", f"It has {there}.")


def _first_with_headings(book: CalamineWorkbook, name: str, area: Area) -> Cells:
    first: Cells | None = None
    for one in book.sheet_names[:_MAX_SHEETS]:
        cells = _cells(book.get_sheet_by_name(one), area)
        first = first or cells
        with contextlib.suppress(WorkbookError):
            find_headings(cells.rows)
            return cells
    if first is None:
        raise WorkbookError(f"{name} has no sheet.", "Choose another workbook.")
    return first


def _cells(sheet: CalamineSheet, area: Area) -> Cells:
    rows = sheet.to_python(skip_empty_area=False, nrows=area.bottom)[area.top :]
    taken: list[Row] = [[_cell(value) for value in row[area.left : area.right]] for row in rows]
    while taken and not any(value is not None for value in taken[-1]):
        taken.pop()
    return Cells(sheet.name, taken)


def _cell(value: object) -> float | str | bool | Moment | None:
    if isinstance(value, str):
        return value[:MAX_TEXT] if value else None
    if isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return float(value)
    if isinstance(value, datetime):
        return Moment("datetime", value.isoformat())
    if isinstance(value, date):
        return Moment("date", value.isoformat())
    if isinstance(value, time):
        return Moment("time", value.isoformat())
    if isinstance(value, timedelta):
        return Moment("duration", str(value.total_seconds()))
    return None
