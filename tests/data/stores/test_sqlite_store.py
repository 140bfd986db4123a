"""The embedded store: what every store does, and its own days, blocks, upkeep and damage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from live_monitor.data.models.timeframe import DAY, MINUTE
from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.engine.market.bar_columns import Bar, BarColumns, BarSource
from live_monitor.ports import SeriesKey
from tests.conformance.history_store import (
    ALL_MS,
    DAY_MS,
    FRIDAY_MS,
    KEY,
    HistoryStoreSuite,
    Opened,
    a_bar,
    bits,
    daily,
    seconds,
)
from tests.data.stores.kept_days import MIDNIGHT_MS, asked, kept_twice, rows_and_days


class TestSqliteStore(HistoryStoreSuite):
    """The suite that every store passes."""

    @pytest.fixture
    def opened(self, tmp_path: Path) -> Opened:
        return lambda: SqliteStore(tmp_path / "history" / "bars.sqlite3")


class AlwaysPacked(SqliteStore):
    """Packs every day after every write, so that all that is read comes out of blocks."""

    def put(self, key: SeriesKey, bars: BarColumns, covers: tuple[int, int] | None = None) -> None:
        super().put(key, bars, covers)
        self._pack_all()

    def append(self, rows: Sequence[tuple[SeriesKey, Bar]]) -> None:
        super().append(rows)
        self._pack_all()

    def _pack_all(self) -> None:
        while self.pack(ALL_MS):
            pass


class TestPackedSqliteStore(HistoryStoreSuite):
    """The same suite over blocks alone."""

    @pytest.fixture
    def opened(self, tmp_path: Path) -> Opened:
        return lambda: AlwaysPacked(tmp_path / "bars.sqlite3")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bars.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path)
    yield store
    store.close()


# -- rows and blocks -----------------------------------------------------------------------------------


def test_the_open_day_stays_in_rows_and_days_before_it_go_into_blocks_at_once(store: SqliteStore, path: Path) -> None:
    yesterday, today = seconds(50, FRIDAY_MS - DAY_MS), seconds(30)
    store.put(KEY, BarColumns.joined([yesterday, today]))
    assert rows_and_days(path) == (30, [20261119])
    store.put(KEY, seconds(40, FRIDAY_MS - 2 * DAY_MS))
    assert rows_and_days(path) == (30, [20261118, 20261119])


def test_a_day_that_a_page_covers_to_its_end_is_packed_at_once(store: SqliteStore, path: Path) -> None:
    store.put(KEY, seconds(50), (FRIDAY_MS, MIDNIGHT_MS - 1))
    assert rows_and_days(path) == (50, [])
    store.put(KEY, seconds(50), (FRIDAY_MS, MIDNIGHT_MS))
    assert rows_and_days(path) == (0, [20261120])


def test_a_day_is_packed_when_it_is_over_one_day_a_call(store: SqliteStore, path: Path) -> None:
    keys = [KEY._replace(symbol=symbol) for symbol in ("AAPL", "MSFT", "TSLA")]
    bars = seconds(80)
    for second in range(80):
        store.append([(key, bars.bar(second)) for key in keys])
    assert store.pack(MIDNIGHT_MS - 1) is False
    assert rows_and_days(path) == (240, [])
    calls = 1
    while store.pack(MIDNIGHT_MS):
        rows, days = rows_and_days(path)
        assert (rows, len(days)) == (240 - 80 * calls, calls)
        assert kept_twice(path) == []
        calls += 1
    assert rows_and_days(path) == (0, [20261120] * 3)
    assert all(bits(store.read(key, 0, ALL_MS)) == bits(bars) for key in keys)
    assert store.pack(MIDNIGHT_MS) is False


def test_a_day_is_over_too_when_its_series_has_later_bars(store: SqliteStore, path: Path) -> None:
    """A replayed or simulated market lives in a time of its own, of which the machine's clock says nothing."""
    store.append([(KEY, a_bar(FRIDAY_MS - DAY_MS + 1_000 * second)) for second in range(10)])
    store.append([(KEY, a_bar(FRIDAY_MS))])
    while store.pack(0):
        pass
    assert rows_and_days(path) == (1, [20261119])


