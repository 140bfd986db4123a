"""Whatever a feed may send that passes the limits: nothing is raised into it, and what is written can be folded."""

from __future__ import annotations

import math
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_monitor import limits
from live_monitor.data.models.orders import Bracket
from live_monitor.engine.paper import folding
from live_monitor.errors import InvalidPaperOrder
from tests.engine.paper.acme import CLOSE_MS, Acme

ANY = st.floats(limits.MIN_PRICE, limits.MAX_PRICE)
NEAR = st.floats(90.0, 110.0)
PRICE = st.one_of(NEAR, NEAR, ANY, st.sampled_from((limits.MIN_PRICE, limits.MAX_PRICE, 0.99995, 1.00005)))
SIDE = st.one_of(PRICE, st.just(math.nan))
SIZE = st.one_of(st.floats(limits.MIN_SIZE, limits.MAX_SIZE), st.sampled_from((0.0, 1.0, 99.5)), st.just(math.nan))
EVENT = st.one_of(
    st.tuples(st.just("quote"), SIDE, SIDE, SIZE),
    st.tuples(st.just("print"), PRICE, st.integers(0, 127), SIZE.filter(lambda size: size > 0)),
    st.tuples(st.just("snapshot"), SIDE, SIDE, SIZE),
    st.tuples(st.just("time"), st.integers(0, CLOSE_MS // 20), st.none(), st.none()),
    st.tuples(st.just("split"), st.sampled_from(("4", "0.1", "1.5", "0.0001", "10000")), st.none(), st.none()),
)


def trade(acme: Acme) -> None:
    """One order of each kind that the model takes."""
    for terms in (
        ("BUY", 300, "MKT", {}),
        ("BUY", 100, "LMT", {"limit": "99.50", "bracket": Bracket(target_price=101, stop_price=98)}),
        ("SELL", 50, "LMT", {"limit": "100.50", "extended_hours": True}),
        ("SELL", 20, "STP", {"stop": "98.50"}),
        ("BUY", 20, "STP_LMT", {"stop": "101.00", "limit": "101.50"}),
        ("SELL", 20, "TRAIL", {"percent": "0.7"}),
        ("BUY", 20, "TRAIL", {"amount": "0.3", "tif": "GTC"}),
        ("BUY", 10, "MKT", {"tif": "CLS"}),
    ):
        side, quantity, kind, fields = terms
        with suppress(InvalidPaperOrder):
            acme.place(1, side, quantity, kind, **fields)


@pytest.mark.parametrize("model", ["simple", "touch", "queue"])
@pytest.mark.parametrize("trigger", ["last", "quote"])
@settings(deadline=None, max_examples=60)
@given(events=st.lists(EVENT, max_size=40), margin=st.booleans())
def test_no_market_raises_and_everything_it_causes_can_be_folded(
    model: str, trigger: str, events: list[tuple[Any, ...]], margin: bool
) -> None:
    acme = Acme(100_000, fill_model=model, stop_trigger=trigger, margin_enabled=margin, allow_short=margin)
    trade(acme)
    for number, (what, first, second, third) in enumerate(events):
        ms = max(acme.ms, 2) + number % 3
        if what == "quote":
            acme.quote(ms, first, second, third)
        elif what == "print":
            acme.print(ms, first, third, flags=second, conditions=(8,) if number % 5 == 0 else ())
        elif what == "snapshot":
            acme.snapshot(ms, bid=first, ask=second, bid_size=third, ask_size=third, last=first)
        elif what == "split":
            acme.engine.split("ACME", Decimal(first), acme.now(ms))
        else:
            acme.time(ms + first)
    acme.engine.flush(acme.now())
    acme.engine.snapshot(acme.now())
    acme.taken()
    states: folding.States = {}
    for entry in [acme.opened, *acme.entries]:
        folding.fold(states, entry)
    assert folding.as_bytes(states) == folding.as_bytes({"A1": acme.state})
    for order in acme.state.open_orders():
        assert acme.why(order)
