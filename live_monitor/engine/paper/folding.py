"""Accounts as the fold of the journal, and their picture in a checkpoint."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

import msgspec

from live_monitor.data.models.orders import Order
from live_monitor.engine.paper.account import AccountState, open_account
from live_monitor.engine.paper.account_parts import FillRecord
from live_monitor.engine.paper.entries import AccountOpened, Entry, Filled, OrderPlaced, SplitApplied
from live_monitor.errors import LedgerError

#: Accounts by their id, in the order in which they were opened.
States = dict[str, AccountState]
_PLENTY: Final = Decimal(10**15)

_encode = msgspec.json.Encoder(decimal_format="string").encode
_decode = msgspec.json.Decoder(States).decode


def fold(states: States, entry: Entry) -> None:
    """Applies one entry. Raises LedgerError for one that cannot follow what was there before."""
    try:
        if isinstance(entry, AccountOpened):
            if entry.account in states:
                raise LedgerError(f"The account {entry.account} is opened twice.")
            states[entry.account] = open_account(entry)
        else:
            states[entry.account].apply(entry)
    except (LookupError, TypeError, ValueError, ArithmeticError) as problem:
        what = f"{type(entry).__name__} of account {entry.account}"
        raise LedgerError(f"An entry of the ledger cannot be applied: {what} ({problem!r}).") from problem


def as_bytes(states: States) -> bytes:
    """The accounts as JSON; equal accounts give equal bytes."""
    return _encode(states)


def from_bytes(data: bytes) -> States:
    """The accounts that `as_bytes` has written under the same `shape`. Raises LedgerError for anything else."""
    try:
        found: States = _decode(data)
    except (msgspec.MsgspecError, ValueError) as problem:
        raise LedgerError(f"A checkpoint of the ledger cannot be read ({problem}).") from problem
    return found


def copied(states: States) -> States:
    """Accounts of their own, equal to `states`."""
    return from_bytes(as_bytes(states))


@functools.cache
def shape() -> str:
    """Names how accounts are built: 16 hexadecimal digits that change with every field.

    A checkpoint of another shape is not used: the accounts are folded from the first entry instead.
    """
    # Fills are kept packed, so that the schema of an account does not show what they are made of.
    _, parts = msgspec.json.schema_components([States, FillRecord])
    return hashlib.sha256(msgspec.json.encode(_plain(parts), order="sorted")).hexdigest()[:16]


def _plain(schema: Any) -> Any:
    """A schema without its words, which may change when nothing else does."""
    if isinstance(schema, dict):
        return {key: _plain(value) for key, value in schema.items() if key not in ("description", "title")}
    return [_plain(each) for each in schema] if isinstance(schema, list) else schema


def order_alone(opened: AccountOpened, placed: OrderPlaced, later: Iterable[Entry]) -> Order:
    """What became of one order, from its own entries: `later` are those of it, and the splits of the account.

    Raises LedgerError when they cannot follow one another.
    """
    # An account in which nothing but this order is: it can afford and sell whatever the real one could.
    settings = msgspec.structs.replace(opened.settings, margin_enabled=True, allow_short=True)
    state = open_account(msgspec.structs.replace(opened, cash=_PLENTY, settings=settings))
    order = placed.order
    state.orders_placed = _number(order.order_id) - 1
    state.apply(placed)
    for entry in later:
        if isinstance(entry, Filled):
            state.executions_made = _number(entry.execution_id) - 1
        # What happened to other symbols, and after its end, does not concern it.
        if not isinstance(entry, SplitApplied) or (entry.symbol == order.symbol and order.order_id in state.orders):
            state.apply(entry)
    found = state.order(order.order_id)
    if found is None:
        raise LedgerError(f"Order {order.order_id} was placed and is nowhere.")
    return found


def _number(text: str) -> int:
    """The number in an id (`O12`, `E3`). Raises LedgerError."""
    if not text[1:].isdecimal():
        raise LedgerError(f"“{text}” is no id of an order or an execution.")
    return int(text[1:])
