"""What a clock on the wall shows: in New York, where the market is, or where the machine stands. No Qt."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

HOUR_MS: Final = 3_600_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))
#: Beyond these hours since the epoch Python has no dates (years 1 and 9999, less a day).
_FIRST_HOUR, _LAST_HOUR = -17_259_000, 70_389_000
_MOST_KEPT: Final = 65_536


class WallClock:
    """Turns instants (ms since the epoch) into ms since the epoch of a wall clock in one zone. One thread."""

    def __init__(self, name: str, zone: tzinfo | None, usual_ms: int) -> None:
        """`zone`: None for the machine's own. `usual_ms`: its distance from UTC where there is no calendar."""
        self.name = name
        self._zone = zone
        self._usual_ms = usual_ms
        self._offsets: dict[int, int] = {}

    def ms(self, ms: int) -> int:
        """Wall time of one instant."""
        return ms + self._offset(ms // HOUR_MS)

    def walls(self, starts: Ints) -> Ints:
        """`ms` of ascending times, int64[n]."""
        if not starts.size:
            return starts
        hours = starts // HOUR_MS
        runs = np.flatnonzero(np.diff(hours)) + 1
        heads = np.concatenate(([0], runs))
        offsets = np.array([self._offset(hour) for hour in hours[heads].tolist()], np.int64)
        return starts + np.repeat(offsets, np.diff(np.append(heads, starts.size)))

    def told_at(self, ms: int) -> str:
        """The zone in a word: its name, or for the machine's own its distance from UTC at this instant: `UTC+2`."""
        if self.name:
            return self.name
        minutes = self._offset(ms // HOUR_MS) // 60_000
        hours, rest = divmod(abs(minutes), 60)
        return f"UTC{'−' if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''}"

    def _offset(self, hour: int) -> int:
        """Distance from UTC in ms during one UTC hour; clocks change on whole hours only."""
        found = self._offsets.get(hour)
        if found is None:
            if len(self._offsets) >= _MOST_KEPT:
                self._offsets.clear()
            found = self._offsets[hour] = self._look_up(hour)
        return found

    def _look_up(self, hour: int) -> int:
        if not _FIRST_HOUR <= hour <= _LAST_HOUR:
            return self._usual_ms
        try:
            offset = (_EPOCH + timedelta(hours=hour)).astimezone(self._zone).utcoffset()
        except (OverflowError, OSError, ValueError):  # some systems know no local time before 1970 or after 2038
            return self._usual_ms
        return self._usual_ms if offset is None else int(offset.total_seconds()) * 1000


NEW_YORK: Final = WallClock("New York", ZoneInfo("America/New_York"), -5 * HOUR_MS)


def machine_clock() -> WallClock:
    """The clock on the wall beside the machine."""
    return WallClock("", None, 0)
