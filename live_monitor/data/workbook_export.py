"""The desk as a workbook: watchlist, positions and orders of this moment, a sheet for each, for people and for Excel.

Two steps, because what is shown belongs to the main thread and writing takes long: `desk_tables` copies what there is,
`write_desk` writes it on any thread. Written again, the file is replaced; a workbook in Excel that gets its data from
this file takes over what is new by Data ▸ Refresh All. Our own reader of workbooks reads the sheet Watchlist.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from lzma import LZMAError
from pathlib import Path
from typing import Any, Final, Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from live_monitor.data.ledger_export import defused, plain
from live_monitor.data.models.orders import Order, PositionRow
from live_monitor.engine.market.ticker_state import TickerState
from live_monitor.errors import WorkbookError

Cell = str | int | float | Decimal | datetime | None
_T = TypeVar("_T")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PRICE, _MONEY, _SHARES, _SHARE_OF, _TIME, _TEXT = (
    "#,##0.00######", "#,##0.00", "#,##0.######", "0.00%", "yyyy-mm-dd hh:mm:ss", "@",
)  # fmt: skip
_MAX_CELL: Final = 32_767
#: Stands in the properties of what is written here; another workbook is never replaced.
MARK: Final = "Live Monitor: watchlist, positions, orders"


class _Column(NamedTuple, Generic[_T]):
    heading: str
    width: int
    format: str
    read: Callable[[_T], Cell]


class Table(NamedTuple):
    """A sheet to be written: its name, heading, width and number format of each column, and its rows."""

    name: str
    headings: tuple[tuple[str, int, str], ...]
    rows: list[tuple[Cell, ...]]


class DeskTables(NamedTuple):
    """What `write_desk` writes; holds nothing that still changes."""

    tables: tuple[Table, ...]
    about: dict[str, str]


def _volume(state: TickerState) -> float | None:
    """0 is a fact only once something was heard; a part of the day's volume is not the day's."""
    return state.volume if state.volume_known and state.version else None


#: The headings are those of a quote sheet: `Close` is the previous one, absent numbers are empty cells.
_WATCHLIST: Final[tuple[_Column[TickerState], ...]] = (
    _Column("Symbol", 14, _TEXT, lambda state: state.symbol),
    _Column("Last", 12, _PRICE, lambda state: state.last),
    _Column("Last size", 10, _SHARES, lambda state: state.last_size),
    _Column("Bid", 12, _PRICE, lambda state: state.bid),
    _Column("Bid size", 10, _SHARES, lambda state: state.bid_size),
    _Column("Ask", 12, _PRICE, lambda state: state.ask),
    _Column("Ask size", 10, _SHARES, lambda state: state.ask_size),
    _Column("Open", 12, _PRICE, lambda state: state.day_open),
    _Column("High", 12, _PRICE, lambda state: state.day_high),
    _Column("Low", 12, _PRICE, lambda state: state.day_low),
    _Column("Close", 12, _PRICE, lambda state: state.previous_close),
    _Column("Volume", 15, _SHARES, _volume),
    _Column("Net change", 12, _PRICE, lambda state: state.change),
    _Column("Percent change", 14, _SHARE_OF, lambda state: state.change_percent / 100),
)
_POSITIONS: Final[tuple[_Column[PositionRow], ...]] = (
    _Column("Symbol", 14, _TEXT, lambda row: row.symbol),
    _Column("Quantity", 12, _SHARES, lambda row: row.quantity),
    _Column("Average cost", 14, _PRICE, lambda row: row.average_cost),
    _Column("Mark", 12, _PRICE, lambda row: row.mark),
    _Column("Mark from", 10, _TEXT, lambda row: row.mark_from),
    _Column("Market value", 15, _MONEY, lambda row: row.market_value),
    _Column("Unrealized", 14, _MONEY, lambda row: row.unrealized),
    _Column("Realized", 14, _MONEY, lambda row: row.realized),
    _Column("P&L of the day", 14, _MONEY, lambda row: row.day_pnl),
)
_ORDERS: Final[tuple[_Column[Order], ...]] = (
    _Column("Order", 14, _TEXT, lambda order: order.order_id),
    _Column("Symbol", 14, _TEXT, lambda order: order.symbol),
    _Column("Side", 8, _TEXT, lambda order: order.side),
    _Column("Quantity", 12, _SHARES, lambda order: order.quantity),
    _Column("Type", 14, _TEXT, lambda order: order.order_type),
    _Column("Limit", 12, _PRICE, lambda order: order.limit_price),
    _Column("Stop", 12, _PRICE, lambda order: order.stop_price),
    _Column("Trail", 12, _PRICE, lambda order: order.trail_amount),
    _Column("Trail %", 10, _PRICE, lambda order: order.trail_percent),
    _Column("In force", 10, _TEXT, lambda order: order.time_in_force),
    _Column("State", 16, _TEXT, lambda order: order.state),
    _Column("Filled", 12, _SHARES, lambda order: order.filled),
    _Column("Average price", 14, _PRICE, lambda order: order.average_price),
    _Column("Fees", 10, _MONEY, lambda order: order.fees),
    _Column("Client order", 16, _TEXT, lambda order: order.client_order_id),
    _Column("Reason", 40, _TEXT, lambda order: order.text),
)


def desk_tables(
    watchlist: Iterable[TickerState],
    positions: Iterable[PositionRow],
    orders: Iterable[Order],
    *,
    source: str,
    market_ms: int,
    zone: ZoneInfo,
    about: Mapping[str, str],
) -> DeskTables:
    """Copies what is to be written, as of market time `market_ms`. Main thread; about 10 µs a row.

    `source` says beside every price whose it is ("SIMULATED"). Times are those of `zone`, as Excel knows none. `about`:
    names and values that say more, such as the account.
    """
    listed = list(orders)
    placed = [_local(order.placed_ms, zone) for order in listed]
    watched, blotter = _table("Watchlist", _WATCHLIST, watchlist), _table("Orders", _ORDERS, listed)
    return DeskTables(
        (
            Table(
                "Watchlist",
                (*watched.headings, ("Source", 24, _TEXT)),
                [(*row, source) for row in watched.rows],
            ),
            _table("Positions", _POSITIONS, positions),
            Table(
                "Orders",
                (("Placed", 20, _TIME), *blotter.headings),
                [(at, *row) for at, row in zip(placed, blotter.rows, strict=True)],
            ),
        ),
        {
            **about,
            "prices of": source,
            "as of": f"{_local(market_ms, zone):%Y-%m-%d %H:%M:%S}",
            "times are of": zone.key,
        },
    )


def _table(name: str, columns: tuple[_Column[_T], ...], rows: Iterable[_T]) -> Table:
    headings = tuple((column.heading, column.width, column.format) for column in columns)
    return Table(name, headings, [tuple(_known(column.read(row)) for column in columns) for row in rows])


def _known(value: Cell) -> Cell:
    """NaN is an empty cell; infinity is no number of Excel."""
    return None if isinstance(value, float) and value - value != 0 else value


def _local(ms: int, zone: ZoneInfo) -> datetime | None:
    return (_EPOCH + timedelta(milliseconds=ms)).astimezone(zone).replace(tzinfo=None) if ms else None


def write_desk(path: Path, desk: DeskTables) -> None:
    """Writes the workbook, whole or not at all; any thread, 0.3 s for 100 rows, of which 0.2 s the first time.

    Text is text: what begins like a formula has Excel's apostrophe. Numbers have all their digits. Raises WorkbookError
    when `path` cannot be written, as while it is open in Excel, or is a workbook that did not come from here.
    """
    if path.suffix.lower() != ".xlsx":
        raise WorkbookError(f"{path.name} would be no .xlsx workbook.", "Let its name end in .xlsx.")
    _look_at(path)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        _write(fresh, desk)
        with fresh.open("rb+") as file:
            os.fsync(file.fileno())
        fresh.replace(path)
    except PermissionError as problem:
        raise WorkbookError(
            f"{path.name} cannot be written; it may be open in Excel.", "Close it there, or choose another name."
        ) from problem
    except OSError as problem:
        raise WorkbookError(
            f"{path.name} cannot be written ({problem.strerror or problem}).", "Choose another place."
        ) from problem
    finally:
        fresh.unlink(missing_ok=True)


def _look_at(path: Path) -> None:
    """Raises WorkbookError for a file that holds somebody's own work, such as the formulas of a quote sheet."""
    if not path.exists():
        return
    if not path.is_file():
        # A pipe would have whoever opens it wait for ever.
        raise WorkbookError(f"{path.name} is no file.", "Choose another name.")
    try:
        with zipfile.ZipFile(path) as archive, archive.open("docProps/core.xml") as properties:
            ours = MARK.encode() in properties.read(10_000)
    except PermissionError as problem:
        raise WorkbookError(
            f"{path.name} cannot be written; it may be open in Excel.", "Close it there, or choose another name."
        ) from problem
    except (OSError, zipfile.BadZipFile, zlib.error, LZMAError, KeyError, RuntimeError, ValueError, EOFError):
        ours = False
    if not ours:
        raise WorkbookError(f"{path.name} is a file of your own, so it is left as it is.", "Choose another name.")


