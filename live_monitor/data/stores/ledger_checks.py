"""Is the ledger what was written? At once: its head, its last checkpoint and what follows. In full: whatever counts.

`integrity_check` of SQLite does not see a flipped bit in a value, the chain sees every one; what the chain does not
cover (indices, other columns, tables, the head copy) is compared with what it does. All reads, nothing is written.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from live_monitor.data.stores.ledger_errors import damaged
from live_monitor.data.stores.ledger_file import check_tables
from live_monitor.data.stores.ledger_head import Head
from live_monitor.engine.paper import folding
from live_monitor.engine.paper.folding import States
from live_monitor.engine.paper.ledger import Chain, checkpoint_digest, decoded, linked

#: Rows that are checked between two looks at what else there is to do: about 2 ms.
ROWS_A_STEP: Final = 500
#: Text as the bytes it is made of: a flipped bit may leave no text at all.
ROWS: Final = (
    "SELECT seq, CAST(account AS BLOB), CAST(kind AS BLOB), CAST(order_id AS BLOB), CAST(client AS BLOB), "
    "coalesce(CAST(body AS BLOB), x''), CAST(digest AS BLOB) FROM journal WHERE seq > ? ORDER BY seq LIMIT ?"
)
_CHECKPOINTS: Final = (
    "SELECT seq, coalesce(CAST(shape AS BLOB), x''), coalesce(CAST(data AS BLOB), x''), CAST(digest AS BLOB) "
    "FROM checkpoints ORDER BY seq DESC"
)
_BEFORE_ALL: Final = -(2**63)
_StoredRow = tuple[int, bytes, bytes, bytes | None, bytes | None, bytes, bytes]


class _PlacedHeading(msgspec.Struct):
    order_id: str
    client_order_id: str


class _Heading(msgspec.Struct):
    """What of an entry stands in columns too."""

    kind: str
    account: str
    order_id: str | None = None
    order: _PlacedHeading | None = None


_heading = msgspec.json.Decoder(_Heading).decode


class Folded(NamedTuple):
    """What the quick look has found: the accounts as they stand, the end of the chain, the last checkpoint's number."""

    states: States
    end: Chain
    checkpoint: int


