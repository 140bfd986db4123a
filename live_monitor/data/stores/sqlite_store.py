"""The embedded store: one SQLite file in the user's folder, no server (docs/history-store.md, ADR 19)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np

from live_monitor.data.models.timeframe import Timeframe
from live_monitor.data.stores.bar_rows import decode_rows, encode_rows
from live_monitor.data.stores.sqlite_file import in_words, is_damage, open_file, transaction
from live_monitor.engine.market.bar_columns import Bar, BarColumns
from live_monitor.errors import StoreError
from live_monitor.ports import SeriesKey

_PUT_ROW: Final = """
    INSERT INTO bars (series, start_ms, source, value) VALUES (?, ?, ?, ?)
    ON CONFLICT (series, start_ms) DO UPDATE SET source = excluded.source, value = excluded.value
    WHERE excluded.source >= source"""


class SqliteStore:
    """`HistoryStore` in one file. Several processes may read it while one writes.

    Opened by the constructor, which raises StoreError. One thread at a time, not always the same one.
    """

    def __init__(self, path: Path, *, busy_s: float = 2.0) -> None:
        self.name = str(path)
        self._path = path
        #: Why nothing may be written any more; each call says it again.
        self._refusal: StoreError | None = None
        self._series: dict[SeriesKey, int] = {}
        self._connection: sqlite3.Connection | None = open_file(path, busy_s)

    # -- writing -------------------------------------------------------------------------------

    def put(self, key: SeriesKey, bars: BarColumns, covers: tuple[int, int] | None = None) -> None:
        """As in `HistoryStore`. Raises ValueError for bars that do not ascend."""
        check_ascending(bars)
        with self._at_work() as connection, transaction(connection):
            series = self._number_of(connection, key)
            starts, sources = bars.start_ms.tolist(), bars.source.tolist()
            rows = zip([series] * bars.length, starts, sources, encode_rows(bars), strict=True)
            connection.executemany(_PUT_ROW, rows)
            if covers is not None and covers[0] < covers[1]:
                _cover(connection, series, *covers)

    def append(self, rows: Sequence[tuple[SeriesKey, Bar]]) -> None:
        """As in `HistoryStore`; of two bars with the same start the later in `rows` counts as the newer."""
        bars = BarColumns.of(bar for _, bar in rows)
        with self._at_work() as connection, transaction(connection):
            numbers = [self._number_of(connection, key) for key, _ in rows]
            values = zip(numbers, bars.start_ms.tolist(), bars.source.tolist(), encode_rows(bars), strict=True)
            connection.executemany(_PUT_ROW, values)

    # -- reading -------------------------------------------------------------------------------

    def read(self, key: SeriesKey, from_ms: int, to_ms: int) -> BarColumns:
        """As in `HistoryStore`."""
        with self._at_work() as connection, transaction(connection, "DEFERRED"):
            series = self._known(connection, key)
            found = connection.execute(
                "SELECT start_ms, value FROM bars WHERE series = ? AND start_ms BETWEEN ? AND ? ORDER BY start_ms",
                (series, from_ms, to_ms - 1),
            ).fetchall()
        return _bars_of(found)

    def last(self, key: SeriesKey, end_ms: int, limit: int) -> BarColumns:
        """As in `HistoryStore`."""
        with self._at_work() as connection, transaction(connection, "DEFERRED"):
            series = self._known(connection, key)
            found = connection.execute(
                "SELECT start_ms, value FROM bars WHERE series = ? AND start_ms < ? ORDER BY start_ms DESC LIMIT ?",
                (series, end_ms, max(limit, 0)),
            ).fetchall()
        return _bars_of(found[::-1])

    def covered_from(self, key: SeriesKey, end_ms: int) -> int | None:
        """As in `HistoryStore`."""
        with self._at_work() as connection:
            found = connection.execute(
                "SELECT from_ms, to_ms FROM covers WHERE series = ? AND from_ms < ? ORDER BY from_ms DESC LIMIT 1",
                (self._known(connection, key), end_ms),
            ).fetchone()
        return found[0] if found is not None and found[1] >= end_ms else None

    def series(self) -> list[SeriesKey]:
        """As in `HistoryStore`."""
        with self._at_work() as connection:
            found = connection.execute(
                "SELECT market, symbol, timeframe FROM series WHERE EXISTS (SELECT 1 FROM bars WHERE series = id)"
            ).fetchall()
        return sorted(SeriesKey(market, symbol, Timeframe.parse(name)) for market, symbol, name in found)

    def close(self) -> None:
        """As in `HistoryStore`."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # -- the file ------------------------------------------------------------------------------

    @contextmanager
    def _at_work(self) -> Iterator[sqlite3.Connection]:
        """The connection, and every failure of it in words."""
        if self._refusal is not None:
            raise StoreError(self._refusal.message, self._refusal.remedy)
        if self._connection is None:
            raise StoreError(f"The store of bars {self._path} is closed.")
        try:
            yield self._connection
        except sqlite3.Error as problem:
            said = in_words(self._path, problem)
            # Numbers of series that were given in a transaction that failed.
            self._series.clear()
            if is_damage(problem):
                self._refusal = said
            raise said from problem

    def _known(self, connection: sqlite3.Connection, key: SeriesKey) -> int:
        """The number of a series, or -1, which none has. Another process may have added it a moment ago."""
        number = self._series.get(key)
        if number is None:
            found = connection.execute(
                "SELECT id FROM series WHERE market = ? AND symbol = ? AND timeframe = ?",
                (key.market, key.symbol, key.timeframe.name),
            ).fetchone()
            if found is None:
                return -1
            number = self._series[key] = int(found[0])
        return number

    def _number_of(self, connection: sqlite3.Connection, key: SeriesKey) -> int:
        """The number of a series, which it gets now if it has none."""
        number = self._known(connection, key)
        if number < 0:
            connection.execute(
                "INSERT INTO series (market, symbol, timeframe) VALUES (?, ?, ?)",
                (key.market, key.symbol, key.timeframe.name),
            )
            number = self._known(connection, key)
        return number


def check_ascending(bars: BarColumns) -> None:
    """Raises ValueError for bars that do not ascend strictly: a caller's mistake, which would make two of one bar."""
    if np.any(bars.start_ms[1:] <= bars.start_ms[:-1]):
        raise ValueError("bars must ascend, each start once")


def _bars_of(found: Sequence[tuple[int, bytes]]) -> BarColumns:
    return decode_rows([start for start, _ in found], [value for _, value in found])[0]


def _cover(connection: sqlite3.Connection, series: int, from_ms: int, to_ms: int) -> None:
    """Adds a stretch to the covered ones; those that it touches become one with it."""
    touched = connection.execute(
        "SELECT from_ms, to_ms FROM covers WHERE series = ? AND from_ms <= ? AND to_ms >= ?", (series, to_ms, from_ms)
    ).fetchall()
    connection.executemany("DELETE FROM covers WHERE series = ? AND from_ms = ?", [(series, at) for at, _ in touched])
    whole = min([from_ms, *(start for start, _ in touched)]), max([to_ms, *(end for _, end in touched)])
    connection.execute("INSERT INTO covers (series, from_ms, to_ms) VALUES (?, ?, ?)", (series, *whole))
