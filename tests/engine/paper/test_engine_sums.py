"""Random days of an account with every setting, credit and short sales among them: its sums are exact."""

from __future__ import annotations

from decimal import Decimal

from live_monitor.data.models.orders import ZERO
from live_monitor.engine.paper.account import AccountState
from live_monitor.engine.paper.entries import Filled
from tests.engine.paper.acme import Acme
from tests.engine.paper.scenario import Scenario, settings_of
from tests.engine.paper.sums import check_reservations


def owed_or_held(state: AccountState) -> tuple[Decimal, Decimal]:
    """Cost of what is held, less what was got for what is owed; by average and by lots."""
    average = lots = ZERO
    for held in state.positions.values():
        sign = 1 if held.quantity >= 0 else -1
        average += held.cost * sign
        lots += sum((lot.cost for lot in held.lots), ZERO) * sign
        assert sum((lot.quantity for lot in held.lots), ZERO) == abs(held.quantity)
    return average, lots


def test_l14_what_came_in_is_what_is_there_with_credit_and_short_sales_too() -> None:
    fills = shorts = 0
    for seed in range(40):
        trader, scenario = Acme(60_000, **settings_of(seed)), Scenario(seed)
        for _ in range(250):
            scenario.step(trader)
        state = trader.state
        trader.taken()
        average, lots = owed_or_held(state)
        assert state.opening_cash + state.realized - state.fees == state.cash + average
        assert state.opening_cash + state.realized_fifo - state.fees == state.cash + lots
        assert state.settled + sum((waiting.amount for waiting in state.proceeds), ZERO) == state.cash
        check_reservations(state)
        fills += sum(isinstance(entry, Filled) for entry in trader.entries)
        shorts += any(held.quantity < 0 for held in state.held())
    assert fills > 100
    assert shorts > 0
