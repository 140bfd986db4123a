"""Positions with live profit and loss."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from live_monitor.engine.paper.market_view import MarketView
from live_monitor.ui.paper_badge import PaperBadge
from live_monitor.ui.positions_table import PositionsPanel
from live_monitor.ui.theme import Theme
from tests.ui.fake_hub import TEN
from tests.ui.fake_paper import D, FakePaper, market, position
from tests.ui.hands import click, double_click, press

UNMARKED = {"mark": None, "mark_from": "", "market_value": None, "unrealized": None, "day_pnl": None}


def sourced(symbol: str, source: str) -> MarketView:
    """A quote of one source."""
    view = market(symbol)
    view.source = source
    return view


@pytest.fixture
def paper() -> FakePaper:
    """Long, short without a mark, and one that is valued at a close."""
    return FakePaper(
        held=[
            position("AAPL"),
            position("NVDA", -200, **UNMARKED),
            position("IBM", 50, mark_from="close", mark_age_ms=90_000, unrealized=D("-26")),
        ],
        quotes={name: sourced(name, "POLYGON") for name in ("AAPL", "NVDA", "IBM")},
    )


@pytest.fixture
def panel(qtbot: QtBot, dark: Theme, paper: FakePaper) -> PositionsPanel:
    """The panel, shown, sorted by symbol from A on."""
    made = PositionsPanel(dark)
    qtbot.addWidget(made)
    made.resize(900, 240)
    made.show()
    made.refresh(paper, TEN)
    made.view.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    return made


def row(panel: PositionsPanel, number: int) -> list[str]:
    """Texts of a row."""
    model = panel.table.model
    return [str(model.index(number, column).data()) for column in range(model.columnCount())]


def test_position_is_valued_at_its_mark(panel: PositionsPanel) -> None:
    assert row(panel, 0) == [
        "AAPL", "Long 100", "186.90", "187.42 mid", "Polygon", "18,742.00", "▲ +52.00", "▲ +12.30", "▲ +64.30",
    ]  # fmt: skip


def test_without_a_usable_mark_nothing_is_invented(panel: PositionsPanel) -> None:
    assert row(panel, 2) == ["NVDA", "Short 200", "186.90", "–", "", "–", "–", "▲ +12.30", "–"]


def test_mark_says_whose_price_it_is_and_another_source_shows_at_once(panel: PositionsPanel, paper: FakePaper) -> None:
    assert [row(panel, number)[4] for number in range(3)] == ["Polygon", "", ""]
    paper.quotes["AAPL"] = sourced("AAPL", "SCHWAB")
    paper.touch()
    with_news = QSignalSpy(panel.table.model.dataChanged)
    panel.refresh(paper, TEN)
    assert row(panel, 0)[4] == "Schwab"
    assert len(with_news) == 1


def test_value_at_a_close_or_an_old_price_is_painted_as_old(panel: PositionsPanel, paper: FakePaper) -> None:
    stale = panel.table.model.columns[3].role
    assert row(panel, 1)[3] == "187.42 close"
    assert [stale(one) for one in paper.held] == ["text", "stale", "stale"]
    assert stale(position(mark_age_ms=5_001)) == "stale"


def test_live_figures_move_no_row(panel: PositionsPanel, paper: FakePaper) -> None:
    panel.view.sortByColumn(6, Qt.SortOrder.DescendingOrder)
    before = [one.symbol for one in panel.table.model.rows]
    paper.held[2] = position("IBM", 50, unrealized=D(900))
    paper.touch()
    panel.refresh(paper, TEN)
    assert [one.symbol for one in panel.table.model.rows] == before
    assert row(panel, before.index("IBM"))[6] == "▲ +900.00"


@pytest.mark.parametrize("way", ["button", "key"])
def test_closing_is_asked_for_the_chosen_position(panel: PositionsPanel, way: str) -> None:
    spy = QSignalSpy(panel.flatten_requested)
    panel.table.choose("NVDA")
    if way == "button":
        click(panel.close_button)
        double_click(panel.close_button)
    else:
        press(panel.view, Qt.Key.Key_Delete)
    assert len(spy) == 1
    assert spy[0][0] == "NVDA"


def test_position_that_closes_under_the_hand_leaves_nothing_chosen(panel: PositionsPanel, paper: FakePaper) -> None:
    spy = QSignalSpy(panel.flatten_requested)
    panel.table.choose("NVDA")
    del paper.held[1]
    paper.touch()
    panel.refresh(paper, TEN)
    click(panel.close_button)
    assert len(spy) == 0
    assert panel.message.text() == "Choose a position first."


def test_close_all_says_when_there_is_nothing_to_close(panel: PositionsPanel, paper: FakePaper) -> None:
    spy = QSignalSpy(panel.flatten_all_requested)
    click(panel.close_all_button)
    assert len(spy) == 1
    paper.held.clear()
    paper.touch()
    panel.refresh(paper, TEN)
    click(panel.close_all_button)
    assert len(spy) == 1
    assert panel.message.text() == "No position is open."


def test_opened_position_shows_its_symbol(panel: PositionsPanel) -> None:
    spy = QSignalSpy(panel.symbol_requested)
    panel.table.choose("IBM")
    press(panel.view, Qt.Key.Key_Return)
    assert [spy[0][0]] == ["IBM"]


def test_paper_is_painted_in_either_theme(panel: PositionsPanel, theme: Theme) -> None:
    panel.set_theme(theme)
    badge = panel.findChild(PaperBadge)
    assert badge is not None
    assert badge.isVisible()


def test_position_that_was_closed_today_keeps_what_it_brought(panel: PositionsPanel, paper: FakePaper) -> None:
    closed = position("F", 0, mark=None, market_value=D(0), unrealized=D(0), day_pnl=D("12.30"))
    paper.held = [closed]
    paper.touch()
    panel.refresh(paper, TEN)
    assert row(panel, 0) == ["F", "Closed", "", "", "", "", "0.00", "▲ +12.30", "▲ +12.30"]
    spies = QSignalSpy(panel.flatten_requested), QSignalSpy(panel.flatten_all_requested)
    panel.table.choose("F")
    click(panel.close_button)
    assert panel.message.text() == "That position is closed already."
    click(panel.close_all_button)
    assert [len(spy) for spy in spies] == [0, 0]
