"""The life of an order as a table: what may happen to it in each state, and where that leads.

Nothing else decides a state. What is not in the table cannot happen: an entry that asks for it is a damaged journal.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from live_monitor.data.models.orders import OrderState

#: `accept`: it works (an order in flight arrives, a held child is armed). `fill_part`, `fill_all`: an execution that
#: leaves shares to fill, or none. `trigger`: a stop is touched.
OrderEvent = Literal["accept", "reject", "trigger", "replace", "fill_part", "fill_all", "cancel", "expire"]

LIFE: Final[Mapping[tuple[OrderState, OrderEvent], OrderState]] = MappingProxyType(
    {
        ("new", "accept"): "accepted",
        ("new", "reject"): "rejected",
        ("new", "replace"): "new",
        ("new", "cancel"): "canceled",
        ("new", "expire"): "expired",
        ("held", "accept"): "accepted",
        ("held", "reject"): "rejected",
        ("held", "replace"): "held",
        ("held", "cancel"): "canceled",
        ("held", "expire"): "expired",
        ("accepted", "trigger"): "accepted",
        ("accepted", "replace"): "accepted",
        ("accepted", "fill_part"): "partially_filled",
        ("accepted", "fill_all"): "filled",
        ("accepted", "cancel"): "canceled",
        ("accepted", "expire"): "expired",
        ("partially_filled", "replace"): "partially_filled",
        ("partially_filled", "fill_part"): "partially_filled",
        ("partially_filled", "fill_all"): "filled",
        ("partially_filled", "cancel"): "canceled",
        ("partially_filled", "expire"): "expired",
    }
)


#: The same, to look up in.
_STEPS: Final = dict(LIFE)


class ImpossibleStep(ValueError):
    """An order was asked to do what its state does not allow."""


def after(state: OrderState, event: OrderEvent) -> OrderState:
    """The state that `event` leads to from `state`. Raises ImpossibleStep for what cannot happen."""
    try:
        return _STEPS[state, event]
    except KeyError:
        raise ImpossibleStep(f"{event} of an order that is {state}") from None


def allows(state: OrderState, event: OrderEvent) -> bool:
    """True where `event` may happen to an order in `state`."""
    return (state, event) in _STEPS
