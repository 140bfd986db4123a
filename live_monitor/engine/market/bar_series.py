"""Bars of one symbol and timeframe as numpy columns, oldest first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from live_monitor.engine.market.bar_columns import COLUMNS, NAN, Bar, BarColumns, BarSource, Proof
from live_monitor.engine.market.bar_ring import BarRing
from live_monitor.engine.market.change_log import ChangeLog

__all__ = ["MAX_SERIES_BARS", "MINUTE_MS", "NAN", "SECOND_MS", "Bar", "BarColumns", "BarSeries", "BarSource", "Proof"]

SECOND_MS: Final = 1_000
MINUTE_MS: Final = 60_000
#: Live bars beyond this let the oldest eighth go: a trading day of seconds, months of minutes.
MAX_SERIES_BARS: Final = 65_536
#: Bars that scrolling back may load on top of it: four years of minutes.
MAX_LOADED_BARS: Final = 1_048_576
_LET_GO: Final = MAX_SERIES_BARS // 8
_BEFORE_ALL: Final = -(2**62)
_CUMULATIVE: Final = list(COLUMNS).index("cumulative_volume")


class BarSeries:
    """Grows at both ends; append and replace are O(1), a page in front costs one copy at most.

    `version` rises at every change; `revision` only when something other than the last bar
    changed, so that a view that saw only `version` move repaints just the last bar. `changed_since` tells from where
    on bars that are made of these have to be made again. One thread.

    Every bar that a page puts in front raises the number of bars that are kept by one, up to `most_loaded`, so what
    is looked back to stays until `MAX_SERIES_BARS` live ones have come.
    """

    def __init__(
        self, symbol: str, timeframe_ms: int, capacity: int = 4_096, *, most_loaded: int = MAX_LOADED_BARS
    ) -> None:
        self.symbol = symbol
        self.timeframe_ms = timeframe_ms
        self.version = 0
        self.revision = 0
        self._ring = BarRing(capacity)
        self._last_start = _BEFORE_ALL
        self._limit = MAX_SERIES_BARS
        self._most = MAX_SERIES_BARS + most_loaded
        self._changes = ChangeLog()
        #: Bars that started before this (ms) were let go to make room for new ones.
        self.let_go_until_ms = _BEFORE_ALL

    def __len__(self) -> int:
        return len(self._ring)

    @property
    def start_ms(self) -> NDArray[np.int64]:
        """Starts of the bars in ms, ascending, int64[n]; a view that is valid until the next change."""
        return self._ring.column(0)

    @property
    def open(self) -> NDArray[np.float64]:
        """float64[n], USD."""
        return self._ring.column(1)

    @property
    def high(self) -> NDArray[np.float64]:
        """float64[n], USD."""
        return self._ring.column(2)

    @property
    def low(self) -> NDArray[np.float64]:
        """float64[n], USD."""
        return self._ring.column(3)

    @property
    def close(self) -> NDArray[np.float64]:
        """float64[n], USD."""
        return self._ring.column(4)

    @property
    def volume(self) -> NDArray[np.float64]:
        """float64[n], shares."""
        return self._ring.column(5)

    @property
    def vwap(self) -> NDArray[np.float64]:
        """float64[n], USD, NaN where absent."""
        return self._ring.column(6)

    @property
    def trades(self) -> NDArray[np.int64]:
        """int64[n], -1 where absent."""
        return self._ring.column(7)

    @property
    def source(self) -> NDArray[np.uint8]:
        """uint8[n] of `BarSource`."""
        return self._ring.column(8)

    @property
    def revised(self) -> NDArray[np.bool_]:
        """bool[n]: the bar changed after it had closed."""
        return self._ring.column(9)

    @property
    def cumulative_volume(self) -> NDArray[np.float64]:
        """float64[n], shares of the day up to the bar's last print, NaN where absent."""
        return self._ring.column(10)

    @property
    def proof(self) -> NDArray[np.uint8]:
        """uint8[n] of `Proof`."""
        return self._ring.column(11)

    def columns(self) -> BarColumns:
        """Every bar; views that are valid until the next change."""
        return self._ring.rows()

    def index_of(self, start_ms: int) -> int:
        """Position of the bar that starts at `start_ms`, -1 when there is none. O(log n)."""
        if start_ms == self._last_start:
            return len(self._ring) - 1
        starts = self.start_ms
        index = int(np.searchsorted(starts, start_ms))
        return index if index < len(starts) and starts[index] == start_ms else -1

    def indexes_of(self, starts_ms: NDArray[np.int64]) -> NDArray[np.intp]:
        """Position of the bar of each start, -1 where there is none."""
        starts = self.start_ms
        index = np.searchsorted(starts, starts_ms)
        index[index == len(starts)] = -1
        if len(starts):
            index[starts[index] != starts_ms] = -1
        return index

    def bar(self, index: int) -> Bar:
        """The bar at `index` (negative counts from the end). Raises IndexError."""
        length = len(self._ring)
        if not -length <= index < length:
            raise IndexError(index)
        return self._ring.bar(index % length)

    def changed_since(self, version: int) -> int | None:
        """Start (ms) of the earliest bar that changed after the series had this `version`; None when none did.

        Earlier than that where `version` is long past, never later. Bars that were let go are no change.
        """
        return self._changes.earliest_since(version)

    def put(self, bar: Bar) -> None:
        """Appends `bar`, or replaces the one with the same start whatever it ranks, or inserts it where it belongs."""
        start = bar.start_ms
        if start > self._last_start:
            self._ring.append(bar)
            self._last_start = start
            self._note(start)
            self._trim()
            return
        index = self.index_of(start)
        if index >= 0:
            self._ring.write(index, bar)
            self._note(start, inside=index != len(self._ring) - 1)
        else:
            self.merge([bar])

    def merge(self, bars: BarColumns | Iterable[Bar]) -> int:
        """Adds bars in any order; one with a known start replaces it unless the known one ranks higher.

        Of bars with one start among `bars` the newest of the highest rank counts. Rows without a price are no bars and
        left out. Returns how many were added or changed something; a page in front that would be too much adds nothing.
        """
        fresh = in_order(bars if isinstance(bars, BarColumns) else BarColumns.of(_sorted(bars)))
        index = self.indexes_of(fresh.start_ms)
        known = index >= 0
        changed = [self._replace(index[known], fresh.rows(known)), self._insert(fresh.rows(~known))]
        parts = [part for part in changed if len(part)]
        if not parts:
            return 0
        self._last_start = int(self.start_ms[-1])
        self._note(min(int(part[0]) for part in parts), inside=True)
        self._trim()
        return sum(len(part) for part in parts)

    def add_to_cumulative(self, after_ms: int, shares: float) -> None:
        """A print was reported late: the day's volume of our own bars that start after `after_ms` was too small."""
        rows = slice(int(np.searchsorted(self.start_ms, after_ms, side="right")), None)
        late = np.flatnonzero(self.source[rows] == BarSource.OWN)
        if len(late):
            self._ring.part(_CUMULATIVE, rows)[late] += shares
            self._note(int(self.start_ms[rows][late[0]]), inside=True)

    def clear(self) -> None:
        """Forgets every bar."""
        if len(self._ring):
            self._note(int(self.start_ms[0]), inside=True)
        self._ring.clear()
        self._last_start = _BEFORE_ALL
        self._limit = MAX_SERIES_BARS

    def _note(self, start_ms: int, *, inside: bool = False) -> None:
        self.version += 1
        if inside:
            self.revision += 1
        self._changes.note(self.version, start_ms)

    def _trim(self) -> None:
        beyond = len(self._ring) - self._limit
        if beyond > 0:
            self._ring.drop_front(beyond - 1 + _LET_GO)
            self.let_go_until_ms = int(self.start_ms[0])
            self.revision += 1

    def _replace(self, index: NDArray[np.intp], bars: BarColumns) -> NDArray[np.int64]:
        """Writes those of `bars` that differ from the row at their index and rank as high; their starts."""
        present = self._ring.rows().rows(index)
        wins = (bars.source >= present.source) & _differ(bars, present)
        if wins.any():
            self._ring.overwrite(index[wins], bars.rows(wins))
        return bars.start_ms[wins]

    def _insert(self, bars: BarColumns) -> NDArray[np.int64]:
        """Adds `bars` with starts that are not there yet; the starts of those that found room."""
        length = len(self._ring)
        index = np.searchsorted(self.start_ms, bars.start_ms)
        # Into an empty series everything is loaded, and the newest of it matters most.
        room = self._most - length
        in_front = int(np.searchsorted(index, 1)) if length else bars.length
        if in_front > room:
            skipped = in_front if length else in_front - room
            index, bars, in_front = index[skipped:], bars.rows(slice(skipped, None)), in_front - skipped
        if not bars.length:
            return bars.start_ms
        self._limit = min(self._limit + in_front, self._most)
        at_end = bars.length - int(np.searchsorted(index, length))
        between = slice(in_front, bars.length - at_end)
        if not length:
            self._ring.extend(bars)
            return bars.start_ms
        if between.stop > between.start:
            self._ring.insert(index[between], bars.rows(between))
        if at_end:
            self._ring.extend(bars.rows(slice(bars.length - at_end, None)))
        if in_front:
            self._ring.extend_front(bars.rows(slice(0, in_front)))
        return bars.start_ms


def _sorted(bars: Iterable[Bar]) -> list[Bar]:
    return sorted(bars, key=lambda bar: bar.start_ms)


def in_order(bars: BarColumns) -> BarColumns:
    """`bars` with ascending starts, each once, without rows that have no price."""
    priceless = np.isnan(bars.open)
    if priceless.any():
        bars = bars.rows(~priceless)
    if (np.diff(bars.start_ms) > 0).all():
        return bars
    bars = bars.rows(np.lexsort((bars.source, bars.start_ms)))
    return bars.rows(np.append(bars.start_ms[1:] != bars.start_ms[:-1], True))


def _differ(one: BarColumns, other: BarColumns) -> NDArray[np.bool_]:
    """Per row, whether any column differs; absent numbers are equal."""
    differ = np.zeros(one.length, np.bool_)
    for ours, theirs in zip(one, other, strict=True):
        unequal = ours != theirs
        # Only an absent number differs from itself.
        differ |= unequal & ((ours == ours) | (theirs == theirs))
    return differ
