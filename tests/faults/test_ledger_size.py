"""A ledger that has grown for years opens at once, and an order is answered as fast as on the first day."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from live_monitor.clock import SystemClock
from live_monitor.data.ledger_thread import LedgerThread
from live_monitor.data.stores.ledger_store import CHECKPOINT_ROWS, FILE_NAME, Ledger
from live_monitor.engine.paper.ledger import draft
from tests.fakes import ledger_story as story


def grown(path: Path, rows: int) -> int:
    """Makes a ledger of at least so many rows; the number of its steps."""
    step = 0
    with closing(Ledger(path)) as ledger:
        ledger.commit([draft(story.opened())])
        while ledger.end.seq < rows:
            ledger.commit([draft(entry) for number in range(step, step + 500) for entry in story.entries(number)])
            step += 500
            while ledger.rest(rows=2_000):
                pass
            assert ledger.end.seq - ledger.checkpoint_seq < CHECKPOINT_ROWS
    return step


def test_l18_a_start_reads_the_end_of_the_ledger_and_not_what_a_checkpoint_stands_for(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    steps = grown(path, 3 * CHECKPOINT_ROWS)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        (sql,) = other.execute("SELECT sql FROM sqlite_master WHERE name = 'journal_is_not_changed'").fetchone()
        other.execute("DROP TRIGGER journal_is_not_changed")
        other.execute("UPDATE journal SET body = '' WHERE seq <= ?", (2 * CHECKPOINT_ROWS,))
        other.execute(sql)
    # Had it looked there, it would refuse: that is for the check which follows.
    with closing(Ledger(path)) as ledger:
        assert ledger.states()[story.ACCOUNT].cash == story.truth(steps)[0]


@pytest.mark.nightly
@pytest.mark.timeout(900)
def test_l18_a_million_entries_open_at_once_and_orders_are_answered_in_milliseconds(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    steps = grown(path, 1_000_000)
    began = time.perf_counter()
    with closing(Ledger(path)) as ledger:
        assert ledger.states()[story.ACCOUNT].cash == story.truth(steps)[0]
    assert time.perf_counter() - began < 2.0
    thread = LedgerThread(partial(Ledger, path), SystemClock())
    rang = threading.Event()
    thread.wake = rang.set
    while thread.condition.kind != "ready":
        rang.wait(1.0)
        rang.clear()
    took = []
    for step in range(steps, steps + 2_000):
        began = time.perf_counter()
        assert thread.wait(thread.append(story.entries(step)), 5.0) == ""
        took.append(time.perf_counter() - began)
    thread.close()
    assert sorted(took)[-20] < 0.005
