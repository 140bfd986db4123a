"""Makes the workbook that Excel keeps up to date from thinkorswim: a row for each symbol, a formula for each quote."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from live_monitor.errors import WorkbookError
from live_monitor.limits import MAX_SUBSCRIPTIONS, Refused
from live_monitor.providers.tos_topics import field_of, topic_of
from live_monitor.wire.tos_symbols import our_symbol, tos_symbol

SHEET: Final = "Quotes"
#: What the starter in resources/ holds.
STARTER_SYMBOLS: Final = (
    "SPY", "QQQ", "AAPL", "MSFT", "NVDA", "AMZN", "GOOGL", "META", "TSLA", "BRK/B", "/ES:XCME", "/NQ:XCME", "/ZN:XCBT",
)  # fmt: skip

#: How a symbol of thinkorswim begins; the rest is checked as every symbol is.
_BEGINS: Final = re.compile(r"[A-Z0-9$./]")
#: A workbook of the same symbols has the same bytes: neither says when it was made.
_MADE: Final = datetime(2020, 1, 1, tzinfo=UTC)
_PART_TIME: Final = (1980, 1, 1, 0, 0, 0)
_TIMES: Final = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")

#: Not of a currency: such cells reach other programs cut to four decimals. What comes as text stays as it is.
_PRICE, _SHARES, _ANY = "0.00######", "#,##0", "General"


class _Column(NamedTuple):
    heading: str
    width: int
    format: str


_COLUMNS: Final = (
    _Column("Last", 12, _PRICE),
    _Column("Last size", 10, _SHARES),
    _Column("Bid", 12, _PRICE),
    _Column("Bid size", 10, _SHARES),
    _Column("Ask", 12, _PRICE),
    _Column("Ask size", 10, _SHARES),
    _Column("Open", 12, _PRICE),
    _Column("High", 12, _PRICE),
    _Column("Low", 12, _PRICE),
    _Column("Close", 12, _PRICE),
    _Column("Volume", 15, _SHARES),
    _Column("Net change", 12, _PRICE),
    _Column("Percent change", 15, _ANY),
    _Column("Description", 44, _ANY),
)
_ABOUT: Final = (
    "Quotes of thinkorswim, kept up to date by Excel's function RTD. Windows only.",
    "1. Start thinkorswim and log in. 2. Open this workbook in Excel, as the same user. 3. Leave both open.",
    "Another symbol: write it below the last one in column A, then copy the row's formulas down.",
    "Symbols are written as thinkorswim has them: AAPL, BRK/B, /ES:XCME, $DJT, .SPY261218C600",
    "Close is the close of the day before. Cells say loading or #N/A until thinkorswim has answered.",
    "If every cell stays #N/A, type one RTD formula by hand into an empty workbook, then open this one again.",
    "Excel asks thinkorswim every 2 seconds; Application.RTD.ThrottleInterval = 500 in its macro window is faster.",
)


def tos_workbook(symbols: Sequence[str]) -> bytes:
    """An .xlsx file with a row for each of `symbols`, each once, in their order; the same symbols, the same bytes.

    A formula names its topic and points to the symbol beside it, so that no text of a symbol is ever part of one, and a
    symbol may be retyped in Excel. Raises WorkbookError for what is no symbol, for none, and for more than 500.
    """
    named = tos_symbols(symbols)
    from openpyxl import Workbook  # noqa: PLC0415 - takes 0.2 s, which only those pay who want a workbook

    book = Workbook()
    sheet = book.active
    sheet.title = SHEET
    _head(sheet)
    for row, symbol in enumerate(named, 2):
        cell = sheet.cell(row, 1, symbol)
        cell.data_type, cell.number_format = "s", "@"
        for place, column in enumerate(_COLUMNS, 2):
            cell = sheet.cell(row, place, _formula(column.heading, row))
            cell.number_format = column.format
    about = book.create_sheet("About")
    about.column_dimensions["A"].width = 120
    for line in _ABOUT:
        about.append([line])
    book.properties.creator = "Live Monitor"
    book.properties.created = _MADE
    stream = io.BytesIO()
    book.save(stream)
    return _timeless(stream)


def tos_symbols(symbols: Sequence[str]) -> list[str]:
    """Each of `symbols` once, as thinkorswim writes it. Raises WorkbookError as `tos_workbook` does."""
    named: dict[str, str] = {}
    for symbol in symbols:
        try:
            name = tos_symbol(symbol)
            if not _BEGINS.match(name):
                raise Refused("thinkorswim has no such symbol")
            named.setdefault(our_symbol(name), name)
        except Refused as refused:
            raise WorkbookError(
                f"{ascii(symbol)[:40]} is no symbol of thinkorswim ({refused.reason}).",
                "Write symbols like AAPL, BRK/B, /ES:XCME or $DJT.",
            ) from refused
    if not named:
        raise WorkbookError("There is no symbol to make a row of.", "Name one at least.")
    if len(named) > MAX_SUBSCRIPTIONS:
        raise WorkbookError(f"These are more than {MAX_SUBSCRIPTIONS} symbols.", "Make two workbooks.")
    return list(named.values())


def _head(sheet: Any) -> None:
    from openpyxl.styles import Font  # noqa: PLC0415 - as in tos_workbook
    from openpyxl.utils import get_column_letter  # noqa: PLC0415 - as in tos_workbook

    sheet.freeze_panes = "B2"
    sheet.column_dimensions["A"].width = 16
    for place, heading in enumerate(("Symbol", *(column.heading for column in _COLUMNS)), 1):
        sheet.cell(1, place, heading).font = Font(bold=True)
    for place, column in enumerate(_COLUMNS, 2):
        sheet.column_dimensions[get_column_letter(place)].width = column.width


def _formula(heading: str, row: int) -> str:
    field = field_of(heading)
    assert field is not None, "a heading of ours"
    return f'=RTD("tos.rtd",,"{topic_of(field)}",$A{row})'


def _timeless(stream: io.BytesIO) -> bytes:
    """The same archive without the times at which its parts were written."""
    made = io.BytesIO()
    with zipfile.ZipFile(stream) as before, zipfile.ZipFile(made, "w") as after:
        for part in sorted(before.namelist()):
            content = before.read(part)
            if part == "docProps/core.xml":
                content = _TIMES.sub(rb"\g<1>" + _MADE.strftime("%Y-%m-%dT%H:%M:%SZ").encode(), content)
            entry = zipfile.ZipInfo(part, _PART_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            # As on Unix, on every system.
            entry.create_system, entry.external_attr = 3, 0o600 << 16
            after.writestr(entry, content)
    return made.getvalue()
