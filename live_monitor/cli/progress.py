"""A line on the terminal that says how far a long command is; nothing where nobody looks."""

from __future__ import annotations

import shutil
from typing import TextIO

_WIDTH = 24


class ProgressLine:
    """One line that is painted over; silent when `stream` is no terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = stream.isatty()
        self._painted = False

    def paint(self, head: str, part: float | None, tail: str) -> None:
        """Shows `head`, a bar that is full by `part` (0 to 1; None: nobody knows how far it is) and `tail`."""
        if not self._shown:
            return
        bar = f" [{bar_of(part)}] {part:4.0%} " if part is not None else " "
        line = f"{head}{bar}{tail}"
        columns = shutil.get_terminal_size((80, 24)).columns
        # A line that wraps could not be painted over.
        self._stream.write(f"\r\x1b[K{line[: columns - 1]}")
        self._stream.flush()
        self._painted = True

    def clear(self) -> None:
        """Takes the line away, so that other text may be written."""
        if self._painted:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._painted = False


def bar_of(part: float) -> str:
    """`part` (0 to 1) of a bar of fixed width, in ASCII, which every terminal has."""
    full = round(min(max(part, 0.0), 1.0) * _WIDTH)
    return "#" * full + "." * (_WIDTH - full)
