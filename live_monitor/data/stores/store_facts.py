"""What `live-monitor doctor` says of the stores: looked at, never made, never changed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from live_monitor.clock import Clock
from live_monitor.data.stores import ledger_checks, ledger_errors, ledger_file
from live_monitor.data.stores.influx_store import InfluxStore
from live_monitor.data.stores.ledger_head import head_path, read_head
from live_monitor.data.stores.opening import SharedPlace
from live_monitor.data.stores.sqlite_file import APPLICATION_ID, SCHEMA, in_words
from live_monitor.errors import StoreError

#: A doctor's patience with a server.
ANSWER_S: Final = 2.0
_BUSY_S: Final = 1.0
#: A ledger of so many entries at most is checked whole, in about a second.
_CHECKED_WHOLE: Final = 50_000
_SIDE_FILES: Final = ("", "-wal", "-shm")


def embedded_facts(path: Path) -> str:
    """Place, format, number of series and size of the embedded store. Raises StoreError for one that cannot be used."""
    if not path.exists():
        return f"{path} (no bars yet)"
    try:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_S, isolation_level=None)) as connection:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if application == APPLICATION_ID and version <= SCHEMA:
                (series,) = connection.execute("SELECT count(*) FROM series").fetchone()
                return f"{path}, format {version}, {_counted(series)}, {_size(path)}"
    except sqlite3.Error as problem:
        raise in_words(path, problem) from problem
    if application != APPLICATION_ID:
        raise StoreError(f"{path} belongs to another program.", "Move it away; a new store is started there.")
    raise StoreError(f"{path} was written by a newer version.", "Update this program, or move the file away.")


def ledger_facts(path: Path) -> str:
    """Place, number of entries and accounts of the ledger of paper trading, and how much of it was checked just now.

    Raises LedgerError for one that orders would not be taken with.
    """
    try:
        # First the head, then the entries: these may be more by then, never fewer.
        head = read_head(head_path(path))
        if not ledger_file.is_there(path):
            if head is not None and head.seq:
                raise ledger_errors.damaged(path, f"the file is missing, or empty, and held {head.seq:,} entries")
            return f"{path} (no paper account yet)"
        with closing(ledger_file.connect(path, _BUSY_S)) as connection:
            if ledger_file.version_of(connection, path) == 0:
                raise ledger_errors.damaged(path, "it is empty")
            connection.execute("BEGIN")
            found = ledger_checks.quick(connection, path, head)
            checked = "the newest are checked; `live-monitor ledger verify` checks all"
            if found.end.seq <= _CHECKED_WHOLE:
                ledger_checks.look_through(connection, path, head)
                checked = "all of them checked"
    except UnicodeDecodeError as problem:
        raise ledger_errors.damaged(path, "a name in it is no text") from problem
    except sqlite3.Error as problem:
        raise ledger_errors.in_words(path, problem) from problem
    except OSError as problem:
        raise ledger_errors.unusable(path, problem) from problem
    count, accounts = found.end.seq, len(found.states)
    entries = "1 entry" if count == 1 else f"{count:,} entries"
    return f"{path}, {accounts} account{'s' * (accounts != 1)}, {entries}, {checked}"


def shared_facts(place: SharedPlace, clock: Clock) -> str:
    """Address, version and number of series of a shared store. Raises StoreError for one that does not answer well."""
    store = InfluxStore(place.url, place.token, place.org, place.bucket, clock=clock, answer_s=ANSWER_S)
    try:
        census = store.census()
    finally:
        store.close()
    return f"{store.name}, InfluxDB {census.version or 'of unknown version'}, {_counted(census.series)}"


def _counted(series: int) -> str:
    return "1 series" if series == 1 else f"{series:,} series"


def _size(path: Path) -> str:
    files = [path.with_name(path.name + side) for side in _SIDE_FILES]
    return f"{sum(file.stat().st_size for file in files if file.exists()) / 1e6:,.1f} MB"
