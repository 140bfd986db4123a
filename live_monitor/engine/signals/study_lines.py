"""Values of a study, one line an output, with room at the end to grow into."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_SPARE = 64
_NAN = np.float64(np.nan)


class StudyLines:
    """Rows of float64, aligned with the bars of a series: 8 bytes a line and bar. One thread."""

    def __init__(self, count: int) -> None:
        self._rows = np.empty((count, 0))
        self._first = self._end = 0

    def __len__(self) -> int:
        return self._end - self._first

    def views(self) -> tuple[Floats, ...]:
        """A read-only view of every line, valid until the next change."""
        part = self._rows[:, self._first : self._end]
        part.flags.writeable = False
        return tuple(part)

    def nothing(self) -> Floats:
        """A line as long as the others without a single value; it takes no memory."""
        return np.broadcast_to(_NAN, len(self))

    def resize(self, length: int) -> None:
        """Takes or gives room at the end; new room holds NaN. O(1) a bar on average."""
        room = self._rows.shape[1]
        if self._first + length > room:
            kept = self._rows[:, self._first : min(self._end, self._first + length)]
            grown = np.full((len(self._rows), length + length // 8 + _SPARE), np.nan)
            grown[:, : kept.shape[1]] = kept
            self._rows, self._first, self._end = grown, 0, kept.shape[1]
        end = self._first + length
        if end > self._end:
            self._rows[:, self._end : end] = np.nan
        self._end = end

    def write(self, start: int, columns: Sequence[Floats]) -> None:
        """Replaces the values from bar `start` on."""
        at = self._first + start
        for row, values in zip(self._rows, columns, strict=True):
            row[at : at + len(values)] = values

    def write_bar(self, index: int, values: Sequence[float]) -> None:
        """Replaces the values of one bar."""
        self._rows[:, self._first + index] = values

    def drop_front(self, count: int) -> None:
        """Lets the values of the oldest bars go."""
        self._first += min(count, len(self))
