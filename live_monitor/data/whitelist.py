"""Lists of symbols that an account may trade: typed in, or read from the workbook that a price provider watches.

A workbook is a file that somebody may have been sent: what it unpacks to is measured before anything reads it, its XML
may declare nothing, and only values are taken, never formulas.
"""

from __future__ import annotations

import re
import stat
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from live_monitor import limits
from live_monitor.engine.paper.risk_limits import MAX_SYMBOLS
from live_monitor.errors import ImportFileError

if TYPE_CHECKING:
    from openpyxl import Workbook

MAX_FILE_BYTES: Final = 8 * 2**20
MAX_UNPACKED_BYTES: Final = 32 * 2**20
MAX_PARTS: Final = 1_000
MAX_ROWS: Final = 20_000
MAX_COLUMNS: Final = 64
MAX_SHEETS: Final = 50
#: Rows in which the heading has to stand.
_HEADING_ROWS: Final = 20
_HEADINGS: Final = ("symbol", "symbols", "ticker")
_CHUNK: Final = 2**18
#: Where XML declares entities of its own, which may unpack to anything.
_DECLARES: Final = b"<!DOCTYPE"
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
        _measure(path)
        return _listed(_column(path))
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
        if text.isascii() and limits.valid_symbol(text):
            symbols[text] = None
        elif len(left_out) < MAX_SYMBOLS:
            left_out[ascii(value)[:40]] = None
        if len(symbols) > MAX_SYMBOLS:
            raise ImportFileError(f"These are more than {MAX_SYMBOLS:,} symbols.", "Give a shorter list.")
    return SymbolList(tuple(symbols), tuple(left_out))


def _measure(path: Path) -> None:
    """Unpacks every part without keeping it: what a part says of its own size proves nothing."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise ImportFileError(f"{path.name} is no file.", _WANTED)
    if found.st_size > MAX_FILE_BYTES:
        raise ImportFileError(f"{path.name} is larger than {MAX_FILE_BYTES // 2**20} MB.", _WANTED)
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS:
                raise ImportFileError(f"{path.name} has more than {MAX_PARTS:,} parts.", _WANTED)
            left = MAX_UNPACKED_BYTES
            for part in parts:
                left = _look_through(archive, part, path, left)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as problem:
        # RuntimeError: the archive has a password.
        raise ImportFileError(f"{path.name} is no workbook of Excel's present format.", _WANTED) from problem


def _look_through(archive: zipfile.ZipFile, part: zipfile.ZipInfo, path: Path, left: int) -> int:
    is_xml = part.filename.lower().endswith((".xml", ".rels", ".vml"))
    before = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                limit = MAX_UNPACKED_BYTES // 2**20
                raise ImportFileError(f"{path.name} unpacks to more than {limit} MB.", _WANTED)
            # In UTF-16, which no program writes here, every second byte is 0.
            if is_xml and (_DECLARES in before + chunk or b"\0" in chunk):
                raise ImportFileError(f"{path.name} holds XML that no workbook has.", _WANTED)
            before = chunk[-len(_DECLARES) :]
    return left


def _column(path: Path) -> Iterator[object]:
    from openpyxl import load_workbook  # noqa: PLC0415 - takes 0.2 s, which only those pay who read a workbook

    # Opened here, because the reader leaves open what it fails on.
    with path.open("rb") as file, warnings.catch_warnings():
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
    raise ImportFileError(f"{path.name} has no column headed Symbol.", _WANTED)


def _heading(rows: Iterator[tuple[Any, ...]]) -> int | None:
    """Reads up to the row of the heading; in which column it stands."""
    for _, row in zip(range(_HEADING_ROWS), rows, strict=False):
        for place, value in enumerate(row):
            if isinstance(value, str) and value.strip().lower() in _HEADINGS:
                return place
    return None
