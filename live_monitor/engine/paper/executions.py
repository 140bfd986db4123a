"""What fill models share: executions, and the facts of quote and print that a receipt keeps."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from live_monitor.data.models.market_data import Trade
from live_monitor.data.models.orders import (
    ZERO,
    FillModelName,
    Order,
    QuoteFacts,
    Receipt,
    Side,
    TradeFacts,
)
from live_monitor.engine.paper.market_view import MarketView, Now
from live_monitor.engine.paper.money import CONTEXT, exact, price4, price_of
from live_monitor.engine.paper.trailing import trail_stop


class Execution(NamedTuple):
    """`quantity` shares at `price` USD, and why. Fees are added by the engine."""

    quantity: Decimal
    price: Decimal
    receipt: Receipt


def age_ms(received: float, now: Now) -> int:
    """Whole ms since `received` (monotonic seconds), never negative; -1 where nothing was received (NaN)."""
    if received != received:
        return -1
    age = round((now.monotonic - received) * 1000.0)
    return age if age > 0 else 0


def number(value: float) -> Decimal | None:
    """A price or a size of the feed, exactly; None where it is absent (NaN)."""
    return fact(value) if value == value else None


@lru_cache(maxsize=4_096)
def fact(value: float) -> Decimal:
    """A price or a size of the feed, exactly. Raises ValueError where it is absent."""
    whole_part = int(value)
    return Decimal(whole_part) if whole_part == value else price_of(value)


def quote_facts(view: MarketView, now: Now) -> QuoteFacts | None:
    """The quote in force, as a receipt keeps it; None where none was received."""
    if view.received != view.received:
        return None
    bid, bid_size, ask, ask_size = view.bid, view.bid_size, view.ask, view.ask_size
    # NaN, which is absent, is not equal to itself.
    return QuoteFacts(
        view.quote_ms,
        age_ms(view.received, now),
        fact(bid) if bid == bid else None,
        fact(bid_size) if bid_size == bid_size else None,
        fact(ask) if ask == ask else None,
        fact(ask_size) if ask_size == ask_size else None,
    )


def trade_facts(trade: Trade, age: int = 0) -> TradeFacts:
    """A print as a receipt keeps it, `age` ms after it was received."""
    return TradeFacts(at_ms=trade.timestamp_ms, age_ms=age, price=fact(trade.price), size=fact(trade.size))


def last_facts(view: MarketView, now: Now) -> TradeFacts | None:
    """The last eligible print; None where none was received."""
    if view.last != view.last:
        return None
    size = ZERO if view.last_size != view.last_size else fact(view.last_size)
    return TradeFacts(
        at_ms=view.last_ms, age_ms=max(age_ms(view.last_received, now), 0), price=fact(view.last), size=size
    )


def opposite(view: MarketView, side: Side) -> tuple[float, float]:
    """Price, and displayed shares not yet consumed, of the side that `side` trades against; NaN where absent."""
    return (view.ask, view.ask_left) if side == "BUY" else (view.bid, view.bid_left)


def whole(size: float) -> Decimal | None:
    """Whole shares of a displayed size; None where the source displays none (NaN)."""
    return Decimal(int(size)) if size == size else None


def worse(price: Decimal, slippage: Decimal, side: Side) -> Decimal:
    """`price` with `slippage` against the order, to 4 decimals; slippage never takes it to 0 or below."""
    if not slippage:
        return price
    moved = CONTEXT.add(price, slippage) if side == "BUY" else CONTEXT.subtract(price, slippage)
    rounded = price4(moved)
    return exact(rounded) if rounded > 0 else price


def added(price: Decimal, quoted: Decimal, side: Side) -> Decimal:
    """By how much `price` is worse than `quoted`, in USD per share."""
    if price == quoted:
        return ZERO
    return CONTEXT.subtract(price, quoted) if side == "BUY" else CONTEXT.subtract(quoted, price)


@lru_cache(maxsize=4_096)
def fill_price(value: float) -> Decimal:
    """The price of an execution at a price of the feed: 4 decimals, half up. Raises ValueError where it is absent."""
    # Nearly every price has no more decimals than that.
    return fact(value) if round(value, 4) == value else exact(price4(price_of(value)))


def acts_from(order: Order, at_ms: int) -> bool:
    """True for an event stamped `at_ms` that may fill `order`: younger than its acceptance, and not before it works."""
    return at_ms > order.accepted_ms and at_ms >= order.active_ms


def is_market_now(order: Order) -> bool:
    """True while it takes any price: a market order, or a stop that was triggered."""
    return order.order_type == "MKT" or (order.order_type in ("STP", "TRAIL") and order.triggered_ms > 0)


def is_limit_now(order: Order) -> bool:
    """True while it has a limit and needs no trigger any more."""
    return order.order_type == "LMT" or (order.order_type == "STP_LMT" and order.triggered_ms > 0)


def receipt_of(  # noqa: PLR0913 - a receipt has that many facts
    model: FillModelName,
    rule: str,
    order: Order,
    view: MarketView,
    now: Now,
    *,
    slippage: Decimal = ZERO,
    trade: TradeFacts | None = None,
    available: Decimal | None = None,
    ahead: Decimal | None = None,
    start: Decimal | None = None,
) -> Receipt:
    """The receipt of a fill now. `ahead`: shares still ahead of it in the queue, where that is followed; `start`: the
    first that were known of them, where the order does not say."""
    start = order.queue_start if order.queue_start is not None else start
    latency_ms = order.active_ms - order.accepted_ms
    # By place, not by name: it is made with every fill.
    return Receipt(
        model,
        rule,
        view.source,
        quote_facts(view, now),
        trade,
        latency_ms if latency_ms > 0 else 0,
        slippage,
        start,
        None if start is None else CONTEXT.subtract(start, ahead or ZERO),
        order.trigger,
        order.limit_price,
        _stop(order) if order.order_type == "TRAIL" else order.stop_price,
        available,
    )


def _stop(order: Order) -> Decimal | None:
    """Where its stop stood: for a trailing order that follows from its best price."""
    if order.order_type == "TRAIL" and order.extreme is not None:
        return trail_stop(order, order.extreme)
    return order.stop_price
