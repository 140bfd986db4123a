"""Average cost, lots first in first out, both ways round, splits."""

from __future__ import annotations

from decimal import Decimal

import pytest

from live_monitor.data.models.orders import Side
from live_monitor.engine.paper.positions import Lot, Position, fill, reduces, split
from tests.engine.paper.entries_of import D, account, trade
from tests.engine.paper.entries_of import split as split_entry


def filled(position: Position, side: Side, quantity: str, amount: str, fees: str = "0") -> Decimal:
    """Average-cost P&L of a fill."""
    lot = Lot(D(0), D(0), 0)
    return fill(position, side, D(quantity), D(amount), D(fees), lot).realized


def test_average_and_first_in_first_out_differ_until_all_is_sold() -> None:
    state = account(100_000)
    trade(state, "BUY", 100, "10.00")
    trade(state, "BUY", 100, "20.00")
    trade(state, "SELL", 100, "30.00")
    held = state.positions["IBM"]
    assert (held.realized, held.realized_fifo) == (D(1500), D(2000))
    assert (held.average_cost, held.cost) == (D(15), D(1500))
    assert [(lot.quantity, lot.cost) for lot in held.lots] == [(D(100), D(2000))]
    trade(state, "SELL", 100, "30.00")
    assert (held.realized, held.realized_fifo, held.cost) == (D(3000), D(3000), D(0))
    assert held.lots == []


def test_the_average_cost_does_not_move_when_a_part_is_sold() -> None:
    state = account(100_000)
    trade(state, "BUY", 3, "3.3333")  # 10.00 in cash
    held = state.positions["IBM"]
    before = held.average_cost
    assert before == D("3.3333333333")
    trade(state, "SELL", 1, "5")
    assert abs(held.average_cost - before) <= D("1E-9")
    trade(state, "SELL", 2, "5")
    assert held.realized == D("5.00")  # 15 got for 10 paid: nothing is lost to thirds


def test_the_cost_of_a_position_is_what_cash_paid_for_it() -> None:
    state = account(100)
    trade(state, "BUY", 1, "10.2550")
    assert (state.cash, state.positions["IBM"].cost) == (D("89.74"), D("10.26"))


def test_fees_are_beside_the_profit_and_inside_the_round_trip() -> None:
    position = Position("IBM")
    filled(position, "BUY", "100", "1000", "1")
    lot = Lot(D(0), D(0), 0)
    sold = fill(position, "SELL", D(100), D("1001.50"), D(1), lot)
    assert (sold.realized, sold.trip) == (D("1.50"), D("-0.50"))
    assert position.fees == 2


def test_a_fill_that_turns_a_position_round_closes_all_of_it_first() -> None:
    position = Position("IBM")
    filled(position, "BUY", "100", "1000")
    result = fill(position, "SELL", D(150), D(1800), D(0), Lot(D(0), D(0), 0))
    assert (result.realized, result.opened, result.trip) == (D(200), D(50), D(200))
    assert (position.quantity, position.cost) == (D(-50), D(600))
    assert [lot.quantity for lot in position.lots] == [50]


def test_a_short_position_earns_when_it_is_bought_back_lower() -> None:
    position = Position("IBM")
    filled(position, "SELL", "100", "1000")
    assert (position.quantity, position.average_cost) == (D(-100), D(10))
    assert filled(position, "BUY", "40", "360") == 40
    assert filled(position, "BUY", "60", "660") == -60
    assert (position.quantity, position.cost, position.realized) == (D(0), D(0), D(-20))


def test_what_reduces_is_counted_up_to_what_is_held() -> None:
    long, short = Position("IBM", D(10)), Position("IBM", D(-10))
    assert reduces(long, "SELL", D(15)) == 10
    assert reduces(long, "BUY", D(15)) == 0
    assert reduces(short, "BUY", D(4)) == 4
    assert reduces(short, "SELL", D(4)) == 0
    assert reduces(None, "SELL", D(4)) == 0


@pytest.mark.parametrize(("ratio", "quantity"), [("3", "300"), ("0.1", "10"), ("1.5", "150"), ("0.15", "15")])
def test_a_split_changes_shares_and_no_dollar(ratio: str, quantity: str) -> None:
    state = account(100_000)
    trade(state, "BUY", 60, "10")
    trade(state, "BUY", 40, "11")
    held = state.positions["IBM"]
    split_entry(state, ratio)
    assert held.quantity == D(quantity) == sum((lot.quantity for lot in held.lots), D(0))
    assert (held.cost, state.cash) == (D(1040), D(98_960))
    trade(state, "SELL", quantity, "10")
    assert held.realized == D(quantity) * 10 - 1040


def test_fractions_of_a_share_that_a_split_leaves_stay() -> None:
    position = Position("IBM")
    filled(position, "BUY", "5", "50")
    split(position, D("0.1"))
    assert (position.quantity, position.cost) == (D("0.5"), D(50))
