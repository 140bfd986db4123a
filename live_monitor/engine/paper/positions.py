"""What is held of one symbol: average cost, lots first in first out, and what each sale of them made.

The cost of a position is what its fills moved in cash (cents), without fees, so that realized P&L, cost and cash always
add up. Only the cost of a *part* of a position is rounded, to 10 decimals (`money.share_of`); the rest keeps the
difference, so that nothing is lost when the position is closed.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from msgspec import Struct

from live_monitor.data.models.orders import ZERO, Side
from live_monitor.engine.paper.money import scaled, share_of


class Lot(Struct):
    """Shares of one fill that are still held. `cost`: USD paid for them (of a short lot: received).

    `unsettled`: USD of its price paid with proceeds that had not settled; they settle on `settles_on` (ISO date).
    """

    quantity: Decimal
    cost: Decimal
    opened_ms: int
    day: str = ""
    unsettled: Decimal = ZERO
    settles_on: str = ""


class Position(Struct):
    """`quantity` is negative for a short position; `cost` is never negative.

    `realized`, `realized_fifo`: USD by average cost and by lots, without fees. `day_start`: market value when the
    exchange day began; `day_flow`: cash that today's fills of the symbol moved, fees included. `trip`: realized P&L
    less fees since the position was last flat.
    """

    symbol: str
    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    #: Oldest first.
    lots: list[Lot] = []
    realized: Decimal = ZERO
    realized_fifo: Decimal = ZERO
    fees: Decimal = ZERO
    day_start: Decimal = ZERO
    day_flow: Decimal = ZERO
    trip: Decimal = ZERO

    @property
    def average_cost(self) -> Decimal:
        """USD per share, 10 decimals; 0 when flat."""
        return share_of(self.cost, Decimal(1), abs(self.quantity)) if self.quantity else ZERO


class FillResult(NamedTuple):
    """What a fill made of a position, in USD; the first two without fees.

    `opened`: its shares that opened or added. `trip`: what the round trip that it ended brought, fees taken off.
    """

    realized: Decimal
    realized_fifo: Decimal
    opened: Decimal
    trip: Decimal | None


def reduces(position: Position | None, side: Side, quantity: Decimal) -> Decimal:
    """How many of `quantity` shares would close a part of the position; the rest opens or adds."""
    if position is None:
        return ZERO
    held = position.quantity
    if not held or (held > ZERO) == (side == "BUY"):
        return ZERO
    return min(abs(held), quantity)


def fill(position: Position, side: Side, quantity: Decimal, amount: Decimal, fees: Decimal, lot: Lot) -> FillResult:
    """Takes a fill of `quantity` shares for `amount` USD into the position; mutates it.

    `lot` says when it was opened and how it was paid; its quantity and cost are set here. A fill that turns the
    position from long to short (or back) closes all of it first, and opens with the rest.
    """
    closing = reduces(position, side, quantity)
    realized = fifo = ZERO
    trip = None
    position.fees += fees
    position.trip -= fees
    if closing:
        closing_amount = amount if closing == quantity else share_of(amount, closing, quantity)
        held = abs(position.quantity)
        sign = 1 if position.quantity > ZERO else -1
        basis = position.cost if closing == held else share_of(position.cost, closing, held)
        realized = (closing_amount - basis) * sign
        fifo = (closing_amount - _take(position.lots, closing)) * sign
        position.cost -= basis
        position.quantity -= closing * sign
        position.realized += realized
        position.realized_fifo += fifo
        position.trip += realized
        quantity, amount = quantity - closing, amount - closing_amount
        if not position.quantity:
            trip, position.trip = position.trip, ZERO
    if quantity:
        position.quantity += quantity if side == "BUY" else -quantity
        position.cost += amount
        lot.quantity, lot.cost = quantity, amount
        position.lots.append(lot)
    return FillResult(realized, fifo, quantity, trip)


def _take(lots: list[Lot], quantity: Decimal) -> Decimal:
    """Takes `quantity` shares out of the oldest lots; what they cost."""
    cost, used = ZERO, 0
    for lot in lots:
        if quantity < lot.quantity:
            if quantity:
                part = share_of(lot.cost, quantity, lot.quantity)
                lot.quantity -= quantity
                lot.cost -= part
                # Selling a part before it was paid has been told of; the rest of that purchase is no second violation.
                lot.unsettled, lot.settles_on = ZERO, ""
                cost += part
            break
        cost += lot.cost
        quantity -= lot.quantity
        used += 1
    del lots[:used]
    return cost


def split(position: Position, ratio: Decimal) -> None:
    """The same value in `ratio` new shares for 1. Lots are rounded to 9 decimals; the position is their sum."""
    for lot in position.lots:
        lot.quantity = scaled(lot.quantity, ratio)
    total = sum((lot.quantity for lot in position.lots), ZERO)
    position.quantity = total if position.quantity > 0 else -total
