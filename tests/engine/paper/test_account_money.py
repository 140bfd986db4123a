"""Row L14: whatever is traded, every cent is where it belongs; checked against a reference in `Fraction`."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction

import pytest

from live_monitor.data.models.orders import Fees, Side
from live_monitor.engine.paper.account import AccountState
from live_monitor.engine.paper.costs import commission, fees
from live_monitor.engine.paper.funds import affordable, check_funds
from live_monitor.engine.paper.positions import Lot
from tests.engine.paper import reference
from tests.engine.paper.entries_of import DAYS, D, accept, account, cancel, day, fill, order, place, split
from tests.engine.paper.reference import Reference
from tests.engine.paper.sums import tell

SYMBOLS = ("IBM", "AAPL", "BRK.B")
#: The cost of a part of a position is rounded to 10 decimals once a fill.
ROUNDED = Fraction(1, 2 * 10**10)


class Storm:
    """Random orders against one account and its reference at once."""

    def __init__(self, seed: int, costs: str) -> None:
        self.random = random.Random(seed)
        self.state: AccountState = account("100000.37", costs=costs, per_share=D("0.0035"), minimum_fee=D("0.35"))
        self.truth = Reference(Fraction("100000.37"))
        self.prices = {symbol: D(self.random.randrange(5_000, 5_000_000)) / 10_000 for symbol in SYMBOLS}
        self.fills = 0
        self.refused = 0
        self.days = 0

    def step(self) -> None:
        """One order of a random kind, filled in up to three parts, or refused."""
        roll, state = self.random, self.state
        symbol = roll.choice(SYMBOLS)
        self.prices[symbol] = max(self.prices[symbol] + D(roll.randrange(-5_000, 5_001)) / 10_000, D("0.0001"))
        if roll.random() < 0.002:
            self._split(symbol)
        if roll.random() < 0.01:
            self._next_day()
        side: Side = "BUY" if roll.random() < 0.55 else "SELL"
        limit = None if roll.random() < 0.5 else self.prices[symbol].quantize(D("0.0001"))
        asked = order(
            state, side, self._quantity(symbol, side), limit, symbol=symbol, reserve_price=self.prices[symbol]
        )
        if check_funds(state, asked, self.prices[symbol], {}) is not None:
            self.refused += 1
            return
        order_id = accept(state, place(state, asked))
        for _ in range(roll.randrange(1, 4)):
            if order_id not in state.orders:
                return
            self._fill(order_id)
        if order_id in state.orders:
            cancel(state, order_id)

    def _quantity(self, symbol: str, side: Side) -> Decimal:
        held = self.state.quantity(symbol)
        if side == "SELL" and held and self.random.random() < 0.5:
            return held
        if self.random.random() < 0.1:
            return D(self.random.randrange(1, 10**9)) / 10**7
        return D(self.random.randrange(1, 400))

    def _fill(self, order_id: str) -> None:
        state, working = self.state, self.state.orders[order_id]
        price = working.limit_price or self.prices[working.symbol]
        charges = lambda quantity: self._fees(order_id, quantity, price).total  # noqa: E731 - a closure over this fill
        free = affordable(state, working, price, charges)
        part = self.random.randrange(1, 101)
        quantity = min((working.remaining * part / 100).quantize(D("1E-9")), free) if part < 90 else free
        if not quantity:
            return
        done = fill(state, order_id, quantity, price, self._fees(order_id, quantity, price))
        self.fills += 1
        tell(self.truth, done, "")

    def _fees(self, order_id: str, quantity: Decimal, price: Decimal) -> Fees:
        working, settings = self.state.orders[order_id], self.state.settings
        return fees(settings, working.side, quantity, price, DAYS[0], working.filled)

    def _split(self, symbol: str) -> None:
        ratio = self.random.choice(("2", "4", "1.5") if self.prices[symbol] > 100 else ("0.5", "0.25"))
        if any(lot.quantity * D(ratio) % D("1E-9") for lot in self._lots(symbol)):
            return  # a rounded split is a property of its own
        split(self.state, ratio, symbol)
        self.truth.split(symbol, Fraction(ratio))
        self.prices[symbol] = (self.prices[symbol] / D(ratio)).quantize(D("0.0001"))

    def _lots(self, symbol: str) -> list[Lot]:
        return self.state.positions[symbol].lots if symbol in self.state.positions else []

    def _next_day(self) -> None:
        self.days += 1
        day(self.state, DAYS[self.days % len(DAYS)])
        self.truth.settle()

    def check(self) -> None:
        """Every sum, against the reference. Cash is equal to the cent; a cost to the rounding that is written down."""
        state, truth = self.state, self.truth
        slack = ROUNDED * (self.fills + 1)
        assert Fraction(state.cash) == truth.cash
        assert state.cash >= 0
        assert Fraction(state.settled) == truth.settled
        assert state.settled + sum((waiting.amount for waiting in state.proceeds), D(0)) == state.cash
        assert Fraction(state.fees) == truth.fees
        assert abs(Fraction(state.realized) - truth.realized) <= slack
        assert abs(Fraction(state.realized_fifo) - truth.realized_fifo) <= slack
        cost = D(0)
        for symbol, held in state.positions.items():
            assert held.quantity >= 0
            assert Fraction(held.quantity) == truth.quantity.get(symbol, 0)
            assert held.quantity == sum((lot.quantity for lot in held.lots), D(0))
            assert abs(Fraction(held.cost) - truth.cost(symbol)) <= slack * 1000
            cost += held.cost
        # What came in is what is there: no rounding at all.
        assert state.opening_cash + state.realized - state.fees == state.cash + cost
        assert state.reserved == 0
        assert state.selling == {}


def storm(orders: int, seed: int, costs: str) -> Storm:
    made = Storm(seed, costs)
    for count in range(orders):
        made.step()
        if count % 97 == 0:
            made.check()
    made.check()
    assert made.truth.cash == made.truth.opening + sum(made.truth.movements)
    return made


@pytest.mark.parametrize(("costs", "seed"), [("none", 1), ("per_share", 2), ("us_broker", 3)])
def test_l14_random_orders_leave_every_cent_in_its_place(costs: str, seed: int) -> None:
    made = storm(7_000, seed, costs)
    assert made.fills > 3_000
    assert made.refused > 300
    assert made.days > 20


@pytest.mark.nightly
@pytest.mark.timeout(1800)
def test_l14_a_million_random_orders() -> None:
    fills = sum(
        storm(250_000, seed, costs).fills for seed, costs in enumerate(("none", "per_share", "us_broker", "none"))
    )
    assert fills > 400_000


def test_l14_a_commission_is_the_same_in_one_fill_or_in_many() -> None:
    settings = account(costs="per_share", per_share=D("0.0035"), minimum_fee=D("0.35")).settings
    roll = random.Random(5)
    for _ in range(500):
        parts = [roll.randrange(1, 500) for _ in range(roll.randrange(1, 6))]
        filled, paid = D(0), D(0)
        for part in parts:
            charge = commission(settings, D(part), filled)
            assert Fraction(charge) == reference.commission(
                Fraction("0.0035"), Fraction("0.35"), Fraction(part), Fraction(filled)
            )
            filled, paid = filled + part, paid + charge
        assert paid == commission(settings, D(sum(parts)))
