"""What an account must come to, computed another way: in `Fraction`, from the rules alone, with no code of the engine.

Nothing is rounded here but cash (to cents, half up, by whole numbers); average cost is a fraction.
"""

from __future__ import annotations

from collections import deque
from fractions import Fraction


def cents(amount: Fraction) -> Fraction:
    """Whole cents, half up, away from zero."""
    sign = -1 if amount < 0 else 1
    return sign * Fraction((abs(amount) * 200 + 1).__floor__() // 2, 100)


class Reference:
    """A cash account. Quantities and amounts are fractions; fees are given with each fill."""

    def __init__(self, cash: Fraction) -> None:
        self.opening = self.cash = cash
        self.settled = cash
        self.movements: list[Fraction] = []
        self.fees = Fraction(0)
        self.realized = Fraction(0)
        self.realized_fifo = Fraction(0)
        self.quantity: dict[str, Fraction] = {}
        self.average: dict[str, Fraction] = {}
        self.lots: dict[str, deque[tuple[Fraction, Fraction]]] = {}
        #: Proceeds that have not settled: exchange days to go, and USD.
        self.waiting: list[Fraction] = []

    def buy(self, symbol: str, quantity: Fraction, price: Fraction, fees: Fraction) -> None:
        amount = cents(quantity * price)
        held = self.quantity.get(symbol, Fraction(0))
        before = held * self.average.get(symbol, Fraction(0))
        self.quantity[symbol] = held + quantity
        self.average[symbol] = (before + amount) / (held + quantity)
        self.lots.setdefault(symbol, deque()).append((quantity, amount / quantity))
        self._move(-amount - fees, fees)
        owed = amount + fees
        part = min(self.settled, owed)
        self.settled -= part
        owed -= part
        while owed:
            part = min(self.waiting[0], owed)
            self.waiting[0] -= part
            owed -= part
            if not self.waiting[0]:
                self.waiting.pop(0)

    def sell(self, symbol: str, quantity: Fraction, price: Fraction, fees: Fraction) -> None:
        amount = cents(quantity * price)
        self.realized += amount - quantity * self.average[symbol]
        self.quantity[symbol] -= quantity
        left, cost = quantity, Fraction(0)
        lots = self.lots[symbol]
        while left:
            shares, each = lots.popleft()
            taken = min(shares, left)
            cost += taken * each
            left -= taken
            if shares > taken:
                lots.appendleft((shares - taken, each))
        self.realized_fifo += amount - cost
        self._move(amount - fees, fees)
        self.waiting.append(amount - fees)

    def split(self, symbol: str, ratio: Fraction) -> None:
        if symbol in self.quantity:
            self.quantity[symbol] *= ratio
            self.average[symbol] /= ratio
            self.lots[symbol] = deque((shares * ratio, each / ratio) for shares, each in self.lots[symbol])

    def cost(self, symbol: str) -> Fraction:
        return self.quantity.get(symbol, Fraction(0)) * self.average.get(symbol, Fraction(0))

    def settle(self) -> None:
        """The next exchange day: everything sold before has settled."""
        self.settled += sum(self.waiting, Fraction(0))
        self.waiting = []

    def _move(self, amount: Fraction, fees: Fraction) -> None:
        self.cash += amount
        self.movements.append(amount)
        self.fees += fees


def commission(per_share: Fraction, minimum: Fraction, quantity: Fraction, filled: Fraction) -> Fraction:
    """What a broker charges for `quantity` more shares of an order of which `filled` are executed."""

    def whole(shares: Fraction) -> Fraction:
        return max(cents(shares * per_share), minimum) if shares else Fraction(0)

    return whole(filled + quantity) - whole(filled)
