"""Entries that no engine would write: an account refuses them whole, or stays an account."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_monitor.data.models.orders import Fees, Order
from live_monitor.engine.paper.account import AccountState
from live_monitor.engine.paper.entries import (
    DayBegan,
    Entry,
    EquityMarked,
    Filled,
    OrderAccepted,
    OrderCanceled,
    OrderPlaced,
    OrderReplaced,
    OrderTrailed,
    QueueMoved,
    SplitApplied,
)
from live_monitor.errors import LedgerError
from tests.engine.paper.entries_of import ACCOUNT, AT, MONDAY_MS, RECEIPT, D, account, trade, working

WILD = ("NaN", "sNaN", "Infinity", "-Infinity", "-1", "0", "1E+30", "1E-30", "1E+999999", "1", "50", "7.5", "99999")
NUMBERS = st.sampled_from(WILD).map(Decimal)
SOME = st.one_of(st.none(), NUMBERS)
IDS = st.sampled_from(["O1", "O2", "O3", "O4", "O5", "O99", ""])


def entries() -> st.SearchStrategy[Entry]:
    at = {"account": st.just(ACCOUNT), "at_ms": st.just(MONDAY_MS)}
    order = st.builds(
        Order,
        order_id=st.sampled_from(["O3", "O4", "O5"]),
        client_order_id=st.just(""),
        account=st.just(ACCOUNT),
        symbol=st.just("IBM"),
        side=st.sampled_from(["BUY", "SELL"]),
        quantity=NUMBERS,
        order_type=st.sampled_from(["MKT", "LMT", "STP", "TRAIL"]),
        limit_price=SOME,
        stop_price=SOME,
        trail_amount=SOME,
        reserve_price=SOME,
    )
    amounts = st.sampled_from(["0", "0.01", "NaN", "-1", "Infinity"]).map(Decimal)
    fill = st.builds(
        Filled,
        **at,
        execution_id=st.sampled_from(["E2", "E3", "E4", "E1", "x"]),
        order_id=IDS,
        symbol=st.just("IBM"),
        side=st.sampled_from(["BUY", "SELL"]),
        quantity=NUMBERS,
        price=NUMBERS,
        fees=st.builds(Fees, amounts, amounts, st.just(D(0)), st.just("")),
        receipt=st.just(RECEIPT),
    )
    return st.one_of(
        st.builds(OrderPlaced, **at, order=order),
        st.builds(
            OrderAccepted, **at, order_id=IDS, active_ms=st.just(0), quantity=SOME, extreme=SOME, queue_ahead=SOME
        ),
        st.builds(OrderReplaced, **at, order_id=IDS, quantity=NUMBERS, limit_price=SOME, trail_amount=SOME),
        st.builds(OrderTrailed, **at, order_id=IDS, extreme=NUMBERS),
        st.builds(QueueMoved, **at, order_id=IDS, queue_ahead=NUMBERS),
        st.builds(OrderCanceled, **at, order_id=IDS, reason=st.just("r"), text=st.just("t")),
        fill,
        st.builds(SplitApplied, **at, symbol=st.just("IBM"), ratio=NUMBERS),
        st.builds(
            DayBegan,
            **at,
            day=st.sampled_from(["2026-11-23", "2026-11-24"]),
            net_liq=NUMBERS,
            marks=st.dictionaries(st.just("IBM"), NUMBERS),
        ),
        st.builds(EquityMarked, **at, net_liq=NUMBERS),
    )


def numbers(value: Any) -> Iterator[Decimal]:
    """Every decimal that something holds."""
    if isinstance(value, Decimal):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from numbers(getattr(value, name))
    elif isinstance(value, dict):
        for inner in value.values():
            yield from numbers(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from numbers(inner)


@settings(max_examples=400, deadline=None)
@given(margin=st.booleans(), wild=st.lists(entries(), min_size=1, max_size=12))
def test_no_entry_makes_an_account_hold_what_is_no_number(margin: bool, wild: list[Entry]) -> None:
    state: AccountState = account(10_000, margin_enabled=margin, allow_short=margin)
    trade(state, "BUY", 100, "50")
    working(state, "SELL", 10, "60")
    for entry in wild:
        before = msgspec.json.encode(state)
        try:
            state.apply(entry)
        except LedgerError:
            assert msgspec.json.encode(state) == before
        assert all(found.is_finite() for found in numbers(state))
        if not margin:
            assert state.cash >= 0
            assert state.quantity("IBM") >= 0
    assert msgspec.json.decode(msgspec.json.encode(state), type=AccountState) == state


@pytest.mark.parametrize("price", ["NaN", "Infinity", "0", "-1"])
def test_an_order_at_a_price_that_is_none_is_not_in_a_journal(price: str) -> None:
    state = account()
    placed = Order(
        order_id="O1",
        client_order_id="",
        account=ACCOUNT,
        symbol="IBM",
        side="BUY",
        quantity=D(1),
        order_type="LMT",
        limit_price=D(price),
    )
    with pytest.raises(LedgerError, match="is no price"):
        state.apply(OrderPlaced(**AT, order=placed))
