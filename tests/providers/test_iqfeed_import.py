"""Recorded tick files: order, repeats, ends, damage."""

from __future__ import annotations

import gzip
import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.errors import ImportFileError
from live_monitor.limits import Rejections
from live_monitor.providers.iqfeed_import import TickFile, merge, read_ticks, write_session
from live_monitor.providers.iqfeed_ticks import IqfeedTicks
from live_monitor.wire.session_file import SessionReader
from tests.providers.sample_ticks import END, tick

#: Several rows share an instant, as in real recordings.
ROWS = [
    tick(f"09:30:{number // 3:02}.000100", 1.5 + number % 3 / 100, 100, 100 * number + 100, number=number)
    for number in range(24)
]  # fmt: skip


def read(data: bytes, rejections: Rejections | None = None) -> TickFile:
    return read_ticks(io.BytesIO(data), "ticks.csv", IqfeedTicks("XYZ", rejections or Rejections()))


def lines(file: TickFile) -> list[bytes]:
    return [row.line for row in file.rows]


def joined(rows: list[bytes], end: bytes = END) -> bytes:
    return b"\n".join([*rows, end]) + b"\n"


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
@pytest.mark.parametrize("compressed", [False, True])
def test_rows_are_kept_as_the_vendor_wrote_them(newline: bytes, compressed: bool) -> None:
    data = newline.join([*ROWS, END]) + newline
    file = read(gzip.compress(data) if compressed else data)
    assert lines(file) == ROWS
    assert file.notice == ""


def test_newest_first_is_turned_round_and_rows_of_one_instant_keep_their_order() -> None:
    assert lines(read(joined(ROWS[::-1]))) == ROWS


def test_reading_ends_at_the_end_mark() -> None:
    rejections = Rejections()
    file = read(joined(ROWS[:2]) + joined(ROWS[2:]), rejections)
    assert lines(file) == ROWS[:2]
    assert not rejections.by_reason


def test_a_missing_end_mark_is_told() -> None:
    file = read(joined(ROWS, end=b""))
    assert lines(file) == ROWS
    assert "end mark" in file.notice


def test_bad_rows_are_counted_by_reason_and_cost_nothing_else() -> None:
    rejections = Rejections()
    bad = [b"S,SERVER CONNECTED,", b"", b"\xff\xff", ROWS[0][:20], b"x" * 70_000, tick("99:00:00.000000", 1, 1, 1)]
    mixed = [row for pair in zip(ROWS, bad * 4, strict=True) for row in pair]
    assert lines(read(joined(mixed), rejections)) == ROWS
    assert rejections.by_reason == {
        "row: 2 columns": 4, "row: not ASCII": 4, "row: 1 columns": 4, "row: too long": 4, "time: not understood": 4,
    }  # fmt: skip


def test_a_compressed_file_that_was_cut_gives_the_rows_up_to_there() -> None:
    rows = [tick("09:30:00.000000", 1.5, 100, n * 100, number=n, pairs=f"{n % 256:02X}") for n in range(1, 3_000)]
    random.Random(1).shuffle(rows)
    data = gzip.compress(joined(rows))
    file = read(data[: len(data) // 2])
    assert 0 < len(file.rows) < len(rows)
    assert set(lines(file)) < set(rows)
    assert "cut off" in file.notice


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no rows"),
        (END, "no rows"),
        (b"2021-03-01 04:00:00,1.52,1.52,1.52,1.52,1000,1000,0,\n" * 50, "None of the 50 rows"),
        (b"\x1f\x8bnot really compressed", "no rows"),
        (bytes(100_000), "None of the"),
    ],
)
def test_a_file_without_ticks_is_refused_with_a_remedy(data: bytes, words: str) -> None:
    with pytest.raises(ImportFileError, match=words) as raised:
        read(data)
    assert raised.value.remedy


@given(st.lists(st.integers(0, 2), min_size=len(ROWS), max_size=len(ROWS)), st.integers(0, 5))
def test_files_in_any_split_and_with_any_overlap_make_the_same_session(places: list[int], overlap: int) -> None:
    parts: list[list[bytes]] = [[], [], []]
    for row, place in zip(ROWS, places, strict=True):
        parts[place].append(row)
    if overlap:
        parts.append(ROWS[:overlap])
    merged = merge([read(joined(part)) for part in parts if part])
    assert merged.duplicates == overlap
    assert sorted(row.line for row in merged.rows) == sorted(ROWS)
    times = [row.time_ns for row in merged.rows]
    assert times == sorted(times)


def test_a_tick_id_may_come_again_on_another_day_and_at_another_market() -> None:
    rows = [
        tick("09:30:00.000000", 1.5, 100, 100),
        tick("09:30:00.000000", 1.5, 100, 200).replace(b",11,", b",19,"),
        tick("09:30:00.000000", 1.5, 100, 100, day="2021-03-02"),
    ]
    merged = merge([read(joined(rows))])
    assert (len(merged.rows), merged.duplicates) == (3, 0)


def test_rows_without_an_id_are_never_taken_for_repeats() -> None:
    row = tick("09:30:00.000000", 1.5, 100, 100).replace(b",1,C", b",,C")
    assert len(merge([read(joined([row, row]))]).rows) == 2


def test_files_of_two_symbols_give_themselves_away_by_their_volume() -> None:
    assert merge([read(joined(ROWS))]).volume_steps_back == 0
    other = [tick(f"09:30:{second:02}.500000", 90, 7, 7 * second + 7, number=900 + second) for second in range(8)]
    assert merge([read(joined(ROWS)), read(joined(other))]).volume_steps_back >= 7


def test_the_session_holds_the_lines_at_their_own_times() -> None:
    stream = io.BytesIO()
    rows = merge([read(joined(ROWS))]).rows
    write_session(stream, rows, "XYZ", "test 1")
    reader = SessionReader(stream)
    assert reader.header.trading_date == "2021-03-01"
    assert (reader.header.provider, reader.header.symbols, reader.header.importer) == ("iqfeed", ("XYZ",), "test 1")
    frames = list(reader.frames())
    assert [frame.raw for frame in frames] == ROWS
    assert {frame.channel for frame in frames} == {"iqfeed/XYZ"}
    assert frames[0].received_ns == 1_614_609_000_000_100_000
