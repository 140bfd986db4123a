"""A store that cannot be written, for whatever reason, and a writer that is killed: what was acknowledged is there."""

from __future__ import annotations

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.errors import StoreError
from tests.architecture.conftest import CHECKOUT
from tests.conformance.history_store import ALL_MS, FRIDAY_MS, KEY, a_bar, bits, seconds
from tests.fakes.small_disk import on_a_small_disk
from tests.faults.store_lines import a_kept_store, said

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals, limits and modes of POSIX")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history" / "bars.sqlite3"


@pytest.fixture
def kept(path: Path) -> Path:
    return a_kept_store(path)


# -- locked ------------------------------------------------------------------------------------------------


def test_d2_a_lock_of_another_program_is_told_and_the_next_bars_are_kept_again(kept: Path) -> None:
    with closing(SqliteStore(kept, busy_s=0.0)) as store, closing(sqlite3.connect(kept)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked by another program") as problem:
            store.append([(KEY, a_bar(FRIDAY_MS))])
        assert "Close the program" in said(problem)
        assert store.read(KEY._replace(symbol="S1"), 0, ALL_MS).length > 0
        other.execute("ROLLBACK")
        store.append([(KEY, a_bar(FRIDAY_MS))])
        assert store.read(KEY, 0, ALL_MS).length == 1


def test_d2_a_store_that_another_program_holds_alone_is_told_at_the_start(kept: Path) -> None:
    with closing(sqlite3.connect(kept)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="locked by another program") as problem:
            SqliteStore(kept, busy_s=0.0)
        said(problem)


# -- read-only ---------------------------------------------------------------------------------------------


@contextmanager
def nobody() -> Iterator[None]:
    """Rights to files count for root, too."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that nobody in particular owns; pytest's own is closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="store"))
    if os.geteuid() == 0:
        os.chown(folder, 65_534, 65_534)
    yield folder
    folder.chmod(0o700)
    shutil.rmtree(folder)


@pytest.mark.parametrize("what", ["file", "folder"])
def test_d3_a_store_that_cannot_be_written_is_told_and_left_as_it_is(open_folder: Path, what: str) -> None:
    path = open_folder / "bars.sqlite3"
    with nobody():
        with closing(SqliteStore(path)) as store:
            store.put(KEY, seconds(10))
        before = path.read_bytes()
        path.chmod(0o400)
        # The store makes its own folder private again: a folder of somebody else's cannot be changed.
        if what == "folder":
            os.chmod(open_folder, 0o500)
        with locked_folder(open_folder, what == "folder"), pytest.raises(StoreError) as problem:
            SqliteStore(path)
        assert "writable" in said(problem)
        assert path.read_bytes() == before


@contextmanager
def locked_folder(folder: Path, really: bool) -> Iterator[None]:
    """Gives the folder to root where the test runs as root: its owner could open it again."""
    root = really and os.getuid() == 0
    if root:
        os.seteuid(0)
        os.chown(folder, 0, 0)
        folder.chmod(0o755)
        os.seteuid(65_534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
            os.chown(folder, 65_534, 65_534)
            os.seteuid(65_534)


def test_d3_a_folder_that_cannot_be_made_is_told(open_folder: Path) -> None:
    (open_folder / "file").touch()
    with nobody(), pytest.raises(StoreError, match="cannot be opened") as problem:
        SqliteStore(open_folder / "file" / "history" / "bars.sqlite3")
    said(problem)


# -- full ----------------------------------------------------------------------------------------------------


def test_d5_a_full_store_is_told_loses_nothing_and_goes_on_when_there_is_room(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        store.put(KEY, seconds(1_000))
        # The limit belongs to a connection, so it is the store's own that is told.
        connection = store._connection
        assert connection is not None
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        more = seconds(5_000, FRIDAY_MS + 1_000_000)
        with pytest.raises(StoreError, match="the disk is full") as problem:
            store.put(KEY, more, (FRIDAY_MS, FRIDAY_MS + 6_000_000))
        assert "Free some space" in said(problem)
        assert bits(store.read(KEY, 0, ALL_MS)) == bits(seconds(1_000))
        assert store.covered_from(KEY, FRIDAY_MS + 6_000_000) is None
        connection.execute("PRAGMA max_page_count = 1000000")
        store.put(KEY, more)
        assert store.read(KEY, 0, ALL_MS).length == 6_000


def test_d5_a_limit_of_the_system_is_told_and_what_was_kept_before_is_there(path: Path) -> None:
    kept, old = 0, resource.getrlimit(resource.RLIMIT_FSIZE)

    def keep_one_more(store: SqliteStore) -> int:
        nonlocal kept
        store.append([(KEY, a_bar(FRIDAY_MS + 1_000 * kept, 100.0 + kept))])
        kept += 1
        return kept

    with closing(SqliteStore(path)) as store:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, old[1]))
        try:
            with pytest.raises(StoreError) as problem:
                deque(keep_one_more(store) for _ in range(20_000))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, old)
        assert "disk" in said(problem)
        assert kept > 20
        keep_one_more(store)
    with closing(SqliteStore(path)) as store:
        found = store.read(KEY, 0, ALL_MS)
    assert found.open.tolist() == [100.0 + number for number in range(kept)]


FULL_DISK = """
import json, sys
from pathlib import Path
from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.errors import StoreError
from tests.conformance.history_store import ALL_MS, FRIDAY_MS, KEY, DAY_MS, a_bar, seconds

folder = Path(sys.argv[1])
ballast = folder / "ballast"
ballast.write_bytes(bytes(400_000))
store, kept, told = SqliteStore(folder / "bars.sqlite3"), 0, ""
while not told and kept < 20_000:
    try:
        store.append([(KEY, a_bar(FRIDAY_MS + 1_000 * kept))])
        kept += 1
    except StoreError as problem:
        told = str(problem)
try:
    store.pack(FRIDAY_MS + 2 * DAY_MS)
except StoreError as problem:
    told += " | " + str(problem)
before = store.read(KEY, 0, ALL_MS).length
ballast.unlink()
store.append([(KEY, a_bar(FRIDAY_MS + 1_000 * kept))])
store.close()
again = SqliteStore(folder / "bars.sqlite3")
print(json.dumps({"kept": kept, "before": before, "after": again.read(KEY, 0, ALL_MS).length, "told": told}))
"""


def test_d5_a_disk_that_is_really_full_is_told_and_bars_are_kept_again_after(tmp_path: Path) -> None:
    """A disk of one megabyte, where this machine lets us have one of our own."""
    found = on_a_small_disk(tmp_path, 1, FULL_DISK)
    assert "the disk is full" in found["told"]
    assert found["kept"] > 20
    assert found["before"] == found["kept"]
    assert found["after"] == found["kept"] + 1


# -- kill -9 -------------------------------------------------------------------------------------------------


def killed(folder: Path, rounds: int | str, seed: int) -> dict[str, int]:
    """What `store_kills` says; it ends with an error at the first thing that is wrong."""
    command = [sys.executable, "-m", "tests.faults.store_kills", str(folder), str(rounds), str(seed)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, int] = json.loads(done.stdout)
    return found


def test_d6_kill_9_loses_no_acknowledged_bar_and_never_leaves_two_versions_of_a_day(tmp_path: Path) -> None:
    found = killed(tmp_path, 40, 1)
    assert found["acknowledged"] > 200


def test_d6_killed_before_any_statement_a_write_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    found = killed(tmp_path, "statements", 0)
    assert found["kills"] > 200
    assert found["blocks"] > 3


@pytest.mark.nightly
@pytest.mark.timeout(900)
def test_d6_two_thousand_times(tmp_path: Path) -> None:
    found = killed(tmp_path, 2_000, 2)
    assert found["acknowledged"] > 20_000
    # Steps that were killed after their commit and before their word: the moment was met.
    assert found["whole_steps"] > 0
