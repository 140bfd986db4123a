"""Since when what has changed: the earliest start among the changes after a version, in O(1) a change."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

#: Entries kept; whoever asks for a version before them is told an earlier start than needed.
_MAX_ENTRIES: Final = 256


class ChangeLog:
    """Versions and starts, both ascending: a later change at an earlier start makes those above it superfluous."""

    def __init__(self) -> None:
        self._versions: list[int] = []
        self._starts: list[int] = []

    def note(self, version: int, start_ms: int) -> None:
        """The change that made `version` (higher than all before) began at the bar of `start_ms`."""
        versions, starts = self._versions, self._starts
        while starts and starts[-1] >= start_ms:
            starts.pop()
            versions.pop()
        versions.append(version)
        starts.append(start_ms)
        if len(starts) > _MAX_ENTRIES:
            # The older half becomes one entry: as new as its newest, as early as its earliest.
            half = _MAX_ENTRIES // 2
            del starts[1 : half + 1], versions[:half]

    def earliest_since(self, version: int) -> int | None:
        """The earliest start that changed after `version`, or one before it; None when nothing did."""
        index = bisect_right(self._versions, version)
        return self._starts[index] if index < len(self._starts) else None
