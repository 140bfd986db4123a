"""The days of a store, whichever way each is kept; inside the transactions of the caller."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final, NamedTuple

from live_monitor.data.stores.bar_rows import decode_rows, encode_rows
from live_monitor.data.stores.blocks import Block, Blocks
from live_monitor.data.stores.damage import DamageBook, Damaged
from live_monitor.data.stores.packing import MAX_BARS
from live_monitor.data.stores.periods import EARLIEST_MS, LATEST_MS, CalendarFor, Period, period_of, period_on
from live_monitor.data.stores.ranked import best_of
from live_monitor.engine.market.bar_columns import BarColumns
from live_monitor.ports import SeriesKey

_PUT_ROW: Final = """
    INSERT INTO bars (series, start_ms, source, value) VALUES (?, ?, ?, ?)
    ON CONFLICT (series, start_ms) DO UPDATE SET source = excluded.source, value = excluded.value
    WHERE excluded.source >= source"""
_EVER: Final = Period(0, EARLIEST_MS, EARLIEST_MS)


class Home(NamedTuple):
    """Where a series keeps the bars of a period: in a block when it is `packed`, else in rows."""

    period: Period
    packed: bool


class Days:
    """Reads and writes bars by day. One thread at a time."""

    def __init__(self, connection: sqlite3.Connection, damage: DamageBook, calendar_for: CalendarFor) -> None:
        self._connection = connection
        self._damage = damage
        self._calendar_for = calendar_for
        self._blocks = Blocks(connection)

    # -- writing -------------------------------------------------------------------------------

    def put_rows(self, numbers: Sequence[int], bars: BarColumns) -> None:
        """Keeps bars as rows; `numbers` says of which series each is."""
        rows = zip(numbers, bars.start_ms.tolist(), bars.source.tolist(), encode_rows(bars), strict=True)
        self._connection.executemany(_PUT_ROW, rows)

    def merge(self, series: int, key: SeriesKey, period: Period, bars: BarColumns) -> None:
        """Keeps bars of one period in its block, together with all that is known of it."""
        known = self._of_block(series, key, self._blocks.of_day(series, period.day))
        rows = self._rows(series, key, period.from_ms, period.to_ms)
        # Before anything is written where they lie.
        self._damage.settle(self._connection)
        everything = best_of([known, rows, bars])
        if everything.length:
            self._blocks.write(series, key, period, everything)
        if rows.length:
            self._connection.execute(
                "DELETE FROM bars WHERE series = ? AND start_ms >= ? AND start_ms < ?",
                (series, period.from_ms, period.to_ms),
            )

    def is_packed(self, series: int, period: Period) -> bool:
        """True where the bars of the period are in a block."""
        return self._blocks.exists(series, period.day)

    def is_closed(self, series: int, period: Period) -> bool:
        """True where the period is packed, or the series has bars of a later one."""
        if self._blocks.newest_day(series) > period.day or self.is_packed(series, period):
            return True
        later = self._connection.execute(
            "SELECT 1 FROM bars WHERE series = ? AND start_ms >= ? LIMIT 1", (series, period.to_ms)
        )
        return later.fetchone() is not None

    # -- reading -------------------------------------------------------------------------------

    def between(self, series: int, key: SeriesKey, from_ms: int, to_ms: int) -> BarColumns:
        """The bars that start in [`from_ms`, `to_ms`)."""
        if series < 0 or from_ms >= to_ms:
            return BarColumns.of(())
        calendar = self._calendar_for(key.symbol)
        first, last = (period_of(calendar, key.timeframe, ms) for ms in (from_ms, to_ms - 1))
        blocks = [
            self._of_block(series, key, block, to_ms).between(from_ms, to_ms)
            for block in self._blocks.newest_first(series, first, last)
        ]
        return best_of([*reversed(blocks), self._rows(series, key, from_ms, to_ms)])

    def newest(self, series: int, key: SeriesKey, end_ms: int, limit: int) -> BarColumns:
        """The newest `limit` bars that start before `end_ms`."""
        if series < 0 or limit <= 0:
            return BarColumns.of(())
        rows = self._newest_rows(series, key, end_ms, limit)
        last = period_of(self._calendar_for(key.symbol), key.timeframe, end_ms - 1)
        parts: list[BarColumns] = []
        found = best_of([rows])
        for block in self._blocks.newest_first(series, _EVER, last):
            # Neither this nor an older block can add to what starts behind it.
            if found.between(block.period.to_ms, LATEST_MS).length >= limit:
                break
            parts.append(self._of_block(series, key, block, end_ms, limit))
            found = best_of([*reversed(parts), rows])
            if found.between(block.period.from_ms, LATEST_MS).length >= limit:
                break
        return found.rows(slice(max(0, found.length - limit), None))

    def _rows(self, series: int, key: SeriesKey, from_ms: int, to_ms: int) -> BarColumns:
        found = self._connection.execute(
            "SELECT start_ms, value FROM bars WHERE series = ? AND start_ms >= ? AND start_ms < ? ORDER BY start_ms",
            (series, max(from_ms, EARLIEST_MS), min(to_ms, LATEST_MS)),
        ).fetchall()
        return self._sound(series, key, found)

    def _newest_rows(self, series: int, key: SeriesKey, end_ms: int, limit: int) -> BarColumns:
        found = self._connection.execute(
            "SELECT start_ms, value FROM bars WHERE series = ? AND start_ms < ? ORDER BY start_ms DESC LIMIT ?",
            (series, min(end_ms, LATEST_MS), min(limit, 2**31)),
        ).fetchall()
        return self._sound(series, key, found[::-1])

    def _sound(self, series: int, key: SeriesKey, found: list[tuple[int, bytes]]) -> BarColumns:
        bars, damaged = decode_rows([start for start, _ in found], [value for _, value in found])
        for start_ms in damaged:
            day = period_of(self._calendar_for(key.symbol), key.timeframe, start_ms).day
            self._damage.note(Damaged(series, key, day, start_ms, start_ms + 1))
        return bars

    def _of_block(
        self, series: int, key: SeriesKey, block: Block | None, end_ms: int = LATEST_MS, limit: int = MAX_BARS
    ) -> BarColumns:
        """At least the newest `limit` bars of a block before `end_ms`; none of a damaged one, which is noted."""
        if block is None:
            return BarColumns.of(())
        bars = self._blocks.bars(key, block, end_ms, limit)
        if bars is not None:
            return bars
        calendar = self._calendar_for(key.symbol)
        try:
            # What the block says of its own time is as doubtful as its bars.
            _, from_ms, to_ms = period_on(calendar, key.timeframe, block.period.day)
        except ValueError:
            from_ms, to_ms = EARLIEST_MS, LATEST_MS
        self._damage.note(Damaged(series, key, block.period.day, from_ms, to_ms, block.number))
        return BarColumns.of(())
