"""The default fill model: what the opposite quote displays, and no better (market rules 10.2).

Whoever takes liquidity pays the other side of the quote, at most as many shares as it displays; whoever rests is filled
at its limit, once the opposite quote reaches the limit or a print goes through it.
"""

from __future__ import annotations

from decimal import Decimal

from live_monitor.data.models.market_data import Trade
from live_monitor.data.models.orders import ZERO, AccountSettings, FillModelName, Order, Refusal
from live_monitor.engine.paper.executions import (
    Execution,
    acts_from,
    added,
    fill_price,
    is_limit_now,
    is_market_now,
    opposite,
    receipt_of,
    trade_facts,
    whole,
    worse,
)
from live_monitor.engine.paper.figures import price_words, shares_words
from live_monitor.engine.paper.market_checks import is_sound
from live_monitor.engine.paper.market_view import MarketView, Now


class TouchFills:
    """Fills at the touch: buys pay the ask, sells get the bid. See `fill_models.FillModel`."""

    name: FillModelName = "touch"

    def arrival(
        self, order: Order, view: MarketView, settings: AccountSettings, now: Now
    ) -> Execution | Refusal | None:
        if order.time_in_force in ("OPG", "CLS"):
            return None
        execution = self._taken(order, view, settings, now) if is_sound(view) else None
        if order.time_in_force == "FOK" and (execution is None or execution.quantity < order.remaining):
            return _killed(order, view, execution)
        if order.time_in_force == "IOC" and execution is None:
            return _killed(order, view, execution)
        return execution

    def quote(self, order: Order, view: MarketView, settings: AccountSettings, now: Now) -> Execution | None:
        if order.time_in_force in ("OPG", "CLS") or not is_sound(view) or not acts_from(order, view.quote_ms):
            return None
        if is_market_now(order):
            return self._taken(order, view, settings, now)
        return self._crossed(order, view, now) if is_limit_now(order) else None

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
        del ahead  # touch follows no queue
        if order.time_in_force in ("OPG", "CLS") or not is_limit_now(order) or not acts_from(order, trade.timestamp_ms):
            return None
        past = past_limit(order, trade.price)
        if past < 0 or (past == 0 and not settings.fill_at_touch):
            return None
        available = Decimal(int(trade.size)) if left is None else left
        return self.at_limit(order, view, now, "limit_through" if past else "limit_touched", available, trade)

    def _taken(self, order: Order, view: MarketView, settings: AccountSettings, now: Now) -> Execution | None:
        """Takes the opposite side of the quote: a market order, or a limit that it satisfies."""
        side = order.side
        price, left = (view.ask, view.ask_left) if side == "BUY" else (view.bid, view.bid_left)
        is_market = order.order_type == "MKT"
        limit = None if is_market or not is_limit_now(order) else order.limit_price
        if limit is None and not (is_market or is_market_now(order)):
            return None
        quoted = fill_price(price)
        if limit is not None and (quoted > limit if side == "BUY" else quoted < limit):
            return None
        available, quantity = whole(left), order.remaining
        if available is not None and available < quantity:
            quantity = available
        if quantity <= ZERO:
            return None
        paid, slippage = quoted, ZERO
        if settings.slippage:
            paid = worse(quoted, settings.slippage, side)
            if limit is not None:
                paid = min(paid, limit) if side == "BUY" else max(paid, limit)
            slippage = added(paid, quoted, side)
        rule = "market" if is_market else "stop" if limit is None else "limit_marketable"
        receipt = receipt_of(self.name, rule, order, view, now, slippage=slippage, available=available)
        return Execution(quantity, paid, receipt)

    def _crossed(self, order: Order, view: MarketView, now: Now) -> Execution | None:
        """A limit that rests is reached by the opposite quote."""
        price, left = opposite(view, order.side)
        if past_limit(order, price) < 0:
            return None
        return self.at_limit(order, view, now, "limit_crossed", whole(left), None, ahead=order.queue_ahead)

    def at_limit(
        self,
        order: Order,
        view: MarketView,
        now: Now,
        rule: str,
        available: Decimal | None,
        trade: Trade | None,
        *,
        ahead: Decimal | None = None,
        start: Decimal | None = None,
    ) -> Execution | None:
        """Fills what is `available` (None: all of it) at the order's limit; None where nothing is."""
        quantity = order.remaining if available is None else min(order.remaining, available)
        if quantity <= 0 or order.limit_price is None:
            return None
        facts = None if trade is None else trade_facts(trade)
        receipt = receipt_of(
            self.name, rule, order, view, now, trade=facts, available=available, ahead=ahead, start=start
        )
        return Execution(quantity, order.limit_price, receipt)


def past_limit(order: Order, price: float) -> int:
    """1 for a price beyond the limit in the order's favour, 0 at it, -1 short of it, or absent."""
    assert order.limit_price is not None  # asked of limits only
    limit = float(order.limit_price)
    if price == limit:
        return 0
    return 1 if (price < limit if order.side == "BUY" else price > limit) else -1


def _killed(order: Order, view: MarketView, execution: Execution | None) -> Refusal:
    """Why an immediate order ends without a fill."""
    price, left = opposite(view, order.side)
    name = "ask" if order.side == "BUY" else "bid"
    if not is_sound(view):
        shown = "there is no usable quote"
    elif execution is not None or left <= 0:
        there, wanted = shares_words(whole(left) or ZERO), shares_words(order.remaining)
        shown = f"the {name} of {price_words(price)} has {there} of {wanted} shares"
    else:
        shown = f"the {name} is {price_words(price)}"
    return Refusal(order.time_in_force.lower(), f"{order.time_in_force}: canceled at once, because {shown}.")
