"""A ledger that is not what was written: it is said, nothing of it is overwritten, and no account is shown from it."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from live_monitor.data.stores.ledger_checks import look_through
from live_monitor.data.stores.ledger_errors import LedgerDamaged
from live_monitor.data.stores.ledger_file import connect
from live_monitor.data.stores.ledger_head import Head, as_bytes, head_path, read_head
from live_monitor.data.stores.ledger_store import FILE_NAME, Ledger
from live_monitor.engine.paper.folding import States
from live_monitor.errors import LedgerError
from tests.fakes import ledger_story as story

#: Of a ledger without much in it, so that a flip meets something.
STEPS = 40


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed ledger."""
    story.a_ledger(tmp_path, STEPS).close()
    return tmp_path / FILE_NAME


def all_bytes(folder: Path) -> dict[str, bytes]:
    """Everything that may hold facts; whenever SQLite looks, it makes an empty log and an index of it."""
    files = [file for file in folder.iterdir() if file.is_file() and not file.name.endswith("-shm")]
    found = {file.name: file.read_bytes() for file in files}
    return {name: data for name, data in found.items() if data or not name.endswith("-wal")}


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5_000])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def noise(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(40_000))


def missing(path: Path) -> None:
    path.unlink()


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 999")


def of_another_program(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE plans (plan TEXT)")


def without_its_log(path: Path) -> None:
    """What a copy of the file alone is, taken while the program ran."""
    ledger = story.a_ledger(path.parent, STEPS + 5, start=STEPS)
    aside = path.with_name("aside")
    shutil.copy(path, aside)
    ledger.close()
    path.unlink()
    aside.rename(path)


def put_back(path: Path) -> None:
    """The file is an older copy of itself."""
    older = path.read_bytes()
    story.a_ledger(path.parent, STEPS + 5, start=STEPS).close()
    path.write_bytes(older)


def without_its_head(path: Path) -> None:
    head_path(path).unlink()


def with_a_broken_head(path: Path) -> None:
    text = head_path(path).read_text()
    head_path(path).write_text(text.replace("seq 0000", "seq 0001"))


DAMAGE = [
    (cut_off, "damaged"),
    (emptied, "held 1[0-9]{2} entries"),
    (missing, "held 1[0-9]{2} entries"),
    (noise, "damaged"),
    (newer, "newer version"),
    (of_another_program, "another program"),
    (without_its_log, "acknowledged entries are missing"),
    (put_back, "acknowledged entries are missing"),
    (without_its_head, "head copy is missing"),
    (with_a_broken_head, "check sum is wrong"),
]


@pytest.mark.parametrize(("harm", "says"), DAMAGE, ids=[harm.__name__ for harm, _ in DAMAGE])
def test_l8_a_ledger_that_cannot_be_believed_is_told_and_left_as_it_is(
    path: Path, harm: Callable[[Path], None], says: str
) -> None:
    harm(path)
    before = all_bytes(path.parent)
    for _ in range(2):
        with pytest.raises(LedgerError, match=says) as problem:
            Ledger(path)
        assert problem.value.remedy
        assert all_bytes(path.parent) == before


def test_l8_a_newer_version_that_was_killed_is_left_with_its_log(path: Path) -> None:
    with closing(sqlite3.connect(path)) as newer_one:
        newer_one.execute("PRAGMA journal_mode = WAL")
        newer_one.execute("PRAGMA user_version = 2")
        folder = path.parent / "killed"
        shutil.copytree(path.parent, folder)
    before = all_bytes(folder)
    assert before[f"{FILE_NAME}-wal"]
    with pytest.raises(LedgerError, match="newer version"):
        Ledger(folder / FILE_NAME)
    assert all_bytes(folder) == before


def test_l8_a_ledger_that_another_program_holds_is_told_and_opens_when_it_lets_go(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="locked by another program"):
            Ledger(path, busy_s=0.0)
        other.execute("ROLLBACK")
    Ledger(path).close()


def test_l8_two_desktops_never_write_the_same_ledger(path: Path) -> None:
    with closing(Ledger(path)), pytest.raises(LedgerError, match="locked by another program"):
        Ledger(path)
    Ledger(path).close()


def test_l8_a_statement_that_would_change_the_past_is_refused_by_the_file_itself(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            other.execute("UPDATE journal SET body = '{}' WHERE seq = 2")
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            other.execute("DELETE FROM journal WHERE seq = 2")


# -- bit flips -----------------------------------------------------------------------------------------------


def everything(path: Path) -> list[object]:
    """All that a reader can get out of the file, by its tables and by its indices."""
    with closing(connect(path, 0.0)) as connection:
        return [
            connection.execute(question).fetchall()
            for question in (
                "SELECT * FROM journal NOT INDEXED ORDER BY seq",
                "SELECT seq FROM journal INDEXED BY journal_kind WHERE account > '' ORDER BY account, kind, seq",
                "SELECT seq, order_id FROM journal INDEXED BY journal_order WHERE order_id IS NOT NULL AND account > ''"
                " ORDER BY account, order_id, seq",
                "SELECT seq, client FROM journal INDEXED BY journal_client WHERE client IS NOT NULL AND account > ''"
                " ORDER BY account, client",
                "SELECT * FROM checkpoints ORDER BY seq",
                "SELECT type, name, sql FROM sqlite_master ORDER BY name",
                "PRAGMA user_version",
                "PRAGMA application_id",
            )
        ]


def told(path: Path) -> bool:
    """Whether opening, or the check that runs before any order, says that the ledger is damaged."""
    try:
        with closing(Ledger(path)) as ledger, ledger.checking() as check:
            while check.step():
                pass
    except LedgerError:
        return True
    return False


def flips(path: Path, rounds: int, seed: int) -> tuple[int, int]:
    """Flips a bit at a time; how many changed what the ledger says, and how many of those were not told."""
    rng = random.Random(seed)
    sound, truth = all_bytes(path.parent), everything(path)
    states = opened_states(path)
    changed = missed = 0
    names = sorted(sound)
    sizes = [len(sound[name]) for name in names]
    for _ in range(rounds):
        name = rng.choices(names, sizes)[0]
        data = bytearray(sound[name])
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        for left in path.parent.iterdir():
            left.unlink()
        for other, content in sound.items():
            (path.parent / other).write_bytes(data if other == name else content)
        try:
            differs = everything(path) != truth
        except (sqlite3.Error, UnicodeDecodeError):
            differs = True
        if differs or name.endswith(".head"):
            changed += 1
            missed += not told(path)
        elif not told(path):
            assert opened_states(path) == states
    return changed, missed


def opened_states(path: Path) -> States:
    with closing(Ledger(path)) as ledger:
        return ledger.states()


def test_l7_every_flipped_bit_that_changes_the_ledger_is_found(path: Path) -> None:
    changed, missed = flips(path, 120, 1)
    assert changed > 60
    assert missed == 0


@pytest.fixture
def killed(path: Path) -> Path:
    """A ledger whose last steps lie in its log, as a killed program leaves it."""
    folder = path.parent / "killed"
    with closing(story.a_ledger(path.parent, STEPS + 8, start=STEPS)):
        folder.mkdir()
        for name, data in all_bytes(path.parent).items():
            (folder / name).write_bytes(data)
    return folder / FILE_NAME


def test_l7_a_flipped_bit_in_the_log_of_a_killed_program_is_found(killed: Path) -> None:
    changed, missed = flips(killed, 60, 3)
    assert changed > 30
    assert missed == 0


def test_l7_every_flipped_bit_of_the_head_copy_is_found(path: Path) -> None:
    head = head_path(path)
    sound = head.read_bytes()
    for bit in range(len(sound) * 8):
        data = bytearray(sound)
        data[bit // 8] ^= 1 << bit % 8
        head.write_bytes(data)
        with pytest.raises(LedgerDamaged):
            read_head(head)
    assert as_bytes(read_head_of(sound, head)) == sound


def read_head_of(data: bytes, path: Path) -> Head:
    path.write_bytes(data)
    head = read_head(path)
    assert head is not None
    return head


@pytest.mark.nightly
@pytest.mark.timeout(900)
def test_l7_a_thousand_flips_that_change_the_ledger_are_all_found(path: Path) -> None:
    changed, missed = flips(path, 2_000, 2)
    assert changed >= 1_000
    assert missed == 0


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        (
            "UPDATE journal SET body = replace(body, '100.00', '900.00') WHERE seq = 4",
            "entry 4 is not what was written",
        ),
        ("UPDATE journal SET client = 'another' WHERE seq = 2", "entry 2 stands under another name"),
        ("UPDATE journal SET kind = 'filled' WHERE seq = 3", "entry 3 stands under another name"),
        ("DELETE FROM journal WHERE seq = 9", "entry 9 is missing"),
        ("UPDATE checkpoints SET data = x'7b7d'", "checkpoint"),
        ("DROP INDEX journal_client", "tables"),
    ],
)
def test_l7_a_change_that_is_whole_for_sqlite_is_found_and_named(path: Path, statement: str, says: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        kept = [sql for (sql,) in other.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")]
        for name in ("journal_is_not_changed", "journal_is_not_shortened"):
            other.execute(f"DROP TRIGGER {name}")
        other.execute(statement)
        for sql in kept:
            other.execute(sql)
        assert other.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with closing(connect(path, 0.0)) as connection, pytest.raises(LedgerDamaged, match=says):
        look_through(connection, path, read_head(head_path(path)))
