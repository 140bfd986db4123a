"""The packed days of a store: one row a block, which its check sum covers together with whose and of when it is."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from live_monitor.data.stores.packed_numbers import DamagedBlock
from live_monitor.data.stores.packing import MAX_BARS, BlockPacker
from live_monitor.data.stores.periods import LATEST_MS, Period
from live_monitor.engine.market.bar_columns import BarColumns
from live_monitor.ports import SeriesKey


class Block(NamedTuple):
    """A block as it was found; its bars are asked of `Blocks.bars`."""

    number: int
    period: Period
    length: int
    checksum: int
    data: bytes


_COLUMNS = "id, day, from_ms, to_ms, bars, checksum, data"


def checksum(key: SeriesKey, period: Period, bars: int, data: bytes) -> int:
    """CRC-32 of `market|symbol|timeframe|day|from_ms|to_ms|bars|` and the bytes of the block."""
    fields = (key.market, key.symbol, key.timeframe.name, *period, bars, "")
    return zlib.crc32(data, zlib.crc32("|".join(map(str, fields)).encode()))


class Blocks:
    """Reads and writes blocks inside the transactions of its caller. One thread at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._packer = BlockPacker()

    def exists(self, series: int, day: int) -> bool:
        """True where the day is packed."""
        found = self._connection.execute("SELECT 1 FROM blocks WHERE series = ? AND day = ?", (series, day))
        return found.fetchone() is not None

    def newest_day(self, series: int) -> int:
        """The newest packed day; 0 without any."""
        (day,) = self._connection.execute("SELECT max(day) FROM blocks WHERE series = ?", (series,)).fetchone()
        return day or 0

    def of_day(self, series: int, day: int) -> Block | None:
        """The block of one day."""
        found = self._connection.execute(
            f"SELECT {_COLUMNS} FROM blocks WHERE series = ? AND day = ?", (series, day)
        ).fetchone()
        return _block(found) if found is not None else None

    def newest_first(self, series: int, first: Period, last: Period) -> Iterator[Block]:
        """The blocks of the days from `first` to `last`.

        The days beside them too where they reach into these: a calendar may have changed since they were packed.
        """
        found = self._connection.execute(
            f"SELECT {_COLUMNS} FROM blocks WHERE series = ? AND day >= "
            "coalesce((SELECT max(day) FROM blocks WHERE series = ? AND day < ?), 0) "
            "AND day <= coalesce((SELECT min(day) FROM blocks WHERE series = ? AND day > ?), 99999999) "
            "ORDER BY day DESC",
            (series, series, first.day, series, last.day),
        )
        for each in found:
            block = _block(each)
            day, from_ms, to_ms = block.period
            if first.day <= day <= last.day or (from_ms < last.to_ms and to_ms > first.from_ms):
                yield block

    def write(self, series: int, key: SeriesKey, period: Period, bars: BarColumns) -> None:
        """Makes `bars` the block of their day. Replaces the one that stands there, in the caller's transaction."""
        data = self._packer.pack(bars)
        self._connection.execute(
            "INSERT INTO blocks (series, day, from_ms, to_ms, bars, checksum, data) VALUES (?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (series, day) DO UPDATE SET from_ms = excluded.from_ms, to_ms = excluded.to_ms, "
            "bars = excluded.bars, checksum = excluded.checksum, data = excluded.data",
            (series, *period, bars.length, checksum(key, period, bars.length, data), data),
        )

    def bars(self, key: SeriesKey, block: Block, end_ms: int = LATEST_MS, limit: int = MAX_BARS) -> BarColumns | None:
        """At least the newest `limit` bars that start before `end_ms`; None when the block is damaged."""
        # A damaged row can hold a value of any type.
        if type(block.data) is not bytes:
            return None
        if checksum(key, block.period, block.length, block.data) != block.checksum:
            return None
        try:
            return self._packer.newest(block.data, end_ms, limit)
        except DamagedBlock:
            return None


def _block(row: tuple[int, int, int, int, int, int, bytes]) -> Block:
    number, day, from_ms, to_ms, length, found, data = row
    return Block(number, Period(day, from_ms, to_ms), length, found, data)
