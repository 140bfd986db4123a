"""Numbers of an order as people and scripts write them, made exact or refused with words that name the field."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NoReturn

from live_monitor import limits
from live_monitor.data.models.orders import ZERO
from live_monitor.engine.paper.money import exact
from live_monitor.errors import InvalidPaperOrder

#: Shares in one order. More than any exchange takes at once, and far below where a number stops being a quantity.
MAX_SHARES: Final = Decimal(10_000_000)
MAX_PRICE: Final = Decimal(repr(limits.MAX_PRICE))
#: USD per share; also the finest step of any trail.
FINEST: Final = Decimal("0.0001")
_CENT: Final = Decimal("0.01")
_ONE: Final = Decimal(1)
_HUNDRED: Final = Decimal(100)
_SHOWN: Final = 40


def refuse(reason: str, message: str, remedy: str = "") -> NoReturn:
    """Raises InvalidPaperOrder."""
    raise InvalidPaperOrder(message, remedy, reason=reason)


def shown(value: object) -> str:
    """What somebody gave, short and in characters that cannot mislead; for messages."""
    # A whole number of thousands of digits cannot even be written out.
    text = "a huge number" if isinstance(value, int) and value.bit_length() > 256 else ascii(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _number(value: object, reason: str, what: str) -> Decimal:
    if isinstance(value, Decimal | int | float | str) and not isinstance(value, bool):
        try:
            return exact(value)
        except (ValueError, ArithmeticError):
            refuse(reason, f"{what} cannot be read: {shown(value)} is no number that an order can have.")
    refuse(reason, f"{what} has to be a number, not {shown(value)}.")


def shares(value: object) -> Decimal:
    """A quantity: whole, above 0. Fractions of a share are refused: exchanges take none. Raises InvalidPaperOrder."""
    if type(value) is int and 0 < value <= MAX_SHARES:
        return Decimal(value)
    quantity = _number(value, "bad_quantity", "The quantity")
    if quantity <= 0:
        refuse("bad_quantity", f"The quantity has to be above 0, not {shown(value)}.", "The side says which way.")
    if quantity != quantity.to_integral_value():
        refuse("bad_quantity", f"Only whole shares can be ordered, not {quantity:f}.")
    if quantity > MAX_SHARES:
        refuse("bad_quantity", f"An order has at most {MAX_SHARES:,} shares, not {shown(value)}.")
    return quantity


def tick(at: Decimal) -> Decimal:
    """The step of order prices at a price: 0.01 USD from one dollar up, 0.0001 below (Rule 612, market rules 4.4)."""
    return _CENT if at >= _ONE else FINEST


def price(value: object, field: str) -> Decimal:
    """A price of an order in USD, on the grid of its own tick. `field`: its name, "limit_price". Raises
    InvalidPaperOrder with the two prices nearest to one between two ticks.
    """
    what = f"The {field.replace('_', ' ')}"
    found = _number(value, f"bad_{field}", what)
    if not ZERO < found <= MAX_PRICE:
        refuse(f"bad_{field}", f"{what} has to be above 0 and at most {MAX_PRICE:,.0f} USD, not {shown(value)}.")
    step = tick(found)
    below = found // step * step
    if found != below:
        near = f"{below:f} or {below + step:f}" if below else f"{step:f}"
        refuse("sub_penny", f"{what} {found:f} lies between two steps of {step:f} USD.", f"Take {near}.")
    return found


def read_trail_amount(value: object) -> Decimal:
    """How far a stop trails, in USD per share, in steps of 0.0001. Raises InvalidPaperOrder."""
    found = _number(value, "bad_trail_amount", "The trail amount")
    if not ZERO < found <= MAX_PRICE:
        refuse("bad_trail_amount", f"The trail amount has to be above 0 USD, not {shown(value)}.")
    if found % FINEST:
        refuse("bad_trail_amount", f"The trail amount has at most four decimals, not {found:f}.")
    return found


def read_trail_percent(value: object) -> Decimal:
    """How far a stop trails, in percent of the best price: above 0, below 100, four decimals at most. Raises
    InvalidPaperOrder.
    """
    found = _number(value, "bad_trail_percent", "The trail percent")
    if not ZERO < found < _HUNDRED:
        refuse("bad_trail_percent", f"The trail has to be above 0 and below 100 percent, not {shown(value)}.")
    if found % FINEST:
        refuse("bad_trail_percent", f"The trail percent has at most four decimals, not {found:f}.")
    return found
