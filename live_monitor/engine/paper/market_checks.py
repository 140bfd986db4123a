"""What counts as data: when a quote or a print may fill an order, and why not in words (market rules 10.1).

Ages are of receipt, by the monotonic clock, in whole ms: a quote of exactly the allowed age is used, one a ms older is
not. Nothing here guesses a price.
"""

from __future__ import annotations

from typing import Final

from live_monitor.data.models.market_data import Trade
from live_monitor.data.models.orders import AccountSettings, Order, Refusal, Side
from live_monitor.engine.market.conditions import BAR_LAST, DAY_LAST, HELD_VOLUME
from live_monitor.engine.market.sessions import Calendar
from live_monitor.engine.paper.executions import acts_from, age_ms
from live_monitor.engine.paper.figures import age_words, price_words, when_words
from live_monitor.engine.paper.market_view import MarketView, Now

#: Quote conditions of a halt or a delay (market rules 2.6): news, influx, imbalance, related security, LULD pause.
HALTS: Final = frozenset({21, 22, 23, 26, 27, 28, 29, 30, 32, 43})
#: Quotes that nobody has to honour: closed, trading range, market makers' quotes closed, non-firm, price indication.
NOT_FIRM: Final = frozenset({15, 18, 19, 20, 81})
#: What a refused market order begins with, word for word the documented message.
NO_LIVE_PRICE: Final = "Cannot fill market order: no live market price available"


def is_sound(view: MarketView) -> bool:
    """True for a two-sided quote, neither locked nor crossed, that displays shares on both sides where it says so."""
    return (
        view.bid < view.ask
        and view.bid_size != 0
        and view.ask_size != 0
        and (view.condition is None or (view.condition not in NOT_FIRM and view.condition not in HALTS))
    )


def market_problem(
    view: MarketView | None,
    settings: AccountSettings,
    calendar: Calendar,
    now: Now,
    *,
    side: Side,
    extended: bool,
    feed_up: bool = True,
) -> Refusal | None:
    """Why an order of `side` cannot trade against the quote now; None: it can. The first reason that holds is told.

    `view`: None where nothing was heard of the symbol. `extended`: the order may trade before and after hours.
    """
    if not feed_up:
        return _feed_down(view, now)
    if (
        view is not None
        and not (view.halted or view.suspect)
        and is_sound(view)
        and 0 <= age_ms(view.received, now) <= settings.max_quote_age_ms
        and not (view.ask > view.band_high or view.bid < view.band_low)
        and calendar.market_state(now.ms) == "open"
    ):
        # As it is nearly always: there is no reason to look for.
        return None
    return (
        _halt(view)
        or session_problem(calendar, now.ms, extended=extended)
        or quote_problem(view, settings, now, side=side)
        or _beyond_band(view, side)
        or _suspect(view, settings, now)
    )


def session_problem(calendar: Calendar, at_ms: int, *, extended: bool) -> Refusal | None:
    """Why nothing trades at `at_ms` for an order of regular hours (or of `extended` ones); None: it does."""
    state = calendar.market_state(at_ms)
    if state == "open" or (extended and state in ("pre", "post")):
        return None
    if state == "unknown":
        return Refusal("session", "nobody knows the hours of this day")
    opens = next_opening_ms(calendar, at_ms, extended=extended)
    when = "" if opens is None else when_words(opens, at_ms, calendar)
    if state == "post":
        return Refusal("session", f"the regular session is over{f'; the next begins at {when}' if when else ''}")
    begins = f"{'trading' if extended else 'the regular session'} begins at {when}" if when else ""
    if state == "pre" and begins:
        return Refusal("session", begins)
    return Refusal("session", f"the market is closed{f'; {begins}' if begins else ''}")


def next_opening_ms(calendar: Calendar, at_ms: int, *, extended: bool) -> int | None:
    """When the next session begins (with `extended`: its pre-market); None where the calendar does not know."""
    day = calendar.trade_date(at_ms)
    times = calendar.times(day)
    if times is not None:
        begins = times.pre_ms if extended else times.open_ms
        if begins > at_ms:
            return begins
        for starts, ends in calendar.pauses(day):
            if starts <= at_ms < ends:
                return ends
    following = calendar.next_session(day)
    times = None if following is None else calendar.times(following)
    if times is None:
        return None
    return times.pre_ms if extended else times.open_ms


