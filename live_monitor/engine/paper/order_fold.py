"""What entries do to orders. Called by `account_fold` alone; whatever is refused is refused before anything changes."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from live_monitor.data.models.orders import ZERO, Order
from live_monitor.engine.paper.account_parts import pack_order, packed_client
from live_monitor.engine.paper.entries import (
    OrderAccepted,
    OrderArrived,
    OrderCanceled,
    OrderExpired,
    OrderPlaced,
    OrderRejected,
    OrderReplaced,
    OrderTrailed,
    OrderTriggered,
    QueueMoved,
)
from live_monitor.engine.paper.money import CENT, LARGEST, PRICE_STEP, scaled
from live_monitor.engine.paper.order_life import OrderEvent, after, allows
from live_monitor.engine.paper.reservations import WORKING, claim, reservation
from live_monitor.errors import LedgerError

if TYPE_CHECKING:
    from live_monitor.engine.paper.account import AccountState

#: Closed orders that an account keeps at hand; the journal has them all.
KEPT_CLOSED: Final = 5_000


def found(state: AccountState, order_id: str, event: OrderEvent) -> Order:
    """The open order that an entry speaks of. Raises LedgerError where `event` cannot happen to it."""
    order = state.orders.get(order_id)
    if order is None:
        raise LedgerError(f"Account {state.account} has no open order {order_id}.")
    if not allows(order.state, event):
        raise LedgerError(
            f"Order {order_id} is {order.state.replace('_', ' ')}: {event.replace('_', ' ')} is impossible."
        )
    return order


def _working(state: AccountState, order_id: str) -> Order:
    order = state.orders.get(order_id)
    if order is None or order.state not in WORKING:
        raise LedgerError(f"Account {state.account} has no working order {order_id}.")
    return order


def sound(*values: Decimal | None) -> None:
    """Raises LedgerError for a price or a number of shares that none can be; None is said of nothing."""
    for value in values:
        if value is not None and not (value.is_finite() and ZERO < value < LARGEST):
            raise LedgerError(f"{value} is no price and no number of shares.")


def release(state: AccountState, order: Order) -> None:
    """Takes what the order holds back out of the sums, before it changes."""
    _count(state, order, -1)


def hold(state: AccountState, order: Order) -> None:
    """Puts it back, as it is now."""
    _count(state, order, 1)


def _count(state: AccountState, order: Order, sign: int) -> None:
    if order.side == "BUY":
        # What does not work yet, or no more, holds nothing.
        amount = reservation(order, state.settings) if order.state in WORKING else ZERO
        if amount:
            state.reserved += amount * sign
        return
    sibling = state.orders.get(order.sibling_id) if order.sibling_id else None
    if sibling is None and order.state not in WORKING:
        return
    shares = claim(order, sibling)
    if sibling is not None:
        shares += claim(sibling, order)
    if shares:
        held = state.selling.get(order.symbol, ZERO) + shares * sign
        if held:
            state.selling[order.symbol] = held
        else:
            del state.selling[order.symbol]


def close(state: AccountState, order: Order, event: OrderEvent, at_ms: int) -> None:
    """Ends an order that is released; its sibling alone holds shares from now on."""
    order.state, order.closed_ms = after(order.state, event), at_ms
    del state.orders[order.order_id]
    state.closed[order.order_id] = pack_order(order)
    sibling = state.orders.get(order.sibling_id) if order.sibling_id else None
    if sibling is not None and sibling.side == "SELL":
        shares = claim(sibling, None)
        if shares:
            state.selling[order.symbol] = state.selling.get(order.symbol, ZERO) + shares
    state.tally.order_ended(order.order_id)
    if len(state.closed) > KEPT_CLOSED:
        oldest = next(iter(state.closed))
        client = packed_client(state.closed.pop(oldest))
        if state.client_ids.get(client) == oldest:
            del state.client_ids[client]


def placed(state: AccountState, entry: OrderPlaced) -> None:
    order = entry.order
    if order.order_id != state.next_order_id():
        raise LedgerError(f"Order {order.order_id} was placed where {state.next_order_id()} comes next.")
    if order.account != state.account or order.state not in {"new", "held"} or order.filled:
        raise LedgerError(f"Order {order.order_id} cannot begin like this.")
    sound(
        order.quantity, order.limit_price, order.stop_price, order.trail_amount, order.trail_percent, order.extreme,
        order.reserve_price,
    )  # fmt: skip
    if state.archived:
        raise LedgerError(f"Order {order.order_id} was placed in account {state.account}, which is archived.")
    if order.client_order_id and order.client_order_id in state.client_ids:
        raise LedgerError(f"The client order id of {order.order_id} was used before.")
    state.orders_placed += 1
    state.orders[order.order_id] = replace(order)
    if order.client_order_id:
        state.client_ids[order.client_order_id] = order.order_id


def rejected(state: AccountState, entry: OrderRejected) -> None:
    order = found(state, entry.order_id, "reject")
    order.reason, order.text = entry.reason, entry.text
    release(state, order)
    close(state, order, "reject", entry.at_ms)


def accepted(state: AccountState, entry: OrderAccepted) -> None:
    order = found(state, entry.order_id, "accept")
    sound(entry.quantity, entry.extreme)
    _check_queue(entry.queue_ahead)
    quantity = order.quantity if entry.quantity is None else entry.quantity
    if quantity <= order.filled:
        raise LedgerError(f"Order {order.order_id} was accepted for {quantity} shares.")
    release(state, order)
    order.quantity = quantity
    order.accepted_ms, order.active_ms = entry.at_ms, entry.active_ms
    if entry.expires_ms:
        order.expires_ms = entry.expires_ms
    _stand(order, entry)
    order.state = after(order.state, "accept")
    hold(state, order)


def arrived(state: AccountState, entry: OrderArrived) -> None:
    order = _working(state, entry.order_id)
    if not order.stage:
        raise LedgerError(f"Order {order.order_id} has arrived before.")
    sound(entry.extreme)
    _check_queue(entry.queue_ahead)
    _stand(order, entry)


def _check_queue(ahead: Decimal | None) -> None:
    if ahead is not None and not (ahead.is_finite() and ahead >= 0):
        raise LedgerError(f"There cannot be {ahead} shares ahead of an order.")


def _stand(order: Order, entry: OrderAccepted | OrderArrived) -> None:
    order.stage, order.noted_ms = entry.stage, entry.at_ms
    if entry.extreme is not None:
        order.extreme = entry.extreme
    if entry.queue_ahead is not None:
        order.queue_ahead = entry.queue_ahead
        if order.queue_start is None:
            order.queue_start = entry.queue_ahead


def triggered(state: AccountState, entry: OrderTriggered) -> None:
    order = found(state, entry.order_id, "trigger")
    if order.triggered_ms or order.order_type in {"MKT", "LMT"}:
        raise LedgerError(f"Order {order.order_id} cannot be triggered.")
    order.triggered_ms, order.trigger, order.stage = entry.at_ms, entry.by, "waiting"


def trailed(state: AccountState, entry: OrderTrailed) -> None:
    order = _working(state, entry.order_id)
    sound(entry.extreme)
    known = order.extreme
    if order.order_type != "TRAIL" or (
        known is not None and (entry.extreme < known if order.side == "SELL" else entry.extreme > known)
    ):
        raise LedgerError(f"The trail of order {order.order_id} cannot go back.")
    order.extreme, order.noted_ms = entry.extreme, entry.at_ms


def queue_moved(state: AccountState, entry: QueueMoved) -> None:
    order = _working(state, entry.order_id)
    _check_queue(entry.queue_ahead)
    order.queue_ahead, order.noted_ms = entry.queue_ahead, entry.at_ms
    if order.queue_start is None:
        order.queue_start = entry.queue_ahead


def replaced(state: AccountState, entry: OrderReplaced) -> None:
    """None leaves a term as it is. New terms count from now on: what came before does not fill them."""
    order = found(state, entry.order_id, "replace")
    sound(entry.quantity, entry.limit_price, entry.stop_price, entry.trail_amount, entry.trail_percent)
    _check_queue(entry.queue_ahead)
    if entry.quantity <= order.filled:
        raise LedgerError(f"Order {order.order_id} was replaced by {entry.quantity} shares.")
    release(state, order)
    if not entry.reason:
        moved = entry.limit_price is not None and entry.limit_price != order.limit_price
        moved = moved or entry.quantity > order.quantity
        if moved or entry.queue_ahead is not None:
            order.queue_ahead = order.queue_start = entry.queue_ahead
        if order.state in WORKING:
            order.accepted_ms = order.noted_ms = entry.at_ms
            order.stage, order.active_ms = entry.stage, entry.active_ms
    order.quantity = entry.quantity
    for name in ("limit_price", "stop_price", "trail_amount", "trail_percent"):
        value = getattr(entry, name)
        if value is not None:
            setattr(order, name, value)
    if entry.trail_amount is not None:
        order.trail_percent = None
    elif entry.trail_percent is not None:
        order.trail_amount = None
    hold(state, order)


def canceled(state: AccountState, entry: OrderCanceled) -> None:
    order = found(state, entry.order_id, "cancel")
    order.reason, order.text = entry.reason, entry.text
    release(state, order)
    close(state, order, "cancel", entry.at_ms)


def expired(state: AccountState, entry: OrderExpired) -> None:
    order = found(state, entry.order_id, "expire")
    order.reason, order.text = entry.reason, entry.text
    release(state, order)
    close(state, order, "expire", entry.at_ms)


def split(state: AccountState, symbol: str, ratio: Decimal) -> None:
    """Open orders in new shares, at prices of the same value, rounded to the tick that is worse for the order."""
    for order in state.open_orders(symbol):
        release(state, order)
        order.quantity, order.filled = scaled(order.quantity, ratio), scaled(order.filled, ratio)
        buys = order.side == "BUY"
        order.limit_price = _price(order.limit_price, ratio, up=not buys)
        order.stop_price = _price(order.stop_price, ratio, up=buys)
        order.trail_amount = _price(order.trail_amount, ratio, up=True)
        if order.extreme is not None:
            order.extreme /= ratio
        if order.reserve_price is not None:
            order.reserve_price /= ratio
        if order.queue_ahead is not None:
            order.queue_ahead = scaled(order.queue_ahead, ratio)
        if order.queue_start is not None:
            order.queue_start = scaled(order.queue_start, ratio)
        hold(state, order)


def _price(price: Decimal | None, ratio: Decimal, *, up: bool) -> Decimal | None:
    if price is None:
        return None
    new = price / ratio
    tick = CENT if new >= 1 else PRICE_STEP
    return max(new.quantize(tick, ROUND_CEILING if up else ROUND_FLOOR), tick)
