"""Questions to the journal: pages of entries for tables, and orders that the accounts have forgotten."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from live_monitor.data.models.orders import Order
from live_monitor.data.stores.ledger_file import connect
from live_monitor.engine.paper import folding
from live_monitor.engine.paper.entries import AccountOpened, Entry, OrderPlaced
from live_monitor.engine.paper.ledger import decoded
from live_monitor.errors import LedgerError

_log = logging.getLogger(__name__)

#: Readers do not wait for writers in this kind of file; only a stranger could make them.
_BUSY_S: Final = 0.05
#: Entries of one page at most.
MAX_PAGE: Final = 5_000
_FROM: Final = "SELECT seq, CAST(body AS BLOB) FROM journal WHERE account = ?"


class Kept(NamedTuple):
    """An entry and its number in the journal."""

    seq: int
    entry: Entry


def page(
    connection: sqlite3.Connection, account: str, kinds: Sequence[str], before_seq: int | None, limit: int
) -> list[Kept]:
    """The newest entries of these kinds before `before_seq` (None: of all), newest first, at most `limit`.

    Raises sqlite3.Error, LedgerError.
    """
    before, most = before_seq or 2**63 - 1, min(max(limit, 0), MAX_PAGE)
    # The index has each kind in order; asked for several at a time, SQLite would sort all that there is.
    rows = [
        row
        for kind in dict.fromkeys(kinds)
        for row in connection.execute(
            f"{_FROM} AND kind = ? AND seq < ? ORDER BY seq DESC LIMIT ?", (account, kind, before, most)
        )
    ]
    rows.sort(reverse=True)
    return [Kept(seq, decoded(body)) for seq, body in rows[:most]]


def order_of_client(connection: sqlite3.Connection, account: str, client_order_id: str) -> Order | None:
    """The order that was placed with this client order id, as it stands now; None for none.

    Raises sqlite3.Error, LedgerError.
    """
    found = connection.execute(f"{_FROM} AND client = ?", (account, client_order_id)).fetchone()
    if found is None:
        return None
    seq, body = found
    placed = decoded(body)
    if not isinstance(placed, OrderPlaced):
        raise LedgerError(f"Entry {seq:,} of the ledger places no order.")
    opened = decoded(
        connection.execute(f"{_FROM} AND kind = 'account_opened' ORDER BY seq LIMIT 1", (account,)).fetchone()[1]
    )
    if not isinstance(opened, AccountOpened):
        raise LedgerError(f"Account {account} has no beginning.")
    own = connection.execute(
        f"{_FROM} AND order_id = ? AND seq > ? UNION ALL {_FROM} AND kind = 'split_applied' AND seq > ? ORDER BY seq",
        (account, placed.order.order_id, seq, account, seq),
    )
    return folding.order_alone(opened, placed, (decoded(body) for _, body in own))


class LedgerReader:
    """A connection for questions that cannot wait for the writer's thread. Any thread, one at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._turn = threading.Lock()

    def order_of_client(self, account: str, client_order_id: str) -> Order | None:
        """As the function of this name; None too, with a line in the log, where it cannot be read."""
        try:
            with self._turn:
                if self._connection is None:
                    self._connection = connect(self._path, _BUSY_S, one_thread=False)
                return order_of_client(self._connection, account, client_order_id)
        except (LedgerError, sqlite3.Error) as problem:
            _log.warning("The ledger cannot be asked for a client order id: %s", problem)
            return None

    def close(self) -> None:
        """Closes it; the next question opens it anew."""
        with self._turn:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
