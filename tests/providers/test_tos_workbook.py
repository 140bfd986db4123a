"""The workbook for thinkorswim: formulas that hold no text of a symbol, headings that our reader knows, equal bytes."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from live_monitor.errors import WorkbookError
from live_monitor.limits import MAX_SUBSCRIPTIONS, Rejections
from live_monitor.providers.excel_headings import find_headings
from live_monitor.providers.excel_rows import SheetReader
from live_monitor.providers.tos_topics import field_of, topic_of
from live_monitor.providers.tos_workbook import SHEET, STARTER_SYMBOLS, tos_symbols, tos_workbook
from live_monitor.resources import resource_path
from live_monitor.workbook_check import check_workbook
from tests.sample_workbooks import parts_of

FORMULA = re.compile(r'=RTD\("tos\.rtd",,"([A-Z_ ]+)",\$A([0-9]+)\)')


def cells(data: bytes) -> list[list[object]]:
    return [list(row) for row in load_workbook(io.BytesIO(data))[SHEET].iter_rows(values_only=True)]


def test_each_cell_asks_for_the_topic_of_its_column_and_the_symbol_of_its_row() -> None:
    headings, *rows = cells(tos_workbook(["AAPL", "/ES"]))
    assert [row[0] for row in rows] == ["AAPL", "/ES:XCME"]
    for number, row in enumerate(rows, 2):
        asked = [FORMULA.fullmatch(str(cell)) for cell in row[1:]]
        assert [found and (found[1], found[2]) for found in asked] == [
            (topic_of(field_of(str(heading)) or ""), str(number)) for heading in headings[1:]
        ]
    assert rows[0][1] == '=RTD("tos.rtd",,"LAST",$A2)'


def test_our_reader_understands_every_column_of_it() -> None:
    block = cells(tos_workbook(["AAPL"]))
    found = find_headings(block)
    assert (found.remarks, len(found.columns)) == ((), len(block[0]) - 1)
    level_1 = {"last", "last_size", "bid", "bid_size", "ask", "ask_size", "open", "high", "low", "close", "volume"}
    assert level_1 <= {column.field for column in found.columns}
    filled = [block[0], ["BRK/B", *([1.5] * (len(block[0]) - 1))]]
    assert SheetReader(Rejections()).read(filled).rows[0].snapshot(1_795_188_600_000).previous_close == 1.5


def test_the_header_stays_in_sight_and_no_cell_is_of_a_currency() -> None:
    sheet = load_workbook(io.BytesIO(tos_workbook(["AAPL"])))[SHEET]
    assert sheet.freeze_panes == "B2"
    assert sheet["A1"].font.bold
    formats = {cell.number_format for cell in sheet[2]}
    assert formats == {"@", "0.00######", "#,##0", "General"}


def test_symbols_are_spelled_as_thinkorswim_has_them_and_each_stands_there_once() -> None:
    assert tos_symbols(["aapl", "BRK.B", "BRK/B", "/ES", "/ES:XCME", "^DJT", "AAPL"]) == [
        "AAPL", "BRK/B", "/ES:XCME", "$DJT",
    ]  # fmt: skip
    # A future that is not known well, once with its exchange and once without.
    assert tos_symbols(["/BTC:XCME", "/BTC"]) == ["/BTC:XCME"]


@pytest.mark.parametrize(
    "symbol", ["=cmd()", "=A1", '",""),HYPERLINK("x', "-AAPL", "@X", "AAPL&N", "../x", "", "A B", "AAPL\n=1", "+A"]
)
def test_what_is_no_symbol_never_gets_into_a_workbook(symbol: str) -> None:
    with pytest.raises(WorkbookError, match=r"is no symbol of thinkorswim") as refused:
        tos_workbook(["AAPL", symbol])
    assert "\n" not in str(refused.value)


def test_none_and_too_many_are_refused() -> None:
    with pytest.raises(WorkbookError, match="no symbol to make a row of"):
        tos_workbook([])
    with pytest.raises(WorkbookError, match="more than 500 symbols"):
        tos_workbook([f"S{number}" for number in range(MAX_SUBSCRIPTIONS + 1)])


@given(st.lists(st.text(max_size=12), max_size=3))
def test_no_text_of_a_symbol_becomes_a_formula(symbols: list[str]) -> None:
    try:
        data = tos_workbook(symbols)
    except WorkbookError:
        return
    for row in load_workbook(io.BytesIO(data))[SHEET].iter_rows(min_row=2):
        assert row[0].data_type == "s"
        assert all(FORMULA.fullmatch(str(cell.value)) for cell in row[1:])


def test_the_same_symbols_make_the_same_bytes_and_pass_the_look() -> None:
    assert tos_workbook(STARTER_SYMBOLS) == tos_workbook(STARTER_SYMBOLS)
    check_workbook(io.BytesIO(tos_workbook(STARTER_SYMBOLS)), "starter.xlsx")


def test_the_starter_is_what_is_made_today() -> None:
    """When it is not: live-monitor tos-workbook --symbols (STARTER_SYMBOLS) -o resources/workbooks/tos-quotes.xlsx."""
    kept = resource_path("workbooks", "tos-quotes.xlsx").read_bytes()
    assert parts_of(kept) == parts_of(tos_workbook(STARTER_SYMBOLS))
