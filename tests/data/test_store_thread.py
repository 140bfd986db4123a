"""The thread of the store: answers come up in order, a failing store is told of in one line and tried again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from live_monitor.clock import ManualClock
from live_monitor.data import store_thread
from live_monitor.data.models.timeframe import MINUTE
from live_monitor.data.store_thread import RETRY_S, StoreThread
from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.engine.market.bar_columns import Bar, BarColumns
from live_monitor.errors import StoreError
from live_monitor.ports import HistoryStore, SeriesKey

KEY = SeriesKey("polygon", "AAPL", MINUTE)
START = 1_795_185_000_000
ONE = BarColumns.of([Bar(START, 1.0, 2.0, 0.5, 1.5, 100.0)])


class Stage:
    """A thread with a real store, and a bell that rings when answers wait."""

    def __init__(self, open_store: Callable[[], HistoryStore], **options: Callable[[HistoryStore], bool]) -> None:
        self.clock = ManualClock()
        self.bell = threading.Event()
        self.thread = StoreThread(open_store, self.clock, **options)
        self.thread.wake = self.bell.set

    def answers(self) -> None:
        assert self.bell.wait(10)
        self.bell.clear()
        self.thread.take()

    def ask(self, work: Callable[[HistoryStore], object]) -> object:
        found: list[object] = []
        self.thread.ask(work, found.append)
        while not found:
            self.answers()
        return found[0]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bars.sqlite3"


@pytest.fixture
def stage(path: Path) -> Iterator[Stage]:
    stage = Stage(lambda: SqliteStore(path))
    yield stage
    stage.thread.close()


def test_what_was_told_first_is_there_when_it_is_asked_for(stage: Stage) -> None:
    stage.thread.tell(lambda store: store.put(KEY, ONE))
    found = stage.ask(lambda store: store.last(KEY, START + 1, 10))
    assert isinstance(found, BarColumns)
    assert found.close.tolist() == [1.5]
    assert stage.thread.notice == ""


def test_closing_finishes_the_writes_that_wait(path: Path, stage: Stage) -> None:
    for number in range(50):
        bar = ONE.bar(0)._replace(start_ms=START + number * 60_000)
        stage.thread.tell(lambda store, bar=bar: store.append([(KEY, bar)]))  # type: ignore[misc]  # the loop's value
    stage.thread.close()
    kept = SqliteStore(path)
    assert kept.last(KEY, START + 10**9, 100).length == 50
    kept.close()


def test_a_store_that_cannot_be_opened_is_told_of_left_alone_and_tried_again(path: Path) -> None:
    tries: list[int] = []

    def open_store() -> HistoryStore:
        tries.append(1)
        if len(tries) == 1:
            raise StoreError("Bars are not kept: the disk is full.", "Make room.")
        return SqliteStore(path)

    stage = Stage(open_store)
    assert stage.ask(lambda store: store.series()) is None
    assert stage.thread.notice == "Bars are not kept: the disk is full. Make room."
    assert stage.ask(lambda store: store.series()) is None
    assert len(tries) == 1, "it is left alone for a while"
    stage.clock.advance(RETRY_S)
    assert stage.ask(lambda store: store.series()) == []
    assert stage.thread.notice == ""
    stage.thread.close()


def test_an_unforeseen_error_ends_one_piece_of_work_not_the_thread(stage: Stage) -> None:
    def broken(store: HistoryStore) -> object:
        raise RuntimeError("no store should do that")

    assert stage.ask(broken) is None
    assert "unforeseen" in stage.thread.notice
    assert stage.ask(lambda store: store.series()) == []
    assert stage.thread.notice == ""


def test_work_without_end_does_not_eat_the_memory(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_thread, "MAX_WAITING", 10)
    gate, begun = threading.Event(), threading.Event()

    def hold(store: HistoryStore) -> None:
        begun.set()
        gate.wait(10)

    stage.thread.tell(hold)
    assert begun.wait(10)
    answered: list[object] = []
    stage.thread.ask(lambda store: 1, answered.append)
    for _ in range(30):
        stage.thread.tell(lambda store: None)
    gate.set()
    stage.thread.take()
    assert answered == [None], "a question that is let go is answered"
    assert stage.thread.lost == 20
    assert "20 writes were let go" in stage.thread.notice


def test_upkeep_runs_when_nothing_is_asked_and_goes_on_while_there_is_more(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_thread, "IDLE_S", 0.01)
    enough = threading.Event()
    done: list[HistoryStore] = []

    def upkeep(store: HistoryStore) -> bool:
        done.append(store)
        if len(done) == 5:
            enough.set()
        return len(done) < 5

    stage = Stage(lambda: SqliteStore(path), idle=upkeep)
    assert enough.wait(10)
    stage.thread.close()
    assert len({id(store) for store in done}) == 1


def test_a_window_that_is_gone_costs_no_bar(path: Path) -> None:
    thread = StoreThread(lambda: SqliteStore(path), ManualClock())

    def gone() -> None:
        raise RuntimeError("wrapped C/C++ object has been deleted")

    thread.wake = gone
    thread.ask(lambda store: store.series(), lambda found: None)
    thread.tell(lambda store: store.put(KEY, ONE))
    thread.close()
    store = SqliteStore(path)
    assert store.last(KEY, START + 1, 10).length == 1
    store.close()


def test_an_answer_that_asks_again_is_not_waited_for(stage: Stage) -> None:
    rounds: list[int] = []

    def again(found: object) -> None:
        rounds.append(len(rounds))
        bell = threading.Event()
        stage.thread.ask(lambda store: bell.set(), again)
        assert bell.wait(10)
        stage.thread.ask(lambda store: done.set(), lambda found: None)
        assert done.wait(10), "the second answer waits already"

    done = threading.Event()
    stage.thread.ask(lambda store: True, again)
    assert stage.bell.wait(10)
    stage.thread.take()
    assert rounds == [0], "a frame takes what was there when it began"


def test_an_unforeseen_failure_is_written_down_once_and_not_tried_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tries: list[int] = []

    def broken() -> HistoryStore:
        tries.append(1)
        raise ImportError("no such library")

    stage = Stage(broken)
    for _ in range(5):
        assert stage.ask(lambda store: store.series()) is None
    assert len(tries) == 1
    stage.clock.advance(RETRY_S)
    stage.ask(lambda store: store.series())
    assert len(tries) == 2
    assert sum(record.exc_info is not None for record in caplog.records) == 1
    stage.thread.close()


def test_what_is_told_after_the_end_is_not_gathered(stage: Stage) -> None:
    stage.thread.close()
    for _ in range(10):
        stage.thread.tell(lambda store: store.put(KEY, ONE))
    assert len(stage.thread._jobs) == 0
