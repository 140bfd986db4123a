"""The same market and the same resting orders for every paper engine that is measured."""

from __future__ import annotations

from typing import Final, NamedTuple

SYMBOL: Final = "AAPL"
#: A Monday, 10:00 in New York.
START_MS: Final = 1_760_968_800_000
#: Between two quotes: 100 a second.
STEP_MS: Final = 10


class Level1(NamedTuple):
    """One quote: USD, shares, ms."""

    at_ms: int
    bid: float
    ask: float
    bid_size: int
    ask_size: int


class Resting(NamedTuple):
    """A limit order that no quote of `quotes` reaches."""

    buy: bool
    price: float


def quotes(count: int) -> list[Level1]:
    """A quote two cents wide that walks between 99.90 and 100.10 and changes each time."""
    found: list[Level1] = []
    for number in range(count):
        cents = 9_990 + abs(number * 7 % 42 - 21)
        found.append(
            Level1(START_MS + STEP_MS * number, cents / 100, (cents + 2) / 100, 100 + number % 9, 200 + number % 7)
        )
    return found


def resting(count: int) -> list[Resting]:
    """Half of them buy from 95 down, half sell from 105 up, a cent apart, again from the start after 2,000 each."""
    return [
        Resting(
            number % 2 == 0, (9_500 - number // 2 % 2_000 if number % 2 == 0 else 10_500 + number // 2 % 2_000) / 100
        )
        for number in range(count)
    ]
