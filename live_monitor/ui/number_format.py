"""Numbers as a trader reads them: fixed decimals, thousands separated, an en dash for what is absent.

Pure text functions without Qt or locale: a screenshot, a log line and a table show the same figure.
"""

from __future__ import annotations

import math
from typing import Final

#: Shown for a number that does not exist (NaN): no bid, no print yet.
DASH: Final = "–"
#: A minus sign as wide as the plus sign, so that signed columns do not shift.
MINUS: Final = "−"
UP_ARROW: Final = "▲"
DOWN_ARROW: Final = "▼"
#: Above this a double cannot tell hundredths of a cent apart (and a hundred times the largest would overflow).
_NO_CENTS: Final = 1e12


def price_decimals(price: float) -> int:
    """2, or 4 for a price that needs it: below one dollar or printed between cents (rule 612 allows both)."""
    if not math.isfinite(price):
        return 2
    if 0 < abs(price) < 1:
        return 4
    if abs(price) > _NO_CENTS:
        return 2
    return 2 if abs(price * 100 - round(price * 100)) < 1e-4 else 4


def format_price(price: float, decimals: int | None = None) -> str:
    """USD, `1,234.50`; 2 or 4 decimals by `price_decimals` unless `decimals` is given."""
    if not math.isfinite(price):
        return DASH
    places = price_decimals(price) if decimals is None else decimals
    return _signed_zero_free(f"{price:,.{places}f}")


def split_price(price: float) -> tuple[str, str]:
    """Whole cents, and the hundredths of a cent that only some prints have: shown smaller, in a place kept free."""
    text = format_price(price)
    point = text.rfind(".")
    return (text, "") if point < 0 else (text[: point + 3], text[point + 3 :])


def format_size(shares: float) -> str:
    """Shares, `1,200`; up to 4 decimals for a fractional print."""
    if not math.isfinite(shares):
        return DASH
    if shares == int(shares):
        return f"{int(shares):,}"
    return f"{shares:,.4f}".rstrip("0").rstrip(".")


def format_change(change: float, decimals: int = 2) -> str:
    """Signed USD, `+1.23`, `−0.40`, `0.00`."""
    if not math.isfinite(change):
        return DASH
    return _signed(change, decimals)


def format_percent(percent: float, decimals: int = 2) -> str:
    """Signed percent, `+0.83%`; the argument is in percent already."""
    if not math.isfinite(percent):
        return DASH
    return _signed(percent, decimals) + "%"


def format_compact(count: float) -> str:
    """A count in four characters or so: `950`, `12.3K`, `4.56M`, `1.20B`."""
    if not math.isfinite(count):
        return DASH
    for size, suffix, places in ((1e9, "B", 2), (1e6, "M", 2), (1e3, "K", 1)):
        if abs(count) >= size:
            return f"{count / size:,.{places}f}{suffix}"
    return f"{count:,.0f}"


def format_age(seconds: float) -> str:
    """How long ago: `0 s`, `12 s`, `3 min`, `2 h`, `3 d`."""
    if not math.isfinite(seconds):
        return DASH
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3_600:
        return f"{whole // 60} min"
    if whole < 86_400:
        return f"{whole // 3_600} h"
    return f"{whole // 86_400} d"


def format_milliseconds(milliseconds: float) -> str:
    """A latency: `0.7 ms`, `17 ms`, `1.2 s`."""
    if not math.isfinite(milliseconds):
        return DASH
    if milliseconds < 10:
        return f"{milliseconds:.1f} ms"
    if milliseconds < 1_000:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1_000:.1f} s"


def direction(number: float) -> int:
    """+1, −1, or 0 for zero and absent; what decides the colour and the arrow."""
    if not math.isfinite(number) or number == 0:
        return 0
    return 1 if number > 0 else -1


def arrow(way: int) -> str:
    """The arrow that accompanies a colour, because colour never stands alone."""
    return UP_ARROW if way > 0 else DOWN_ARROW if way < 0 else ""


def _signed(number: float, decimals: int) -> str:
    text = f"{abs(number):,.{decimals}f}"
    if not text.strip("0.,"):
        return text
    return ("+" if number > 0 else MINUS) + text


def _signed_zero_free(text: str) -> str:
    return text[1:] if text.startswith("-") and not text.strip("-0.,") else text.replace("-", MINUS)
