"""Rows of a quote sheet ↔ level 1: cells become a `Snapshot` and the documented dict of strings, never a trade."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from live_monitor import limits
from live_monitor.data.models.market_data import NAN, Snapshot
from live_monitor.limits import Refused, Rejections
from live_monitor.providers.excel_cells import (
    Absent,
    Kind,
    Rejected,
    missing,
    price_text,
    read_number,
    read_text,
    text_of,
    whole_text,
)
from live_monitor.providers.excel_headings import Cells, Headings, find_headings
from live_monitor.providers.tos_topics import KINDS, SYMBOL, field_of
from live_monitor.wire.tos_symbols import fraction_of, our_symbol

#: Rows that are used; what stands below is left out, and said.
MAX_ROWS: Final = 5_000

#: Fields of `Snapshot` by the name of their column.
_LEVEL_1: Final = {
    "last": "last", "last_size": "last_size", "bid": "bid", "bid_size": "bid_size", "ask": "ask",
    "ask_size": "ask_size", "open": "open", "high": "high", "low": "low", "close": "previous_close",
    "net_change": "net_change", "volume": "day_volume",
}  # fmt: skip
SNAPSHOT_FIELDS: Final = tuple(_LEVEL_1.values())
#: The price with its exchange keeps the fraction that the numeric topic of some contracts loses.
_INSTEAD: Final = {"last": "lastx", "bid": "bidx", "ask": "askx"}
#: What every documented quote has, in this order.
_DOCUMENTED: Final = ("last", "bid", "ask", "open", "high", "low", "volume")
#: Numbers that need no second look, by kind: none of them is an error of Excel in disguise.
_PLAIN: Final[dict[str, tuple[float, float]]] = {
    "price": (limits.MIN_PRICE, limits.MAX_PRICE),
    "size": (limits.MIN_SIZE, limits.MAX_SIZE),
    "volume": (0.0, limits.MAX_VOLUME),
    "change": (-limits.MAX_PRICE, limits.MAX_PRICE),
    "percent": (-1e6, 1e6),
    "number": (-1e9, 1e15),
}

_TEXTS: Final[dict[str, Callable[[float], str]]] = {
    "price": price_text, "change": price_text, "size": whole_text, "volume": whole_text,
}  # fmt: skip

Value = float | str | Absent | Rejected


class QuoteRow(NamedTuple):
    """One row: a symbol in our spelling, and what each of its columns says, by the name of the field."""

    symbol: str
    values: dict[str, Value]

    def number(self, field: str) -> float:
        """The number of a field; NaN where there is none, or none known now."""
        value = self.values.get(field)
        if type(value) is float:
            return value
        instead = _INSTEAD.get(field)
        return NAN if instead is None else self.number(instead)

    def snapshot(self, at_ms: int) -> Snapshot:
        """Level 1 as of `at_ms`, when the sheet was read: it has no time of its own. `close` is the previous one."""
        known, number = self.values.get, self.number
        last, last_size, bid, bid_size, ask, ask_size, opened, high, low, close, change, volume = [
            value if type(value := known(field)) is float else number(field) for field in _LEVEL_1
        ]
        return Snapshot(
            symbol=self.symbol,
            timestamp_ms=at_ms,
            last=last,
            last_size=last_size,
            bid=bid,
            bid_size=bid_size if bid == bid else NAN,
            ask=ask,
            ask_size=ask_size if ask == ask else NAN,
            open=opened,
            high=high,
            low=low,
            previous_close=close,
            net_change=change,
            day_volume=volume,
        )

    def unknown(self) -> dict[str, str]:
        """Fields of `Snapshot` of which the sheet says nothing at present, and what stands there instead.

        Their last good value is old, not gone. A 0 before the first trade is not among them: then there is none.
        """
        found: dict[str, str] = {}
        for field, name in _LEVEL_1.items():
            value = self.values.get(field)
            if isinstance(value, Absent | Rejected):
                none = isinstance(value, Absent) and value.none
                if not none and self.number(field) != self.number(field):
                    found[name] = value.reason
        return found

    def quote(self) -> dict[str, str]:
        """The documented dict: every value as text, numbers as decimals; empty where there is none.

        `close` is the previous close, as thinkorswim has it; `net_change` is the vendor's own, never reckoned.
        """
        texts = {SYMBOL: self.symbol, **dict.fromkeys(_DOCUMENTED, "")}
        for field, value in self.values.items():
            if type(value) is float:
                texts[field] = _TEXTS.get(KINDS[field], text_of)(value)
            else:
                texts[field] = value if isinstance(value, str) else ""
        for field, instead in _INSTEAD.items():
            texts[field] = texts[field] or texts.get(instead, "")
        return texts


class SheetRows(NamedTuple):
    """Every row of a sheet in its order, those that differ from the time before, and what is to be said of it."""

    rows: list[QuoteRow]
    changed: list[QuoteRow]
    remarks: tuple[str, ...]


class SheetReader:
    """Reads block after block of one sheet. What did not change is not read again, nor counted again. One thread."""

    def __init__(self, rejections: Rejections) -> None:
        self._rejections = rejections
        self._headings: Headings | None = None
        self._heading_cells: list[list[object]] = []
        self._plan: list[tuple[int, str, str, float, float]] = []
        #: Cells of a row as they were, and what they said; by its place.
        self._known: dict[int, tuple[Cells, QuoteRow | None]] = {}

    def read(self, block: Sequence[Cells]) -> SheetRows:
        """What the block says; it is kept until the next one. Raises WorkbookError when its headings are not found."""
        headings = self._headings_of(block)
        first = headings.top + headings.depth
        rows: dict[str, QuoteRow] = {}
        changed: list[QuoteRow] = []
        known: dict[int, tuple[Cells, QuoteRow | None]] = {}
        for place in range(first, min(len(block), first + MAX_ROWS)):
            cells = block[place]
            before = self._known.get(place)
            if before is not None and _unchanged(before[0], cells):
                row = before[1]
                known[place] = before
            else:
                row = self._row(cells, headings, before)
                known[place] = (cells, row)
                if row is not None and row.symbol in rows:
                    self._rejections.note("excel symbol: stands there twice")
                elif row is not None:
                    changed.append(row)
            if row is not None:
                rows.setdefault(row.symbol, row)
        self._known = known
        remarks = headings.remarks
        if len(block) - first > MAX_ROWS:
            remarks = (*remarks, f"Only the first {MAX_ROWS:,} rows are used.")
        return SheetRows(list(rows.values()), changed, remarks)

    def _headings_of(self, block: Sequence[Cells]) -> Headings:
        headings = self._headings
        if headings is not None:
            rows = block[headings.top : headings.top + headings.depth]
            if [list(row) for row in rows] == self._heading_cells:
                return headings
        self._headings = None
        headings = find_headings(block)
        self._heading_cells = [list(row) for row in block[headings.top : headings.top + headings.depth]]
        self._known = {}
        self._plan = [
            (column.place, column.field, column.kind, *_PLAIN.get(column.kind, (0.0, -1.0)))
            for column in headings.columns
        ]
        self._headings = headings
        return headings

    def _row(self, cells: Cells, headings: Headings, before: tuple[Cells, QuoteRow | None] | None) -> QuoteRow | None:
        """None for a row without a symbol that can be one. `before`: what stood in its place."""
        old_cells, old = before or ((), None)
        cell = _at(cells, headings.symbol)
        if old is not None and _same(cell, _at(old_cells, headings.symbol)):
            symbol: str | None = old.symbol
        else:
            symbol, old = self._symbol(cell), None
        if symbol is None:
            return None
        values: dict[str, Value] = {}
        width = len(cells)
        for place, field, kind, low, high in self._plan:
            cell = cells[place] if place < width else None
            if type(cell) is float and low <= cell <= high:
                values[field] = cell
            elif old is not None and _same(cell, _at(old_cells, place)):
                values[field] = old.values[field]
            else:
                values[field] = self._value(cell, field, kind, symbol)
        return QuoteRow(symbol, values)

    def _symbol(self, cell: object) -> str | None:
        if cell is None:
            return None
        if not isinstance(cell, str):
            # Excel makes a boolean of TRUE and a date of MAR1 where they are typed into a cell.
            read = read_number(cell, "number")
            if not isinstance(read, Absent):
                self._rejections.note("excel symbol: not a text")
            return None
        if missing(cell.strip()) is not None or field_of(cell) == SYMBOL:
            return None  # a row that is not filled in, or headings that are repeated
        try:
            return our_symbol(cell)
        except Refused as refused:
            self._rejections.note(f"excel symbol: {refused.reason}")
            return None

    def _value(self, cell: object, field: str, kind: str, symbol: str) -> Value:
        value = read_text(cell) if kind == "text" else read_number(cell, _number_kind(kind), fraction_of(symbol))
        if isinstance(value, Rejected):
            self._rejections.note(f"excel {field}: {value.reason}")
        return value


def _at(cells: Cells, place: int) -> object:
    return cells[place] if place < len(cells) else None


def _unchanged(before: Cells, cells: Cells) -> bool:
    return before is cells or (before == cells and list(map(type, before)) == list(map(type, cells)))


def _same(cell: object, other: object) -> bool:
    """True equals 1.0 for Python, but not for a sheet."""
    return type(cell) is type(other) and cell == other


def _number_kind(kind: str) -> Kind:
    """The kind of a column that is none of text; mypy knows it by its name only."""
    return kind  # type: ignore[return-value]  # FieldKind without "text", which `_value` has asked for
