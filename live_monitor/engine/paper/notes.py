"""What moves between entries: extremes of trailing orders, places in queues; at most once a second each."""

from __future__ import annotations

import math
from typing import Final

from live_monitor.data.models.orders import Order
from live_monitor.engine.paper.engine_core import EngineCore
from live_monitor.engine.paper.entries import OrderTrailed, QueueMoved
from live_monitor.engine.paper.market_view import Now
from live_monitor.engine.paper.symbol_book import Book

#: An order's extreme, or its place in a queue, is written down at most once in so many ms of market time.
NOTE_EVERY_MS: Final = 1_000


def moved(core: EngineCore, book: Book, due_ms: float) -> None:
    """Something of `book` moved that may be written down from `due_ms` (market time) on."""
    book.note_ms = min(book.note_ms, due_ms)
    core.moving[book.view.symbol] = book


def note_all(core: EngineCore, now: Now, *, at_once: bool = False) -> None:
    """Writes down what moved and is due; with `at_once` all that moved, so that nothing is lost by stopping here."""
    for symbol in sorted(core.moving):
        book = core.moving[symbol]
        if not at_once and now.ms < book.note_ms:
            continue
        book.note_ms = math.inf
        for order in _changed(core, book):
            due_ms = order.noted_ms + NOTE_EVERY_MS
            if at_once or now.ms >= due_ms:
                note(core, order, now)
            else:
                book.note_ms = min(book.note_ms, due_ms)
        if book.note_ms == math.inf:
            del core.moving[symbol]


def note(core: EngineCore, order: Order, now: Now) -> None:
    """Writes down where `order` has moved to, if it has."""
    account = core.state.account
    extreme = core.extreme(order)
    if extreme is not None and extreme != order.extreme:
        core.write(OrderTrailed(account=account, at_ms=now.ms, order_id=order.order_id, extreme=extreme))
    ahead = core.ahead(order)
    if ahead is not None and ahead != order.queue_ahead:
        core.write(QueueMoved(account=account, at_ms=now.ms, order_id=order.order_id, queue_ahead=ahead))


def _changed(core: EngineCore, book: Book) -> list[Order]:
    """Orders of which the journal knows less than the book does, the older first."""
    orders = core.state.orders
    found = []
    for trails in (book.buy_trails, book.sell_trails):
        for order_id, extreme in trails.extremes():
            order = orders[order_id]
            if order.extreme is None or float(order.extreme) != extreme:
                found.append(order)
    followed = sorted(book.queues, key=lambda order_id: int(order_id[1:]))
    found += [orders[order_id] for order_id in followed if book.queues[order_id] != orders[order_id].queue_ahead]
    return found
