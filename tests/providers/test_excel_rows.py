"""Rows of a quote sheet as level 1: headings as people write them, blanks that stay blanks, and nothing invented."""

from __future__ import annotations

import json
import math
import warnings
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from live_monitor.data.models.market_data import NAN, Snapshot
from live_monitor.errors import WorkbookError
from live_monitor.limits import Rejections
from live_monitor.providers.excel_cells import Absent, read_number
from live_monitor.providers.excel_file import read_saved
from live_monitor.providers.excel_headings import MAX_COLUMNS, find_headings
from live_monitor.providers.excel_rows import MAX_ROWS, SNAPSHOT_FIELDS, QuoteRow, SheetReader
from live_monitor.providers.tos_topics import KINDS, field_of, topic_of
from tests.providers.test_excel_cells import ANYTHING

NOW = 1_795_188_600_000
HEADINGS: list[object] = [
    "Symbol", "Last", "Last size", "Bid", "Bid size", "Ask", "Ask size", "Open", "High", "Low", "Close", "Volume",
    "NET_CHANGE",
]  # fmt: skip
APPLE: list[object] = [
    "AAPL", 229.87, 100.0, 229.86, 3.0, 229.88, 2.0, 228.0, 231.5, 227.25, 228.5, 39_014_805.0, 1.37,
]  # fmt: skip


def read(*rows: list[object]) -> list[QuoteRow]:
    return SheetReader(Rejections()).read(list(rows)).rows


def one(heading: object, cell: object, symbol: str = "AAPL") -> QuoteRow:
    return read(["Symbol", heading, "Mark"], [symbol, cell, None])[0]


def test_a_row_becomes_level_1_and_close_is_the_previous_one() -> None:
    assert read(HEADINGS, APPLE)[0].snapshot(NOW) == Snapshot(
        symbol="AAPL", timestamp_ms=NOW, last=229.87, last_size=100.0, bid=229.86, bid_size=3.0,
        ask=229.88, ask_size=2.0,
        open=228.0, high=231.5, low=227.25, previous_close=228.5, day_volume=39_014_805.0, net_change=1.37,
    )  # fmt: skip


def test_a_row_becomes_the_documented_dict_of_texts() -> None:
    cells: list[object] = ["VFF", "3.00", 2.95, 3.05, 2.8, "3.10", 2.75, 123456.0]
    row = read(["Symbol", "Last", "Bid", "Ask", "Open", "High", "Low", "Volume"], cells)[0]
    assert row.quote() == {
        "symbol": "VFF", "last": "3.00", "bid": "2.95", "ask": "3.05", "open": "2.80", "high": "3.10", "low": "2.75",
        "volume": "123456",
    }  # fmt: skip


def test_every_documented_field_is_there_and_empty_where_nothing_is_known() -> None:
    assert one("Last", "loading").quote() == {
        "symbol": "AAPL", "last": "", "bid": "", "ask": "", "open": "", "high": "", "low": "", "volume": "", "mark": "",
    }  # fmt: skip


def test_the_change_is_the_vendors_and_is_never_reckoned() -> None:
    row = read(HEADINGS, APPLE)[0]
    assert (row.number("net_change"), row.quote()["net_change"]) == (1.37, "1.37")
    assert math.isnan(read(["Symbol", "Last", "Close"], ["AAPL", 2.0, 1.0])[0].number("net_change"))


def test_before_the_first_trade_zeros_are_no_prices_and_the_volume_is_zero() -> None:
    row = read(HEADINGS, ["AAPL", 0.0, 0.0, 229.0, 1.0, 230.0, 1.0, 0.0, 0.0, 0.0, 228.5, 0.0, 0.0])[0]
    level_1 = row.snapshot(NOW)
    for price in (level_1.last, level_1.last_size, level_1.open, level_1.high, level_1.low):
        assert math.isnan(price)
    assert (level_1.day_volume, level_1.previous_close, row.number("net_change")) == (0.0, 228.5, 0.0)
    assert row.unknown() == {}


def test_what_is_not_known_now_is_told_apart_from_what_is_not_there() -> None:
    row = read(HEADINGS, ["AAPL", "loading", None, 0.0, 5.0, "#N/A", 2.0, 228.0, "1_000", 227.25, 228.5, "N/A", 0.0])[0]
    assert row.unknown() == {
        "last": "loading", "last_size": "blank", "ask": "#N/A", "high": "not a number", "day_volume": "N/A",
    }  # fmt: skip
    level_1 = row.snapshot(NOW)
    assert [level_1.bid, level_1.bid_size, level_1.ask_size] == pytest.approx([NAN, NAN, NAN], nan_ok=True)


