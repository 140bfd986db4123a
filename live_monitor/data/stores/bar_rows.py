"""The bars of an open day as rows: 72 bytes a bar, bit for bit, each with a check sum of its own.

SQLite's own columns would not do: they keep NaN as NULL, lose the sign of -0.0, read four times slower, and do not
notice a flipped bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from live_monitor.engine.market.bar_columns import BarColumns

#: One bar without its start, which is the key of its row (docs/history-store.md).
ROW: Final = np.dtype(
    [
        ("open", "<f8"),
        ("high", "<f8"),
        ("low", "<f8"),
        ("close", "<f8"),
        ("volume", "<f8"),
        ("vwap", "<f8"),
        ("trades", "<i8"),
        ("cumulative_volume", "<f8"),
        ("source", "u1"),
        ("revised", "u1"),
        ("proof", "u1"),
        ("unused", "u1"),
        ("check", "<u4"),
    ]
)
_WORDS: Final = ROW.itemsize // 8
#: Odd, so that no change of a single word leaves the sum as it was.
_FACTORS: Final = np.array([0x9E3779B97F4A7C15 * (2 * word + 1) % 2**64 for word in range(_WORDS + 1)], np.uint64)
_FLAGS: Final = np.uint64(0xFFFFFFFF)
_HALF: Final = np.uint64(32)


def encode_rows(bars: BarColumns) -> Iterator[bytes]:
    """The value of each bar's row, in order."""
    rows = np.zeros(bars.length, ROW)
    for name, column in zip(bars._fields, bars, strict=True):
        if name != "start_ms":
            rows[name] = column
    rows["check"] = _checks(rows, bars.start_ms)
    raw, size = rows.tobytes(), ROW.itemsize
    return (raw[at : at + size] for at in range(0, len(raw), size))


def decode_rows(starts: Sequence[int], values: Sequence[bytes]) -> tuple[BarColumns, list[int]]:
    """The bars of rows that ascend by start; and the starts of those that were left out because they are damaged."""
    damaged = [start for start, raw in zip(starts, values, strict=True) if not _is_whole(raw)]
    if damaged:
        whole = [(start, raw) for start, raw in zip(starts, values, strict=True) if _is_whole(raw)]
        starts, values = [start for start, _ in whole], [raw for _, raw in whole]
    start_ms = np.array(starts, np.int64)
    rows = np.frombuffer(b"".join(values), ROW)
    sound = (rows["check"] == _checks(rows, start_ms)) & (rows["revised"] < 2)
    if not sound.all():
        damaged = sorted(damaged + start_ms[~sound].tolist())
        start_ms, rows = start_ms[sound], rows[sound]
    named = {name: np.ascontiguousarray(rows[name]) for name in BarColumns._fields if name != "start_ms"}
    named["revised"] = named["revised"].view(np.bool_)
    return BarColumns(start_ms=start_ms, **named), damaged


def _is_whole(raw: object) -> bool:
    # A damaged row can hold a value of any type.
    return type(raw) is bytes and len(raw) == ROW.itemsize


def _checks(rows: NDArray[np.void], start_ms: NDArray[np.int64]) -> NDArray[np.uint32]:
    """A check sum for each row; it covers the start too, and not the field in which it stands."""
    words = rows.view("<u8").reshape(len(rows), _WORDS)
    total = start_ms.view(np.uint64) * _FACTORS[_WORDS] + (words[:, _WORDS - 1] & _FLAGS) * _FACTORS[_WORDS - 1]
    for word in range(_WORDS - 1):
        total += words[:, word] * _FACTORS[word]
    # Zeros must not pass for a bar; folding lets the low half see the high bits.
    total += _FACTORS[1]
    folded: NDArray[np.uint32] = (total ^ (total >> _HALF)).astype(np.uint32)
    return folded
