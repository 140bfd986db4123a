"""Accounts as the fold of the journal, and their picture in a checkpoint."""

from __future__ import annotations

import functools
import hashlib
from typing import Any

import msgspec

from live_monitor.engine.paper.account import AccountState, open_account
from live_monitor.engine.paper.account_parts import FillRecord
from live_monitor.engine.paper.entries import AccountOpened, Entry
from live_monitor.errors import LedgerError

#: Accounts by their id, in the order in which they were opened.
States = dict[str, AccountState]

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
