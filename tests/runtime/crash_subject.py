"""Run as `python -m tests.runtime.crash_subject CASE LOG_FOLDER`: raises where exceptions can escape.

Prints one JSON line: how many problems were shown, on which thread.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from PyQt6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, Qt, QThread, QTimer, pyqtSignal
from PyQt6.QtGui import QPaintEvent
from PyQt6.QtWidgets import QApplication, QListView, QWidget
from qasync import QEventLoop, asyncSlot

from live_monitor.clock import SystemClock
from live_monitor.log import start_logging, stop_logging
from live_monitor.runtime.crash_hooks import CrashHooks
from live_monitor.runtime.problems import Problem, ProblemBook


def boom(*_: object) -> None:
    raise ValueError("boom")


class Sender(QObject):
    fired = pyqtSignal()


class BadWidget(QWidget):
    def __init__(self, where: str) -> None:
        super().__init__()
        self.where = where

    def paintEvent(self, event: QPaintEvent | None) -> None:
        if self.where == "paint":
            boom()

    def resizeEvent(self, event: Any) -> None:
        if self.where == "resize":
            boom()

    def event(self, event: QEvent | None) -> bool:
        if self.where == "event" and event is not None and event.type() == QEvent.Type.Show:
            boom()
        return super().event(event)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if event is not None and event.type() == QEvent.Type.Show:
            boom()
        return False


class BadModel(QAbstractListModel):
    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 1

    def data(self, index: QModelIndex, role: int = 0) -> object:
        if role == Qt.ItemDataRole.DisplayRole:
            boom()
        return None


class BadThread(QThread):
    def run(self) -> None:
        boom()


class BadDel:
    def __del__(self) -> None:
        boom()


class BadHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        boom()


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even this")


KEPT: list[object] = []


T = TypeVar("T")


def keep(thing: T) -> T:
    KEPT.append(thing)
    return thing


def queued_slot() -> None:
    sender = keep(Sender())
    queued = Qt.ConnectionType.QueuedConnection
    sender.fired.connect(boom, queued)  # type: ignore[call-arg]  # PyQt6's stubs forget the type
    sender.fired.emit()


def direct_slot() -> None:
    sender = keep(Sender())
    sender.fired.connect(boom)
    sender.fired.emit()


class AsyncReceiver(QObject):
    @asyncSlot()  # type: ignore[untyped-decorator]  # qasync has no types
    async def take(self) -> None:
        await asyncio.sleep(0)
        boom()


def async_slot() -> None:
    sender = keep(Sender())
    sender.fired.connect(keep(AsyncReceiver()).take)
    sender.fired.emit()


def leave(error: BaseException) -> Callable[[], object]:
    def slot() -> None:
        raise error

    return lambda: QTimer.singleShot(0, slot)


def qthread() -> None:
    thread = keep(BadThread())
    thread.start()
    thread.wait()


def logging_handler() -> None:
    logging.getLogger().addHandler(BadHandler())
    QTimer.singleShot(0, lambda: logging.getLogger("x").error("anything"))


def lost_task() -> None:
    async def fail() -> None:
        boom()

    task = asyncio.ensure_future(fail())
    del task
    asyncio.get_running_loop().call_later(0.02, gc.collect)


def unprintable() -> None:
    def fail() -> None:
        raise Unprintable

    QTimer.singleShot(0, fail)


def recursion() -> None:
    def deeper() -> None:
        deeper()

    QTimer.singleShot(0, deeper)


def filtered() -> None:
    watcher = keep(BadWidget("filter"))
    watched = keep(QWidget())
    watched.installEventFilter(watcher)
    watched.show()


def in_model() -> None:
    view = keep(QListView())
    view.setModel(keep(BadModel()))
    view.show()


CASES: dict[str, Callable[[], object]] = {
    "slot": direct_slot,
    "queued slot": queued_slot,
    "timer": lambda: QTimer.singleShot(0, boom),
    "paint": lambda: keep(BadWidget("paint")).show(),
    "resize": lambda: keep(BadWidget("resize")).show(),
    "event": lambda: keep(BadWidget("event")).show(),
    "event filter": filtered,
    "model": in_model,
    "QThread": qthread,
    "thread": lambda: keep(threading.Thread(target=boom)).start(),
    "call_soon": lambda: asyncio.get_running_loop().call_soon(boom),
    "task": lost_task,
    "async slot": async_slot,
    "log handler": logging_handler,
    "clean-up": lambda: (BadDel(), None)[1],
    "unprintable": unprintable,
    "recursion": recursion,
}
QUITS: dict[str, Callable[[], object]] = {
    "Ctrl-C": leave(KeyboardInterrupt()),
    "exit": leave(SystemExit(3)),
}


async def run_case(case: str, hooks: CrashHooks) -> dict[str, object]:
    shown: list[Problem] = []
    where: list[bool] = []

    def on_problem(problem: Problem) -> None:
        shown.append(problem)
        application = QApplication.instance()
        assert application is not None
        where.append(QThread.currentThread() is application.thread())

    class Receiver(QObject):
        def take(self, problem: Problem) -> None:
            on_problem(problem)

    receiver = Receiver()
    quits: list[bool] = []
    hooks.quit_wanted.connect(lambda: quits.append(True))
    queued = Qt.ConnectionType.QueuedConnection
    hooks.problem_met.connect(receiver.take, queued)  # type: ignore[call-arg]  # PyQt6's stubs forget the type
    asyncio.get_running_loop().set_exception_handler(hooks.on_loop_problem)
    try:
        (CASES | QUITS)[case]()
    except ValueError:
        # A direct call of ours out of a coroutine; what counts is what Qt and asyncio call.
        hooks._on_exception(*sys.exc_info())
    await asyncio.sleep(0.15)
    return {
        "causes": len({problem.fingerprint for problem in shown}),
        "titles": [problem.title for problem in shown],
        "main_thread": all(where),
        "quits": len(quits),
    }


async def storm(hooks: CrashHooks) -> dict[str, object]:
    """Ten thousand exceptions on the main thread, in a second where nothing else runs, beside a heartbeat."""
    shown: list[Problem] = []
    hooks.problem_met.connect(shown.append)
    gaps: list[float] = []
    beat = time.perf_counter()

    def note_beat() -> None:
        nonlocal beat
        now = time.perf_counter()
        gaps.append((now - beat) * 1000)
        beat = now

    heart = QTimer()
    heart.timeout.connect(note_beat)
    heart.start(5)
    sender = Sender()
    sender.fired.connect(boom)
    started = time.perf_counter()
    for _ in range(100):
        # A hundred every ten milliseconds, each through Qt as a slot.
        for _ in range(100):
            sender.fired.emit()
        await asyncio.sleep(0.01)
    heart.stop()
    seconds = time.perf_counter() - started
    return {"raised": hooks.book.total, "shown": len(shown), "gap_ms": max(gaps), "seconds": seconds}


def main(case: str, log_folder: str) -> int:
    door = start_logging(Path(log_folder))
    hooks = CrashHooks(ProblemBook(SystemClock()))
    hooks.install()
    app = QApplication(["subject"])
    app.setQuitOnLastWindowClosed(False)
    with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
        result = runner.run(storm(hooks) if case == "storm" else run_case(case, hooks))
    stop_logging(door)
    print(json.dumps(result))
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
