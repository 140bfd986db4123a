"""What an order would cost and change, before it is placed."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from live_monitor.data.models.orders import ZERO, Fees, Order, OrderParams, Refusal
from live_monitor.engine.paper import costs, order_rules, risk, snapshots
from live_monitor.engine.paper.engine_core import EngineCore
from live_monitor.engine.paper.market_view import Now
from live_monitor.engine.paper.meeting import Meeting, basis, meet
from live_monitor.engine.paper.money import cents
from live_monitor.engine.paper.placing import judge, refused_by_market
from live_monitor.engine.paper.risk_words import RiskLine
from live_monitor.errors import InvalidPaperOrder


class Preview(NamedTuple):
    """One order at the prices of now; nothing is reserved and nothing is journaled by asking.

    `order`: as it would be placed, None where its terms cannot be read. `price`: USD per share that it is reckoned at,
    and `price_from` says whose ("ask", "limit", "stop", "last"); None where no price is known. `cost`: USD that it
    takes with its fees, negative where it brings some. `buying_power_after`: once it is filled at that price.
    `refusal`: why it would be refused now; None: it would be taken.
    """

    order: Order | None
    children: tuple[Order, ...]
    price: Decimal | None
    price_from: str
    cost: Decimal | None
    fees: Fees
    buying_power: Decimal
    buying_power_after: Decimal | None
    risk: tuple[RiskLine, ...]
    refusal: Refusal | None


def preview(core: EngineCore, params: OrderParams, now: Now) -> Preview:
    """See `AccountEngine.preview`."""
    core.begin()
    state = core.state
    marks = core.marks(now)
    power = snapshots.snapshot(state, marks, now.ms, core.working()).stock_buying_power
    try:
        order, children = order_rules.checked(
            params, state.account, state.next_order_id(), now.ms, settings=state.settings, calendar=core.calendar
        )
    except InvalidPaperOrder as problem:
        refusal = Refusal(problem.reason, str(problem))
        return Preview(None, (), None, "", None, Fees(), power, None, (), refusal)
    price, whose = basis(core, order)
    fees = Fees()
    cost = None
    if price is not None:
        fees = costs.fees(state.settings, order.side, order.quantity, price, state.today)
        amount = cents(order.quantity * price)
        cost = fees.total + (amount if order.side == "BUY" else -amount)
    lines = risk.lines(state, order, children, price, marks, now.ms, core.calendar, fees=fees.total)
    return Preview(
        order,
        children,
        price,
        whose,
        cost,
        fees,
        power,
        None if cost is None else max(power - cost, ZERO),
        lines,
        _refusal(core, order, children, price, now),
    )


def _refusal(
    core: EngineCore, order: Order, children: tuple[Order, ...], price: Decimal | None, now: Now
) -> Refusal | None:
    if core.state.archived:
        return Refusal("account_archived", "This account is archived: it can only be read.")
    meeting = Meeting(None, None) if core.state.settings.latency_ms else meet(core, order, now)
    return refused_by_market(order, meeting) or judge(core, order, children, price, now)
