"""What is refused before anything parses it, and that honest workbooks are not."""

from __future__ import annotations

import io
import random
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor import workbook_check
from live_monitor.errors import WorkbookError
from live_monitor.workbook_check import check_workbook
from tests import sample_workbooks
from tests.sample_workbooks import HOSTILE, book, packed, parts_of, with_cells, with_part


def check(data: bytes) -> None:
    check_workbook(io.BytesIO(data), "book.xlsx")


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_built_to_hurt_is_refused_in_one_line_and_a_remedy(name: str) -> None:
    make, words = HOSTILE[name]
    data = make()
    began = time.perf_counter()
    with pytest.raises(WorkbookError, match=words) as refused:
        check(data)
    assert time.perf_counter() - began < 2.0
    assert refused.value.message.startswith("book.xlsx ")
    assert "\n" not in str(refused.value)
    assert refused.value.remedy.endswith(".")


def test_honest_workbooks_pass(shared_data: Path) -> None:
    for path in (shared_data / "tos_rtd").glob("*.xlsx"):
        with path.open("rb") as file:
            check_workbook(file, path.name)


def test_workbooks_of_every_honest_shape_pass() -> None:
    rows: list[list[object]] = [["Symbol", "Last"], *([f"S{number}", number / 7] for number in range(5_000))]
    check(book(rows))
    check(book(sheets=("A", "B", "C")))
    check(with_part("xl/vbaProject.bin", b"\0" * 5_000))
    # A format that reaches to the last row holds no value.
    check(with_cells('<row r="1048576"><c r="XFD1048576" s="1"/></row><row r="1"><c r="A1"><v>1</v></c></row>'))
    check(packed(parts_of(book()), level=0))


@pytest.mark.parametrize(
    "cell",
    [
        '<c s="1" r="XFD1048576"><v>1</v></c>', "<c r='XFD1048576'><v>1</v></c>", '<x:c r="XFD1048576"><v>1</v></x:c>',
        '<c\n  t="str"\n  r="XFD1048576"\n><v>1</v></c>',
    ],
)  # fmt: skip
def test_a_cell_is_seen_however_it_is_written(cell: str) -> None:
    with pytest.raises(WorkbookError, match="16,384 columns"):
        check(with_cells(f'<row r="1048576">{cell}</row>'))


def test_a_tag_that_two_reads_share_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    data = with_cells('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    declared = with_part("xl/sharedStrings.xml", b"<?xml version='1.0'?>   <!DOCTYPE a><sst/>")
    for length in (5, 16, 64, 100):
        monkeypatch.setattr(workbook_check, "_CHUNK", length)
        with pytest.raises(WorkbookError, match="16,384 columns"):
            check(data)
        with pytest.raises(WorkbookError, match="XML that no workbook has"):
            check(declared)


def test_cells_are_counted_once_however_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = with_cells("".join(f'<c r="A{number}"><v>1</v></c>' for number in range(1, 101)))
    for length in (7, 50, 2**17):
        monkeypatch.setattr(workbook_check, "_CHUNK", length)
        monkeypatch.setattr(workbook_check, "MAX_CELLS", 100)
        check(data)
        monkeypatch.setattr(workbook_check, "MAX_CELLS", 99)
        with pytest.raises(WorkbookError, match="more than 99 cells"):
            check(data)


def test_every_cut_and_many_flipped_bits_are_told_or_harmless() -> None:
    whole, flips = book(), random.Random(3)
    for end in range(0, len(whole), 97):
        with pytest.raises(WorkbookError):
            check(whole[:end])
    for _ in range(300):
        data = bytearray(whole)
        data[flips.randrange(len(data))] ^= 1 << flips.randrange(8)
        try:
            check(bytes(data))
        except WorkbookError:
            continue


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    with pytest.raises(WorkbookError):
        check(data)
    with pytest.raises(WorkbookError):
        check(b"PK\x03\x04" + data)
    with pytest.raises(WorkbookError):
        check(sample_workbooks.book()[:4] + data + b"PK\x05\x06" + bytes(18))
