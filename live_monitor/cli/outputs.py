"""Files that a command was told to write: whole or not at all; `-` is the standard output."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from live_monitor.errors import StartError

STANDARD_OUTPUT = "-"


@contextlib.contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, which it replaces at the end; after a failure the old file is what it was.

    Pipes and devices are written to directly. Raises StartError when it cannot be written.
    """
    if path.exists() and not path.is_file():
        try:
            yield path
        except BrokenPipeError:
            raise
        except OSError as error:
            raise _unwritable(path, error) from error
        return
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        yield fresh
        fresh.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        fresh.unlink(missing_ok=True)


@contextlib.contextmanager
def text_output(target: str) -> Iterator[TextIO]:
    """The standard output for `-`, else a file that appears when it is complete. UTF-8, line feeds on every system."""
    if target == STANDARD_OUTPUT:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(newline="\n")
        yield sys.stdout
        sys.stdout.flush()
        return
    with replaced(Path(target)) as path, path.open("w", encoding="utf-8", newline="") as stream:
        yield stream


def _unwritable(path: Path, error: OSError) -> StartError:
    return StartError(
        f"{path} cannot be written: {error.strerror or error}.", "Choose another place, or make room on the disk."
    )


def nobody_reads() -> None:
    """After a reader of the standard output has gone (`| head`): keeps Python from complaining about it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
