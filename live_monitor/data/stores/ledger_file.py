"""The SQLite file of the ledger: made, looked at through a connection that cannot write, and opened for the writer.

A file that is damaged, of another program or of a newer version is left as it is, also what lies in its write-ahead
log: the last connection that may write would move that into the file.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path
from typing import Final

from live_monitor.atomic_file import PRIVATE_FILE, private_folder
from live_monitor.data.stores.ledger_errors import RESTORE, LedgerRefused, damaged
from live_monitor.data.stores.sqlite_file import transaction
from live_monitor.errors import LedgerError

SCHEMA: Final = 1
#: "LMPL": tells the file apart from those of other programs.
APPLICATION_ID: Final = 0x4C4D504C

#: docs/ledger.md explains them to other programs. Their text is compared when a file is checked.
TABLES: Final = (
    """CREATE TABLE journal (
        seq INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        kind TEXT NOT NULL,
        order_id TEXT,
        client TEXT,
        body TEXT NOT NULL,
        digest BLOB NOT NULL)""",
    """CREATE TABLE checkpoints (
        seq INTEGER PRIMARY KEY,
        shape TEXT NOT NULL,
        data BLOB NOT NULL,
        digest BLOB NOT NULL)""",
    "CREATE INDEX journal_kind ON journal (account, kind)",
    "CREATE INDEX journal_order ON journal (account, order_id) WHERE order_id IS NOT NULL",
    "CREATE UNIQUE INDEX journal_client ON journal (account, client) WHERE client IS NOT NULL",
    """CREATE TRIGGER journal_is_not_changed BEFORE UPDATE ON journal
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END""",
    """CREATE TRIGGER journal_is_not_shortened BEFORE DELETE ON journal
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END""",
)

#: Statements that lead from a version of the tables to the next one.
UPGRADES: Final[dict[int, tuple[str, ...]]] = {}

#: The smallest page that SQLite knows.
_SMALLEST_BYTES: Final = 512
_CACHE_KIB: Final = 16_384
_LARGEST_LOG_BYTES: Final = 2**24


def connect(path: Path, busy_s: float, *, write: bool = False, one_thread: bool = True) -> sqlite3.Connection:
    """A connection to a file that is there; only with `write` may it change anything. Raises sqlite3.Error.

    Without `one_thread` the caller lets in one thread at a time.
    """
    uri = f"{path.absolute().as_uri()}?mode={'rw' if write else 'ro'}"
    return sqlite3.connect(uri, uri=True, timeout=busy_s, isolation_level=None, check_same_thread=one_thread)


def is_there(path: Path) -> bool:
    """True for a file that holds something. Raises OSError, LedgerError for what is no file of SQLite.

    It is never opened but by SQLite: closing it would give up the locks that this process has on it through other
    connections (sqlite.org/howtocorrupt.html, 2.2).
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(found.st_mode):
        raise LedgerRefused(f"The ledger of paper trading {path} is not a plain file.", "Move it away.")
    # SQLite takes such a file for an empty one, and would write over what is in it.
    if 0 < found.st_size < _SMALLEST_BYTES:
        raise damaged(path, "it is cut off")
    return found.st_size > 0


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """The version of the tables in the file; 0 for none yet.

    Raises LedgerError for a file of another program or of a newer version, sqlite3.Error for a damaged one.
    """
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if tables == application == version == 0:
        return 0
    if application != APPLICATION_ID:
        raise LedgerRefused(f"The file {path} belongs to another program.", "It is left as it is: move it away.")
    if version > SCHEMA:
        raise LedgerRefused(
            f"The ledger of paper trading {path} was written by a newer version.",
            "It is left as it is: update this program.",
        )
    if version < 1:
        raise damaged(path, "its version is none")
    return int(version)


def check_tables(connection: sqlite3.Connection, path: Path) -> None:
    """Raises LedgerDamaged when the tables are not those of this version, letter by letter."""
    with sqlite3.connect(":memory:", isolation_level=None) as plain:
        for statement in TABLES:
            plain.execute(statement)
        expected = _declared(plain)
    plain.close()
    if _declared(connection) != expected:
        raise damaged(path, "its tables are not those that were made")


def _declared(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    # What SQLite makes for itself (statistics of a person's ANALYZE) holds no facts.
    return connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite%' ORDER BY name"
    ).fetchall()


def make_folder(folder: Path) -> None:
    """Makes the folder for its owner alone; one that is there keeps its rights: it may be anybody's. Raises OSError."""
    if not folder.is_dir():
        private_folder(folder)


def make_file(path: Path, busy_s: float) -> None:
    """Makes a ledger without entries where none is, private. Raises OSError, sqlite3.Error.

    It takes its name when it is whole: whoever is killed before leaves no half a file.
    """
    fresh = path.with_name(f".{path.name}.new")
    for left in ("", "-journal", "-wal", "-shm"):
        fresh.with_name(fresh.name + left).unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    # SQLite gives its side files the rights of this one.
    os.close(os.open(fresh, flags, PRIVATE_FILE))
    connection = connect(fresh, busy_s, write=True)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        with transaction(connection):
            for statement in TABLES:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
    finally:
        # Moves the log into the file.
        connection.close()
    fresh.replace(path)
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Makes the new name durable, where the system can (not on Windows)."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def open_writer(path: Path, busy_s: float) -> sqlite3.Connection:
    """The writer's connection: every commit is on the disk before it returns. Raises sqlite3.Error, LedgerError."""
    connection = connect(path, busy_s, write=True)
    try:
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        if mode != "wal":
            raise LedgerRefused(f"The ledger of paper trading {path} has no write-ahead log any more.", RESTORE)
        connection.execute("PRAGMA synchronous = FULL")
        # macOS: an fsync that does not reach the platter is none.
        connection.execute("PRAGMA fullfsync = ON")
        # The writer moves the log itself, because SQLite keeps to itself that doing so has failed.
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute(f"PRAGMA journal_size_limit = {_LARGEST_LOG_BYTES}")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        _try_to_write(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _try_to_write(connection: sqlite3.Connection) -> None:
    """Raises sqlite3.Error for a file that cannot be written, or is held: now, and not at the first order.

    SQLite takes such a file without a word, and begins a transaction in it; only a change tells. It is taken back.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(f"PRAGMA user_version = {version}")
    finally:
        connection.execute("ROLLBACK")


def upgrade(connection: sqlite3.Connection, steps: dict[int, tuple[str, ...]], target: int) -> None:
    """Brings the tables to version `target`, in one transaction: the old file, or the new one, never between.

    `steps`: statements that lead from a version to the next. Entries stay letter by letter. Raises sqlite3.Error,
    LedgerError where no way leads.
    """
    with transaction(connection):
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        while version < target:
            if version not in steps:
                raise LedgerError(f"The ledger of paper trading has version {version}, which this program cannot read.")
            for statement in steps[version]:
                connection.execute(statement)
            version += 1
            connection.execute(f"PRAGMA user_version = {version}")
