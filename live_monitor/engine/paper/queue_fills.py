"""The fill model with a queue: touch, and a print at the limit counts once all shares displayed ahead have traded.

How many are ahead is known only where the quote displays the order's own price with a size. It never shrinks because
others cancel (market rules 10.2): nobody displays which of them did.
"""

from __future__ import annotations

from decimal import Decimal

from live_monitor.data.models.market_data import Trade
from live_monitor.data.models.orders import ZERO, AccountSettings, FillModelName, Order
from live_monitor.engine.paper.executions import Execution, acts_from, is_limit_now, whole
from live_monitor.engine.paper.market_view import MarketView, Now
from live_monitor.engine.paper.money import CONTEXT
from live_monitor.engine.paper.touch_fills import TouchFills, past_limit


class QueueFills(TouchFills):
    """As `TouchFills`; at its limit an order waits for the shares ahead of it. See `fill_models.FillModel`."""

    name: FillModelName = "queue"

    def trade(
        self,
        order: Order,
        view: MarketView,
        trade: Trade,
        settings: AccountSettings,
        now: Now,
        *,
        left: Decimal | None = None,
        ahead: Decimal | None = None,
    ) -> Execution | None:
        del settings  # a print at the limit needs no permission here: the queue decides
        if order.time_in_force in ("OPG", "CLS") or not is_limit_now(order) or not acts_from(order, trade.timestamp_ms):
            return None
        past = past_limit(order, trade.price)
        if past < 0:
            return None
        available = Decimal(int(trade.size)) if left is None else left
        if past > 0:
            return self.at_limit(order, view, now, "limit_through", available, trade, ahead=_before(order, view, ahead))
        before = _before(order, view, ahead)
        if before is None:
            return None
        available = CONTEXT.subtract(available, before)
        return self.at_limit(order, view, now, "queue", available, trade, ahead=ZERO, start=before)


def queue_ahead(order: Order, view: MarketView) -> Decimal | None:
    """Shares displayed at the order's limit on its own side; 0 where it is the best price; None where nobody can tell.

    Asked when a limit order comes to rest, and while the answer is None again before each print at its limit.
    """
    if order.limit_price is None:
        return None
    limit = float(order.limit_price)
    best, size = (view.bid, view.bid_size) if order.side == "BUY" else (view.ask, view.ask_size)
    if best != best:
        return None
    if limit == best:
        return whole(size)
    return ZERO if (limit > best if order.side == "BUY" else limit < best) else None


def after_trade(order: Order, view: MarketView, trade: Trade, *, ahead: Decimal | None = None) -> Decimal | None:
    """Shares ahead of the order after an eligible `trade`; `ahead`: before it (None: as the order says).

    A print at its limit moves it forward by its shares; once one went through, nobody is ahead. None: still unknown.
    """
    past = past_limit(order, trade.price)
    if past > 0:
        return ZERO
    before = _before(order, view, ahead)
    if before is None or past < 0:
        return before
    return max(CONTEXT.subtract(before, Decimal(int(trade.size))), ZERO)


def _before(order: Order, view: MarketView, ahead: Decimal | None) -> Decimal | None:
    if ahead is None:
        ahead = order.queue_ahead
    return queue_ahead(order, view) if ahead is None else ahead
