"""Bars of one symbol and timeframe as numpy columns, oldest first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from live_monitor.engine.market.bar_columns import COLUMNS, NAN, Bar, BarColumns, BarSource, Proof, bar_at

__all__ = ["MAX_SERIES_BARS", "MINUTE_MS", "NAN", "SECOND_MS", "Bar", "BarColumns", "BarSeries", "BarSource", "Proof"]

SECOND_MS: Final = 1_000
MINUTE_MS: Final = 60_000
#: A series that grows beyond this lets its oldest eighth go: a trading day of seconds, months of minutes.
MAX_SERIES_BARS: Final = 65_536
#: Bars that scrolling back may load on top of it: four years of minutes.
MAX_LOADED_BARS: Final = 1_048_576


class BarSeries:
    """Grows at both ends; append and replace are O(1), a page in front costs one copy at most.

    `version` rises at every change; `revision` only when something other than the last bar
    changed, so that a view that saw only `version` move repaints just the last bar. One thread.
    """

    def __init__(self, symbol: str, timeframe_ms: int, capacity: int = 4_096) -> None:
        self.symbol = symbol
        self.timeframe_ms = timeframe_ms
        self.version = 0
        self.revision = 0
        self._columns: dict[str, NDArray[np.generic]] = {
            name: np.zeros(capacity, dtype) for name, dtype in COLUMNS.items()
        }
        self._first = capacity // 4
        self._end = self._first
        self._last_start = -1

    def __len__(self) -> int:
        return self._end - self._first

    def _view(self, name: str) -> NDArray[np.generic]:
        view = self._columns[name][self._first : self._end]
        view.flags.writeable = False
        return view

    @property
    def start_ms(self) -> NDArray[np.int64]:
        """Starts of the bars in ms, ascending, int64[n]; a view that is valid until the next change."""
        return self._view("start_ms")  # type: ignore[return-value]  # dtype is fixed by COLUMNS

    @property
    def open(self) -> NDArray[np.float64]:
        """float64[n], USD."""
        return self._view("open")  # type: ignore[return-value]  # dtype is fixed by COLUMNS

    @property
    def high(self) -> NDArray[np.float64]:
        """float64[n], USD."""
        return self._view("high")  # type: ignore[return-value]  # dtype is fixed by COLUMNS

    @property
    def low(self) -> NDArray[np.float64]:
        """float64[n], USD."""
        return self._view("low")  # type: ignore[return-value]  # dtype is fixed by COLUMNS

    @property
    def close(self) -> NDArray[np.float64]:
        """float64[n], USD."""
        return self._view("close")  # type: ignore[return-value]  # dtype is fixed by COLUMNS

    @property
    def volume(self) -> NDArray[np.float64]:
        """float64[n], shares."""
        return self._view("volume")  # type: ignore[return-value]  # dtype is fixed by COLUMNS

    @property
    def vwap(self) -> NDArray[np.float64]:
        """float64[n], USD, NaN where absent."""
        return self._view("vwap")  # type: ignore[return-value]  # dtype is fixed by COLUMNS

    @property
    def trades(self) -> NDArray[np.int64]:
        """int64[n], -1 where absent."""
        return self._view("trades")  # type: ignore[return-value]  # dtype is fixed by COLUMNS

    @property
    def source(self) -> NDArray[np.uint8]:
        """uint8[n] of `BarSource`."""
        return self._view("source")  # type: ignore[return-value]  # dtype is fixed by COLUMNS

    @property
    def revised(self) -> NDArray[np.bool_]:
        """bool[n]: the bar changed after it had closed."""
        return self._view("revised")  # type: ignore[return-value]  # dtype is fixed by COLUMNS

    @property
    def cumulative_volume(self) -> NDArray[np.float64]:
        """float64[n], shares of the day up to the bar's last print, NaN where absent."""
        return self._view("cumulative_volume")  # type: ignore[return-value]  # dtype is fixed by COLUMNS

    @property
    def proof(self) -> NDArray[np.uint8]:
        """uint8[n] of `Proof`."""
        return self._view("proof")  # type: ignore[return-value]  # dtype is fixed by COLUMNS

    def columns(self) -> BarColumns:
        """Every bar; views that are valid until the next change."""
        return BarColumns(*(self._view(name) for name in COLUMNS))  # type: ignore[arg-type]  # in the order of COLUMNS

    def index_of(self, start_ms: int) -> int:
        """Position of the bar that starts at `start_ms`, -1 when there is none. O(log n)."""
        if start_ms == self._last_start:
            return len(self) - 1
        starts = self.start_ms
        index = int(np.searchsorted(starts, start_ms))
        return index if index < len(starts) and starts[index] == start_ms else -1

    def bar(self, index: int) -> Bar:
        """The bar at `index` (negative counts from the end). Raises IndexError."""
        length = len(self)
        if not -length <= index < length:
            raise IndexError(index)
        at = self._first + (index % length)
        return bar_at([*self._columns.values()], at)

    def put(self, bar: Bar) -> None:
        """Appends `bar`, or replaces the one with the same start, or inserts it where it belongs."""
        if bar.start_ms > self._last_start:
            if self._end == len(self._columns["start_ms"]):
                self._grow(front=0, back=1)
            self._write(self._end, bar)
            self._end += 1
            self._last_start = bar.start_ms
            self.version += 1
            if len(self) > MAX_SERIES_BARS:
                self._first += MAX_SERIES_BARS // 8
                self.revision += 1
            return
        index = self.index_of(bar.start_ms)
        if index >= 0:
            self._write(self._first + index, bar)
            self.version += 1
            if index != len(self) - 1:
                self.revision += 1
            return
        self.merge([bar])

    def merge(self, bars: Iterable[Bar]) -> int:
        """Adds bars in any order; one with a known start replaces it unless the known one ranks higher.

        Returns how many were added or changed something.
        """
        rows = {int(start): index for index, start in enumerate(self.start_ms)}
        fresh: dict[int, Bar] = {}
        replaced = 0
        source = self.source
        for bar in bars:
            index = rows.get(bar.start_ms)
            if index is None:
                fresh[bar.start_ms] = bar
            elif bar.source >= source[index] and bar != self.bar(index):
                self._write(self._first + index, bar)
                replaced += 1
        if fresh:
            self._splice([fresh[start] for start in sorted(fresh)])
        if fresh or replaced:
            self.version += 1
            self.revision += 1
        return len(fresh) + replaced

    def clear(self) -> None:
        """Forgets every bar."""
        self._first = self._end = len(self._columns["start_ms"]) // 4
        self._last_start = -1
        self.version += 1
        self.revision += 1

    def _write(self, at: int, bar: Bar) -> None:
        for column, value in zip(self._columns.values(), bar, strict=True):
            column[at] = value

    def _splice(self, bars: list[Bar]) -> None:
        """Puts ascending bars with unknown starts where they belong."""
        count = len(bars)
        if self._end > self._first and bars[-1].start_ms < self._columns["start_ms"][self._first]:
            if self._first < count:
                self._grow(front=count, back=0)
            self._first -= count
            for offset, bar in enumerate(bars):
                self._write(self._first + offset, bar)
            return
        if len(self._columns["start_ms"]) - self._end < count:
            self._grow(front=0, back=count)
        for offset, bar in enumerate(bars):
            self._write(self._end + offset, bar)
        self._end += count
        order = np.argsort(self.start_ms, kind="stable")
        for column in self._columns.values():
            column[self._first : self._end] = column[self._first : self._end][order]
        self._last_start = int(self._columns["start_ms"][self._end - 1])

    def _grow(self, front: int, back: int) -> None:
        length = len(self)
        front_room = max(front, length // 4) + 64 if front else min(self._first, length // 4 + 64)
        back_room = max(back, length // 2) + 64 if back else len(self._columns["start_ms"]) - self._end
        for name, column in self._columns.items():
            grown = np.zeros(front_room + length + back_room, column.dtype)
            grown[front_room : front_room + length] = column[self._first : self._end]
            self._columns[name] = grown
        self._first, self._end = front_room, front_room + length
