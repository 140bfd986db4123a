"""The embedded store in front of a shared one."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from live_monitor.clock import ManualClock
from live_monitor.data.models.timeframe import MINUTE
from live_monitor.data.stores import cached_store
from live_monitor.data.stores.cached_store import CATCH_UP_MS, FRESH_S, CachedStore
from live_monitor.data.stores.shared_side import PAUSES_S
from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.data.stores.store_errors import RefusedBars
from live_monitor.engine.market.bar_columns import Bar, BarColumns, BarSource
from live_monitor.errors import StoreError
from live_monitor.ports import SeriesKey
from tests.conformance.history_store import ALL_MS, DAY_MS, FRIDAY_MS, KEY, HistoryStoreSuite, Opened, a_bar, seconds

NOTHING = BarColumns.of(())
DOWN = StoreError("The shared store at http://shared does not answer.", "Start it.")


class Shared(SqliteStore):
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


@pytest.fixture
def front(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "own" / "bars.sqlite3")
    yield store
    store.close()


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Shared]:
    store = Shared(tmp_path / "shared" / "bars.sqlite3")
    yield store
    store.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(front: SqliteStore, shared: Shared, clock: ManualClock) -> CachedStore:
    return CachedStore(front, shared, clock=clock)


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
            shared = Shared(tmp_path / "shared.sqlite3")
            shared.trouble = DOWN
            return CachedStore(SqliteStore(tmp_path / "own.sqlite3"), shared)

        return open_it


# -- reading ---------------------------------------------------------------------------------------


def test_what_was_read_from_the_shared_store_is_asked_for_once(
    store: CachedStore, front: SqliteStore, shared: Shared, clock: ManualClock
) -> None:
    shared.put(KEY, seconds(500), (FRIDAY_MS, FRIDAY_MS + 500_000))
    assert store.read(KEY, FRIDAY_MS + 100_000, FRIDAY_MS + 200_000).length == 100
    shared.asked.clear()
    clock.advance(2 * FRESH_S)
    assert store.read(KEY, FRIDAY_MS + 100_000, FRIDAY_MS + 200_000).length == 100
    assert store.read(KEY, FRIDAY_MS + 150_000, FRIDAY_MS + 180_000).length == 30
    assert shared.asked == []
    assert front.read(KEY, 0, ALL_MS).length == 100
    assert front.covered_from(KEY, FRIDAY_MS + 200_000) == FRIDAY_MS + 100_000


def test_only_the_part_that_is_not_cached_is_fetched(store: CachedStore, front: SqliteStore, shared: Shared) -> None:
    shared.put(KEY, seconds(100, volume=1.0, source=BarSource.HISTORY), (FRIDAY_MS, FRIDAY_MS + 100_000))
    mine = seconds(100, volume=2.0, source=BarSource.HISTORY).rows(slice(60, 100))
    front.put(KEY, mine, (FRIDAY_MS + 60_000, FRIDAY_MS + 100_000))
    assert store.read(KEY, FRIDAY_MS, FRIDAY_MS + 100_000).volume.tolist() == [1.0] * 60 + [2.0] * 40


def test_newest_bars_come_from_the_shared_store_and_then_from_the_cache(
    store: CachedStore, shared: Shared, clock: ManualClock
) -> None:
    shared.put(KEY, seconds(300), (FRIDAY_MS, FRIDAY_MS + 300_000))
    end_ms = FRIDAY_MS + 300_000
    assert starts(store.last(KEY, end_ms, 50)) == list(range(250, 300))
    shared.asked.clear()
    clock.advance(2 * FRESH_S)
    assert starts(store.last(KEY, end_ms, 50)) == list(range(250, 300))
    assert shared.asked == []
    assert starts(store.last(KEY, end_ms, 80)) == list(range(220, 300))
    assert "last" in shared.asked


def test_a_series_that_nobody_calls_whole_is_asked_for_again_after_a_minute(
    store: CachedStore, shared: Shared, clock: ManualClock
) -> None:
    shared.put(KEY, seconds(10))
    assert store.last(KEY, ALL_MS, 100).length == store.read(KEY, 0, ALL_MS).length == 10
    shared.put(KEY, seconds(20))
    assert store.last(KEY, ALL_MS, 100).length == store.read(KEY, 0, ALL_MS).length == 10
    clock.advance(FRESH_S)
    assert store.read(KEY, 0, ALL_MS).length == 20
    assert store.last(KEY, ALL_MS, 100).length == 20


def test_the_two_stores_cover_together(store: CachedStore, front: SqliteStore, shared: Shared) -> None:
    front.put(KEY, NOTHING, (200, 300))
    shared.put(KEY, NOTHING, (100, 220))
    front.put(KEY, NOTHING, (50, 120))
    assert store.covered_from(KEY, 300) == 50
    assert store.covered_from(KEY, 301) is None
    assert store.covered_from(KEY, 50) is None


def test_a_better_bar_of_the_shared_store_replaces_the_cached_one(
    store: CachedStore, front: SqliteStore, shared: Shared
) -> None:
    front.put(KEY, seconds(5, volume=1.0, source=BarSource.OWN))
    shared.put(KEY, seconds(5, volume=2.0, source=BarSource.HISTORY))
    assert store.read(KEY, 0, ALL_MS).volume.tolist() == [2.0] * 5
    assert front.read(KEY, 0, ALL_MS).volume.tolist() == [2.0] * 5


def test_bars_that_cannot_be_cached_are_shown_all_the_same(
    store: CachedStore, front: SqliteStore, shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared.put(KEY, seconds(5), (FRIDAY_MS, FRIDAY_MS + 5_000))

    def full(*_: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(front, "put", full)
    assert store.read(KEY, 0, ALL_MS).length == 5
    assert store.last(KEY, ALL_MS, 3).length == 3


def test_series_of_both_are_named(store: CachedStore, front: SqliteStore, shared: Shared) -> None:
    front.put(KEY, seconds(1))
    shared.put(KEY._replace(symbol="MSFT"), seconds(1))
    assert [key.symbol for key in store.series()] == ["AAPL", "MSFT"]


# -- an outage -------------------------------------------------------------------------------------


def test_p20_while_the_shared_store_is_down_reads_fall_back_with_one_notice(
    store: CachedStore, front: SqliteStore, shared: Shared, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    front.put(KEY, seconds(10), (FRIDAY_MS, FRIDAY_MS + 10_000))
    shared.trouble = DOWN
    for _ in range(5):
        assert store.read(KEY, 0, ALL_MS).length == 10
        assert store.last(KEY, ALL_MS, 20).length == 10
        assert store.covered_from(KEY, FRIDAY_MS + 10_000) == FRIDAY_MS
        assert store.series() == [KEY]
    assert len(shared.asked) == 1
    assert "does not answer" in store.notice
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_p20_it_is_tried_again_after_pauses_that_grow(store: CachedStore, shared: Shared, clock: ManualClock) -> None:
    shared.trouble = DOWN
    tries = []
    for second in range(1_000):
        before = len(shared.asked)
        store.append([(KEY, a_bar(FRIDAY_MS + 1_000 * second))])
        if len(shared.asked) > before:
            tries.append(second)
        clock.advance(1.0)
    gaps = [later - earlier for earlier, later in pairwise(tries)]
    assert gaps == [*PAUSES_S, PAUSES_S[-1], PAUSES_S[-1]][: len(gaps)]
    assert len(gaps) >= 5


def test_p20_what_was_written_during_an_outage_is_sent_afterwards(
    store: CachedStore, front: SqliteStore, shared: Shared, clock: ManualClock
) -> None:
    store.append([(KEY, a_bar(FRIDAY_MS))])
    shared.trouble = DOWN
    bars = seconds(200)
    for row in range(1, 100):
        store.append([(KEY, bars.bar(row)), (KEY._replace(symbol="MSFT"), bars.bar(row))])
    store.put(KEY._replace(timeframe=MINUTE), seconds(50, step_ms=60_000), (FRIDAY_MS, FRIDAY_MS + 50 * 60_000))
    assert front.read(KEY, 0, ALL_MS).length == 100
    assert store.owed == 3
    shared.trouble = None
    clock.advance(PAUSES_S[0])
    while store.deliver():
        pass
    assert store.owed == 0
    assert store.notice == ""
    for key in front.series():
        assert starts(shared.read(key, 0, ALL_MS)) == starts(front.read(key, 0, ALL_MS)), key
    assert shared.covered_from(KEY._replace(timeframe=MINUTE), FRIDAY_MS + 50 * 60_000) == FRIDAY_MS


def test_a_stretch_is_not_called_whole_before_its_bars_have_arrived(
    store: CachedStore, shared: Shared, clock: ManualClock
) -> None:
    shared.trouble = DOWN
    store.append([(KEY, a_bar(FRIDAY_MS))])
    shared.trouble = None
    clock.advance(PAUSES_S[0])
    steps: list[tuple[int, int | None]] = []
    plain = SqliteStore.put

    def put(self: Shared, key: SeriesKey, bars: BarColumns, covers: tuple[int, int] | None = None) -> None:
        plain(self, key, bars, covers)
        steps.append(
            (SqliteStore.read(self, KEY, 0, ALL_MS).length, SqliteStore.covered_from(self, KEY, FRIDAY_MS + 5_000))
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Shared, "put", put)
        store.put(KEY, seconds(5).rows(slice(1, 5)), (FRIDAY_MS, FRIDAY_MS + 5_000))
        while store.deliver():
            pass
    assert all(count == 5 or covered is None for count, covered in steps)
    assert steps[-1] == (5, FRIDAY_MS)


def test_a_failure_in_the_middle_of_a_delivery_repeats_it(
    store: CachedStore, front: SqliteStore, shared: Shared, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cached_store, "CHUNK", 10)
    shared.trouble = DOWN
    store.put(KEY, seconds(95))
    for _ in range(3):
        shared.trouble = None
        clock.advance(PAUSES_S[-1])
        assert store.deliver()
        shared.trouble = DOWN
        assert not store.deliver()
    shared.trouble = None
    clock.advance(PAUSES_S[-1])
    while store.deliver():
        pass
    assert starts(shared.read(KEY, 0, ALL_MS)) == list(range(95))


def test_one_delivery_is_bounded_even_over_a_long_quiet_stretch(
    store: CachedStore, shared: Shared, clock: ManualClock
) -> None:
    shared.trouble = DOWN
    for days in (400, 200, 0):
        store.append([(KEY, a_bar(FRIDAY_MS - days * DAY_MS))])
    shared.trouble = None
    clock.advance(PAUSES_S[-1])
    while store.deliver():
        pass
    assert shared.read(KEY, 0, ALL_MS).length == 3


def test_p21_bars_that_are_refused_for_good_are_not_sent_again_and_told(
    store: CachedStore, front: SqliteStore, shared: Shared, caplog: pytest.LogCaptureFixture
) -> None:
    shared.put(KEY, seconds(1))
    store.append([(KEY, a_bar(FRIDAY_MS + 1_000))])
    shared.trouble = RefusedBars("These bars are too old.", "Lengthen the retention.")
    store.append([(KEY, a_bar(FRIDAY_MS - 1_000 * second)) for second in range(1, 5)])
    store.append([(KEY, a_bar(FRIDAY_MS - 9_000))])
    assert store.owed == 0
    assert "too old" in store.notice
    assert len(caplog.records) == 1
    assert front.read(KEY, 0, ALL_MS).length == 6


def test_where_the_embedded_store_fails_the_shared_one_gets_the_bars_and_the_failure_is_told(
    store: CachedStore, front: SqliteStore, shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(front, "put", full)
    monkeypatch.setattr(front, "append", full)
    with pytest.raises(StoreError, match="disk is full"):
        store.put(KEY, seconds(5))
    with pytest.raises(StoreError, match="disk is full"):
        store.append([(KEY, a_bar(FRIDAY_MS + 5_000))])
    assert shared.read(KEY, 0, ALL_MS).length == 6


# -- from one run to the next --------------------------------------------------------------------


def test_p20_what_an_earlier_run_could_not_send_is_sent_by_the_next(
    front: SqliteStore, shared: Shared, clock: ManualClock
) -> None:
    bars = seconds(3_000)
    shared.put(KEY, bars.rows(slice(0, 1_000)))
    front.put(KEY, bars.rows(slice(0, 2_999)))
    store = CachedStore(front, shared, clock=clock)
    store.append([(KEY, bars.bar(2_999))])
    while store.deliver():
        pass
    assert shared.read(KEY, 0, ALL_MS).length == 3_000


def test_a_new_shared_store_gets_the_last_week_and_not_all_history(
    front: SqliteStore, shared: Shared, clock: ManualClock
) -> None:
    days = [seconds(10, FRIDAY_MS - days * DAY_MS) for days in (30, 8, 6, 1)]
    front.put(KEY, BarColumns.joined(days))
    store = CachedStore(front, shared, clock=clock)
    store.append([(KEY, a_bar(FRIDAY_MS))])
    while store.deliver():
        pass
    assert shared.read(KEY, 0, ALL_MS).start_ms[0] >= FRIDAY_MS - CATCH_UP_MS
    assert shared.read(KEY, 0, ALL_MS).length == 21


def test_closing_sends_what_is_owed_and_says_what_it_could_not(
    front: SqliteStore, shared: Shared, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    store = CachedStore(front, shared, clock=clock)
    shared.trouble = DOWN
    store.append([(KEY, a_bar(FRIDAY_MS))])
    store.close()
    assert "lacks the newest bars of 1 series" in caplog.text
    store.close()


def test_upkeep_delivers_too(store: CachedStore, shared: Shared, clock: ManualClock) -> None:
    shared.trouble = DOWN
    store.append([(KEY, a_bar(FRIDAY_MS))])
    shared.trouble = None
    clock.advance(PAUSES_S[0])
    store.pack(FRIDAY_MS)
    assert store.owed == 0
    store.forget({"1s": 0, "1m": 0, "1D": 0}, FRIDAY_MS)
    assert shared.read(KEY, 0, ALL_MS).length == 1
