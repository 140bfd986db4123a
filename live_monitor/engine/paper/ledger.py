"""The rules of the journal: how an entry becomes bytes, how rows hang on one another, what a checkpoint is bound to.

Every row's digest is SHA-256 over the digest before it, its number and its bytes, so that no bit of the past can change
unnoticed. docs/ledger.md says it for those who want to check a file with tools of their own.
"""

from __future__ import annotations

import hashlib
from typing import Final, NamedTuple

import msgspec
from msgspec import structs

from live_monitor.data.models.orders import ZERO
from live_monitor.engine.paper.entries import AnyEntry, Entry, Filled, OrderPlaced
from live_monitor.errors import LedgerError

#: The digest before the first row.
GENESIS: Final = bytes(32)
#: Of one entry. A note is the longest, and its text is bounded long before.
MAX_ENTRY_BYTES: Final = 65_536
#: Numbers of an order that are left out when they are zero.
ORDER_ZEROS: Final = ("filled", "value", "fees")
_CHECKPOINT: Final = b"live-monitor checkpoint"
_REMEDY: Final = "See `live-monitor ledger verify`; a backup can be opened with `live-monitor ledger restore`."

_encode = msgspec.json.Encoder(decimal_format="string").encode
_decode = msgspec.json.Decoder(AnyEntry).decode


class Row(NamedTuple):
    """An entry as it is kept. All but `seq` and `digest` follows from `body`; None is no text."""

    seq: int
    digest: bytes
    account: str
    kind: str
    order_id: str | None
    client: str | None
    body: bytes


class Draft(NamedTuple):
    """An entry that waits for its place: what a row holds beside its number and its digest."""

    account: str
    kind: str
    order_id: str | None
    client: str | None
    body: bytes


def draft(entry: Entry) -> Draft:
    """`entry` as it stands now, in its only spelling: UTF-8 JSON, the kind first, then fields in the declared order.

    Equal entries have equal bytes. Raises LedgerError for one that cannot be written: text that is no Unicode, or too
    long; a value that no entry can have.
    """
    try:
        # A field is left out when it is its default, the very object. Read back, equal texts are the same object again.
        body = _encode(_decode(_encode(_with_plain_zeros(entry))))
    except (UnicodeEncodeError, TypeError, ValueError, OverflowError) as problem:
        raise LedgerError(f"An entry of the ledger cannot be written ({problem}).") from problem
    if len(body) > MAX_ENTRY_BYTES:
        raise LedgerError(f"An entry of the ledger is larger than {MAX_ENTRY_BYTES} bytes.")
    return Draft(entry.account, _kind(entry), *_names(entry), body)


def _with_plain_zeros(entry: Entry) -> Entry:
    """The same with every zero that may be left out as the default itself; reading makes no such object of numbers."""
    if isinstance(entry, Filled):
        if entry.receipt.slippage is not ZERO and str(entry.receipt.slippage) == "0":
            return structs.replace(entry, receipt=structs.replace(entry.receipt, slippage=ZERO))
    elif isinstance(entry, OrderPlaced):
        order = entry.order
        zeros = {name: ZERO for name in ORDER_ZEROS if str(getattr(order, name)) == "0"}
        return structs.replace(entry, order=structs.replace(order, **zeros))
    return entry


def _kind(entry: Entry) -> str:
    return str(entry.__struct_config__.tag)


def _names(entry: Entry) -> tuple[str | None, str | None]:
    """Order id and client order id by which the entry is found."""
    if isinstance(entry, OrderPlaced):
        return entry.order.order_id, entry.order.client_order_id or None
    return getattr(entry, "order_id", None), None


def decoded(body: bytes) -> Entry:
    """The entry that `body` says. Raises LedgerError when it is none, or says more than this program understands."""
    try:
        entry: Entry = _decode(body)
    except (msgspec.MsgspecError, ValueError) as problem:
        raise LedgerError(f"An entry of the ledger cannot be understood ({problem}).", _REMEDY) from problem
    # A field that this program does not know would be dropped in silence, and the account be another one.
    if _encode(entry) != body:
        raise LedgerError("An entry of the ledger says more than this program understands.", "Update this program.")
    return entry


def linked(before: bytes, seq: int, body: bytes) -> bytes:
    """The digest of row `seq`, which follows one with the digest `before`: 32 bytes."""
    return hashlib.sha256(before + seq.to_bytes(8, "big") + body).digest()


class Chain:
    """The end of a journal: how many rows, and the digest of the last one. `Chain()` is an empty one."""

    def __init__(self, seq: int = 0, digest: bytes = GENESIS) -> None:
        self.seq = seq
        self.digest = digest

    def link(self, entry: Entry | Draft) -> Row:
        """The row of `entry`, which is the last one from now on. Raises LedgerError as `draft`."""
        made = draft(entry) if isinstance(entry, Entry) else entry
        self.seq += 1
        self.digest = linked(self.digest, self.seq, made.body)
        return Row(self.seq, self.digest, *made)

    @property
    def hex_digest(self) -> str:
        """The digest as 64 hexadecimal digits; it names everything that was ever written, in order."""
        return self.digest.hex()


def checkpoint_digest(end: Chain, shape: str, data: bytes) -> bytes:
    """Binds the accounts `data` to the journal up to `end`; `shape` tells how they are written."""
    head = b"\n".join((_CHECKPOINT, str(end.seq).encode(), end.hex_digest.encode(), shape.encode(), b""))
    return hashlib.sha256(head + data).digest()
