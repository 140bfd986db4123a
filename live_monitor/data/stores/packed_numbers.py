"""Whole numbers as few bytes: split where they are mostly multiples, cut into byte planes, compressed plane by plane.

The lowest parts of the code of `packing`. What is read is never trusted: every length is bounded by the number of bars,
and what does not decode to exactly that many raises `DamagedBlock`.
"""

from __future__ import annotations

import struct
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
import zstandard
from numpy.typing import NDArray

Longs = NDArray[np.int64]
Bytes = NDArray[np.uint8]

#: How a plane of bytes is kept.
_EQUAL, _PLAIN, _ZSTD = 0, 1, 2
#: How whole numbers are kept.
_CONSTANT, _UNSIGNED, _SIGNED, _SPLIT = 0, 1, 2, 3
#: Lots, sub-pennies and fractional shares make numbers that are mostly multiples of these.
_DIVISORS: Final = (1_000_000, 10_000, 100)
#: Numbers are split where at least this part of them is a multiple; by chance it would be a hundredth.
_WORTH_A_SPLIT: Final = 1 / 16
#: A split part is split again at most once.
_MAX_DEPTH: Final = 2
#: Numbers that are looked at to choose how to keep all.
SAMPLE: Final = 256
#: Planes hold noise and zeros, in which higher levels find nothing more.
_LEVEL: Final = 1
#: A plane shorter than this is not worth a frame.
_MIN_FRAME: Final = 32

_LONG, _COUNT = struct.Struct("<q"), struct.Struct("<I")


_N = TypeVar("_N", bound=np.generic)


class DamagedBlock(ValueError):
    """Packed bytes that no version of this program wrote."""


class _Lane(NamedTuple):
    """The integers of the machine in which numbers of so many bytes are computed; `stored` is little-endian."""

    size: int
    signed: np.dtype[Any]
    unsigned: np.dtype[Any]
    stored: np.dtype[Any]


_LANES: Final = tuple(
    _Lane(size, np.dtype(f"i{size}"), np.dtype(f"u{size}"), np.dtype(f"<u{size}")) for size in (1, 2, 4, 8)
)


def _lane(width: int) -> _Lane:
    return next(lane for lane in _LANES if lane.size >= width)