def quote_problem(view: MarketView | None, settings: AccountSettings, now: Now, *, side: Side) -> Refusal | None:
    """Why the standing quote is none to trade against; None: it is."""
    if view is None or view.received != view.received:
        return Refusal("no_quote", "no quote was received yet")
    age = age_ms(view.received, now)
    if age <= settings.max_quote_age_ms and is_sound(view):
        return None
    bid, ask = price_words(view.bid), price_words(view.ask)
    old = f"{age_words(age)} old"
    if view.bid != view.bid and view.ask != view.ask:
        return Refusal("no_quote", f"the last quote has neither bid nor ask ({old})")
    if view.bid != view.bid or view.ask != view.ask:
        side_missing, there = ("bid", f"ask {ask}") if view.bid != view.bid else ("ask", f"bid {bid}")
        return Refusal("one_sided", f"the quote is one-sided: {there}, no {side_missing} ({old})")
    if view.bid > view.ask:
        return Refusal("crossed", f"the quote is crossed: bid {bid} above ask {ask} ({old})")
    if view.bid == view.ask:
        return Refusal("locked", f"the quote is locked: bid and ask {bid} ({old})")
    if view.bid_size == 0 or view.ask_size == 0:
        name = "bid" if view.bid_size == 0 and (side == "SELL" or view.ask_size != 0) else "ask"
        return Refusal("no_size", f"the quote displays 0 shares at its {name} ({old})")
    if view.condition is not None and view.condition in NOT_FIRM:
        return Refusal("not_firm", f"the quote {bid} to {ask} is not firm ({old})")
    if age > settings.max_quote_age_ms:
        return Refusal(
            "stale", f"the quote {bid} to {ask} is {old}, and {age_words(settings.max_quote_age_ms)} are allowed"
        )
    return None


def no_live_price(problem: Refusal) -> Refusal:
    """`problem` as the answer to a market order that needs a price now."""
    return Refusal(problem.reason, f"{NO_LIVE_PRICE}: {problem.text}.")


def print_counts(order: Order, trade: Trade, flags: int, *, suspect: bool = False) -> bool:
    """True for a print that may fill a resting order or trigger a stop: younger than the order, its price eligible, in
    regular hours unless the order is for extended ones (by its sale condition, market rules 2.4), and not suspect.

    `flags`: bits of `conditions`, as the hub counts the print.
    """
    wanted = BAR_LAST if order.extended_hours else BAR_LAST | DAY_LAST
    return not suspect and not flags & HELD_VOLUME and flags & wanted == wanted and acts_from(order, trade.timestamp_ms)


def _feed_down(view: MarketView | None, now: Now) -> Refusal:
    if view is None or view.received != view.received:
        return Refusal("feed_down", "the feed is down, and no quote was received yet")
    return Refusal("feed_down", f"the feed is down; the last quote is {age_words(age_ms(view.received, now))} old")


def _halt(view: MarketView | None) -> Refusal | None:
    if view is None or not (view.halted or (view.condition is not None and view.condition in HALTS)):
        return None
    return Refusal("halted", f"trading in {view.symbol} is halted")


def _beyond_band(view: MarketView | None, side: Side) -> Refusal | None:
    """A quote beyond limit up or limit down may be shown, but not traded against (market rules 4.5)."""
    if view is None:
        return None
    if side == "BUY" and view.ask > view.band_high:
        return Refusal(
            "beyond_band", f"the ask {price_words(view.ask)} is above limit up, {price_words(view.band_high)}"
        )
    if side == "SELL" and view.bid < view.band_low:
        return Refusal(
            "beyond_band", f"the bid {price_words(view.bid)} is below limit down, {price_words(view.band_low)}"
        )
    return None


def is_suspect(view: MarketView, settings: AccountSettings, now: Now) -> bool:
    """True while a suspect print may still be news: as long as a quote could be used, without one that settles it."""
    return view.suspect and age_ms(view.suspect_received, now) <= settings.max_quote_age_ms


def _suspect(view: MarketView | None, settings: AccountSettings, now: Now) -> Refusal | None:
    if view is None or not is_suspect(view, settings, now):
        return None
    quoted = f"{price_words(view.bid)} to {price_words(view.ask)}"
    age = age_words(age_ms(view.suspect_received, now))
    return Refusal("suspect", f"the last print, {age} ago, is suspect: far from {quoted}, and not confirmed by another")