def quick(connection: sqlite3.Connection, path: Path, head: Head | None) -> Folded:
    """Checks the end of the ledger and folds it from its last checkpoint on. Raises LedgerError, sqlite3.Error.

    `head` None: there is no head copy, which only an empty ledger may lack.
    """
    last = connection.execute("SELECT seq, CAST(digest AS BLOB) FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    end_seq, end_digest = last or (0, Chain().digest)
    check_head(connection, path, head, end_seq)
    states, chain = _checkpoint(connection, path, end_seq)
    checkpoint = chain.seq
    for row in follow(connection, path, chain):
        entry = decoded(row[5])
        check_columns(path, row)
        folding.fold(states, entry)
    if (chain.seq, chain.digest) != (end_seq, end_digest):
        raise damaged(path, "rows are missing")
    return Folded(states, chain, checkpoint)


def check_head(connection: sqlite3.Connection, path: Path, head: Head | None, end_seq: int) -> None:
    """Raises LedgerDamaged when the head copy knows more than the ledger, or something else."""
    if head is None:
        if end_seq:
            raise damaged(path, "its head copy is missing, so that nobody can tell whether entries are missing too")
        return
    if head.seq > end_seq:
        raise damaged(path, f"{head.seq - end_seq:,} acknowledged entries are missing at its end")
    if digest_at(connection, head.seq) != head.digest:
        raise damaged(path, f"its head copy names another entry {head.seq:,}")


def digest_at(connection: sqlite3.Connection, seq: int) -> bytes | None:
    """The digest that stands in row `seq`; the one before the first row for 0."""
    if seq == 0:
        return Chain().digest
    found = connection.execute("SELECT CAST(digest AS BLOB) FROM journal WHERE seq = ?", (seq,)).fetchone()
    return None if found is None else bytes(found[0])


def _checkpoint(connection: sqlite3.Connection, path: Path, end_seq: int) -> tuple[States, Chain]:
    """The accounts of the newest checkpoint, and where it stands; none, and the beginning, without a usable one."""
    row = connection.execute(f"{_CHECKPOINTS} LIMIT 1").fetchone()
    if row is None:
        return {}, Chain()
    seq, shape, data, _ = row
    chain = check_checkpoint(connection, path, row)
    if seq > end_seq:
        raise damaged(path, "its checkpoint is of later entries than there are")
    if shape.decode("latin-1") != folding.shape():
        # Another version of the program keeps its accounts in another way.
        return {}, Chain()
    return folding.from_bytes(data), chain


def check_checkpoint(connection: sqlite3.Connection, path: Path, row: tuple[int, bytes, bytes, bytes]) -> Chain:
    """The end of the chain that a checkpoint is bound to. Raises LedgerDamaged when it is not what was written."""
    seq, shape, data, digest = row
    at = digest_at(connection, seq)
    if at is None or checkpoint_digest(Chain(seq, at), shape.decode("latin-1"), data) != digest:
        raise damaged(path, f"its checkpoint at entry {seq:,} is not what was written")
    return Chain(seq, at)


def follow(connection: sqlite3.Connection, path: Path, chain: Chain, limit: int = -1) -> Iterator[_StoredRow]:
    """Rows after `chain`, which moves along; raises LedgerDamaged at the first one that does not hang on it."""
    for row in connection.execute(ROWS, (chain.seq or _BEFORE_ALL, limit)):
        seq, body, digest = row[0], row[5], row[6]
        if seq != chain.seq + 1:
            raise damaged(path, f"entry {chain.seq + 1:,} is missing")
        if linked(chain.digest, seq, body) != digest:
            raise damaged(path, f"entry {seq:,} is not what was written")
        chain.seq, chain.digest = seq, digest
        yield row


def check_columns(path: Path, row: _StoredRow) -> None:
    """Raises LedgerDamaged when an entry would be found under another name than its own."""
    seq, account, kind, order_id, client, body, _ = row
    try:
        said = _heading(body)
    except (msgspec.MsgspecError, ValueError) as problem:
        raise damaged(path, f"entry {seq:,} cannot be read") from problem
    placed = said.order
    named = placed.order_id if placed is not None else said.order_id
    sent = (placed.client_order_id or None) if placed is not None else None
    if (account, kind, order_id, client) != (said.account.encode(), said.kind.encode(), _bytes(named), _bytes(sent)):
        raise damaged(path, f"entry {seq:,} stands under another name than its own")


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


class FullCheck:
    """Checks a whole ledger in steps. `checked` of `total` entries are done. One thread, the connection's.

    `refold`: folds every account anew from the first entry, and compares the last checkpoint with it.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, head: Head | None, *, refold: bool = False) -> None:
        self._connection = connection
        self._path = path
        self._head = head
        self._chain = Chain()
        self._steps = self._run()
        self._refolded: States | None = {} if refold else None
        self.total: int = connection.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()[0]

    @property
    def checked(self) -> int:
        """Entries that are proven."""
        return self._chain.seq

    @property
    def end(self) -> Chain:
        """Where the check has come to."""
        return Chain(self._chain.seq, self._chain.digest)

    @property
    def states(self) -> States:
        """With `refold`, the accounts as folded from the first entry."""
        return {} if self._refolded is None else self._refolded

    def interrupt(self) -> None:
        """Ends the step under way, which then raises. Any thread."""
        # It may be over, and the connection closed.
        with suppress(sqlite3.ProgrammingError):
            self._connection.interrupt()

    def step(self) -> bool:
        """Goes on for a moment; False when all is proven. Raises LedgerDamaged, LedgerError, sqlite3.Error."""
        return next(self._steps, None) is not None

    def _run(self) -> Iterator[bool]:
        check_tables(self._connection, self._path)
        checkpoints = self._connection.execute(_CHECKPOINTS).fetchall()
        for row in checkpoints:
            check_checkpoint(self._connection, self._path, row)
        newest = checkpoints[0] if checkpoints else None
        while self._chunk(newest):
            yield True
        if self._chain.seq < self.total:
            raise damaged(self._path, "rows are missing")
        if newest is not None and newest[0] > self._chain.seq:
            raise damaged(self._path, "its checkpoint is of later entries than there are")
        check_head(self._connection, self._path, self._head, self._chain.seq)
        # Indices, and the pages that nothing else has touched. Takes long in a large file; `interrupt` ends it.
        (verdict,) = self._connection.execute("PRAGMA integrity_check(1)").fetchone()
        if verdict != "ok":
            raise damaged(self._path, f"SQLite says “{' '.join(str(verdict).split())}”")

    def _chunk(self, newest: tuple[int, bytes, bytes, bytes] | None) -> bool:
        before = self._chain.seq
        for row in follow(self._connection, self._path, self._chain, ROWS_A_STEP):
            check_columns(self._path, row)
            if self._refolded is not None:
                folding.fold(self._refolded, decoded(row[5]))
                if newest is not None and row[0] == newest[0]:
                    self._compare(newest)
        return self._chain.seq > before

    def _compare(self, newest: tuple[int, bytes, bytes, bytes]) -> None:
        """Raises LedgerDamaged when a checkpoint says other things than the entries before it."""
        seq, shape, data, _ = newest
        if shape.decode("latin-1") == folding.shape() and folding.from_bytes(data) != folding.copied(self.states):
            raise damaged(self._path, f"its checkpoint at entry {seq:,} does not follow from the entries before it")


def look_through(connection: sqlite3.Connection, path: Path, head: Head | None) -> Chain:
    """The whole check in one go; the end of the chain. Raises LedgerError."""
    try:
        check = FullCheck(connection, path, head)
        while check.step():
            pass
    except sqlite3.DatabaseError as problem:
        raise damaged(path, f"SQLite says “{problem}”") from problem
    return check.end
