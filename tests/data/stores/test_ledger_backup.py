"""Copies of the ledger: of one moment, checked, never over another file; and how one is put back."""

from __future__ import annotations

import random
import shutil
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest

from live_monitor.data.stores.ledger_backup import (
    KEPT,
    BackupStopped,
    back_up_daily,
    copy_ledger,
    daily_backups,
    restore,
)
from live_monitor.data.stores.ledger_errors import LedgerDamaged, LedgerRefused
from live_monitor.data.stores.ledger_head import head_path
from live_monitor.data.stores.ledger_store import FILE_NAME, Ledger
from live_monitor.errors import LedgerError
from tests.fakes import ledger_story as story


@pytest.fixture
def path(tmp_path: Path) -> Path:
    story.a_ledger(tmp_path / "paper", 6).close()
    return tmp_path / "paper" / FILE_NAME


def flip(path: Path) -> None:
    """One bit of an entry's bytes."""
    data = bytearray(path.read_bytes())
    at = data.index(b'"limit_price":"100.07"')
    data[at + 18] ^= 1
    path.write_bytes(data)


def test_a_copy_is_a_ledger_of_its_own_that_ends_where_the_original_did(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy" / FILE_NAME
    with closing(story.a_ledger(path.parent, 9, start=6)) as ledger:
        # The writer goes on meanwhile: what it has in its log is copied too.
        end = copy_ledger(path, target)
        assert (end.seq, end.digest) == (ledger.end.seq, ledger.end.digest)
    with closing(Ledger(target)) as copy:
        assert copy.states()[story.ACCOUNT].cash == story.truth(9)[0]
    assert story.whole_steps(story.kept_rows(target)) == 9


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
def test_a_copy_is_its_owners_alone_and_a_folder_that_was_there_keeps_its_rights(path: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    shared.chmod(0o755)
    copy_ledger(path, shared / "copy.sqlite3")
    back_up_daily(path, "2026-11-20")
    restore(path, shared / "copy.sqlite3", path.parent / "aside")
    assert stat.S_IMODE(shared.stat().st_mode) == 0o755
    for folder in (path.parent / "backups", path.parent / "aside"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = [file for folder in (shared, path.parent) for file in folder.rglob("*") if file.is_file()]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert len(files) > 6


def test_a_copy_never_takes_the_place_of_another_file(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "plans.txt"
    target.write_text("plans")
    with pytest.raises(LedgerRefused, match="exists already"):
        copy_ledger(path, target)
    assert target.read_text() == "plans"


def test_a_damaged_ledger_is_not_copied_and_older_copies_stay(path: Path) -> None:
    for day in range(KEPT):
        back_up_daily(path, f"2026-11-1{day}")
    before = daily_backups(path)
    flip(path)
    with pytest.raises(LedgerDamaged):
        back_up_daily(path, "2026-11-20")
    assert daily_backups(path) == before
    assert sorted(file.name for file in before[0].parent.glob(".*")) == []


def test_a_copy_that_is_stopped_leaves_nothing(path: Path) -> None:
    with pytest.raises(BackupStopped):
        back_up_daily(path, "2026-11-20", stop=lambda: True)
    assert list((path.parent / "backups").iterdir()) == []


def test_there_is_one_copy_a_day_and_the_oldest_ones_go(path: Path) -> None:
    for day in range(1, 9):
        assert back_up_daily(path, f"2026-11-{day:02d}") is not None
        assert back_up_daily(path, f"2026-11-{day:02d}") is None
    assert [file.name for file in daily_backups(path)] == [
        f"ledger-2026-11-{day:02d}.sqlite3" for day in (8, 7, 6, 5, 4)
    ]
    names = {file.name for file in (path.parent / "backups").iterdir()}
    assert len(names) == 2 * KEPT


def test_a_backup_is_put_back_and_the_damaged_ledger_is_kept_bit_by_bit(path: Path) -> None:
    backup = path.parent / "backups" / "ledger-2026-11-20.sqlite3"
    back_up_daily(path, "2026-11-20")
    story.a_ledger(path.parent, 9, start=6).close()
    flip(path)
    damaged, head = path.read_bytes(), head_path(path).read_bytes()
    aside = path.parent / "aside"
    restore(path, backup, aside)
    assert ((aside / path.name).read_bytes(), (aside / "ledger.head").read_bytes()) == (damaged, head)
    with closing(Ledger(path)) as ledger:
        assert story.whole_steps(story.kept_rows(path)) == 6
        story.a_step(ledger, 6)
    assert backup.exists()


def test_a_damaged_backup_is_not_put_back(path: Path) -> None:
    back_up_daily(path, "2026-11-20")
    backup = daily_backups(path)[0]
    flip(backup)
    before = path.read_bytes()
    with pytest.raises(LedgerDamaged):
        restore(path, backup, path.parent / "aside")
    assert path.read_bytes() == before
    assert not (path.parent / "aside").exists()
    Ledger(path).close()


def test_a_backup_that_was_cut_short_is_not_put_back(path: Path) -> None:
    back_up_daily(path, "2026-11-20")
    older, newer = daily_backups(path)[0], path.parent / "backups" / "newer.sqlite3"
    story.a_ledger(path.parent, 9, start=6).close()
    copy_ledger(path, newer)
    shutil.copy(older, newer)
    with pytest.raises(LedgerDamaged, match="missing at its end"):
        restore(path, newer, path.parent / "aside")


def test_nothing_is_put_back_while_the_desktop_writes(path: Path) -> None:
    back_up_daily(path, "2026-11-20")
    with closing(Ledger(path)), pytest.raises(LedgerRefused, match="locked by another program"):
        restore(path, daily_backups(path)[0], path.parent / "aside")
    assert not (path.parent / "aside").exists()


def test_a_ledger_that_only_lost_its_head_can_be_put_back_from_itself(path: Path) -> None:
    head_path(path).unlink()
    with pytest.raises(LedgerDamaged):
        Ledger(path)
    restore(path, path, path.parent / "aside")
    with closing(Ledger(path)):
        assert story.whole_steps(story.kept_rows(path)) == 6


@pytest.mark.parametrize("content", [None, b"", random.Random(3).randbytes(9_000)], ids=["none", "empty", "noise"])
def test_what_is_no_ledger_is_not_put_back(path: Path, tmp_path: Path, content: bytes | None) -> None:
    other = tmp_path / "other.sqlite3"
    if content is not None:
        other.write_bytes(content)
    with pytest.raises(LedgerError):
        restore(path, other, path.parent / "aside")
    assert not (path.parent / "aside").exists()
    Ledger(path).close()