def test_a_price_with_its_exchange_stands_in_where_the_plain_one_says_nothing() -> None:
    row = read(["Symbol", "LAST", "LASTX"], ["/ZN:XCBT", None, "110'165 C"])[0]
    assert (row.symbol, row.snapshot(NOW).last, row.quote()["last"]) == ("/ZN", 110.515625, "110.515625")
    assert row.unknown() == {}
    assert read(["Symbol", "LAST", "LASTX"], ["AAPL", 2.0, "3.0 Q"])[0].snapshot(NOW).last == 2.0


def test_fractions_are_read_by_the_contract_of_the_row() -> None:
    rows = read(["Symbol", "Last", "Net change"], ["/ZB:XCBT", "117'14", "-0'06"], ["/ZC:XCBT", "450'2", "+0'6"])
    assert [(row.number("last"), row.number("net_change")) for row in rows] == [(117.4375, -0.1875), (450.25, 0.75)]
    assert math.isnan(one("Last", "117'14").number("last"))


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Symbol", "symbol"), (" TICKER ", "symbol"), ("last-price", "last"), ("LAST", "last"), ("24High", "high"),
        ("High", "high"), ("24 Low", "low"), ("Bid_Size", "bid_size"), ("chg $", "net_change"), ("chg %",
        "percent_change"),
        ("close-price", "close"), ("Prev. Close", "close"), ("total-volume", "volume"), ("52HIGH", "52high"),
        ("EPR Lower", "epr_lower"), ("EXT_%CHNG", "ext_%chng"), ("Custom7", "custom7"),
    ],
)  # fmt: skip
def test_headings_are_known_as_people_write_them(heading: str, field: str) -> None:
    assert field_of(heading) == field


def test_every_topic_of_thinkorswim_is_known(shared_data: Path) -> None:
    names = json.loads((shared_data / "tos_rtd" / "tos_rtd_field_names.json").read_text())
    assert len(names) > 120
    fields = {name: field_of(name) for name in names}
    assert [name for name, field in fields.items() if field is None] == []
    assert [name for name, field in fields.items() if field is not None and topic_of(field) != name] == []


def test_headings_are_found_below_a_title_and_told_when_they_are_not_understood() -> None:
    block: list[list[object]] = [
        ["My quotes", None, None, None, None], [], [7.0], [None, "Last", "symbol", "Last", "Gut feeling", None, "Bid"],
        [None, 1.5, "VFF", 9.0, 3.0, 8.0, 1.25],
    ]  # fmt: skip
    found = find_headings(block)
    assert (found.top, found.depth, found.symbol) == (3, 1, 2)
    assert found.remarks == (
        "Column 1 has no heading of its own (merged cells?) and is left out.",
        "Column 4, “Last”, stands there twice; the first one counts.",
        "Column 5, “Gut feeling”, is not known and is left out.",
        "Column 6 has no heading of its own (merged cells?) and is left out.",
    )
    row = read(*block)[0]
    assert (row.symbol, row.number("last"), row.number("bid")) == ("VFF", 1.5, 1.25)


def test_headings_may_begin_in_the_first_twenty_rows() -> None:
    sheet: list[list[object]] = [["Symbol", "Last"], ["VFF", 1.0]]
    blank: list[list[object]] = [[]]
    assert find_headings(blank * 19 + sheet).top == 19
    with pytest.raises(WorkbookError, match="no column headed Symbol"):
        find_headings(blank * 20 + sheet)


@pytest.mark.parametrize("field", sorted(field for field, kind in KINDS.items() if kind not in ("text",)))
def test_an_error_of_excel_that_comes_as_a_number_is_none_in_any_column(field: str) -> None:
    for code in (-2146826288, -2146826246, -2146826238):
        assert isinstance(one(field, float(code)).values[field], Absent)


def test_remarks_are_lines_that_a_terminal_can_show() -> None:
    headings = find_headings([["Symbol", "Last", "\x1b]0;gotcha\x07Two\nlines", "\u202eLast"], ["A", 1.0]])
    assert headings.remarks[0] == "Column 3, “]0;gotcha Two lines”, is not known and is left out."
    assert "stands there twice" in headings.remarks[1]
    assert all(remark.isprintable() for remark in headings.remarks)


