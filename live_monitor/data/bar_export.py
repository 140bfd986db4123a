"""Bars as files of others: CSV for programs, Excel for people. Both take bars in pieces, so memory stays bounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TextIO
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from live_monitor.engine.market.bar_columns import BarColumns, BarSource

if TYPE_CHECKING:
    from openpyxl import Workbook

#: The columns of a CSV file, in this order. Stable: others read them.
CSV_COLUMNS: Final = (
    "start_ms", "open", "high", "low", "close", "volume", "cumulative_volume", "vwap", "trades", "source", "revised",
)  # fmt: skip
#: Rows made into text at a time.
_ROWS: Final = 8_192
_SOURCES: Final = ("", *(source.name.lower() for source in BarSource))
#: Rows of a sheet that Excel reads, the header among them.
MAX_SHEET_ROWS: Final = 1_048_576
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: Values of indicators by the name of their column, float64, one for each bar, NaN where there is none.
Beside = Mapping[str, NDArray[np.float64]]


def write_csv(stream: TextIO, columns: BarColumns, *, header: bool = True, beside: Beside | None = None) -> None:
    """Writes one line a bar, after the line of names with `header`; lines end in a line feed. Raises OSError.

    Numbers read back bit for bit; whole volumes have no decimals; what is absent is an empty field. `source` is `own`,
    `stream` or `history`, `revised` 0 or 1. Values `beside` stand in columns behind these. A row without prices
    (`BarColumns`) is left out: it is no bar.
    """
    more = beside or {}
    if header:
        stream.write(",".join((*CSV_COLUMNS, *map(_quoted, more))) + "\n")
    for first in range(0, columns.length, _ROWS):
        part = slice(first, first + _ROWS)
        stream.write("".join(_lines(columns.rows(part), [values[part] for values in more.values()])))


def _quoted(name: str) -> str:
    """A name as a field of a CSV file (RFC 4180); line ends would break the line of names."""
    plain = " ".join(name.split())
    return '"' + plain.replace('"', '""') + '"' if "," in plain or '"' in plain else plain


def _lines(columns: BarColumns, beside: Iterable[NDArray[np.float64]]) -> Iterator[str]:
    kept = columns.open == columns.open
    whole = columns.rows(kept)
    fields = (
        map(str, whole.start_ms.tolist()),
        *(map(_number, column.tolist()) for column in (whole.open, whole.high, whole.low, whole.close)),
        *(map(_volume, column.tolist()) for column in (whole.volume, whole.cumulative_volume)),
        map(_number, whole.vwap.tolist()),
        ("" if count < 0 else str(count) for count in whole.trades.tolist()),
        (_SOURCES[source] for source in whole.source.tolist()),
        ("1" if revised else "0" for revised in whole.revised.tolist()),
        *(map(_number, values[kept].tolist()) for values in beside),
    )
    return (",".join(row) + "\n" for row in zip(*fields, strict=True))


def _number(value: float) -> str:
    """The shortest text that reads back as exactly `value`; empty for NaN."""
    return repr(value) if value == value else ""


def _volume(value: float) -> str:
    return str(int(value)) if value.is_integer() else _number(value)


class _Column(NamedTuple):
    """Name, width in characters and number format of a column of a sheet."""

    name: str
    width: int
    format: str


_PRICE, _SHARES = "#,##0.00##", "#,##0"
_SHEET: Final = (
    _Column("time", 20, "yyyy-mm-dd hh:mm:ss"),
    _Column("start_ms", 16, "0"),
    *(_Column(name, 11, _PRICE) for name in ("open", "high", "low", "close")),
    _Column("volume", 14, _SHARES),
    _Column("cumulative_volume", 18, _SHARES),
    _Column("vwap", 12, "#,##0.0000##"),
    _Column("trades", 10, _SHARES),
    _Column("source", 9, "@"),
    _Column("revised", 8, "0"),
)


def write_xlsx(
    path: Path,
    parts: Iterable[BarColumns],
    zone: ZoneInfo,
    about: Mapping[str, str] | None = None,
    beside: Beside | None = None,
) -> int:
    """Writes an Excel workbook and returns its number of bars. Raises OSError, and what `parts` raises.

    One row a bar under a header that stays in sight: its start as a date and time of `zone`, and the columns of the CSV
    (`start_ms` alone tells the two hours apart that clocks show twice in autumn). What is absent is an empty cell.
    Values `beside` (one for each bar of all `parts`) stand in columns behind these. Where a sheet is full, the next one
    follows. `about` fills a last sheet with names and values. Text is always text,
    never a formula. Rows go to a temporary file as they come: memory does not grow.
    """
    from openpyxl import Workbook  # noqa: PLC0415 - takes 0.2 s, which only those pay who want a workbook

    book = Workbook(write_only=True)
    count = seen = 0
    more = beside or {}
    layout = (*_SHEET, *(_Column(" ".join(name.split()), 14, "#,##0.0000##") for name in more))
    sheets = [_Sheet(book, "bars", zone, layout)]
    try:
        for columns in parts:
            kept = columns.open == columns.open
            whole = columns.rows(kept)
            values = [line[seen : seen + columns.length][kept] for line in more.values()]
            seen += columns.length
            at = 0
            while at < whole.length:
                if sheets[-1].full:
                    sheets.append(_Sheet(book, f"bars {len(sheets) + 1}", zone, layout))
                at += sheets[-1].add(whole.rows(slice(at, None)), [line[at:] for line in values])
            count += whole.length
        _describe(book, {**(about or {}), "times are of": zone.key, "bars": str(count)})
        book.save(path)
    except BaseException:
        # A sheet that is left open is taken apart at the end of the program, and complains to whoever reads its errors.
        for sheet in book.worksheets:
            if not sheet.closed:
                sheet.close()
        raise
    return count


class _Sheet:
    """A sheet that is written from top to bottom. One cell per column serves every row, as rows are written at once."""

    def __init__(self, book: Workbook, title: str, zone: ZoneInfo, layout: Sequence[_Column]) -> None:
        from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - as in write_xlsx
        from openpyxl.styles import Font  # noqa: PLC0415 - as in write_xlsx
        from openpyxl.utils import get_column_letter  # noqa: PLC0415 - as in write_xlsx

        sheet = self._sheet = book.create_sheet(title)
        self._zone = zone
        self._rows = 1
        sheet.freeze_panes = "A2"
        for number, column in enumerate(layout, 1):
            sheet.column_dimensions[get_column_letter(number)].width = column.width
        names = [WriteOnlyCell(sheet) for _ in layout]
        for name, column in zip(names, layout, strict=True):
            _put(name, column.name)
            name.font = Font(bold=True)
        sheet.append(names)
        self._cells = [WriteOnlyCell(sheet) for _ in layout]
        for cell, column in zip(self._cells, layout, strict=True):
            cell.number_format = column.format

    @property
    def full(self) -> bool:
        return self._rows >= MAX_SHEET_ROWS

    def add(self, columns: BarColumns, beside: Sequence[NDArray[np.float64]]) -> int:
        """Writes as many bars as there is room for, with the values `beside` them; how many."""
        count = min(columns.length, MAX_SHEET_ROWS - self._rows)
        for first in range(0, count, _ROWS):
            part = slice(first, min(first + _ROWS, count))
            self._write(columns.rows(part), [values[part] for values in beside])
        self._rows += count
        return count

    def _write(self, columns: BarColumns, beside: Sequence[NDArray[np.float64]]) -> None:
        fields = (
            (self._local(start) for start in columns.start_ms.tolist()),
            columns.start_ms.tolist(),
            *(
                map(_or_none, column.tolist())
                for column in (
                    columns.open, columns.high, columns.low, columns.close, columns.volume, columns.cumulative_volume,
                    columns.vwap,
                )
            ),
            (None if count < 0 else count for count in columns.trades.tolist()),
            (_SOURCES[source] for source in columns.source.tolist()),
            map(int, columns.revised.tolist()),
            *(map(_or_none, values.tolist()) for values in beside),
        )  # fmt: skip
        append, cells = self._sheet.append, self._cells
        for row in zip(*fields, strict=True):
            for cell, value in zip(cells, row, strict=True):
                _put(cell, value)
            append(cells)

    def _local(self, ms: int) -> datetime:
        """Wall-clock time of the exchange; Excel knows no time zones."""
        return (_EPOCH + timedelta(milliseconds=ms)).astimezone(self._zone).replace(tzinfo=None)


def _put(cell: Any, value: object) -> None:
    """Puts a value into a cell as what it is: numbers in full, where openpyxl alone would write 16 digits."""
    if isinstance(value, float):
        cell.value = repr(value)
        cell.data_type = "n"
    else:
        cell.value = value
        if isinstance(value, str):
            # openpyxl takes text that begins with an equals sign for a formula.
            cell.data_type = "s"


def _or_none(value: float) -> float | None:
    return value if value == value else None


def _describe(book: Any, about: Mapping[str, str]) -> None:
    """A last sheet that says what the bars are."""
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - as in write_xlsx

    sheet = book.create_sheet("about")
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 22, 48
    for row in about.items():
        cells = [WriteOnlyCell(sheet) for _ in row]
        for cell, text in zip(cells, row, strict=True):
            # Control characters, which a file's name may hold, cannot stand in a workbook.
            _put(cell, "".join(letter if letter.isprintable() else "?" for letter in text))
        sheet.append(cells)
