"""Files that are no store, not ours, or not sound: one line, left as they are; nothing is shown that was not kept."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from live_monitor.data.stores.sqlite_file import APPLICATION_ID, SCHEMA
from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.errors import StoreError
from tests.conformance.history_store import ALL_MS, DAY_MS, FRIDAY_MS, KEY, a_bar, seconds
from tests.faults.store_lines import a_kept_store, said


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history" / "bars.sqlite3"


@pytest.fixture
def kept(path: Path) -> Path:
    return a_kept_store(path)


# -- damaged ---------------------------------------------------------------------------------------------


def cut(path: Path, size: int) -> None:
    with path.open("r+b") as file:
        file.truncate(size)


def overwrite(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


SPOILERS: dict[str, Callable[[Path], object]] = {
    "cut in the middle": lambda path: cut(path, path.stat().st_size // 2),
    "cut within a page": lambda path: cut(path, 5_000),
    "only its head": lambda path: cut(path, 100),
    "one byte": lambda path: cut(path, 1),
    "noise": lambda path: path.write_bytes(random.Random(1).randbytes(20_000)),
    "text": lambda path: path.write_text("start_ms,open,high\n" * 500),
    "another magic": lambda path: overwrite(path, 0, b"SQLite format 4\x00"),
    "head of zeros": lambda path: overwrite(path, 0, bytes(100)),
    "noise behind its head": lambda path: overwrite(path, 100, random.Random(2).randbytes(12_000)),
    "noise in every page": lambda path: overwrite(path, 4_096, random.Random(3).randbytes(path.stat().st_size - 4_096)),
}


@pytest.mark.parametrize("name", SPOILERS)
def test_d1_a_damaged_file_is_told_and_left_as_it_is(kept: Path, name: str) -> None:
    SPOILERS[name](kept)
    before = kept.read_bytes()
    with pytest.raises(StoreError, match="damaged") as problem:
        use(kept)
    assert "move it away" in said(problem)
    assert str(kept) in said(problem)
    assert kept.read_bytes() == before


def use(path: Path) -> None:
    """Opens, reads, writes and closes a store."""
    with closing(SqliteStore(path, busy_s=0.0)) as store:
        store.read(KEY._replace(symbol="S3"), 0, ALL_MS)
        store.append([(KEY, a_bar(FRIDAY_MS))])


def test_d1_damage_that_is_met_later_stops_every_write(kept: Path) -> None:
    """A page that nobody reads when the store is opened; from then on the file is only looked at."""
    with closing(sqlite3.connect(kept)) as connection:
        ((page,),) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'covers'").fetchall()
    overwrite(kept, (page - 1) * 4_096, b"\xff" * 4_096)
    before = kept.read_bytes()
    store = SqliteStore(kept)
    with pytest.raises(StoreError, match="damaged"):
        store.covered_from(KEY._replace(symbol="S1"), ALL_MS)
    for attempt in (
        lambda: store.append([(KEY, a_bar(FRIDAY_MS))]),
        lambda: store.put(KEY, seconds(5)),
        lambda: store.pack(ALL_MS),
        lambda: store.forget({"1s": 1}, ALL_MS),
    ):
        with pytest.raises(StoreError, match="damaged"):
            attempt()
    store.close()
    assert kept.read_bytes() == before


def test_d1_a_flipped_bit_is_never_shown_as_a_bar(path: Path) -> None:
    """Any bit of the bytes of rows and blocks, of which SQLite's own check sees nothing."""
    rng = random.Random(5)
    packed, open_day = seconds(300, FRIDAY_MS - DAY_MS), seconds(40)
    with closing(SqliteStore(path)) as store:
        store.put(KEY, packed, (FRIDAY_MS - DAY_MS, FRIDAY_MS))
        store.put(KEY, open_day)
    whole = path.read_bytes()
    true = {bar.start_ms: repr(bar) for part in (packed, open_day) for bar in part.bars()}
    for attempt in range(120):
        path.write_bytes(whole)
        in_block = attempt % 2 == 0
        with closing(sqlite3.connect(path)) as connection, connection:
            table, value = ("blocks", "data") if in_block else ("bars", "value")
            key = "id" if in_block else "start_ms"
            mark, raw = rng.choice(connection.execute(f"SELECT {key}, {value} FROM {table}").fetchall())
            at = rng.randrange(len(raw))
            spoilt = raw[:at] + bytes((raw[at] ^ 1 << rng.randrange(8),)) + raw[at + 1 :]
            connection.execute(f"UPDATE {table} SET {value} = ? WHERE {key} = ?", (spoilt, mark))
        with closing(SqliteStore(path)) as store:
            shown = list(store.read(KEY, 0, ALL_MS).bars())
            assert all(true[bar.start_ms] == repr(bar) for bar in shown)
            assert len(shown) == (40 if in_block else 339)
            assert "damaged" in store.notice


def test_d1_a_file_of_another_program_is_told_and_left_as_it_is(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE letters (text)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program") as problem:
        SqliteStore(path)
    said(problem)
    assert path.read_bytes() == before


def test_d1_a_folder_in_the_place_of_the_file_is_told(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(StoreError, match="cannot be opened") as problem:
        SqliteStore(path)
    said(problem)


def test_d1_an_empty_file_was_a_start_that_was_killed_and_becomes_a_store(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    use(path)
    with closing(SqliteStore(path)) as store:
        assert store.read(KEY, 0, ALL_MS).length == 1


# -- newer -------------------------------------------------------------------------------------------------


def test_d4_a_file_of_a_newer_version_is_told_and_left_as_it_is(kept: Path) -> None:
    with closing(sqlite3.connect(kept)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    before = kept.read_bytes()
    with pytest.raises(StoreError, match="newer version") as problem:
        SqliteStore(kept)
    assert "update this program" in said(problem)
    assert kept.read_bytes() == before


def test_d4_a_newer_version_that_was_killed_is_told_and_its_log_left_as_it_is(kept: Path) -> None:
    code = (
        "import os, sqlite3, sys\n"
        "store = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        f"store.execute('PRAGMA user_version = {SCHEMA + 1}')\n"
        "store.execute('CREATE TABLE news (text)')\n"
        "os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(kept)], check=True)
    log = kept.with_name(kept.name + "-wal")
    before = kept.read_bytes(), log.read_bytes()
    assert before[1]
    with pytest.raises(StoreError, match="newer version"):
        SqliteStore(kept)
    assert (kept.read_bytes(), log.read_bytes()) == before


def test_d4_the_file_says_whose_it_is_and_of_which_version(kept: Path) -> None:
    with closing(sqlite3.connect(kept)) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA,)
