"""Bars that are not what was written: found by their check sums, left out, told, kept aside, and fetched anew."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.engine.market.bar_columns import BarSource
from tests.conformance.history_store import ALL_MS, DAY_MS, FRIDAY_MS, KEY, a_bar, bits, seconds
from tests.data.stores.kept_days import MIDNIGHT_MS, asked


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bars.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path)
    yield store
    store.close()


def spoil(path: Path, statement: str) -> None:
    """Changes the file as bit rot would: behind the back of the store, and SQLite finds nothing wrong."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)
    assert asked(path, "PRAGMA integrity_check") == [("ok",)]


#: One bit somewhere in the bytes of a block.
FLIP = "UPDATE blocks SET data = CAST(substr(data, 1, 300) || x'55' || substr(data, 302) AS BLOB) WHERE day = 20261119"


@pytest.fixture
def three_days(store: SqliteStore) -> SqliteStore:
    """Packed, covered from Wednesday to Friday."""
    for days in (2, 1, 0):
        start = FRIDAY_MS - days * DAY_MS
        store.put(KEY, seconds(400, start), (MIDNIGHT_MS - (days + 1) * DAY_MS, MIDNIGHT_MS - days * DAY_MS))
    assert store.covered_from(KEY, MIDNIGHT_MS) == MIDNIGHT_MS - 3 * DAY_MS
    return store


@pytest.mark.parametrize(
    "statement",
    [
        FLIP,
        "UPDATE blocks SET checksum = checksum + 1 WHERE day = 20261119",
        "UPDATE blocks SET bars = 399 WHERE day = 20261119",
        "UPDATE blocks SET from_ms = from_ms + 1 WHERE day = 20261119",
        "UPDATE blocks SET data = 'text' WHERE day = 20261119",
        "UPDATE blocks SET data = (SELECT data FROM blocks WHERE day = 20261120) WHERE day = 20261119",
    ],
)
def test_a_damaged_day_is_left_out_told_kept_aside_and_counts_as_missing(
    three_days: SqliteStore, path: Path, statement: str
) -> None:
    store = three_days
    spoil(path, statement)
    ((spoilt,),) = asked(path, "SELECT data FROM blocks WHERE day = 20261119")
    assert store.notice == ""
    assert store.read(KEY, 0, ALL_MS).length == 800
    assert "AAPL 1s of 20261119" in store.notice
    assert asked(path, "SELECT data FROM damaged") == [(spoilt,)]
    assert store.covered_from(KEY, MIDNIGHT_MS) == MIDNIGHT_MS - DAY_MS
    assert store.covered_from(KEY, MIDNIGHT_MS - 2 * DAY_MS) == MIDNIGHT_MS - 3 * DAY_MS
    assert store.covered_from(KEY, MIDNIGHT_MS - DAY_MS) is None
    told = store.notice
    assert store.last(KEY, ALL_MS, 800).length == 800
    assert store.notice == told


def test_a_damaged_day_is_healed_by_what_history_says(three_days: SqliteStore, path: Path) -> None:
    """Also when nobody has read it before: the damaged block is not merged, and not overwritten either."""
    store, thursday = three_days, FRIDAY_MS - DAY_MS
    spoil(path, FLIP)
    healed = seconds(400, thursday, source=BarSource.HISTORY)
    store.put(KEY, healed, (MIDNIGHT_MS - 2 * DAY_MS, MIDNIGHT_MS - DAY_MS))
    assert bits(store.read(KEY, thursday, FRIDAY_MS)) == bits(healed)
    assert store.covered_from(KEY, MIDNIGHT_MS) == MIDNIGHT_MS - 3 * DAY_MS
    assert len(asked(path, "SELECT data FROM damaged")) == 1
    assert "20261119" in store.notice


def test_a_late_bar_of_a_damaged_day_is_all_that_is_shown_of_it(three_days: SqliteStore, path: Path) -> None:
    store, late = three_days, a_bar(FRIDAY_MS - DAY_MS + 5_000, 77.0)
    spoil(path, FLIP)
    store.append([(KEY, late)])
    assert list(store.read(KEY, FRIDAY_MS - DAY_MS, FRIDAY_MS).bars()) == [late]
    assert len(asked(path, "SELECT data FROM damaged")) == 1
    assert store.covered_from(KEY, MIDNIGHT_MS - DAY_MS) is None


def test_a_damaged_row_is_left_out_told_and_kept_aside(store: SqliteStore, path: Path) -> None:
    store.put(KEY, seconds(100), (FRIDAY_MS, FRIDAY_MS + 100_000))
    spoil(
        path,
        "UPDATE bars SET value = CAST(substr(value, 1, 9) || x'01' || substr(value, 11) AS BLOB) "
        f"WHERE start_ms = {FRIDAY_MS + 30_000}",
    )
    found = store.read(KEY, 0, ALL_MS)
    assert found.length == 99
    assert FRIDAY_MS + 30_000 not in found.start_ms
    assert "AAPL 1s of 20261120" in store.notice
    assert len(asked(path, "SELECT data FROM damaged")) == 1
    assert store.covered_from(KEY, FRIDAY_MS + 100_000) == FRIDAY_MS + 30_001
    while store.pack(ALL_MS):
        pass
    assert store.read(KEY, 0, ALL_MS).length == 99


@pytest.mark.parametrize("value", ["x'00'", "'text'", "zeroblob(72)", "1.5"])
def test_a_row_that_holds_anything_else_is_damaged_too(store: SqliteStore, path: Path, value: str) -> None:
    store.put(KEY, seconds(10))
    spoil(path, f"UPDATE bars SET value = {value} WHERE start_ms = {FRIDAY_MS}")
    while store.pack(ALL_MS):
        pass
    assert store.read(KEY, 0, ALL_MS).length == 9
    assert len(asked(path, "SELECT data FROM damaged")) == 1


def test_what_cannot_be_put_aside_now_counts_as_missing_all_the_same(three_days: SqliteStore, path: Path) -> None:
    three_days.close()
    spoil(path, FLIP)
    with closing(SqliteStore(path, busy_s=0.0)) as store, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert store.read(KEY, 0, ALL_MS).length == 800
        assert store.covered_from(KEY, MIDNIGHT_MS) == MIDNIGHT_MS - DAY_MS
        assert store.covered_from(KEY, MIDNIGHT_MS - DAY_MS) is None
        other.execute("ROLLBACK")
        assert store.read(KEY, 0, ALL_MS).length == 800
    assert len(asked(path, "SELECT data FROM damaged")) == 1