def test_headings_that_are_merged_over_two_rows_are_joined() -> None:
    rows = read(
        ["Symbol", "Bid", None, "Ask", None, "Volume", "Prices", None],
        [None, "Price", "Size", "Price", "Size", None, "Last", "High"],
        ["AAPL", 1.0, 100.0, 1.1, 200.0, 5.0, 1.05, 2.0],
    )
    names = ("bid", "bid_size", "ask", "ask_size", "volume", "last", "high")
    assert [rows[0].number(name) for name in names] == [1.0, 100.0, 1.1, 200.0, 5.0, 1.05, 2.0]


def test_a_heading_merged_over_columns_counts_for_its_first() -> None:
    found = find_headings([["Symbol", "Last", None, "Bid"], ["AAPL", 1.0, 2.0, 3.0]])
    assert [(column.field, column.place) for column in found.columns] == [("last", 1), ("bid", 3)]
    assert found.remarks == ("Column 3 has no heading of its own (merged cells?) and is left out.",)


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ([], "no column headed Symbol"), ([[]], "no column headed Symbol"), ([["Last",
        "Bid"]], "no column headed Symbol"),
        ([["Symbol", "Mood"], ["AAPL", 1.0]], "none with a price"), ([["Symbol"]], "none with a price"),
        ([[None]] * 20 + [["Symbol", "Last"]], "no column headed Symbol"),
    ],
)  # fmt: skip
def test_a_sheet_without_headings_says_what_it_needs(block: list[list[object]], words: str) -> None:
    with pytest.raises(WorkbookError, match=words) as refused:
        SheetReader(Rejections()).read(block)
    assert "Symbol, Last, Bid" in refused.value.remedy


def test_rows_that_are_not_filled_in_are_left_out_in_silence_and_bad_symbols_are_counted() -> None:
    rejections = Rejections()
    symbols: list[object] = [
        None, " ", "N/A", "loading", "#REF!", "Symbol", "AAPL", True, datetime(2026, 3, 1), 17.0, "A B", "AAPL&N",
        "=cmd()|",
        "aapl",
    ]  # fmt: skip
    sheet = SheetReader(rejections).read([["Symbol", "Last"], *([symbol, 1.0] for symbol in symbols), []])
    assert [row.symbol for row in sheet.rows] == ["AAPL"]
    assert rejections.by_reason == Counter(
        {
            "excel symbol: not a text": 3, "excel symbol: bad characters or length": 2,
            "excel symbol: quote of a single exchange": 1, "excel symbol: stands there twice": 1,
        }
    )  # fmt: skip


def test_of_a_symbol_that_stands_there_twice_the_first_row_counts() -> None:
    rows = read(["Symbol", "Last"], ["AAPL", 1.0], ["MSFT", 2.0], ["AAPL", 3.0])
    assert [(row.symbol, row.number("last")) for row in rows] == [("AAPL", 1.0), ("MSFT", 2.0)]


def test_what_did_not_change_is_neither_read_nor_counted_again() -> None:
    rejections = Rejections()
    reader = SheetReader(rejections)
    first = reader.read([["Symbol", "Last"], ["AAPL", 1.0], ["MSFT", "1_000"]])
    assert [row.symbol for row in first.changed] == ["AAPL", "MSFT"]
    again = reader.read([["Symbol", "Last"], ["AAPL", 1.0], ["MSFT", "1_000"]])
    assert (again.changed, [row.symbol for row in again.rows]) == ([], ["AAPL", "MSFT"])
    later = reader.read([["Symbol", "Last"], ["AAPL", 1.25], ["MSFT", "1_000"], ["VFF", 3.0]])
    assert [(row.symbol, row.number("last")) for row in later.changed] == [("AAPL", 1.25), ("VFF", 3.0)]
    assert rejections.by_reason == Counter({"excel last: not a number": 1})


def test_a_bad_cell_is_counted_once_while_its_row_goes_on() -> None:
    rejections = Rejections()
    reader = SheetReader(rejections)
    for last in (1.0, 2.0, 3.0):
        (row,) = reader.read([["Symbol", "Last", "Bid", "Name"], ["AAPL", last, "1_000", "Apple"]]).changed
        assert (row.number("last"), row.unknown()["bid"], row.values["name"]) == (last, "not a number", "Apple")
    assert rejections.by_reason == Counter({"excel bid: not a number": 1})
    (row,) = reader.read([["Symbol", "Last", "Bid", "Name"], ["MSFT", 4.0, "1_000", "Apple"]]).changed
    assert (row.symbol, rejections.total) == ("MSFT", 2)


