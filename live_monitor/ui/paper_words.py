"""Orders and money in the words and figures of the panels. Pure: no Qt, no locale."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from live_monitor.data.models.orders import (
    FillModelName,
    Order,
    OrderRole,
    OrderState,
    OrderType,
    PositionRow,
    Side,
    TimeInForce,
)
from live_monitor.ui.number_format import DASH, DOWN_ARROW, MINUS, UP_ARROW, format_price, format_size

#: A mark older than this is no price to act on.
OLD_MARK_MS: Final = 5_000
_CENT: Final = Decimal("0.01")
_NONE: Final = Decimal(0)

TYPE_WORDS: Final[Mapping[OrderType, str]] = {
    "MKT": "Market",
    "LMT": "Limit",
    "STP": "Stop",
    "STP_LMT": "Stop limit",
    "TRAIL": "Trailing stop",
}
FORCE_WORDS: Final[Mapping[TimeInForce, str]] = {
    "DAY": "Day",
    "GTC": "Until canceled",
    "IOC": "Now or cancel",
    "FOK": "All now or none",
    "OPG": "At the open",
    "CLS": "At the close",
}
STATE_WORDS: Final[Mapping[OrderState, str]] = {
    "new": "New",
    "held": "Held",
    "accepted": "Working",
    "partially_filled": "Part filled",
    "filled": "Filled",
    "canceled": "Canceled",
    "expired": "Expired",
    "rejected": "Refused",
}
STATE_ROLES: Final[Mapping[OrderState, str]] = {
    "accepted": "accent",
    "partially_filled": "accent",
    "filled": "text",
    "rejected": "warning",
}
ROLE_WORDS: Final[Mapping[OrderRole, str]] = {"": "", "entry": "Entry", "target": "Target", "stop": "Stop"}
#: What each fill model does, in a sentence.
MODEL_WORDS: Final[Mapping[FillModelName, str]] = {
    "simple": "Simple: a limit order fills at once at its limit, a market order at the last price. Kind to you.",
    "touch": "Touch: you buy at the ask and sell at the bid, no more than is displayed; a resting limit needs the"
    " market to come to it.",
    "queue": "Queue: as touch, and the shares displayed ahead of your limit must trade first.",
}


def money(amount: Decimal | None) -> str:
    """USD with cents, `1,234.50`, `−12.00`; an en dash for None."""
    if amount is None:
        return DASH
    cents = _cents(amount)
    return f"{abs(cents):,}" if cents >= 0 else f"{MINUS}{abs(cents):,}"


def signed_money(amount: Decimal | None) -> str:
    """The same with its sign, `+1,234.50`; nothing has none."""
    if amount is None:
        return DASH
    cents = _cents(amount)
    return f"{abs(cents):,}" if not cents else f"{'+' if cents > 0 else MINUS}{abs(cents):,}"


def gain(amount: Decimal | None) -> str:
    """Profit or loss, with the arrow that stands beside its colour."""
    text = signed_money(amount)
    return {"+": f"{UP_ARROW} {text}", MINUS: f"{DOWN_ARROW} {text}"}.get(text[:1], text)


def gain_role(amount: Decimal | None) -> str:
    """Colour role of a profit or loss, as it is shown: less than half a cent is none."""
    if amount is None:
        return "muted"
    return {"+": "up", MINUS: "down"}.get(signed_money(amount)[:1], "text")


def is_old(row: PositionRow) -> bool:
    """True for a position whose mark is no price of now: a close, an old quote, or none at all."""
    return row.mark is None or row.mark_from == "close" or row.mark_age_ms > OLD_MARK_MS


def price(amount: Decimal | None) -> str:
    """USD per share with 2 or 4 decimals; an en dash for None."""
    return format_price(number(amount))


def shares(quantity: Decimal | None) -> str:
    """Shares, thousands separated; an en dash for None."""
    text = format_size(number(quantity))
    return text.replace("-", MINUS)


def number(amount: Decimal | None) -> float:
    """As a float for sorting and painting; NaN for None."""
    return math.nan if amount is None else float(amount)


def side_text(side: Side | str) -> str:
    """`▲ Buy` or `▼ Sell`."""
    return f"{UP_ARROW} Buy" if side == "BUY" else f"{DOWN_ARROW} Sell"


def side_role(side: Side | str) -> str:
    """Colour role of a side."""
    return "up" if side == "BUY" else "down"


def terms(order: Order) -> str:
    """Type and prices of an order: `Limit 187.42`, `Stop 185.00, limit 184.90`, `Trail 1.5 %`."""
    if order.order_type == "MKT":
        return "Market"
    if order.order_type == "LMT":
        return f"Limit {price(order.limit_price)}"
    if order.order_type == "TRAIL":
        return f"Trail {trail(order.trail_amount, order.trail_percent)}"
    stop = f"Stop {price(order.stop_price)}"
    return stop if order.order_type == "STP" else f"{stop}, limit {price(order.limit_price)}"


def trail(amount: Decimal | None, percent: Decimal | None) -> str:
    """The distance of a trailing stop: `0.50` or `1.5 %`."""
    if percent is not None:
        return f"{percent.normalize():f} %"
    return DASH if amount is None else typed_price(amount)


def order_line(order: Order) -> str:
    """An order in a line: `Buy 100 AAPL, limit 187.42`."""
    what = terms(order)
    return f"{side_word(order.side)} {shares(order.quantity)} {order.symbol}, {what[:1].lower()}{what[1:]}"


def side_word(side: Side | str) -> str:
    """`Buy` or `Sell`."""
    return "Buy" if side == "BUY" else "Sell"


def state_text(order: Order) -> str:
    """State of an order, with how much of it is filled."""
    words = STATE_WORDS[order.state]
    if order.filled and order.filled != order.quantity:
        return f"{words} {shares(order.filled)}"
    return words


def plain(amount: Decimal) -> str:
    """A number as it is typed: no thousands, no exponent, whole cents or what it has beyond."""
    text = f"{amount:f}"
    whole, point, tail = text.partition(".")
    if not point:
        return whole
    tail = tail.rstrip("0")
    return f"{whole}.{tail.ljust(2, '0')}" if tail else whole


def grouped(amount: Decimal) -> str:
    """The same with thousands separated."""
    whole, point, tail = plain(amount).partition(".")
    return f"{int(whole):,}{point}{tail}"


def typed_price(amount: Decimal) -> str:
    """A price as it is typed: at least whole cents."""
    text = plain(amount)
    return text if "." in text else f"{text}.00"


def _cents(amount: Decimal) -> Decimal:
    try:
        return amount.quantize(_CENT, ROUND_HALF_UP) + _NONE
    except InvalidOperation:
        # More digits than the context holds: no account is that large, and the figure stays readable.
        return amount
