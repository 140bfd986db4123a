"""Rows of values as a table: columns declared as data, sorted by meaning, changed in place.

A row keeps its place while its figures change with the market: rows move when somebody sorts, when rows come or go,
and when what they are sorted by is no figure of the market.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from live_monitor.ui.theme import Theme
from live_monitor.ui.tooltips import plain_tooltip

Row = TypeVar("Row")
SortKey = float | str | tuple[float, ...]
_NO_MARK: Final = ""


class Column(NamedTuple, Generic[Row]):
    """One column: its heading, what it shows, what it sorts by, its colour role, and how it lies.

    `live`: it changes with the market, so that its changes move no row. `hint`: what the heading means. `spare`: it is
    left out where not all columns have room.
    """

    heading: str
    text: Callable[[Row], str]
    key: Callable[[Row], SortKey]
    role: Callable[[Row], str] = lambda _row: "text"
    numeric: bool = False
    width: int = 90
    bold: bool = False
    live: bool = False
    hint: str = ""
    spare: bool = False


def source_column(read: Callable[[Row], str], hint: str) -> Column[Row]:
    """Whose prices a row is of. Settings of before there was one have no width for it (`RowTable`)."""
    return Column("Source", read, read, lambda _row: "muted", width=100, hint=hint, spare=True)


class RowModel(QAbstractTableModel, Generic[Row]):
    """Rows by a key that names them for good. Main thread."""

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        theme: Theme,
        key: Callable[[Row], str],
        mark: Callable[[Row], Hashable] = lambda _row: _NO_MARK,
        parent: QObject | None = None,
    ) -> None:
        """`mark`: what of a row can change; rows of equal marks are painted alike."""
        super().__init__(parent)
        self.columns = columns
        self._theme = theme
        self._key, self._mark = key, mark
        self._given: list[str] = []
        self._marks: dict[str, Hashable] = {}
        self._rows: list[Row] = []
        self._sorted_by, self._order = 0, Qt.SortOrder.DescendingOrder

    @property
    def rows(self) -> Sequence[Row]:
        """Rows as they are listed."""
        return self._rows

    def row_of(self, key: str) -> int:
        """Where the row of this key is listed; −1 where it is not."""
        return next((at for at, row in enumerate(self._rows) if self._key(row) == key), -1)

    def set_theme(self, theme: Theme) -> None:
        """Colours for the next paint."""
        self._theme = theme
        self._tell(0, len(self._rows) - 1)

    def show_rows(self, rows: Sequence[Row]) -> bool:
        """Takes rows over: one `dataChanged` for what changed, insertions and removals for the rest. True: changed."""
        keys = [self._key(row) for row in rows]
        marks = {key: self._mark(row) for key, row in zip(keys, rows, strict=True)}
        if keys == self._given and marks == self._marks:
            return False
        before, self._marks = self._marks, marks
        by_key = dict(zip(keys, rows, strict=True))
        came_or_went = keys != self._given
        self._given = keys
        if came_or_went:
            self._drop(by_key)
        changed = []
        for at, row in enumerate(self._rows):
            key = self._key(row)
            self._rows[at] = by_key[key]
            if before.get(key) != marks[key]:
                changed.append(at)
        if came_or_went:
            self._add(by_key)
        if changed:
            self._tell(changed[0], changed[-1])
        if came_or_went or (changed and not self.columns[self._sorted_by].live):
            self._arrange()
        return True

    def refresh_column(self, column: int) -> None:
        """Paints a column anew whose texts come from elsewhere."""
        if self._rows:
            self.dataChanged.emit(self.index(0, column), self.index(len(self._rows) - 1, column))

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sorts; what has no number comes last in either direction."""
        if 0 <= column < len(self.columns):
            self._sorted_by, self._order = column, order
            self._arrange()

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row, column = self._rows[index.row()], self.columns[index.column()]
        result: object = None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            result = column.text(row)
        elif role == Qt.ItemDataRole.ToolTipRole:
            result = plain_tooltip(column.text(row))
        elif role == Qt.ItemDataRole.ForegroundRole:
            result = self._theme.color(column.role(row))
        elif role == Qt.ItemDataRole.FontRole:
            result = self._theme.font(13, 600 if column.bold else 400)
        elif role == Qt.ItemDataRole.TextAlignmentRole:
            result = _alignment(column)
        return result

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        return {
            int(Qt.ItemDataRole.DisplayRole): column.heading,
            int(Qt.ItemDataRole.ToolTipRole): plain_tooltip(column.hint),
            int(Qt.ItemDataRole.TextAlignmentRole): _alignment(column),
            int(Qt.ItemDataRole.FontRole): self._theme.font(11),
        }.get(int(role))

    def _tell(self, first: int, last: int) -> None:
        if 0 <= first <= last:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))

    def _drop(self, kept: dict[str, Row]) -> None:
        at = len(self._rows) - 1
        while at >= 0:
            last = at
            while at >= 0 and self._key(self._rows[at]) not in kept:
                at -= 1
            if at < last:
                self.beginRemoveRows(QModelIndex(), at + 1, last)
                del self._rows[at + 1 : last + 1]
                self.endRemoveRows()
            at -= 1

    def _add(self, by_key: dict[str, Row]) -> None:
        present = {self._key(row) for row in self._rows}
        fresh = [row for key, row in by_key.items() if key not in present]
        if fresh:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(fresh) - 1)
            self._rows.extend(fresh)
            self.endInsertRows()

    def _arrange(self) -> None:
        by = self.columns[self._sorted_by].key
        keyed = [(by(row), at) for at, row in enumerate(self._rows)]
        known = [pair for pair in keyed if not _absent(pair[0])]
        # Any mixture of types would be a mistake in the columns; each has keys of one type.
        ranked: list[tuple[Any, int]] = known
        ranked.sort(key=lambda pair: pair[0], reverse=self._order == Qt.SortOrder.DescendingOrder)
        places = [at for _, at in ranked] + [at for key, at in keyed if _absent(key)]
        if places == list(range(len(places))):
            return
        self.layoutAboutToBeChanged.emit()
        was = self.persistentIndexList()
        now = {old: new for new, old in enumerate(places)}
        self._rows = [self._rows[at] for at in places]
        self.changePersistentIndexList(was, [self.index(now[one.row()], one.column()) for one in was])
        self.layoutChanged.emit()


def _absent(key: SortKey) -> bool:
    return isinstance(key, float) and math.isnan(key)


def _alignment(column: Column[Any]) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.numeric else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
