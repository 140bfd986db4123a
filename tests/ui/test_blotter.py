"""Working orders: what each waits for, and what a hand can do with the chosen one, and with no other."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from live_monitor.engine.market.sessions import hms
from live_monitor.ui.blotter import Blotter
from live_monitor.ui.paper_badge import PaperBadge
from live_monitor.ui.paper_view import Replacement
from live_monitor.ui.theme import Theme
from tests.ui.fake_hub import TEN
from tests.ui.fake_paper import D, FakePaper, market, order
from tests.ui.hands import click, double_click, press, type_text


@pytest.fixture
def paper() -> FakePaper:
    """Three working orders and two that ended."""
    return FakePaper(
        all_orders=[
            order(1, symbol="AAPL", queue_ahead=D(312)),
            order(2, symbol="MSFT", side="SELL", order_type="STP", limit_price=None, stop_price=D("180.10")),
            order(3, "partially_filled", filled=D(40), value=D("7496"), role="target"),
            order(4, "filled", filled=D(100), value=D("18743")),
            order(5, "rejected", text="Buying power: 12,000.00 are free."),
        ]
    )


@pytest.fixture
def blotter(qtbot: QtBot, dark: Theme, paper: FakePaper) -> Blotter:
    """The panel, shown."""
    made = Blotter(dark, hms)
    qtbot.addWidget(made)
    made.resize(1_000, 260)
    made.show()
    made.refresh(paper, TEN)
    return made


def column(blotter: Blotter, heading: str) -> list[str]:
    """Texts of a column, from the top."""
    model = blotter.table.model
    at = [one.heading for one in model.columns].index(heading)
    return [str(model.index(row, at).data()) for row in range(model.rowCount())]


def test_working_orders_are_shown_with_what_they_wait_for(blotter: Blotter, paper: FakePaper) -> None:
    assert column(blotter, "Symbol") == ["AAPL", "MSFT", "AAPL"]
    assert column(blotter, "State") == ["Part filled 40", "Working", "Working"]
    assert column(blotter, "Order") == ["Limit 187.40 · target", "Stop 180.10", "Limit 187.40"]
    assert column(blotter, "Ahead") == ["", "", "312"]
    assert column(blotter, "Average") == ["187.40", "–", "–"]
    assert set(column(blotter, "Waits for, or ended")) == {paper.why("x")}
    assert blotter.chips.buttons["working"].text() == "Working 3"


def test_orders_say_whose_prices_they_meet(blotter: Blotter, paper: FakePaper) -> None:
    assert column(blotter, "Source") == ["", "", ""]
    paper.quotes = {"AAPL": market("AAPL")}
    paper.touch()
    blotter.refresh(paper, TEN)
    assert column(blotter, "Source") == ["Simulated", "", "Simulated"]


def test_orders_that_ended_say_why(blotter: Blotter) -> None:
    click(blotter.chips.buttons["all"])
    assert column(blotter, "State") == ["Part filled 40", "Working", "Working", "Refused", "Filled"]
    assert "Buying power: 12,000.00 are free." in column(blotter, "Waits for, or ended")


def test_chosen_order_says_in_full_what_it_waits_for(blotter: Blotter, paper: FakePaper) -> None:
    paper.reasons["O1"] = "312 shares are ahead of it."
    blotter.table.choose("O1")
    blotter.refresh(paper, TEN + 1_000)
    assert blotter.message.text() == "312 shares are ahead of it."


def test_what_orders_wait_for_is_asked_once_a_second_and_only_where_it_is_seen(
    blotter: Blotter, paper: FakePaper
) -> None:
    paper.all_orders += [order(number) for number in range(10, 200)]
    asked: list[str] = []
    paper.on_why = asked.append
    paper.touch()
    blotter.refresh(paper, TEN + 1_000)
    blotter.grab()
    assert 0 < len(asked) < 40
    for frame in range(60):
        blotter.refresh(paper, TEN + 1_001 + frame)
        blotter.grab()
    assert len(asked) < 60


def test_order_that_is_not_kept_yet_says_so(blotter: Blotter, paper: FakePaper) -> None:
    paper.unkept = {"O1"}
    paper.touch()
    blotter.refresh(paper, TEN)
    assert column(blotter, "State")[-1] == "Saving…"


@pytest.mark.parametrize("way", ["button", "key"])
def test_cancel_asks_for_the_chosen_order(blotter: Blotter, way: str) -> None:
    spy = QSignalSpy(blotter.cancel_requested)
    blotter.table.choose("O2")
    if way == "button":
        click(blotter.cancel_button)
    else:
        press(blotter.view, Qt.Key.Key_Delete)
    assert [spy[0][0]] == ["O2"]


def test_without_a_choice_the_buttons_say_why(blotter: Blotter) -> None:
    spy = QSignalSpy(blotter.cancel_requested)
    assert blotter.cancel_button.toolTip() == "Choose a working order first."
    assert blotter.cancel_button.property("blocked") is True
    click(blotter.cancel_button)
    press(blotter.view, Qt.Key.Key_Delete)
    assert len(spy) == 0
    assert blotter.message.text() == "Choose a working order first."


def test_double_click_on_cancel_cancels_one(blotter: Blotter) -> None:
    spy = QSignalSpy(blotter.cancel_requested)
    blotter.table.choose("O2")
    click(blotter.cancel_button)
    double_click(blotter.cancel_button)
    assert len(spy) == 1


def test_order_that_ends_under_the_hand_leaves_nothing_chosen(blotter: Blotter, paper: FakePaper) -> None:
    spy = QSignalSpy(blotter.cancel_requested)
    blotter.table.choose("O2")
    paper.all_orders[1].state = "filled"
    paper.touch()
    blotter.refresh(paper, TEN)
    click(blotter.cancel_button)
    assert len(spy) == 0, "Qt would have chosen the neighbour"
    assert blotter.table.chosen is None


def test_choice_stays_on_its_order_when_others_come(blotter: Blotter, paper: FakePaper) -> None:
    blotter.table.choose("O1")
    paper.all_orders.insert(0, order(9))
    paper.touch()
    blotter.refresh(paper, TEN)
    chosen = blotter.table.chosen
    assert chosen is not None
    assert chosen.order.order_id == "O1"


def test_cancel_all_is_asked_for_only_while_something_works(blotter: Blotter, paper: FakePaper) -> None:
    spy = QSignalSpy(blotter.cancel_all_requested)
    click(blotter.cancel_all_button)
    assert len(spy) == 1
    for one in paper.all_orders:
        one.state = "canceled"
    paper.touch()
    blotter.refresh(paper, TEN)
    click(blotter.cancel_all_button)
    assert len(spy) == 1
    assert blotter.message.text() == "No order is working."


def test_terms_are_changed_in_place_and_only_what_was_changed_is_asked_for(blotter: Blotter) -> None:
    spy = QSignalSpy(blotter.replace_requested)
    blotter.table.choose("O2")
    press(blotter.view, Qt.Key.Key_Return)
    assert blotter.change.isVisible()
    stop = blotter.change.fields["stop_price"]
    assert not stop.isHidden()
    assert blotter.change.fields["limit_price"].isHidden()
    stop.selectAll()
    type_text(stop, "179.50")
    press(stop, Qt.Key.Key_Return)
    assert [spy[0][0]] == [Replacement("O2", stop_price=D("179.50"))]
    assert not blotter.change.isVisible()


def test_change_that_is_left_or_changes_nothing_asks_for_nothing(blotter: Blotter) -> None:
    spy = QSignalSpy(blotter.replace_requested)
    blotter.table.choose("O2")
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_Return):
        click(blotter.change_button)
        press(blotter.change.fields["quantity"], key)
        assert not blotter.change.isVisible()
    assert len(spy) == 0


def test_order_that_ends_while_it_is_changed_closes_the_row(blotter: Blotter, paper: FakePaper) -> None:
    blotter.table.choose("O2")
    click(blotter.change_button)
    paper.all_orders[1].state = "expired"
    paper.touch()
    blotter.refresh(paper, TEN)
    assert not blotter.change.isVisible()
    assert blotter.message.text() == "That order has ended."


def test_opened_order_that_ended_shows_its_symbol(blotter: Blotter) -> None:
    spy = QSignalSpy(blotter.symbol_requested)
    click(blotter.chips.buttons["all"])
    blotter.table.choose("O4")
    press(blotter.view, Qt.Key.Key_Return)
    assert [spy[0][0]] == ["AAPL"]


def test_refusal_of_the_desk_stands_below_the_table(blotter: Blotter) -> None:
    blotter.refused("The order has been filled meanwhile.")
    assert blotter.message.text() == "The order has been filled meanwhile."


def test_message_stands_beside_the_buttons_where_there_is_room_and_below_else(
    qtbot: QtBot, blotter: Blotter, paper: FakePaper
) -> None:
    paper.reasons["O2"] = "Waits for a print at 180.10 or below: the last one was at 187.42, 0.3 s ago, and more words."
    blotter.table.choose("O2")
    blotter.refresh(paper, TEN + 1_000)
    assert blotter.message.y() < blotter.view.mapTo(blotter, blotter.view.rect().topLeft()).y()
    blotter.resize(480, 240)
    qtbot.waitUntil(lambda: blotter.message.y() > blotter.table.y())
    assert blotter.message.isVisible()
    assert blotter.message.shown.endswith("…")
    assert "and more words" in blotter.message.toolTip()
    blotter.resize(1_000, 240)
    qtbot.waitUntil(lambda: blotter.message.y() < blotter.table.y())


def test_paper_is_painted_in_either_theme(blotter: Blotter, theme: Theme) -> None:
    blotter.set_theme(theme)
    badge = blotter.findChild(PaperBadge)
    assert badge is not None
    assert badge.isVisible()


def test_widths_are_kept(blotter: Blotter) -> None:
    widths = blotter.column_widths()
    blotter.set_column_widths([widths[0] + 20, *widths[1:]])
    assert blotter.column_widths()[0] == widths[0] + 20
    blotter.set_column_widths([1, 2])
    assert blotter.column_widths()[0] == widths[0] + 20
