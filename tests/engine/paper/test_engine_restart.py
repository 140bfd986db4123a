"""An engine that is thrown away and built anew from its journal goes on as if nothing had happened."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.paper import folding
from live_monitor.engine.paper.account import AccountState
from live_monitor.engine.paper.entries import Entry
from live_monitor.engine.paper.order_engine import AccountEngine
from tests.engine.paper.acme import Acme
from tests.engine.paper.scenario import Scenario, settings_of


def lines(entries: list[Entry]) -> list[bytes]:
    """Entries as the journal would have them."""
    return [msgspec.json.encode(entry) for entry in entries]


def refolded(trader: Acme) -> AccountState:
    """The account as the fold of everything that was written."""
    states: folding.States = {}
    for entry in [trader.opened, *trader.entries]:
        folding.fold(states, entry)
    return states["A1"]


def picture(state: AccountState) -> bytes:
    return folding.as_bytes({"A1": state})


def restart(trader: Acme) -> None:
    """Another engine takes the place of the present one; of the market it knows what that one knew."""
    old = trader.engine
    trader.engine = AccountEngine(refolded(trader), us_equities())
    trader.engine.take_market(old)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**9), before=st.integers(0, 300), after=st.integers(1, 300))
def test_a_restart_in_the_middle_changes_nothing_that_follows(seed: int, before: int, after: int) -> None:
    runs: list[list[bytes]] = []
    for restarts in (False, True):
        trader, scenario = Acme(60_000, **settings_of(seed)), Scenario(seed)
        for _ in range(before):
            scenario.step(trader)
        trader.engine.flush(trader.now())
        trader.taken()
        if restarts:
            restart(trader)
        for _ in range(after):
            scenario.step(trader)
        trader.engine.flush(trader.now())
        trader.taken()
        assert picture(refolded(trader)) == picture(trader.state)
        runs.append(lines(trader.entries))
    assert runs[0] == runs[1]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**9), length=st.integers(1, 200))
def test_without_warning_only_the_last_second_of_a_trail_or_a_queue_is_lost(seed: int, length: int) -> None:
    trader, scenario = Acme(60_000, **settings_of(seed)), Scenario(seed)
    for _ in range(length):
        scenario.step(trader)
        trader.taken()
    known = trader.state.orders
    for order_id, order in refolded(trader).orders.items():
        assert order == known[order_id]


@pytest.mark.nightly
def test_four_hundred_long_days_go_on_after_a_restart() -> None:
    for seed in range(400):
        entries = []
        for restarts in (False, True):
            trader, scenario = Acme(60_000, **settings_of(seed)), Scenario(seed)
            for step in range(900):
                if step % 300 == 150:
                    trader.engine.flush(trader.now())
                    trader.taken()
                    if restarts:
                        restart(trader)
                scenario.step(trader)
            trader.engine.flush(trader.now())
            trader.taken()
            entries.append(lines(trader.entries))
        assert entries[0] == entries[1], seed
