"""The ledger's file: made whole, committed whole, folded from what it holds, and private."""

from __future__ import annotations

import os
import sqlite3
import stat
import sys
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from live_monitor.data.stores import ledger_store
from live_monitor.data.stores.ledger_errors import LedgerDamaged, LedgerDuplicate, LedgerFailed, LedgerRefused
from live_monitor.data.stores.ledger_head import Head, head_path, read_head, write_first
from live_monitor.data.stores.ledger_store import FILE_NAME, Ledger
from live_monitor.engine.paper.entries import EquityMarked
from live_monitor.engine.paper.ledger import Chain, draft
from live_monitor.errors import LedgerError
from tests.fakes import ledger_story as story


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "paper" / FILE_NAME


def marks(count: int) -> list[EquityMarked]:
    return [EquityMarked(account=story.ACCOUNT, at_ms=number, net_liq=Decimal(number)) for number in range(count)]


def test_the_digest_is_that_of_the_same_entries_in_memory(path: Path) -> None:
    chain = Chain()
    for entry in [story.opened(), *story.entries(0), *story.entries(1)]:
        chain.link(entry)
    with closing(story.a_ledger(path.parent, 2)) as ledger:
        assert (ledger.end.seq, ledger.end.hex_digest) == (chain.seq, chain.hex_digest)
    with closing(Ledger(path)) as again:
        assert again.end.hex_digest == chain.hex_digest


def test_the_head_copy_follows_every_commit(path: Path) -> None:
    with closing(story.a_ledger(path.parent, 0)) as ledger:
        for step in range(3):
            story.a_step(ledger, step)
            assert read_head(head_path(path)) == (ledger.end.seq, ledger.end.digest)


def test_a_head_that_is_behind_is_brought_up_to_date(path: Path) -> None:
    """Killed between a commit and its head."""
    with closing(story.a_ledger(path.parent, 2)):
        behind = head_path(path).read_bytes()
    story.a_ledger(path.parent, 3, start=2).close()
    head_path(path).write_bytes(behind)
    with closing(Ledger(path)) as ledger:
        assert read_head(head_path(path)) == (ledger.end.seq, ledger.end.digest)
        assert story.whole_steps(story.kept_rows(path)) == 3


def test_more_entries_than_a_statement_takes_are_still_one_commit(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_store, "_MAX_ROWS", 7)
    with closing(story.a_ledger(path.parent, 1)) as ledger:
        ledger.commit([draft(mark) for mark in marks(30)])
        before = ledger.end.seq
        with pytest.raises(LedgerDuplicate):
            ledger.commit([draft(entry) for entry in (*marks(20), *story.entries(0))])
        assert ledger.end.seq == before == len(story.kept_rows(path))


def test_the_same_row_is_not_written_over_another_writers(path: Path) -> None:
    with closing(story.a_ledger(path.parent, 1)) as ledger:
        with sqlite3.connect(path) as other:
            other.execute(
                "INSERT INTO journal (seq, account, kind, body, digest) VALUES (?, 'x', 'x', 'x', x'00')",
                (ledger.end.seq + 1,),
            )
        other.close()
        with pytest.raises(LedgerDuplicate):
            story.a_step(ledger, 1)


def test_a_head_copy_that_cannot_be_written_halts_what_follows(path: Path) -> None:
    with closing(story.a_ledger(path.parent, 1)) as ledger:
        head = ledger._head
        assert head is not None
        os.close(head._descriptor)
        # These are durable, and said to be.
        story.a_step(ledger, 1)
        with pytest.raises(LedgerFailed, match="head copy"):
            story.a_step(ledger, 2)
        ledger._head = None
    assert story.whole_steps(story.kept_rows(path)) == 2
    Ledger(path).close()


def test_nothing_is_written_to_a_closed_ledger(path: Path) -> None:
    ledger = story.a_ledger(path.parent, 1)
    ledger.close()
    ledger.close()
    with pytest.raises(LedgerError, match="closed"):
        story.a_step(ledger, 1)


def test_checkpoints_are_few_and_the_newest_is_used(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_store, "CHECKPOINT_ROWS", 10)
    with closing(story.a_ledger(path.parent, 0)) as ledger:
        for step in range(12):
            story.a_step(ledger, step)
            while ledger.rest():
                pass
            assert ledger.end.seq - ledger.checkpoint_seq < 10
    with closing(sqlite3.connect(path)) as look:
        assert look.execute("SELECT count(*) FROM checkpoints").fetchone() == (2,)
    with closing(Ledger(path)) as again:
        assert again.checkpoint_seq == again.end.seq
        assert again.states()[story.ACCOUNT].cash == story.truth(12)[0]


def test_a_checkpoint_of_another_shape_is_passed_over(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    story.a_ledger(path.parent, 6).close()
    monkeypatch.setattr("live_monitor.engine.paper.folding.shape", lambda: "another")
    with closing(Ledger(path)) as ledger:
        assert ledger.checkpoint_seq == 0
        assert ledger.states()[story.ACCOUNT].cash == story.truth(6)[0]


def test_the_log_is_moved_into_the_file_so_that_it_stays_short(path: Path) -> None:
    log = path.with_name(f"{FILE_NAME}-wal")
    with closing(story.a_ledger(path.parent, 0)) as ledger:
        longest = 0
        for step in range(600):
            story.a_step(ledger, step)
            ledger.keep_up()
            longest = max(longest, log.stat().st_size)
    assert longest < 4_000_000


def test_a_ledger_of_nonsense_that_hangs_together_is_refused(path: Path) -> None:
    """A whole chain of entries that cannot follow one another: a mistake of a program, not of a disk."""
    with closing(story.a_ledger(path.parent, 0)) as ledger:
        ledger.commit([draft(story.entries(0)[2])])
        ledger.close(checkpoint=False)
    with pytest.raises(LedgerError, match="no open order"):
        Ledger(path)


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
def test_the_files_are_the_owners_alone(path: Path) -> None:
    old = os.umask(0)
    try:
        with closing(story.a_ledger(path.parent, 1)):
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(old)
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_is_no_plain_file_is_no_ledger(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(LedgerRefused, match="not a plain file"):
        Ledger(path)
    path.rmdir()
    path.write_bytes(b"SQLite")
    with pytest.raises(LedgerDamaged, match="cut off"):
        Ledger(path)


def test_of_two_programs_that_begin_at_the_same_moment_one_gets_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / FILE_NAME
    others: list[Ledger] = []

    def overtaken(beside: Path, head: Head) -> None:
        monkeypatch.setattr(ledger_store, "write_first", write_first)
        others.append(Ledger(path))
        write_first(beside, head)

    monkeypatch.setattr(ledger_store, "write_first", overtaken)
    with pytest.raises(LedgerRefused, match="locked by another program"):
        Ledger(path)
    (other,) = others
    other.commit([draft(story.opened())])
    other.close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["ledger.head", FILE_NAME]
    with closing(Ledger(path)) as ledger:
        assert ledger.end.seq == 1


def test_a_head_copy_is_made_where_the_file_system_has_no_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", no_links)
    with closing(Ledger(tmp_path / FILE_NAME)) as ledger:
        ledger.commit([draft(story.opened())])
    head = read_head(head_path(tmp_path / FILE_NAME))
    assert head is not None
    assert head.seq == 1
    assert stat.S_IMODE((tmp_path / "ledger.head").stat().st_mode) == 0o600
