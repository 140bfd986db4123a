"""Which orders can be understood: all that can be judged about an order without its account and without the market.

What comes from outside is taken as it is or refused with a reason, never rounded or completed (market rules 4.4, 10.2;
docs/adr/0040).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple, cast, get_args

from live_monitor import limits
from live_monitor.data.models.orders import (
    AccountSettings,
    Number,
    Order,
    OrderParams,
    OrderType,
    Refusal,
    Side,
    TimeInForce,
)
from live_monitor.engine.market.sessions import Calendar, us_equities
from live_monitor.engine.paper.bracket_rules import CHILD_MARK, children_of
from live_monitor.engine.paper.figures import price_words
from live_monitor.engine.paper.market_view import MarketView
from live_monitor.engine.paper.money import price_of
from live_monitor.engine.paper.order_numbers import price, read_trail_amount, read_trail_percent, refuse, shares, shown

_SIDES: Final = get_args(Side)
_TYPES: Final = get_args(OrderType)
_TIMES: Final = get_args(TimeInForce)
#: Which types a time in force is for; the others are for all.
_TYPES_OF: Final[dict[str, tuple[str, ...]]] = {
    "IOC": ("MKT", "LMT"), "FOK": ("MKT", "LMT"), "OPG": ("MKT", "LMT"), "CLS": ("MKT", "LMT"),
}  # fmt: skip
#: How long before its auction an order for it is taken no more (market rules 10.2), and from when on the next one's is.
OPENING_CUT_MS: Final = 2 * 60_000
CLOSING_CUT_MS: Final = 10 * 60_000
_NEXT_FROM: Final = time(19)
MAX_CLIENT_ID: Final = 128
#: Nothing longer is a symbol, nor is it remembered as one that is none.
_LONGEST: Final = 32
#: How client order ids of children end.
_OF_CHILDREN: Final = (f"{CHILD_MARK}target", f"{CHILD_MARK}stop")


class Terms(NamedTuple):
    """An order that is understood, in state `new`, and its children, in state `held`."""

    order: Order
    children: tuple[Order, ...]


class Changes(NamedTuple):
    """All terms of an order that is replaced, the new ones and those that stay."""

    quantity: Decimal
    limit_price: Decimal | None
    stop_price: Decimal | None
    trail_amount: Decimal | None
    trail_percent: Decimal | None


def checked(
    params: OrderParams,
    account: str,
    order_id: str,
    now_ms: int,
    *,
    settings: AccountSettings | None = None,
    calendar: Calendar | None = None,
) -> Terms:
    """The order that is asked for. Children get the ids that follow `order_id` ("O" and a number).

    `calendar`: of the exchange, for the hours of auctions; US stocks where none is given. `settings`: the simple model
    takes a market order with a limit price, at which it fills; the others refuse it. Raises InvalidPaperOrder with a
    reason and words for people, whatever `params` holds.
    """
    if not isinstance(params, OrderParams):
        refuse("bad_params", f"An order has to be OrderParams(…), not {shown(params)}.")
    side = cast("Side", _one_of(params.side, _SIDES, "bad_side", "The side"))
    kind = cast("OrderType", _one_of(params.order_type, _TYPES, "bad_order_type", "The order type"))
    in_force = cast("TimeInForce", _one_of(params.time_in_force, _TIMES, "bad_time_in_force", "The time in force"))
    if params.extended_hours is not True and params.extended_hours is not False:
        refuse("bad_extended_hours", f"Extended hours are True or False, not {shown(params.extended_hours)}.")
    order = Order(
        order_id=order_id,
        client_order_id=_client_id(params.client_order_id),
        account=account,
        symbol=_symbol(params.symbol),
        side=side,
        quantity=shares(params.quantity),
        order_type=kind,
        time_in_force=in_force,
        extended_hours=params.extended_hours,
        placed_ms=now_ms,
    )
    simple = settings is not None and settings.fill_model == "simple"
    _prices(order, params, may_have_limit=simple)
    _in_force(order, now_ms, us_equities() if calendar is None else calendar)
    if params.bracket is None:
        return Terms(order, ())
    children = children_of(order, params.bracket)
    if children:
        order.role = "entry"
    return Terms(order, children)


def _one_of(value: object, known: tuple[str, ...], reason: str, what: str) -> str:
    if not isinstance(value, str) or value not in known:
        refuse(reason, f"{what} has to be one of {', '.join(known)}, not {shown(value)}.")
    return value


@lru_cache(maxsize=1_024)
def _upper(symbol: str) -> str:
    """As symbols are written; empty for what is none."""
    upper = symbol.upper() if symbol.isascii() else ""
    return upper if limits.valid_symbol(upper) else ""


def _symbol(value: object) -> str:
    upper = _upper(value) if isinstance(value, str) and len(value) <= _LONGEST else ""
    if not upper:
        remedy = "A symbol has 1 to 32 of A–Z, 0–9 and .^/_=- without spaces."
        refuse("bad_symbol", f"{shown(value)} is no symbol.", remedy)
    return upper


def _client_id(value: object) -> str:
    if not isinstance(value, str):
        refuse("bad_client_order_id", f"The client order id has to be text, not {shown(value)}.")
    if len(value) > MAX_CLIENT_ID or not value.isascii() or not value.isprintable():
        message = f"The client order id {shown(value)} has to be plain ASCII without control characters,"
        refuse("bad_client_order_id", f"{message} at most {MAX_CLIENT_ID} long.")
    if value.endswith(_OF_CHILDREN):
        refuse("bad_client_order_id", f"{shown(value)} ends like an id of a bracket's child.", "Take another one.")
    return value


def _given(params: OrderParams, field: str, order: Order, *, wanted: bool, allowed: bool = False) -> Any:
    """The value of a price field; refused where it is missing, or where the type of order makes no use of it."""
    value = getattr(params, field)
    name = field.replace("_", " ")
    if value is None and wanted:
        refuse(f"{field}_missing", f"{order.order_type} orders need a {name}.")
    if value is not None and not wanted and not allowed:
        refuse(f"{field}_unused", f"{order.order_type} orders have no {name}.", "Leave it out, or take another type.")
    return value


def _prices(order: Order, params: OrderParams, *, may_have_limit: bool) -> None:
    kind = order.order_type
    if kind == "MKT" and params.limit_price is params.stop_price is params.trail_amount is params.trail_percent is None:
        return
    limit = _given(
        params, "limit_price", order, wanted=kind in ("LMT", "STP_LMT"), allowed=may_have_limit and kind == "MKT"
    )
    stop = _given(params, "stop_price", order, wanted=kind in ("STP", "STP_LMT"))
    trails = kind == "TRAIL"
    amount = _given(params, "trail_amount", order, wanted=False, allowed=trails)
    percent = _given(params, "trail_percent", order, wanted=False, allowed=trails)
    if trails and amount is None and percent is None:
        refuse("trail_missing", "TRAIL orders need a trail amount or a trail percent.")
    if amount is not None and percent is not None:
        refuse("trail_ambiguous", "A TRAIL order has a trail amount or a trail percent, not both.")
    order.limit_price = None if limit is None else price(limit, "limit_price")
    order.stop_price = None if stop is None else price(stop, "stop_price")
    order.trail_amount = None if amount is None else read_trail_amount(amount)
    order.trail_percent = None if percent is None else read_trail_percent(percent)


def _in_force(order: Order, now_ms: int, calendar: Calendar) -> None:
    in_force, kind = order.time_in_force, order.order_type
    if in_force in ("DAY", "GTC") and not order.extended_hours:
        return
    allowed = _TYPES_OF.get(in_force, _TYPES)
    if kind not in allowed:
        refuse("time_in_force_type", f"{in_force} is for {' and '.join(allowed)} orders, not for {kind}.")
    if order.extended_hours and (kind != "LMT" or in_force != "DAY"):
        refuse("extended_hours", f"Extended hours take LMT orders for the DAY only, not {kind} {in_force}.")
    if in_force in ("OPG", "CLS"):
        _auction(in_force, now_ms, calendar)


def _auction(in_force: str, now_ms: int, calendar: Calendar) -> None:
    """Until shortly before its auction, and again from the evening on, for the next one."""
    times = calendar.session_bounds(now_ms)
    if times is None:
        return
    opens = in_force == "OPG"
    cut_ms = times.open_ms - OPENING_CUT_MS if opens else times.close_ms - CLOSING_CUT_MS
    if now_ms < cut_ms or calendar.to_local(now_ms).time() >= _NEXT_FROM:
        return
    name, minutes = ("opening", OPENING_CUT_MS // 60_000) if opens else ("closing", CLOSING_CUT_MS // 60_000)
    message = f"Orders for the {name} auction are taken until {minutes} minutes before it ({_clock(cut_ms, calendar)})"
    refuse("auction_closed", f"{message}, and from {_NEXT_FROM:%H:%M} on for the next one.")


def _clock(ms: int, calendar: Calendar) -> str:
    return f"{calendar.to_local(ms):%H:%M}"


def changed(
    order: Order,
    *,
    quantity: Number | None = None,
    limit_price: Number | None = None,
    stop_price: Number | None = None,
    trail_amount: Number | None = None,
    trail_percent: Number | None = None,
) -> Changes:
    """The terms of a working order once those given are replaced. Raises InvalidPaperOrder.

    Only terms that the order has can change, because its type does not; a trail may change from USD to percent and
    back. Terms that stay are not judged anew: a split may have left them between two steps.
    """
    given = {
        "limit_price": limit_price, "stop_price": stop_price,
        "trail_amount": trail_amount, "trail_percent": trail_percent,
    }  # fmt: skip
    for field, value in given.items():
        trails = field.startswith("trail") and order.order_type == "TRAIL"
        if value is not None and not trails and getattr(order, field) is None:
            refuse(f"{field}_unused", f"This {order.order_type} order has no {field.replace('_', ' ')} to change.")
    if trail_amount is not None and trail_percent is not None:
        refuse("trail_ambiguous", "A TRAIL order has a trail amount or a trail percent, not both.")
    if stop_price is not None and order.triggered_ms:
        refuse("stop_touched", "The stop of this order is touched already: it moves no more.", "Cancel it instead.")
    left = order.quantity if quantity is None else shares(quantity)
    if left <= order.filled:
        filled = f"{order.filled:f} shares of it are filled"
        refuse("bad_quantity", f"{filled}: the quantity has to be more than that.", "Cancel the rest instead.")
    changes = Changes(left, order.limit_price, order.stop_price, order.trail_amount, order.trail_percent)
    if limit_price is not None:
        changes = changes._replace(limit_price=price(limit_price, "limit_price"))
    if stop_price is not None:
        changes = changes._replace(stop_price=price(stop_price, "stop_price"))
    if trail_amount is not None:
        changes = changes._replace(trail_amount=read_trail_amount(trail_amount), trail_percent=None)
    if trail_percent is not None:
        changes = changes._replace(trail_percent=read_trail_percent(trail_percent), trail_amount=None)
    return changes


def side_of_market(
    order: Order, view: MarketView | None, *, children: Sequence[Order] = (), trigger: Literal["last", "quote"] = "last"
) -> Refusal | None:
    """Why a stop would be touched at once, or why the bracket of a market order is on the wrong side of the market.

    A stop to buy has to lie above the last print, a stop to sell below it; with `trigger` "quote", and before the first
    print, above the ask or below the bid. Where no price is known nothing is refused.
    """
    if view is None:
        return None
    buys = order.side == "BUY"
    quote = _seen(view.ask if buys else view.bid)
    last = _seen(view.last) if trigger == "last" else None
    side = "ask" if buys else "bid"
    seen, whose = (quote, side) if last is None else (last, "last")
    stop = order.stop_price
    if stop is not None and not order.triggered_ms and seen is not None and (stop <= seen if buys else stop >= seen):
        what = f"A stop to {order.side} has to lie {'above' if buys else 'below'} the market"
        return Refusal("stop_side", f"{what}: {price_words(stop)}, {whose} {price_words(seen)}.")
    if order.order_type != "MKT" or quote is None:
        return None
    for child in children:
        is_target = child.role == "target"
        at = child.limit_price if is_target else child.stop_price
        over = is_target == buys
        if at is not None and (at <= quote if over else at >= quote):
            what = f"The {child.role} of this bracket has to lie {'above' if over else 'below'} the market"
            return Refusal("bracket_side", f"{what}: {price_words(at)}, {side} {price_words(quote)}.")
    return None


def _seen(value: float) -> Decimal | None:
    return price_of(value) if value == value else None