def sampled(values: NDArray[_N]) -> NDArray[_N]:
    """Some of the values, evenly spread."""
    return values[:: max(1, len(values) // SAMPLE)]


class NumberWriter:
    """Collects numbers; `taken` gives their bytes. May be used again and again, by one thread at a time."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        # Lengths are known to the reader, and a check sum lies around the whole block.
        self._zstd = zstandard.ZstdCompressor(
            level=_LEVEL, write_content_size=False, write_checksum=False, write_dict_id=False
        )

    def taken(self) -> bytes:
        """Everything that was written since the last call."""
        whole = b"".join(self._parts)
        self._parts.clear()
        return whole

    def byte(self, value: int) -> None:
        """One number from 0 to 255."""
        self._parts.append(bytes((value,)))

    def count(self, value: int) -> None:
        """One number from 0 to 2**32 - 1."""
        self._parts.append(_COUNT.pack(value))

    def long(self, value: int) -> None:
        """One signed number of 64 bits."""
        self._parts.append(_LONG.pack(value))

    def octets(self, values: Bytes) -> None:
        """A column of bytes."""
        if not len(values) or bool((values == values[0]).all()):
            self._parts.append(bytes((_EQUAL, values[0] if len(values) else 0)))
            return
        plain = values.tobytes()
        packed = self._zstd.compress(plain) if len(plain) >= _MIN_FRAME else plain
        if len(packed) + _COUNT.size >= len(plain):
            self._parts += (bytes((_PLAIN,)), plain)
        else:
            self._parts += (bytes((_ZSTD,)), _COUNT.pack(len(packed)), packed)

    def longs(self, values: Longs, depth: int = 0) -> None:
        """A column of signed numbers of 64 bits, any."""
        if not len(values) or bool((values == values[0]).all()):
            self.byte(_CONSTANT)
            self.long(int(values[0]) if len(values) else 0)
            return
        divisor = _divisor(values) if depth < _MAX_DEPTH else 1
        if divisor > 1:
            self.byte(_SPLIT)
            self.count(divisor)
            quotients = values // divisor
            self.longs(quotients, depth + 1)
            self.longs(values - quotients * divisor, depth + 1)
            return
        lowest, highest = int(values.min()), int(values.max())
        signed = lowest < 0
        width = ((2 * max(highest, -1 - lowest) + 1 if signed else highest).bit_length() + 7) // 8
        lane = _lane(width)
        narrow = values.astype(lane.signed, copy=False)
        # Small negative numbers become small positive ones: 0, -1, 1, -2 … are 0, 1, 2, 3 …
        folded = (narrow << 1) ^ (narrow >> (8 * lane.size - 1)) if signed else narrow
        self._parts.append(bytes((_SIGNED if signed else _UNSIGNED, width)))
        by_byte = folded.astype(lane.stored, copy=False).view(np.uint8).reshape(-1, lane.size)
        for plane in range(width):
            self.octets(np.ascontiguousarray(by_byte[:, plane]))


def _divisor(values: Longs) -> int:
    """By what the numbers are split; 1 where that gains nothing."""
    some = sampled(values)
    for divisor in _DIVISORS:
        multiples = some % divisor == 0
        # Zeros are multiples of everything and say nothing.
        telling = int((multiples & (some != 0)).sum())
        if telling >= max(1, _WORTH_A_SPLIT * int((some != 0).sum())):
            return divisor
    return 1


class NumberReader:
    """Reads what `NumberWriter` wrote. Every method raises DamagedBlock."""

    def __init__(self, raw: memoryview) -> None:
        self._raw = raw
        self._at = 0
        self._zstd = zstandard.ZstdDecompressor()

    def end(self) -> None:
        """Nothing may follow."""
        if self._at != len(self._raw):
            raise DamagedBlock("bytes follow the end")

    def _take(self, size: int) -> memoryview:
        part = self._raw[self._at : self._at + size]
        if len(part) != size:
            raise DamagedBlock("ends too soon")
        self._at += size
        return part

    def byte(self) -> int:
        return self._take(1)[0]

    def count(self, most: int) -> int:
        """A number of at most `most`."""
        (value,) = _COUNT.unpack(self._take(_COUNT.size))
        if value > most:
            raise DamagedBlock(f"a count of {value:,} where {most:,} is the most")
        return int(value)

    def long(self) -> int:
        return int(_LONG.unpack(self._take(_LONG.size))[0])

    def octets(self, rows: int) -> Bytes:
        """A column of `rows` bytes."""
        kind = self.byte()
        if kind == _EQUAL:
            return np.full(rows, self.byte(), np.uint8)
        if kind == _PLAIN:
            return np.frombuffer(self._take(rows), np.uint8)
        if kind != _ZSTD:
            raise DamagedBlock(f"no such kind of bytes: {kind}")
        # What is compressed is smaller: more is a lie.
        frame = self._take(self.count(rows))
        try:
            # A frame that names its own size would be believed before it is looked at.
            if zstandard.frame_content_size(frame) >= 0:
                raise DamagedBlock("a frame with a size of its own")
            plain = self._zstd.decompress(frame, max_output_size=rows, allow_extra_data=False)
        except zstandard.ZstdError as problem:
            raise DamagedBlock(str(problem)) from problem
        if len(plain) != rows:
            raise DamagedBlock(f"{len(plain):,} bytes where {rows:,} belong")
        return np.frombuffer(plain, np.uint8)

    def longs(self, rows: int, depth: int = 0) -> Longs:
        """A column of `rows` signed numbers of 64 bits."""
        kind = self.byte()
        if kind == _CONSTANT:
            return np.full(rows, self.long(), np.int64)
        if kind == _SPLIT and depth < _MAX_DEPTH:
            divisor = self.count(max(_DIVISORS))
            quotients = self.longs(rows, depth + 1)
            return quotients * divisor + self.longs(rows, depth + 1)
        if kind not in (_UNSIGNED, _SIGNED):
            raise DamagedBlock(f"no such kind of numbers: {kind}")
        width = self.byte()
        if not 1 <= width <= 8:
            raise DamagedBlock(f"numbers of {width} bytes")
        lane = _lane(width)
        by_byte = np.empty((rows, lane.size), np.uint8)
        for plane in range(lane.size):
            by_byte[:, plane] = self.octets(rows) if plane < width else 0
        folded = by_byte.view(lane.stored).reshape(rows).astype(lane.unsigned, copy=False)
        if kind == _SIGNED:
            folded = (folded >> 1).view(lane.signed) ^ -(folded & 1).view(lane.signed)
        return np.asarray(folded, np.int64)
