"""A ledger on a disk that is full, read-only or cut off; a writer that is killed: what was acknowledged is there."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest

from live_monitor.clock import SystemClock
from live_monitor.data.ledger_thread import LedgerThread
from live_monitor.data.stores.ledger_file import APPLICATION_ID, upgrade
from live_monitor.data.stores.ledger_head import Head, as_bytes, head_path
from live_monitor.data.stores.ledger_store import FILE_NAME, Ledger
from live_monitor.engine.paper.folding import States
from live_monitor.errors import LedgerError
from tests.architecture.conftest import CHECKOUT
from tests.fakes import ledger_story as story
from tests.fakes.small_disk import on_a_small_disk

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals, limits and modes of POSIX")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "paper" / FILE_NAME


@pytest.fixture
def thread(path: Path) -> Iterator[LedgerThread]:
    """A ledger's thread, its account opened."""
    made = LedgerThread(partial(Ledger, path), SystemClock())
    assert made.wait(made.append([story.opened()]), 10.0) == ""
    yield made
    made.close()


def reloaded(thread: LedgerThread) -> States:
    """What the accounts are after a reload."""
    found: list[States] = []
    rang = threading.Event()
    thread.wake = rang.set
    thread.reload(found.append)
    while not found:
        assert rang.wait(5.0)
        rang.clear()
        thread.take()
    return found[0]


# -- no room -------------------------------------------------------------------------------------------------


@contextmanager
def no_file_longer_than(length: int) -> Iterator[None]:
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (length, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)


def test_l4_an_order_that_finds_no_room_is_refused_whole_and_the_next_one_is_taken_when_there_is(
    path: Path, thread: LedgerThread
) -> None:
    kept = 0
    with no_file_longer_than(300_000):
        while not (refused := thread.wait(thread.append(story.entries(kept)), 5.0)):
            kept += 1
        assert "the disk is full" in refused
        # What was decided upon an order that does not exist is not kept either.
        assert thread.wait(thread.append(story.entries(kept + 1)), 5.0) == refused
        assert thread.condition.kind == "ready"
        states = reloaded(thread)
        assert states[story.ACCOUNT].cash == story.truth(kept)[0]
        assert "the disk is full" in thread.wait(thread.append(story.entries(kept)), 5.0)
    assert kept > 10
    reloaded(thread)
    # One deadline for all of it: the order is there without a restart.
    assert thread.wait(thread.append(story.entries(kept)), 5.0) == ""
    assert story.whole_steps(story.kept_rows(path)) == kept + 1
    with closing(sqlite3.connect(path)) as look:
        assert look.execute("PRAGMA integrity_check").fetchone() == ("ok",)


FULL_DISK = """
import json, sys, time
from functools import partial
from pathlib import Path
from live_monitor.clock import SystemClock
from live_monitor.data.ledger_thread import LedgerThread
from live_monitor.data.stores.ledger_store import FILE_NAME, Ledger
from tests.fakes import ledger_story as story

folder = Path(sys.argv[1])
ballast = folder / "ballast"
ballast.write_bytes(bytes(2_000_000))
path = folder / FILE_NAME
thread, kept = LedgerThread(partial(Ledger, path), SystemClock()), 0
thread.wait(thread.append([story.opened()]), 10.0)
while not (told := thread.wait(thread.append(story.entries(kept)), 5.0)):
    kept += 1
before = story.whole_steps(story.kept_rows(path))
ballast.unlink()
began, answers = time.perf_counter(), []
thread.reload(answers.append)
again = thread.wait(thread.append(story.entries(kept)), 5.0)
took = time.perf_counter() - began
thread.take()
thread.close()
cash = str(answers[0][story.ACCOUNT].cash)
after = story.whole_steps(story.kept_rows(path))
print(json.dumps(dict(kept=kept, before=before, after=after, told=told, again=again, took=took, cash=cash)))
"""


def test_l4_a_disk_that_is_really_full_is_told_and_orders_are_taken_again_within_seconds(tmp_path: Path) -> None:
    """A disk of four megabytes, where this machine lets us have one of our own."""
    found = on_a_small_disk(tmp_path, 4, FULL_DISK)
    assert "the disk is full" in found["told"]
    assert found["kept"] > 30
    assert found["before"] == found["kept"]
    assert found["again"] == ""
    assert found["after"] == found["kept"] + 1
    assert found["cash"] == str(story.truth(found["kept"])[0])
    assert found["took"] < 5.0


# -- read-only -----------------------------------------------------------------------------------------------


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that nobody in particular owns; pytest's own is closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="ledger"))
    if os.geteuid() == 0:
        os.chown(folder, 65_534, 65_534)
    yield folder
    shutil.rmtree(folder)


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


@pytest.mark.parametrize("what", [FILE_NAME, "ledger.head"])
def test_l8_a_ledger_that_cannot_be_written_is_told_and_left_as_it_is(open_folder: Path, what: str) -> None:
    path = open_folder / FILE_NAME
    with nobody():
        story.a_ledger(open_folder, 3).close()
        (open_folder / what).chmod(0o400)
        before = path.read_bytes(), head_path(path).read_bytes()
        with pytest.raises(LedgerError, match="cannot be") as problem:
            Ledger(path)
        assert "writable" in problem.value.remedy
        assert (path.read_bytes(), head_path(path).read_bytes()) == before


# -- kill -9 -------------------------------------------------------------------------------------------------


def killed(folder: Path, rounds: int, seed: int) -> dict[str, int]:
    """What `ledger_kills` says; it ends with an error at the first thing that is wrong."""
    command = [sys.executable, "-m", "tests.faults.ledger_kills", str(folder), str(rounds), str(seed)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, int] = json.loads(done.stdout)
    return found


