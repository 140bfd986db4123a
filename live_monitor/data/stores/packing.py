"""A day's bars as one compact block, and back, bit for bit (docs/history-store.md).

A block holds some thousand bars in each of its chunks, so that the newest are had without unpacking the morning. What
is read is never trusted, and what `pack` did not write raises `DamagedBlock`.
"""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from live_monitor.data.stores.packed_columns import read_columns, write_columns
from live_monitor.data.stores.packed_numbers import DamagedBlock, NumberReader, NumberWriter
from live_monitor.engine.market.bar_columns import BarColumns

FORMAT: Final = 1
#: Far above the 90,000 seconds of the longest day.
MAX_BARS: Final = 2**20
#: Bars that are packed together: the last 2,000 of a day need not wait for the morning.
CHUNK_BARS: Final = 8_000
#: Format and number of chunks; then bars, bytes and first start of each.
_HEAD: Final = struct.Struct("<BI")
_ENTRY: Final = struct.Struct("<IIq")
_END_OF_TIME: Final = 2**63 - 1


def _contiguous(bars: BarColumns) -> BarColumns:
    """The bars, each column in a memory of its own order, so that its bits can be looked at."""
    return BarColumns._make(np.ascontiguousarray(column) for column in bars)


class _Chunk(NamedTuple):
    """Where a part of a block lies: `rows` bars, the first of which starts at `first_ms`, in bytes [`start`, `end`)."""

    rows: int
    first_ms: int
    start: int
    end: int


class BlockPacker:
    """Packs and unpacks. One thread at a time."""

    def __init__(self) -> None:
        self._out = NumberWriter()

    def pack(self, bars: BarColumns) -> bytes:
        """The block of `bars`, which ascend. Raises ValueError for more than MAX_BARS."""
        if bars.length > MAX_BARS:
            raise ValueError(f"{bars.length:,} bars are more than a block holds")
        whole = _contiguous(bars)
        directory, chunks = [], []
        for rows in _cuts(bars.length):
            part = whole.rows(rows)
            write_columns(self._out, part)
            chunks.append(self._out.taken())
            directory.append(_ENTRY.pack(part.length, len(chunks[-1]), int(part.start_ms[0])))
        return b"".join([_HEAD.pack(FORMAT, len(chunks)), *directory, *chunks])

    def unpack(self, raw: bytes) -> BarColumns:
        """The bars of a block. Raises DamagedBlock for what `pack` did not write."""
        return self.newest(raw, _END_OF_TIME, MAX_BARS)

    def newest(self, raw: bytes, end_ms: int, limit: int) -> BarColumns:
        """At least the newest `limit` bars that start before `end_ms`, and none that start later.

        Raises DamagedBlock as far as it looks.
        """
        found: list[BarColumns] = []
        for chunk in reversed(_directory(raw)):
            if limit <= 0:
                break
            if chunk.first_ms < end_ms:
                bars = self._chunk(raw, chunk)
                if found and bars.start_ms[-1] >= found[-1].start_ms[0]:
                    raise DamagedBlock("chunks out of order")
                found.append(bars.rows(slice(0, int(bars.start_ms.searchsorted(end_ms)))))
                limit -= found[-1].length
        return BarColumns.joined(reversed(found))

    @staticmethod
    def _chunk(raw: bytes, chunk: _Chunk) -> BarColumns:
        source = NumberReader(memoryview(raw)[chunk.start : chunk.end])
        bars = read_columns(source, chunk.rows)
        source.end()
        if bars.start_ms[0] != chunk.first_ms or np.any(bars.start_ms[1:] <= bars.start_ms[:-1]):
            raise DamagedBlock("bars out of order")
        return bars


def _cuts(rows: int) -> list[slice]:
    """The rows of each chunk; the last ones are full, because the newest bars are what is asked for most."""
    starts = list(range(rows - CHUNK_BARS, 0, -CHUNK_BARS)) if rows > CHUNK_BARS * 5 // 4 else []
    if starts and starts[-1] < CHUNK_BARS // 4:
        starts.pop()
    edges = [0, *reversed(starts), rows]
    return [slice(start, end) for start, end in pairwise(edges) if start < end]


def _directory(raw: bytes) -> list[_Chunk]:
    """Where the chunks of a block lie. Raises DamagedBlock."""
    if len(raw) < _HEAD.size or raw[0] != FORMAT:
        raise DamagedBlock("of another format")
    _, count = _HEAD.unpack_from(raw)
    at = _HEAD.size + count * _ENTRY.size
    if len(raw) < at:
        raise DamagedBlock("ends too soon")
    chunks, bars = [], 0
    for rows, size, first_ms in _ENTRY.iter_unpack(raw[_HEAD.size : at]):
        chunks.append(_Chunk(rows, first_ms, at, at + size))
        at, bars = at + size, bars + rows
        if not rows or bars > MAX_BARS or (len(chunks) > 1 and chunks[-2].first_ms >= first_ms):
            raise DamagedBlock("a directory that cannot be")
    if at != len(raw):
        raise DamagedBlock("of another length")
    return chunks
