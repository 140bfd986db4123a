"""The orders of one account in one symbol, and the prices that wake any of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from live_monitor.data.models.orders import Order
from live_monitor.engine.paper.market_view import MarketView
from live_monitor.engine.paper.resting import PriceHeap
from live_monitor.engine.paper.trailing import Trails

INF: Final = math.inf
NAN: Final = math.nan


class Line:
    """Orders that any event may fill, oldest first."""

    __slots__ = ("_ids",)

    def __init__(self) -> None:
        self._ids: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._ids))

    def add(self, order_id: str) -> None:
        """It stands last."""
        self._ids[order_id] = None

    def discard(self, order_id: str) -> None:
        """It is gone."""
        del self._ids[order_id]


def number_of(order: Order) -> int:
    """The place in time of an order: ids are counted."""
    return int(order.order_id[1:])


class Book:
    """Orders that work, by what wakes them, and thresholds that say in one comparison that nothing does.

    A quote wakes at `ask <= ask_under`, `ask >= ask_over`, `bid >= bid_over` or `bid <= bid_under`, an eligible print
    at `price <= low` or `price >= high`; NaN is never reached. `by_quote`: stops look at quotes instead of at prints.
    """

    __slots__ = (
        "ask_over",
        "ask_under",
        "auctions",
        "bid_over",
        "bid_under",
        "buy_limits",
        "buy_stops",
        "buy_trails",
        "by_quote",
        "high",
        "low",
        "markets",
        "note_ms",
        "queues",
        "sell_limits",
        "sell_stops",
        "sell_trails",
        "view",
        "where",
    )

    def __init__(self, view: MarketView, *, by_quote: bool) -> None:
        self.view = view
        self.by_quote = by_quote
        self.buy_limits, self.sell_limits = PriceHeap("highest"), PriceHeap("lowest")
        self.buy_stops, self.sell_stops = PriceHeap("lowest"), PriceHeap("highest")
        self.buy_trails, self.sell_trails = Trails(buys=True), Trails(buys=False)
        #: Market orders, and stops that were triggered, which wait for the next quote.
        self.markets = Line()
        #: Orders for the opening or the closing auction.
        self.auctions = Line()
        self.where: dict[str, PriceHeap | Trails | Line] = {}
        #: Where a queue is followed: shares ahead, as of now; the journal hears of it now and then.
        self.queues: dict[str, float] = {}
        #: When what moved is to be written down, in market ms; `INF`: nothing moved since.
        self.note_ms: float = INF
        self.ask_under = self.ask_over = self.bid_over = self.bid_under = self.low = self.high = NAN

    def add(self, order: Order, extreme: float = NAN) -> None:
        """`order` works from now on."""
        order_id, buys = order.order_id, order.side == "BUY"
        place: PriceHeap | Trails | Line
        triggered = bool(order.triggered_ms)
        if order.time_in_force in ("OPG", "CLS"):
            place = self.auctions
            place.add(order_id)
        elif order.order_type == "TRAIL" and not triggered:
            place = self.buy_trails if buys else self.sell_trails
            place.add(order, number_of(order), extreme)
        elif order.order_type in ("STP", "STP_LMT") and not triggered:
            place = self.buy_stops if buys else self.sell_stops
            place.add(order_id, number_of(order), float(order.stop_price or 0))
        elif order.limit_price is not None:
            place = self.buy_limits if buys else self.sell_limits
            place.add(order_id, number_of(order), float(order.limit_price))
        else:
            place = self.markets
            place.add(order_id)
        self.where[order_id] = place
        self.refresh()

    def discard(self, order_id: str) -> None:
        """It works no longer; nothing happens for one that did not."""
        place = self.where.pop(order_id, None)
        if place is not None:
            place.discard(order_id)
            self.queues.pop(order_id, None)
            self.refresh()

    def refresh(self) -> None:
        """Finds the thresholds anew."""
        buy_trails, sell_trails = self.buy_trails, self.sell_trails
        self.ask_under, self.bid_over = self.buy_limits.top, self.sell_limits.top
        self.low, self.high = self.ask_under, self.bid_over
        if self.by_quote:
            self.ask_over = _least(self.buy_stops.top, buy_trails.stop)
            self.bid_under = _most(self.sell_stops.top, sell_trails.stop)
            self.ask_under = _most(self.ask_under, buy_trails.extreme)
            self.bid_over = _least(self.bid_over, sell_trails.extreme)
        else:
            self.ask_over = self.bid_under = NAN
            self.low = _most(_most(self.low, self.sell_stops.top), _most(sell_trails.stop, buy_trails.extreme))
            self.high = _least(_least(self.high, self.buy_stops.top), _least(buy_trails.stop, sell_trails.extreme))
        if self.markets or buy_trails.waits or sell_trails.waits:
            self.ask_under, self.bid_over, self.low = INF, -INF, INF


def _most(first: float, second: float) -> float:
    """The greater; NaN where both are."""
    return second if second > first or first != first else first


def _least(first: float, second: float) -> float:
    """The smaller; NaN where both are."""
    return second if second < first or first != first else first
