"""Orders from scripts: `place_order(OrderParams(symbol="VFF", side="BUY", quantity=100))`.

Paper only: this program has no way to place an order anywhere else. A script opens paper trading beside its own
connection (`open_paper`); the desktop binds its own desk, and the call is the same (docs/guide/scripting.md).
"""

from __future__ import annotations

import os
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from live_monitor.data.models.orders import Bracket, OrderParams, PlacedOrder
from live_monitor.errors import InvalidPaperOrder
from live_monitor.ports import PaperDesk

if TYPE_CHECKING:
    from live_monitor.clock import Clock
    from live_monitor.data.polygon_data_manager import PolygonDataManager
    from live_monitor.script_paper import ScriptPaper

__all__ = ["Bracket", "InvalidPaperOrder", "OrderParams", "PlacedOrder", "as_dict", "bind", "open_paper", "place_order"]

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
    placed = desk.place(params, timeout_s=PATIENCE_S)
    if placed.order.state == "rejected":
        # Sent again by its client order id: the answer is the refusal that it met.
        raise InvalidPaperOrder(placed.order.text, reason=placed.order.reason)
    return placed


def open_paper(
    manager: PolygonDataManager, data_dir: str | Path | None = None, *, clock: Clock | None = None
) -> ScriptPaper:
    """Opens paper trading for a script, at the prices that `manager` hears; the orders of this process go there.

    Returns at once: `opened` is emitted when orders are taken. `data_dir`: where the ledger is kept, the user's own
    folder by default; one program at a time may hold it, so beside a running desktop a script needs another folder.
    Main thread, with a Qt event loop. `close()` ends it.
    """
    # A process whose desk is bound by the desktop needs neither Qt here nor a ledger of its own.
    from live_monitor.clock import SystemClock  # noqa: PLC0415 - see above
    from live_monitor.script_paper import ScriptPaper  # noqa: PLC0415 - see above
    from live_monitor.settings import data_paths  # noqa: PLC0415 - see above

    chosen = None if data_dir is None else Path(data_dir)
    paths = data_paths(chosen, os.environ, Path(tempfile.gettempdir()))
    paper = ScriptPaper(manager, paths, clock or SystemClock())
    bind(paper.desk)
    paper.closed.connect(lambda: bind(None) if _Bound.desk is paper.desk else None)
    return paper


def as_dict(placed: PlacedOrder) -> dict[str, Any]:
    """The answer as plain values for JSON: `order`, `account`, `position` (None where nothing is held).

    Numbers are floats there and absent ones None; exact amounts are those of `placed` itself.
    """
    order = placed.order
    derived = {"remaining": float(order.remaining), "average_price": _value(order.average_price)}
    return {
        "order": _plain(order) | derived,
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
