"""The ledger of paper trading: one SQLite file and its head copy, written by one thread, flushed with each commit."""

from __future__ import annotations

import functools
import logging
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from live_monitor.atomic_file import PRIVATE_FILE
from live_monitor.data.stores import ledger_checks
from live_monitor.data.stores.ledger_checks import FullCheck
from live_monitor.data.stores.ledger_errors import (
    LedgerDuplicate,
    LedgerFailed,
    LedgerRefused,
    damaged,
    in_words,
    is_no_room,
    unusable,
    write_was_not_taken,
)
from live_monitor.data.stores.ledger_file import (
    SCHEMA,
    UPGRADES,
    connect,
    is_there,
    make_file,
    make_folder,
    open_writer,
    upgrade,
    version_of,
)
from live_monitor.data.stores.ledger_head import Head, HeadFile, head_path, read_head, write_first, write_new
from live_monitor.data.stores.sqlite_file import transaction
from live_monitor.engine.paper import folding
from live_monitor.engine.paper.folding import States
from live_monitor.engine.paper.ledger import Chain, Draft, Row, checkpoint_digest, decoded
from live_monitor.errors import LedgerError

_log = logging.getLogger(__name__)

FILE_NAME: Final = "ledger.sqlite3"
#: A checkpoint is made when so many entries have followed the last one.
CHECKPOINT_ROWS: Final = 5_000
_KEPT_CHECKPOINTS: Final = 2
#: The log is moved into the file after so many commits: often, so that no order waits long for it.
_COMMITS_A_LOG: Final = 64
BUSY_S: Final = 2.0
#: SQLite takes 32,766 values in a statement, and an entry has seven.
_MAX_ROWS: Final = 4_000
#: Entries that may wait to be folded into the next checkpoint before some are after each commit: 0.5 ms of work.
_MOST_UNFOLDED: Final = 20_000
_FOLDED_A_COMMIT: Final = 50
_PROBE_BYTES: Final = 65_536
_INSERT: Final = "INSERT INTO journal (seq, digest, account, kind, order_id, client, body) VALUES "
_VALUES: Final = "(?, ?, ?, ?, ?, ?, CAST(? AS TEXT))"


