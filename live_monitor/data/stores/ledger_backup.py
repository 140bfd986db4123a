"""Copies of the ledger that have been checked from the first entry to the last, and how one of them is put back.

A copy is made of one moment while the writer goes on, and takes its name only after the check. Putting one back never
overwrites anything: what was there is moved aside.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from live_monitor.atomic_file import PRIVATE_FILE, write_atomically
from live_monitor.data.stores.ledger_checks import FullCheck
from live_monitor.data.stores.ledger_errors import LedgerRefused, damaged, in_words, unusable
from live_monitor.data.stores.ledger_file import connect, flush_folder, make_folder, version_of
from live_monitor.data.stores.ledger_head import Head, HeadFile, head_path, read_head, write_new
from live_monitor.engine.paper.ledger import Chain

FOLDER: Final = "backups"
#: Daily copies that are kept.
KEPT: Final = 5
_DAILY: Final = re.compile(r"ledger-\d{4}-\d{2}-\d{2}\.sqlite3", re.ASCII)
_PAGES_A_STEP: Final = 512
_BUSY_S: Final = 2.0
_SIDES: Final = ("-wal", "-shm", "-journal")
Stop = Callable[[], bool]


class BackupStopped(LedgerRefused):
    """The program ends before the copy was made."""


def never() -> bool:
    """For copies that nothing stops."""
    return False


def daily_backups(path: Path) -> list[Path]:
    """Daily copies of the ledger at `path`, the newest first."""
    folder = path.parent / FOLDER
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted((file for file in found if _DAILY.fullmatch(file.name)), reverse=True)


def back_up_daily(path: Path, day: str, stop: Stop = never) -> Path | None:
    """Makes the copy of `day` (ISO date) where there is none, and lets the oldest ones go; None where there was one.

    Any thread. Raises LedgerError; then every copy that was there before still is.
    """
    target = path.parent / FOLDER / f"ledger-{day}.sqlite3"
    if target.exists():
        return None
    copy_ledger(path, target, stop)
    for old in daily_backups(path)[KEPT:]:
        _remove(old)
        head_path(old).unlink(missing_ok=True)
    return target


def copy_ledger(path: Path, target: Path, stop: Stop = never) -> Chain:
    """A checked copy of the ledger at `path`, with its head copy beside it; where it ends. Nothing is overwritten.

    Any thread. Raises LedgerError.
    """
    if target.exists():
        raise LedgerRefused(f"{target} exists already, and is not overwritten.", "Choose another name.")
    fresh = target.with_name(f".{target.name}.new")
    try:
        make_folder(target.parent)
        _remove(fresh)
        # First the head, then the entries: these may be more by then, never fewer.
        head = read_head(head_path(path))
        _copy(path, fresh, stop)
        end = check_file(fresh, head, stop)
        write_new(head_path(target), Head(end.seq, end.digest))
        fresh.replace(target)
        flush_folder(target.parent)
    except OSError as problem:
        raise unusable(target, problem) from problem
    finally:
        _remove(fresh)
    return end


def _copy(path: Path, fresh: Path, stop: Stop) -> None:
    def step(*_: int) -> None:
        if stop():
            raise BackupStopped(f"The copy of the ledger {path} was stopped.")

    if not path.exists():
        raise LedgerRefused(f"There is no ledger {path}.", "It is made by the first paper account.")
    # SQLite would give it the rights that other new files have.
    os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
    try:
        with closing(connect(path, _BUSY_S)) as source, closing(sqlite3.connect(fresh, isolation_level=None)) as copy:
            version_of(source, path)
            # One moment, however long it takes and whatever is written meanwhile.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            source.backup(copy, pages=_PAGES_A_STEP, progress=step)
    except UnicodeDecodeError as problem:
        raise damaged(path, "a name in it is no text") from problem
    except sqlite3.Error as problem:
        raise in_words(path, problem) from problem


def check_file(path: Path, head: Head | None, stop: Stop = never) -> Chain:
    """Checks a ledger that nobody writes, in full; where it ends. Raises LedgerError.

    `head` None: nothing says how long it has to be, and whatever hangs together counts.
    """
    try:
        with closing(connect(path, _BUSY_S)) as connection:
            if version_of(connection, path) == 0:
                raise damaged(path, "it is empty")
            check = FullCheck(connection, path, head or last_row(connection))
            while check.step():
                if stop():
                    raise BackupStopped(f"The check of the ledger {path} was stopped.")
            return check.end
    except UnicodeDecodeError as problem:
        raise damaged(path, "a name in it is no text") from problem
    except sqlite3.Error as problem:
        raise in_words(path, problem) from problem


def last_row(connection: sqlite3.Connection) -> Head:
    """What a head copy would say of a file that has none."""
    found = connection.execute("SELECT seq, CAST(digest AS BLOB) FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(*found) if found is not None else Head(0, Chain().digest)


def restore(path: Path, backup: Path, aside: Path) -> Chain:
    """Puts a checked copy of `backup` in the place of the ledger at `path`; where it ends.

    What was there is moved to the folder `aside`, which must not exist. Killed at any moment it leaves the old ledger,
    the new one, or one that is refused until this is done again. Raises LedgerError.
    """
    if aside.exists():
        raise LedgerRefused(f"{aside} exists already, and is not overwritten.", "Choose another name.")
    beside, fresh = head_path(path), path.with_name(f".{path.name}.new")
    lock: HeadFile | None = None
    try:
        make_folder(path.parent)
        if beside.exists():
            lock = HeadFile(beside)
        _remove(fresh)
        _copy(backup, fresh, never)
        end = check_file(fresh, read_head(head_path(backup)))
        make_folder(aside)
        if beside.exists():
            write_atomically(aside / beside.name, beside.read_bytes())
        if lock is not None:
            # Windows replaces no file that is open.
            lock.close()
            lock = None
        # From here on the old file is refused, because its head is another one's.
        write_new(beside, Head(end.seq, end.digest))
        for side in ("", *_SIDES):
            old = path.with_name(path.name + side)
            if old.exists():
                old.rename(aside / old.name)
        fresh.replace(path)
        flush_folder(path.parent)
    except OSError as problem:
        raise unusable(path, problem) from problem
    finally:
        if lock is not None:
            lock.close()
        _remove(fresh)
    return end


def _remove(path: Path) -> None:
    """The file, and what SQLite leaves beside it."""
    for side in ("", *_SIDES):
        path.with_name(path.name + side).unlink(missing_ok=True)
