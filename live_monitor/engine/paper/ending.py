"""How orders end without a fill: canceled, expired, refused."""

from __future__ import annotations

from typing import Final

from live_monitor.data.models.orders import Order, Refusal
from live_monitor.engine.paper import auctions, brackets
from live_monitor.engine.paper.engine_core import EngineCore
from live_monitor.engine.paper.entries import OrderCanceled, OrderExpired, OrderRejected
from live_monitor.engine.paper.market_view import Now

#: Reasons of the engine's own, for programs.
BY_PERSON: Final = "canceled"
EXPIRED: Final = "expired"


def cancel(core: EngineCore, order: Order, reason: str, text: str, now: Now) -> None:
    """Ends an open order with the part that was filled; its children follow."""
    account = core.state.account
    core.rests(order)
    core.write(OrderCanceled(account=account, at_ms=now.ms, order_id=order.order_id, reason=reason, text=text))
    brackets.after_end(core, order, now)


def reject(core: EngineCore, order: Order, refusal: Refusal, now: Now) -> None:
    """Ends an order that the market or the account does not take; nothing of it was filled."""
    account = core.state.account
    core.rests(order)
    core.write(
        OrderRejected(account=account, at_ms=now.ms, order_id=order.order_id, reason=refusal.reason, text=refusal.text)
    )
    brackets.after_end(core, order, now)


def expire(core: EngineCore, order: Order, now: Now) -> None:
    """Ends an order whose time in force is over; what an auction has left is canceled."""
    if order.time_in_force in ("OPG", "CLS"):
        reason, text = auctions.missed(order, None)
        cancel(core, order, reason, text, now)
        return
    reason, text = EXPIRED, f"{order.time_in_force}: the time in force is over."
    core.rests(order)
    account = core.state.account
    core.write(OrderExpired(account=account, at_ms=now.ms, order_id=order.order_id, reason=reason, text=text))
    brackets.after_end(core, order, now)
