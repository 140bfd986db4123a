"""Which bars of a series are others than at the last look, so that what is made of them is renewed from there on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from live_monitor.engine.market.bar_series import BarSeries


class _Seen(NamedTuple):
    series: BarSeries
    version: int
    revision: int
    begin_ms: int
    bars: int


class SeriesWatch:
    """Looks at one series, or at one after another. One thread."""

    def __init__(self) -> None:
        self._seen: _Seen | None = None

    def first_changed(self, series: BarSeries) -> int:
        """Position of the first bar that changed, moved or came since the last call; the number of bars when none did.

        All bars count as changed in another series, and once the oldest one is another. O(log n).
        """
        count, old = len(series), self._seen
        begin_ms = int(series.start_ms[0]) if count else 0
        self._seen = _Seen(series, series.version, series.revision, begin_ms, count)
        if old is None or old.series is not series or old.begin_ms != begin_ms or count < old.bars:
            return 0
        if series.version == old.version:
            return count
        newest = max(0, old.bars - 1)
        if series.revision == old.revision:
            return newest
        earliest = series.changed_since(old.version)
        return newest if earliest is None else min(newest, int(np.searchsorted(series.start_ms, earliest)))