def test_true_is_not_the_price_that_stood_there_before() -> None:
    reader = SheetReader(Rejections())
    reader.read([["Symbol", "Last", "Bid"], ["AAPL", 1.0, 1.0]])
    (row,) = reader.read([["Symbol", "Last", "Bid"], ["AAPL", True, 2.0]]).changed
    assert row.unknown()["last"] == "true or false"
    # Also where it is all that changed: for Python TRUE equals 1.
    (row,) = reader.read([["Symbol", "Last", "Bid"], ["AAPL", 1.0, True]]).changed
    assert (row.number("last"), row.unknown()["bid"]) == (1.0, "true or false")
    (row,) = reader.read([["Symbol", "Last", "Bid"], ["AAPL", True, True]]).changed
    assert row.unknown()["last"] == "true or false"


def test_other_headings_change_every_row() -> None:
    reader = SheetReader(Rejections())
    reader.read([["Symbol", "Bid"], ["AAPL", 1.0]])
    (row,) = reader.read([["Symbol", "Ask"], ["AAPL", 1.0]]).changed
    assert (row.number("ask"), math.isnan(row.number("bid"))) == (1.0, True)
    with pytest.raises(WorkbookError):
        reader.read([["Nothing"], ["AAPL", 1.0]])
    assert len(reader.read([["Symbol", "Ask"], ["AAPL", 1.0]]).changed) == 1


def test_rows_and_columns_beyond_the_limits_are_left_out_and_told() -> None:
    wide: list[object] = ["Symbol", "Last", *(f"Note {number}" for number in range(MAX_COLUMNS)), "Bid"]
    sheet = SheetReader(Rejections()).read([wide, *([f"S{number}", 1.0] for number in range(MAX_ROWS + 1))])
    assert len(sheet.rows) == MAX_ROWS
    assert sheet.remarks[-1] == "Only the first 5,000 rows are used."
    assert len(sheet.remarks) == 22


def test_the_recorded_workbook_is_read_whole(shared_data: Path) -> None:
    """Golden: 54 symbols; 32 cells #N/A and 18 of one blank, all in columns that no quote needs."""
    path = shared_data / "tos_rtd" / "TD_rtd_demo.xlsx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        block = [list(row) for row in load_workbook(path, data_only=True).active.iter_rows(values_only=True)]
    counts = Counter(
        value.reason for row in block for cell in row if isinstance(value := read_number(cell, "number"), Absent)
    )
    assert counts == Counter({"#N/A": 32, "blank": 18})
    rejections = Rejections()
    excel, saved = SheetReader(rejections).read(block), SheetReader(rejections).read(read_saved(str(path)))
    assert excel.rows == saved.rows
    assert (len(excel.rows), rejections.total, excel.remarks == saved.remarks) == (54, 0, True)
    first = excel.rows[0]
    assert (first.symbol, first.number("last"), first.number("close"), first.number("volume")) == (
        "XPEV", 22.295, 21.22, 39_014_805.0,
    )  # fmt: skip
    assert [row.unknown() for row in excel.rows] == [{}] * 54


def test_every_error_of_excel_is_absent_with_its_name(shared_data: Path) -> None:
    block = [
        list(row)
        for row in load_workbook(shared_data / "tos_rtd" / "xlwings_cell_errors.xlsx", data_only=True).active.iter_rows(
            values_only=True
        )
    ]
    errors = [row[0] for row in block]
    assert [read_number(error, "price") for error in errors] == [Absent(str(error)) for error in errors]
    assert len(errors) == 7


@given(st.lists(st.lists(st.one_of(ANYTHING, st.sampled_from([*HEADINGS, "AAPL", "/ZN"])), max_size=8), max_size=8))
def test_no_block_raises_anything_but_that_it_has_no_headings(block: list[list[object]]) -> None:
    reader = SheetReader(Rejections())
    two_rows: list[list[object]] = [HEADINGS[:3], [None, "Bid", "Size"], *block]
    for rows in (block, [HEADINGS, *block], two_rows):
        try:
            sheet = reader.read(rows)
        except WorkbookError:
            continue
        for row in sheet.rows:
            level_1, quote = row.snapshot(NOW), row.quote()
            assert set(row.unknown()) <= set(SNAPSHOT_FIELDS)
            assert not any(math.isinf(getattr(level_1, name)) for name in SNAPSHOT_FIELDS)
            assert all(isinstance(text, str) for text in quote.values())
            assert set(quote) <= {"symbol", *KINDS}
