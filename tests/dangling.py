"""Finds threads and timers that a test leaves running, and the line that started each.

A left-over thread or timer fails a later, innocent test, or none at all until the suite runs in another order; so the
test that started it fails, and says where.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from PyQt6 import sip
from PyQt6.QtCore import QCoreApplication, QEvent, QThread, QTimer

#: Seconds that threads get to end after their test.
GRACE_S = 2.0

#: Source files, or packages, that start threads on behalf of others.
_MACHINERY = (
    __file__,
    threading.__file__,
    str(Path(concurrent.futures.__file__).parent),
    str(Path(asyncio.__file__).parent),
)


def _origin() -> str:
    """`file:line in function` of the nearest caller that is not threading machinery."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.startswith(_MACHINERY):
        frame = frame.f_back
    if frame is None:
        return "an unknown line"
    return f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}"


class Watch:
    """Remembers what was started while it is on, until `leftovers` is asked."""

    def __init__(self) -> None:
        self._before = set(threading.enumerate())
        self._threads: weakref.WeakKeyDictionary[threading.Thread, str] = weakref.WeakKeyDictionary()
        self._qthreads: list[tuple[weakref.ref[QThread], str]] = []
        self._timers: list[tuple[weakref.ref[QTimer], str]] = []

    @contextlib.contextmanager
    def on(self) -> Iterator[Watch]:
        """Notes the line of every start of a Thread, QThread or QTimer inside the `with`."""
        starts = (threading.Thread.start, QThread.start, QTimer.start)

        def start_thread(thread: threading.Thread) -> None:
            self._threads[thread] = _origin()
            starts[0](thread)

        def start_qthread(thread: QThread, *arguments: Any) -> None:
            self._qthreads.append((weakref.ref(thread), _origin()))
            starts[1](thread, *arguments)

        def start_timer(timer: QTimer, *arguments: Any) -> None:
            self._timers.append((weakref.ref(timer), _origin()))
            starts[2](timer, *arguments)

        replacements = (start_thread, start_qthread, start_timer)
        _install(replacements)
        try:
            yield self
        finally:
            _install(starts)

    def leftovers(self, grace_s: float = GRACE_S) -> list[str]:
        """One line for each thing that still runs after `grace_s`; each is asked to stop, for the next test's sake."""
        deadline = time.monotonic() + grace_s
        return [*self._running_timers(), *self._running_qthreads(deadline), *self._running_threads(deadline)]

    def _running_timers(self) -> list[str]:
        if QCoreApplication.instance() is not None:
            # Objects that were told to go away take their timers along.
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        found = []
        for reference, origin in self._timers:
            timer = reference()
            if timer is not None and not sip.isdeleted(timer) and timer.isActive():
                found.append(f"QTimer still active, started by {origin}")
                if timer.thread() is QThread.currentThread():
                    timer.stop()
        return found

    def _running_qthreads(self, deadline: float) -> list[str]:
        found = []
        for reference, origin in self._qthreads:
            thread = reference()
            if thread is None or sip.isdeleted(thread) or not thread.isRunning():
                continue
            if not thread.wait(max(0, round((deadline - time.monotonic()) * 1000))):
                found.append(f"QThread still running, started by {origin}")
                thread.requestInterruption()
                thread.quit()
        return found

    def _running_threads(self, deadline: float) -> list[str]:
        found = []
        for thread in set(threading.enumerate()) - self._before:
            # A QThread shows up here too, as a dummy that cannot be joined.
            if isinstance(thread, threading._DummyThread):
                continue
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                found.append(f"{thread.name} still running, started by {self._threads.get(thread, 'an unknown line')}")
        return found


def _install(starts: tuple[Any, Any, Any]) -> None:
    setattr(threading.Thread, "start", starts[0])  # noqa: B010 - mypy forbids assigning to a method
    setattr(QThread, "start", starts[1])  # noqa: B010 - the same
    setattr(QTimer, "start", starts[2])  # noqa: B010 - the same
