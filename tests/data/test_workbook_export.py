"""The desk as a workbook: what is written is there, exactly, is read back by our own reader, and is never a formula."""

from __future__ import annotations

import csv
import io
import math
import os
import stat
import sys
import zipfile
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from live_monitor.data.ledger_export import write_csv
from live_monitor.data.models.market_data import Snapshot
from live_monitor.data.models.orders import Order, PositionRow
from live_monitor.data.workbook_export import MARK, DeskTables, desk_tables, write_desk
from live_monitor.engine.market.ticker_state import TickerState
from live_monitor.errors import WorkbookError
from live_monitor.limits import Rejections
from live_monitor.providers.excel_file import read_saved
from live_monitor.providers.excel_rows import SheetReader
from live_monitor.providers.tos_workbook import tos_workbook
from tests.sample_workbooks import QUOTES, book

NEW_YORK = ZoneInfo("America/New_York")
#: 2026-11-20 10:30:00 in New York.
NOW = 1_795_188_600_000


def state(symbol: str, **numbers: float) -> TickerState:
    made = TickerState(symbol)
    for name, value in numbers.items():
        setattr(made, name, value)
    made.version, made.unsettled_volume = len(numbers), "volume" not in numbers
    return made


def position(symbol: str, **fields: Any) -> PositionRow:
    numbers = {"quantity": Decimal(100), "average_cost": Decimal("3.01"), "realized": Decimal(0), "day_pnl": None}
    none = {"mark": None, "mark_from": "", "mark_age_ms": 0, "market_value": None, "unrealized": None}
    return PositionRow(symbol=symbol, **{**numbers, **none, **fields})


def order(**fields: Any) -> Order:
    own = {
        "order_id": "A-1", "client_order_id": "c1", "account": "paper", "symbol": "VFF", "side": "BUY",
        "quantity": Decimal(100), "order_type": "LMT",
    }  # fmt: skip
    return Order(**{**own, **fields})


def desk(
    states: Sequence[TickerState] = (), positions: Sequence[PositionRow] = (), orders: Sequence[Order] = ()
) -> DeskTables:
    about = {"account": "Paper"}
    return desk_tables(states, positions, orders, source="SIMULATED", market_ms=NOW, zone=NEW_YORK, about=about)


def rows(path: Path, sheet: str) -> list[dict[str, Any]]:
    """The rows of a sheet by their headings, as openpyxl reads them."""
    names, *found = load_workbook(path)[sheet].iter_rows(values_only=True)
    return [dict(zip(names, row, strict=True)) for row in found]


def test_watchlist_positions_and_orders_are_written_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "desk.xlsx"
    bought = order(
        limit_price=Decimal("3.05"), placed_ms=NOW - 60_000, filled=Decimal(40), value=Decimal("121.60"),
        state="partially_filled", text="waits",
    )  # fmt: skip
    held = position("VFF", mark=Decimal("3.06"), mark_from="mid", market_value=Decimal(306), unrealized=Decimal(5))
    quoted = state("VFF", last=3.06, bid=3.05, ask=3.07, previous_close=3.0, volume=123_456.0, last_size=0.1 + 0.2)
    write_desk(path, desk([quoted, state("BRK.B")], [held], [bought]))
    first, second = rows(path, "Watchlist")
    assert (first["Symbol"], first["Last"], first["Volume"], first["Source"]) == ("VFF", 3.06, 123_456, "SIMULATED")
    assert first["Last size"] == 0.1 + 0.2
    assert [first["Net change"], first["Percent change"]] == [3.06 - 3.0, (3.06 / 3.0 - 1) * 100 / 100]
    assert {name: value for name, value in second.items() if value is not None} == {
        "Symbol": "BRK.B", "Source": "SIMULATED",
    }  # fmt: skip
    (one,) = rows(path, "Positions")
    assert (one["Symbol"], one["Quantity"], one["Average cost"], one["Mark"]) == ("VFF", 100, 3.01, 3.06)
    assert one["P&L of the day"] is None
    (sent,) = rows(path, "Orders")
    assert sent["Placed"] == datetime(2026, 11, 20, 10, 29)
    assert (sent["Limit"], sent["Filled"], sent["Average price"], sent["Reason"]) == (3.05, 40, 3.04, "waits")
    about = dict(load_workbook(path)["About"].iter_rows(values_only=True))
    assert about["times are of"] == "America/New_York"
    assert (about["prices of"], about["as of"], about["account"]) == ("SIMULATED", "2026-11-20 10:30:00", "Paper")


def test_the_header_stays_in_sight_and_numbers_have_their_formats(tmp_path: Path) -> None:
    write_desk(tmp_path / "desk.xlsx", desk([state("VFF", last=3.06, volume=7.0)]))
    sheet = load_workbook(tmp_path / "desk.xlsx")["Watchlist"]
    assert sheet.freeze_panes == "A2"
    assert [sheet["B2"].number_format, sheet["L2"].number_format] == ["#,##0.00######", "#,##0.######"]
    assert sheet["A1"].font.bold


def test_what_is_written_is_read_back_as_level_1(tmp_path: Path) -> None:
    path, numbers = tmp_path / "desk.xlsx", {"last": 229.87, "last_size": 100.0, "bid": 229.86, "bid_size": 300.0}
    more = {
        "ask": 229.88,
        "ask_size": 0.0,
        "day_open": 228.0,
        "day_high": 231.5,
        "day_low": 227.25,
        "volume": 1e6 + 0.5,
    }
    write_desk(path, desk([state("AAPL", **numbers, **more, previous_close=228.5), state("/ES", last=1 / 3)]))
    rejections = Rejections()
    sheet = SheetReader(rejections).read(read_saved(str(path)))
    assert [row.snapshot(NOW) for row in sheet.rows][:1] == [
        Snapshot(
            symbol="AAPL", timestamp_ms=NOW, last=229.87, last_size=100.0, bid=229.86, bid_size=300.0, ask=229.88,
            ask_size=0.0, open=228.0, high=231.5, low=227.25, previous_close=228.5, day_volume=1e6 + 0.5,
                net_change=229.87 - 228.5,
        )
    ]  # fmt: skip
    assert (sheet.rows[1].symbol, sheet.rows[1].number("last")) == ("/ES", 1 / 3)
    assert sheet.rows[0].number("net_change") == 229.87 - 228.5
    assert math.isnan(sheet.rows[1].number("bid"))
    assert rejections.total == 0


