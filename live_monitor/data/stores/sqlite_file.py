"""The SQLite file of the embedded store: opened only when it is ours and sound, and errors said in words.

A file that is damaged, of another program or of a newer version is looked at through a read-only connection and left as
it is, also what lies in its write-ahead log: the last connection that may write would move that into the file.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from live_monitor.atomic_file import PRIVATE_FILE, private_folder
from live_monitor.errors import StoreError

SCHEMA: Final = 1
#: "LMBS": tells the file apart from those of other programs.
APPLICATION_ID: Final = 0x4C4D4253

#: The tables; docs/history-store.md explains them to other programs.
TABLES: Final = (
    """CREATE TABLE series (
        id INTEGER PRIMARY KEY,
        market TEXT NOT NULL,
        symbol TEXT NOT NULL,
        timeframe TEXT NOT NULL,
        UNIQUE (market, symbol, timeframe))""",
    """CREATE TABLE bars (
        series INTEGER NOT NULL,
        start_ms INTEGER NOT NULL,
        source INTEGER NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY (series, start_ms)) WITHOUT ROWID""",
    """CREATE TABLE blocks (
        id INTEGER PRIMARY KEY,
        series INTEGER NOT NULL,
        day INTEGER NOT NULL,
        from_ms INTEGER NOT NULL,
        to_ms INTEGER NOT NULL,
        bars INTEGER NOT NULL,
        checksum INTEGER NOT NULL,
        data BLOB NOT NULL,
        UNIQUE (series, day))""",
    """CREATE TABLE covers (
        series INTEGER NOT NULL,
        from_ms INTEGER NOT NULL,
        to_ms INTEGER NOT NULL,
        PRIMARY KEY (series, from_ms)) WITHOUT ROWID""",
    """CREATE TABLE damaged (
        id INTEGER PRIMARY KEY,
        series INTEGER NOT NULL,
        from_ms INTEGER NOT NULL,
        to_ms INTEGER NOT NULL,
        data BLOB NOT NULL)""",
)

#: The smallest page that SQLite knows.
_SMALLEST_BYTES: Final = 512
#: Pages of the write-ahead log after which it is moved into the file: 16 MB, so that few appends have to wait for it.
_CHECKPOINT_PAGES: Final = 4_000
_LARGEST_LOG_BYTES: Final = 2**26
_CACHE_KIB: Final = 16_384

_ELSEWHERE: Final = "Live data goes on, bars are not kept."
_DAMAGED: Final = f"{_ELSEWHERE} The file is left as it is: move it away and a new one is started."
#: Primary result codes -> what happened, what to do.
_WORDS: Final[dict[int, tuple[str, str]]] = {
    sqlite3.SQLITE_CORRUPT: ("is damaged", _DAMAGED),
    sqlite3.SQLITE_NOTADB: ("is damaged", _DAMAGED),
    sqlite3.SQLITE_BUSY: ("is locked by another program", f"{_ELSEWHERE} Close the program that holds it."),
    sqlite3.SQLITE_LOCKED: ("is locked by another program", f"{_ELSEWHERE} Close the program that holds it."),
    sqlite3.SQLITE_READONLY: ("cannot be written", f"{_ELSEWHERE} Make the file and its folder writable."),
    sqlite3.SQLITE_PERM: ("cannot be written", f"{_ELSEWHERE} Make the file and its folder writable."),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", f"{_ELSEWHERE} Make the file and its folder writable."),
    sqlite3.SQLITE_FULL: ("has no room: the disk is full", f"{_ELSEWHERE} Free some space; nothing kept is lost."),
    sqlite3.SQLITE_IOERR: ("cannot be read or written: the disk reports an error", f"{_ELSEWHERE} Check the disk."),
}


def in_words(path: Path, problem: sqlite3.Error) -> StoreError:
    """What a failure of SQLite means for the person."""
    # Errors of the Python module itself carry no code.
    code = getattr(problem, "sqlite_errorcode", 0) & 0xFF
    happened, remedy = _WORDS.get(code, (f"failed ({problem})", _ELSEWHERE))
    return StoreError(f"The store of bars {path} {happened}.", remedy)


def is_damage(problem: sqlite3.Error) -> bool:
    """True for what no retry can help: nothing may be written to the file any more."""
    return getattr(problem, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def open_file(path: Path, busy_s: float) -> sqlite3.Connection:
    """A connection to the store at `path`, which is made when there is none. Raises StoreError.

    `busy_s`: how long each call may wait for another program's lock.
    """
    try:
        fresh = _prepare(path)
        if not fresh:
            _look(path, busy_s)
        # One thread at a time is the store's promise (ports.HistoryStore), not always the same one.
        connection = sqlite3.connect(path, timeout=busy_s, isolation_level=None, check_same_thread=False)
        try:
            _set_up(connection)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as problem:
        raise in_words(path, problem) from problem
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise StoreError(
            f"The store of bars {path} cannot be opened ({reason}).",
            f"{_ELSEWHERE} Make the file and its folder writable.",
        ) from problem
    return connection


def _prepare(path: Path) -> bool:
    """Makes the folder and an empty file, private; True when nothing was there. Raises OSError, StoreError.

    A file that is there is never opened but by SQLite: closing it would give up the locks that this process has on it
    through other connections (sqlite.org/howtocorrupt.html, 2.2).
    """
    private_folder(path.parent)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        # SQLite gives its side files the rights of this one.
        os.close(os.open(path, flags, PRIVATE_FILE))
    except FileExistsError:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise OSError("it is not a plain file") from None
        # SQLite takes such a file for an empty one, and would write over what is in it.
        if 0 < found.st_size < _SMALLEST_BYTES:
            raise StoreError(f"The store of bars {path} is damaged.", _DAMAGED) from None
        # A start that was killed before its first write leaves nothing in the file.
        return found.st_size == 0
    return True


def _look(path: Path, busy_s: float) -> None:
    """Raises StoreError for a file of another program or of a newer version, sqlite3.Error for a damaged one."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=busy_s, isolation_level=None)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        application, version = _identity(connection)
    if not tables and application == version == 0:
        return
    if application != APPLICATION_ID:
        raise StoreError(
            f"The file {path} belongs to another program.", f"{_ELSEWHERE} Move it away and a store is started there."
        )
    if version > SCHEMA:
        raise StoreError(
            f"The store of bars {path} was written by a newer version.",
            f"{_ELSEWHERE} The file is left as it is: update this program, or move the file away.",
        )


def _identity(connection: sqlite3.Connection) -> tuple[int, int]:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return application, version


def _set_up(connection: sqlite3.Connection) -> None:
    """Settings of a connection, and the tables where there are none yet."""
    if _identity(connection) == (0, 0):
        # Only works before the first table: lets a file shrink after much was forgotten. It writes to any other.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    with transaction(connection):
        if _identity(connection) == (0, 0):
            for statement in TABLES:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
    connection.execute(f"PRAGMA journal_size_limit = {_LARGEST_LOG_BYTES}")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    # Some systems build SQLite to write zeros over what is deleted: of no use for prices, and slow.
    connection.execute("PRAGMA secure_delete = OFF")
    _try_to_write(connection)


def _try_to_write(connection: sqlite3.Connection) -> None:
    """Raises sqlite3.Error for a file that cannot be written, or is held: now, and not at the first bar.

    SQLite takes such a file without a word, and begins a transaction in it; only a change tells. It is taken back.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(f"PRAGMA user_version = {SCHEMA}")
    finally:
        connection.execute("ROLLBACK")


@contextmanager
def transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """One transaction: all or nothing. `kind`: "IMMEDIATE" to write; "DEFERRED" for reads that must agree."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk has rolled back already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
