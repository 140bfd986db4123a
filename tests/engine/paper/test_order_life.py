"""The life of an order: every pair of a state and an event, also those that cannot be."""

from __future__ import annotations

from typing import get_args

import pytest

from live_monitor.data.models.orders import FINAL_STATES, OrderState
from live_monitor.engine.paper.order_life import LIFE, ImpossibleStep, OrderEvent, after, allows

STATES: tuple[OrderState, ...] = get_args(OrderState)
EVENTS: tuple[OrderEvent, ...] = get_args(OrderEvent)
#: Per state, in the order of EVENTS: accept reject trigger replace fill_part fill_all cancel expire. "-": never.
TABLE = {
    "new": "accepted rejected - new - - canceled expired",
    "held": "accepted rejected - held - - canceled expired",
    "accepted": "- - accepted accepted partially_filled filled canceled expired",
    "partially_filled": "- - - partially_filled partially_filled filled canceled expired",
    "filled": "- - - - - - - -",
    "canceled": "- - - - - - - -",
    "expired": "- - - - - - - -",
    "rejected": "- - - - - - - -",
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("event", EVENTS)
def test_each_event_leads_from_each_state_where_the_table_says(state: OrderState, event: OrderEvent) -> None:
    expected = TABLE[state].split()[EVENTS.index(event)]
    assert allows(state, event) == (expected != "-")
    if expected == "-":
        with pytest.raises(ImpossibleStep, match=event):
            after(state, event)
    else:
        assert after(state, event) == expected


def test_every_open_state_can_end_and_no_final_one_goes_on() -> None:
    for state in STATES:
        ends = {target for (source, _), target in LIFE.items() if source == state and target in FINAL_STATES}
        assert bool(ends) == (state not in FINAL_STATES)
