"""What an order would cost and change, before it is placed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from live_monitor.data.models.orders import Fees, Order, Refusal

if TYPE_CHECKING:
    from live_monitor.engine.paper.risk import RiskLine


class Preview(NamedTuple):
    """One order at today's prices; nothing is reserved and nothing is journaled by asking.

    `order`: as it would be placed, None where its terms cannot be read. `price`: USD per share that the cost is
    reckoned with, and `price_from` says whose ("ask", "limit", "stop", "last"); None where no price may be used.
    `cost`: quantity times price, positive for both sides; `buying_power_after` of the account once it is filled.
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
