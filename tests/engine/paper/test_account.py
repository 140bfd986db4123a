"""An account is the fold of its entries, and refuses whole what cannot have happened."""

from __future__ import annotations

import gc
import tracemalloc

import msgspec
import pytest

from live_monitor.data.models.orders import AccountSettings, Fees
from live_monitor.engine.paper.account import AccountState, open_account
from live_monitor.engine.paper.account_fold import KEPT_EQUITY, KEPT_NOTES, KEPT_WARNINGS
from live_monitor.engine.paper.entries import (
    AccountArchived,
    AccountChanged,
    AccountOpened,
    DayBegan,
    Entry,
    EquityMarked,
    NoteWritten,
    OrderAccepted,
    OrderExpired,
    OrderPlaced,
    OrderRejected,
    OrderReplaced,
    OrderTrailed,
    OrderTriggered,
    QueueMoved,
    SplitApplied,
    Warned,
)
from live_monitor.engine.paper.order_fold import KEPT_CLOSED
from live_monitor.errors import LedgerError
from tests.engine.paper.entries_of import (
    ACCOUNT,
    AT,
    MONDAY_MS,
    D,
    accept,
    account,
    cancel,
    day,
    execution,
    fill,
    order,
    place,
    split,
    trade,
    working,
)


def picture(state: AccountState) -> bytes:
    return msgspec.json.encode(state)


def refused(state: AccountState, entry: Entry, words: str) -> None:
    """`entry` is refused with `words` in the message, and nothing has changed."""
    before = picture(state)
    with pytest.raises(LedgerError, match=words):
        state.apply(entry)
    assert picture(state) == before


def test_a_round_trip_moves_cash_and_leaves_what_it_made() -> None:
    state = account(10_000)
    trade(state, "BUY", 100, "50.00", "1")
    assert (state.cash, state.quantity("IBM")) == (D("4999.00"), D(100))
    trade(state, "SELL", 100, "51.00", "1")
    assert (state.cash, state.quantity("IBM")) == (D("10098.00"), D(0))
    assert (state.realized, state.fees) == (D("100.00"), D(2))
    assert [(record.realized, record.position_after) for record in state.fills] == [(D(0), D(100)), (D(100), D(0))]


def test_an_order_holds_back_cash_from_its_acceptance_until_it_ends() -> None:
    state = account(10_000)
    order_id = place(state, order(state, "BUY", 100, "50"))
    assert state.reserved == 0
    accept(state, order_id)
    assert state.reserved == 5000
    fill(state, order_id, 40, "49.5")
    assert state.reserved == 3000
    cancel(state, order_id)
    assert (state.reserved, state.cash) == (D(0), D(8020))
    closed = state.order(order_id)
    assert closed is not None
    assert closed.state == "canceled"
    assert (closed.filled, closed.average_price) == (D(40), D("49.5"))


def test_a_market_order_holds_back_two_and_a_half_percent_more() -> None:
    state = account(10_000, costs="per_share")
    working(state, "BUY", 10, reserve_price=D(100))
    assert state.reserved == D("1026.00")  # 1,025 and the minimum fee


def test_replaced_terms_change_what_is_held_back() -> None:
    state = account(10_000)
    order_id = working(state, "BUY", 100, "50")
    state.apply(OrderReplaced(**AT, order_id=order_id, quantity=D(20), limit_price=D(40)))
    assert state.reserved == 800
    assert state.orders[order_id].limit_price == 40


def test_children_of_a_bracket_hold_the_shares_once() -> None:
    state = account(10_000)
    trade(state, "BUY", 100, "50")
    target = state.next_order_id(0)
    stop = state.next_order_id(1)
    place(state, order(state, "SELL", 100, "60", parent_id="O1", sibling_id=stop, role="target", state="held"))
    place(
        state,
        order(
            state,
            "SELL",
            100,
            parent_id="O1",
            sibling_id=target,
            role="stop",
            state="held",
            order_type="STP",
            stop_price=D(45),
        ),
    )
    assert state.selling == {}
    accept(state, target)
    accept(state, stop)
    assert state.selling == {"IBM": 100}
    fill(state, target, 30, "60")
    assert state.selling == {"IBM": 100}  # the stop is for all of them until it is reduced
    state.apply(OrderReplaced(**AT, order_id=stop, quantity=D(70), reason="sibling_filled"))
    assert state.selling == {"IBM": 70}
    cancel(state, target)
    assert state.selling == {"IBM": 70}
    cancel(state, stop)
    assert state.selling == {}


def test_an_execution_counts_once_however_often_it_is_told() -> None:
    state = account(10_000)
    order_id = working(state, "BUY", 100, "50")
    done = execution(state, order_id, 50, "50")
    state.apply(done)
    before = picture(state)
    for _ in range(3):
        state.apply(done)
    assert picture(state) == before
    state.apply(execution(state, order_id, 50, "50"))
    assert state.quantity("IBM") == 100


