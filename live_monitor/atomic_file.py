"""Files that are either the old ones or the new ones, whole, and readable by their owner only.

A write that the disk cuts short is an error here, because QSaveFile and plain `write` accept it and leave half a file.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700


def private_folder(folder: Path) -> Path:
    """Creates `folder` (parents too) for its owner only, and returns it. Raises OSError."""
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    # `mkdir` is subject to the umask, and the folder may have been made by somebody less careful.
    if os.name == "posix" and stat.S_IMODE(folder.stat().st_mode) != PRIVATE_FOLDER:
        folder.chmod(PRIVATE_FOLDER)
    return folder


def write_atomically(path: Path, data: bytes, *, mode: int = PRIVATE_FILE) -> None:
    """Replaces `path` by a file holding exactly `data`, flushed to the disk; on any failure the old file stays.

    One writer per path. Raises OSError, also when the disk takes only a part.
    """
    fresh = path.with_name(f".{path.name}.new")
    # Left behind by a process that was killed while it wrote.
    fresh.unlink(missing_ok=True)
    try:
        # O_BINARY exists on Windows only, where text mode would translate line ends.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        descriptor = os.open(fresh, flags, mode)
        try:
            _write_all(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        fresh.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)


def _write_all(descriptor: int, data: bytes) -> None:
    """Writes every byte; a disk that is nearly full takes a part first and then raises ENOSPC."""
    rest = memoryview(data)
    while rest:
        written = os.write(descriptor, rest)
        if written <= 0:
            raise OSError(f"only {len(data) - len(rest)} of {len(data)} bytes were written")
        rest = rest[written:]


def _flush_folder(folder: Path) -> None:
    """Makes the new name durable, where the system can (not on Windows)."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_bounded(path: Path, limit: int) -> bytes:
    """Content of the plain file `path`, at most `limit` bytes.

    Raises FileNotFoundError when there is none, ValueError with a phrase for people when it is not a plain file (a
    link, a folder, a pipe) or larger than `limit`, and OSError when it cannot be read.
    """
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise ValueError("is not a plain file")
    if found.st_size > limit:
        raise ValueError(f"is larger than {limit} bytes")
    # Neither flag exists on Windows. They close the gap between the look above and the opening.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags), "rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise ValueError(f"is larger than {limit} bytes")
    return data