def test_l1_kill_9_loses_no_acknowledged_order_and_doubles_none(tmp_path: Path) -> None:
    assert killed(tmp_path, 50, 1)["acknowledged"] > 500


@pytest.mark.nightly
@pytest.mark.timeout(900)
def test_l1_a_thousand_kills(tmp_path: Path) -> None:
    found = killed(tmp_path, 1_000, 2)
    assert found["acknowledged"] > 10_000
    # Steps that were killed after their commit and before their word: the moment was met.
    assert found["kept_unsaid"] > 0


def test_l6_a_log_that_ends_anywhere_opens_with_what_was_acknowledged_by_then(tmp_path: Path) -> None:
    """A loss of power leaves the log up to some byte, and the head of an acknowledgement before it, or an older one."""
    folder = tmp_path / "paper"
    story.a_ledger(folder, 3).close()
    path, log = folder / FILE_NAME, folder / f"{FILE_NAME}-wal"
    moments: list[tuple[int, int, Head]] = []
    with closing(Ledger(path)) as ledger:
        moments.append((0, 3, Head(ledger.end.seq, ledger.end.digest)))
        for step in range(3, 15):
            story.a_step(ledger, step)
            moments.append((log.stat().st_size, step + 1, Head(ledger.end.seq, ledger.end.digest)))
        whole, file = log.read_bytes(), path.read_bytes()
    assert len(whole) > 50_000
    for end in sorted({*range(0, len(whole), 1_371), *(size + by for size, _, _ in moments for by in (-1, 0, 1))}):
        if not 0 <= end <= len(whole):
            continue
        acknowledged = [moment for moment in moments if moment[0] <= end]
        for _, steps, head in acknowledged[-1:] + acknowledged[:1]:
            lost = tmp_path / "lost"
            shutil.rmtree(lost, ignore_errors=True)
            lost.mkdir()
            (lost / FILE_NAME).write_bytes(file)
            (lost / log.name).write_bytes(whole[:end])
            head_path(lost / FILE_NAME).write_bytes(as_bytes(head))
            with closing(Ledger(lost / FILE_NAME)) as found:
                assert story.whole_steps(story.kept_rows(lost / FILE_NAME)) >= acknowledged[-1][1] >= steps
                assert found.states()[story.ACCOUNT].open_orders() == []


# -- the same id twice ---------------------------------------------------------------------------------------


def test_l9_the_same_client_id_from_eight_threads_makes_one_order(path: Path, thread: LedgerThread) -> None:
    """What is left when whoever decides does not look: the file itself takes the first one only."""
    answers: list[str] = []

    def send() -> None:
        answers.extend(thread.wait(thread.append(story.entries(0)), 10.0) for _ in range(100 // 8 + 1))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(answers) >= 100
    assert answers.count("") == 1
    assert all("already" in answer for answer in answers if answer)
    assert len(story.kept_rows(path)) == len(story.bodies(1))
    found = [thread.find_client(story.ACCOUNT, "client-0") for _ in range(100)]
    assert all(order == found[0] for order in found)
    assert found[0] is not None
    assert (found[0].order_id, found[0].state, int(found[0].filled)) == ("O1", "filled", story.SHARES)


# -- another version -----------------------------------------------------------------------------------------

#: What a next version could do to the tables.
NEXT: dict[int, tuple[str, ...]] = {
    1: (
        "ALTER TABLE journal ADD COLUMN day TEXT",
        "CREATE INDEX journal_day ON journal (account, day)",
        "CREATE TABLE days (day TEXT PRIMARY KEY, net_liq TEXT NOT NULL)",
        "INSERT INTO days SELECT kind, count(*) FROM journal GROUP BY kind",
    )
}


def in_a_fork(work: Callable[[], None]) -> int:
    """The signal that ended `work`; 0 when it came to its end."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(3)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def upgraded(path: Path, killed_at: int) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        seen = 0

        def count(statement: str) -> None:
            nonlocal seen
            seen += 1
            if seen == killed_at:
                os.kill(os.getpid(), signal.SIGKILL)

        connection.set_trace_callback(count)
        upgrade(connection, NEXT, 2)


def test_l16_an_upgrade_that_is_killed_at_any_statement_leaves_the_old_ledger_or_the_new_one(tmp_path: Path) -> None:
    story.a_ledger(tmp_path / "sound", 10).close()
    kills = 0
    while True:
        folder = tmp_path / str(kills)
        shutil.copytree(tmp_path / "sound", folder)
        path = folder / FILE_NAME
        done = in_a_fork(partial(upgraded, path, kills + 1)) == 0
        with closing(sqlite3.connect(path)) as look:
            (version,) = look.execute("PRAGMA user_version").fetchone()
            tables = {name for (name,) in look.execute("SELECT name FROM sqlite_master")}
            rows = [body.encode() for (body,) in look.execute("SELECT body FROM journal ORDER BY seq")]
        assert (version, "days" in tables, "journal_day" in tables) in [(1, False, False), (2, True, True)]
        assert story.whole_steps(rows) == 10
        if version == 1:
            Ledger(path).close()
        if done:
            assert version == 2
            break
        kills += 1
    assert kills >= len(NEXT[1]) + 3


def test_l16_a_ledger_that_was_upgraded_is_refused_by_the_version_before(tmp_path: Path) -> None:
    story.a_ledger(tmp_path, 2).close()
    path = tmp_path / FILE_NAME
    upgraded(path, 0)
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="newer version"):
        Ledger(path)
    assert path.read_bytes() == before


def test_l16_a_version_from_which_no_way_leads_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 3")
        with pytest.raises(LedgerError, match="version 3"):
            upgrade(connection, NEXT, 4)
        assert not connection.in_transaction
