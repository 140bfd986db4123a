"""The same machine through the engine: market, person and clock in any order, and never a cent out of its place."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from live_monitor.data.models.orders import FINAL_STATES, Bracket, CostScheme, FillModelName
from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.paper import folding
from live_monitor.engine.paper.order_engine import AccountEngine
from live_monitor.errors import InvalidPaperOrder
from tests.engine.paper.acme import DAY_MS, Acme
from tests.engine.paper.reference import Reference
from tests.engine.paper.sums import check_money, check_nothing_is_owed, check_reservations, tell

SYMBOLS = st.sampled_from(["ACME", "BETA"])
SIDES = st.sampled_from(["BUY", "BUY", "SELL"])
#: Cents around 10 dollars, so that orders meet the market.
CENTS = st.integers(980, 1_020)
SPREADS = st.sampled_from([2, 2, 4, 0, -2])
SHARES = st.sampled_from([1, 7, 30, 100, 250])
PICKS = st.integers(0, 10**6)
#: Days after the first one, a Friday, on which there is a session: a week with Thanksgiving, and the next Monday.
SESSIONS = (3, 4, 5, 7, 10)


class Trading(RuleBasedStateMachine):
    """One cash account at a market that gives it no rest."""

    @initialize(
        cash=st.one_of(st.integers(0, 50_000), st.just(50_000)),
        model=st.sampled_from(["simple", "touch", "queue"]),
        costs=st.sampled_from(["none", "per_share", "us_broker"]),
        latency=st.sampled_from([0, 40]),
        no_price=st.sampled_from(["refuse", "wait"]),
        partial_arm=st.booleans(),
    )
    def open(self, cash: int, model: FillModelName, costs: CostScheme, latency: int, **more: Any) -> None:
        self.trader = Acme(cash, quoted=False, fill_model=model, costs=costs, latency_ms=latency, **more)
        self.truth = Reference(Fraction(cash))
        self.told, self.today = 0, ""
        for symbol in ("ACME", "BETA"):
            self.trader.quote(0, 9.99, 10.01, symbol=symbol)

    def _later(self, ms: int = 5) -> int:
        self.trader.ms += ms
        return self.trader.ms

    def _open_order(self, pick: int) -> str:
        orders = self.trader.state.open_orders()
        return orders[pick % len(orders)].order_id if orders else "O0"

    @rule(
        symbol=SYMBOLS, middle=CENTS, spread=st.sampled_from([2, 2, 4, 0, -2]), size=st.sampled_from([1.0, 60.0, 900.0])
    )
    def quote(self, symbol: str, middle: int, spread: int, size: float) -> None:
        self.trader.quote(self._later(), (middle - spread / 2) / 100, (middle + spread / 2) / 100, size, symbol=symbol)

    @rule(symbol=SYMBOLS, course=st.lists(CENTS, min_size=2, max_size=6))
    def run(self, symbol: str, course: list[int]) -> None:
        """The market moves, in quotes and prints."""
        for middle in course:
            self.trader.quote(self._later(), (middle - 1) / 100, (middle + 1) / 100, 200.0, symbol=symbol)
            self.trader.print(self._later(), middle / 100, 100.0, symbol=symbol)

    @rule(symbol=SYMBOLS, price=CENTS, size=st.sampled_from([1.0, 80.0, 500.0]))
    def trade(self, symbol: str, price: int, size: float) -> None:
        self.trader.print(self._later(), price / 100, size, symbol=symbol)

    @rule(symbol=SYMBOLS, side=SIDES, quantity=SHARES, tif=st.sampled_from(["DAY", "GTC", "IOC", "FOK"]))
    def market_order(self, symbol: str, side: str, quantity: int, tif: str) -> None:
        if tif == "GTC":  # one in four at whatever quote there is
            tif = "DAY"
        else:
            self.run(symbol, [1_000])
        with suppress(InvalidPaperOrder):
            self.trader.place(self._later(), side, quantity, symbol=symbol, tif=tif)

    @rule(
        symbol=SYMBOLS,
        side=SIDES,
        quantity=SHARES,
        price=CENTS,
        away=st.integers(1, 30),
        bracket=st.sampled_from(["", "", "both", "target", "stop", "trail"]),
    )
    def limit_order(self, symbol: str, side: str, quantity: int, price: int, away: int, bracket: str) -> None:
        sign = 1 if side == "BUY" else -1
        far, near = Decimal(price + sign * away) / 100, Decimal(price - sign * away) / 100
        family = {
            "": None,
            "both": Bracket(target_price=far, stop_price=near),
            "target": Bracket(target_price=far),
            "stop": Bracket(stop_price=near),
            "trail": Bracket(target_price=far, trail_amount=Decimal(away) / 100),
        }[bracket]
        limit = Decimal(price) / 100
        with suppress(InvalidPaperOrder):
            self.trader.place(
                self._later(), side, quantity, "LMT", symbol=symbol, limit=limit, tif="GTC", bracket=family
            )

    @rule(symbol=SYMBOLS, side=SIDES, quantity=SHARES, stop=CENTS, kind=st.sampled_from(["STP", "STP_LMT", "TRAIL"]))
    def stop_order(self, symbol: str, side: str, quantity: int, stop: int, kind: str) -> None:
        price = Decimal(stop) / 100
        terms: dict[str, Any] = {"amount": "0.07"} if kind == "TRAIL" else {"stop": price}
        if kind == "STP_LMT":
            terms["limit"] = price
        with suppress(InvalidPaperOrder):
            self.trader.place(self._later(), side, quantity, kind, symbol=symbol, tif="GTC", **terms)

    @rule(pick=PICKS)
    def cancel(self, pick: int) -> None:
        with suppress(InvalidPaperOrder):
            self.trader.engine.cancel(self._open_order(pick), self.trader.now(self._later()))

    @rule(pick=PICKS, quantity=st.one_of(st.none(), SHARES), price=st.one_of(st.none(), CENTS))
    def replace(self, pick: int, quantity: int | None, price: int | None) -> None:
        limit = None if price is None else Decimal(price) / 100
        with suppress(InvalidPaperOrder):
            order_id = self._open_order(pick)
            self.trader.engine.replace(order_id, self.trader.now(self._later()), quantity=quantity, limit_price=limit)

    @rule(symbol=st.one_of(st.none(), SYMBOLS))
    def flatten(self, symbol: str | None) -> None:
        with suppress(InvalidPaperOrder):
            self.trader.engine.flatten(symbol, self.trader.now(self._later()))

    @rule(symbol=SYMBOLS, ratio=st.sampled_from(["2", "0.5"]))
    def split(self, symbol: str, ratio: str) -> None:
        lots = [lot for held in self.trader.state.held() if held.symbol == symbol for lot in held.lots]
        if all(Decimal("0.01") < lot.quantity < 10**6 for lot in lots):
            self.trader.engine.split(symbol, Decimal(ratio), self.trader.now(self._later()))

    @rule(symbol=SYMBOLS, part=st.sampled_from([30, 50, 100]))
    def sell_some(self, symbol: str, part: int) -> None:
        shares = int(self.trader.state.quantity(symbol) * part / 100)
        self.run(symbol, [1_001])
        with suppress(InvalidPaperOrder):
            self.trader.place(self._later(), "SELL", shares, symbol=symbol)

    @rule(wait=st.sampled_from([100, 1_000, 6_000, 600_000]))
    def pass_time(self, wait: int) -> None:
        self.trader.time(self._later(wait))

    @rule()
    def next_session(self) -> None:
        """Over the night, and what lies between, to ten in the morning of the next one."""
        starts = [days * DAY_MS for days in SESSIONS if days * DAY_MS > self.trader.ms]
        if starts:
            self.trader.time(starts[0])

    @rule()
    def restart(self) -> None:
        """Everything is thrown away but the journal, and what the market was heard to say."""
        self.trader.engine.flush(self.trader.now(self._later()))
        self.trader.taken()
        states: folding.States = {}
        for entry in [self.trader.opened, *self.trader.entries]:
            folding.fold(states, entry)
        assert folding.as_bytes(states) == folding.as_bytes({"A1": self.trader.state})
        old = self.trader.engine
        self.trader.engine = AccountEngine(states["A1"], us_equities())
        self.trader.engine.take_market(old)

    @invariant()
    def sums_are_true(self) -> None:
        self.trader.taken()
        for entry in self.trader.entries[self.told :]:
            self.today = tell(self.truth, entry, self.today)
        self.told = len(self.trader.entries)
        state = self.trader.state
        check_nothing_is_owed(state)
        check_money(state, self.truth)
        check_reservations(state)
        assert all(order.state not in FINAL_STATES for order in state.orders.values())
        assert all(0 <= order.filled < order.quantity for order in state.orders.values())


def test_l11_no_order_through_the_engine_makes_an_account_owe() -> None:
    run_state_machine_as_test(Trading, settings=settings(max_examples=60, stateful_step_count=40, deadline=None))


@pytest.mark.nightly
@pytest.mark.timeout(3600)
def test_l11_fifty_thousand_steps_through_the_engine() -> None:
    steps = settings(max_examples=1_000, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Trading, settings=steps)
