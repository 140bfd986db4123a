"""A workbook as it was saved last, read again whenever the file changes. For machines without Excel.

A file says nothing of what Excel shows now: every value is as old as the file.
"""

from __future__ import annotations

import ntpath
import os
from collections.abc import Callable
from typing import Final, NamedTuple

from live_monitor.clock import Clock
from live_monitor.errors import WorkbookError

#: Seconds that a file gets to become whole: a program that saves by writing in place leaves half of it meanwhile.
SETTLE_S: Final = 5.0
_AGAIN_S: Final = 0.25

Rows = list[list[object]]
#: Path, sheet, range: the cells. Raises WorkbookError.
ReadFile = Callable[[str, str, str], Rows]


class _Stamp(NamedTuple):
    """Tells two states of a file apart, also where one was renamed over the other."""

    mtime_ns: int
    size: int
    inode: int


class SavedWorkbook:
    """One range of one sheet of a file. One thread. `sleep` is called while a file is given time to become whole."""

    def __init__(
        self, path: str, sheet: str, cells: str, read_file: ReadFile, clock: Clock, sleep: Callable[[float], None]
    ) -> None:
        self._path, self._sheet, self._cells = path, sheet, cells
        self._read_file = read_file
        self._clock = clock
        self._sleep = sleep
        self._stamp: _Stamp | None = None
        self._rows: Rows | None = None
        self.name = ntpath.basename(path)

    @property
    def attached(self) -> bool:
        """True once it could be read."""
        return self._rows is not None

    @property
    def saved_ms(self) -> int:
        """When the file that was read last was saved, by the clock of its disk; never ahead of ours."""
        stamp = self._stamp
        if stamp is None:
            return self._clock.wall_ms()
        # Of a file from an archive without times the disk says 0, which here would mean that nothing was ever seen.
        return max(1, min(stamp.mtime_ns // 1_000_000, self._clock.wall_ms()))

    def detach(self) -> None:
        """The next call reads the file, changed or not."""
        self._stamp = self._rows = None

    def read(self) -> Rows:
        """The cells; the very same list as before while the file did not change. Raises WorkbookError.

        A file that cannot be read just after it changed is tried again until it has been still for five seconds.
        """
        since = self._clock.monotonic()
        while True:
            stamp = self._look()
            if self._rows is not None and stamp == self._stamp:
                return self._rows
            try:
                rows = self._read_file(self._path, self._sheet, self._cells)
            except WorkbookError:
                settled = self._clock.wall_ms() - stamp.mtime_ns // 1_000_000 >= SETTLE_S * 1000
                if settled or self._clock.monotonic() - since >= SETTLE_S:
                    raise
                self._sleep(_AGAIN_S)
                continue
            # What was replaced while it was read is read again; what has come of it is kept until then.
            self._stamp, self._rows = stamp, rows
            return rows

    def _look(self) -> _Stamp:
        try:
            found = os.stat(self._path)
        except OSError as problem:
            raise WorkbookError(
                f"{self._path} cannot be read ({problem.strerror or problem}).",
                "Name the workbook by its full path, and see that it is there.",
            ) from problem
        return _Stamp(found.st_mtime_ns, found.st_size, found.st_ino)
