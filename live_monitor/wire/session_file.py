"""Session files: what a provider sent, byte for byte, with the time at which it was received.

A session is one MCAP file (docs/session-files.md), so that other tools read it too: zstd chunks with a
check sum each, an index at the end, one channel per provider and symbol. Sans-I/O: callers open the paths.
"""

from __future__ import annotations

import io
import logging
import re
import struct
import zlib
from collections.abc import Iterator
from datetime import date
from typing import IO, Final, NamedTuple
from zoneinfo import ZoneInfo

import zstandard
from mcap.opcode import Opcode
from mcap.writer import CompressionType, Writer
from msgspec import Struct

from live_monitor import limits
from live_monitor.errors import SessionFileError
from live_monitor.wire.session_index import (
    CHANNEL_RECORD,
    MAGIC,
    MAX_CHUNK_BYTES,
    SESSION_RECORD,
    ChunkRef,
    read_index,
    read_session_record,
    walk,
)

_log = logging.getLogger(__name__)

FORMAT_VERSION: Final = 1
#: Uncompressed bytes of a chunk: small enough that a crash loses little, large enough to compress 5 to 1.
CHUNK_BYTES: Final = 2**18
_SCHEMA: Final = "live_monitor.raw_frame"
_NAME: Final = re.compile(r"[a-z0-9_-]{1,32}")
_TOPIC: Final = re.compile(r"[\x21-\x7e]{1,64}")

_RECORD: Final = struct.Struct("<BQ")
_CHUNK_HEAD: Final = struct.Struct("<QQQII")
_MESSAGE: Final = struct.Struct("<HIQQ")


class SessionHeader(Struct, frozen=True):
    """What a session is a recording of.

    `provider` names the rules of its conditions, `encoding` what its frames are written in ("iqfeed-ticks", "relay"):
    the two differ where a relay server passes on what another provider told. `label` is what the provider wanted
    painted beside its prices ("SIMULATED"; "" for real ones). `trading_date` (ISO) is the last day of the recording in
    `time_zone`. Raises SessionFileError for values that cannot be.
    """

    provider: str
    encoding: str
    symbols: tuple[str, ...]
    trading_date: str
    time_zone: str = "America/New_York"
    label: str = ""
    importer: str = ""
    version: int = FORMAT_VERSION

    def __post_init__(self) -> None:
        problem = self._problem()
        if problem:
            raise SessionFileError(f"The session header is not usable: {problem}.", "Record or import it again.")

    def _problem(self) -> str:
        if not _NAME.fullmatch(self.provider) or not _NAME.fullmatch(self.encoding):
            return f"provider {self.provider!r} or encoding {self.encoding!r}"
        if len(self.symbols) > limits.MAX_SYMBOLS or not all(map(limits.valid_symbol, self.symbols)):
            return "a symbol with bad characters, or too many"
        if len(self.label) > limits.MAX_TEXT or len(self.importer) > limits.MAX_TEXT:
            return "a text that is too long"
        try:
            date.fromisoformat(self.trading_date)
            ZoneInfo(self.time_zone)
        except (ValueError, OSError, KeyError):
            return f"date {self.trading_date!r} or time zone {self.time_zone!r}"
        return ""


class Frame(NamedTuple):
    """One frame as it arrived: `received_ns` is the UTC time of receipt, `published_ns` the sender's (or the same)."""

    received_ns: int
    channel: str
    raw: bytes
    published_ns: int