def test_a_late_bar_of_a_packed_day_goes_into_its_block(store: SqliteStore, path: Path) -> None:
    bars = seconds(100, source=BarSource.STREAM)
    store.put(KEY, bars, (FRIDAY_MS, MIDNIGHT_MS))
    ((before,),) = asked(path, "SELECT checksum FROM blocks")
    late, lower = a_bar(FRIDAY_MS + 40_000, 999.0, source=BarSource.HISTORY, revised=True), a_bar(FRIDAY_MS, 1.0)
    store.append([(KEY, late), (KEY, lower), (KEY, a_bar(FRIDAY_MS + 100_000))])
    assert kept_twice(path) == []
    assert rows_and_days(path) == (0, [20261120])
    assert asked(path, "SELECT checksum FROM blocks") != [(before,)]
    found = store.read(KEY, 0, ALL_MS)
    assert found.length == 101
    assert found.bar(40) == late
    assert found.bar(0) == bars.bar(0)


def test_a_page_merges_with_rows_and_block_of_its_day(store: SqliteStore, path: Path) -> None:
    page = seconds(300, source=BarSource.HISTORY)
    store.append([(KEY, page.bar(row)._replace(source=BarSource.OWN)) for row in range(100, 200)])
    store.put(KEY, page.rows(slice(0, 150)), (FRIDAY_MS, FRIDAY_MS + 150_000))
    store.put(KEY, page.rows(slice(150, 300)), (FRIDAY_MS + 150_000, MIDNIGHT_MS))
    assert rows_and_days(path) == (0, [20261120])
    assert bits(store.read(KEY, 0, ALL_MS)) == bits(page)
    assert store.covered_from(KEY, MIDNIGHT_MS) == FRIDAY_MS


def test_daily_bars_go_into_a_block_for_each_year(store: SqliteStore, path: Path) -> None:
    key = KEY._replace(timeframe=DAY)
    store.put(key, daily(800))
    rows, days = rows_and_days(path)
    assert days == [20240101, 20250101]
    assert rows == 324
    while store.pack(FRIDAY_MS + 60 * DAY_MS):
        pass
    assert rows_and_days(path) == (0, [20240101, 20250101, 20260101])
    assert bits(store.read(key, 0, ALL_MS)) == bits(daily(800))


def test_days_end_where_the_calendar_of_the_symbol_says(store: SqliteStore, path: Path) -> None:
    """Futures on indices: Friday 20:00 in New York belongs to a later date than Friday 10:00."""
    future, stock = KEY._replace(symbol="ESZ6"), KEY
    evening = FRIDAY_MS + 10 * 3_600_000 - 4 * DAY_MS
    for key in (future, stock):
        store.put(key, BarColumns.of([a_bar(evening - 36_000_000), a_bar(evening)]), (0, ALL_MS))
    assert asked(path, "SELECT symbol, day FROM blocks JOIN series ON series.id = series ORDER BY 1, 2") == [
        ("AAPL", 20261116), ("ESZ6", 20261116), ("ESZ6", 20261117),
    ]  # fmt: skip


class ShiftedDates:
    """A calendar whose days begin six hours early."""

    def trade_date(self, ms: int) -> date:
        return (datetime.fromtimestamp(ms / 1000, UTC) + timedelta(hours=6)).date()

    def span(self, day: date) -> tuple[int, int]:
        start = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000) - 6 * 3_600_000
        return start, start + DAY_MS


def test_days_that_were_packed_by_another_calendar_are_read_whole(path: Path) -> None:
    bars = seconds(2_000, FRIDAY_MS - 5 * DAY_MS, step_ms=300_000)
    first = SqliteStore(path)
    first.put(KEY, bars, (0, ALL_MS))
    first.close()
    with closing(SqliteStore(path, calendar_for=lambda symbol: ShiftedDates())) as store:
        assert bits(store.read(KEY, 0, ALL_MS)) == bits(bars)
        for at in range(0, 2_000, 90):
            end = int(bars.start_ms[at])
            assert bits(store.last(KEY, end, 60)) == bits(bars.rows(slice(max(0, at - 60), at)))
            assert bits(store.read(KEY, end, end + 9_000_000)) == bits(bars.rows(slice(at, at + 30)))


