"""Session files: whole, cut off, damaged, foreign."""

from __future__ import annotations

import io
import struct
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcap.reader import make_reader
from mcap.records import ChunkIndex
from mcap.writer import CompressionType, Writer

from live_monitor.errors import SessionFileError
from live_monitor.limits import MAX_MESSAGE_BYTES
from live_monitor.wire.session_file import Frame, SessionHeader, SessionReader, SessionWriter

HEADER = SessionHeader("iqfeed", "iqfeed-ticks", ("XYZ", "BRK.B"), "2021-03-01", importer="test 1.0", label="SIMULATED")
START_NS = 1_614_589_200_000_000_000
SECOND_NS = 1_000_000_000


def frame(number: int) -> Frame:
    """One frame a second; a third of them arrives later than it was sent, on a second channel."""
    received = START_NS + number * SECOND_NS
    channel = "iqfeed/XYZ" if number % 3 else "iqfeed/BRK.B"
    return Frame(received, channel, b"row %06d," % number + bytes(range(number % 40)), received - number % 3)


FRAMES = [frame(number) for number in range(240)]


def written(frames: list[Frame], *, chunk_bytes: int = 1_024, close: bool = True) -> bytes:
    stream = io.BytesIO()
    writer = SessionWriter(stream, HEADER, chunk_bytes=chunk_bytes)
    for each in frames:
        writer.write(each.raw, each.received_ns, each.channel, each.published_ns)
    if close:
        writer.close()
    else:
        writer.flush()
    return stream.getvalue()


WHOLE = written(FRAMES)


def read(data: bytes) -> list[Frame]:
    return list(SessionReader(io.BytesIO(data)).frames())


def opened(data: bytes) -> SessionReader | SessionFileError:
    try:
        return SessionReader(io.BytesIO(data))
    except SessionFileError as error:
        return error


def data_section() -> int:
    """Offset of the index, behind the last chunk."""
    (start,) = struct.unpack_from("<Q", WHOLE, len(WHOLE) - 8 - 20)
    return int(start)


def chunk_indexes() -> list[ChunkIndex]:
    summary = make_reader(io.BytesIO(WHOLE)).get_summary()
    assert summary is not None
    return summary.chunk_indexes


def chunk_offsets() -> list[int]:
    return [index.chunk_start_offset for index in chunk_indexes()]


