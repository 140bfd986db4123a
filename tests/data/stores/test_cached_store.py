"""The embedded store in front of a shared one: the suite, and what is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from live_monitor.clock import ManualClock
from live_monitor.data.stores.cached_store import FRESH_S, CachedStore
from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.engine.market.bar_columns import BarColumns, BarSource
from live_monitor.errors import StoreError
from tests.conformance.history_store import ALL_MS, FRIDAY_MS, KEY, HistoryStoreSuite, Opened, seconds
from tests.fakes.shared_store import DOWN, SharedStore

NOTHING = BarColumns.of(())


def starts(bars: BarColumns) -> list[int]:
    return [(start - FRIDAY_MS) // 1_000 for start in bars.start_ms.tolist()]


class TestCachedStore(HistoryStoreSuite):
    """The suite that every store passes."""

    @pytest.fixture
    def opened(self, tmp_path: Path) -> Opened:
        return lambda: CachedStore(SqliteStore(tmp_path / "own.sqlite3"), SqliteStore(tmp_path / "shared.sqlite3"))


class TestCachedStoreWithoutServer(HistoryStoreSuite):
    """The same suite while the shared store is down."""

    @pytest.fixture
    def opened(self, tmp_path: Path) -> Opened:
        def open_it() -> CachedStore:
            shared = SharedStore(tmp_path / "shared.sqlite3")
            shared.trouble = DOWN
            return CachedStore(SqliteStore(tmp_path / "own.sqlite3"), shared)

        return open_it


# -- reading ---------------------------------------------------------------------------------------


def test_what_was_read_from_the_shared_store_is_asked_for_once(
    cached: CachedStore, front: SqliteStore, shared: SharedStore, clock: ManualClock
) -> None:
    shared.put(KEY, seconds(500), (FRIDAY_MS, FRIDAY_MS + 500_000))
    assert cached.read(KEY, FRIDAY_MS + 100_000, FRIDAY_MS + 200_000).length == 100
    shared.asked.clear()
    clock.advance(2 * FRESH_S)
    assert cached.read(KEY, FRIDAY_MS + 100_000, FRIDAY_MS + 200_000).length == 100
    assert cached.read(KEY, FRIDAY_MS + 150_000, FRIDAY_MS + 180_000).length == 30
    assert shared.asked == []
    assert front.read(KEY, 0, ALL_MS).length == 100
    assert front.covered_from(KEY, FRIDAY_MS + 200_000) == FRIDAY_MS + 100_000


def test_only_the_part_that_is_not_cached_is_fetched(
    cached: CachedStore, front: SqliteStore, shared: SharedStore
) -> None:
    shared.put(KEY, seconds(100, volume=1.0, source=BarSource.HISTORY), (FRIDAY_MS, FRIDAY_MS + 100_000))
    mine = seconds(100, volume=2.0, source=BarSource.HISTORY).rows(slice(60, 100))
    front.put(KEY, mine, (FRIDAY_MS + 60_000, FRIDAY_MS + 100_000))
    assert cached.read(KEY, FRIDAY_MS, FRIDAY_MS + 100_000).volume.tolist() == [1.0] * 60 + [2.0] * 40


def test_newest_bars_come_from_the_shared_store_and_then_from_the_cache(
    cached: CachedStore, shared: SharedStore, clock: ManualClock
) -> None:
    shared.put(KEY, seconds(300), (FRIDAY_MS, FRIDAY_MS + 300_000))
    end_ms = FRIDAY_MS + 300_000
    assert starts(cached.last(KEY, end_ms, 50)) == list(range(250, 300))
    shared.asked.clear()
    clock.advance(2 * FRESH_S)
    assert starts(cached.last(KEY, end_ms, 50)) == list(range(250, 300))
    assert shared.asked == []
    assert starts(cached.last(KEY, end_ms, 80)) == list(range(220, 300))
    assert "last" in shared.asked


def test_a_series_that_nobody_calls_whole_is_asked_for_again_after_a_minute(
    cached: CachedStore, shared: SharedStore, clock: ManualClock
) -> None:
    shared.put(KEY, seconds(10))
    assert cached.last(KEY, ALL_MS, 100).length == cached.read(KEY, 0, ALL_MS).length == 10
    shared.put(KEY, seconds(20))
    assert cached.last(KEY, ALL_MS, 100).length == cached.read(KEY, 0, ALL_MS).length == 10
    clock.advance(FRESH_S)
    assert cached.read(KEY, 0, ALL_MS).length == 20
    assert cached.last(KEY, ALL_MS, 100).length == 20


def test_the_two_stores_cover_together(cached: CachedStore, front: SqliteStore, shared: SharedStore) -> None:
    front.put(KEY, NOTHING, (200, 300))
    shared.put(KEY, NOTHING, (100, 220))
    front.put(KEY, NOTHING, (50, 120))
    assert cached.covered_from(KEY, 300) == 50
    assert cached.covered_from(KEY, 301) is None
    assert cached.covered_from(KEY, 50) is None


def test_a_better_bar_of_the_shared_store_replaces_the_cached_one(
    cached: CachedStore, front: SqliteStore, shared: SharedStore
) -> None:
    front.put(KEY, seconds(5, volume=1.0, source=BarSource.OWN))
    shared.put(KEY, seconds(5, volume=2.0, source=BarSource.HISTORY))
    assert cached.read(KEY, 0, ALL_MS).volume.tolist() == [2.0] * 5
    assert front.read(KEY, 0, ALL_MS).volume.tolist() == [2.0] * 5


def test_bars_that_cannot_be_cached_are_shown_all_the_same(
    cached: CachedStore, front: SqliteStore, shared: SharedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared.put(KEY, seconds(5), (FRIDAY_MS, FRIDAY_MS + 5_000))

    def full(*_: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(front, "put", full)
    assert cached.read(KEY, 0, ALL_MS).length == 5
    assert cached.last(KEY, ALL_MS, 3).length == 3


def test_series_of_both_are_named(cached: CachedStore, front: SqliteStore, shared: SharedStore) -> None:
    front.put(KEY, seconds(1))
    shared.put(KEY._replace(symbol="MSFT"), seconds(1))
    assert [key.symbol for key in cached.series()] == ["AAPL", "MSFT"]