def test_another_process_that_packed_the_day_is_noticed(store: SqliteStore, path: Path) -> None:
    store.append([(KEY, a_bar(FRIDAY_MS))])
    with closing(SqliteStore(path)) as other:
        while other.pack(ALL_MS):
            pass
    store.append([(KEY, a_bar(FRIDAY_MS + 1_000))])
    assert kept_twice(path) == []
    assert rows_and_days(path) == (0, [20261120])
    assert store.read(KEY, 0, ALL_MS).length == 2


def test_bars_that_do_not_ascend_are_a_mistake_of_the_caller(store: SqliteStore) -> None:
    twice = BarColumns.of([a_bar(FRIDAY_MS), a_bar(FRIDAY_MS)])
    with pytest.raises(ValueError, match="ascend"):
        store.put(KEY, twice)
    with pytest.raises(ValueError, match="1900"):
        store.put(KEY, BarColumns.of([a_bar(10**18)]))
    assert store.series() == []


def test_bars_are_private_to_their_owner(store: SqliteStore, path: Path) -> None:
    store.append([(KEY, a_bar(FRIDAY_MS))])
    assert {each.stat().st_mode & 0o777 for each in path.parent.glob("bars.sqlite3*")} == {0o600}


# -- retention -------------------------------------------------------------------------------------------


def test_what_is_older_than_its_timeframe_is_kept_is_let_go(store: SqliteStore, path: Path) -> None:
    minutes = KEY._replace(timeframe=MINUTE)
    for key in (KEY, minutes):
        for days in range(20, -1, -1):
            start = FRIDAY_MS - days * DAY_MS
            store.put(key, seconds(10, start), (start, start + DAY_MS))
    while store.forget({"1s": 5, "1m": 0}, FRIDAY_MS):
        pass
    kept = store.read(KEY, 0, ALL_MS)
    assert kept.start_ms[0] == FRIDAY_MS - 5 * DAY_MS
    assert kept.length == 60
    assert store.read(minutes, 0, ALL_MS).length == 210
    assert store.covered_from(KEY, FRIDAY_MS) == MIDNIGHT_MS - 6 * DAY_MS
    assert store.covered_from(minutes, FRIDAY_MS) == FRIDAY_MS - 20 * DAY_MS


def test_rows_are_let_go_too_and_a_series_without_bars_has_no_name(store: SqliteStore) -> None:
    store.append([(KEY, bar) for bar in seconds(100).bars()])
    while store.forget({"1s": 1}, FRIDAY_MS + 10 * DAY_MS):
        pass
    assert store.read(KEY, 0, ALL_MS).length == 0
    assert store.series() == []
    store.append([(KEY, a_bar(FRIDAY_MS))])
    assert store.series() == [KEY]


def test_the_file_shrinks_when_most_of_it_was_forgotten(store: SqliteStore, path: Path) -> None:
    rng = np.random.default_rng(1)
    noise = seconds(8_000)._replace(
        vwap=rng.random(8_000), cumulative_volume=rng.random(8_000), volume=rng.random(8_000)
    )
    for days in range(120):
        start = FRIDAY_MS - (130 - days) * DAY_MS
        store.put(KEY, noise._replace(start_ms=noise.start_ms - FRIDAY_MS + start), (start, start + DAY_MS))
    store.put(KEY, seconds(10))
    ((before,),) = asked(path, "PRAGMA page_count")
    while store.forget({"1s": 1}, FRIDAY_MS):
        pass
    ((after,),) = asked(path, "PRAGMA page_count")
    assert isinstance(before, int)
    assert isinstance(after, int)
    assert before > 4_000
    assert after < before * 0.6
    assert store.read(KEY, 0, ALL_MS).length == 10
