"""An order as it stands on the ticket, before it is one. Pure: what is missing, how many shares, which order."""

from __future__ import annotations

import math
from decimal import ROUND_DOWN, Decimal
from typing import Final, Literal, cast

from msgspec import Struct

from live_monitor.data.models.orders import Bracket, Number, OrderParams, OrderType, Side, TimeInForce
from live_monitor.engine.paper.market_view import MarketView
from live_monitor.engine.paper.money import exact

#: What the number on the ticket counts.
Sizing = Literal["shares", "cash", "risk"]
TrailUnit = Literal["usd", "percent"]
#: How the stop of a bracket is meant.
StopKind = Literal["stop", "trail_usd", "trail_percent"]

#: Which prices an order of a type needs.
NEEDS: Final[dict[OrderType, tuple[str, ...]]] = {
    "MKT": (),
    "LMT": ("limit",),
    "STP": ("stop",),
    "STP_LMT": ("stop", "limit"),
    "TRAIL": ("trail",),
}
_MISSING: Final = {
    "limit": "Type a limit price.",
    "stop": "Type a stop price.",
    "trail": "Type the distance of the trailing stop.",
}
#: Types whose bracket can begin: an entry that fills at a price.
_ENTRIES: Final = frozenset({"MKT", "LMT", "STP", "STP_LMT"})
HUNDRED: Final = Decimal(100)


class Draft(Struct, frozen=True, kw_only=True):
    """What is set on the ticket; None for a field that is empty. `amount` counts what `sizing` says (risk: percent)."""

    side: Side = "BUY"
    order_type: OrderType = "MKT"
    sizing: Sizing = "shares"
    amount: Decimal | None = Decimal(100)
    limit: Decimal | None = None
    stop: Decimal | None = None
    trail: Decimal | None = None
    trail_unit: TrailUnit = "usd"
    time_in_force: TimeInForce = "DAY"
    extended_hours: bool = False
    bracket: bool = False
    target: Decimal | None = None
    stop_kind: StopKind = "stop"
    protect: Decimal | None = None


def for_another_symbol(draft: Draft) -> Draft:
    """The same wishes without its prices: a price belongs to one symbol."""
    return Draft(
        side=draft.side,
        order_type=draft.order_type,
        sizing=draft.sizing,
        amount=draft.amount,
        trail_unit=draft.trail_unit,
        time_in_force=draft.time_in_force,
        extended_hours=draft.extended_hours,
        bracket=draft.bracket,
        stop_kind=draft.stop_kind,
    )


def missing(draft: Draft) -> str:
    """The first thing that the draft lacks, in words for people; empty when it is whole."""
    for name in NEEDS[draft.order_type]:
        if getattr(draft, name) is None:
            return _MISSING[name]
    if draft.amount is None or draft.amount <= 0:
        return {
            "shares": "Type a number of shares.",
            "cash": "Type an amount of cash.",
            "risk": "Type the share of the account to risk, in percent.",
        }[draft.sizing]
    if draft.bracket and draft.target is None and draft.protect is None:
        return "Type a target or a stop for the bracket."
    if draft.sizing == "risk" and planned_stop(draft, None) is None and not _trails(draft):
        return "Risk needs a stop: add a bracket with one."
    return ""


def offers_extended(draft: Draft) -> bool:
    """True where an order may trade outside the regular session: limit orders of the day."""
    return draft.order_type == "LMT" and draft.time_in_force == "DAY"


def offers_bracket(draft: Draft) -> bool:
    """True where an order can be the entry of a bracket."""
    return draft.order_type in _ENTRIES and draft.time_in_force in {"DAY", "GTC"}


def entry_price(draft: Draft, quote: MarketView | None) -> Decimal | None:
    """USD per share that the order would trade at: its own limit or stop, else what the market asks of its side."""
    if draft.order_type in {"LMT", "STP_LMT"}:
        return draft.limit
    if draft.order_type == "STP":
        return draft.stop
    return touch(draft.side, quote)


def touch(side: Side, quote: MarketView | None) -> Decimal | None:
    """The ask for a buyer, the bid for a seller, else the last price; None without any."""
    if quote is None:
        return None
    for value in (quote.ask if side == "BUY" else quote.bid, quote.last):
        if math.isfinite(value) and value > 0:
            return Decimal(repr(value))
    return None


def planned_stop(draft: Draft, entry: Decimal | None) -> Decimal | None:
    """Where the bracket would end the position at a loss; None where it does not say, or without an entry price."""
    if not draft.bracket or draft.protect is None:
        return None
    if draft.stop_kind == "stop":
        return draft.protect
    if entry is None:
        return None
    far = draft.protect if draft.stop_kind == "trail_usd" else entry * draft.protect / HUNDRED
    return entry - far if draft.side == "BUY" else entry + far


def shares_for_cash(cash: Decimal, price: Decimal | None) -> Decimal | None:
    """Whole shares that so much money buys; None without a price."""
    if price is None or price <= 0:
        return None
    return (cash / price).to_integral_value(ROUND_DOWN)


def params(draft: Draft, symbol: str, quantity: Decimal, client_order_id: str) -> OrderParams:
    """The order that the draft asks for; prices that its type does not use are left out."""
    needs = NEEDS[draft.order_type]
    trail = draft.trail if "trail" in needs else None
    return OrderParams(
        symbol=symbol,
        side=draft.side,
        quantity=quantity,
        order_type=draft.order_type,
        limit_price=draft.limit if "limit" in needs else None,
        stop_price=draft.stop if "stop" in needs else None,
        trail_amount=trail if draft.trail_unit == "usd" else None,
        trail_percent=trail if draft.trail_unit == "percent" else None,
        time_in_force=draft.time_in_force,
        client_order_id=client_order_id,
        extended_hours=draft.extended_hours and offers_extended(draft),
        bracket=_bracket(draft) if draft.bracket and offers_bracket(draft) else None,
    )


def _bracket(draft: Draft) -> Bracket | None:
    if draft.target is None and draft.protect is None:
        return None
    kind = draft.stop_kind
    return Bracket(
        target_price=draft.target,
        stop_price=draft.protect if kind == "stop" else None,
        trail_amount=draft.protect if kind == "trail_usd" else None,
        trail_percent=draft.protect if kind == "trail_percent" else None,
    )


def _trails(draft: Draft) -> bool:
    return draft.bracket and draft.protect is not None and draft.stop_kind != "stop"


def draft_of(order: OrderParams) -> Draft:
    """The draft of an order that was begun elsewhere; what is no number is left empty."""
    bracket = order.bracket or Bracket()
    kind: StopKind = "stop"
    protect = bracket.stop_price
    if bracket.trail_amount is not None:
        kind, protect = "trail_usd", bracket.trail_amount
    elif bracket.trail_percent is not None:
        kind, protect = "trail_percent", bracket.trail_percent
    return Draft(
        side="SELL" if order.side == "SELL" else "BUY",
        order_type=order.order_type if order.order_type in NEEDS else "MKT",
        amount=_typed(order.quantity),
        limit=_typed(order.limit_price),
        stop=_typed(order.stop_price),
        trail=_typed(order.trail_amount if order.trail_percent is None else order.trail_percent),
        trail_unit="usd" if order.trail_percent is None else "percent",
        time_in_force=cast(TimeInForce, order.time_in_force),
        extended_hours=order.extended_hours,
        bracket=order.bracket is not None,
        target=_typed(bracket.target_price),
        stop_kind=kind,
        protect=_typed(protect),
    )


def _typed(number: Number | None) -> Decimal | None:
    if number is None:
        return None
    try:
        return exact(number)
    except ValueError:
        return None
