"""What a store does when nothing else is to be done: closed days into blocks, old ones away; a little at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from live_monitor.data.models.timeframe import Timeframe
from live_monitor.data.stores import covers
from live_monitor.data.stores.days import Days
from live_monitor.data.stores.periods import EARLIEST_MS, CalendarFor, period_of
from live_monitor.engine.market.bar_columns import BarColumns
from live_monitor.ports import SeriesKey

_DAY_MS: Final = 86_400_000
#: Series that one call looks at, blocks and rows that it lets go: some tenths of a second at most.
_SERIES_A_CALL: Final = 500
_BLOCKS_A_CALL: Final = 1_000
_ROWS_A_CALL: Final = 100_000
#: Pages that one call gives back to the disk, once half of the file and more than so many are unused.
_PAGES_A_CALL: Final = 1_000
_UNUSED_PAGES: Final = 2_000


class _Series(NamedTuple):
    number: int
    key: SeriesKey


class Maintenance:
    """Inside the transactions of the caller, but for `shrink`. One thread at a time."""

    def __init__(self, connection: sqlite3.Connection, days: Days, calendar_for: CalendarFor) -> None:
        self._connection = connection
        self._days = days
        self._calendar_for = calendar_for
        #: The series up to which the present round of each kind of work has come.
        self._packed_to = 0
        self._forgotten_to = 0

    def pack(self, now_ms: int) -> bool:
        """Packs one closed day, or looks at some series without finding any. False at the end of a round."""
        for series, key in self._series_after(self._packed_to):
            first, last = self._connection.execute(
                "SELECT (SELECT min(start_ms) FROM bars WHERE series = ?1), "
                "(SELECT max(start_ms) FROM bars WHERE series = ?1)",
                (series,),
            ).fetchone()
            if first is not None:
                period = period_of(self._calendar_for(key.symbol), key.timeframe, first)
                if period.to_ms <= max(now_ms, last) or self._days.is_closed(series, period):
                    # The same series may have another day: it is looked at again.
                    self._days.merge(series, key, period, BarColumns.of(()))
                    return True
            self._packed_to = series
        return self._round_goes_on("_packed_to")

    def forget(self, keep_days: Mapping[str, int], now_ms: int) -> bool:
        """Lets go of what is too old, as far as one call goes. False at the end of a round."""
        blocks, rows = _BLOCKS_A_CALL, _ROWS_A_CALL
        for series, key in self._series_after(self._forgotten_to):
            kept = keep_days.get(key.timeframe.name, 0)
            if kept > 0:
                oldest = period_of(self._calendar_for(key.symbol), key.timeframe, now_ms - kept * _DAY_MS)
                blocks -= self._forget_blocks(series, oldest.day, blocks)
                rows -= self._forget_rows(series, oldest.from_ms, rows)
                covers.remove(self._connection, series, EARLIEST_MS, oldest.from_ms)
                if not blocks or not rows:
                    return True
            self._forgotten_to = series
        return self._round_goes_on("_forgotten_to")

    def shrink(self, connection: sqlite3.Connection) -> bool:
        """Gives some unused pages back to the disk when most of the file is unused; True when there are more."""
        (unused,) = connection.execute("PRAGMA freelist_count").fetchone()
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        if unused <= max(_UNUSED_PAGES, pages // 2):
            return False
        connection.execute(f"PRAGMA incremental_vacuum({_PAGES_A_CALL})").fetchall()
        return True

    def _forget_blocks(self, series: int, day: int, most: int) -> int:
        """How many blocks of days before `day` are gone now, the oldest first."""
        return self._connection.execute(
            "DELETE FROM blocks WHERE id IN (SELECT id FROM blocks WHERE series = ? AND day < ? ORDER BY day LIMIT ?)",
            (series, day, most),
        ).rowcount

    def _forget_rows(self, series: int, from_ms: int, most: int) -> int:
        """How many rows of bars that start before `from_ms` are gone now, the oldest first."""
        return self._connection.execute(
            "DELETE FROM bars WHERE series = ?1 AND start_ms < min(?2, coalesce((SELECT start_ms FROM bars "
            "WHERE series = ?1 AND start_ms < ?2 ORDER BY start_ms LIMIT 1 OFFSET ?3), ?2))",
            (series, from_ms, most),
        ).rowcount

    def _series_after(self, number: int) -> Iterator[_Series]:
        found = self._connection.execute(
            "SELECT id, market, symbol, timeframe FROM series WHERE id > ? ORDER BY id LIMIT ?",
            (number, _SERIES_A_CALL),
        ).fetchall()
        for series, market, symbol, name in found:
            yield _Series(series, SeriesKey(market, symbol, Timeframe.parse(name)))

    def _round_goes_on(self, mark: str) -> bool:
        """True while series are left to look at; else the next call starts over."""
        if next(self._series_after(getattr(self, mark)), None) is not None:
            return True
        setattr(self, mark, 0)
        return False
