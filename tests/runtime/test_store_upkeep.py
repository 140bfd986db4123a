"""Upkeep of the store: little at a time, and not more often than it is worth."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from live_monitor.clock import ManualClock
from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.ports import HistoryStore
from live_monitor.runtime.store_upkeep import Kept, StoreUpkeep


class Untidy:
    """A store that says how often it was tidied, and has three pieces to pack."""

    def __init__(self) -> None:
        self.left = 3
        self.packed: list[int] = []
        self.forgot: list[Mapping[str, int]] = []

    def pack(self, now_ms: int) -> bool:
        self.packed.append(now_ms)
        self.left -= 1
        return self.left > 0

    def forget(self, keep_days: Mapping[str, int], now_ms: int) -> bool:
        self.forgot.append(keep_days)
        return False


def test_packing_goes_on_until_all_is_packed_and_then_waits_a_minute() -> None:
    clock, store = ManualClock(), Untidy()
    upkeep = StoreUpkeep({"1s": 30}, clock)
    kept = cast("HistoryStore", store)
    assert [upkeep.work(kept) for _ in range(4)] == [True, True, False, False]
    assert store.packed == [clock.wall_ms()] * 3
    clock.advance(61)
    assert upkeep.work(kept) is False
    assert len(store.packed) == 4


def test_retention_is_looked_at_once_an_hour() -> None:
    clock, store = ManualClock(), Untidy()
    upkeep = StoreUpkeep({"1s": 30}, clock)
    for _ in range(10):
        upkeep.work(cast("HistoryStore", store))
    assert store.forgot == [{"1s": 30}]
    clock.advance(3_601)
    upkeep.work(cast("HistoryStore", store))
    assert len(store.forgot) == 2


def test_a_store_that_looks_after_itself_is_left_alone() -> None:
    assert StoreUpkeep({}, ManualClock()).work(cast("HistoryStore", object())) is False


def test_the_embedded_store_is_one_that_is_kept(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "bars.sqlite3")
    assert isinstance(store, Kept)
    store.close()
