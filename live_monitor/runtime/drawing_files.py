"""The drawings of each symbol in a file of their own, which is never overwritten while it holds something unread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from live_monitor.atomic_file import private_folder, read_bounded, write_atomically
from live_monitor.limits import valid_symbol

_log = logging.getLogger(__name__)

#: Largest file that is read: ten times what a symbol's drawings can take.
MAX_FILE_BYTES = 64 * 2**20
#: Damaged files that are kept of one symbol; the last place is then used again.
MAX_KEPT_COPIES = 9


def file_name(symbol: str) -> str:
    """The name of a symbol's file, different for every symbol on every system: `drawings-BRK.B.json`.

    The word in front keeps CON, NUL and their like, with or without an ending, from being devices on Windows. Symbols
    have no small letters (`limits.valid_symbol`), so no two names differ in case only. What a file system may not like
    becomes `%` and two hexadecimal digits, and no symbol holds a `%`. Raises ValueError for what is no symbol.
    """
    if not valid_symbol(symbol):
        raise ValueError(f"{symbol[:40]!r} is no symbol")
    plain = (letter if letter.isalnum() or letter in ".-_" else f"%{ord(letter):02X}" for letter in symbol)
    return f"drawings-{''.join(plain)}.json"


class DrawingFiles:
    """Loads and saves the drawings of symbols as bytes. Main thread.

    Failures are told, not raised; only what is no symbol (`limits.valid_symbol`) raises ValueError.
    """

    def __init__(self, folder: Path, unsound: Callable[[bytes], str], tell: Callable[[str], None]) -> None:
        """`unsound` says in a phrase what is wrong with a file's bytes, or nothing; `tell` takes a line for people.

        The folder is made at the first save.
        """
        self._folder = folder
        self._unsound = unsound
        self._tell = tell
        self._failure = ""
        #: Symbols whose file could be neither read nor copied: saving would lose what is in it.
        self._held: set[str] = set()

    def load(self, symbol: str) -> bytes | None:
        """The bytes of a symbol's file; None when there is none, or it cannot be read.

        A file that is not as this program left it is copied aside first and told, so that a later save loses nothing;
        its bytes are returned all the same, for what is sound in it.
        """
        path = self._folder / file_name(symbol)
        self._held.discard(symbol)
        try:
            raw = read_bounded(path, MAX_FILE_BYTES)
        except FileNotFoundError:
            return None
        except ValueError as problem:
            self._put_aside(symbol, path, str(problem))
            return None
        except OSError as problem:
            self._hold(symbol, f"could not be read ({problem.strerror or problem})")
            return None
        flaw = self._unsound(raw)
        if flaw:
            self._copy_aside(symbol, path, raw, flaw)
        return raw

    def save(self, symbol: str, raw: bytes) -> bool:
        """Writes a symbol's file, whole or not at all; False when it was not written, which is told once per cause."""
        name = file_name(symbol)
        if symbol in self._held:
            return False
        try:
            write_atomically(private_folder(self._folder) / name, raw)
        except OSError as problem:
            failure = f"Drawings are not saved: {problem.strerror or problem}."
            if failure != self._failure:
                self._failure = failure
                _log.warning("%s", failure)
                self._tell(failure)
            return False
        self._failure = ""
        return True

    def _put_aside(self, symbol: str, path: Path, flaw: str) -> None:
        """Renames what is no file that can be read (a link, a folder, far too large)."""
        kept = self._place_aside(path)
        try:
            path.replace(kept)
        except OSError:
            self._hold(symbol, flaw)
            return
        self._say(f"The drawings file of {symbol} {flaw}: it is kept as {kept.name}.")

    def _copy_aside(self, symbol: str, path: Path, raw: bytes, flaw: str) -> None:
        """Keeps a copy of the file, unless one of the same content is kept already."""
        for number in range(1, MAX_KEPT_COPIES + 1):
            kept = _aside(path, number)
            try:
                if kept.stat().st_size == len(raw) and read_bounded(kept, MAX_FILE_BYTES) == raw:
                    return
            except (OSError, ValueError):
                continue
        kept = self._place_aside(path)
        try:
            write_atomically(kept, raw)
        except OSError:
            self._hold(symbol, flaw)
            return
        self._say(f"The drawings file of {symbol} {flaw}: what is sound is shown, the file is kept as {kept.name}.")

    def _hold(self, symbol: str, flaw: str) -> None:
        self._held.add(symbol)
        self._say(f"The drawings file of {symbol} {flaw}: drawings of {symbol} are not saved in this run.")

    def _say(self, line: str) -> None:
        _log.warning("%s", line)
        self._tell(line)

    @staticmethod
    def _place_aside(path: Path) -> Path:
        numbers = range(1, MAX_KEPT_COPIES)
        return next((kept for n in numbers if not (kept := _aside(path, n)).exists()), _aside(path, MAX_KEPT_COPIES))


def _aside(path: Path, number: int) -> Path:
    return path.with_name(f"{path.stem}.damaged-{number}.json")
