"""Lists of symbols that an account may trade: typed in, or read from the workbook that a price provider watches.

A workbook is a file that somebody may have been sent: it is looked over before anything reads it (`workbook_check`),
and only values are taken, never formulas.
"""

from __future__ import annotations

import re
import stat
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple

from live_monitor import limits
from live_monitor.engine.paper.risk_limits import MAX_SYMBOLS
from live_monitor.errors import ImportFileError, WorkbookError
from live_monitor.limits import Refused
from live_monitor.wire.tos_symbols import our_symbol
from live_monitor.workbook_check import check_workbook

if TYPE_CHECKING:
    from openpyxl import Workbook

MAX_ROWS: Final = 20_000
MAX_COLUMNS: Final = 64
MAX_SHEETS: Final = 50
#: Rows in which the heading has to stand.
_HEADING_ROWS: Final = 20
_HEADINGS: Final = ("symbol", "symbols", "ticker")
_SEPARATORS: Final = re.compile(r"[\s,;]+")
_WANTED: Final = "Give an .xlsx file in which one column is headed Symbol."


class SymbolList(NamedTuple):
    """Symbols in the order in which they came, each once; `left_out`: what stood among them and is no symbol."""

    symbols: tuple[str, ...]
    left_out: tuple[str, ...]


def symbols_from_text(text: str) -> SymbolList:
    """Symbols that somebody typed, between spaces, commas, semicolons or line ends. Raises ImportFileError for more
    than `MAX_SYMBOLS`.
    """
    return _listed(_SEPARATORS.split(text))


def symbols_from_workbook(path: Path) -> SymbolList:
    """Symbols below the heading "Symbol" (or "Ticker") of the first sheet that has one, as the file was saved last.

    Takes up to half a second. Raises ImportFileError, in words, for what is no such workbook, and for what is larger
    than any list of symbols.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ImportFileError(f"{path.name} is no file.", _WANTED)
        # Opened here, and once: what is looked over is what is read, and the reader leaves open what it fails on.
        with path.open("rb") as file:
            _look_over(file, path.name)
            return _listed(map(_ours, _column(file, path.name)))
    except ImportFileError:
        raise
    except OSError as problem:
        raise ImportFileError(f"{path.name} cannot be read ({problem.strerror or problem}).", _WANTED) from problem
    except Exception as problem:  # a damaged file makes the reader fail in any way there is; nothing of it is kept
        raise ImportFileError(f"{path.name} is damaged, or no workbook.", _WANTED) from problem


def _listed(values: Iterable[object]) -> SymbolList:
    symbols: dict[str, None] = {}
    left_out: dict[str, None] = {}
    for value in values:
        text = value.strip().upper() if isinstance(value, str) else ""
        if (isinstance(value, str) and not text) or value is None:
            continue
        if isinstance(value, str) and value.strip().isascii() and limits.valid_symbol(text):
            symbols[text] = None
        elif len(left_out) < MAX_SYMBOLS:
            left_out[ascii(value)[:40]] = None
        if len(symbols) > MAX_SYMBOLS:
            raise ImportFileError(f"These are more than {MAX_SYMBOLS:,} symbols.", "Give a shorter list.")
    return SymbolList(tuple(symbols), tuple(left_out))


def _look_over(file: BinaryIO, name: str) -> None:
    try:
        check_workbook(file, name)
    except WorkbookError as problem:
        raise ImportFileError(problem.message, problem.remedy) from problem
    file.seek(0)


def _ours(value: object) -> object:
    """A symbol of thinkorswim in our spelling (`BRK.B` for `BRK/B`), as the provider that reads the workbook has it."""
    try:
        return our_symbol(value) if isinstance(value, str) else value
    except Refused:
        return value


def _column(file: BinaryIO, name: str) -> Iterator[object]:
    from openpyxl import load_workbook  # noqa: PLC0415 - takes 0.2 s, which only those pay who read a workbook

    with warnings.catch_warnings():
        # What it does not understand (charts, rules of validation) is none of ours.
        warnings.simplefilter("ignore")
        book: Workbook = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        try:
            for sheet in book.worksheets[:MAX_SHEETS]:
                rows = sheet.iter_rows(max_row=MAX_ROWS, max_col=MAX_COLUMNS, values_only=True)
                place = _heading(rows)
                if place is not None:
                    # `rows` goes on below the heading.
                    return iter([row[place] for row in rows if place < len(row)])
        finally:
            book.close()
    raise ImportFileError(f"{name} has no column headed Symbol.", _WANTED)


def _heading(rows: Iterator[tuple[Any, ...]]) -> int | None:
    """Reads up to the row of the heading; in which column it stands."""
    for _, row in zip(range(_HEADING_ROWS), rows, strict=False):
        for place, value in enumerate(row):
            if isinstance(value, str) and value.strip().lower() in _HEADINGS:
                return place
    return None
