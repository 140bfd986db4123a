"""Lean's tick files: names, order, pairs, damage."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from live_monitor.errors import ImportFileError
from live_monitor.limits import Rejections
from live_monitor.providers.lean_import import Contents, LeanFile, write_session
from live_monitor.wire.session_file import Frame, SessionReader
from tests.providers.sample_lean import ask_row, bid_row, both_rows, lean_file, lean_session, packed, print_row

#: 2013-10-07 00:00 New York.
MIDNIGHT_NS = 1_381_118_400_000_000_000
TRADES = [print_row("09:30:00.001", 1_820_000, 100), print_row("09:30:01.5", 1_820_100, 200)]
QUOTES = [
    ask_row("04:00:00.054", 1_836_300, 100, "Q"),
    *both_rows("09:30:00.001", 1_819_900, 1_820_000),
    *both_rows("09:30:01.2", 1_820_000, 1_820_100, "P"),
]


def frames(path: Path) -> list[Frame]:
    with path.open("rb") as stream:
        return list(SessionReader(stream).frames())


def imported(tmp_path: Path, *files: Path) -> list[Frame]:
    return frames(lean_session(tmp_path / "s", files))


def refused(path: Path) -> str:
    """What a file is refused with, wherever it shows."""
    with pytest.raises(ImportFileError) as raised:
        write_session(io.BytesIO(), [LeanFile(path, Rejections())], "test")
    assert raised.value.remedy
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_rows_are_kept_as_the_vendor_wrote_them_at_their_own_times(tmp_path: Path) -> None:
    kept = imported(tmp_path, lean_file(tmp_path, "trade", TRADES), lean_file(tmp_path, "quote", QUOTES))
    assert [(frame.received_ns - MIDNIGHT_NS) // 1_000_000 for frame in kept] == [
        14_400_054, 34_200_001, 34_200_001, 34_201_200, 34_201_500
    ]  # fmt: skip
    # Prints before the quotes of their instant; the two rows of a quote in one frame.
    assert [frame.raw for frame in kept] == [
        QUOTES[0], TRADES[0], b"\n".join(QUOTES[1:3]), b"\n".join(QUOTES[3:]), TRADES[1]
    ]  # fmt: skip
    assert {frame.channel for frame in kept} == {"lean/IBM"}


def test_the_header_says_vendor_symbols_and_last_day(tmp_path: Path) -> None:
    files = [
        lean_file(tmp_path, "trade", TRADES),
        lean_file(tmp_path, "trade", TRADES, symbol="brk.b", day="20131008"),
        lean_file(tmp_path, "quote", QUOTES, symbol="brk.b"),
    ]
    with lean_session(tmp_path / "s", files).open("rb") as stream:
        header = SessionReader(stream).header
    assert (header.provider, header.encoding, header.symbols) == ("lean", "lean-ticks", ("BRK.B", "IBM"))
    assert (header.trading_date, header.time_zone, header.importer) == ("2013-10-08", "America/New_York", "test")


def test_the_order_of_the_files_changes_nothing(tmp_path: Path) -> None:
    files = [
        lean_file(tmp_path, "trade", TRADES),
        lean_file(tmp_path, "quote", QUOTES),
        lean_file(tmp_path, "trade", TRADES, symbol="spy"),
        lean_file(tmp_path, "trade", TRADES, day="20131008"),
    ]
    one = lean_session(tmp_path / "one", files).read_bytes()
    assert lean_session(tmp_path / "two", files[::-1]).read_bytes() == one
    times = [frame.received_ns for frame in frames(tmp_path / "one")]
    assert times == sorted(times)
    assert [frame.channel for frame in frames(tmp_path / "one")][1:3] == ["lean/IBM", "lean/SPY"]


def test_a_fraction_of_a_millisecond_is_kept(tmp_path: Path) -> None:
    (frame,) = imported(tmp_path, lean_file(tmp_path, "trade", [b"34200000.3038,1820000,1,N,1,0"]))
    assert frame.received_ns == MIDNIGHT_NS + 34_200_000_303_800


@pytest.mark.parametrize(
    ("rows", "sizes"),
    [
        ([bid_row("10:00:00", 1, 1), bid_row("10:00:00", 2, 1), ask_row("10:00:00", 3, 1)], [1, 2]),
        ([bid_row("10:00:00", 1, 1), ask_row("10:00:01", 3, 1)], [1, 1]),
        ([ask_row("10:00:00", 3, 1), bid_row("10:00:00", 1, 1)], [1, 1]),
        ([bid_row("10:00:00", 1, 1), b"garbage", ask_row("10:00:00", 3, 1)], [2]),
        ([b"36000000,1,1,3,1,N,1,0", ask_row("10:00:00", 3, 1)], [1, 1]),
    ],
)
def test_only_a_bid_and_the_ask_right_after_it_are_one_quote(
    tmp_path: Path, rows: list[bytes], sizes: list[int]
) -> None:
    kept = imported(tmp_path, lean_file(tmp_path, "quote", rows))
    assert [len(frame.raw.split(b"\n")) for frame in kept] == sizes


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 2)), min_size=1, max_size=40))
def test_every_usable_row_is_in_the_session_once(tmp_path: Path, plan: list[tuple[int, int]]) -> None:
    rows = [
        (print_row, bid_row, ask_row)[kind](f"10:00:{second:02}", 10_000 + number, 1)
        for number, (second, kind) in enumerate(sorted(plan))
    ]
    parts = {"trade": rows[0:0], "quote": rows[0:0]}
    for row in rows:
        kind = "trade" if row.count(b",") == 5 else "quote"
        parts[kind] = [*parts[kind], row]
    kept = imported(tmp_path, *(lean_file(tmp_path, kind, part) for kind, part in parts.items() if part))
    assert sorted(line for frame in kept for line in frame.raw.split(b"\n")) == sorted(rows)
    assert [frame.received_ns for frame in kept] == sorted(frame.received_ns for frame in kept)


def test_the_name_inside_says_the_symbol_wherever_the_file_lies(tmp_path: Path) -> None:
    path = tmp_path / "anything.zip"
    path.write_bytes(packed("20131007_ibm_Trade_Tick.csv", TRADES))
    assert LeanFile(path, Rejections()).contents[0::2] == ("IBM", "trade")
    plain = tmp_path / "20131007_spy_quote_tick.csv"
    plain.write_bytes(b"\n".join(QUOTES))
    assert LeanFile(plain, Rejections()).contents[0::2] == ("SPY", "quote")
    assert len(imported(tmp_path, plain)) == 3


def test_without_it_the_folder_and_the_zip_say_what_it_is(tmp_path: Path) -> None:
    file = LeanFile(lean_file(tmp_path, "trade", TRADES, member="ticks.csv"), Rejections())
    symbol, day, kind = file.contents
    assert (symbol, day.isoformat(), kind) == ("IBM", "2013-10-07", "trade")
    assert isinstance(file.contents, Contents)


def test_bad_rows_are_counted_by_reason_and_cost_nothing_else(tmp_path: Path) -> None:
    bad = [
        b"",
        b"\xff\xff",
        b"x" * 70_000,
        print_row("09:30:00", 0, 1),
        print_row("09:30:00", 10**12 - 1, 1),
        QUOTES[0],
    ]
    mixed = [row for pair in zip(TRADES * 3, bad, strict=True) for row in pair]
    rejections = Rejections()
    file = LeanFile(lean_file(tmp_path, "trade", mixed), rejections)
    write_session(io.BytesIO(), [file], "test")
    assert (file.rows, file.refused) == (6, 5)  # a blank line is none
    assert rejections.by_reason == {
        "row: not ASCII": 1, "row: too long": 1, "price: absent": 1, "price: out of range": 1, "row: 8 columns": 1,
    }  # fmt: skip


def test_suspicious_rows_are_kept_and_counted(tmp_path: Path) -> None:
    rows = [*TRADES, print_row("09:31:00", 9_000_000, 5, suspicious=1)]
    file = LeanFile(lean_file(tmp_path, "trade", rows), Rejections())
    stream = io.BytesIO()
    write_session(stream, [file], "test")
    assert file.suspicious == 1
    assert [frame.raw for frame in SessionReader(stream).frames()] == rows


def test_rows_out_of_order_are_kept_in_place_and_counted(tmp_path: Path) -> None:
    file = LeanFile(lean_file(tmp_path, "trade", [*TRADES, TRADES[0], TRADES[1]]), Rejections())
    stream = io.BytesIO()
    write_session(stream, [file], "test")
    assert file.late == 1
    assert [frame.raw for frame in SessionReader(stream).frames()] == [*TRADES, *TRADES]


def test_the_same_ticks_twice_are_refused_by_both_names(tmp_path: Path) -> None:
    first = lean_file(tmp_path, "trade", TRADES)
    again = tmp_path / "again.zip"
    again.write_bytes(first.read_bytes())
    for other in (first, again):
        with pytest.raises(ImportFileError, match="both hold the trades of IBM on 2013-10-07") as raised:
            lean_session(tmp_path / "s", [first, other])
        assert str(other) in str(raised.value)


@pytest.mark.parametrize(
    ("name", "member", "words"),
    [
        ("ticks.zip", "ticks.csv", "neither date nor kind"),
        ("20131007_trade.zip", "20131008_ibm_Trade_Tick.csv", "named for the trades of 2013-10-07, but holds 20131008"),
        ("20131007_trade.zip", "20131007_ibm_Quote_Tick.csv", "named for the trades"),
        ("20131007_trade.zip", "20131007_ibm_minute_trade.csv", "holds bars"),
        ("20131307_trade.zip", "20131307_ibm_Trade_Tick.csv", "is no date"),
        ("19980105_trade.zip", "19980105_ibm_Trade_Tick.csv", "ticks of 1998"),
        ("20131007_trade.zip", "20131007_i b m_Trade_Tick.csv", "'I B M'"),
        ("20131007_openinterest.zip", "20131007_ibm_OpenInterest_Tick.csv", "neither date nor kind"),
    ],
)
def test_names_that_do_not_fit_are_refused(tmp_path: Path, name: str, member: str, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(packed(member, TRADES))
    assert words in refused(path)


def test_files_of_something_else_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "20131007_trade.zip"
    for data in (b"", b"PK", b"PK\x03\x04", b"not a zip at all", bytes(5_000)):
        path.write_bytes(data)
        assert "is damaged" in refused(path)
    two = io.BytesIO()
    with zipfile.ZipFile(two, "w") as archive:
        archive.writestr("20131007_ibm_Trade_Tick.csv", b"")
        archive.writestr("other.csv", b"")
    path.write_bytes(two.getvalue())
    assert "holds 2 files" in refused(path)
    path.write_bytes(packed("20131007_ibm_Trade_Tick.csv", []))
    assert "holds no rows" in refused(path)
    path.write_bytes(packed("20131007_ibm_Trade_Tick.csv", QUOTES))
    assert "None of the 5 rows" in refused(path)


def test_a_zip_that_is_encrypted_unusual_or_claims_too_much_is_refused(tmp_path: Path) -> None:
    data = bytearray(packed("20131007_ibm_Trade_Tick.csv", TRADES))
    central = data.rindex(b"PK\x01\x02")
    path = tmp_path / "20131007_trade.zip"
    locked = data.copy()
    locked[central + 8] |= 1
    path.write_bytes(locked)
    assert "is encrypted" in refused(path)
    unusual = data.copy()
    unusual[central + 10] = 14  # LZMA
    path.write_bytes(unusual)
    assert "unusual" in refused(path)
    huge = data.copy()
    huge[central + 24 : central + 28] = b"\xfe\xff\xff\xff"
    path.write_bytes(huge)
    assert "claims to hold 4 GB" in refused(path)


def test_a_damaged_zip_is_refused_or_whole_whatever_byte_is_wrong(tmp_path: Path) -> None:
    """A check sum covers the rows: a file is taken whole or not at all."""
    rows = [
        print_row(f"10:{second // 60:02}:{second % 60:02}", 10_000 + 37 * second, second + 1) for second in range(300)
    ]
    good = lean_file(tmp_path, "trade", rows).read_bytes()
    path = tmp_path / "20131007_trade.zip"
    outcomes = {"whole": 0, "refused": 0}
    # The names at both ends, and every seventh byte between.
    for at in sorted({*range(0, len(good), 7), *range(60), *range(len(good) - 110, len(good))}):
        for damaged in (good[:at], good[:at] + bytes([good[at] ^ 0xC1]) + good[at + 1 :]):
            path.write_bytes(damaged)
            stream = io.BytesIO()
            try:
                write_session(stream, [LeanFile(path, Rejections())], "test")
            except ImportFileError:
                outcomes["refused"] += 1
            else:
                outcomes["whole"] += 1
                assert [frame.raw for frame in SessionReader(stream).frames()] == rows
    assert outcomes["refused"] > 10 * outcomes["whole"]


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        lines = [print_row(f"10:{at // 60_000 % 60:02}:{at / 1000 % 60:06.3f}", 1_820_000, 100) for at in range(rows)]
        file = lean_file(tmp_path, "trade", lines)
        del lines
        with (tmp_path / "out").open("wb") as stream:
            tracemalloc.start()
            write_session(stream, [LeanFile(file, Rejections())], "test")
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return most

    assert peak(20_000) < peak(8_000) + 500_000  # held as rows, 12,000 more would be 2 MB
