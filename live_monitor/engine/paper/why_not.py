"""Why an order is not filled now, in one line."""

from __future__ import annotations

from decimal import Decimal

from live_monitor.data.models.orders import AccountSettings, Order
from live_monitor.engine.market.sessions import Calendar
from live_monitor.engine.paper.market_view import MarketView, Now


def why_not(
    order: Order,
    view: MarketView | None,
    settings: AccountSettings,
    calendar: Calendar,
    now: Now,
    *,
    feed_up: bool,
    stop: Decimal | None = None,
    ahead: Decimal | None = None,
) -> str:
    """What `order` waits for. `stop`: where a trailing stop stands now; `ahead`: shares ahead of it, where newer than
    the order says."""
    raise NotImplementedError
