"""Whether an account can pay for an order, or deliver what it sells (market rules 10.3).

Asked twice: when an order is placed, when what other orders hold back counts too; and at each fill, when only what is
really there counts. Cash of a cash account never falls below zero, and it never sells what it does not hold. Call it
inside `money.arithmetic()`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING

from live_monitor.data.models.orders import ZERO, Order, Refusal
from live_monitor.engine.paper import margin
from live_monitor.engine.paper.costs import commission
from live_monitor.engine.paper.money import cents
from live_monitor.engine.paper.reservations import claim, reservation

if TYPE_CHECKING:
    from live_monitor.engine.paper.account import AccountState
    from live_monitor.engine.paper.snapshots import Mark


def check_funds(
    state: AccountState, order: Order, price: Decimal, marks: Mapping[str, Mark], quantity: Decimal | None = None
) -> Refusal | None:
    """Why the account cannot take the order, or at a fill of `quantity` shares cannot settle it; None when it can.

    `price`: USD per share it is reckoned with: the limit, or what a market order would pay now. Children of a bracket
    are not asked about at placement: they only take off what their parent put on.
    """
    if order.side == "SELL":
        return _check_sale(state, order, price, marks, quantity)
    shares = order.quantity - order.filled if quantity is None else quantity
    cost = cents(shares * price) + commission(state.settings, shares, order.filled)
    if state.settings.margin_enabled:
        return margin.problem(state, order, shares, price, marks)
    free = state.cash if quantity is not None else state.cash - _reserved_by_others(state, order)
    if cost <= free:
        return None
    held = f" ({state.cash - free:,.2f} of {state.cash:,.2f} are held by open orders)" if free < state.cash else ""
    return Refusal(
        "insufficient_cash",
        f"Not enough cash: {shares:f} {order.symbol} at {price:f} cost {cost:,.2f} USD with fees,"
        f" and {max(free, ZERO):,.2f} USD are free{held}.",
    )


def _reserved_by_others(state: AccountState, order: Order) -> Decimal:
    known = state.orders.get(order.order_id)
    return state.reserved - (ZERO if known is None else reservation(known, state.settings))


def sellable(state: AccountState, symbol: str, order: Order | None = None) -> Decimal:
    """Shares of a long position that no open sell order holds, `order` itself left out; at least 0."""
    claimed = state.selling.get(symbol)
    if not claimed:
        return max(state.quantity(symbol), ZERO)
    known = None if order is None else state.orders.get(order.order_id)
    if known is not None and claimed:
        sibling = state.orders.get(known.sibling_id) if known.sibling_id else None
        claimed -= claim(known, sibling) + (ZERO if sibling is None else claim(sibling, known))
    return max(state.quantity(symbol) - claimed, ZERO)


def opens(state: AccountState, order: Order) -> bool:
    """True where a part of what is left of the order would open or add to a position, which has to be paid for."""
    if order.side == "SELL" and not (state.settings.margin_enabled and state.settings.allow_short):
        return False
    return margin.closing(state, order, order.remaining) < order.remaining


def _check_sale(
    state: AccountState, order: Order, price: Decimal, marks: Mapping[str, Mark], quantity: Decimal | None
) -> Refusal | None:
    held = state.quantity(order.symbol)
    if quantity is not None:
        free, shares = max(held, ZERO), quantity
    else:
        free, shares = sellable(state, order.symbol, order), order.remaining
    if shares <= free:
        return None
    if state.settings.margin_enabled and state.settings.allow_short:
        return margin.problem(state, order, shares, price, marks)
    if held <= 0:
        return Refusal(
            "no_position", f"No {order.symbol} is held, and this account does not sell short: there is nothing to sell."
        )
    waiting = [
        other.order_id
        for other in state.open_orders(order.symbol)
        if other.side == "SELL" and other.order_id != order.order_id and claim(other, None)
    ]
    if shares > held or not waiting:
        return Refusal(
            "oversell",
            f"{shares:f} {order.symbol} cannot be sold: {held:f} are held, and this account does not sell short.",
        )
    return Refusal(
        "oversell",
        f"{shares:f} {order.symbol} cannot be sold: of {held:f} held, {held - free:f} are in open sell orders"
        f" ({', '.join(waiting[:5])}{', …' if len(waiting) > 5 else ''}). Cancel these first.",
    )


def affordable(state: AccountState, order: Order, price: Decimal, fees_of: Callable[[Decimal], Decimal]) -> Decimal:
    """How many of the order's remaining shares can be filled at `price` now; 0 for none. Whole shares below all.

    `fees_of`: USD that a fill of so many shares costs. In a margin account credit was checked at placement and all
    remaining shares can be filled, except a sale that would go short where that is not allowed.
    """
    left = order.remaining
    if order.side == "SELL":
        if state.settings.margin_enabled and state.settings.allow_short:
            return left
        return min(left, max(state.quantity(order.symbol), ZERO))
    if state.settings.margin_enabled or cents(left * price) + fees_of(left) <= state.cash:
        return left
    shares = min((state.cash / price).to_integral_value(ROUND_DOWN), left.to_integral_value(ROUND_DOWN))
    while shares > 0:
        over = cents(shares * price) + fees_of(shares) - state.cash
        if over <= 0:
            return shares
        shares -= max((over / price).to_integral_value(ROUND_DOWN), Decimal(1))
    return ZERO
