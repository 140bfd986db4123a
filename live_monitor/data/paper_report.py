"""What a what-if leaves behind, as JSON: orders with what became of them, fills with their receipts, the account.

Numbers of money are JSON numbers written digit for digit from `Decimal`, never through a binary float, so that their
text is exact and any program can read them; one that reckons on reads them as decimals (docs/guide/paper.md). What is
absent is null. The same run gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from live_monitor.data.models.orders import Order, PositionRow
from live_monitor.data.order_script import Act, CancelLine, PlaceLine
from live_monitor.data.paper_record import Denied, Played
from live_monitor.engine.paper.entries import Filled
from live_monitor.engine.paper.money import COST_STEP

_encode = msgspec.json.Encoder(decimal_format="number").encode


def report(played: Played, words: Callable[[Filled], list[str]]) -> bytes:
    """The file, indented. `words` says a receipt to people."""
    denied: dict[str, list[Denied]] = {}
    for refusal in played.denied:
        denied.setdefault(refusal.order_id, []).append(refusal)
    clients = {order.order_id: order.client_order_id for order in played.orders}
    orders = [_order(order, played, denied.get(order.order_id, [])) for order in played.orders]
    whole = {
        "orders": orders + [_unplaced(refusal) for refusal in denied.get("", [])],
        "fills": [_fill(fill, clients[fill.order_id], words(fill)) for fill in played.fills],
        "account": _fields(played.account) | {"positions": [_position(row) for row in played.positions]},
        "ledger_digest": played.digest,
    }
    return msgspec.json.format(_encode(whole), indent=2) + b"\n"


def _fields(struct: msgspec.Struct) -> dict[str, Any]:
    """Every field, in the declared order, also those that have their default."""
    return {name: _value(getattr(struct, name)) for name in struct.__struct_fields__}


def _value(value: Any) -> Any:
    return _fields(value) if isinstance(value, msgspec.Struct) else value


def _position(row: PositionRow) -> dict[str, Any]:
    lots = [dict(zip(("opened_ms", "quantity", "cost"), lot, strict=True)) for lot in row.lots]
    return _fields(row) | {"lots": lots}


def _order(order: Order, played: Played, denied: list[Denied]) -> dict[str, Any]:
    fields = _fields(order)
    fields |= {"remaining": order.remaining, "average_price": _rounded(order.average_price)}
    fields["line"] = played.lines.get(order.order_id)
    # Of an open order: why it has not filled.
    fields["waiting"] = played.waiting.get(order.order_id, "")
    fields["refused"] = [_denied(refusal) for refusal in denied]
    return fields


def _rounded(price: Decimal | None) -> Decimal | None:
    """An average, as exact as the account's own."""
    if price is None:
        return None
    rounded = price.quantize(COST_STEP)
    return rounded.quantize(Decimal(1)) if rounded == rounded.to_integral_value() else rounded.normalize()


def _denied(refusal: Denied) -> dict[str, Any]:
    act = refusal.act
    return {
        "line": act.number, "at_ms": act.at_ms, "action": _action(act), "reason": refusal.reason, "text": refusal.text,
    }  # fmt: skip


def _unplaced(refusal: Denied) -> dict[str, Any]:
    """A line that no order came of: its terms, as they were written."""
    act = refusal.act
    if isinstance(act, PlaceLine):
        given = {name: value for name, value in _fields(act.params).items() if value is not None}
        named = {**given, "action": "place"}
    else:
        named = {"client_order_id": act.client_order_id, **({} if isinstance(act, CancelLine) else act.terms)}
    return {"order_id": act.order_id if not isinstance(act, PlaceLine) else "", **named, "state": "rejected"} | _denied(
        refusal
    )


def _action(act: Act) -> str:
    return "place" if isinstance(act, PlaceLine) else "cancel" if isinstance(act, CancelLine) else "replace"


def _fill(fill: Filled, client_order_id: str, words: list[str]) -> dict[str, Any]:
    receipt = {
        "execution_id": fill.execution_id, "order_id": fill.order_id, "symbol": fill.symbol, "side": fill.side,
        **_fields(fill.receipt), "fees": _fields(fill.fees) | {"total": fill.fees.total}, "text": words,
    }  # fmt: skip
    return {
        "client_order_id": client_order_id, "price": fill.price, "quantity": fill.quantity, "at_ms": fill.at_ms,
        "receipt": receipt,
    }  # fmt: skip
