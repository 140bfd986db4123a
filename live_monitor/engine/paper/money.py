"""Exact money (market rules 10.4): numbers from outside become `Decimal` once, and are rounded at named places only.

Binary floats never enter: 2.675 as a float is a little less, so a float counts as the shortest text that reads back as
it. Cash is rounded to cents and execution prices to 4 decimals, both half up, as people round.
"""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from decimal import localcontext as _localcontext
from functools import lru_cache
from typing import Final

from live_monitor.data.models.orders import ZERO, Number

#: The arithmetic of the paper engine. Contexts of `decimal` are per thread and other code may change them, so that
#: whoever computes enters `arithmetic()` first.
CONTEXT: Final = Context(prec=28, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow])
#: For a product that is divided again: wide enough that only the last rounding counts.
_WIDE: Final = Context(prec=80, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow])
CENT: Final = Decimal("0.01")
PRICE_STEP: Final = Decimal("0.0001")
#: To this the cost of a part of a position is rounded: an average cost stays exact far beyond the 6 decimals shown.
COST_STEP: Final = Decimal("1E-10")
#: Of a number of shares.
QUANTITY_STEP: Final = Decimal("1E-9")
#: Larger numbers are no order of a person; the limit keeps every product within the precision of `CONTEXT`.
LARGEST: Final = Decimal(10) ** 12
_TEXT: Final = re.compile(r"[+-]?[0-9]{1,13}(?:\.[0-9]{0,9})?")


def arithmetic() -> AbstractContextManager[Context]:
    """A `with` block whose operators on `Decimal` follow `CONTEXT`, whatever the thread's context is."""
    return _localcontext(CONTEXT)


def exact(number: Number) -> Decimal:
    """The number that a person or a script means, one spelling for each value: 100, 100.0 and "100.00" are `100`.

    Raises ValueError, in words, for what is no number of an order: bool, NaN, infinities, text that is not plain
    digits with a point, more than 9 decimals, 10^12 and beyond.
    """
    if isinstance(number, bool) or not isinstance(number, int | float | str | Decimal):
        raise ValueError(f"{number!r} is not a number.")
    if isinstance(number, str):
        text = number.strip()
        if len(text) > 32 or not _TEXT.fullmatch(text):
            raise ValueError(f"{text[:32]!r} is not a plain number.")
        found = Decimal(text)
    elif isinstance(number, float):
        found = Decimal(repr(float(number)))
    elif isinstance(number, int):
        if abs(number) >= 10**12:
            raise ValueError("The number is too large.")
        return Decimal(number) if number else ZERO
    else:
        found = number
    if not found.is_finite():
        raise ValueError(f"{number} is not a number.")
    if not found:
        return ZERO
    # Without expanding it: 1E+999999999 is ten characters, and a memory full of digits once it is added to something.
    if found.adjusted() >= 12:
        raise ValueError("The number is too large.")
    if found.adjusted() < -9:
        raise ValueError("The number has more than 9 decimals.")
    return _plain(found)


def _plain(found: Decimal) -> Decimal:
    plain = found.normalize(_WIDE)
    exponent = plain.as_tuple().exponent
    assert isinstance(exponent, int)  # finite
    if exponent < -9:
        raise ValueError("The number has more than 9 decimals.")
    return plain.quantize(Decimal(1), context=_WIDE) if exponent > 0 else plain


def price_of(value: float) -> Decimal:
    """The price that a feed's float stands for. Raises ValueError for NaN and infinities: absent is no price."""
    # The two zeros are equal, and two texts.
    return _remembered(value) if value else _read(value)


def _read(value: float) -> Decimal:
    # float(): numpy's floats have another repr.
    found = Decimal(repr(float(value)))
    if not found.is_finite():
        raise ValueError("There is no price.")
    return found


#: A market comes back to the same prices, and an order asks several times for one.
_remembered: Final = lru_cache(maxsize=4_096)(_read)


def cents(amount: Decimal) -> Decimal:
    """`amount` (USD) in whole cents, half up."""
    return amount.quantize(CENT, ROUND_HALF_UP, _WIDE)


def price4(price: Decimal) -> Decimal:
    """`price` (USD) with 4 decimals, half up: the price of an execution."""
    return price.quantize(PRICE_STEP, ROUND_HALF_UP, _WIDE)


def share_of(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """`amount * part / whole`, rounded once, half up, to 10 decimals. `whole` is not 0."""
    return _WIDE.divide(_WIDE.multiply(amount, part), whole).quantize(COST_STEP, ROUND_HALF_UP, _WIDE)


def scaled(quantity: Decimal, ratio: Decimal) -> Decimal:
    """Shares after a split of `ratio` new for 1, to 9 decimals, half up; without the zeros that this leaves."""
    return _plain(_WIDE.multiply(quantity, ratio).quantize(QUANTITY_STEP, ROUND_HALF_UP, _WIDE))