@given(st.lists(st.floats(min_value=1e-6, max_value=1e7), min_size=1, max_size=5))
def test_every_price_comes_back_bit_for_bit(tmp_path_factory: pytest.TempPathFactory, prices: list[float]) -> None:
    path = tmp_path_factory.mktemp("desk") / "desk.xlsx"
    write_desk(path, desk([state(f"S{number}", last=price) for number, price in enumerate(prices)]))
    assert [row["Last"] for row in rows(path, "Watchlist")] == prices


FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1", "\n=1", '=cmd|" /C calc"!A0')


def test_p9_no_text_of_a_workbook_is_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "desk.xlsx"
    orders = [order(order_id=text, client_order_id=text, text=text) for text in FORMULAS]
    write_desk(path, desk([state("=A1")], [position("-X", mark_from="=1")], orders))
    texts = [
        cell for sheet in load_workbook(path) for row in sheet.iter_rows() for cell in row if cell.value is not None
    ]
    assert {cell.data_type for cell in texts} == {"s", "n"}
    begin_like_one = [cell for cell in texts if str(cell.value).startswith(("=", "+", "-", "@"))]
    assert len(begin_like_one) > 12
    assert all(cell.quotePrefix for cell in begin_like_one if cell.data_type == "s")
    assert [row["Reason"] for row in rows(path, "Orders")][:4] == list(FORMULAS[:4])


def test_p9_no_text_of_a_csv_file_begins_like_a_formula() -> None:
    stream = io.StringIO(newline="")
    write_csv(stream, ("note", "amount"), [(text, Decimal("-1.50")) for text in FORMULAS])
    found = list(csv.reader(io.StringIO(stream.getvalue(), newline="")))[1:]
    assert [text[1:] for text, _ in found] == list(FORMULAS)
    assert {text[0] for text, _ in found} == {"'"}
    assert {amount for _, amount in found} == {"-1.50"}


def test_control_characters_and_endless_notes_can_be_written(tmp_path: Path) -> None:
    write_desk(tmp_path / "desk.xlsx", desk(orders=[order(text="a\x00b\x1fc"), order(text="x" * 50_000)]))
    first, second = rows(tmp_path / "desk.xlsx", "Orders")
    assert (first["Reason"], len(second["Reason"])) == ("a?b?c", 32_767)


def test_written_again_it_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "desk.xlsx"
    write_desk(path, desk([state("AAPL", last=1.0)]))
    write_desk(path, desk([state("MSFT", last=2.0)]))
    assert [row["Symbol"] for row in rows(path, "Watchlist")] == ["MSFT"]
    assert os.listdir(tmp_path) == ["desk.xlsx"]


@pytest.mark.parametrize("own", [tos_workbook(["AAPL"]), book(QUOTES), b"notes", b""])
def test_a_file_that_did_not_come_from_here_is_left_as_it_is(tmp_path: Path, own: bytes) -> None:
    path = tmp_path / "quotes.xlsx"
    path.write_bytes(own)
    with pytest.raises(WorkbookError, match="a file of your own"):
        write_desk(path, desk())
    assert path.read_bytes() == own
    assert os.listdir(tmp_path) == ["quotes.xlsx"]


@pytest.mark.skipif(sys.platform == "win32", reason="pipes as on POSIX")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xlsx")
    with pytest.raises(WorkbookError, match="is no file"):
        write_desk(tmp_path / "pipe.xlsx", desk([], [], []))


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_workbook_is_left_as_it_is_whatever_it_says(tmp_path: Path, method: int) -> None:
    path = tmp_path / "desk.xlsx"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("docProps/core.xml", MARK * 100)
        offset = len("docProps/core.xml") + 30
    data = bytearray(path.read_bytes())
    for place in range(offset + 4, offset + 24):
        data[place] ^= 0xA5
    path.write_bytes(data)
    with pytest.raises(WorkbookError, match="is a file of your own"):
        write_desk(path, desk([], [], []))
    assert path.read_bytes() == data


def test_volume_of_a_symbol_that_nothing_was_heard_of_is_not_zero(tmp_path: Path) -> None:
    write_desk(tmp_path / "desk.xlsx", desk([TickerState("NEW")], [], []))
    (row,) = rows(tmp_path / "desk.xlsx", "Watchlist")
    assert row["Volume"] is None


def test_another_kind_of_name_and_a_place_that_is_missing_are_told(tmp_path: Path) -> None:
    with pytest.raises(WorkbookError, match=r"no \.xlsx workbook"):
        write_desk(tmp_path / "desk.xls", desk())
    with pytest.raises(WorkbookError, match="cannot be written"):
        write_desk(tmp_path / "missing" / "desk.xlsx", desk())


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_is_read_only_is_told_and_the_old_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "desk.xlsx"
    write_desk(path, desk([state("AAPL", last=1.0)]))
    before = path.read_bytes()
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        with pytest.raises(WorkbookError, match="may be open in Excel"):
            write_desk(path, desk())
    finally:
        tmp_path.chmod(stat.S_IRWXU)
    assert path.read_bytes() == before
