"""What working orders hold back: cash for buys, shares for sells (market rules 10.3).

Both are kept as sums in `AccountState`, changed with each order, so that a check costs the same with 10,000 of them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from live_monitor.data.models.orders import ZERO, AccountSettings, Order
from live_monitor.engine.paper.costs import commission
from live_monitor.engine.paper.money import cents

#: A buy without a limit may pay more than the price that it was placed at; so much is held back for it.
MARKET_MARGIN: Final = Decimal("1.025")
WORKING: Final = frozenset({"accepted", "partially_filled"})


def reservation(order: Order, settings: AccountSettings) -> Decimal:
    """USD that the order holds back, fees included; 0 for sells, held children, and children of a bracket.

    A child only takes off what its parent put on, so that it needs nothing of its own.
    """
    if order.side != "BUY" or order.state not in WORKING or order.parent_id:
        return ZERO
    price = order.limit_price
    if price is None:
        price = (order.reserve_price or order.stop_price or ZERO) * MARKET_MARGIN
    left = order.quantity - order.filled
    held = cents(left * price)
    return held if settings.costs != "per_share" else held + commission(settings, left, order.filled)


def claim(order: Order, sibling: Order | None) -> Decimal:
    """Shares that a working sell order holds; of two that cancel one another the larger counts, once.

    The target counts, and of the stop what it sells more, after somebody gave one of them other terms.
    """
    if order.side != "SELL" or order.state not in WORKING:
        return ZERO
    return beside(order, sibling)


def beside(order: Order, sibling: Order | None) -> Decimal:
    """Shares of a working order that count beside its sibling, which cancels it or is canceled by it."""
    left = order.quantity - order.filled
    if order.role == "stop" and sibling is not None and sibling.state in WORKING:
        left = max(left - sibling.quantity + sibling.filled, ZERO)
    return left
