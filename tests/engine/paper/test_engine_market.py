"""What is heard of the market besides quotes and prints: links, halts, splits, snapshots; and looks before a leap."""

from __future__ import annotations

from decimal import Decimal

import pytest

from live_monitor.data.models.orders import Bracket, OrderParams
from live_monitor.errors import InvalidPaperOrder
from tests.engine.paper.acme import START_MS, SYMBOL, Acme

D = Decimal


def test_while_the_link_is_down_orders_wait_and_market_orders_are_refused() -> None:
    acme = Acme()
    order = acme.place(1, "BUY", 100, "LMT", limit="99.90")
    acme.engine.feed_changed(False, "TEST", acme.now(10))
    assert "feed is down" in acme.why(order)
    with pytest.raises(InvalidPaperOrder) as told:
        acme.place(11, "BUY", 1)
    assert told.value.reason == "feed_down"
    acme.print(12, 99.0)
    acme.quote(13, 98.0, 98.1)
    assert acme.fills() == []


def test_quotes_of_before_a_lost_link_are_no_market_after_it() -> None:
    acme = Acme()
    acme.quote(0, 49.99, 50.01, symbol="BETA")
    acme.engine.feed_changed(False, "TEST", acme.now(10))
    acme.quote(20, 99.99, 100.01)  # the link is back, and says so only later
    acme.engine.feed_changed(True, "TEST", acme.now(30))
    with pytest.raises(InvalidPaperOrder, match="no quote was received"):
        acme.place(31, "BUY", 1, symbol="BETA")
    acme.place(32, "BUY", 1)
    assert acme.fills() == [("O2", 1, "100.01")]


def test_a_last_price_of_before_a_lost_link_is_none_after_it() -> None:
    acme = Acme(fill_model="simple", quoted=False)
    acme.print(5, 100.0)
    acme.engine.feed_changed(False, "TEST", acme.now(10))
    acme.engine.feed_changed(True, "TEST", acme.now(20))
    with pytest.raises(InvalidPaperOrder, match="no live market price available"):
        acme.place(21, "BUY", 1)
    acme.print(30, 100.1)
    acme.place(31, "BUY", 1)
    assert acme.fills() == [("O2", 1, "100.10")]


def test_receipts_name_the_source() -> None:
    acme = Acme()
    acme.engine.feed_changed(True, "REPLAY 2021-03-01", acme.now(1))
    acme.place(2, "BUY", 1)
    acme.quote(2, 49.99, 50.01, symbol="BETA")
    acme.place(3, "BUY", 1, symbol="BETA")
    acme.taken()
    assert [entry.receipt.source for entry in acme.entries if hasattr(entry, "receipt")] == ["REPLAY 2021-03-01"] * 2


def test_nothing_fills_in_a_halt() -> None:
    acme = Acme()
    order = acme.place(1, "BUY", 100, "LMT", limit="99.90")
    acme.engine.halted(SYMBOL, True, acme.now(2))
    acme.print(3, 99.0)
    acme.quote(4, 98.0, 98.1)
    assert "halted" in acme.why(order)
    assert acme.fills() == []
    acme.engine.halted(SYMBOL, False, acme.now(5))
    acme.print(6, 99.8)
    assert acme.fills() == [("O1", 100, "99.90")]


def test_a_split_goes_on_in_new_shares_and_changes_no_worth() -> None:
    acme = Acme()
    acme.hold(100)
    acme.print(1, 100.0)
    target = acme.place(2, "SELL", 50, "LMT", limit="110.00")
    trail = acme.place(2, "SELL", 50, "TRAIL", amount="4")
    acme.print(3, 104.0)
    acme.quote(4, 103.99, 104.01)
    before = acme.engine.snapshot(acme.now(5))
    acme.engine.split(SYMBOL, D(4), acme.now(6))
    after = acme.engine.snapshot(acme.now(7))
    assert abs(after.net_liq - before.net_liq) <= D("0.01")
    assert (target.quantity, target.limit_price) == (D(200), D("27.5"))
    assert "25.00" in acme.why(trail)
    acme.print(8, 27.6, 1e6)
    acme.print(9, 24.9)
    assert acme.fills()[-1] == ("O2", 200, "27.50")
    assert not trail.triggered_ms or trail.extreme == D("27.6")
    assert acme.state.quantity(SYMBOL) == 200


def test_a_split_between_two_steps_moves_orders_to_the_step_that_is_worse_for_them() -> None:
    acme = Acme()
    acme.hold(100)
    buy = acme.place(2, "BUY", 50, "LMT", limit="90.01")
    sell = acme.place(2, "SELL", 30, "LMT", limit="110.01")
    stop = acme.place(2, "SELL", 30, "STP", stop="90.01")
    buy_stop = acme.place(2, "BUY", 30, "STP", stop="110.01")
    acme.engine.split(SYMBOL, D(2), acme.now(6))
    assert (buy.limit_price, sell.limit_price) == (D("45.00"), D("55.01"))
    assert (stop.stop_price, buy_stop.stop_price) == (D("45.00"), D("55.01"))


