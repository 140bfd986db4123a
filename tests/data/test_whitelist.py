"""Lists of symbols: what is taken, what is left out, and what a hostile file may do."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from live_monitor.data.whitelist import SymbolList, symbols_from_text, symbols_from_workbook
from live_monitor.engine.paper.risk_limits import MAX_SYMBOLS
from live_monitor.errors import ImportFileError


def book(path: Path, rows: Sequence[Sequence[object]], *, sheets: Sequence[str] = ("RTD",)) -> Path:
    """A workbook with `rows` on its last sheet; the others are empty."""
    made = Workbook()
    made.remove(made.active)
    for name in sheets:
        made.create_sheet(name)
    for row in rows:
        made.worksheets[-1].append(list(row))
    made.save(path)
    return path


def repacked(path: Path, name: str, data: bytes) -> Path:
    """The workbook with one part put in the place of another."""
    with zipfile.ZipFile(path) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, content in (parts | {name: data}).items():
            archive.writestr(each, content)
    return path


def test_typed_symbols_are_taken_once_in_their_order_and_what_is_none_is_told() -> None:
    typed = " aapl, MSFT;brk/b\nAAPL ../x =cmd|calc VFF "
    assert symbols_from_text(typed) == SymbolList(("AAPL", "MSFT", "BRK/B", "VFF"), ("'../x'", "'=cmd|calc'"))
    assert symbols_from_text(" ,; \n") == SymbolList((), ())


def test_too_many_symbols_are_refused() -> None:
    names = [f"S{number}" for number in range(MAX_SYMBOLS)]
    assert len(symbols_from_text(" ".join(names)).symbols) == MAX_SYMBOLS
    with pytest.raises(ImportFileError, match="more than 1,000"):
        symbols_from_text(" ".join([*names, "MORE"]))


def test_the_column_headed_symbol_is_read_wherever_it_stands(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Live data", None, None],
        [None, "Last", " symbol "],
        [None, 3.05, "VFF"],
        [None, None, "aapl"],
        [None, 1.0, None],
        [None, 1.0, 7.0],
        [None, 1.0, "loading…"],
        [None, 1.0, "VFF"],
    ]
    found = symbols_from_workbook(book(tmp_path / "tos.xlsx", rows, sheets=("Empty", "RTD")))
    assert found == SymbolList(("VFF", "AAPL"), ("7", "'loading\\u2026'"))


def test_a_formula_counts_by_the_value_that_was_saved_with_it(tmp_path: Path) -> None:
    path = book(tmp_path / "tos.xlsx", [["Symbol"], ['=RTD("tos.rtd",,"SYMBOL","AAPL")'], ["MSFT"]])
    assert load_workbook(path).active["A2"].value.startswith("=")
    assert symbols_from_workbook(path).symbols == ("MSFT",)
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    kept = sheet.replace(b"<v />", b"<v>VFF</v>").replace(b"<v></v>", b"<v>VFF</v>").replace(b"<v/>", b"<v>VFF</v>")
    assert kept.count(b"VFF") == 1
    kept = kept.replace(b'r="A2"', b'r="A2" t="str"')
    assert symbols_from_workbook(repacked(path, "xl/worksheets/sheet1.xml", kept)).symbols == ("VFF", "MSFT")


@pytest.mark.parametrize("rows", [[["Last"], [1.0]], [], [[number] for number in range(30)] + [["Symbol"], ["AAPL"]]])
def test_a_workbook_without_such_a_column_says_so(tmp_path: Path, rows: list[list[object]]) -> None:
    with pytest.raises(ImportFileError, match="no column headed Symbol"):
        symbols_from_workbook(book(tmp_path / "tos.xlsx", rows))


@pytest.mark.parametrize("content", [b"", b"Symbol\nAAPL\n", b"PK\x03\x04" + b"\xff" * 200, b"\xd0\xcf\x11\xe0" * 100])
def test_what_is_no_workbook_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "old.xlsx"
    path.write_bytes(content)
    with pytest.raises(ImportFileError, match=r"old\.xlsx is (empty|no workbook|damaged)"):
        symbols_from_workbook(path)


def test_a_file_that_is_gone_or_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(ImportFileError, match=r"gone\.xlsx cannot be read"):
        symbols_from_workbook(tmp_path / "gone.xlsx")
    with pytest.raises(ImportFileError, match="is no file"):
        symbols_from_workbook(tmp_path)


def test_every_cut_of_a_workbook_gives_words_or_the_symbols(tmp_path: Path) -> None:
    whole = book(tmp_path / "tos.xlsx", [["Symbol"], ["AAPL"], ["MSFT"]]).read_bytes()
    cut = tmp_path / "cut.xlsx"
    for end in range(0, len(whole), 97):
        cut.write_bytes(whole[:end])
        with pytest.raises(ImportFileError):
            symbols_from_workbook(cut)


def test_parts_that_are_not_what_they_should_be_are_told(tmp_path: Path) -> None:
    for part in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"):
        path = repacked(book(tmp_path / "tos.xlsx", [["Symbol"], ["AAPL"]]), part, b"<a><b></a>")
        with pytest.raises(ImportFileError):
            symbols_from_workbook(path)


def test_entities_that_would_unpack_without_end_are_refused_unread(tmp_path: Path) -> None:
    nested = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY e0 "AAPL">{nested}]><sst><si><t>&e9;</t></si></sst>'
    path = repacked(book(tmp_path / "bomb.xlsx", [["Symbol"], ["AAPL"]]), "xl/sharedStrings.xml", bomb.encode())
    with pytest.raises(ImportFileError, match="XML that no workbook has"):
        symbols_from_workbook(path)
    path = repacked(path, "xl/sharedStrings.xml", bomb.encode("utf-16"))
    with pytest.raises(ImportFileError, match="XML that no workbook has"):
        symbols_from_workbook(path)


def test_a_file_that_unpacks_without_end_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = repacked(book(tmp_path / "tos.xlsx", [["Symbol"], ["AAPL"]]), "xl/media/zeros.bin", bytes(60 * 2**20))
    assert path.stat().st_size < 2**17
    with pytest.raises(ImportFileError, match="unpacks to more than 50 MB"):
        symbols_from_workbook(path)


def test_symbols_of_thinkorswim_are_listed_as_its_provider_names_them(tmp_path: Path) -> None:
    rows = [["Symbol"], ["BRK/B"], ["/ES:XCME"], ["$DJT"], ["EUR/USD"], ["AAPL&N"]]
    assert symbols_from_workbook(book(tmp_path / "tos.xlsx", rows)) == SymbolList(
        ("BRK.B", "/ES", "^DJT", "EUR/USD"), ("'AAPL&N'",)
    )
