"""The ledger's thread: durable before it is said, in order, all or nothing, and halted when it cannot be believed."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from live_monitor.clock import ManualClock
from live_monitor.data import ledger_work
from live_monitor.data.ledger_thread import LedgerThread
from live_monitor.data.ledger_work import LedgerCondition
from live_monitor.data.stores.ledger_backup import daily_backups
from live_monitor.data.stores.ledger_reads import Kept
from live_monitor.data.stores.ledger_store import FILE_NAME, Ledger
from live_monitor.engine.paper.entries import EquityMarked, NoteWritten
from live_monitor.engine.paper.folding import States
from live_monitor.errors import LedgerError
from tests.fakes import ledger_story as story


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "paper" / FILE_NAME


class Desk:
    """The main thread: takes what the ledger's thread has for it."""

    def __init__(self, open_ledger: Callable[[], Ledger]) -> None:
        self.rang = threading.Event()
        self.opened: list[States] = []
        self.conditions: list[LedgerCondition] = []
        self.thread = LedgerThread(open_ledger, ManualClock())
        self.thread.wake = self.rang.set
        self.thread.opened = self.opened.append
        self.rang.set()

    def until(self, condition: Callable[[], bool]) -> None:
        """Takes until something is so."""
        while not condition():
            assert self.rang.wait(10.0), self.thread.condition
            self.rang.clear()
            self.thread.take()
            self.conditions.append(self.thread.condition)

    def until_kind(self, kind: str) -> LedgerCondition:
        # A bell that was rung before anybody listened is not heard.
        self.rang.set()
        self.until(lambda: self.thread.condition.kind == kind)
        return self.thread.condition

    def begin(self) -> LedgerThread:
        self.until_kind("ready")
        assert self.thread.wait(self.thread.append([story.opened()]), 10.0) == ""
        return self.thread

    def step(self, step: int) -> str:
        return self.thread.wait(self.thread.append(story.entries(step)), 10.0)

    def reload(self) -> States:
        found: list[States] = []
        self.thread.reload(found.append)
        self.until(lambda: bool(found))
        return found[0]


@pytest.fixture
def desk(path: Path) -> Iterator[Desk]:
    made = Desk(partial(Ledger, path))
    yield made
    made.thread.close()


def test_a_new_ledger_is_ready_and_has_no_accounts(desk: Desk) -> None:
    desk.until_kind("ready")
    desk.until(lambda: bool(desk.opened))
    assert desk.opened == [{}]


def test_what_is_said_to_be_kept_stands_in_the_file_by_then(desk: Desk, path: Path) -> None:
    thread = desk.begin()
    said: list[tuple[int, str]] = []
    for step in range(30):
        thread.append(story.entries(step), partial(lambda number, reason: said.append((number, reason)), step))
    desk.until(lambda: len(said) == 30)
    assert said == [(step, "") for step in range(30)]
    assert story.whole_steps(story.kept_rows(path)) == 30


def test_done_is_called_in_take_and_nowhere_else(desk: Desk) -> None:
    thread = desk.begin()
    callers: list[threading.Thread] = []
    ticket = thread.append(story.entries(0), lambda reason: callers.append(threading.current_thread()))
    assert thread.wait(ticket, 10.0) == ""
    assert callers == []
    desk.until(lambda: bool(callers))
    assert callers == [threading.main_thread()]


def test_no_entries_are_a_barrier(desk: Desk, path: Path) -> None:
    thread = desk.begin()
    thread.append(story.entries(0))
    assert thread.wait(thread.append([]), 10.0) == ""
    assert len(story.kept_rows(path)) == len(story.bodies(1))


def test_who_waits_too_short_is_told_that_nobody_knows(path: Path) -> None:
    gate = threading.Event()

    def later() -> Ledger:
        assert gate.wait(10.0)
        return Ledger(path)

    desk = Desk(later)
    ticket = desk.thread.append([story.opened()])
    assert "not known yet" in desk.thread.wait(ticket, 0.01)
    assert desk.thread.condition.kind == "opening"
    gate.set()
    assert desk.thread.wait(ticket, 10.0) == ""
    desk.thread.close()


def test_an_entry_that_cannot_be_written_is_the_callers_mistake_and_stops_nobody(desk: Desk) -> None:
    thread = desk.begin()
    with pytest.raises(LedgerError, match="cannot be written"):
        thread.append([NoteWritten(account=story.ACCOUNT, at_ms=1, day="2026-11-20", text="\ud800")])
    assert desk.step(0) == ""