def test_l11_a_journal_in_which_an_account_spends_or_sells_what_it_has_not_is_refused_whole() -> None:
    state = account(1_000)
    buy = working(state, "BUY", 100, "50")
    refused(state, execution(state, buy, 100, "50"), "spends more")
    refused(state, execution(state, buy, 20, "50", Fees(D("0.01"))), "spends more")
    refused(state, execution(state, buy, 101, "1"), "does not fit")
    for quantity, price in (("0", "1"), ("-1", "1"), ("1", "0"), ("1", "-1")):
        refused(state, execution(state, buy, quantity, price), "is no price")
    sell = working(state, "SELL", 10)
    refused(state, execution(state, sell, 10, "50"), "sells more")
    fill(state, buy, 5, "50")
    refused(state, execution(state, sell, 6, "50"), "sells more")
    fill(state, sell, 5, "50")
    assert (state.cash, state.quantity("IBM")) == (D(1_000), D(0))


def test_what_cannot_follow_is_refused_and_changes_nothing() -> None:
    state = account(10_000)
    limit = working(state, "BUY", 10, "50")
    trail = working(state, "SELL", 10, order_type="TRAIL", trail_amount=D(1))
    new = place(state, order(state, "BUY", 10, "50", client_order_id="c1"))
    refused(state, AccountOpened(**AT, name="x", cash=D(1), settings=AccountSettings()), "opened twice")
    refused(state, OrderPlaced(**AT, order=order(state, "BUY", 1, client_order_id="c1")), "used before")
    twice = order(state, "BUY", 1)
    twice.order_id = "O1"
    refused(state, OrderPlaced(**AT, order=twice), "comes next")
    refused(state, OrderPlaced(**AT, order=order(state, "BUY", 0)), "no number of shares")
    refused(state, OrderPlaced(**AT, order=order(state, "BUY", 1, state="filled")), "cannot begin")
    refused(state, OrderAccepted(**AT, order_id="O9", active_ms=0), "no open order")
    refused(state, OrderAccepted(**AT, order_id=limit, active_ms=0), "impossible")
    refused(state, OrderRejected(**AT, order_id=limit, reason="r", text="t"), "impossible")
    refused(state, execution(state, new, 1, "50"), "impossible")
    refused(state, OrderTriggered(**AT, order_id=limit), "cannot be triggered")
    refused(state, OrderReplaced(**AT, order_id=limit, quantity=D(0)), "no number of shares")
    refused(state, QueueMoved(**AT, order_id=limit, queue_ahead=D(-1)), "-1 shares ahead")
    refused(state, AccountArchived(**AT), "open orders")
    refused(state, SplitApplied(**AT, symbol="IBM", ratio=D(0)), "cannot be split")
    refused(state, SplitApplied(**AT, symbol="IBM", ratio=D("1E-12")), "cannot be split")
    state.apply(OrderTrailed(**AT, order_id=trail, extreme=D(60)))
    refused(state, OrderTrailed(**AT, order_id=trail, extreme=D(59)), "cannot go back")
    hole = execution(state, limit, 1, "50")
    refused(state, msgspec.structs.replace(hole, execution_id="E9"), "comes next")
    refused(state, msgspec.structs.replace(hole, execution_id="x"), "comes next")
    refused(state, msgspec.structs.replace(hole, symbol="AAPL"), "is not one of")
    refused(state, msgspec.structs.replace(hole, account="other"), "was given to")
    state.apply(OrderExpired(**AT, order_id=limit, reason="day_over", text="The day is over."))
    refused(state, OrderExpired(**AT, order_id=limit, reason="day_over", text="again"), "no open order")


def test_a_split_that_would_leave_nothing_of_a_position_is_refused() -> None:
    state = account(10_000)
    trade(state, "BUY", "0.000000003", "50")
    refused(state, SplitApplied(**AT, symbol="IBM", ratio=D("0.1")), "leave nothing")


def test_an_account_is_opened_with_whole_cents_and_no_debt() -> None:
    for cash in ("-0.01", "NaN", "Infinity", "0.001"):
        with pytest.raises(LedgerError, match="opened with"):
            account(cash)
    assert account("0").cash == 0


def test_a_cash_account_does_not_come_of_debts_or_of_shares_sold_short() -> None:
    state = account(10_000, margin_enabled=True, allow_short=True)
    trade(state, "SELL", 10, "50")
    back = AccountChanged(**AT, name="Test", settings=AccountSettings())
    refused(state, back, "buy back IBM first")
    trade(state, "BUY", 10, "50")
    trade(state, "BUY", 300, "50")
    refused(state, back, "still borrowed")
    trade(state, "SELL", 300, "50")
    state.apply(back)
    assert (state.cash, state.settled) == (D(10_000), D(10_000))