def test_a_split_of_what_is_not_held_is_no_entry_of_the_account() -> None:
    acme = Acme()
    acme.taken()
    acme.engine.split(SYMBOL, D(2), acme.now(1))
    assert acme.kinds() == []
    assert acme.engine.views[SYMBOL].bid == pytest.approx(49.995)
    acme.engine.split("NEVER", D(2), acme.now(1))


def test_a_snapshot_is_a_standing_quote_and_fills_nothing_that_rests() -> None:
    acme = Acme(quoted=False)
    order = acme.place(1, "BUY", 100, "LMT", limit="99.90")
    acme.snapshot(2, bid=98.0, bid_size=100.0, ask=98.1, ask_size=100.0, last=98.05, previous_close=97.0)
    assert order.filled == 0
    # An order that arrives may use it.
    acme.place(3, "BUY", 10)
    assert acme.fills() == [("O2", 10, "98.10")]
    assert acme.engine.views[SYMBOL].close == 97.0


def test_an_old_snapshot_takes_nothing_away() -> None:
    acme = Acme()
    acme.print(5, 100.0)
    acme.quote(10, 99.99, 100.01)
    acme.snapshot(
        20, bid=98.0, ask=98.1, last=98.05, quote_timestamp_ms=acme.now(9).ms, last_timestamp_ms=acme.now(4).ms
    )
    view = acme.engine.views[SYMBOL]
    assert (view.bid, view.ask, view.last) == (99.99, 100.01, 100.0)


def test_a_suspect_print_stops_market_orders_until_another_confirms_the_price() -> None:
    acme = Acme()
    acme.print(1, 150.0, suspect=True)
    with pytest.raises(InvalidPaperOrder) as told:
        acme.place(2, "BUY", 1)
    assert told.value.reason == "suspect"
    acme.print(3, 100.0)
    assert acme.place(4, "BUY", 1).state == "filled"


def test_a_preview_says_what_placing_would_do_and_changes_nothing() -> None:
    acme = Acme(costs="per_share")
    acme.hold(10)
    params = OrderParams(symbol=SYMBOL, side="BUY", quantity=100, bracket=Bracket(target_price=101, stop_price=99))
    seen = acme.engine.preview(params, acme.now(5))
    assert (seen.price, seen.price_from, seen.refusal) == (D("100.01"), "ask", None)
    assert seen.cost == D("10002.00")  # with one dollar of commission
    assert seen.buying_power_after == seen.buying_power - D("10002.00")
    assert [child.role for child in seen.children] == ["target", "stop"]
    assert acme.kinds() == []
    before = acme.state.cash
    acme.engine.place(params, acme.now(6))
    assert before - acme.state.cash == seen.cost


def test_a_preview_says_why_not() -> None:
    acme = Acme()
    for params, reason in (
        (OrderParams(symbol=SYMBOL, side="BUY", quantity=0), "bad_quantity"),
        (OrderParams(symbol=SYMBOL, side="BUY", quantity=10_000), "insufficient_cash"),
        (OrderParams(symbol=SYMBOL, side="SELL", quantity=1), "no_position"),
        (OrderParams(symbol="NEVER", side="BUY", quantity=1), "no_quote"),
    ):
        refusal = acme.engine.preview(params, acme.now(5)).refusal
        assert refusal is not None
        assert refusal.reason == reason
    assert acme.engine.preview(OrderParams(symbol=SYMBOL, side="BUY", quantity=0), acme.now()).order is None
    acme.engine.archive(acme.now(6))
    closed = acme.engine.preview(OrderParams(symbol=SYMBOL, side="BUY", quantity=1), acme.now(7)).refusal
    assert closed is not None
    assert closed.reason == "account_archived"


def test_positions_and_account_are_told_at_the_marks_of_now() -> None:
    acme = Acme()
    acme.hold(100)
    acme.quote(2, 101.99, 102.01)
    (row,) = acme.engine.positions(acme.now(3))
    assert (row.mark, row.mark_from, row.unrealized) == (D("102.00"), "mid", D("199.00"))
    assert acme.engine.snapshot(acme.now(3)).net_liq == D("100199.00")


def test_nobody_knows_why_an_unknown_order_waits() -> None:
    assert Acme().engine.why("O9", Acme().now()) == ""


def test_a_quote_of_a_row_is_as_old_as_the_row_says() -> None:
    acme = Acme(quoted=False)
    acme.snapshot(10_000, bid=99.99, bid_size=500, ask=100.01, ask_size=500, quote_timestamp_ms=START_MS + 4_999)
    with pytest.raises(InvalidPaperOrder, match=r"5\.001 s old"):
        acme.place(10_000, "BUY", 1)
    acme.snapshot(10_001, bid=99.99, bid_size=500, ask=100.01, ask_size=500, quote_timestamp_ms=START_MS + 5_001)
    acme.place(10_001, "BUY", 1)
    assert acme.fills() == [("O2", 1, "100.01")]
