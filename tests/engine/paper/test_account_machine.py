"""A machine that does anything in any order to a cash account: nothing may ever be owed, and every sum must add up."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from typing import ClassVar

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from live_monitor.data.models.orders import ZERO, CostScheme, Side
from live_monitor.engine.paper.account import AccountState
from live_monitor.engine.paper.costs import commission, fees
from live_monitor.engine.paper.entries import OrderExpired, OrderReplaced
from live_monitor.engine.paper.funds import affordable, check_funds, sellable
from tests.engine.paper.entries_of import AT, DAYS, D, accept, account, cancel, day, fill, order, place, split
from tests.engine.paper.reference import Reference, cents
from tests.engine.paper.sums import check_money, check_nothing_is_owed, check_reservations, tell

SYMBOLS = st.sampled_from(["IBM", "AAPL"])
PRICES = st.integers(1, 2_000_000).map(lambda points: D(points) / 10_000)
#: Out of a hundred; whole amounts matter most.
PARTS = st.one_of(st.just(100), st.integers(1, 100))
SHARES = st.integers(1, 500).map(D)
PICKS = st.integers(0, 10**6)


class CashAccount(RuleBasedStateMachine):
    """Places, fills, replaces, cancels, arms brackets, splits, turns days; whatever the account's own checks allow."""

    SCHEMES: ClassVar[tuple[CostScheme, ...]] = ("none", "per_share", "us_broker")

    @initialize(cash=st.integers(0, 10_000_000), scheme=st.sampled_from(SCHEMES))
    def open(self, cash: int, scheme: CostScheme) -> None:
        self.state: AccountState = account(str(D(cash) / 100), costs=scheme)
        self.truth = Reference(Fraction(cash, 100))
        self.days = 0
        self.fills = 0

    def _picked(self, pick: int, *states: str) -> str | None:
        found = [working.order_id for working in self.state.orders.values() if working.state in states]
        return found[pick % len(found)] if found else None

    @rule(symbol=SYMBOLS, side=st.sampled_from(["BUY", "SELL"]), quantity=SHARES, price=PRICES, limit=st.booleans())
    def place(self, symbol: str, side: Side, quantity: Decimal, price: Decimal, limit: bool) -> None:
        state = self.state
        asked = order(state, side, quantity, price if limit else None, symbol=symbol, reserve_price=price)
        problem = check_funds(state, asked, price, {})
        if side == "SELL":
            assert (problem is None) == (quantity <= sellable(state, symbol))
        else:
            cost = cents(Fraction(quantity) * Fraction(price)) + Fraction(commission(state.settings, quantity))
            assert (problem is None) == (cost <= Fraction(state.cash - state.reserved))
        if problem is None:
            accept(state, place(state, asked))

    @rule(symbol=SYMBOLS, quantity=SHARES, price=PRICES)
    def bracket(self, symbol: str, quantity: Decimal, price: Decimal) -> None:
        state = self.state
        entry = order(state, "BUY", quantity, price, symbol=symbol, role="entry")
        if check_funds(state, entry, price, {}) is not None:
            return
        parent = accept(state, place(state, entry))
        target, stop = state.next_order_id(), state.next_order_id(1)
        child = {"symbol": symbol, "parent_id": parent, "state": "held"}
        place(state, order(state, "SELL", quantity, price * 2, sibling_id=stop, role="target", **child))
        place(state, order(state, "SELL", quantity, price / 2, sibling_id=target, role="stop", **child))

    @rule(symbol=SYMBOLS, side=st.sampled_from(["BUY", "SELL"]), part=PARTS, price=PRICES, paid=PRICES)
    def trade(self, symbol: str, side: Side, part: int, price: Decimal, paid: Decimal) -> None:
        """A market order for a part of what there is, executed at another price than it was placed at."""
        state = self.state
        most = sellable(state, symbol) if side == "SELL" else max(state.cash - state.reserved, ZERO) / price
        quantity = (most * part / 100).to_integral_value(ROUND_DOWN)
        asked = order(state, side, quantity, symbol=symbol, reserve_price=price)
        if not quantity or check_funds(state, asked, price, {}) is not None:
            return
        order_id = accept(state, place(state, asked))
        self._execute(order_id, part, paid)
        self._execute(order_id, 100, price)

    @rule(pick=PICKS, part=PARTS, price=PRICES)
    def execute(self, pick: int, part: int, price: Decimal) -> None:
        order_id = self._picked(pick, "accepted", "partially_filled")
        if order_id is not None:
            self._execute(order_id, part, price)

    def _execute(self, order_id: str, part: int, price: Decimal) -> None:
        state = self.state
        if order_id not in state.orders:
            return
        working = state.orders[order_id]
        price = working.limit_price or price

        def charge(quantity: Decimal) -> Decimal:
            return fees(state.settings, working.side, quantity, price, DAYS[0], working.filled).total

        free = affordable(state, working, price, charge)
        assert 0 <= free <= working.remaining
        quantity = min(max((free * part / 100).to_integral_value(), D(1)), free)
        if not quantity:
            return
        assert check_funds(state, working, price, {}, quantity) is None
        charged = fees(state.settings, working.side, quantity, price, DAYS[0], working.filled)
        done = fill(state, order_id, quantity, price, charged)
        self.fills += 1
        tell(self.truth, done, "")
        self._after_fill(order_id)

    def _after_fill(self, order_id: str) -> None:
        """As the engine does: a filled parent arms its children, and one child's fill reduces the other."""
        state = self.state
        done = state.order(order_id)
        assert done is not None
        if done.state == "filled":
            for child in [found for found in state.open_orders() if found.parent_id == order_id]:
                accept(state, child.order_id)
        sibling = state.orders.get(done.sibling_id)
        if sibling is None:
            return
        if done.remaining:
            shares = sibling.filled + done.remaining
            state.apply(OrderReplaced(**AT, order_id=sibling.order_id, quantity=shares, reason="sibling_filled"))
        else:
            cancel(state, sibling.order_id)

    @rule(pick=PICKS)
    def cancel(self, pick: int) -> None:
        order_id = self._picked(pick, "accepted", "partially_filled", "held")
        if order_id is not None:
            cancel(self.state, order_id)

    @rule(pick=PICKS)
    def expire(self, pick: int) -> None:
        order_id = self._picked(pick, "accepted", "partially_filled")
        if order_id is not None:
            self.state.apply(OrderExpired(**AT, order_id=order_id, reason="day_over", text="The day is over."))

    @rule(pick=PICKS, quantity=SHARES, price=PRICES)
    def replace(self, pick: int, quantity: Decimal, price: Decimal) -> None:
        order_id = self._picked(pick, "accepted", "partially_filled")
        if order_id is None:
            return
        old = self.state.orders[order_id]
        new = msgspec.structs.replace(old, quantity=quantity + old.filled, limit_price=price)
        if not old.sibling_id and check_funds(self.state, new, price, {}) is None:
            self.state.apply(OrderReplaced(**AT, order_id=order_id, quantity=new.quantity, limit_price=price))

    @rule(symbol=SYMBOLS, ratio=st.sampled_from(["2", "3", "1.5"]))
    @precondition(lambda self: self.fills < 100)
    def split(self, symbol: str, ratio: str) -> None:
        held = self.state.positions.get(symbol)
        if (
            self.state.open_orders(symbol)
            or held is None
            or max((lot.quantity for lot in held.lots), default=ZERO) > 9e8
        ):
            return  # what a split does to orders has tests of its own; here it is the money that counts
        if any(lot.quantity * D(ratio) % D("1E-9") for lot in held.lots):
            return
        split(self.state, ratio, symbol)
        self.truth.split(symbol, Fraction(ratio))

    @rule()
    def turn_day(self) -> None:
        self.days += 1
        day(self.state, DAYS[self.days % len(DAYS)])
        self.truth.settle()

    @rule()
    def restart(self) -> None:
        """From its checkpoint it is the same account."""
        again = msgspec.json.decode(msgspec.json.encode(self.state), type=AccountState)
        assert again == self.state
        self.state = again

    @invariant()
    def sums_are_true(self) -> None:
        check_nothing_is_owed(self.state)
        check_money(self.state, self.truth)
        check_reservations(self.state)


def test_l11_an_account_never_owes_whatever_is_done_to_it() -> None:
    run_state_machine_as_test(CashAccount, settings=settings(max_examples=80, stateful_step_count=40, deadline=None))


@pytest.mark.nightly
@pytest.mark.timeout(3600)
def test_l11_fifty_thousand_steps_of_an_account() -> None:
    run_state_machine_as_test(
        CashAccount,
        settings=settings(
            max_examples=1_000, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
