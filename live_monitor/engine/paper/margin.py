"""Credit of a margin account: Regulation T's initial 50 %, maintenance 25 % long and 30 % short (market rules 10.3).

A house may ask for more; the old rule on pattern day traders is gone (market rules 10.3), so that buying power for day
trading is the same. Below 2,000 USD of equity no credit is given. What is not marked counts at cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from live_monitor.data.models.orders import ZERO, Order, Refusal
from live_monitor.engine.paper.costs import commission
from live_monitor.engine.paper.money import arithmetic, cents
from live_monitor.engine.paper.reservations import MARKET_MARGIN, WORKING, beside

if TYPE_CHECKING:
    from live_monitor.engine.paper.account import AccountState
    from live_monitor.engine.paper.snapshots import Mark

INITIAL: Final = Decimal("0.50")
MAINTENANCE_LONG: Final = Decimal("0.25")
MAINTENANCE_SHORT: Final = Decimal("0.30")
MINIMUM_EQUITY: Final = Decimal(2000)


class Standing(NamedTuple):
    """`long`, `short`: market values, both positive. `equity`: cash plus long less short. `working`: USD of exposure
    that open orders would add. All USD."""

    equity: Decimal
    long: Decimal
    short: Decimal
    working: Decimal

    @property
    def maintenance(self) -> Decimal:
        """Equity that the positions ask for at any time."""
        return self.long * MAINTENANCE_LONG + self.short * MAINTENANCE_SHORT

    @property
    def buying_power(self) -> Decimal:
        """USD of stock that can be bought, or sold short, besides what is held and ordered; at least 0."""
        exposure = self.long + self.short + self.working
        if self.equity < MINIMUM_EQUITY:
            return max(self.equity - exposure, ZERO)
        return max(self.equity / INITIAL - exposure, ZERO)


def standing(
    state: AccountState, marks: Mapping[str, Mark], leave_out: str = "", known: Decimal | None = None
) -> Standing:
    """Where the account stands; `leave_out`: an order id that is not counted. Walks positions, and open orders where
    what they would add is not `known`.
    """
    with arithmetic():
        long = short = ZERO
        for position in state.held():
            mark = marks.get(position.symbol)
            value = position.cost if mark is None else abs(position.quantity) * mark.price
            if position.quantity > 0:
                long += value
            else:
                short += value
        return Standing(state.cash + long - short, long, short, working(state, leave_out) if known is None else known)


def working(state: AccountState, leave_out: str = "") -> Decimal:
    """USD of exposure that open orders would add; of each symbol, orders that only take off a position come first and
    add nothing. Walks open orders."""
    total = ZERO
    exits: dict[tuple[str, str], Decimal] = {}
    for order in state.orders.values():
        if order.parent_id and order.state in WORKING and order.order_id != leave_out:
            key = (order.symbol, order.side)
            exits[key] = exits.get(key, ZERO) + beside(order, state.orders.get(order.sibling_id))
    covering: dict[tuple[str, str], Decimal] = {}
    for order in state.orders.values():
        if order.parent_id or order.state not in WORKING or order.order_id == leave_out:
            continue
        left = order.quantity - order.filled
        key = (order.symbol, order.side)
        cover = covering.get(key)
        if cover is None:
            cover = covering[key] = max(_closable(state, order) - exits.get(key, ZERO), ZERO)
        if cover:
            off = min(cover, left)
            covering[key] = cover - off
            left -= off
        price = order.limit_price
        total += left * (_price_of(order) if price is None else price)
    return total


def _closable(state: AccountState, order: Order) -> Decimal:
    held = state.quantity(order.symbol)
    return max(-held if order.side == "BUY" else held, ZERO)


def _taken_off(state: AccountState, order: Order) -> Decimal:
    """Shares that other working orders on the side of `order` take off the position already; its sibling is not
    counted. Of two that cancel one another the larger counts."""
    own = (order.order_id, order.sibling_id)
    total = ZERO
    for other in state.orders.values():
        if (
            other.symbol == order.symbol
            and other.side == order.side
            and other.state in WORKING
            and other.order_id not in own
        ):
            total += beside(other, state.orders.get(other.sibling_id))
    return total


def closing(state: AccountState, order: Order, quantity: Decimal) -> Decimal:
    """How many of `quantity` shares of the order only take off a position that no other working order takes off."""
    held = _closable(state, order)
    if not held:
        return ZERO
    return min(max(held - _taken_off(state, order), ZERO), quantity)


def _price_of(order: Order) -> Decimal:
    """What a share of an order without a limit may cost: by its reserve, its stop, or what was filled of it."""
    return (order.reserve_price or order.stop_price or order.average_price or ZERO) * MARKET_MARGIN


def problem(
    state: AccountState, order: Order, quantity: Decimal, price: Decimal, marks: Mapping[str, Mark]
) -> Refusal | None:
    """Why a margin account cannot take `quantity` shares of the order at `price`; None when it can.

    What only takes off a position is never refused; shares that other orders take off already are not taken off twice.
    """
    added = quantity - closing(state, order, quantity)
    if not added:
        return None
    now = standing(state, marks, order.order_id)
    if order.side == "SELL" and now.equity < MINIMUM_EQUITY:
        return Refusal(
            "insufficient_equity",
            f"Selling short needs {MINIMUM_EQUITY:,} USD of equity, and the account has {now.equity:,.2f} USD.",
        )
    cost = cents(added * price) + commission(state.settings, quantity, order.filled)
    if cost <= now.buying_power:
        return None
    taken = added - (quantity - min(_closable(state, order), quantity))
    orders = f" Of the position, {taken:f} are in other orders that close it: cancel these first." if taken else ""
    return Refusal(
        "insufficient_buying_power",
        f"Not enough buying power: {added:f} {order.symbol} at {price:f} are {cost:,.2f} USD with fees,"
        f" and {now.buying_power:,.2f} USD are free (initial margin {INITIAL:.0%}).{orders}",
    )


def maintenance_call(state: AccountState, marks: Mapping[str, Mark]) -> Refusal | None:
    """What a broker would ask for now, in words, where equity is below maintenance; None when it is not.

    A warning: this program sells nothing by itself.
    """
    if not state.settings.margin_enabled:
        return None
    with arithmetic():
        now = standing(state, marks)
        missing = now.maintenance - now.equity
        if missing <= 0:
            return None
        return Refusal(
            "maintenance_call",
            f"Maintenance call: {now.equity:,.2f} USD of equity where {now.maintenance:,.2f} USD are required"
            f" ({MAINTENANCE_LONG:.0%} of long, {MAINTENANCE_SHORT:.0%} of short positions); {cents(missing):,.2f} USD"
            " are missing. A broker may sell positions without asking.",
        )