class CountingStream(io.BytesIO):
    """Knows how many bytes were asked of it."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


def test_frames_come_back_byte_for_byte_in_the_order_of_arrival() -> None:
    reader = SessionReader(io.BytesIO(WHOLE))
    assert list(reader.frames()) == FRAMES
    assert reader.header == HEADER
    assert (reader.start_ns, reader.end_ns) == (FRAMES[0].received_ns, FRAMES[-1].received_ns)
    assert (reader.notice, reader.damaged_chunks) == ("", 0)


def test_the_same_frames_make_the_same_bytes() -> None:
    assert written(FRAMES) == WHOLE


def test_an_empty_session_is_a_session() -> None:
    reader = SessionReader(io.BytesIO(written([])))
    assert list(reader.frames()) == []
    assert (reader.start_ns, reader.end_ns, reader.header) == (0, 0, HEADER)


def test_the_order_of_arrival_is_kept_when_the_clock_was_set_back() -> None:
    frames = [*FRAMES[100:200], *FRAMES[:100]]
    assert read(written(frames)) == frames


@given(st.integers(-5, 250), st.integers(-5, 250))
def test_a_range_of_time_holds_its_start_and_not_its_end(first: int, last: int) -> None:
    start, end = START_NS + first * SECOND_NS, START_NS + last * SECOND_NS
    found = list(SessionReader(io.BytesIO(WHOLE)).frames(start, end))
    assert found == [each for each in FRAMES if start <= each.received_ns < end]


def test_only_the_chunks_of_the_range_are_read() -> None:
    stream = CountingStream(WHOLE)
    reader = SessionReader(stream)
    stream.taken = 0
    assert len(list(reader.frames(FRAMES[200].received_ns, FRAMES[203].received_ns))) == 3
    assert 0 < stream.taken < len(WHOLE) // 8


def test_a_file_cut_anywhere_is_read_up_to_its_last_whole_chunk() -> None:
    chunks = chunk_indexes()
    assert len(chunks) > 5
    for size in range(chunks[0].chunk_start_offset, len(WHOLE), 7):
        reader = SessionReader(io.BytesIO(WHOLE[:size]))
        found = list(reader.frames())
        assert reader.notice
        assert reader.damaged_chunks == 0
        whole = [chunk.message_end_time for chunk in chunks if chunk.chunk_start_offset + chunk.chunk_length <= size]
        assert found == [each for each in FRAMES if whole and each.received_ns <= whole[-1]]


@given(st.integers(0, chunk_offsets()[0] - 1))
def test_a_file_cut_in_its_header_says_so_and_no_more(size: int) -> None:
    reader = opened(WHOLE[:size])
    if isinstance(reader, SessionFileError):
        assert reader.remedy
    else:
        assert list(reader.frames()) == []
        assert reader.notice


def test_frames_can_be_found_by_time_in_a_file_without_index() -> None:
    reader = SessionReader(io.BytesIO(WHOLE[: data_section() + 3]))
    start = FRAMES[150].received_ns
    assert list(reader.frames(start)) == FRAMES[150:]
    assert "index" in reader.notice


def test_what_was_flushed_survives_a_crash() -> None:
    reader = SessionReader(io.BytesIO(written(FRAMES, chunk_bytes=2**20, close=False)))
    assert list(reader.frames()) == FRAMES
    assert reader.notice


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_a_damaged_byte_never_makes_a_frame_that_was_not_written(position: int, mask: int) -> None:
    data = bytearray(WHOLE)
    data[position] ^= mask
    known = {(each.received_ns, each.raw) for each in FRAMES}
    reader = opened(bytes(data))
    if isinstance(reader, SessionFileError):
        assert reader.remedy
        return
    found = list(reader.frames())
    times = [each.received_ns for each in found]
    assert times == sorted(times)
    assert all((each.received_ns, each.raw) in known for each in found)


def test_a_damaged_chunk_is_left_out_and_counted() -> None:
    data = bytearray(WHOLE)
    second, third = chunk_offsets()[1:3]
    data[(second + third) // 2] ^= 0xFF
    reader = SessionReader(io.BytesIO(bytes(data)))
    for _ in range(2):
        found = list(reader.frames())
        assert 0 < len(found) < len(FRAMES)
        assert set(found) < set(FRAMES)
        assert reader.damaged_chunks == 1


def test_the_names_of_channels_survive_the_loss_of_the_chunk_that_declares_them() -> None:
    data = bytearray(WHOLE[: data_section()])
    first, second = chunk_offsets()[:2]
    data[first + 60] ^= 0xFF
    reader = SessionReader(io.BytesIO(bytes(data)))
    found = list(reader.frames())
    assert reader.damaged_chunks == 1
    assert found == FRAMES[-len(found) :]
    assert second > first


def test_a_size_that_cannot_be_is_refused_before_memory_is_taken() -> None:
    data = bytearray(WHOLE[: data_section()])
    struct.pack_into("<Q", data, chunk_offsets()[0] + 9 + 16, 2**40)
    reader = SessionReader(io.BytesIO(bytes(data)))
    assert len(list(reader.frames())) < len(FRAMES)
    assert reader.damaged_chunks == 1


def test_a_record_longer_than_the_file_ends_the_walk() -> None:
    cut = chunk_offsets()[3]
    data = WHOLE[:cut] + struct.pack("<BQ", 0x06, 2**62) + b"x" * 50
    reader = SessionReader(io.BytesIO(data))
    assert read(WHOLE[:cut]) == list(reader.frames())
    assert "damaged" in reader.notice


def test_zeros_after_a_power_loss_end_the_walk() -> None:
    cut = chunk_offsets()[3]
    reader = SessionReader(io.BytesIO(WHOLE[:cut] + bytes(10_000)))
    assert list(reader.frames()) == read(WHOLE[:cut])
    assert reader.notice


@pytest.mark.parametrize("data", [b"", b"\x89MCAP0\r\n", b"time,price\n1,2\n", bytes(5_000)])
def test_what_is_no_session_is_refused_with_a_remedy(data: bytes) -> None:
    with pytest.raises(SessionFileError) as raised:
        SessionReader(io.BytesIO(data))
    assert raised.value.remedy


def foreign(metadata: dict[str, str] | None) -> bytes:
    stream = io.BytesIO()
    writer = Writer(stream, compression=CompressionType.NONE)
    writer.start()
    if metadata is not None:
        writer.add_metadata("live_monitor.session", metadata)
    channel = writer.register_channel("iqfeed/XYZ", "", 0)
    writer.add_message(channel, 5, b"hello", 4)
    writer.finish()  # type: ignore[no-untyped-call]  # mcap leaves methods without arguments unannotated
    return stream.getvalue()


def good_metadata() -> dict[str, str]:
    names = {"provider": "iqfeed", "encoding": "iqfeed-ticks", "symbols": "XYZ"}
    return {"format": "1", "trading_date": "2021-03-01", "time_zone": "UTC"} | names


def test_an_mcap_file_of_another_program_is_refused() -> None:
    with pytest.raises(SessionFileError, match="no session"):
        SessionReader(io.BytesIO(foreign(None)))


def test_uncompressed_chunks_of_another_writer_are_read() -> None:
    assert read(foreign(good_metadata())) == [Frame(5, "iqfeed/XYZ", b"hello", 4)]


@pytest.mark.parametrize(
    "change",
    [
        {"format": "2"},
        {"format": ""},
        {"provider": "../etc"},
        {"encoding": ""},
        {"symbols": "XYZ,a b"},
        {"trading_date": "yesterday"},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "../../etc/passwd"},
        {"label": "x" * 501},
    ],
)
def test_a_header_that_cannot_be_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(SessionFileError) as raised:
        SessionReader(io.BytesIO(foreign(good_metadata() | change)))
    assert raised.value.remedy


def test_a_newer_format_is_named() -> None:
    with pytest.raises(SessionFileError, match="format '2'"):
        SessionReader(io.BytesIO(foreign(good_metadata() | {"format": "2"})))


@pytest.mark.parametrize(("raw", "channel"), [(bytes(MAX_MESSAGE_BYTES + 1), "polygon"), (b"x", ""), (b"x", "a\nb")])
def test_what_cannot_be_recorded_is_refused_and_leaves_the_file_whole(raw: bytes, channel: str) -> None:
    stream = io.BytesIO()
    writer = SessionWriter(stream, HEADER)
    writer.write(b"before", 1, "polygon")
    with pytest.raises(SessionFileError):
        writer.write(raw, 2, channel)
    writer.write(b"after", 3, "polygon")
    writer.close()
    assert [each.raw for each in read(stream.getvalue())] == [b"before", b"after"]


def test_other_mcap_tools_read_it() -> None:
    messages = list(make_reader(io.BytesIO(WHOLE)).iter_messages())
    assert [(m.log_time, c.topic, m.data, m.publish_time) for _, c, m in messages] == [tuple(each) for each in FRAMES]
    metadata = {each.name: each.metadata for each in make_reader(io.BytesIO(WHOLE)).iter_metadata()}
    assert metadata["live_monitor.session"]["symbols"] == "XYZ,BRK.B"


def test_memory_does_not_grow_with_the_session() -> None:
    stream = io.BytesIO()
    writer = SessionWriter(stream, HEADER)
    for number in range(40_000):
        writer.write(b"%0400d" % number, number, "polygon")
    writer.close()
    reader = SessionReader(stream)
    tracemalloc.start()
    try:
        assert sum(1 for _ in reader.frames()) == 40_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000  # of 16,000,000 bytes of frames


class FailingStream(io.BytesIO):
    """A disk that fails once the head of the file was read."""

    failing = False

    def read(self, size: int | None = -1, /) -> bytes:
        if self.failing:
            raise OSError(5, "Input/output error")
        return super().read(size)


def test_a_disk_that_fails_is_named_with_a_remedy() -> None:
    stream = FailingStream(WHOLE)
    reader = SessionReader(stream)
    stream.failing = True
    with pytest.raises(SessionFileError, match="Input/output error") as raised:
        list(reader.frames())
    assert raised.value.remedy
