"""What the parts of the paper engine share: the account, its journal to be, the market as it heard it, and the books.

Everything that matters stands in `AccountState`; the rest is built from it, so that an engine that begins in the middle
goes on as the one before would have.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from heapq import heapify, heappop, heappush
from typing import Final, NamedTuple

from live_monitor.data.models.orders import Fees, Order
from live_monitor.engine.market.sessions import Calendar
from live_monitor.engine.paper import costs, fill_models, margin
from live_monitor.engine.paper.account import AccountState
from live_monitor.engine.paper.entries import Entry
from live_monitor.engine.paper.market_view import MarketView, Now
from live_monitor.engine.paper.money import price_of
from live_monitor.engine.paper.snapshots import Mark, mark_of
from live_monitor.engine.paper.symbol_book import Book, number_of

_INF: Final = math.inf
#: So many things that are due may be of orders that have ended before they are sorted out.
_DEAD: Final = 64
#: What is due at one instant: times in force end before orders arrive.
EXPIRES: Final = 0
ARRIVES: Final = 1


class Due(NamedTuple):
    """Something that a time brings. `number`: of the order, which is its place in time."""

    at_ms: int
    what: int
    number: int
    order_id: str


class Marks(Mapping[str, Mark]):
    """What each symbol is worth now, found when it is asked for."""

    __slots__ = ("_known", "_views", "now")

    def __init__(self, views: Mapping[str, MarketView], now: Now) -> None:
        self._views, self.now = views, now
        self._known: dict[str, Mark | None] = {}

    def get(self, symbol: str, default: object = None) -> Mark | None:  # type: ignore[override]  # no other default is asked for
        """The mark of `symbol`; None where there is none."""
        del default
        try:
            return self._known[symbol]
        except KeyError:
            found = self._known[symbol] = mark_of(self._views.get(symbol), self.now)
            return found

    def __getitem__(self, symbol: str) -> Mark:
        found = self.get(symbol)
        if found is None:
            raise KeyError(symbol)
        return found

    def __iter__(self) -> Iterator[str]:
        return (symbol for symbol in self._views if self.get(symbol) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class EngineCore:
    """One account in its market. One thread; within `money.arithmetic()`.

    `next_ms`: market time of the next thing that is due; infinite where nothing is. `moving`: books in which extremes
    or queues have moved since they were written down. `children`: ids of the children of each open parent.
    """

    __slots__ = (
        "_fees",
        "_marks",
        "_working",
        "books",
        "calendar",
        "children",
        "day_end_ms",
        "due",
        "feed_up",
        "lost_at",
        "model",
        "moving",
        "next_ms",
        "out",
        "source",
        "state",
        "turning_ms",
        "views",
    )

    def __init__(self, state: AccountState, calendar: Calendar) -> None:
        self.state = state
        self.calendar = calendar
        self._marks: Marks | None = None
        self._working: Decimal | None = None
        self._fees: tuple[tuple[object, ...], Fees] | None = None
        self.out: list[Entry] = []
        self.views: dict[str, MarketView] = {}
        self.books: dict[str, Book] = {}
        self.due: list[Due] = []
        self.children: dict[str, list[str]] = {}
        self.moving: dict[str, Book] = {}
        self.feed_up = True
        self.source = ""
        #: Monotonic second at which the link was lost last; what was received before is no market any more.
        self.lost_at = -_INF
        self.day_end_ms: float = -_INF
        #: Since when a new day waits for prices of what is held.
        self.turning_ms: float = _INF
        self.next_ms: float = -_INF
        self.model = fill_models.model(state.settings.fill_model)
        self.rebuild()

    def write(self, entry: Entry) -> None:
        """Applies one entry and hands it to the journal: the only way in which an account changes."""
        self.state.take(entry)
        self._working = None
        self.out.append(entry)

    # The market -------------------------------------------------------------------------------------------------------

    def book(self, symbol: str) -> Book:
        """The book of `symbol`, made when it is first asked for."""
        found = self.books.get(symbol)
        if found is None:
            view = self.views[symbol] = MarketView(symbol)
            view.source = self.source
            found = self.books[symbol] = Book(view, by_quote=self.state.settings.stop_trigger == "quote")
        return found

    def take_market(self, other: EngineCore) -> None:
        """Copies what `other` heard of the market."""
        for symbol, view in other.views.items():
            own = self.book(symbol).view
            for name in MarketView.__slots__:
                setattr(own, name, getattr(view, name))
        self.feed_up, self.source, self.lost_at = other.feed_up, other.source, other.lost_at

    def marks(self, now: Now) -> Marks:
        """What is held is worth, as far as anybody knows. Within one call of the engine prices do not change."""
        if self._marks is None or self._marks.now is not now:
            self._marks = Marks(self.views, now)
        return self._marks

    def fees(self, order: Order, quantity: Decimal, price: Decimal) -> Fees:
        """What a fill of `quantity` shares of the order at `price` would cost today; asked several times in a row."""
        state = self.state
        if costs.is_free(state.settings, order.side):
            return costs.FREE
        asked = (order.order_id, quantity, price, order.filled, state.today, state.settings)
        if self._fees is None or self._fees[0] != asked:
            settings, day, filled = state.settings, state.today, order.filled
            self._fees = asked, costs.fees(settings, order.side, quantity, price, day, filled)
        return self._fees[1]

    def working(self) -> Decimal | None:
        """What open orders of a margin account would add, found once between two entries; None in a cash account."""
        if self._working is None and self.state.settings.margin_enabled:
            self._working = margin.working(self.state)
        return self._working

    def begin(self) -> None:
        """A call of the engine begins: prices may have changed since the last one."""
        self._marks = None

    # What works -------------------------------------------------------------------------------------------------------

    def rebuild(self) -> None:
        """Builds books, times and families anew from the account; what the market said stays."""
        state = self.state
        self.model = fill_models.model(state.settings.fill_model)
        by_quote = state.settings.stop_trigger == "quote"
        self.books = {symbol: Book(view, by_quote=by_quote) for symbol, view in self.views.items()}
        self.due, self.children, self.moving = [], {}, {}
        for order in state.open_orders():
            if order.parent_id:
                self.children.setdefault(order.parent_id, []).append(order.order_id)
            if order.state in ("accepted", "partially_filled"):
                self.works(order)

    def works(self, order: Order) -> None:
        """`order` works from now on, or with other terms, or elsewhere: it is found by what wakes it."""
        book = self.book(order.symbol)
        extreme = order.extreme
        ahead = book.queues.get(order.order_id)
        known = book.extreme_of(order.order_id)
        book.discard(order.order_id)
        if order.expires_ms:
            self.wait_until(order.expires_ms, EXPIRES, order)
        if order.stage == "flight":
            self.wait_until(order.active_ms, ARRIVES, order)
            return
        book.add(order, known if known == known else math.nan if extreme is None else float(extreme))
        if ahead is not None and order.queue_ahead is not None:
            book.queues[order.order_id] = min(ahead, order.queue_ahead)

    def rests(self, order: Order) -> None:
        """`order` works no longer."""
        book = self.books.get(order.symbol)
        if book is not None:
            book.discard(order.order_id)

    def wait_until(self, at_ms: int, what: int, order: Order) -> None:
        """Something of `order` is due at `at_ms`."""
        if len(self.due) > 4 * len(self.state.orders) + _DEAD:
            # Most of it is of orders that have ended before.
            self.due = [due for due in self.due if due.order_id in self.state.orders]
            heapify(self.due)
        heappush(self.due, Due(at_ms, what, number_of(order), order.order_id))
        self.next_ms = min(self.next_ms, at_ms)

    def take_due(self, until_ms: int) -> Iterator[tuple[Due, Order]]:
        """What is due by `until_ms`, in order, with its order where it still holds."""
        while self.due and self.due[0].at_ms <= until_ms:
            due = heappop(self.due)
            order = self.state.orders.get(due.order_id)
            if order is None:
                continue
            expires = due.what == EXPIRES and order.expires_ms == due.at_ms
            arrives = due.what == ARRIVES and order.active_ms == due.at_ms and order.stage == "flight"
            if expires or arrives:
                yield due, order
        self.next_ms = min(self.day_end_ms, self.due[0].at_ms if self.due else _INF)

    def extreme(self, order: Order) -> Decimal | None:
        """The best price of a trailing order since its acceptance, as of now."""
        book = self.books.get(order.symbol)
        extreme = math.nan if book is None else book.extreme_of(order.order_id)
        # A split leaves decimals that a float does not have: what has not moved is told as it is known.
        if extreme != extreme or (order.extreme is not None and float(order.extreme) == extreme):
            return order.extreme
        return price_of(extreme)

    def ahead(self, order: Order) -> Decimal | None:
        """Shares ahead of an order, as of now."""
        book = self.books.get(order.symbol)
        found = None if book is None else book.queues.get(order.order_id)
        return order.queue_ahead if found is None else found
