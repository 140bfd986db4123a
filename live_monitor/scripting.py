"""Orders from scripts: `place_order(OrderParams(symbol="VFF", side="BUY", quantity=100))`.

Paper only: this program has no way to place an order anywhere else. A script runs beside its own connection
(`open_paper`), or inside the desktop, which binds its desk; the call is the same (docs/guide/scripting.md).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from msgspec import Struct

from live_monitor.data.models.orders import Bracket, OrderParams, PlacedOrder
from live_monitor.errors import InvalidPaperOrder
from live_monitor.ports import PaperDesk

__all__ = ["Bracket", "InvalidPaperOrder", "OrderParams", "PlacedOrder", "as_dict", "bind", "place_order"]

#: How long `place_order` waits for the disk, in seconds.
PATIENCE_S: Final = 5.0


class _Bound:
    """Where orders of this process go."""

    desk: PaperDesk | None = None


def bind(desk: PaperDesk | None) -> None:
    """Sends the orders of this process to `desk` from now on; None: nowhere. Any thread."""
    _Bound.desk = desk


def place_order(params: OrderParams) -> PlacedOrder:
    """Places a paper order in the account in use, and answers once it is on the disk; blocks for at most 5 s.

    The answer holds the order as it then stands (a market order is filled where a price may be used), the account and
    the position. Raises InvalidPaperOrder, with a reason and one line for people: refused, or not kept. Any thread.
    """
    desk = _Bound.desk
    if desk is None:
        raise InvalidPaperOrder(
            "Paper trading is not open in this process.",
            "Call live_monitor.scripting.open_paper(manager) first, with the manager that is connected to a market.",
            reason="not_open",
        )
    return desk.place(params, timeout_s=PATIENCE_S)


def as_dict(placed: PlacedOrder) -> dict[str, Any]:
    """The answer as plain values for JSON: `order`, `account`, `position` (None where nothing is held).

    Numbers are floats there and absent ones None; exact amounts are those of `placed` itself.
    """
    return {
        "order": _plain(placed.order)
        | {"remaining": float(placed.order.remaining), "average_price": _value(placed.order.average_price)},
        "account": _plain(placed.account),
        "position": None if placed.position is None else _plain(placed.position),
    }


def _plain(struct: Struct) -> dict[str, Any]:
    return {name: _value(getattr(struct, name)) for name in struct.__struct_fields__}


def _value(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Struct):
        return _plain(value)
    return [_value(one) for one in value] if isinstance(value, tuple) else value
