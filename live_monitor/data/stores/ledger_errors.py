"""What a failure of the ledger's file means: whether it passes, or halts trading for as long as the program runs."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path
from typing import Final

from live_monitor.errors import LedgerError

RESTORE: Final = "The file is left as it is: see `live-monitor ledger verify`, and `ledger restore` to open a backup."


class LedgerDamaged(LedgerError):
    """What stands in the file is not what was written."""


class LedgerFailed(LedgerError):
    """The disk has failed: what it says later cannot be believed, so nothing is written any more before a restart."""


class LedgerRefused(LedgerError):
    """Nothing of a write was kept, and the reason may pass: no room, a lock, an entry that was there before."""


class LedgerDuplicate(LedgerRefused):
    """An entry says something that stands in the journal already: a client order id, a row number."""


_BUSY = ("is locked by another program", "Close the program that holds it.")
_READ_ONLY = ("cannot be written", "Make the file and its folder writable.")
_FULL = ("the disk is full", "Free some space: orders are taken again at once, nothing kept is lost.")
_DISK = ("the disk reports an error", "Check the disk, then start this program anew.")

#: Primary result codes -> what it is for the program, what happened, what to do.
_MEANS: Final[dict[int, tuple[type[LedgerError], tuple[str, str]]]] = {
    # SQLite calls a file damaged of which the disk gives an error instead of a page.
    sqlite3.SQLITE_CORRUPT: (LedgerDamaged, ("is damaged, or the disk cannot read it", RESTORE)),
    sqlite3.SQLITE_NOTADB: (LedgerDamaged, ("is damaged", RESTORE)),
    sqlite3.SQLITE_BUSY: (LedgerRefused, _BUSY),
    sqlite3.SQLITE_LOCKED: (LedgerRefused, _BUSY),
    sqlite3.SQLITE_READONLY: (LedgerRefused, _READ_ONLY),
    sqlite3.SQLITE_PERM: (LedgerRefused, _READ_ONLY),
    sqlite3.SQLITE_CANTOPEN: (LedgerRefused, ("cannot be opened", _READ_ONLY[1])),
    sqlite3.SQLITE_FULL: (LedgerRefused, ("takes nothing more: " + _FULL[0], _FULL[1])),
    sqlite3.SQLITE_IOERR: (LedgerFailed, ("cannot be relied on: " + _DISK[0], _DISK[1])),
}
#: A write that was not taken, for a limit or a quota of the system. It is rolled back, unlike a failed flush, after
#: which nobody knows what is on the disk.
_NOT_TAKEN: Final = (sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_TRUNCATE)
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def in_words(path: Path, problem: sqlite3.Error, *, full: bool = False) -> LedgerError:
    """What a failure of SQLite means. `full`: the disk is known to take nothing more."""
    # Errors of the Python module itself carry no code.
    code = getattr(problem, "sqlite_errorcode", 0)
    if code in _NOT_TAKEN and full:
        code = sqlite3.SQLITE_FULL
    kind, (happened, remedy) = _MEANS.get(code & 0xFF, (LedgerFailed, (f"failed ({problem})", RESTORE)))
    return kind(f"The ledger of paper trading {path} {happened}.", remedy)


def write_was_not_taken(problem: sqlite3.Error) -> bool:
    """True where it has to be found out whether there is room (`in_words`)."""
    return getattr(problem, "sqlite_errorcode", 0) in _NOT_TAKEN


def is_no_room(problem: OSError) -> bool:
    """True for a full disk, a quota or a limit of the system."""
    return problem.errno in _NO_ROOM


def unusable(path: Path, problem: OSError) -> LedgerError:
    """What a failure of the system at opening or writing a file of ours means."""
    if is_no_room(problem):
        return LedgerRefused(f"The ledger of paper trading {path} takes nothing more: {_FULL[0]}.", _FULL[1])
    if problem.errno == errno.EIO:
        return LedgerFailed(f"The ledger of paper trading {path} cannot be relied on: {_DISK[0]}.", _DISK[1])
    reason = problem.strerror or str(problem)
    return LedgerRefused(f"The ledger of paper trading {path} cannot be opened ({reason}).", _READ_ONLY[1])


def damaged(path: Path, what: str) -> LedgerDamaged:
    """`what`: the proof, a phrase."""
    return LedgerDamaged(f"The ledger of paper trading {path} is damaged: {what}.", RESTORE)