def test_what_an_account_holds_reads_back_equal_from_its_checkpoint() -> None:
    state = account("9999.99", costs="us_broker")
    trade(state, "BUY", 30, "33.3333", "0.10")
    trade(state, "SELL", 10, "34.1", "0.02")
    split(state, "3")
    working(state, "BUY", 5, "12.34", client_order_id="again")
    state.apply(NoteWritten(**AT, day="2026-11-23", text="Stayed calm."))
    day(state, "2026-11-24")
    assert msgspec.json.decode(picture(state), type=AccountState) == state
    again = msgspec.json.decode(picture(state), type=AccountState)
    trade(state, "SELL", 60, "12", "0.01")
    trade(again, "SELL", 60, "12", "0.01")
    assert picture(again) == picture(state)


def test_an_account_that_was_reset_begins_anew_and_the_old_one_stays_readable() -> None:
    old = account(10_000)
    trade(old, "BUY", 10, "50")
    old.apply(AccountArchived(**AT))
    new = open_account(
        AccountOpened(
            account="A2", at_ms=MONDAY_MS, name="Test", cash=D(25_000), settings=old.settings, replaces=ACCOUNT
        )
    )
    assert old.archived
    assert old.quantity("IBM") == 10
    assert (new.cash, new.replaces, new.quantity("IBM"), new.next_order_id()) == (D(25_000), ACCOUNT, D(0), "O1")
    refused(old, OrderPlaced(**AT, order=order(old, "BUY", 1)), "archived")
    old.apply(NoteWritten(**AT, day="2026-11-23", text="Lessons."))
    assert old.notes == {"2026-11-23": "Lessons."}


def test_a_day_is_counted_once_and_its_counts_come_back_with_it() -> None:
    state = account(10_000)
    trade(state, "BUY", 10, "50")
    trade(state, "BUY", 10, "50")
    trade(state, "SELL", 5, "51")
    monday = state.day
    assert monday is not None
    assert (monday.trades, monday.realized) == (2, D(5))
    day(state, "2026-11-23")
    assert state.day is monday
    assert monday.trades == 2
    day(state, "2026-11-24")
    assert state.fills == []
    assert state.day is not None
    assert state.day.trades == 0
    day(state, "2026-11-23")  # a replay of Monday after a look at Tuesday
    assert state.day is monday
    assert monday.trades == 2


def test_closed_orders_are_listed_from_the_newest_back_to_a_time() -> None:
    state = account()
    ended = [working(state, "BUY", 1, "1") for _ in range(3)]
    for count, order_id in enumerate(ended):
        state.apply(OrderExpired(account=ACCOUNT, at_ms=MONDAY_MS + count, order_id=order_id, reason="r", text="t"))
    assert [found.order_id for found in state.closed_orders()] == ["O3", "O2", "O1"]
    assert [found.order_id for found in state.closed_orders(MONDAY_MS + 1)] == ["O3", "O2"]
    assert state.closed_orders(MONDAY_MS + 3) == []


def test_a_note_is_replaced_and_an_empty_one_goes() -> None:
    state = account()
    for text in ("One.", "Two.", ""):
        state.apply(NoteWritten(**AT, day="2026-11-23", text=text))
        assert state.notes.get("2026-11-23", "") == text


def test_a_closed_order_takes_less_than_a_kilobyte_with_its_fill_and_receipt() -> None:
    state = account(10_000_000)

    def round_trips(count: int) -> None:
        for _ in range(count):
            for side in ("BUY", "SELL"):
                name = f"client-order-{state.orders_placed}"
                order_id = working(state, side, 100, "150.30", client_order_id=name)
                fill(state, order_id, 100, "150.25", Fees(D("0.35"), D("0.31"), D("0.02"), "2026"))

    round_trips(10)
    tracemalloc.start()
    try:
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        round_trips(1_000)
        gc.collect()
        assert (tracemalloc.get_traced_memory()[0] - before) / 2_000 < 1024
    finally:
        tracemalloc.stop()


def test_what_is_kept_is_bounded() -> None:
    state = account(10_000_000)
    for count in range(KEPT_CLOSED + 100):
        cancel(state, working(state, "BUY", 1, "1", client_order_id=f"c{count}"))
    assert len(state.closed) == len(state.client_ids) == KEPT_CLOSED
    assert state.order("O1") is None
    assert state.order_of_client("c0") is None
    latest = state.order_of_client(f"c{KEPT_CLOSED + 99}")
    assert latest is not None
    assert latest.order_id == f"O{KEPT_CLOSED + 100}"
    assert state.closed_orders()[0].order_id == latest.order_id
    for count in range(max(KEPT_EQUITY, KEPT_NOTES, KEPT_WARNINGS) + 50):
        state.apply(EquityMarked(**AT, net_liq=D(count)))
        state.apply(NoteWritten(**AT, day=f"day {count}", text="x"))
        state.apply(Warned(**AT, reason="r", text=str(count)))
        state.apply(DayBegan(**AT, day=f"day {count}", net_liq=D(1)))
    assert len(state.equity) == KEPT_EQUITY
    assert len(state.notes) == KEPT_NOTES
    assert len(state.warnings) == KEPT_WARNINGS
    assert len(state.days) <= 60
