"""What is left behind on the chart by a fill, a key that is held, another symbol: it must not become a deed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QApplication, QToolTip

from live_monitor.data.models.orders import AccountSettings, Refusal, RiskLimits
from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.trading.bracket import sized
from live_monitor.ui.charts.trading.order_lines import LineBook, order_lines
from live_monitor.ui.charts.trading.values import DRAFT_ENTRY, DRAFT_STOP, DRAFT_TARGET, POSITION, Draft
from tests.memory_paper import MemoryPaper, position, working
from tests.ui.charts.gestures import qtest
from tests.ui.charts.trading.hands import TradingHand, middle

D = Decimal
ESC, DELETE, ENTER = Qt.Key.Key_Escape, Qt.Key.Key_Delete, Qt.Key.Key_Return


@pytest.fixture
def hand(chart: CandleChart) -> TradingHand:
    """A limit to buy, a stop to sell and a position on the chart."""
    made = TradingHand(chart)
    made.paper.working = [
        working("O1", limit_price="99.50"),
        working("O2", side="SELL", order_type="STP", stop_price="99.20"),
    ]
    made.paper.held = [position(300, "99.80", "100")]
    made.look()
    return made


def hold(hand: TradingHand, key: Qt.Key) -> None:
    """The key has been down for a while: the system repeats it."""
    event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, "", True)
    QApplication.sendEvent(hand.chart, event)


def drafted(hand: TradingHand) -> None:
    """A bracket that waits to be placed."""
    hand.trading.draw(D("99.80"), D("99.30"))
    hand.trading.drawn()


def test_escape_after_the_selected_order_has_ended_asks_for_nothing(hand: TradingHand) -> None:
    hand.click(middle(hand.tag("O1").badge))
    hand.paper.working = hand.paper.working[1:]
    hand.look()
    hand.key(ESC)
    hand.key(DELETE)
    assert hand.asked == []


@pytest.mark.parametrize("key", [ESC, DELETE])
def test_a_key_that_is_held_cancels_no_order(hand: TradingHand, key: Qt.Key) -> None:
    """It was pressed for something else: a card, a menu that has just closed."""
    hand.click(middle(hand.tag("O1").badge))
    hold(hand, key)
    assert hand.asked == []
    hand.key(key)
    assert hand.asked == [("cancel", "O1")]


def test_enter_that_is_held_places_no_bracket(hand: TradingHand) -> None:
    """It has chosen the bracket in a menu and is still down."""
    drafted(hand)
    hold(hand, ENTER)
    assert hand.asked == []
    assert hand.trading.hand.draft is not None
    hand.key(ENTER)
    assert len(hand.orders) == 1


def test_enter_places_no_bracket_that_would_be_refused(hand: TradingHand) -> None:
    hand.paper.refusal = Refusal("cash", "Not enough cash.")
    drafted(hand)
    assert "Not enough cash." in hand.trading.hand.draft_lines[0].text
    assert hand.trading.hand.draft_lines[0].accept == ""
    hand.key(ENTER)
    assert hand.asked == []
    assert hand.trading.hand.draft is not None


def test_a_bracket_of_one_symbol_is_not_placed_in_another(hand: TradingHand) -> None:
    drafted(hand)
    hand.paper.quoted("MSFT", 99.99, 100.01)
    hand.trading.show_symbol("MSFT")
    hand.trading.refresh(hand.paper, "MSFT")
    hand.key(ENTER)
    assert hand.asked == []
    assert hand.tags() == {}


def test_a_selection_does_not_come_back_with_its_symbol(hand: TradingHand) -> None:
    hand.click(middle(hand.tag("O1").badge))
    hand.trading.show_symbol("MSFT")
    hand.trading.refresh(hand.paper, "MSFT")
    hand.trading.show_symbol("AAPL")
    hand.look()
    hand.key(ESC)
    assert hand.asked == []


def test_a_click_on_the_position_selects_nothing_that_escape_would_cancel(hand: TradingHand) -> None:
    hand.click(middle(hand.tag(POSITION).badge))
    hand.key(ESC)
    assert hand.asked == []


def test_one_thing_is_selected_at_a_time(hand: TradingHand) -> None:
    """Delete means the order or the drawing, never both."""
    easel = hand.chart.drawings.easel
    hand.chart.drawings.set_tool("horizontal")
    hand.click(hand.at(100.6))
    (drawing,) = easel.book.drawings
    easel.select(drawing.id)
    assert easel.selected is not None
    hand.click(middle(hand.tag("O1").badge))
    assert easel.selected is None


def test_a_line_in_the_hand_is_dashed_and_has_no_cross(hand: TradingHand) -> None:
    start = middle(hand.tag("O1").badge)
    hand.down(start)
    hand.move(hand.at(99.35, start.x()))
    carried = hand.trading.hand.dragged
    assert carried is not None
    assert (carried.waiting, carried.closes) == (True, False)


def test_a_click_with_shift_places_nothing(hand: TradingHand) -> None:
    hand.trading.arm(True)
    hand.click(hand.at(99.9), Qt.KeyboardModifier.ShiftModifier)
    assert hand.asked == []


def test_over_an_order_no_click_is_promised(hand: TradingHand) -> None:
    hand.trading.arm(True)
    hand.hover(hand.at(99.9))
    assert hand.trading.hand.preview is not None
    hand.hover(middle(hand.tag("O1").badge))
    assert hand.trading.hand.preview is None


def test_once_the_pointer_has_left_no_quote_brings_its_preview_back(hand: TradingHand) -> None:
    hand.trading.arm(True)
    hand.hover(hand.at(99.9))
    hand.chart.canvas.left.emit()
    hand.paper.quoted("AAPL", 99.69, 99.71)
    hand.look()
    assert hand.trading.hand.preview is None
    hand.hover(hand.at(99.9))
    hand.hover(middle(hand.tag("O1").badge))
    hand.paper.quoted("AAPL", 99.99, 100.01)
    hand.look()
    assert hand.trading.hand.preview is None


def test_a_pointer_on_a_tag_says_in_plain_text_what_the_order_waits_for(
    hand: TradingHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _place, text, *_more: said.append(text))
    monkeypatch.setattr(hand.paper, "why", lambda order_id: f"{order_id} waits for <b>")
    hand.hover(middle(hand.tag("O1").badge))
    assert said == ["O1 waits for &lt;b&gt;"]
    hand.hover(middle(hand.tag(POSITION).badge))
    assert len(said) == 1


# -- words and sizes ------------------------------------------------------------------------------


def test_what_changes_in_an_order_changes_on_its_line() -> None:
    """Orders change in place: lines are kept by what they say, not by which order they are of."""
    order = working("O1", limit_price="99.50", queue_ahead=D(312))
    paper, book = MemoryPaper(), LineBook()
    paper.working = [order]
    assert book.lines(paper, "AAPL")[0].text == "Limit 99.50 · 312 ahead"
    order.queue_ahead = D(12)
    assert book.lines(paper, "AAPL")[0].text == "Limit 99.50 · 12 ahead"
    order.filled = D(40)
    assert book.lines(paper, "AAPL")[0].badge == "BUY 60"


def test_children_of_a_short_entry_bring_what_the_way_down_brings() -> None:
    paper = MemoryPaper()
    paper.working = [
        working("O1", side="SELL", limit_price="100"),
        working("O2", role="target", limit_price="98", parent_id="O1", state="held"),
        working("O3", role="stop", order_type="STP", stop_price="101", parent_id="O1", state="held"),
    ]
    lines = order_lines(paper, "AAPL")
    assert [line.text for line in lines[1:]] == [
        "Buy Limit 98.00 · +200.00 · waits for its entry",
        "Buy Stop 101.00 · −100.00 · waits for its entry",
    ]


def test_exits_of_a_position_take_no_room_from_a_bracket_the_other_way() -> None:
    paper = MemoryPaper("100000", AccountSettings(risk=RiskLimits(max_position=D("0.1"), min_cash_reserve=None)))
    paper.working = [working("O2", side="SELL", role="target", limit_price="104", parent_id="O1", quantity=D(90))]
    assert sized(Draft(D(100), D(102), D(96)), "AAPL", D(5), 99.0, paper).shares == 100


def test_why_nothing_can_be_placed_at_all_comes_before_why_this_cannot() -> None:
    paper = MemoryPaper()
    paper.notice, paper.refusal = "The ledger is being checked.", Refusal("cash", "Not enough cash.")
    assert sized(Draft(D(100), D(98), D(104)), "AAPL", D("0.5"), 101.0, paper).why == "The ledger is being checked."


def test_a_draft_keeps_its_tags_at_the_edge_while_its_prices_are_out_of_sight(hand: TradingHand) -> None:
    """Else its button and its cross would be gone, and Enter would place what nobody sees."""
    hand.trading.draw(D("120"), D("90"))
    hand.trading.drawn()
    tags = hand.tags()
    assert {DRAFT_ENTRY, DRAFT_STOP, DRAFT_TARGET} <= set(tags)
    assert tags[DRAFT_ENTRY].accept is not None
    assert tags[DRAFT_ENTRY].line.badge.startswith("▲ DRAFT BUY")


def test_where_tags_overlap_the_one_that_is_seen_is_taken(chart: CandleChart) -> None:
    """More orders than there is room for: what was painted last lies on top, and its cross cancels its order."""
    hand = TradingHand(chart)
    hand.paper.working = [working(f"O{n}", limit_price=f"{99.2 + n * 0.01:.2f}") for n in range(60)]
    hand.look()
    tags = hand.trading.layer.tags()
    met = 0
    for at, tag in enumerate(tags):
        assert tag.close is not None
        place = middle(tag.close)
        above = [one for one in tags[at:] if one.box.holds(place.x(), place.y())]
        met += len(above) > 1
        found = hand.trading.layer.hit(place.x(), place.y(), lines=False)
        assert found is not None
        assert found[0].id == above[-1].line.id
    assert met > 10


def test_no_bracket_is_drawn_while_the_desk_takes_nothing(hand: TradingHand) -> None:
    hand.paper.notice = "The ledger is being checked."
    hand.look()
    assert not hand.trading.bar.bracket.isEnabled()
    assert "being checked" in hand.trading.bar.bracket.toolTip()


def test_ctrl_turns_what_is_shown_under_a_still_pointer(hand: TradingHand) -> None:
    """A click with it places a stop: that must be seen before, not after."""
    hand.trading.arm(True)
    hand.hover(hand.at(99.9))
    hand.chart.setFocus()

    def shown() -> str:
        preview = hand.trading.hand.preview
        assert preview is not None
        return f"{preview.badge} {preview.text[:5]}"

    assert shown() == "BUY 100 Limit"
    qtest.keyPress(hand.chart, Qt.Key.Key_Control)
    assert shown() == "SELL 100 Stop "
    qtest.keyRelease(hand.chart, Qt.Key.Key_Control)
    assert shown() == "BUY 100 Limit"


def test_over_a_line_that_cannot_be_moved_a_click_shows_what_it_places(hand: TradingHand) -> None:
    """The line of the position, or of a trailing stop: a press goes through it, so its preview has to stand there."""
    hand.trading.arm(True)
    place = hand.at(99.8)
    hand.hover(place)
    preview = hand.trading.hand.preview
    assert preview is not None
    hand.click(place)
    (order,) = hand.orders
    assert f"{order.side} {order.quantity}" == preview.badge
