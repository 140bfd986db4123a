"""Finds the row of headings in a block of cells, and says in words what is not understood about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from live_monitor.errors import WorkbookError
from live_monitor.providers.excel_cells import plain_line
from live_monitor.providers.tos_topics import KINDS, SYMBOL, FieldKind, field_of, heading_key

#: A row of cells as xlwings gives it: None is an empty cell.
Cells = Sequence[object]
#: Rows in which the headings have to begin, and columns that are looked at.
MAX_HEADING_ROWS: Final = 20
MAX_COLUMNS: Final = 256
_MAX_REMARKS: Final = 20
_REMEDY: Final = "One row needs the headings, for example Symbol, Last, Bid, Ask, Open, High, Low, Close, Volume."


class Column(NamedTuple):
    """Where a field stands in a row, and what it is."""

    place: int
    field: str
    kind: FieldKind


class Headings(NamedTuple):
    """What the columns of a sheet are. `top`: their first row in the block; `depth`: one row, or two that are merged.

    `remarks`: in words, what was left out of it and why.
    """

    top: int
    depth: int
    symbol: int
    columns: tuple[Column, ...]
    remarks: tuple[str, ...]


def find_headings(block: Sequence[Cells]) -> Headings:
    """The headings of a block. Raises WorkbookError when no row of the first 20 has Symbol and a field of a quote."""
    seen_symbol = False
    for top, row in enumerate(block[:MAX_HEADING_ROWS]):
        texts = _texts(row)
        symbol = next((place for place, text in enumerate(texts) if field_of(text) == SYMBOL), None)
        if symbol is None:
            continue
        seen_symbol = True
        below = _texts(block[top + 1]) if top + 1 < len(block) else []
        depth = 2 if _continues(below, symbol) else 1
        found = _columns(_joined(texts, below) if depth == 2 else texts, symbol)
        if found[0]:
            return Headings(top, depth, symbol, *found)
    if seen_symbol:
        raise WorkbookError("The sheet has a column Symbol, but none with a price.", _REMEDY)
    raise WorkbookError("The sheet has no column headed Symbol.", _REMEDY)


def _texts(row: Cells) -> list[str]:
    return [cell.strip() if isinstance(cell, str) else "" for cell in row[:MAX_COLUMNS]]


def _continues(below: Sequence[str], symbol: int) -> bool:
    """True for a second row of headings: cells are merged downwards where one row is enough, as under Symbol."""
    at_symbol = below[symbol] if symbol < len(below) else ""
    return (not at_symbol or field_of(at_symbol) == SYMBOL) and any(field_of(text) in KINDS for text in below)


def _joined(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """One heading a column of two rows: `Bid` over `Price` and `Size` is Bid price and Bid size."""
    joined, group = [], ""
    for place in range(max(len(upper), len(lower))):
        above = upper[place] if place < len(upper) else ""
        below = lower[place] if place < len(lower) else ""
        # The text of merged cells stands in the first of them.
        group = above or group
        if not below:
            joined.append(above)
        elif field_of(f"{group} {below}") is not None:
            joined.append(f"{group} {below}")
        else:
            joined.append(below)
    return joined


def _columns(texts: Sequence[str], symbol: int) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    columns: dict[str, Column] = {}
    remarks: list[str] = []
    used = max((place for place, text in enumerate(texts) if text), default=-1)
    for place, text in enumerate(texts[: used + 1]):
        field = field_of(text)
        where = f"Column {place + 1}"
        if place == symbol:
            continue
        if not heading_key(text):
            remarks.append(f"{where} has no heading of its own (merged cells?) and is left out.")
        elif field is None:
            remarks.append(f"{where}, “{plain_line(text, 40)}”, is not known and is left out.")
        elif field == SYMBOL or field in columns:
            remarks.append(f"{where}, “{plain_line(text, 40)}”, stands there twice; the first one counts.")
        else:
            columns[field] = Column(place, field, KINDS[field])
    if len(remarks) > _MAX_REMARKS:
        remarks[_MAX_REMARKS:] = [f"{len(remarks) - _MAX_REMARKS} more columns are left out."]
    return tuple(columns.values()), tuple(remarks)