class SessionWriter:
    """Writes frames in the order of their arrival. One thread; the same calls make the same bytes.

    Memory is bounded by one chunk. `stream` is a buffered binary file, which stays the caller's to close.
    """

    def __init__(self, stream: IO[bytes], header: SessionHeader, *, chunk_bytes: int = CHUNK_BYTES) -> None:
        self._mcap = Writer(stream, chunk_size=chunk_bytes, compression=CompressionType.ZSTD)
        self._mcap.start(profile="live-monitor", library=f"live-monitor session {FORMAT_VERSION}")
        self._mcap.add_metadata(SESSION_RECORD, _to_metadata(header))
        self._encoding = header.encoding
        self._schema = self._mcap.register_schema(_SCHEMA, "", b"")
        self._channels: dict[str, int] = {}
        self.frames = 0

    def write(self, raw: bytes, received_ns: int, channel: str, published_ns: int | None = None) -> None:
        """Adds one frame; `channel` is its topic, such as `iqfeed/XYZ` or `polygon`.

        Raises SessionFileError for a frame larger than any provider may send or a topic that is no topic, and
        OSError from the stream.
        """
        if len(raw) > limits.MAX_MESSAGE_BYTES:
            raise SessionFileError(f"A frame of {len(raw):,} bytes is too large for a session.", "Drop it.")
        channel_id = self._channels.get(channel) or self._register(channel)
        published = received_ns if published_ns is None else published_ns
        self._mcap.add_message(channel_id, received_ns, raw, published, self.frames & 0xFFFFFFFF)
        self.frames += 1

    def _register(self, channel: str) -> int:
        if not _TOPIC.fullmatch(channel):
            raise SessionFileError(
                f"{channel!r} cannot name a channel.", "Use the provider's name, or provider/SYMBOL."
            )
        channel_id = self._mcap.register_channel(channel, self._encoding, self._schema)
        # Outside the chunks too, so that a damaged chunk never takes the names of later frames with it.
        self._mcap.add_metadata(CHANNEL_RECORD, {"id": str(channel_id), "topic": channel})
        self._channels[channel] = channel_id
        return channel_id

    def flush(self) -> None:
        """Ends the chunk in progress and hands it to the file: what was written so far survives a crash."""
        self._mcap.flush()  # type: ignore[no-untyped-call]  # mcap leaves methods without arguments unannotated

    def close(self) -> None:
        """Ends the last chunk and writes the index. The stream stays open."""
        self._mcap.finish()  # type: ignore[no-untyped-call]  # mcap leaves methods without arguments unannotated


