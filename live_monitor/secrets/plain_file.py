"""Secrets in a plain file, for those who chose so: readable by their owner only, replaced whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

import msgspec

from live_monitor.atomic_file import PRIVATE_FILE, private_folder, read_bounded, write_atomically

SCHEMA = 1
MAX_BYTES = 256 * 1024
NAME = "secrets.json"


class _Content(msgspec.Struct, forbid_unknown_fields=True):
    schema: int
    secrets: dict[str, str]


class PlainFile:
    """The file in `folder`. One writer at a time (`Turn`). Errors: OSError, or ValueError with a phrase for people."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def read(self) -> dict[str, str]:
        """All that it holds; empty where there is none."""
        try:
            raw = read_bounded(self.path, MAX_BYTES)
        except FileNotFoundError:
            return {}
        except ValueError as problem:
            raise ValueError(f"{self.path} {problem}") from None
        if os.name == "posix" and stat.S_IMODE(self.path.stat().st_mode) != PRIVATE_FILE:
            # Put back from a copy, say. Others of this machine may have read it; from now on they cannot.
            self.path.chmod(PRIVATE_FILE)
        try:
            content = msgspec.json.decode(raw, type=_Content)
        except (ValueError, RecursionError):
            # From None: the parser's words may quote the file.
            raise ValueError(f"{self.path} is damaged") from None
        if content.schema != SCHEMA:
            raise ValueError(f"{self.path} was written by another version")
        return content.secrets

    def write(self, secrets: dict[str, str]) -> None:
        """Makes `secrets` all that it holds; without any there is no file."""
        if not secrets:
            with contextlib.suppress(FileNotFoundError):
                self.path.unlink()
            return
        private_folder(self.path.parent)
        write_atomically(self.path, msgspec.json.encode(_Content(SCHEMA, secrets)))
