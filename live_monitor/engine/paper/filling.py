"""An execution becomes an entry, and everything that follows from it: what is left of the order, its family, locks."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from live_monitor.data.models.orders import ZERO, Order, Refusal
from live_monitor.engine.paper import brackets, risk
from live_monitor.engine.paper.day_turn import turn_day
from live_monitor.engine.paper.ending import cancel
from live_monitor.engine.paper.engine_core import EngineCore
from live_monitor.engine.paper.entries import Filled, QueueMoved, Warned
from live_monitor.engine.paper.executions import Execution
from live_monitor.engine.paper.funds import affordable, check_funds
from live_monitor.engine.paper.market_view import Now
from live_monitor.engine.paper.risk_measures import net_liq
from live_monitor.engine.paper.settlement import good_faith_problem

#: A part of a share may be left that the account could pay for: only whole ones are filled where cash runs out.
_NOT_ALL: Final = Refusal("insufficient_cash", "The account cannot pay for the rest.")

#: Executions have 4 decimals; what is less than half of the last is no price of one.
_TOO_CHEAP: Final = Refusal("no_price", "The market is below 0.0001 USD: no execution can have such a price.")


def fill(core: EngineCore, order: Order, execution: Execution, now: Now) -> Decimal:
    """Books the execution, or as much of it as the account can settle; the rest of the order is canceled then.

    Returns the shares that were filled.
    """
    state = core.state
    if execution.price <= ZERO:
        cancel(core, order, *_TOO_CHEAP, now)
        return ZERO
    if now.ms >= core.day_end_ms:
        turn_day(core, now, patient=False)
    quantity = _payable(core, order, execution)
    if quantity:
        _write(core, order, execution, quantity, now)
    if quantity < execution.quantity and order.is_open:
        marks = core.marks(now)
        problem = check_funds(state, order, execution.price, marks, execution.quantity - quantity) or _NOT_ALL
        cancel(core, order, problem.reason, problem.text, now)
        sibling = state.orders.get(order.sibling_id)
        if sibling is not None:
            # Of what both were to take off nothing is held any more: the other would sell what is bought later.
            cancel(core, sibling, problem.reason, problem.text, now)
    if quantity:
        if order.is_open:
            core.works(order)
        else:
            core.rests(order)
        if order.sibling_id or order.parent_id or order.role:
            brackets.after_fill(core, order, quantity, now)
        lock(core, now)
    return quantity


def lock(core: EngineCore, now: Now) -> None:
    """Writes down every lock that the limits ask for now."""
    if not core.state.settings.risk.enabled:
        return
    worth = net_liq(core.state, core.marks(now))
    found = risk.after_fill(core.state, now.ms, core.calendar, worth)
    while found is not None:
        core.write(found)
        for order in risk.to_cancel(core.state, found):
            if order.is_open:
                cancel(core, order, found.reason, found.text, now)
        found = risk.after_fill(core.state, now.ms, core.calendar, worth)


def _payable(core: EngineCore, order: Order, execution: Execution) -> Decimal:
    def fees_of(quantity: Decimal) -> Decimal:
        return core.fees(order, quantity, execution.price).total

    found = affordable(core.state, order, execution.price, fees_of)
    if found >= execution.quantity:
        return execution.quantity
    return ZERO if order.time_in_force == "FOK" else found


def _write(core: EngineCore, order: Order, execution: Execution, quantity: Decimal, now: Now) -> None:
    state, price = core.state, execution.price
    ahead = core.ahead(order)
    if ahead is not None and ahead != order.queue_ahead:
        core.write(QueueMoved(account=state.account, at_ms=now.ms, order_id=order.order_id, queue_ahead=ahead))
    warning = good_faith_problem(state, order.symbol, quantity) if order.side == "SELL" else None
    fees = core.fees(order, quantity, price)
    core.write(
        Filled(
            account=state.account,
            at_ms=now.ms,
            execution_id=state.next_execution_id(),
            order_id=order.order_id,
            symbol=order.symbol,
            side=order.side,
            quantity=quantity,
            price=price,
            fees=fees,
            receipt=execution.receipt,
        )
    )
    if warning is not None:
        core.write(Warned(account=state.account, at_ms=now.ms, reason=warning.reason, text=warning.text))
    if execution.receipt.trade is None:
        _consume(core, order, float(quantity))


def _consume(core: EngineCore, order: Order, quantity: float) -> None:
    """Takes the shares out of what the quote still displays; NaN, where it displays none, stays."""
    view = core.book(order.symbol).view
    # A comparison with NaN is False, and less of NaN is NaN.
    if order.side == "BUY":
        left = view.ask_left - quantity
        view.ask_left = 0.0 if left < 0.0 else left
    else:
        left = view.bid_left - quantity
        view.bid_left = 0.0 if left < 0.0 else left
