"""The embedded store: one SQLite file in the user's folder, no server (docs/history-store.md, ADR 19).

The open day lies in rows, closed days in blocks. A day of a series is in one of the two and never in both: what turns
rows into a block does so in one transaction, and a late bar of a packed day goes into its block at once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from live_monitor.data.models.timeframe import Timeframe
from live_monitor.data.stores import covers as stretches
from live_monitor.data.stores.damage import DamageBook
from live_monitor.data.stores.days import Days, Home
from live_monitor.data.stores.maintenance import Maintenance
from live_monitor.data.stores.periods import CalendarFor, by_period, period_of
from live_monitor.data.stores.sqlite_file import in_words, is_damage, open_file, transaction
from live_monitor.engine.market.bar_columns import Bar, BarColumns
from live_monitor.engine.market.sessions import calendar_for as calendar_by_symbol
from live_monitor.errors import StoreError
from live_monitor.ports import SeriesKey


class SqliteStore:
    """`HistoryStore` in one file. Several processes may read and write it; writers wait for one another.

    Opened by the constructor, which raises StoreError. `calendar_for` gives a symbol's calendar; `busy_s` is how long a
    call may wait for another program's lock. One thread at a time, not always the same one.
    """

    def __init__(self, path: Path, *, calendar_for: CalendarFor = calendar_by_symbol, busy_s: float = 5.0) -> None:
        self.name = str(path)
        self._path = path
        self._calendar_for = calendar_for
        #: Why nothing may be written any more; each call says it again.
        self._refusal: StoreError | None = None
        self._series: dict[SeriesKey, int] = {}
        #: Where the bars of each series go that come now.
        self._homes: dict[int, Home] = {}
        self._version = -1
        self._damage = DamageBook()
        self._connection: sqlite3.Connection | None = open_file(path, busy_s)
        self._days = Days(self._connection, self._damage, calendar_for)
        self._maintenance = Maintenance(self._connection, self._days, calendar_for)

    @property
    def notice(self) -> str:
        """One line for the person about bars that were found damaged and left out; else empty."""
        return self._damage.notice

    # -- writing -------------------------------------------------------------------------------

    def put(self, key: SeriesKey, bars: BarColumns, covers: tuple[int, int] | None = None) -> None:
        """As in `HistoryStore`. Closed days go into blocks at once. Raises ValueError for bars that do not ascend."""
        if np.any(bars.start_ms[1:] <= bars.start_ms[:-1]):
            raise ValueError("bars must ascend, each start once")
        known_to_ms = max(covers[1] if covers is not None else 0, int(bars.start_ms[-1]) if bars.length else 0)
        with self._writing() as connection:
            series = self._number_of(connection, key)
            for period, part in by_period(self._calendar_for(key.symbol), key.timeframe, bars):
                if period.to_ms <= known_to_ms or self._days.is_closed(series, period):
                    self._days.merge(series, key, period, part)
                else:
                    self._days.put_rows([series] * part.length, part)
            if covers is not None:
                stretches.add(connection, series, *covers)
        self._homes.clear()

    def append(self, rows: Sequence[tuple[SeriesKey, Bar]]) -> None:
        """As in `HistoryStore`; of two bars with the same start the later in `rows` counts as the newer."""
        if not rows:
            return
        with self._writing() as connection:
            numbers, fresh, late = [], [], []
            for key, bar in rows:
                series = self._number_of(connection, key)
                home = self._home(series, key, bar.start_ms)
                if home.packed:
                    late.append((series, key, home, bar))
                else:
                    numbers.append(series)
                    fresh.append(bar)
            self._days.put_rows(numbers, BarColumns.of(fresh))
            for series, key, home, bar in late:
                self._days.merge(series, key, home.period, BarColumns.of([bar]))

    def pack(self, now_ms: int) -> bool:
        """Turns the rows of one closed day into a block; True when there may be more to do.

        `now_ms`: market time. A day is closed when it is over, or when its series has later bars.
        """
        with self._writing():
            more = self._maintenance.pack(now_ms)
        self._homes.clear()
        return more

    def forget(self, keep_days: Mapping[str, int], now_ms: int) -> bool:
        """Lets go of some of what is older than `keep_days` (by timeframe; 0 keeps); True when there may be more."""
        with self._writing():
            more = self._maintenance.forget(keep_days, now_ms)
        self._homes.clear()
        with self._at_work() as connection:
            return self._maintenance.shrink(connection) or more

    # -- reading -------------------------------------------------------------------------------

    def read(self, key: SeriesKey, from_ms: int, to_ms: int) -> BarColumns:
        """As in `HistoryStore`."""
        with self._reading() as connection:
            series = self._known(connection, key)
            found = self._days.between(series, key, from_ms, to_ms)
        self._settle()
        return found

    def last(self, key: SeriesKey, end_ms: int, limit: int) -> BarColumns:
        """As in `HistoryStore`."""
        with self._reading() as connection:
            series = self._known(connection, key)
            found = self._days.newest(series, key, end_ms, limit)
        self._settle()
        return found

    def covered_from(self, key: SeriesKey, end_ms: int) -> int | None:
        """As in `HistoryStore`."""
        with self._reading() as connection:
            series = self._known(connection, key)
            start = stretches.start_reaching(connection, series, end_ms)
            if start is not None:
                start = self._damage.sound_from(series, start, end_ms)
        return start

    def series(self) -> list[SeriesKey]:
        """As in `HistoryStore`."""
        with self._reading() as connection:
            found = connection.execute(
                "SELECT market, symbol, timeframe FROM series WHERE EXISTS (SELECT 1 FROM bars WHERE series = id) "
                "OR EXISTS (SELECT 1 FROM blocks WHERE series = series.id)"
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
        except BaseException as problem:
            # What was remembered in a transaction that failed is not so.
            self._series.clear()
            self._homes.clear()
            if not isinstance(problem, sqlite3.Error):
                raise
            said = in_words(self._path, problem)
            if is_damage(problem):
                self._refusal = said
            raise said from problem

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """All that is read inside agrees, whatever another process packs meanwhile."""
        with self._at_work() as connection, transaction(connection, "DEFERRED"):
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, in which everything noted as damaged is put aside, too."""
        with self._at_work() as connection:
            committed = False
            try:
                with transaction(connection):
                    self._notice_other_writers(connection)
                    yield connection
                    self._damage.settle(connection)
                committed = True
            finally:
                self._damage.settled(committed)

    def _notice_other_writers(self, connection: sqlite3.Connection) -> None:
        """Forgets where bars go when another process wrote: it may have packed the day."""
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            self._homes.clear()
            self._version = version

    def _settle(self) -> None:
        """Puts aside what a read found damaged; where that cannot be, it waits for the next time."""
        if not self._damage.waiting:
            return
        try:
            with self._writing():
                pass
        except StoreError:
            # It was said, is left out and counts as missing all the same (`DamageBook.sound_from`).
            return
        self._homes.clear()

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

    def _home(self, series: int, key: SeriesKey, start_ms: int) -> Home:
        home = self._homes.get(series)
        if home is None or not home.period.from_ms <= start_ms < home.period.to_ms:
            period = period_of(self._calendar_for(key.symbol), key.timeframe, start_ms)
            home = self._homes[series] = Home(period, self._days.is_packed(series, period))
        return home