def test_a_batch_is_kept_whole_or_not_at_all_and_nothing_after_it_until_reload(desk: Desk, path: Path) -> None:
    thread = desk.begin()
    assert desk.step(0) == ""
    note = NoteWritten(account=story.ACCOUNT, at_ms=1, day="2026-11-20", text="before")
    # The second half says what stands there already.
    twice = thread.append([note, *story.entries(0)])
    after = thread.append([note])
    assert "already" in thread.wait(twice, 10.0)
    assert thread.wait(after, 10.0) == thread.wait(twice, 10.0)
    assert "already" in desk.step(1)
    states = desk.reload()
    assert states[story.ACCOUNT].notes == {}
    assert states[story.ACCOUNT].cash == story.truth(1)[0]
    assert desk.step(1) == ""
    assert story.whole_steps(story.kept_rows(path)) == 2


def test_what_came_before_the_culprit_in_the_same_commit_is_kept(path: Path) -> None:
    gate = threading.Event()

    def later() -> Ledger:
        assert gate.wait(10.0)
        return Ledger(path)

    story.a_ledger(path.parent, 1).close()
    desk = Desk(later)
    good, bad, innocent = (desk.thread.append(story.entries(step)) for step in (1, 0, 2))
    gate.set()
    assert desk.thread.wait(good, 10.0) == ""
    assert "already" in desk.thread.wait(bad, 10.0)
    assert "already" in desk.thread.wait(innocent, 10.0)
    assert story.whole_steps(story.kept_rows(path)) == 2
    desk.thread.close()


def test_the_accounts_come_back_after_a_restart_as_they_were(path: Path) -> None:
    first = Desk(partial(Ledger, path))
    first.begin()
    for step in range(7):
        assert first.step(step) == ""
    kept = first.reload()
    first.thread.close()
    second = Desk(partial(Ledger, path))
    second.until(lambda: bool(second.opened))
    assert second.opened[0] == kept
    assert (kept[story.ACCOUNT].cash, int(kept[story.ACCOUNT].quantity("AAPL"))) == story.truth(7)
    second.thread.close()


def test_the_accounts_that_are_handed_out_are_the_callers_own(desk: Desk) -> None:
    desk.begin()
    first = desk.reload()
    first[story.ACCOUNT].cash = Decimal(0)
    assert desk.reload()[story.ACCOUNT].cash == story.CASH


def test_orders_wait_until_the_whole_file_is_proven_and_are_refused_when_it_is_not(path: Path) -> None:
    story.a_ledger(path.parent, 400).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        (sql,) = other.execute("SELECT sql FROM sqlite_master WHERE name = 'journal_is_not_changed'").fetchone()
        other.execute("DROP TRIGGER journal_is_not_changed")
        # Long before the checkpoint: the quick look does not see it.
        other.execute("UPDATE journal SET body = replace(body, '100.00', '900.00') WHERE seq = 4")
        other.execute(sql)
    before = path.read_bytes()
    desk = Desk(partial(Ledger, path))
    ticket = desk.thread.append(story.entries(400))
    assert "entry 4 is not what was written" in desk.thread.wait(ticket, 10.0)
    condition = desk.until_kind("halted")
    assert "ledger restore" in condition.text
    assert desk.reload() == desk.opened[0]
    assert "entry 4" in desk.step(400)
    desk.thread.close()
    assert path.read_bytes() == before
    assert daily_backups(path) == []


def test_the_check_says_how_far_it_is(path: Path) -> None:
    story.a_ledger(path.parent, 400).close()
    desk = Desk(partial(Ledger, path))
    desk.until_kind("ready")
    checked = [each.checked for each in desk.conditions if each.kind == "checking"]
    assert checked == sorted(checked)
    desk.thread.close()


def test_a_program_that_ends_while_the_ledger_is_checked_writes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The pause after the first step lasts until the program ends.
    monkeypatch.setattr(ledger_work, "_PAUSE_S", 60.0)
    story.a_ledger(path.parent, 200).close()
    before = len(story.kept_rows(path))
    desk = Desk(partial(Ledger, path))
    ticket = desk.thread.append(story.entries(200))
    desk.until_kind("checking")
    desk.thread.close()
    assert "before the ledger" in desk.thread.wait(ticket, 1.0)
    assert len(story.kept_rows(path)) == before
    assert "closed" in desk.thread.wait(desk.thread.append([story.opened()]), 1.0)


