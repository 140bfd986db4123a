"""A shared store in miniature: a real one that can be told to fail."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.engine.market.bar_columns import Bar, BarColumns
from live_monitor.errors import StoreError
from live_monitor.ports import SeriesKey

DOWN = StoreError("The shared store at http://shared does not answer.", "Start it.")


class SharedStore(SqliteStore):
    """A shared store that can be down, refuses what it is told to refuse, and counts what it is asked."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.trouble: StoreError | None = None
        self.asked: list[str] = []

    def _note(self, what: str) -> None:
        self.asked.append(what)
        if self.trouble is not None:
            raise self.trouble

    def put(self, key: SeriesKey, bars: BarColumns, covers: tuple[int, int] | None = None) -> None:
        self._note("put")
        super().put(key, bars, covers)

    def append(self, rows: Sequence[tuple[SeriesKey, Bar]]) -> None:
        self._note("append")
        super().append(rows)

    def read(self, key: SeriesKey, from_ms: int, to_ms: int) -> BarColumns:
        self._note("read")
        return super().read(key, from_ms, to_ms)

    def last(self, key: SeriesKey, end_ms: int, limit: int) -> BarColumns:
        self._note("last")
        return super().last(key, end_ms, limit)

    def covered_from(self, key: SeriesKey, end_ms: int) -> int | None:
        self._note("covered_from")
        return super().covered_from(key, end_ms)

    def series(self) -> list[SeriesKey]:
        self._note("series")
        return super().series()
