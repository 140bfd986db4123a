"""Columns of bars with spare room at both ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from live_monitor.engine.market.bar_columns import COLUMNS, Bar, BarColumns, bar_at

#: Rows of room that growing leaves at least.
_SPARE = 64


class BarRing:
    """Rows of bars, ascending by start; the caller keeps them so. One thread.

    Growing leaves room in proportion to the length, so a row at the end costs O(1) on average.
    """

    def __init__(self, capacity: int) -> None:
        self._columns: list[NDArray[Any]] = [np.zeros(capacity, dtype) for dtype in COLUMNS.values()]
        self._first = self._end = capacity // 4

    def __len__(self) -> int:
        return self._end - self._first

    def column(self, number: int) -> NDArray[Any]:
        """A read-only view of one column, in the order of `COLUMNS`; valid until the next change."""
        view = self._columns[number][self._first : self._end]
        view.flags.writeable = False
        return view

    def part(self, number: int, rows: slice) -> NDArray[Any]:
        """Some rows of one column, to write to."""
        return self._columns[number][self._first : self._end][rows]

    def rows(self) -> BarColumns:
        """Read-only views of every column."""
        return BarColumns(*(self.column(number) for number in range(len(COLUMNS))))

    def bar(self, index: int) -> Bar:
        """The row at `index`, from 0."""
        return bar_at(self._columns, self._first + index)

    def append(self, bar: Bar) -> None:
        """Adds a row at the end."""
        if self._end == len(self._columns[0]):
            self._make_room(front=0, back=1)
        self._end += 1
        self.write(len(self) - 1, bar)

    def write(self, index: int, bar: Bar) -> None:
        """Replaces the row at `index`."""
        at = self._first + index
        for column, value in zip(self._columns, bar, strict=True):
            column[at] = value

    def overwrite(self, index: NDArray[np.intp], bars: BarColumns) -> None:
        """Replaces the rows at `index` by `bars`."""
        at = self._first + index
        for column, values in self._beside(bars):
            column[at] = values

    def extend(self, bars: BarColumns) -> None:
        """Adds rows at the end."""
        if len(self._columns[0]) - self._end < bars.length:
            self._make_room(front=0, back=bars.length)
        self._end += bars.length
        self._fill(self._end - bars.length, bars)

    def extend_front(self, bars: BarColumns) -> None:
        """Adds rows before the first."""
        if self._first < bars.length:
            self._make_room(front=bars.length, back=0)
        self._first -= bars.length
        self._fill(self._first, bars)

    def insert(self, index: NDArray[np.intp], bars: BarColumns) -> None:
        """Adds rows, each before the row that `index` names."""
        present = slice(self._first, self._end)
        merged = BarColumns(*(np.insert(column[present], index, values) for column, values in self._beside(bars)))
        self.clear()
        self.extend(merged)

    def clear(self) -> None:
        """Drops every row."""
        self._end = self._first

    def drop_front(self, count: int) -> None:
        """Drops the first `count` rows."""
        self._first += count

    def _fill(self, at: int, bars: BarColumns) -> None:
        for column, values in self._beside(bars):
            column[at : at + bars.length] = values

    def _beside(self, bars: BarColumns) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
        return zip(self._columns, bars, strict=True)

    def _make_room(self, front: int, back: int) -> None:
        length = len(self)
        front_room = max(front, length // 8) + _SPARE if front else min(self._first, length // 8 + _SPARE)
        back_room = max(back, length // 2) + _SPARE if back else len(self._columns[0]) - self._end
        for number, column in enumerate(self._columns):
            grown = np.zeros(front_room + length + back_room, column.dtype)
            grown[front_room : front_room + length] = column[self._first : self._end]
            self._columns[number] = grown
        self._first, self._end = front_room, front_room + length
