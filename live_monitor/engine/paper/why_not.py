"""Why an order is not filled now, in one line: what it waits for, and where the market is."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from live_monitor.data.models.orders import AccountSettings, Order
from live_monitor.engine.market.sessions import Calendar
from live_monitor.engine.paper.executions import age_ms, is_limit_now, opposite
from live_monitor.engine.paper.expiry import end_of
from live_monitor.engine.paper.figures import age_words, clock_words, price_words, shares_words, when_words
from live_monitor.engine.paper.market_checks import market_problem
from live_monitor.engine.paper.market_view import MarketView, Now
from live_monitor.engine.paper.queue_fills import queue_ahead
from live_monitor.engine.paper.trailing import trail_stop

_USED_UP: Final = "waits for the next quote, this one is used up"


def why_not(
    order: Order,
    view: MarketView | None,
    settings: AccountSettings,
    calendar: Calendar,
    now: Now,
    *,
    feed_up: bool,
    ahead: Decimal | None = None,
    extreme: Decimal | None = None,
) -> str:
    """What `order` waits for. `ahead`, `extreme`: its place in the queue and the best price of a trailing order, where
    they are newer than the order says."""
    if not order.is_open:
        return order.text or order.state
    if order.state == "held":
        return "waits for the entry of its bracket to be filled"
    if now.ms < order.accepted_ms:
        since = when_words(order.accepted_ms, now.ms, calendar)
        return f"was placed at {since}, and market time has gone back: what came before it fills nothing"
    if now.ms < order.active_ms:
        return f"reaches the market in {order.active_ms - now.ms} ms (latency)"
    if order.time_in_force in ("OPG", "CLS"):
        return _auction(order, calendar, now)
    waits = _waits_for(order, view, settings, extreme)
    problem = market_problem(
        view, settings, calendar, now, side=order.side, extended=order.extended_hours, feed_up=feed_up
    )
    if problem is not None:
        return f"{waits}: {problem.text}"
    if view is None:
        return waits
    told = [f"{waits}: {_where(order, view, now)}"]
    if settings.fill_model == "queue" and is_limit_now(order) and waits != _USED_UP:
        told.append(_queue(order, view, ahead))
    return ", ".join(told)


def _waits_for(order: Order, view: MarketView | None, settings: AccountSettings, extreme: Decimal | None) -> str:
    buys = order.side == "BUY"
    side = "an ask" if buys else "a bid"
    if is_limit_now(order) and order.limit_price is not None:
        limit = price_words(order.limit_price)
        if order.stage == "waiting" and view is not None and opposite(view, order.side)[1] == 0:
            return _USED_UP
        reach = f"waits for {side} of {limit} or {'less' if buys else 'more'}"
        if settings.fill_model == "simple":
            return reach
        at = settings.fill_at_touch or settings.fill_model == "queue"
        return f"{reach}, or a print {'at or ' if at else ''}{'below' if buys else 'above'} {'it' if at else limit}"
    if order.order_type == "MKT":
        left = opposite(view, order.side)[1] if view is not None else float("nan")
        return _USED_UP if left == 0 else "waits for a usable quote"
    if order.triggered_ms:
        return f"was triggered at {clock_words(order.triggered_ms)} and waits for the next quote"
    return _stop_waits(order, settings, extreme if extreme is not None else order.extreme)


def _stop_waits(order: Order, settings: AccountSettings, extreme: Decimal | None) -> str:
    buys = order.side == "BUY"
    what = ("an ask" if buys else "a bid") if settings.stop_trigger == "quote" else "a print"
    way = "more" if buys else "less"
    if order.order_type != "TRAIL":
        return f"waits for {what} of {price_words(order.stop_price)} or {way}"
    if extreme is None:
        return "waits for a first price to trail"
    offset = price_words(order.trail_amount) if order.trail_amount is not None else f"{order.trail_percent:f} %"
    best = f"{offset} {'above the low' if buys else 'below the high'} of {price_words(extreme)}"
    return f"waits for {what} of {price_words(trail_stop(order, extreme))} or {way}, {best}"


def _where(order: Order, view: MarketView, now: Now) -> str:
    """The price that matters now, with its size and age."""
    if is_limit_now(order) or order.order_type == "MKT" or order.triggered_ms:
        price, _ = opposite(view, order.side)
        size = view.ask_size if order.side == "BUY" else view.bid_size
        shown = f" × {shares_words(size)}" if size == size else ""
        name = "ask" if order.side == "BUY" else "bid"
        return f"the {name} is {price_words(price)}{shown}, {age_words(age_ms(view.received, now))} old"
    if view.last != view.last:
        return "no print was received yet"
    return f"the last price is {price_words(view.last)}, {age_words(age_ms(view.last_received, now))} old"


def _queue(order: Order, view: MarketView, ahead: Decimal | None) -> str:
    if ahead is None:
        ahead = order.queue_ahead
    if ahead is None:
        ahead = queue_ahead(order, view)
    if ahead is not None:
        return f"{shares_words(ahead)} ahead"
    size = view.bid_size if order.side == "BUY" else view.ask_size
    if size != size:
        return "its place in the queue is not known, the source displays no sizes"
    return "its place in the queue is known once the quote displays its price"


def _auction(order: Order, calendar: Calendar, now: Now) -> str:
    name = "opening" if order.time_in_force == "OPG" else "closing"
    ends = order.expires_ms or end_of(order, calendar, now.ms)
    times = calendar.session_bounds(ends) if ends else None
    if times is None:
        return f"waits for the print of the {name} auction"
    at = times.open_ms if order.time_in_force == "OPG" else times.close_ms
    when, until = when_words(at, now.ms, calendar), when_words(ends, now.ms, calendar)
    return f"waits for the print of the {name} auction of {when}; without one it ends at {until}"
