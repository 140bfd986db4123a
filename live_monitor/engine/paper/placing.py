"""How an order comes in: understood, judged, written down, and taken to the market."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from msgspec.structs import replace

from live_monitor.data.models.orders import ZERO, Order, Refusal
from live_monitor.engine.paper import brackets, risk
from live_monitor.engine.paper.bracket_rules import closes_instead, judge_sides
from live_monitor.engine.paper.ending import cancel, reject
from live_monitor.engine.paper.engine_core import EngineCore
from live_monitor.engine.paper.entries import OrderAccepted, OrderArrived, OrderPlaced, OrderReplaced
from live_monitor.engine.paper.expiry import end_of
from live_monitor.engine.paper.filling import fill, lock
from live_monitor.engine.paper.funds import check_funds, opens
from live_monitor.engine.paper.market_view import Now
from live_monitor.engine.paper.meeting import Meeting, basis, first_extreme, first_place, meet
from live_monitor.engine.paper.notes import note
from live_monitor.engine.paper.order_rules import Changes, side_of_market
from live_monitor.engine.paper.risk_measures import distance_to_stop

#: The limit that prices alone may reach, between two fills.
_LOSS: Final = "daily_loss"
#: What a bracket is judged by.
_PRICES: Final = ("limit_price", "stop_price", "trail_amount", "trail_percent")
#: They never rest.
_AT_ONCE: Final = ("IOC", "FOK")


def judge(core: EngineCore, order: Order, children: Sequence[Order], price: Decimal | None, now: Now) -> Refusal | None:
    """Why the account or its limits refuse the order, or the order in its new terms; None: they do not.

    `price`: what it is reckoned at (`basis`).
    """
    state = core.state
    if order.stop_price is not None or children:
        view = core.book(order.symbol).view
        wrong = side_of_market(order, view, children=children, trigger=state.settings.stop_trigger)
        wrong = wrong or closes_instead(order, children, state.quantity(order.symbol))
        if wrong is not None:
            return wrong
    marks = core.marks(now)
    fees = ZERO
    if price is not None:
        fees = core.fees(order, order.remaining, price).total
    # Without limits only a lock that lasts can refuse, and the rest need not be measured.
    if state.settings.risk.enabled or state.tally.locks:
        refused = risk.check(state, order, children, price, marks, now.ms, core.calendar, fees=fees)
        if refused is not None:
            return refused
    if price is None and opens(state, order):
        return Refusal("no_price", f"No price of {order.symbol} is known, so that its cost cannot be checked.")
    return check_funds(state, order, ZERO if price is None else price, marks)


class Submitted(NamedTuple):
    """The order as it stands in the account, and why it was refused, if it was."""

    order: Order
    refused: Refusal | None


def submit(core: EngineCore, order: Order, children: Sequence[Order], now: Now) -> Submitted:
    """Writes the intent down, and takes the order in or refuses it."""
    state = core.state
    meeting = _meeting(core, order, now)
    refused = refused_by_market(order, meeting)
    price = basis(core, order).price
    if refused is None:
        refused = judge(core, order, children, price, now)
        if refused is not None and refused.reason == _LOSS:
            # Prices alone have brought it; from now on no price lifts it.
            lock(core, now)
    if order.side == "BUY" and order.limit_price is None and order.stop_price is None:
        order.reserve_price = price
    core.write(OrderPlaced(account=state.account, at_ms=now.ms, order=order))
    placed = state.orders[order.order_id]
    for child in children:
        core.write(OrderPlaced(account=state.account, at_ms=now.ms, order=child))
        core.children.setdefault(order.order_id, []).append(child.order_id)
    if refused is not None:
        reject(core, placed, refused, now)
        return Submitted(placed, refused)
    latency = state.settings.latency_ms
    core.write(
        OrderAccepted(
            account=state.account,
            at_ms=now.ms,
            order_id=order.order_id,
            active_ms=now.ms + latency,
            expires_ms=end_of(order, core.calendar, now.ms),
            stage="flight" if latency else meeting.stage,
            extreme=None if latency else first_extreme(core, order, now),
            queue_ahead=None if latency else _place(core, order, meeting),
        )
    )
    if latency:
        core.works(placed)
    else:
        settle(core, placed, meeting, now)
    return Submitted(placed, None)


def arrive(core: EngineCore, order: Order, now: Now) -> None:
    """An order whose latency is over, or that waits for its first usable quote, meets the market."""
    meeting = meet(core, order, now)
    if meeting.answer is None and meeting.stage != order.stage:
        core.write(
            OrderArrived(
                account=core.state.account,
                at_ms=now.ms,
                order_id=order.order_id,
                stage=meeting.stage,
                extreme=first_extreme(core, order, now) if order.extreme is None and not order.triggered_ms else None,
                queue_ahead=_place(core, order, meeting) if order.queue_ahead is None else None,
            )
        )
    settle(core, order, meeting, now)


def change(core: EngineCore, order: Order, changes: Changes, now: Now) -> Refusal | None:
    """Gives an open order other terms, or says why not. With latency they take effect after it, and until then the
    order trades at neither. Raises InvalidPaperOrder for prices that cannot belong to its bracket.
    """
    state = core.state
    wanted = replace(order, **changes._asdict())
    held = order.state == "held"
    refused = _judge_family(core, order, wanted, now)
    if refused is not None:
        return refused
    if not held:
        children = [child for child in map(state.orders.get, core.children.get(order.order_id, ())) if child]
        refused = judge(core, wanted, children, basis(core, wanted).price, now)
        if refused is not None:
            return refused
    meeting = Meeting(None, None) if held else _meeting(core, wanted, now)
    if isinstance(meeting.answer, Refusal):
        return meeting.answer
    latency = 0 if held else state.settings.latency_ms
    # Another price, or more shares at the same one, stands behind all that is displayed there; fewer keep their place.
    moved = wanted.limit_price != order.limit_price or wanted.quantity > order.quantity
    if moved:
        core.book(order.symbol).queues.pop(order.order_id, None)
    else:
        note(core, order, now)
    core.write(
        OrderReplaced(
            account=state.account,
            at_ms=now.ms,
            order_id=order.order_id,
            quantity=changes.quantity,
            limit_price=changes.limit_price,
            stop_price=changes.stop_price,
            trail_amount=changes.trail_amount,
            trail_percent=changes.trail_percent,
            queue_ahead=_place(core, wanted, meeting) if moved and not latency else None,
            stage="flight" if latency else meeting.stage,
            active_ms=now.ms + latency,
        )
    )
    brackets.resized(core, order, now)
    if held:
        return None
    if latency:
        core.works(order)
    else:
        settle(core, order, meeting, now)
    return None


def _judge_family(core: EngineCore, order: Order, wanted: Order, now: Now) -> Refusal | None:
    """Why an entry, or a child of one that is held, cannot have the prices that are `wanted`; None: nothing against it.

    A stop that comes nearer is not measured: it only takes risk off.
    """
    if all(getattr(wanted, name) == getattr(order, name) for name in _PRICES):
        return None
    state, held = core.state, order.state == "held"
    parent = state.orders.get(order.parent_id) if held else wanted
    ids = core.children.get(order.parent_id if held else order.order_id, ())
    before = [child for child in map(state.orders.get, ids) if child is not None and child.state == "held"]
    if parent is None or not before:
        return None
    children = [wanted if child.order_id == order.order_id else child for child in before]
    judge_sides(parent, children)
    price = basis(core, parent).price
    if not held or price is None:
        return None
    far, near = distance_to_stop(children, price), distance_to_stop(before, price)
    if far is None or near is None or far <= near:
        return None
    return risk.stop_problem(state, parent, children, price, core.marks(now), now.ms, core.calendar)


def settle(core: EngineCore, order: Order, meeting: Meeting, now: Now) -> None:
    """What becomes of a working order after it met the market."""
    answer = meeting.answer
    if isinstance(answer, Refusal):
        cancel(core, order, answer.reason, answer.text, now)
    elif answer is not None:
        fill(core, order, answer, now)
    else:
        core.works(order)
    if order.is_open and order.time_in_force in _AT_ONCE:
        name = order.time_in_force
        left = f"{order.remaining:f} of {order.quantity:f} shares were not to be had at once."
        cancel(core, order, name.lower(), f"{name}: {left}", now)


def refused_by_market(order: Order, meeting: Meeting) -> Refusal | None:
    """What refuses the order outright. An immediate one that met nothing to trade with is taken, and canceled."""
    answer = meeting.answer
    if not isinstance(answer, Refusal):
        return None
    taken = order.time_in_force in _AT_ONCE and (order.order_type != "MKT" or answer.reason in ("ioc", "fok"))
    return None if taken else answer


def _meeting(core: EngineCore, order: Order, now: Now) -> Meeting:
    """What the order meets, where it is there at once."""
    return Meeting(None, None) if core.state.settings.latency_ms else meet(core, order, now)


def _place(core: EngineCore, order: Order, meeting: Meeting) -> Decimal | None:
    """Shares ahead of an order that rests after `meeting`."""
    return first_place(core, order) if meeting.answer is None and meeting.problem is None else None
