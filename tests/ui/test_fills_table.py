"""Fills and their receipts."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from live_monitor.engine.market.sessions import hms
from live_monitor.ui.fills_table import FillsPanel
from live_monitor.ui.receipt_card import TEACH
from live_monitor.ui.theme import Theme
from tests.ui.fake_hub import TEN
from tests.ui.fake_paper import FakePaper, fill
from tests.ui.hands import press


@pytest.fixture
def paper() -> FakePaper:
    """A purchase and a sale with a gain."""
    sale = fill(2, realized="56.00", after="0", side="SELL", at_ms=TEN + 61_500)
    receipts = {"E1": ["Touch: a market order buys at the ask.", "Quote: 187.41 × 300 | 187.43 × 1,200, 0.12 s old"]}
    return FakePaper(all_fills=[fill(1), sale], receipts=receipts)


@pytest.fixture
def fills(qtbot: QtBot, dark: Theme, paper: FakePaper) -> FillsPanel:
    """The panel, shown."""
    made = FillsPanel(dark, hms)
    qtbot.addWidget(made)
    made.resize(900, 220)
    made.show()
    made.refresh(paper, TEN)
    return made


def row(fills: FillsPanel, number: int) -> list[str]:
    """Texts of a row."""
    model = fills.table.model
    return [str(model.index(number, column).data()) for column in range(model.columnCount())]


def test_fills_are_listed_newest_first(fills: FillsPanel) -> None:
    assert row(fills, 0) == [
        "10:01:01",
        "AAPL",
        "▼ Sell",
        "100",
        "187.43",
        "▲ +56.00",
        "1.00",
        "0",
        "Simulated",
        "touch",
    ]
    assert row(fills, 1) == ["10:00:01", "AAPL", "▲ Buy", "100", "187.43", "–", "1.00", "100", "Simulated", "touch"]


def test_chosen_fill_shows_its_receipt(fills: FillsPanel) -> None:
    assert fills.receipt.lines == [TEACH]
    fills.table.choose("E1")
    assert fills.receipt.title.text() == "Buy 100 AAPL at 187.43, 10:00:01"
    assert fills.receipt.lines[0] == "Touch: a market order buys at the ask."
    fills.table.choose("E2")
    assert fills.receipt.lines == ["No receipt is kept for this fill."]


def test_receipt_is_plain_text(fills: FillsPanel, paper: FakePaper) -> None:
    paper.receipts["E2"] = ["<b>SIMULATED</b>"]
    fills.table.choose("E2")
    assert fills.receipt.lines == ["<b>SIMULATED</b>"]


def test_new_fill_keeps_the_one_that_is_read(fills: FillsPanel, paper: FakePaper) -> None:
    fills.table.choose("E1")
    paper.all_fills.append(fill(3, at_ms=TEN + 90_000))
    paper.touch()
    fills.refresh(paper, TEN)
    assert fills.table.model.rowCount() == 3
    assert fills.receipt.title.text().startswith("Buy 100 AAPL")


def test_other_account_shows_its_own_fills(fills: FillsPanel, paper: FakePaper) -> None:
    paper.account_id, paper.all_fills = "paper-2", [fill(7, symbol="F"), fill(8, symbol="F")]
    paper.touch()
    fills.refresh(paper, TEN)
    assert [one.filled.symbol for one in fills.table.model.rows] == ["F", "F"]


def test_opened_fill_shows_its_symbol_and_its_bar(fills: FillsPanel) -> None:
    symbols, bars = QSignalSpy(fills.symbol_requested), QSignalSpy(fills.bar_requested)
    fills.table.choose("E2")
    press(fills.view, Qt.Key.Key_Return)
    assert (symbols[0][0], bars[0][0]) == ("AAPL", TEN + 60_000)


def test_where_there_is_little_room_the_receipt_stands_below(fills: FillsPanel) -> None:
    assert fills.split.orientation() == Qt.Orientation.Horizontal
    fills.resize(500, 300)
    assert fills.split.orientation() == Qt.Orientation.Vertical
