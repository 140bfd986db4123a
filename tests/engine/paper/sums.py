"""What is true of a cash account at every moment, whatever was done to it, beside its reference in fractions."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from live_monitor.data.models.orders import ZERO
from live_monitor.engine.paper.account import AccountState
from live_monitor.engine.paper.entries import DayBegan, Entry, Filled, SplitApplied
from live_monitor.engine.paper.reservations import claim, reservation
from tests.engine.paper.reference import Reference


def tell(truth: Reference, entry: Entry, today: str) -> str:
    """Tells the reference what an entry says; the exchange day from then on."""
    if isinstance(entry, Filled):
        move = truth.buy if entry.side == "BUY" else truth.sell
        move(entry.symbol, Fraction(entry.quantity), Fraction(entry.price), Fraction(entry.fees.total))
    elif isinstance(entry, SplitApplied):
        truth.split(entry.symbol, Fraction(entry.ratio))
    elif isinstance(entry, DayBegan) and entry.day != today:
        truth.settle()
        return entry.day
    return today


def check_nothing_is_owed(state: AccountState) -> None:
    assert state.cash >= 0
    assert state.settled >= 0
    assert all(held.quantity >= 0 for held in state.positions.values())
    assert all(waiting.amount > 0 for waiting in state.proceeds)


def check_money(state: AccountState, truth: Reference) -> None:
    """Cash is equal to the cent; P&L to the rounding of a part of a position, 10 decimals at each fill."""
    assert Fraction(state.cash) == truth.cash == truth.opening + sum(truth.movements)
    assert Fraction(state.settled) == truth.settled
    assert Fraction(state.fees) == truth.fees
    assert state.settled + sum((waiting.amount for waiting in state.proceeds), ZERO) == state.cash
    cost = sum((held.cost for held in state.positions.values()), ZERO)
    lots = sum((lot.cost for held in state.positions.values() for lot in held.lots), ZERO)
    assert state.opening_cash + state.realized - state.fees == state.cash + cost
    assert state.opening_cash + state.realized_fifo - state.fees == state.cash + lots
    slack = Fraction(len(truth.movements) + 1, 10**10)
    assert abs(Fraction(state.realized) - truth.realized) <= slack
    assert abs(Fraction(state.realized_fifo) - truth.realized_fifo) <= slack
    assert {name: Fraction(held.quantity) for name, held in state.positions.items() if held.quantity} == {
        name: quantity for name, quantity in truth.quantity.items() if quantity
    }


def check_reservations(state: AccountState) -> None:
    """What orders hold back is the sum over the orders."""
    assert state.reserved == sum((reservation(found, state.settings) for found in state.orders.values()), ZERO)
    selling: dict[str, Decimal] = {}
    for found in state.orders.values():
        shares = claim(found, state.orders.get(found.sibling_id))
        if shares:
            selling[found.symbol] = selling.get(found.symbol, ZERO) + shares
    assert state.selling == selling
