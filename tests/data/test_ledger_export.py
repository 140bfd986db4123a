"""The ledger as tables: every order, fill and entry, with all digits, and never a formula."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from live_monitor.data import ledger_export
from live_monitor.data.ledger_export import defused, plain, write_csv, write_xlsx
from live_monitor.data.ledger_tables import TABLES, Cell
from live_monitor.data.stores.ledger_file import connect
from live_monitor.data.stores.ledger_store import FILE_NAME
from live_monitor.engine.paper.entries import AccountOpened, NoteWritten, SplitApplied
from live_monitor.engine.paper.ledger import draft
from tests.fakes import ledger_story as story

STEPS = 9
HOSTILE = '=HYPERLINK("http://example.com","x")'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    ledger = story.a_ledger(tmp_path, STEPS)
    note = NoteWritten(account=story.ACCOUNT, at_ms=story.START_MS, day="2026-11-20", text=HOSTILE)
    # Left open, and split.
    open_one = story.entries(STEPS)[:2]
    split = SplitApplied(account=story.ACCOUNT, at_ms=story.START_MS, symbol="AAPL", ratio=Decimal(2))
    other = AccountOpened(
        account="simulated.2", at_ms=story.START_MS, name="Another", cash=Decimal(1), settings=story.opened().settings
    )
    ledger.commit([draft(entry) for entry in (note, *open_one, split, other)])
    ledger.close()
    return tmp_path / FILE_NAME


def rows(path: Path, table: str, account: str | None = None) -> list[dict[str, str]]:
    """The CSV as a program reads it."""
    out = io.StringIO()
    connection = connect(path, 0.0)
    count = write_csv(out, TABLES[table].columns, TABLES[table].rows(connection, account))
    connection.close()
    found = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert len(found) == count
    return found


def test_orders_are_there_as_they_ended_and_open_ones_as_they_are(path: Path) -> None:
    orders = rows(path, "orders")
    assert [order["order_id"] for order in orders] == [f"O{step + 1}" for step in range(STEPS + 1)]
    first, _, third = orders[:3]
    assert (first["state"], first["filled"], first["average_price"], first["placed"]) == (
        "filled", "10", "100.00", "2026-11-20T15:30:00.000+00:00",
    )  # fmt: skip
    assert (third["state"], third["text"], third["average_price"]) == ("canceled", "As asked.", "")
    assert (orders[-1]["state"], orders[-1]["quantity"], orders[-1]["limit_price"]) == ("accepted", "20", "50.31")


def test_fills_add_up_to_the_truth_and_carry_their_receipts(path: Path) -> None:
    fills = rows(path, "fills")
    signs = {"BUY": -1, "SELL": 1}
    cash = story.CASH + sum(signs[fill["side"]] * int(fill["quantity"]) * Decimal(fill["price"]) for fill in fills)
    assert cash == story.truth(STEPS)[0]
    assert {fill["fill_model"] for fill in fills} == {"touch"}
    assert (fills[0]["ask"], fills[0]["ask_size"], fills[0]["bid_size"], fills[0]["trade_price"]) == (
        "100.00", "300", "", "",
    )  # fmt: skip


def test_the_journal_is_there_byte_by_byte_with_its_digests(path: Path) -> None:
    journal = rows(path, "journal")
    assert [row["body"].encode() for row in journal] == story.kept_rows(path)
    assert [int(row["seq"]) for row in journal] == list(range(1, len(journal) + 1))
    assert all(len(row["digest"]) == 64 for row in journal)
    assert [row["kind"] for row in rows(path, "journal", "simulated.2")] == ["account_opened"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_text_that_a_spreadsheet_would_compute_is_defused(text: str) -> None:
    out = io.StringIO()
    write_csv(out, ["text"], [(text,)])
    (read,) = list(csv.reader(io.StringIO(out.getvalue(), newline="")))[1]
    assert read == f"'{text}" == defused(text)


def test_numbers_have_all_their_digits_and_no_exponent() -> None:
    values: list[Cell] = [Decimal("1E+5"), Decimal("0.000000001"), Decimal("-12.50"), 1_795_188_600_000, None]
    out = io.StringIO()
    write_csv(out, "abcde", [tuple(values)])
    assert out.getvalue().splitlines()[1] == "100000,0.000000001,-12.50,1795188600000,"
    assert plain(Decimal("123456789.123456789")) == "123456789.123456789"


def test_a_workbook_has_a_sheet_for_each_table_numbers_as_numbers_and_no_formula(path: Path, tmp_path: Path) -> None:
    connection = connect(path, 0.0)
    tables = {name: (table.columns, table.rows(connection, None)) for name, table in TABLES.items()}
    out = tmp_path / "ledger.xlsx"
    counts = write_xlsx(out, tables, {"ledger": "=ledger\x07"})
    connection.close()
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["orders", "fills", "journal", "about"]
    assert counts == {"orders": STEPS + 1, "fills": STEPS, "journal": len(story.kept_rows(path))}
    for sheet in book.worksheets:
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    fills = book["fills"]
    header = [cell.value for cell in fills[1]]
    assert fills.cell(2, header.index("price") + 1).value == 100
    assert fills.cell(2, header.index("bid_size") + 1).value is None
    assert book["about"].cell(1, 2).value == "=ledger?"


def test_a_sheet_that_is_full_goes_on_in_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_export, "MAX_SHEET_ROWS", 4)
    out = tmp_path / "x.xlsx"
    write_xlsx(out, {"numbers": (["n"], ((number,) for number in range(7)))}, {})
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["numbers", "numbers 2", "numbers 3", "about"]
    assert [row[0].value for name in book.sheetnames[:3] for row in book[name].iter_rows(min_row=2)] == list(range(7))
