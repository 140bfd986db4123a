"""Fibonacci levels, and what a measurement says. Pure, no Qt."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from live_monitor.limits import MIN_PRICE
from live_monitor.ui.charts.drawings.values import Anchor
from live_monitor.ui.number_format import MINUS, format_change, format_percent, format_price

#: Shares of the move that was retraced, and one extension beyond its start.
SHARES: Final = (0.0, 0.236, 0.382, 0.5, 0.618, 0.786, 1.0, 1.618)
#: A pan asks for the same words at every frame; writing them costs more than all lines of the drawing.
_KEPT: Final = 4_096


class Level(NamedTuple):
    """A price (USD), its share of the move, and both in words: `61.8%  231.48`."""

    share: float
    price: float
    text: str


@lru_cache(_KEPT)
def fibonacci_levels(start: Anchor, end: Anchor) -> tuple[Level, ...]:
    """Levels of the move from `start` to `end`: 0 at its end, 1 at its start, in equal amounts of USD on any scale.

    Levels that would be no price (at or below zero) are left out.
    """
    prices = [(share, end.price * (1 - share) + start.price * share) for share in SHARES]
    return tuple(
        Level(share, price, f"{share * 100:.1f}%  {price_text(price)}") for share, price in prices if price >= MIN_PRICE
    )


@lru_cache(_KEPT)
def price_text(price: float) -> str:
    """USD in cents, below one dollar in hundredths of a cent: `1,231.48`, `0.4312`."""
    return format_price(price, decimals(price))


def decimals(price: float) -> int:
    """Digits after the point of a price that need not be a whole tick."""
    return 2 if abs(price) >= 1 else 4


@lru_cache(_KEPT)
def change_text(start: Anchor, end: Anchor) -> str:
    """`+1.25  (+0.54%)`: change of price in USD and in percent of the first."""
    change = end.price - start.price
    places = max(decimals(start.price), decimals(end.price))
    return f"{format_change(change, places)}  ({format_percent(change / start.price * 100)})"


@lru_cache(_KEPT)
def span_text(bars: int, start: Anchor, end: Anchor) -> str:
    """`12 bars  1 h 12 min`: bars and time between the two, with a minus when the second is the earlier one."""
    count = f"{MINUS if bars < 0 else ''}{abs(bars):,} bar{'' if abs(bars) == 1 else 's'}"
    return f"{count}  {elapsed_text(end.ms - start.ms)}"


def elapsed_text(ms: int) -> str:
    """Time that passed, in its two largest units: `0 s`, `45 s`, `12 min`, `1 h 12 min`, `3 d 2 h`, `−1,500 d`."""
    seconds = abs(ms) // 1000
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    at = next((place for place, (_, length) in enumerate(units) if seconds >= length), len(units) - 1)
    parts: list[str] = []
    for name, length in units[at : at + 2]:
        count, seconds = divmod(seconds, length)
        if count or not parts:
            parts.append(f"{count:,} {name}")
    return (MINUS if ms <= -1000 else "") + " ".join(parts)
