"""Orders for the opening and the closing auction (OPG, CLS): they fill at its print, or not at all (market rules 10.2).

An auction is known by the sale conditions of its print, and which exchange lists a stock is not known. A print of an
auction settles the order: what it leaves is canceled. Official prices are another matter: each exchange sends its own,
often of the few shares that it traded first. They fill from a round lot up, and end nothing. Where a source marks
neither, such an order ends unfilled, and says so.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal, NamedTuple

from live_monitor.data.models.market_data import Conditions, Trade
from live_monitor.data.models.orders import AccountSettings, Order, Refusal
from live_monitor.engine.market.sessions import Calendar, SessionTimes
from live_monitor.engine.paper.executions import Execution, acts_from, fill_price, receipt_of, trade_facts
from live_monitor.engine.paper.figures import price_words, shares_words
from live_monitor.engine.paper.market_view import MarketView, Now

Auction = Literal["open", "close"]

#: Ids of the table (market rules 2.1), as Lean's bits, and of IQFeed, which names the basis of a print first and has
#: codes of its own.
_IQFEED_BASES: Final[frozenset[int | str]] = frozenset({"C", "E", "O"})
_PRINTS: Final[dict[Auction, frozenset[int | str]]] = {
    "open": frozenset({17, 25, "17", "25", "40"}),
    "close": frozenset({8, 19, "8", "19", "80"}),
}
_OFFICIAL: Final[dict[Auction, frozenset[int | str]]] = {
    "open": frozenset({16, "16", "4000000"}),
    "close": frozenset({15, "15", "1000000"}),
}
_IQFEED_PRINTS: Final[dict[Auction, frozenset[int | str]]] = {"open": frozenset(), "close": frozenset({"40"})}
_IQFEED_OFFICIAL: Final[dict[Auction, frozenset[int | str]]] = {"open": frozenset({"39"}), "close": frozenset({"2E"})}


class Mark(NamedTuple):
    """Of which auction a print is. `official`: it says the official price of one exchange."""

    auction: Auction
    official: bool


def mark_of(conditions: Conditions) -> Mark | None:
    """Which auction a print with these conditions is of; None: of none. Reopening auctions after a halt are none."""
    if not conditions:
        return None
    iqfeed = conditions[0] in _IQFEED_BASES
    for official, table in (
        (False, _IQFEED_PRINTS if iqfeed else _PRINTS),
        (True, _IQFEED_OFFICIAL if iqfeed else _OFFICIAL),
    ):
        for auction, ids in table.items():
            if not ids.isdisjoint(conditions):
                return Mark(auction, official)
    return None


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
    fill (Refusal: the limit was not met, or no share is left), or nothing (None).

    Sale conditions that move no last price (official open and close) count; a suspect print must not come here. `left`:
    shares of the print that own orders have not taken yet (None: all). After an execution ask `after`.
    """
    mark = _mark_for(order, trade, calendar)
    if mark is None:
        return None
    price, limit = fill_price(trade.price), order.limit_price
    available = Decimal(int(trade.size)) if left is None else left
    quantity = min(order.remaining, available)
    if quantity <= 0 or (limit is not None and (price > limit if order.side == "BUY" else price < limit)):
        return None if mark.official else missed(order, price)
    facts, rule = trade_facts(trade), f"auction_{mark.auction}"
    receipt = receipt_of(settings.fill_model, rule, order, view, now, trade=facts, available=available)
    return Execution(quantity, price, receipt)


def after(order: Order, trade: Trade) -> Refusal | None:
    """How an order ends that `trade` has filled in part; None: it goes on waiting for a print of the auction."""
    mark = mark_of(trade.conditions)
    return None if mark is None or mark.official else missed(order, fill_price(trade.price))


def _mark_for(order: Order, trade: Trade, calendar: Calendar) -> Mark | None:
    """The mark of a print of the auction that `order` is for; None for any other."""
    mark = mark_of(trade.conditions)
    wanted: Auction = "open" if order.time_in_force == "OPG" else "close"
    if mark is None or mark.auction != wanted or not acts_from(order, trade.timestamp_ms):
        return None
    if mark.official and trade.size < _round_lot(trade.price):
        return None
    times = calendar.session_bounds(trade.timestamp_ms)
    return mark if times is not None and _in_time(wanted, trade.timestamp_ms, times) else None


def _round_lot(price: float) -> int:
    """Shares of a round lot, by the price of the print for want of last month's (market rules 4.4)."""
    if price <= 250.0:
        return 100
    if price <= 1_000.0:
        return 40
    return 10 if price <= 10_000.0 else 1


def missed(order: Order, price: Decimal | None) -> Refusal:
    """Why an auction order ends with shares unfilled; `price`: of the auction, None where no print of it came."""
    name = "opening" if order.time_in_force == "OPG" else "closing"
    if price is None:
        if order.filled:
            return Refusal("auction_size", f"The {name} auction left {shares_words(order.remaining)} shares unfilled.")
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
