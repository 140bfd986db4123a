"""What random days of trading write comes back from its bytes: accounts as they were, and each order by itself."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from live_monitor.engine.paper import folding
from live_monitor.engine.paper.entries import Entry, OrderPlaced, SplitApplied
from live_monitor.engine.paper.folding import States
from live_monitor.engine.paper.ledger import decoded, draft
from tests.engine.paper.acme import Acme
from tests.engine.paper.scenario import Scenario, settings_of


def a_day(seed: int, steps: int) -> Acme:
    trader, scenario = Acme(60_000, **settings_of(seed)), Scenario(seed)
    for _ in range(steps):
        scenario.step(trader)
    trader.engine.flush(trader.now())
    trader.taken()
    return trader


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**9), cut=st.floats(0.0, 1.0))
def test_accounts_come_back_from_bytes_also_by_way_of_a_checkpoint(seed: int, cut: float) -> None:
    trader = a_day(seed, 250)
    bodies = [draft(entry).body for entry in (trader.opened, *trader.entries)]
    states: States = {}
    for number, body in enumerate(bodies):
        if number == int(cut * len(bodies)):
            states = folding.from_bytes(folding.as_bytes(states))
        folding.fold(states, decoded(body))
    assert states == {"A1": trader.state}


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_every_order_alone_is_what_the_account_says_of_it(seed: int) -> None:
    trader = a_day(seed, 400)
    for placed in [entry for entry in trader.entries if isinstance(entry, OrderPlaced)]:
        name = placed.order.order_id
        own: list[Entry] = [
            entry
            for entry in trader.entries[trader.entries.index(placed) + 1 :]
            if getattr(entry, "order_id", "") == name or isinstance(entry, SplitApplied)
        ]
        assert folding.order_alone(trader.opened, placed, own) == trader.order(name)
