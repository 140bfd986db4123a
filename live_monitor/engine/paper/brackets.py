"""Families of orders: an entry arms its target and its stop, and one of these ends or reduces the other.

Children are armed once their parent is completely filled, or ends with a part filled, for that part; with `partial_arm`
with each part of its fill. An armed child meets the market with the next quote.
"""

from __future__ import annotations

from decimal import Decimal

from live_monitor.data.models.orders import ZERO, Order
from live_monitor.engine.paper.engine_core import EngineCore
from live_monitor.engine.paper.entries import OrderAccepted, OrderCanceled, OrderReplaced
from live_monitor.engine.paper.executions import is_limit_now
from live_monitor.engine.paper.expiry import end_of
from live_monitor.engine.paper.market_view import Now
from live_monitor.engine.paper.meeting import first_extreme


def after_fill(core: EngineCore, order: Order, quantity: Decimal, now: Now) -> None:
    """What a fill of `quantity` shares means to the relatives of `order`."""
    sibling = core.state.orders.get(order.sibling_id) if order.sibling_id else None
    if sibling is not None:
        _after_sibling(core, sibling, order, quantity, now)
    if not order.is_open:
        _after_parent(core, order, now)
        _stop_parent(core, order, now)
    elif core.state.settings.partial_arm:
        for child in _children(core, order):
            _arm(core, child, order.filled, now)


def after_end(core: EngineCore, order: Order, now: Now) -> None:
    """What it means to the children of `order` that it has ended before it was filled."""
    _after_parent(core, order, now)


def resized(core: EngineCore, order: Order, now: Now) -> None:
    """An entry has another quantity: its held children have it too."""
    for child in _children(core, order):
        if child.state == "held" and child.quantity != order.quantity:
            _resize(core, child, order.quantity, "parent_replaced", now)


def _children(core: EngineCore, order: Order) -> list[Order]:
    ids = core.children.get(order.order_id, ())
    return [child for child in map(core.state.orders.get, ids) if child is not None]


def _after_parent(core: EngineCore, order: Order, now: Now) -> None:
    for child in _children(core, order):
        if order.filled:
            _arm(core, child, order.filled, now)
        elif child.is_open:
            _cancel(core, child, "parent_ended", f"Its entry {order.order_id} ended unfilled.", now)
    core.children.pop(order.order_id, None)


def _stop_parent(core: EngineCore, order: Order, now: Now) -> None:
    """With `partial_arm` an exit may be filled while its entry still works: then the position is over."""
    parent = core.state.orders.get(order.parent_id) if order.parent_id else None
    if parent is not None and order.state == "filled":
        _cancel(core, parent, "exit_filled", f"Its exit {order.order_id} was filled.", now)
        core.children.pop(parent.order_id, None)


def _after_sibling(core: EngineCore, sibling: Order, order: Order, quantity: Decimal, now: Now) -> None:
    left = sibling.quantity - quantity
    if left <= sibling.filled:
        _cancel(core, sibling, "sibling_filled", f"{order.order_id} of the same bracket was filled.", now)
    else:
        _resize(core, sibling, left, "sibling_filled", now)


def _arm(core: EngineCore, child: Order, filled: Decimal, now: Now) -> None:
    """Lets `child` protect `filled` shares of its parent, less what its sibling has taken off already."""
    sibling = core.state.order(child.sibling_id) if child.sibling_id else None
    wanted = filled - (ZERO if sibling is None else sibling.filled)
    if child.state != "held":
        if child.is_open and wanted > child.quantity:
            _resize(core, child, wanted, "parent_filled", now)
        return
    core.write(
        OrderAccepted(
            account=core.state.account,
            at_ms=now.ms,
            order_id=child.order_id,
            active_ms=now.ms,
            expires_ms=end_of(child, core.calendar, now.ms),
            stage="waiting" if is_limit_now(child) else "",
            quantity=wanted,
            extreme=first_extreme(core, child, now),
        )
    )
    core.works(child)


def _resize(core: EngineCore, order: Order, quantity: Decimal, reason: str, now: Now) -> None:
    core.write(
        OrderReplaced(
            account=core.state.account, at_ms=now.ms, order_id=order.order_id, quantity=quantity, reason=reason
        )
    )


def _cancel(core: EngineCore, order: Order, reason: str, text: str, now: Now) -> None:
    """Ends a relative; it has no further relatives that this would concern."""
    core.rests(order)
    core.write(
        OrderCanceled(account=core.state.account, at_ms=now.ms, order_id=order.order_id, reason=reason, text=text)
    )
