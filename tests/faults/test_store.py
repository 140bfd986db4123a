"""Faults of the store of bars: each is one line in words, nothing is overwritten, nothing acknowledged is lost."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from live_monitor.data.stores.sqlite_file import APPLICATION_ID, SCHEMA
from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.errors import StoreError
from tests.architecture.conftest import CHECKOUT
from tests.conformance.history_store import ALL_MS, DAY_MS, FRIDAY_MS, KEY, a_bar, bits, seconds

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals, limits and modes of POSIX")

#: What a person reads in each line: nothing is kept, and the rest goes on.
GOES_ON = "Live data goes on, bars are not kept."


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history" / "bars.sqlite3"


@pytest.fixture
def kept(path: Path) -> Path:
    """A store with some days, closed in good order."""
    with closing(SqliteStore(path)) as store:
        for days in range(30, -1, -1):
            start = FRIDAY_MS - days * DAY_MS
            store.put(KEY._replace(symbol=f"S{days % 7}"), seconds(300, start), (start, start + 300_000))
    return path


def said(problem: pytest.ExceptionInfo[StoreError]) -> str:
    """The line, which must be one, with its remedy."""
    text = str(problem.value)
    assert "\n" not in text
    assert problem.value.remedy.startswith(GOES_ON)
    return text


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
    if shutil.which("unshare") is None:
        pytest.skip("no unshare here: a small disk of our own needs it")
    mount = f"mount -t tmpfs -o size=1m tmpfs '{tmp_path}'"
    if subprocess.run(["unshare", "-m", "sh", "-c", mount], capture_output=True, check=False).returncode != 0:
        pytest.skip("this account may not mount a small disk")
    command = f"{mount} && exec '{sys.executable}' -c \"$0\" '{tmp_path}'"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", command, FULL_DISK], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert "the disk is full" in found["told"]
    assert found["kept"] > 20
    assert found["before"] == found["kept"]
    assert found["after"] == found["kept"] + 1


# -- kill -9 -------------------------------------------------------------------------------------------------


def kill_rounds(folder: Path, rounds: int, seed: int) -> dict[str, int]:
    command = [sys.executable, "-m", "tests.faults.store_kills", str(folder), str(rounds), str(seed)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, int] = json.loads(done.stdout)
    return found


def test_d6_kill_9_loses_no_acknowledged_bar_and_never_leaves_two_versions_of_a_day(tmp_path: Path) -> None:
    found = kill_rounds(tmp_path, 50, 1)
    assert found["acknowledged"] > 300


@pytest.mark.nightly
@pytest.mark.timeout(900)
def test_d6_two_thousand_times(tmp_path: Path) -> None:
    found = kill_rounds(tmp_path, 2_000, 2)
    assert found["acknowledged"] > 20_000
    # Steps that were killed after their commit and before their word: the moment was met.
    assert found["whole_steps"] > 50
