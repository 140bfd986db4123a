"""The orders of one account in one symbol, and the prices that wake any of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from live_monitor.data.models.orders import Order, Side
from live_monitor.engine.paper.market_view import MarketView
from live_monitor.engine.paper.resting import PriceHeap
from live_monitor.engine.paper.trailing import Trails

INF: Final = math.inf
NAN: Final = math.nan


#: Orders that meet the same market: side, and whether they trade before and after hours.
Kind = tuple[Side, bool]


class Line:
    """Orders that any event may fill: the older first, however they came here."""

    __slots__ = ("_counts", "_ids")

    def __init__(self) -> None:
        self._ids: dict[str, tuple[int, Kind]] = {}
        self._counts: dict[Kind, int] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._ids, key=self._ids.__getitem__))

    def kinds(self) -> list[Kind]:
        """Which kinds there are, at most four."""
        return [kind for kind, count in self._counts.items() if count]

    def of(self, kinds: Sequence[Kind]) -> list[str]:
        """Those of `kinds`."""
        found = sorted((number, order_id) for order_id, (number, kind) in self._ids.items() if kind in kinds)
        return [order_id for _, order_id in found]

    def add(self, order: Order) -> None:
        """It stands in line by its number."""
        kind = order.side, order.extended_hours
        self._ids[order.order_id] = number_of(order), kind
        self._counts[kind] = self._counts.get(kind, 0) + 1

    def discard(self, order_id: str) -> None:
        """It is gone."""
        _, kind = self._ids.pop(order_id)
        self._counts[kind] -= 1


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
        "awaits_auction",
        "bid_over",
        "bid_under",
        "buy_limits",
        "buy_stops",
        "buy_trails",
        "by_quote",
        "high",
        "low",
        "note_ms",
        "queues",
        "sell_limits",
        "sell_stops",
        "sell_trails",
        "view",
        "waiting",
        "where",
    )

    def __init__(self, view: MarketView, *, by_quote: bool) -> None:
        self.view = view
        self.by_quote = by_quote
        self.buy_limits, self.sell_limits = PriceHeap("highest"), PriceHeap("lowest")
        self.buy_stops, self.sell_stops = PriceHeap("lowest"), PriceHeap("highest")
        self.buy_trails, self.sell_trails = Trails(buys=True), Trails(buys=False)
        #: Orders that any quote may fill: market orders, and what waits for its first usable quote.
        self.waiting = Line()
        #: Orders for the opening or the closing auction.
        self.auctions = Line()
        #: True while there are some, so that every print is looked at.
        self.awaits_auction = False
        self.where: dict[str, tuple[PriceHeap | Trails | Line, ...]] = {}
        #: Where a queue is followed: shares ahead, as of now; the journal hears of it now and then.
        self.queues: dict[str, Decimal] = {}
        #: When what moved is to be written down, in market ms; `INF`: nothing moved since.
        self.note_ms: float = INF
        self.ask_under = self.ask_over = self.bid_over = self.bid_under = self.low = self.high = NAN

    def add(self, order: Order, extreme: float = NAN) -> None:
        """`order` works from now on; `extreme`: of a trailing one, where it is known."""
        order_id, buys, number = order.order_id, order.side == "BUY", number_of(order)
        touched = bool(order.triggered_ms)
        places: tuple[PriceHeap | Trails | Line, ...]
        if order.time_in_force in ("OPG", "CLS"):
            places = (self.auctions,)
            self.auctions.add(order)
        elif order.order_type == "TRAIL" and not touched:
            trails = self.buy_trails if buys else self.sell_trails
            places = (trails,)
            trails.add(order, number, extreme)
        elif order.order_type in ("STP", "STP_LMT") and not touched:
            stops = self.buy_stops if buys else self.sell_stops
            places = (stops,)
            stops.add(order_id, number, float(order.stop_price or 0))
        else:
            places = ()
            if order.limit_price is not None:
                # A print past the limit fills it whether or not a quote ever came.
                limits = self.buy_limits if buys else self.sell_limits
                places = (limits,)
                limits.add(order_id, number, float(order.limit_price))
            if order.stage == "waiting" or not places:
                places = (*places, self.waiting)
                self.waiting.add(order)
        self.where[order_id] = places
        self.refresh()

    def discard(self, order_id: str) -> None:
        """It works no longer; nothing happens for one that did not."""
        places = self.where.pop(order_id, ())
        for place in places:
            place.discard(order_id)
        if places:
            self.queues.pop(order_id, None)
            self.refresh()

    def extreme_of(self, order_id: str) -> float:
        """The best price of a trailing order since its acceptance; NaN for any other."""
        places = self.where.get(order_id)
        return places[0].extreme_of(order_id) if places and isinstance(places[0], Trails) else NAN

    def refresh(self) -> None:
        """Finds the thresholds anew."""
        buy_trails, sell_trails = self.buy_trails, self.sell_trails
        self.awaits_auction = len(self.auctions) > 0
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
        if self.waiting or buy_trails.waits or sell_trails.waits:
            self.ask_under, self.bid_over, self.low = INF, -INF, INF


def _most(first: float, second: float) -> float:
    """The greater; NaN where both are."""
    return second if second > first or first != first else first


def _least(first: float, second: float) -> float:
    """The smaller; NaN where both are."""
    return second if second < first or first != first else first
