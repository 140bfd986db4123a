"""Where the chunks of a session file lie: from its index, or by a walk over the file when the index is missing.

The walk reads record headers only and never trusts a length that it did not check against the size of the
file, so a file that was cut or damaged anywhere yields what is whole and nothing else.
"""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import IO, Final, NamedTuple

from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.records import Channel, ChunkIndex, Footer, Metadata

MAGIC: Final = b"\x89MCAP0\r\n"
#: Names of the metadata records that carry the header of the session and, before its first chunk, each channel.
SESSION_RECORD: Final = "live_monitor.session"
CHANNEL_RECORD: Final = "live_monitor.channel"

#: What a record other than a chunk may take; ours are a few hundred bytes.
MAX_RECORD_BYTES: Final = 2**20
#: A chunk of ours holds 256 KiB and one frame at most; other writers use 1 to 4 MiB.
MAX_CHUNK_BYTES: Final = 2**26
MAX_INDEX_BYTES: Final = 2**26

_PREFIX: Final = struct.Struct("<BQ")
_CHUNK: Final = struct.Struct("<QQQII")
_FOOTER_BYTES: Final = _PREFIX.size + 20 + len(MAGIC)

#: What the record parsers raise on bytes that are not what they claim to be.
_MALFORMED: Final = (McapError, struct.error, UnicodeDecodeError, KeyError, ValueError)


class ChunkRef(NamedTuple):
    """Place of one chunk record in the file, and the receive times (ns) of its first and last frame."""

    offset: int
    length: int
    start_ns: int
    end_ns: int


class Index(NamedTuple):
    """Chunks in file order, topics by channel id, and in words what is missing ("" when nothing is)."""

    chunks: list[ChunkRef]
    channels: dict[int, str]
    notice: str = ""


def _read_at(stream: IO[bytes], offset: int, count: int) -> bytes:
    stream.seek(offset)
    return stream.read(count)


def _parser(body: bytes) -> ReadDataStream:
    return ReadDataStream(BytesIO(body))


def read_session_record(stream: IO[bytes], size: int) -> dict[str, str] | None:
    """The header of the session, which stands before the first chunk; None when there is none."""
    offset = len(MAGIC)
    while offset + _PREFIX.size <= size:
        opcode, length = _PREFIX.unpack(_read_at(stream, offset, _PREFIX.size))
        offset += _PREFIX.size
        if opcode == Opcode.CHUNK or length > MAX_RECORD_BYTES or offset + length > size:
            return None
        if opcode == Opcode.METADATA:
            record = _metadata(_read_at(stream, offset, length))
            if record is not None and record.name == SESSION_RECORD:
                return record.metadata
        offset += length
    return None


def _metadata(body: bytes) -> Metadata | None:
    try:
        record: Metadata = Metadata.read(_parser(body))
    except _MALFORMED:
        return None
    return record


def read_index(stream: IO[bytes], size: int) -> Index | None:
    """The index at the end of a file that was closed properly; None when it is missing or damaged."""
    if size < len(MAGIC) + _FOOTER_BYTES:
        return None
    tail = _read_at(stream, size - _FOOTER_BYTES, _FOOTER_BYTES)
    if _PREFIX.unpack_from(tail) != (Opcode.FOOTER, 20) or not tail.endswith(MAGIC):
        return None
    footer = Footer.read(_parser(tail[_PREFIX.size : -len(MAGIC)]))
    start, end = footer.summary_start, size - _FOOTER_BYTES
    if not len(MAGIC) <= start <= end or end - start > MAX_INDEX_BYTES:
        return None
    summary = _read_at(stream, start, end - start)
    # The check covers the footer up to itself as well.
    if footer.summary_crc != zlib.crc32(tail[: _PREFIX.size + 16], zlib.crc32(summary)):
        return None
    return _parse_summary(summary, start)


def _parse_summary(summary: bytes, data_end: int) -> Index | None:
    chunks: list[ChunkRef] = []
    channels: dict[int, str] = {}
    at = 0
    try:
        while at < len(summary):
            opcode, length = _PREFIX.unpack_from(summary, at)
            at += _PREFIX.size
            body = summary[at : at + length]
            at += length
            if opcode == Opcode.CHANNEL:
                channel = Channel.read(_parser(body))
                channels[channel.id] = channel.topic
            elif opcode == Opcode.CHUNK_INDEX:
                entry = ChunkIndex.read(_parser(body))
                if entry.chunk_start_offset + entry.chunk_length > data_end:
                    return None
                chunks.append(
                    ChunkRef(
                        entry.chunk_start_offset, entry.chunk_length, entry.message_start_time, entry.message_end_time
                    )
                )
    except _MALFORMED:
        return None
    chunks.sort()
    return Index(chunks, channels)


def walk(stream: IO[bytes], size: int) -> Index:
    """Every whole chunk up to the first record that is cut off or impossible."""
    chunks: list[ChunkRef] = []
    channels: dict[int, str] = {}
    offset = len(MAGIC)
    while True:
        prefix = _read_at(stream, offset, _PREFIX.size)
        if len(prefix) < _PREFIX.size:
            return Index(chunks, channels, "The file was cut off; frames after its last whole chunk are lost.")
        opcode, length = _PREFIX.unpack(prefix)
        if opcode == Opcode.DATA_END:
            return Index(chunks, channels, "The file lost its index; every frame is still there.")
        body = offset + _PREFIX.size
        limit = MAX_CHUNK_BYTES if opcode == Opcode.CHUNK else MAX_INDEX_BYTES
        if opcode == 0 or length > limit:
            return Index(chunks, channels, f"The file is damaged at byte {offset}; what follows is lost.")
        if body + length > size:
            return Index(chunks, channels, "The file was cut off; frames after its last whole chunk are lost.")
        if opcode == Opcode.CHUNK and length >= _CHUNK.size:
            start_ns, end_ns = _CHUNK.unpack(_read_at(stream, body, _CHUNK.size))[:2]
            chunks.append(ChunkRef(offset, _PREFIX.size + length, start_ns, end_ns))
        elif opcode == Opcode.METADATA and length <= MAX_RECORD_BYTES:
            record = _metadata(_read_at(stream, body, length))
            if record is not None and record.name == CHANNEL_RECORD and record.metadata.get("id", "").isdecimal():
                channels[int(record.metadata["id"])] = record.metadata.get("topic", "")
        offset = body + length
