"""Orders for the opening and the closing auction (OPG, CLS): they fill at its print, or not at all (market rules 10.2).

An auction is known by the sale conditions of its print. Recordings of IQFeed mark only the official prices and the
closing cross, and a feed without conditions marks none: then such an order ends unfilled, and says so.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal

from live_monitor.data.models.market_data import Conditions, Trade
from live_monitor.data.models.orders import AccountSettings, Order, Refusal
from live_monitor.engine.market.sessions import Calendar, SessionTimes
from live_monitor.engine.paper.executions import Execution, acts_from, fill_price, receipt_of, trade_facts
from live_monitor.engine.paper.figures import price_words, shares_words
from live_monitor.engine.paper.market_view import MarketView, Now

Auction = Literal["open", "close"]

#: Ids of the table (market rules 2.1): opening print, official open; closing print, official close. Texts: Lean's bits.
_OPEN: Final[frozenset[int | str]] = frozenset({17, 25, 16, "17", "25", "16", "40", "4000000"})
_CLOSE: Final[frozenset[int | str]] = frozenset({8, 19, 15, "8", "19", "15", "80", "1000000"})
#: IQFeed names the basis of a print first, then codes of a numbering of its own.
_IQFEED_BASES: Final[frozenset[int | str]] = frozenset({"C", "E", "O"})
_IQFEED_OPEN: Final[frozenset[int | str]] = frozenset({"39"})
_IQFEED_CLOSE: Final[frozenset[int | str]] = frozenset({"40", "2E"})


def auction_of(conditions: Conditions) -> Auction | None:
    """Which auction a print with these conditions is of; None: of none. Reopening auctions after a halt are none."""
    if not conditions:
        return None
    iqfeed = conditions[0] in _IQFEED_BASES
    if not (_IQFEED_OPEN if iqfeed else _OPEN).isdisjoint(conditions):
        return "open"
    return None if (_IQFEED_CLOSE if iqfeed else _CLOSE).isdisjoint(conditions) else "close"


def fill(
    order: Order,
    view: MarketView,
    trade: Trade,
    settings: AccountSettings,
    calendar: Calendar,
    now: Now,
    *,
    left: Decimal | None = None,
) -> Execution | Refusal | None:
    """What a print means to an OPG or CLS order: its auction's price for as many shares as printed, an end without a
    fill (Refusal: its limit was not met), or nothing (None). What an execution leaves is canceled by the engine.

    Sale conditions that move no last price (official open and close) count; a suspect print must not come here. `left`:
    shares of the print that own orders have not taken yet (None: all).
    """
    wanted: Auction = "open" if order.time_in_force == "OPG" else "close"
    if auction_of(trade.conditions) != wanted or not acts_from(order, trade.timestamp_ms):
        return None
    times = calendar.session_bounds(trade.timestamp_ms)
    if times is None or not _in_time(wanted, trade.timestamp_ms, times):
        return None
    price, limit = fill_price(trade.price), order.limit_price
    if limit is not None and (price > limit if order.side == "BUY" else price < limit):
        return missed(order, price)
    available = Decimal(int(trade.size)) if left is None else left
    quantity = min(order.remaining, available)
    if quantity <= 0:
        return missed(order, price)
    facts = trade_facts(trade)
    receipt = receipt_of(settings.fill_model, f"auction_{wanted}", order, view, now, trade=facts, available=available)
    return Execution(quantity, price, receipt)


def missed(order: Order, price: Decimal | None) -> Refusal:
    """Why an auction order ends with shares unfilled; `price`: of the auction, None where no print of it came."""
    name = "opening" if order.time_in_force == "OPG" else "closing"
    if price is None:
        return Refusal("no_auction", f"No print of the {name} auction came; the source may not mark them.")
    limit = order.limit_price
    if limit is not None and (price > limit if order.side == "BUY" else price < limit):
        return Refusal(
            "auction_missed", f"The {name} auction was at {price_words(price)}; the limit was {price_words(limit)}."
        )
    return Refusal(
        "auction_size", f"The {name} auction printed too few shares: {shares_words(order.remaining)} are left."
    )


def _in_time(auction: Auction, at_ms: int, times: SessionTimes) -> bool:
    """An opening print of the regular session; a closing print from its end on (early openings of Arca are neither)."""
    return times.open_ms <= at_ms < times.close_ms if auction == "open" else times.close_ms <= at_ms <= times.post_ms
