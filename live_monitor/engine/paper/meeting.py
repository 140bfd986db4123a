"""An order meets the market: whether it may trade against the standing quote, and at what."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Final, NamedTuple

from live_monitor.data.models.orders import Order, OrderStage, Refusal, Side
from live_monitor.engine.paper import queue_fills
from live_monitor.engine.paper.engine_core import EngineCore
from live_monitor.engine.paper.executions import Execution, age_ms, is_limit_now, is_market_now, opposite
from live_monitor.engine.paper.market_checks import market_problem, no_live_price, quote_problem
from live_monitor.engine.paper.market_view import MarketView, Now
from live_monitor.engine.paper.money import price_of
from live_monitor.engine.paper.touch_fills import past_limit

#: Prices of the simple model may come without a quote; it judges their age itself.
_OF_QUOTES: Final = frozenset({"no_quote", "one_sided", "crossed", "locked", "no_size", "not_firm", "stale"})

_USED_UP: Final = Refusal("used_up", "own orders have taken all that the quote displays")
_NO_QUOTE_SINCE: Final = Refusal("no_quote", "no quote came since its stop was touched")


class Meeting(NamedTuple):
    """What came of it: an execution, the end of the order, or nothing. `problem`: why the market could not be used."""

    answer: Execution | Refusal | None
    problem: Refusal | None

    @property
    def stage(self) -> OrderStage:
        """Where an order is that goes on after this."""
        return "waiting" if self.problem is not None else ""


def problem_for(core: EngineCore, view: MarketView, now: Now, *, side: Side, extended: bool) -> Refusal | None:
    """Why nobody who wants `side` can trade against the standing quote now; None: they can."""
    settings = core.state.settings
    found = market_problem(view, settings, core.calendar, now, side=side, extended=extended, feed_up=core.feed_up)
    if found is not None and settings.fill_model == "simple" and found.reason in _OF_QUOTES:
        return None
    return found


def problem_of(core: EngineCore, order: Order, view: MarketView, now: Now) -> Refusal | None:
    """Why `order` cannot trade against the standing quote now; None: it can."""
    return problem_for(core, view, now, side=order.side, extended=order.extended_hours)


def meet(core: EngineCore, order: Order, now: Now) -> Meeting:
    """What the order meets when it reaches the market now. Changes nothing.

    Orders for an auction and stops that are not touched meet nothing, except in the simple model, which knows neither.
    A market order that waits already is not refused for want of a price any more: it waits on.
    """
    at_once = core.model.name == "simple" or is_limit_now(order) or is_market_now(order)
    if not at_once or (order.time_in_force in ("OPG", "CLS") and core.model.name != "simple"):
        return Meeting(None, None)
    view = core.book(order.symbol).view
    problem = problem_of(core, order, view, now)
    if problem is None and view.quote_ms < order.triggered_ms:
        # Also with other terms, a touched stop meets the quote after the gap, never the one before it.
        problem = _NO_QUOTE_SINCE
    waits = order.stage == "waiting" or order.patient
    if problem is None:
        answer = core.model.arrival(order, view, core.state.settings, now)
        if waits and order.order_type == "MKT" and isinstance(answer, Refusal):
            return Meeting(None, answer)
        return Meeting(answer, _USED_UP if answer is None and _finds_nothing_left(core, order, view) else None)
    if order.order_type == "MKT" and core.state.settings.no_price == "refuse" and not waits:
        return Meeting(no_live_price(problem), problem)
    if order.time_in_force in ("IOC", "FOK"):
        text = f"{order.time_in_force}: canceled at once, because {problem.text}."
        return Meeting(Refusal(problem.reason, text), problem)
    return Meeting(None, problem)


def _finds_nothing_left(core: EngineCore, order: Order, view: MarketView) -> bool:
    """True for a limit that the quote meets where own orders took all of it: like the rest of one that found a part, it
    waits for the next quote, and does not rest at a limit far beyond the market."""
    if core.model.name == "simple" or not is_limit_now(order):
        return False
    price, left = opposite(view, order.side)
    return left < 1 and past_limit(order, price) >= 0


def first_extreme(core: EngineCore, order: Order, now: Now) -> Decimal | None:
    """Where a trailing order begins: the last print in force, else the quote in force, on the side nearer to its stop;
    None where neither may be used, so that the first print after it says.
    """
    if order.order_type != "TRAIL":
        return None
    view, settings = core.book(order.symbol).view, core.state.settings
    fresh = core.feed_up and 0 <= age_ms(view.last_received, now) <= settings.max_quote_age_ms
    if settings.stop_trigger == "last" and view.last == view.last and fresh and not view.suspect:
        return price_of(view.last)
    if not core.feed_up or quote_problem(view, settings, now, side=order.side) is not None:
        return None
    return price_of(view.bid if order.side == "SELL" else view.ask)


def first_place(core: EngineCore, order: Order) -> Decimal | None:
    """Shares ahead of a limit order that comes to rest now; None where nothing is followed, or nobody can tell."""
    if core.model.name != "queue" or not is_limit_now(order):
        return None
    return queue_fills.queue_ahead(order, core.book(order.symbol).view)


class Basis(NamedTuple):
    """A price that an order is reckoned at before it trades, and whose it is."""

    price: Decimal | None
    whose: str


def basis(core: EngineCore, order: Order) -> Basis:
    """What a share of the order would cost: its limit, its stop, or what the market says.

    Of a market order the opposite side of the quote, else the last print, else the close: it is the amount that is
    judged here, not the price of a fill.
    """
    if order.limit_price is not None:
        return Basis(order.limit_price, "limit")
    if order.stop_price is not None:
        return Basis(order.stop_price, "stop")
    view = core.book(order.symbol).view
    buys = order.side == "BUY"
    quoted = view.ask if buys else view.bid
    if core.model.name != "simple":
        # Nearly always there is a quote.
        if quoted == quoted:
            return Basis(price_of(quoted), "ask" if buys else "bid")
        choices = [(view.last, "last"), (view.close, "close")]
    else:
        choices = [(view.last, "last"), (view.bid, "bid"), (view.ask, "ask"), (view.close, "close")]
    for price, whose in choices:
        if not math.isnan(price):
            return Basis(price_of(price), whose)
    return Basis(None, "")