def _write(path: Path, desk: DeskTables) -> None:
    from openpyxl import Workbook  # noqa: PLC0415 - takes 0.2 s, which only those pay who want a workbook

    book = Workbook(write_only=True)
    book.properties.title = MARK
    book.properties.creator = "Live Monitor"
    try:
        for table in desk.tables:
            _write_table(book, table)
        sheet = book.create_sheet("About")
        sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 22, 60
        for row in desk.about.items():
            sheet.append([_cell(sheet, text, _TEXT) for text in row])
        book.save(path)
    except BaseException:
        # A sheet that is left open is taken apart at the end of the program, and complains to whoever reads its errors.
        for sheet in book.worksheets:
            if not sheet.closed:
                sheet.close()
        raise


def _write_table(book: Any, table: Table) -> None:
    from openpyxl.styles import Font  # noqa: PLC0415 - as in _write
    from openpyxl.utils import get_column_letter  # noqa: PLC0415 - as in _write

    sheet = book.create_sheet(table.name)
    sheet.freeze_panes = "A2"
    for number, (_, width, _) in enumerate(table.headings, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    head = [_cell(sheet, heading, _TEXT) for heading, _, _ in table.headings]
    for cell in head:
        cell.font = Font(bold=True)
    sheet.append(head)
    formats = [form for _, _, form in table.headings]
    for row in table.rows:
        sheet.append([_cell(sheet, value, form) for value, form in zip(row, formats, strict=True)])


def _cell(sheet: Any, value: Cell, form: str) -> Any:
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - as in _write

    cell = WriteOnlyCell(sheet)
    if isinstance(value, str):
        # Control characters, which a note may hold, cannot stand in a workbook.
        text = "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in value[:_MAX_CELL])
        cell.value, cell.data_type = text, "s"
        # Excel's own apostrophe: what is edited there stays text.
        cell.quotePrefix = defused(text) != text
    elif isinstance(value, float | int | Decimal):
        # openpyxl alone would write 16 digits, one too few for some.
        cell.value = repr(value) if isinstance(value, float) else plain(value)
        cell.data_type = "n"
    else:
        cell.value = value
    cell.number_format = form
    return cell
