"""Orders on the chart with the real desk behind it: what a hand does there is what happens, and nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QWidget

from live_monitor.data.models.orders import Bracket
from live_monitor.ui.paper_view import NewAccount
from tests.traded_desk import TradedDesk, middle
from tests.ui.charts.gestures import hover
from tests.ui.hands import press, type_text
from tests.whole_desk import WholeDesk

ESC = Qt.Key.Key_Escape


@pytest.fixture
def traded(whole: WholeDesk, tmp_path: Path) -> Iterator[TradedDesk]:
    """AAPL at 104.99 by 105.01, and an account without limits."""
    made = TradedDesk(whole, tmp_path / "paper")
    yield made
    made.close()


def text_of(traded: TradedDesk, order_id: str) -> str:
    line = traded.tags()[order_id].line
    return f"{line.badge} {line.text}"


def test_every_type_of_order_and_each_part_of_a_bracket_is_a_line(traded: TradedDesk) -> None:
    traded.place("BUY", 300)
    traded.place("BUY", 100, order_type="LMT", limit_price="103.50")
    traded.place("SELL", 50, order_type="STP", stop_price="102.00")
    traded.place("SELL", 60, order_type="STP_LMT", stop_price="101.50", limit_price="101.40")
    traded.place("SELL", 70, order_type="TRAIL", trail_amount="2.50")
    traded.place("SELL", 80, order_type="TRAIL", trail_percent="4")
    bracket = Bracket(target_price="108", trail_amount="2")
    traded.place("BUY", 50, order_type="LMT", limit_price="104.20", bracket=bracket)
    told = {f"{tag.line.badge} {tag.line.text}": tag.line for tag in traded.tags().values()}
    assert sorted(told) == sorted([
        "LONG 300 ▼ −3.00 (−0.01%) · at 105.01",
        "BUY 100 Limit 103.50",
        "SELL 50 Stop 102.00",
        "SELL 60 Stop 101.50, limit 101.40",
        "SELL 70 Trail 2.50 at 102.49",
        "SELL 80 Trail 4 % at 100.7904",
        "BUY 50 Limit 104.20",
        "TARGET 50 Sell Limit 108.00 · +190.00 · waits for its entry",
        "STOP 50 Sell Trail 2.00 from 102.20 · −100.00 · waits for its entry",
    ])  # fmt: skip
    dashed = {text.split()[0] for text, line in told.items() if line.waiting}
    assert dashed == {"TARGET", "STOP"}
    # What follows the market by itself is not put anywhere by hand.
    assert {line.moves for text, line in told.items() if "Trail" in text} == {False}


def test_the_line_of_a_trailing_stop_follows_and_stays_whole(traded: TradedDesk) -> None:
    traded.place("BUY", 100)
    order = traded.place("SELL", 100, order_type="TRAIL", trail_amount="2")
    seen = set[tuple[str, bool]]()
    for step in range(4):
        price = 105.0 + step * 0.2
        traded.whole.clock.advance(2)
        traded.quote(price - 0.01, price + 0.01)
        traded.trade(price)
        seen.add((text_of(traded, order.order_id), traded.tags()[order.order_id].line.waiting))
        traded.settle()
    assert text_of(traded, order.order_id) == "SELL 100 Trail 2.00 at 103.60"
    # Nobody asked for it: it is not "being saved", and does not flicker each second.
    assert not [text for text, waiting in seen if waiting or "saved" in text]


def test_a_part_that_fills_is_told_on_the_line_and_by_its_reason(traded: TradedDesk) -> None:
    order = traded.place("BUY", 300, order_type="LMT", limit_price="104.50")
    traded.quote(104.48, 104.50, size=120)
    traded.settle()
    assert text_of(traded, order.order_id) == "BUY 180 Limit 104.50 · 120 of 300 filled"
    assert traded.desk.why(order.order_id).startswith("waits for an ask of 104.50 or less")


def test_the_line_that_was_dragged_is_an_order_with_another_price(traded: TradedDesk) -> None:
    order = traded.place("BUY", 100, order_type="LMT", limit_price="103.50")
    traded.drag(middle(traded.tags()[order.order_id].badge), 102.0)
    traded.settle()
    price = traded.order(order.order_id).limit_price
    assert price == pytest.approx(Decimal(102), abs=Decimal("0.05"))
    assert traded.tags()[order.order_id].line.price == float(price or 0)
    assert traded.whole.told == []


@pytest.mark.parametrize(
    ("role", "where", "words"),
    [
        ("stop", 106.0, "has to lie above its stop"),
        ("target", 102.0, "target of a BUY has to lie above its entry"),
        ("entry", 100.0, "has to lie above its stop"),
    ],
)
def test_a_line_that_cannot_be_where_it_was_dragged_goes_back_and_says_why(
    traded: TradedDesk, role: str, where: float, words: str
) -> None:
    bracket = Bracket(target_price="108", stop_price="101")
    traded.place("BUY", 50, order_type="LMT", limit_price="104", bracket=bracket)
    order = next(order for order in traded.desk.orders() if order.role == role)
    price = traded.tags()[order.order_id].line.price
    traded.drag(middle(traded.tags()[order.order_id].badge), where)
    traded.settle()
    assert len(traded.whole.told) == 1
    assert words in traded.whole.told[0]
    assert traded.tags()[order.order_id].line.price == price
    assert traded.trading.hand.dropped is None


def test_an_order_that_fills_in_the_hand_is_no_longer_carried(traded: TradedDesk) -> None:
    order = traded.place("BUY", 100, order_type="LMT", limit_price="103.50")
    start = middle(traded.tags()[order.order_id].badge)
    traded.down(start)
    traded.move(QPoint(start.x(), start.y() + 30))
    assert traded.trading.hand.dragged is not None
    traded.quote(103.40, 103.45)
    traded.settle()
    assert traded.order(order.order_id).state == "filled"
    assert traded.trading.hand.dragged is None
    traded.move(QPoint(start.x(), start.y() + 40))
    traded.up(QPoint(start.x(), start.y() + 40))
    assert traded.trading.hand.dragged is None
    assert traded.whole.told == []


def test_an_order_that_fills_in_part_in_the_hand_says_what_is_left(traded: TradedDesk) -> None:
    order = traded.place("BUY", 300, order_type="LMT", limit_price="104.50")
    start = middle(traded.tags()[order.order_id].badge)
    traded.down(start)
    traded.move(QPoint(start.x(), start.y() + 30))
    before = traded.trading.hand.dragged
    traded.quote(104.48, 104.50, size=120)
    traded.settle()
    carried = traded.trading.hand.dragged
    assert before is not None
    assert carried is not None
    assert (before.badge, carried.badge, carried.price) == ("BUY 300", "BUY 180", before.price)
    traded.up(QPoint(start.x(), start.y() + 30))
    traded.settle()
    assert (traded.order(order.order_id).filled, traded.order(order.order_id).limit_price) == (
        Decimal(120), Decimal(str(before.price)),
    )  # fmt: skip


@pytest.mark.parametrize("while_it_moves", [True, False])
def test_escape_after_a_drag_cancels_no_order(traded: TradedDesk, while_it_moves: bool) -> None:
    """A click selects, a drag does not: an impatient second Escape must not take a stop away that was only moved."""
    order = traded.place("BUY", 100, order_type="LMT", limit_price="103.50")
    start = middle(traded.tags()[order.order_id].badge)
    chart, end = traded.whole.chart.chart, QPoint(start.x(), start.y() + 30)
    traded.down(start)
    traded.move(end)
    if while_it_moves:
        press(chart, ESC)
    traded.up(end)
    press(chart, ESC)
    press(chart, ESC)
    traded.settle()
    assert traded.order(order.order_id).is_open


def test_another_symbol_during_a_drag_moves_nothing(traded: TradedDesk) -> None:
    order = traded.place("BUY", 100, order_type="LMT", limit_price="103.50")
    start = middle(traded.tags()[order.order_id].badge)
    traded.down(start)
    traded.move(QPoint(start.x(), start.y() + 30))
    traded.whole.desk.orders.follow_symbol("MSFT")
    traded.move(QPoint(start.x(), start.y() + 50))
    traded.up(QPoint(start.x(), start.y() + 50))
    traded.settle()
    assert traded.order(order.order_id).limit_price == Decimal("103.50")


def test_a_market_that_goes_through_a_still_pointer_turns_what_is_shown(traded: TradedDesk) -> None:
    traded.window.trade.wishes.one_click_requested.emit(True)
    place = QPoint(200, traded.y(104.0))
    hover(traded.whole.chart.chart, place.x(), place.y())
    preview = traded.trading.hand.preview
    assert preview is not None
    assert preview.badge == "BUY 100"
    traded.quote(102.99, 103.01)
    preview = traded.trading.hand.preview
    assert preview is not None
    assert preview.badge == "SELL 100"


def test_a_click_places_what_was_shown_or_nothing(traded: TradedDesk) -> None:
    """The market goes through the price between the press and the release: the other side was never shown."""
    traded.window.trade.wishes.one_click_requested.emit(True)
    place = QPoint(200, traded.y(104.0))
    hover(traded.whole.chart.chart, place.x(), place.y())
    traded.down(place)
    traded.quote(102.99, 103.01)
    traded.up(place)
    traded.settle()
    assert traded.desk.orders() == []
    traded.quote(104.99, 105.01)
    traded.down(place)
    traded.up(place)
    traded.settle()
    (order,) = traded.desk.orders()
    assert (order.side, order.order_type) == ("BUY", "LMT")


def test_a_draft_becomes_a_stop_when_the_market_passes_its_entry(traded: TradedDesk) -> None:
    """A quote alone is no change of the paper desk; what Enter places is what is shown all the same."""
    traded.trading.draw(Decimal("104.00"), Decimal("102.00"))
    traded.trading.drawn()
    entry = traded.trading.hand.draft_lines[0]
    assert entry.text.startswith("Limit 104.00")
    traded.quote(102.99, 103.01)
    assert traded.trading.hand.draft_lines[0].text.startswith("Stop 104.00")
    press(traded.whole.chart.chart, Qt.Key.Key_Return)
    traded.settle()
    (order,) = [order for order in traded.desk.orders() if order.role == "entry"]
    assert (order.order_type, order.stop_price) == ("STP", Decimal("104.00"))


def test_a_profit_at_an_old_price_does_not_look_live(traded: TradedDesk) -> None:
    """The feed is silent, nothing else changes: line and table have to notice by themselves."""
    traded.place("BUY", 300)
    traded.window.actions_by_name["positions"].trigger()
    traded.frame()
    line, model = traded.tags()["position"].line, traded.window.trade.positions.table.model
    gain = next(column for column in model.columns if column.heading == "Open P&L")
    assert (line.gain, line.text, gain.role(model.rows[0])) == (-1, "▼ −3.00 (−0.01%) · at 105.01", "down")
    traded.whole.clock.advance(6)
    traded.frame()
    line = traded.tags()["position"].line
    assert (line.gain, line.text) == (0, "▼ −3.00 (−0.01%) · old price · at 105.01")
    assert gain.role(model.rows[0]) == "stale"
    traded.quote(104.99, 105.01)
    assert traded.tags()["position"].line.gain == -1
    assert gain.role(model.rows[0]) == "down"


def test_an_archived_account_shows_no_figures_of_another_one(traded: TradedDesk) -> None:
    traded.place("BUY", 100)
    traded.window.actions_by_name["account"].trigger()
    traded.window.trade.wishes.reset_requested.emit()
    traded.settle()
    figures = traded.window.trade.figures
    assert figures.figures.value("Cash") == "100,000.00"
    (old,) = [account for account, _, archived in traded.desk.accounts if archived]
    traded.window.trade.wishes.account_chosen.emit(old)
    traded.frame()
    assert figures.figures.value("Cash") == ""
    assert "archived" in figures.notice.text()
    assert not traded.trading.bar.click.isEnabled()
    traded.window.trade.wishes.one_click_requested.emit(True)
    assert not traded.trading.hand.armed


@pytest.mark.parametrize("way", ["choose", "open", "begin anew"])
def test_a_note_that_is_being_typed_stays_with_the_account_that_it_is_about(traded: TradedDesk, way: str) -> None:
    wishes, first = traded.window.trade.wishes, traded.desk.account_id
    wishes.account_requested.emit(NewAccount("Second", Decimal(5_000)))
    traded.settle()
    wishes.account_chosen.emit(first)
    traded.window.actions_by_name["journal"].trigger()
    traded.frame()
    type_text(traded.window.trade.journal.text, "Waited for the pullback.")
    if way == "choose":
        wishes.account_chosen.emit(next(account for account, _, _ in traded.desk.accounts if account != first))
    elif way == "open":
        wishes.account_requested.emit(NewAccount("Third", Decimal(5_000)))
    else:
        wishes.reset_requested.emit()
    traded.settle()
    assert traded.desk.account_id != first
    assert traded.window.trade.journal.text.toPlainText() == ""
    wishes.account_chosen.emit(first)
    traded.frame()
    assert traded.window.trade.journal.text.toPlainText() == "Waited for the pullback."


def test_the_keyboard_alone_changes_and_cancels_an_order_and_closes_a_position(traded: TradedDesk) -> None:
    order = traded.place("BUY", 100, order_type="LMT", limit_price="103.50")
    traded.place("BUY", 10)
    commands, trade = traded.window.actions_by_name, traded.window.trade

    def keyboard() -> QWidget:
        widget = traded.window.focusWidget()
        assert widget is not None
        return widget

    commands["orders"].trigger()
    traded.frame()
    press(keyboard(), Qt.Key.Key_Down)
    press(keyboard(), Qt.Key.Key_Return)
    type_text(keyboard(), "103.25")
    press(keyboard(), Qt.Key.Key_Return)
    traded.settle()
    assert traded.order(order.order_id).limit_price == Decimal("103.25")
    assert traded.tags()[order.order_id].line.price == 103.25
    press(keyboard(), Qt.Key.Key_Delete)
    traded.settle()
    assert traded.order(order.order_id).state == "canceled"
    commands["positions"].trigger()
    traded.frame()
    press(keyboard(), Qt.Key.Key_Down)
    press(keyboard(), Qt.Key.Key_Delete)
    assert trade.flatten_card.isVisible()
    press(keyboard(), Qt.Key.Key_Return)
    traded.settle()
    assert [row.quantity for row in traded.desk.positions()] == [0]


def test_tab_leaves_the_note_of_a_day(traded: TradedDesk) -> None:
    traded.window.actions_by_name["journal"].trigger()
    traded.frame()
    text = traded.window.trade.journal.text
    text.setFocus()
    press(text, Qt.Key.Key_Tab)
    assert text.toPlainText() == ""
    assert traded.window.focusWidget() is not text