class SessionReader:
    """Reads a session, whole or cut off, by time. One thread; memory is bounded by one chunk and the index.

    `notice` says in words what is missing of the file ("" when nothing is); `damaged_chunks` counts what `frames`
    had to leave out. Raises SessionFileError for a file that is no session.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        try:
            size = stream.seek(0, io.SEEK_END)
            stream.seek(0)
            if stream.read(len(MAGIC)) != MAGIC:
                raise SessionFileError(
                    "This is not a session file.", "Make one with `live-monitor import` or by recording a session."
                )
            record = read_session_record(stream, size)
            if record is None:
                raise SessionFileError(
                    "The file holds no session: it was cut off before its first frame, or another program wrote it.",
                    "Record or import it again.",
                )
            self.header = _from_metadata(record)
            index = read_index(stream, size) or walk(stream, size)
        except OSError as error:
            raise _unreadable(error) from error
        self.notice = index.notice
        self._chunks = index.chunks
        self._channels = index.channels
        self._damaged: set[int] = set()

    @property
    def damaged_chunks(self) -> int:
        """Chunks that `frames` met and left out because their bytes are not what was written."""
        return len(self._damaged)

    @property
    def start_ns(self) -> int:
        """Receive time of the earliest frame; 0 for an empty session."""
        return min((chunk.start_ns for chunk in self._chunks), default=0)

    @property
    def end_ns(self) -> int:
        """Receive time of the latest frame; 0 for an empty session."""
        return max((chunk.end_ns for chunk in self._chunks), default=0)

    def fingerprint(self) -> str:
        """Eight hexadecimal digits that depend on every frame and its time, by the check sums of the chunks.

        Raises SessionFileError when the file cannot be read.
        """
        seen = zlib.crc32(repr(_to_metadata(self.header)).encode())
        try:
            for chunk in self._chunks:
                self._stream.seek(chunk.offset + _RECORD.size)
                seen = zlib.crc32(self._stream.read(_CHUNK_HEAD.size), seen)
        except OSError as error:
            raise _unreadable(error) from error
        return f"{seen:08x}"

    def frames(self, start_ns: int | None = None, end_ns: int | None = None) -> Iterator[Frame]:
        """Frames received in [`start_ns`, `end_ns`), in the order of arrival; only chunks in that range are read.

        Times ascend unless the recorder's clock was set back. Raises SessionFileError when the file cannot be read.
        """
        low = 0 if start_ns is None else start_ns
        high = 2**64 if end_ns is None else end_ns
        for chunk in self._chunks:
            if chunk.end_ns < low or chunk.start_ns >= high:
                continue
            whole = chunk.start_ns >= low and chunk.end_ns < high
            for frame in self._open(chunk):
                if whole or low <= frame.received_ns < high:
                    yield frame

    def _open(self, chunk: ChunkRef) -> list[Frame]:
        """The frames of one chunk; an empty list, counted, when it is damaged."""
        try:
            self._stream.seek(chunk.offset)
            record = self._stream.read(chunk.length)
        except OSError as error:
            raise _unreadable(error) from error
        try:
            return _parse_frames(_decompress(record), self._channels)
        except _DamagedChunk as error:
            if chunk.offset not in self._damaged:
                self._damaged.add(chunk.offset)
                _log.warning("Left out the chunk at byte %d of a session file: %s", chunk.offset, error)
            return []


class _DamagedChunk(Exception):
    """The bytes of a chunk are not what was written."""


def _decompress(record: bytes) -> bytes:
    """The records inside a chunk record. Raises _DamagedChunk, before it allocates what a damaged size asks for."""
    try:
        opcode, length = _RECORD.unpack_from(record)
        _, _, size, checksum, name_length = _CHUNK_HEAD.unpack_from(record, _RECORD.size)
        at = _RECORD.size + _CHUNK_HEAD.size
        compression = record[at : at + name_length]
        at += name_length
        (data_length,) = struct.unpack_from("<Q", record, at)
    except struct.error as error:
        raise _DamagedChunk("its head is cut off") from error
    data = record[at + 8 : at + 8 + data_length]
    if opcode != Opcode.CHUNK or length != len(record) - _RECORD.size or len(data) != data_length:
        raise _DamagedChunk("its lengths contradict one another")
    if size > MAX_CHUNK_BYTES:
        raise _DamagedChunk("it claims an impossible size")
    if compression == b"zstd":
        try:
            if zstandard.frame_content_size(data) not in (size, -1):
                raise _DamagedChunk("its sizes contradict one another")
            data = zstandard.decompress(data, max_output_size=size) if size else b""
        except zstandard.ZstdError as error:
            raise _DamagedChunk("it cannot be decompressed") from error
    elif compression:
        raise _DamagedChunk("it is compressed in a way that is not understood")
    if len(data) != size or (checksum and zlib.crc32(data) != checksum):
        raise _DamagedChunk("its check sum is wrong")
    return data


def _parse_frames(data: bytes, channels: dict[int, str]) -> list[Frame]:
    frames: list[Frame] = []
    head = _RECORD.size + _MESSAGE.size
    at, end = 0, len(data)
    while at + _RECORD.size <= end:
        opcode, length = _RECORD.unpack_from(data, at)
        after = at + _RECORD.size + length
        if after > end:
            raise _DamagedChunk("a record leaves its bounds")
        if opcode == Opcode.MESSAGE:
            if length < _MESSAGE.size:
                raise _DamagedChunk("a frame is shorter than its head")
            channel_id, _, received_ns, published_ns = _MESSAGE.unpack_from(data, at + _RECORD.size)
            channel = channels.get(channel_id)
            if channel is None:
                raise _DamagedChunk("a frame belongs to a channel that the file does not name")
            frames.append(Frame(received_ns, channel, data[at + head : after], published_ns))
        at = after
    if at != end:
        raise _DamagedChunk("its last record is cut off")
    return frames


def _unreadable(error: OSError) -> SessionFileError:
    return SessionFileError(
        f"The session file cannot be read: {error.strerror or error}.", "Check the disk and try again."
    )


def _to_metadata(header: SessionHeader) -> dict[str, str]:
    return {
        "format": str(header.version),
        "provider": header.provider,
        "encoding": header.encoding,
        "symbols": ",".join(header.symbols),
        "trading_date": header.trading_date,
        "time_zone": header.time_zone,
        "label": header.label,
        "importer": header.importer,
    }


def _from_metadata(record: dict[str, str]) -> SessionHeader:
    version = record.get("format", "")
    if not version.isdecimal() or int(version) > FORMAT_VERSION:
        raise SessionFileError(
            f"The session file has format {version[:20]!r}; this program reads {FORMAT_VERSION}.",
            "Open it with the program that wrote it, or update this one.",
        )
    symbols = record.get("symbols", "")
    return SessionHeader(
        provider=record.get("provider", ""),
        encoding=record.get("encoding", ""),
        symbols=tuple(symbols.split(",")) if symbols else (),
        trading_date=record.get("trading_date", ""),
        time_zone=record.get("time_zone", ""),
        label=record.get("label", ""),
        importer=record.get("importer", ""),
        version=int(version),
    )