def test_a_ledger_that_was_locked_is_opened_by_a_later_reload(path: Path) -> None:
    story.a_ledger(path.parent, 3).close()
    with closing(Ledger(path)):
        desk = Desk(partial(Ledger, path))
        assert "locked by another program" in desk.until_kind("halted").text
        assert "locked" in desk.step(3)
    states = desk.reload()
    assert states[story.ACCOUNT].cash == story.truth(3)[0]
    assert desk.until_kind("ready")
    assert desk.step(3) == ""
    desk.thread.close()


def test_a_failure_that_nobody_foresaw_halts_and_does_not_end_the_thread(path: Path) -> None:
    def broken() -> Ledger:
        raise RuntimeError("a library says what it likes")

    desk = Desk(broken)
    assert "unforeseen" in desk.until_kind("halted").text
    assert "unforeseen" in desk.step(0)
    assert desk.reload() == {}
    desk.thread.close()


def test_pages_go_back_from_the_newest_by_kind(desk: Desk) -> None:
    thread = desk.begin()
    for step in range(9):
        thread.append(story.entries(step))
    pages: list[list[tuple[int, str]]] = []

    def keep(page: list[Kept]) -> None:
        pages.append([(kept.seq, type(kept.entry).__name__) for kept in page])

    thread.page(story.ACCOUNT, ["filled", "order_canceled"], None, 4, keep)
    desk.until(lambda: len(pages) == 1)
    assert [name for _, name in pages[0]] == ["OrderCanceled", "Filled", "Filled", "Filled"]
    thread.page(story.ACCOUNT, ["filled", "order_canceled"], pages[0][-1][0], 100, keep)
    desk.until(lambda: len(pages) == 2)
    seqs = [seq for page in pages for seq, _ in page]
    assert seqs == sorted(seqs, reverse=True)
    assert len(seqs) == 9 + 3
    thread.page("nobody", ["filled"], None, 10, keep)
    desk.until(lambda: len(pages) == 3)
    assert pages[2] == []


def test_an_order_is_found_by_its_client_id_as_it_stands_now(desk: Desk) -> None:
    thread = desk.begin()
    assert thread.find_client(story.ACCOUNT, "client-2") is None
    for step in range(3):
        assert desk.step(step) == ""
    states = desk.reload()
    for step in range(3):
        assert thread.find_client(story.ACCOUNT, f"client-{step}") == states[story.ACCOUNT].order(f"O{step + 1}")
    assert thread.find_client("another", "client-2") is None
    elsewhere: list[object] = []
    asking = threading.Thread(target=lambda: elsewhere.append(thread.find_client(story.ACCOUNT, "client-1")))
    asking.start()
    asking.join()
    assert elsewhere == [states[story.ACCOUNT].order("O2")]


def test_a_checked_copy_is_made_once_a_day_and_five_are_kept(path: Path) -> None:
    clock = ManualClock()
    for day in range(8):
        desk = Desk(partial(Ledger, path))
        desk.thread.close()
        thread = LedgerThread(partial(Ledger, path), clock)
        rang = threading.Event()
        thread.wake = rang.set
        if not day:
            assert thread.wait(thread.append([story.opened()]), 10.0) == ""
        mark = EquityMarked(account=story.ACCOUNT, at_ms=story.START_MS + day, net_liq=Decimal(day))
        for _ in range(2):
            assert thread.wait(thread.append([mark]), 10.0) == ""
        # The copy is made beside; who closes at once stops it.
        copies = thread._backups
        while copies._thread is None:
            assert thread.wait(thread.append([]), 10.0) == ""
        copies._thread.join(10.0)
        thread.close()
        clock.advance(86_400.0)
    found = daily_backups(path)
    assert len(found) == 5
    for backup in found:
        Ledger(backup).close()


class LateCheck:
    """A step of the check of a large file that begins at the moment at which the program wants to end."""

    checked, total = 0, 1

    def __init__(self) -> None:
        self.calls = 0
        self.began, self._heard = threading.Event(), threading.Event()

    def interrupt(self) -> None:
        self.calls += 1
        if self.calls > 1:
            self._heard.set()

    def step(self) -> bool:
        self.began.set()
        assert self._heard.wait(10.0)
        raise sqlite3.OperationalError("interrupted")


def test_the_end_waits_for_no_check_of_a_large_file(path: Path) -> None:
    check = LateCheck()

    class Large(Ledger):
        @contextmanager
        def checking(self, *, refold: bool = False) -> Iterator[LateCheck]:  # type: ignore[override]  # as far as it is asked
            yield check

    desk = Desk(partial(Large, path))
    assert check.began.wait(10.0)
    ticket = desk.thread.append([story.opened()])
    desk.thread.close()
    assert check.calls == 2
    assert "before the ledger of paper trading was checked" in desk.thread.wait(ticket, 0.0)