class Ledger:
    """Opened for writing: locked, looked at, folded. All calls from the thread that made it.

    Raises LedgerError: `LedgerDamaged` (not what was written), `LedgerRefused` (may pass: a lock, no room), or
    `LedgerFailed` (the disk). Whatever was raised, nothing that stood in the file was overwritten.
    """

    def __init__(self, path: Path, *, busy_s: float = BUSY_S) -> None:
        self.path = path
        self._busy_s = busy_s
        self._head: HeadFile | None = None
        self._connection: sqlite3.Connection | None = None
        #: Why nothing may be written any more.
        self._failed: LedgerError | None = None
        self._commits = 0
        #: Committed, and not yet applied to `_states`.
        self._unfolded: list[bytes] = []
        self._states: States = {}
        self._folded = Chain()
        self.end = Chain()
        self.checkpoint_seq = 0
        try:
            with self._words():
                self._open()
        except BaseException:
            self.close(checkpoint=False)
            raise

    # -- opening -------------------------------------------------------------------------------

    def _open(self) -> None:
        make_folder(self.path.parent)
        beside = head_path(self.path)
        if not beside.exists() and not is_there(self.path):
            # Two programs that begin at the same moment must not both make the file.
            write_first(beside, Head(0, Chain().digest))
        # The lock comes first: what is looked at must not change meanwhile.
        if beside.exists():
            self._head = HeadFile(beside)
        head = read_head(beside)
        there = is_there(self.path)
        version = self._look(head) if there else 0
        if not there and head is not None and head.seq:
            raise damaged(self.path, f"the file is missing, or empty, and held {head.seq:,} entries")
        if version == 0:
            make_file(self.path, self._busy_s)
        self._connection = open_writer(self.path, self._busy_s)
        if 0 < version < SCHEMA:
            upgrade(self._connection, UPGRADES, SCHEMA)
        if self._head is None:
            write_new(beside, Head(self.end.seq, self.end.digest))
            self._head = HeadFile(beside)
        elif head is not None and head.seq < self.end.seq:
            # Killed between a commit and its head: the rows are there, and count.
            self._head.write(Head(self.end.seq, self.end.digest))

    def _look(self, head: Head | None) -> int:
        """Looks through a connection that cannot write, and folds; the version of the tables, 0 for none."""
        with closing(connect(self.path, self._busy_s)) as connection:
            version = version_of(connection, self.path)
            if version == 0:
                if head is not None and head.seq:
                    raise damaged(self.path, f"it is empty, and held {head.seq:,} entries")
                return 0
            with transaction(connection, "DEFERRED"):
                self._states, self.end, self.checkpoint_seq = ledger_checks.quick(connection, self.path, head)
            self._folded = Chain(self.end.seq, self.end.digest)
        return version

    # -- writing -------------------------------------------------------------------------------

    def commit(self, drafts: Iterable[Draft]) -> int:
        """Writes entries, all or none, flushed to the disk; the number of the last one.

        Raises LedgerRefused (nothing of them is kept; what is written later may be taken), LedgerFailed (whether they
        are kept is not known before the next opening; nothing is taken any more) or LedgerDamaged.
        """
        connection, head = self._writable()
        chain = Chain(self.end.seq, self.end.digest)
        rows = [chain.link(each) for each in drafts]
        if not rows:
            return chain.seq
        try:
            with self._words():
                _insert(connection, rows)
        except LedgerRefused:
            raise
        except LedgerError as problem:
            self._failed = problem
            raise
        self.end = chain
        self._commits += 1
        self._unfolded.extend(row.body for row in rows)
        try:
            head.write(Head(chain.seq, chain.digest))
        except OSError as problem:
            # These entries are durable. Later ones would stand behind an old head, which could not protect them.
            self._failed = LedgerFailed(f"The head copy of the ledger {self.path} cannot be written ({problem}).")
        return chain.seq

    def _writable(self) -> tuple[sqlite3.Connection, HeadFile]:
        if self._failed is not None:
            raise self._failed
        if self._connection is None or self._head is None:
            raise LedgerError(f"The ledger of paper trading {self.path} is closed.")
        return self._connection, self._head

    def rest(self, *, rows: int = 20) -> bool:
        """Work that no order waits for: folds a few entries, moves the log, makes a checkpoint. False: all is done.

        Raises as `commit`.
        """
        connection, _ = self._writable()
        if self._commits >= _COMMITS_A_LOG:
            self.move_log()
            return True
        if self._unfolded:
            self._fold(rows)
            return True
        if self.end.seq - self.checkpoint_seq >= CHECKPOINT_ROWS:
            self._checkpoint(connection)
            return True
        return False

    def keep_up(self) -> None:
        """What has to be done between commits even when orders come without a pause. Raises as `commit`."""
        if self._commits >= _COMMITS_A_LOG:
            self.move_log()
        if len(self._unfolded) > _MOST_UNFOLDED:
            # A little more than comes, and never for so long that the window waits for the interpreter.
            self._fold(_FOLDED_A_COMMIT)

    def move_log(self) -> None:
        """Moves what readers do not hold back of the write-ahead log into the file. Raises as `commit`."""
        connection, _ = self._writable()
        try:
            with self._words():
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except LedgerRefused as problem:
            # No room in the file: everything is safe in the log, and it is tried again.
            _log.debug("The log of the ledger stays where it is: %s", problem)
        except LedgerError as problem:
            self._failed = problem
            raise
        self._commits = 0

    def _fold(self, rows: int) -> None:
        for body in self._unfolded[:rows]:
            folding.fold(self._states, decoded(body))
        del self._unfolded[:rows]

    def _checkpoint(self, connection: sqlite3.Connection) -> None:
        self._fold(len(self._unfolded))
        shape, data = folding.shape(), folding.as_bytes(self._states)
        row = (self.end.seq, shape, data, checkpoint_digest(self.end, shape, data))
        try:
            with self._words(), transaction(connection):
                connection.execute(
                    "INSERT OR REPLACE INTO checkpoints (seq, shape, data, digest) VALUES (?, ?, ?, ?)", row
                )
                connection.execute(
                    "DELETE FROM checkpoints WHERE seq NOT IN (SELECT seq FROM checkpoints ORDER BY seq DESC LIMIT ?)",
                    (_KEPT_CHECKPOINTS,),
                )
        except LedgerRefused as problem:
            # Nothing is lost without it but time at the next start.
            _log.debug("The ledger has no room for a checkpoint: %s", problem)
        except LedgerError as problem:
            self._failed = problem
            raise
        self.checkpoint_seq = self.end.seq
        self._commits += 1

    def states(self) -> States:
        """Copies of the accounts as everything committed makes them."""
        self._fold(len(self._unfolded))
        return folding.copied(self._states)

    # -- reading -------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own that cannot write. Raises LedgerError for what goes wrong while it lasts."""
        with self._words(), closing(connect(self.path, self._busy_s)) as connection:
            yield connection

    @contextmanager
    def checking(self, *, refold: bool = False) -> Iterator[FullCheck]:
        """A check of the whole file, step by step (`FullCheck.step`)."""
        with self.reading() as connection:
            yield FullCheck(connection, self.path, Head(self.end.seq, self.end.digest), refold=refold)

    def close(self, *, checkpoint: bool = True) -> None:
        """Makes a checkpoint when something was written, and closes. May be called twice; raises nothing."""
        connection, self._connection = self._connection, None
        try:
            if connection is not None:
                self._last_words(connection, checkpoint)
        finally:
            head, self._head = self._head, None
            if head is not None:
                head.close()

    def _last_words(self, connection: sqlite3.Connection, checkpoint: bool) -> None:
        if self._failed is not None:
            # The last connection to go moves the log into the file. What a failed disk holds is left as it is.
            with suppress(sqlite3.Error, LedgerError), self.reading() as reader:
                reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
                connection.close()
            connection.close()
            return
        try:
            if checkpoint and self.end.seq > self.checkpoint_seq:
                self._checkpoint(connection)
            if self._head is not None:
                self._head.flush()
        except (LedgerError, OSError) as problem:
            _log.warning("The ledger is closed without a checkpoint: %s", problem)
        finally:
            connection.close()

    @contextmanager
    def _words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError as problem:
            raise LedgerDuplicate(
                f"An entry stands in the ledger already ({problem}).", "It was not written twice."
            ) from problem
        except sqlite3.Error as problem:
            full = write_was_not_taken(problem) and not _has_room(self.path)
            raise in_words(self.path, problem, full=full) from problem
        except UnicodeDecodeError as problem:
            # Names of tables and columns, and messages of SQLite that quote them, are text in any case.
            raise damaged(self.path, "a name in it is no text") from problem
        except OSError as problem:
            raise unusable(self.path, problem) from problem


def _insert(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    # One statement is one transaction, and one wait for the interpreter, which a busy main thread gives away only
    # every 5 ms.
    if len(rows) <= _MAX_ROWS:
        connection.execute(_insertion(len(rows)), [value for row in rows for value in row])
        return
    with transaction(connection):
        for first in range(0, len(rows), _MAX_ROWS):
            _insert(connection, rows[first : first + _MAX_ROWS])


@functools.lru_cache(64)
def _insertion(rows: int) -> str:
    return _INSERT + ", ".join([_VALUES] * rows)


def _has_room(path: Path) -> bool:
    """Whether a file beside the ledger can be as long as its log has to be. SQLite does not say why a write failed."""
    probe = path.with_name(f".{path.name}.room")
    log = path.with_name(f"{path.name}-wal")
    try:
        length = max(log.stat().st_size if log.exists() else 0, path.stat().st_size)
        descriptor = os.open(probe, os.O_RDWR | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
        try:
            os.lseek(descriptor, length, os.SEEK_SET)
            os.write(descriptor, bytes(_PROBE_BYTES))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
            probe.unlink()
    except OSError as problem:
        return not is_no_room(problem)
    return True
