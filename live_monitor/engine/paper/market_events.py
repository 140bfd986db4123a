"""What quotes and prints do to orders that work. Called only for what reached a threshold of the symbol's book."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from live_monitor.data.models.market_data import Trade
from live_monitor.data.models.orders import ZERO, Order, Side, TradeFacts
from live_monitor.engine.market.conditions import BAR_LAST, DAY_LAST
from live_monitor.engine.paper import auctions, queue_fills
from live_monitor.engine.paper.ending import cancel
from live_monitor.engine.paper.engine_core import EngineCore
from live_monitor.engine.paper.entries import OrderTriggered
from live_monitor.engine.paper.executions import Execution, acts_from, opposite, trade_facts
from live_monitor.engine.paper.filling import fill
from live_monitor.engine.paper.market_checks import print_counts
from live_monitor.engine.paper.market_view import Now
from live_monitor.engine.paper.meeting import problem_for, problem_of
from live_monitor.engine.paper.money import price_of
from live_monitor.engine.paper.notes import NOTE_EVERY_MS, moved, note
from live_monitor.engine.paper.placing import arrive
from live_monitor.engine.paper.resting import PriceHeap
from live_monitor.engine.paper.symbol_book import Book
from live_monitor.engine.paper.touch_fills import past_limit
from live_monitor.engine.paper.trailing import Trails, trail_stop

#: A print by which stops are triggered: its price is eligible, in regular hours.
_REGULAR: Final = BAR_LAST | DAY_LAST


def quote_wakes(core: EngineCore, book: Book, now: Now) -> None:
    """A new quote reached a threshold. What waits for a quote comes first, then limits by price, then stops."""
    view = book.view
    if book.waiting:
        _waiting_meet(core, book, now)
    for order_id in (*book.buy_limits.reached(view.ask), *book.sell_limits.reached(view.bid)):
        order = core.state.orders.get(order_id)
        if order is None or order.stage or problem_of(core, order, view, now) is not None:
            continue
        execution = core.model.quote(order, view, core.state.settings, now)
        if execution is not None:
            fill(core, order, execution, now)
            if core.model.name == "queue" and order.is_open:
                # The other side stands at its limit: whoever was ahead of it is gone.
                book.queues[order_id] = ZERO
                moved(core, book, order.noted_ms + NOTE_EVERY_MS)
    if book.by_quote:
        _stops_by_quote(core, book, now)


def _waiting_meet(core: EngineCore, book: Book, now: Now) -> None:
    """Orders that take any quote: those for whom it is none are passed over together, however many there are."""
    view, orders = book.view, core.state.orders
    usable = [
        (side, extended)
        for side, extended in book.waiting.kinds()
        if problem_for(core, view, now, side=side, extended=extended) is None
    ]
    for order_id in book.waiting.of(usable) if usable else ():
        order = orders.get(order_id)
        # A quote as old as the order, or as its trigger, is none that it waits for.
        if order is None or not acts_from(order, view.quote_ms) or view.quote_ms < order.triggered_ms:
            continue
        if order.stage:
            arrive(core, order, now)
            continue
        execution = core.model.quote(order, view, core.state.settings, now)
        if execution is not None:
            fill(core, order, execution, now)


def trade_wakes(core: EngineCore, book: Book, trade: Trade, flags: int, now: Now) -> None:
    """An eligible print reached a threshold. Stops come first: what it takes is not there for limits on the way."""
    # What is triggered now waits for the next quote; what rests is asked as it was before.
    limits = (*book.buy_limits.reached(trade.price), *book.sell_limits.reached(trade.price))
    waiting = tuple(book.waiting) if core.model.name == "simple" else ()
    # Closing auctions print after the bell, without a mark of extended hours.
    state = core.calendar.market_state(trade.timestamp_ms)
    regular, trades = state == "open", state in ("pre", "open", "post")
    if regular and flags & _REGULAR == _REGULAR and not book.by_quote:
        _stops_by_print(core, book, trade, now)
    left = Decimal(int(trade.size))
    for order_id in (*waiting, *limits):
        order = core.state.orders.get(order_id)
        if order is None or order.stage == "flight" or not (trades if order.extended_hours else regular):
            continue
        if order.stage and core.model.name != "simple" and (order.filled or _can_take(core, order, book, now)):
            # An order that takes what is displayed pays the next quote, not its limit to a print before.
            continue
        if print_counts(order, trade, flags):
            left -= _take_print(core, book, order, trade, left, now)


def _can_take(core: EngineCore, order: Order, book: Book, now: Now) -> bool:
    """True where the standing quote meets the limit of an order that waits: the next one is all that it waits for."""
    view = book.view
    price, _ = opposite(view, order.side)
    if view.quote_ms < order.triggered_ms or past_limit(order, price) < 0:
        return False
    return problem_of(core, order, view, now) is None


def auction_wakes(core: EngineCore, book: Book, trade: Trade, now: Now) -> None:
    """A print while orders wait for an auction; it may be its print, which moves no last price."""
    left = Decimal(int(trade.size))
    for order_id in book.auctions:
        order = core.state.orders.get(order_id)
        if order is None or order.stage:
            continue
        answer = auctions.fill(order, book.view, trade, core.state.settings, core.calendar, now, left=left)
        if isinstance(answer, Execution):
            left -= fill(core, order, answer, now)
            answer = auctions.after(order, trade)
        if answer is not None and order.is_open:
            cancel(core, order, answer.reason, answer.text, now)


def _take_print(core: EngineCore, book: Book, order: Order, trade: Trade, left: Decimal, now: Now) -> Decimal:
    """Shares of the print that the order took."""
    ahead = core.ahead(order)
    view = book.view
    execution = core.model.trade(order, view, trade, core.state.settings, now, left=left, ahead=ahead)
    if core.model.name == "queue":
        after = queue_fills.after_trade(order, view, trade, ahead=ahead)
        if after is not None and after != ahead:
            book.queues[order.order_id] = after
            moved(core, book, order.noted_ms + NOTE_EVERY_MS)
    return ZERO if execution is None else fill(core, order, execution, now)


# Stops ----------------------------------------------------------------------------------------------------------------


def _stops_by_print(core: EngineCore, book: Book, trade: Trade, now: Now) -> None:
    price, ms = trade.price, trade.timestamp_ms
    facts: TradeFacts | None = None
    for stops, trails in ((book.sell_stops, book.sell_trails), (book.buy_stops, book.buy_trails)):
        touched = stops.reached(price) + _trailing(core, book, trails, price, ms)
        for order_id in touched:
            order = core.state.orders.get(order_id)
            if order is not None and acts_from(order, ms):
                facts = facts or trade_facts(trade)
                _trigger(core, order, facts, now)


def _stops_by_quote(core: EngineCore, book: Book, now: Now) -> None:
    view = book.view
    sides: tuple[tuple[Side, float, PriceHeap, Trails], ...] = (
        ("SELL", view.bid, book.sell_stops, book.sell_trails),
        ("BUY", view.ask, book.buy_stops, book.buy_trails),
    )
    for side, price, stops, trails in sides:
        if not (len(stops) or len(trails)) or problem_for(core, view, now, side=side, extended=False) is not None:
            continue
        for order_id in stops.reached(price) + _trailing(core, book, trails, price, view.quote_ms):
            order = core.state.orders.get(order_id)
            if order is not None and acts_from(order, view.quote_ms):
                _trigger(core, order, None, now)


def _trailing(core: EngineCore, book: Book, trails: Trails, price: float, ms: int) -> list[str]:
    """Moves the extremes, and finds the trailing orders that `price` touches."""
    if not len(trails):
        return []
    if trails.observe(price, ms):
        book.refresh()
        moved(core, book, 0)
    exact: Decimal | None = None
    found = []
    for order_id in trails.reached(price):
        order = core.state.orders.get(order_id)
        extreme = None if order is None else core.extreme(order)
        if order is None or extreme is None:
            continue
        exact = exact if exact is not None else price_of(price)
        stop = trail_stop(order, extreme)
        if exact <= stop if order.side == "SELL" else exact >= stop:
            found.append(order_id)
    return found


def _trigger(core: EngineCore, order: Order, by: TradeFacts | None, now: Now) -> None:
    note(core, order, now)
    core.write(OrderTriggered(account=core.state.account, at_ms=now.ms, order_id=order.order_id, by=by))
    core.works(order)
