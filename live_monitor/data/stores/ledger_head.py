"""The head copy beside the ledger: how many rows were acknowledged, and the digest of the last one.

It tells of rows that are missing at the end, which the chain alone cannot: a log that was lost, a file put back from an
older copy. It is written after each commit and before its acknowledgement, in place and within one sector, so that it
is never ahead of the ledger and never half a head. It also carries the lock that keeps a second writer out.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from pathlib import Path
from typing import Final, NamedTuple

from live_monitor.atomic_file import write_atomically
from live_monitor.data.stores.ledger_errors import LedgerRefused, damaged, unusable

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_SUFFIX: Final = ".head"
_TITLE: Final = "live-monitor ledger head 1"
_PATTERN: Final = re.compile(_TITLE + r"\nseq (\d{18})\ndigest ([0-9a-f]{64})\ncheck ([0-9a-f]{16})\n", re.ASCII)
_BYTES: Final = len(_TITLE) + 1 + 23 + 72 + 23
#: Where Windows locks, whose locks keep others from reading: far behind the text.
_LOCK_AT: Final = 2**30


def head_path(path: Path) -> Path:
    """Where the head copy of the ledger at `path` lies. Raises LedgerRefused where none could be beside it."""
    if not path.name or path.suffix == _SUFFIX:
        raise LedgerRefused(f"{path} is no place for a ledger of paper trading.", "It is called ledger.sqlite3.")
    return path.with_suffix(_SUFFIX)


class Head(NamedTuple):
    """Number and digest of the last row that was acknowledged."""

    seq: int
    digest: bytes


def as_bytes(head: Head) -> bytes:
    """The text of a head file, always as long."""
    text = f"{_TITLE}\nseq {head.seq:018d}\ndigest {head.digest.hex()}\n"
    return f"{text}check {hashlib.sha256(text.encode()).hexdigest()[:16]}\n".encode()


def read_head(path: Path) -> Head | None:
    """The head at `path`; None where there is no file. Raises LedgerDamaged, LedgerFailed or LedgerRefused."""
    try:
        data = path.read_bytes()[: _BYTES + 1]
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise unusable(path, problem) from problem
    found = _PATTERN.fullmatch(data.decode("latin-1"))
    head = Head(int(found[1]), bytes.fromhex(found[2])) if found else None
    if head is None or as_bytes(head) != data:
        raise damaged(path, "its check sum is wrong")
    return head


def write_new(path: Path, head: Head) -> None:
    """Makes a head file, or replaces one, whole and flushed. Raises OSError."""
    write_atomically(path, as_bytes(head))


def write_first(path: Path, head: Head) -> None:
    """Makes a head file where none is; one that another program makes at this moment stays. Raises OSError."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    write_atomically(fresh, as_bytes(head))
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    except OSError:
        # A file system without links: there the last one wins.
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


class HeadFile:
    """A head file that is open for as long as the ledger, and locked: one writer at a time. One thread."""

    def __init__(self, path: Path) -> None:
        """Opens and locks. Raises LedgerRefused when another program holds it, or it cannot be written."""
        try:
            self._descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0))
        except OSError as problem:
            raise unusable(path, problem) from problem
        try:
            _lock(self._descriptor)
        except OSError as problem:
            os.close(self._descriptor)
            raise LedgerRefused(
                f"The ledger of paper trading {path} is locked by another program.", "Close the program that holds it."
            ) from problem

    def write(self, head: Head) -> None:
        """Puts `head` in the place of the one before. Raises OSError."""
        data = as_bytes(head)
        if sys.platform == "win32":
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            written = os.write(self._descriptor, data)
        else:
            written = os.pwrite(self._descriptor, data, 0)
        if written != len(data):
            raise OSError("the head of the ledger was written in part")

    def flush(self) -> None:
        """Makes it durable; without it a loss of power leaves an older head, which is as good. Raises OSError."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Gives up the lock."""
        os.close(self._descriptor)


def _lock(descriptor: int) -> None:
    """Raises OSError when another one has it. The lock goes with the process, however it ends."""
    if sys.platform == "win32":
        os.lseek(descriptor, _LOCK_AT, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
