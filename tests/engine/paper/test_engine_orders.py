"""Placing, changing and canceling orders; what a client order id promises."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from live_monitor.data.models.orders import AccountSettings, Bracket, Order, OrderParams, RiskLimits
from live_monitor.errors import InvalidPaperOrder
from tests.engine.paper.acme import START_MS, SYMBOL, Acme

D = Decimal


def test_a_market_order_is_written_down_before_it_has_any_effect() -> None:
    acme = Acme()
    order = acme.place(10, "BUY", 100)
    assert acme.kinds() == ["DayBegan", "OrderPlaced", "OrderAccepted", "Filled"]
    assert (order.state, order.average_price, order.accepted_ms) == ("filled", D("100.01"), START_MS + 10)


def test_a_market_order_takes_what_is_displayed_and_the_rest_of_the_next_quote() -> None:
    acme = Acme()
    order = acme.place(10, "BUY", 700)
    assert (order.state, order.filled) == ("partially_filled", D(500))
    acme.print(15, 100.0, 1e6)
    assert order.filled == 500
    acme.quote(20, 99.99, 100.03)
    assert acme.fills() == [("O1", 500, "100.01"), ("O1", 200, "100.03")]
    assert order.state == "filled"


def test_own_orders_cannot_take_the_same_displayed_shares_twice() -> None:
    acme = Acme()
    acme.place(10, "BUY", 400)
    second = acme.place(11, "BUY", 400)
    assert second.filled == 100
    third = acme.place(12, "BUY", 1)
    assert third.filled == 0
    assert "used up" in acme.why(third)
    acme.quote(20, 99.99, 100.02, 301.0)
    assert acme.fills()[2:] == [("O2", 300, "100.02"), ("O3", 1, "100.02")]


def test_without_a_usable_price_a_market_order_is_refused_and_the_refusal_is_kept() -> None:
    acme = Acme()
    with pytest.raises(InvalidPaperOrder, match=r"no live market price available: .*5\.001 s") as told:
        acme.place(5_001, "BUY", 100, client="c")
    assert told.value.reason == "stale"
    assert acme.kinds()[-2:] == ["OrderPlaced", "OrderRejected"]
    assert acme.order("O1").reason == "stale"
    acme.place(5_000, "BUY", 100)
    assert acme.fills() == [("O2", 100, "100.01")]


def test_where_it_may_wait_a_market_order_meets_the_first_usable_quote() -> None:
    acme = Acme(no_price="wait")
    order = acme.place(9_000, "BUY", 100)
    assert (order.state, order.stage) == ("accepted", "waiting")
    acme.quote(9_500, 100.02, 100.01)
    assert order.filled == 0
    acme.quote(9_600, 99.98, 100.00)
    assert acme.fills() == [("O1", 100, "100.00")]


def test_terms_that_cannot_be_read_leave_nothing_behind() -> None:
    acme = Acme()
    acme.taken()
    with pytest.raises(InvalidPaperOrder):
        acme.place(1, "BUY", 0)
    assert [kind for kind in acme.kinds() if kind != "DayBegan"] == []
    assert acme.place(2, "BUY", 1).order_id == "O1"


def test_the_same_client_order_id_is_answered_with_the_order_it_made() -> None:
    acme = Acme()
    first = acme.place(1, "BUY", 10, "LMT", limit="99.50", client="mine")
    acme.taken()
    # Also with other terms, also when it can no longer be read, also once it has ended.
    assert acme.place(2, "BUY", 10, "LMT", limit="99.50", client="mine") is first
    assert acme.place(3, "SELL", -5, "what", client="mine") is first
    assert acme.kinds() == []
    acme.engine.cancel(first.order_id, acme.now(4))
    again = acme.place(5, "BUY", 10, client="mine")
    assert (again.order_id, again.state) == ("O1", "canceled")


def test_a_refused_order_is_not_tried_again_by_its_client_order_id() -> None:
    acme = Acme()
    with pytest.raises(InvalidPaperOrder):
        acme.place(60_000, "BUY", 10, client="mine")
    acme.quote(60_001, 99.99, 100.01)
    assert acme.place(60_002, "BUY", 10, client="mine").state == "rejected"
    assert acme.fills() == []


def test_the_journal_is_asked_for_client_order_ids_that_the_account_has_forgotten() -> None:
    acme, asked = Acme(), list[str]()
    old = Order(
        order_id="O7", client_order_id="old", account="A1", symbol=SYMBOL, side="BUY", quantity=D(1), order_type="MKT"
    )

    def known(client: str) -> Order | None:
        asked.append(client)
        return old if client == "old" else None

    acme.engine.known = known
    assert acme.place(1, "BUY", 1, client="old") is old
    assert acme.place(1, "BUY", 1, client="new").order_id == "O1"
    assert acme.place(1, "BUY", 1).order_id == "O2"
    assert asked == ["old", "new"]


def test_immediate_orders_take_what_is_there_and_end() -> None:
    acme = Acme(200_000)
    ioc = acme.place(1, "BUY", 700, tif="IOC")
    assert (ioc.state, ioc.filled, ioc.reason) == ("canceled", D(500), "ioc")
    acme.quote(2, 99.99, 100.01)
    fok = acme.place(3, "BUY", 700, tif="FOK")
    assert (fok.state, fok.filled, fok.reason) == ("canceled", D(0), "fok")
    limit = acme.place(4, "BUY", 10, "LMT", limit="99.00", tif="IOC")
    assert (limit.state, limit.filled) == ("canceled", D(0))
    assert acme.state.open_orders() == []


def test_preview_refuses_no_immediate_order_that_would_be_taken_and_canceled() -> None:
    acme = Acme()
    order = OrderParams(
        symbol=SYMBOL, side="BUY", quantity=10, order_type="LMT", limit_price=D("99.00"), time_in_force="IOC"
    )
    assert acme.engine.preview(order, acme.now(1)).refusal is None
    stale = acme.engine.preview(replace(order, order_type="MKT", limit_price=None), acme.now(60_000)).refusal
    assert stale is not None
    assert stale.reason == "stale"


def test_a_limit_that_is_marketable_gets_the_better_price_and_one_that_rests_its_own() -> None:
    acme = Acme()
    acme.place(1, "BUY", 100, "LMT", limit="100.50")
    acme.place(2, "BUY", 100, "LMT", limit="99.90")
    acme.quote(3, 99.80, 99.88)
    assert acme.fills() == [("O1", 100, "100.01"), ("O2", 100, "99.90")]


def test_limits_are_filled_by_price_and_then_by_age() -> None:
    acme = Acme()
    for limit in ("99.90", "99.95", "99.90", "99.95"):
        acme.place(1, "BUY", 100, "LMT", limit=limit)
    acme.print(5, 99.80, 350)
    assert [order_id for order_id, _, _ in acme.fills()] == ["O2", "O4", "O1", "O3"]
    assert acme.order("O3").filled == 50


def test_cancel_ends_an_order_once() -> None:
    acme = Acme()
    order = acme.place(1, "BUY", 100, "LMT", limit="99.00")
    assert acme.engine.cancel(order.order_id, acme.now(2)) is order
    assert (order.state, order.reason, order.closed_ms) == ("canceled", "canceled", START_MS + 2)
    for order_id, reason in ((order.order_id, "not_open"), ("O99", "unknown_order")):
        with pytest.raises(InvalidPaperOrder) as told:
            acme.engine.cancel(order_id, acme.now(3))
        assert told.value.reason == reason
    acme.quote(4, 98.0, 98.1)
    assert acme.fills() == []


def test_replaced_terms_count_from_then_on_and_meet_the_market() -> None:
    acme = Acme()
    order = acme.place(1, "BUY", 100, "LMT", limit="99.00")
    acme.engine.replace(order.order_id, acme.now(10), limit_price="99.50", quantity=50)
    assert (order.limit_price, order.quantity, order.accepted_ms) == (D("99.5"), D(50), START_MS + 10)
    # A print of before the change, come late, is none for the new limit.
    acme.print(11, 99.40, stamp=9)
    assert order.filled == 0
    acme.engine.replace(order.order_id, acme.now(20), limit_price="100.05")
    assert acme.fills() == [("O1", 50, "100.01")]


def test_a_refused_change_changes_nothing() -> None:
    acme = Acme(20_000)
    order = acme.place(1, "BUY", 100, "LMT", limit="99.00")
    acme.taken()
    for terms, reason in (
        ({"quantity": 1_000}, "insufficient_cash"),
        ({"limit_price": "99.001"}, "sub_penny"),
        ({"stop_price": "99"}, "stop_price_unused"),
    ):
        with pytest.raises(InvalidPaperOrder) as told:
            acme.engine.replace(order.order_id, acme.now(2), **terms)
        assert told.value.reason == reason
    assert acme.kinds() == []
    assert (order.quantity, order.limit_price) == (D(100), D(D(99)))


def test_a_partly_filled_order_keeps_what_it_has_when_it_is_made_smaller() -> None:
    acme = Acme()
    order = acme.place(1, "BUY", 700)
    acme.engine.replace(order.order_id, acme.now(2), quantity=600)
    acme.quote(3, 99.99, 100.02)
    assert acme.fills() == [("O1", 500, "100.01"), ("O1", 100, "100.02")]


def test_flatten_cancels_and_closes() -> None:
    acme = Acme()
    acme.hold(300)
    acme.place(2, "SELL", 100, "LMT", limit="105.00")
    acme.place(3, "BUY", 100, "LMT", limit="95.00")
    acme.quote(4, 100.10, 100.12)
    (closing,) = acme.engine.flatten(None, acme.now(5))
    assert (closing.side, closing.quantity, closing.state) == ("SELL", D(300), "filled")
    assert acme.states() == {"O1": "filled", "O2": "canceled", "O3": "canceled", "O4": "filled"}
    assert acme.state.quantity(SYMBOL) == 0
    assert acme.engine.flatten(None, acme.now(6)) == []


def test_flatten_without_a_price_waits_for_one() -> None:
    acme = Acme()
    acme.hold(300)
    acme.place(2, "SELL", 300, "STP", stop="95.00")
    (closing,) = acme.engine.flatten(None, acme.now(60_000))
    assert closing.state == "accepted", "its stop is gone: it must not be refused"
    assert acme.state.quantity(SYMBOL) == 300
    assert "old" in acme.engine.why(closing.order_id, acme.now(60_001))
    acme.quote(60_002, 99.90, 99.80)
    assert closing.is_open, "a crossed quote is no price"
    acme.quote(60_003, 99.80, 99.90)
    assert (closing.state, closing.average_price) == ("filled", D("99.80"))
    assert acme.state.quantity(SYMBOL) == 0


def test_flatten_that_arrives_without_a_price_waits_for_one_too() -> None:
    acme = Acme(latency_ms=6_000)
    acme.place(1, "BUY", 300)
    acme.quote(6_000, 99.90, 100.00)
    acme.engine.on_time(acme.now(6_001))
    assert acme.state.quantity(SYMBOL) == 300
    (closing,) = acme.engine.flatten(None, acme.now(6_003))
    acme.engine.on_time(acme.now(12_004))
    assert closing.state == "accepted", "the quote is 6 s old where it arrives"
    acme.quote(12_005, 99.80, 99.90)
    assert (closing.state, closing.average_price) == ("filled", D("99.80"))


def test_flatten_and_cancel_of_one_symbol_leave_the_others_alone() -> None:
    acme = Acme()
    acme.quote(0, 49.99, 50.01, symbol="BETA")
    acme.hold(10)
    acme.place(1, "BUY", 20, symbol="BETA")
    mine = acme.place(2, "BUY", 1, "LMT", limit="40.00", symbol="BETA")
    acme.engine.flatten(SYMBOL, acme.now(3))
    acme.engine.cancel_all(SYMBOL, acme.now(4))
    assert mine.is_open
    assert (acme.state.quantity("BETA"), acme.state.quantity(SYMBOL)) == (D(20), D(0))


def test_cash_that_is_not_there_at_the_fill_fills_as_much_as_it_pays_for() -> None:
    # A stop is reserved for at its price; the market gaps far above it.
    acme = Acme(10_300)
    order = acme.place(1, "BUY", 100, "STP", stop="100.10")
    acme.print(2, 100.20)
    acme.quote(3, 104.99, 105.00)
    assert acme.fills() == [("O1", 98, "105.00")]
    assert (order.state, order.reason) == ("canceled", "insufficient_cash")
    assert acme.state.cash == D("10.00")


def test_a_market_of_nearly_nothing_ends_orders_and_raises_nothing() -> None:
    acme = Acme(quoted=False)
    acme.quote(1, 0.00001, 0.00002)
    bought = acme.place(2, "BUY", 100)
    resting = acme.place(3, "BUY", 100, "LMT", limit="0.0001")
    assert (bought.state, bought.reason) == ("canceled", "no_price")
    assert resting.reason == "no_price"
    assert acme.fills() == []


def test_floats_of_any_length_are_prices() -> None:
    acme = Acme(quoted=False)
    acme.quote(1, 0.1 + 0.2, 0.7 + 0.1 + 0.2000000000000001, 500.0000000000001)
    acme.place(2, "BUY", 100)
    assert acme.fills() == [("O1", 100, "1.00")]


def test_settings_change_for_what_comes_and_locks_stay() -> None:
    acme = Acme(risk=RiskLimits(max_trades_per_day=1, max_position=None, min_cash_reserve=None))
    acme.place(1, "BUY", 1)
    with pytest.raises(InvalidPaperOrder) as told:
        acme.place(2, "BUY", 1)
    assert told.value.reason in ("locked", "max_trades")
    acme.engine.change(acme.now(3), settings=AccountSettings(risk=RiskLimits(enabled=False)), name="Other")
    assert acme.state.name == "Other"
    with pytest.raises(InvalidPaperOrder, match="No new positions"):
        acme.place(4, "BUY", 1)


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "two\nlines"])
def test_an_account_needs_a_name(name: str) -> None:
    acme = Acme()
    with pytest.raises(InvalidPaperOrder):
        acme.engine.change(acme.now(), name=name)


def test_an_archived_account_takes_nothing_and_hears_on() -> None:
    acme = Acme()
    acme.place(1, "BUY", 1, "LMT", limit="90.00")
    acme.engine.archive(acme.now(2))
    assert acme.kinds()[-2:] == ["OrderCanceled", "AccountArchived"]
    acme.engine.archive(acme.now(3))
    for ask in (
        lambda: acme.place(3, "BUY", 1),
        lambda: acme.engine.flatten(None, acme.now(3)),
        lambda: acme.engine.change(acme.now(3), name="x"),
    ):
        with pytest.raises(InvalidPaperOrder) as told:
            ask()
        assert told.value.reason == "account_archived"
    acme.quote(4, 80.0, 80.1)
    acme.time(90_000_000)
    assert acme.kinds() == []


def test_notes_are_kept_and_taken_away() -> None:
    acme = Acme()
    acme.engine.write_note("2026-11-20", "waited too long", acme.now(1))
    assert acme.state.notes == {"2026-11-20": "waited too long"}
    acme.engine.write_note("2026-11-20", "", acme.now(2))
    assert acme.state.notes == {}
    for day, text in (("2026-11-20", "x" * 10_001), ("today", "x"), ("20261120", "x"), ("2026-02-30", "x")):
        with pytest.raises(InvalidPaperOrder):
            acme.engine.write_note(day, text, acme.now(3))


def test_params_of_any_kind_are_refused_in_words() -> None:
    acme = Acme()
    for params in (OrderParams(symbol="=cmd()", side="BUY", quantity=1), None, {"symbol": SYMBOL}):
        with pytest.raises(InvalidPaperOrder):
            acme.engine.place(params, acme.now(1))  # type: ignore[arg-type]  # as scripts may


def test_all_or_none_is_none_where_cash_runs_out_at_the_fill() -> None:
    acme = Acme(10_001, slippage=D("0.50"))
    acme.place(1, "BUY", 100, tif="FOK")
    assert acme.fills() == []
    assert (acme.order("O1").state, acme.order("O1").reason) == ("canceled", "insufficient_cash")
    acme.place(2, "BUY", 100, tif="IOC")
    assert acme.fills() == [("O2", 99, "100.51")]


def test_nothing_is_armed_on_the_way_when_all_is_canceled() -> None:
    acme = Acme()
    acme.quote(0, 99.99, 100.01, 40.0)
    acme.place(1, "BUY", 100, bracket=Bracket(target_price=101, stop_price=99))
    acme.taken()
    acme.engine.cancel_all(None, acme.now(2))
    assert acme.kinds() == ["OrderCanceled"] * 3


def test_settings_that_change_are_those_of_working_orders_too() -> None:
    acme = Acme()
    order = acme.place(1, "BUY", 100, "LMT", limit="99.50")
    acme.engine.change(acme.now(2), settings=replace(acme.state.settings, fill_at_touch=True))
    acme.print(3, 99.50)
    assert order.state == "filled", "a print at its limit fills it now"
