"""The thread on which the store of bars works, so that neither window nor feed ever waits for a disk.

Questions go down in order, answers come up through `take` on the main thread. A store that fails is told of in one line
and tried again later; the live chart goes on without it.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from live_monitor.clock import Clock
from live_monitor.errors import StoreError
from live_monitor.ports import HistoryStore

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

#: A store that could not be opened is left alone for so long.
RETRY_S = 30.0
#: Work that waits; beyond it the oldest writes are let go, counted: a dead disk must not eat the memory.
MAX_WAITING = 2_000
#: With nothing to do for so long, closed days are packed and old ones forgotten, a little at a time.
IDLE_S = 5.0
_STOP_S = 2.0
_UNFORESEEN = "Bars are not kept: the store failed in an unforeseen way (see the log)."


class _Job(NamedTuple):
    work: Callable[[HistoryStore], object]
    answer: Callable[[object], None] | None


class StoreThread:
    """`ask`, `tell`, `take` and `close` on the main thread; everything that touches the store on a thread of its own.

    `wake` is called on that thread when answers wait. `idle` gets the store when nothing else is to be done and says
    whether it wants to go on at once.
    """

    def __init__(
        self,
        open_store: Callable[[], HistoryStore],
        clock: Clock,
        *,
        idle: Callable[[HistoryStore], bool] = lambda store: False,
    ) -> None:
        self.wake: Callable[[], None] = lambda: None
        self._text = ""
        #: Writes that were let go because the store did not keep up.
        self.lost = 0
        self._open_store = open_store
        self._clock = clock
        self._idle = idle
        self._jobs: deque[_Job] = deque()
        self._answers: deque[tuple[Callable[[object], None], object]] = deque()
        self._ready = threading.Condition()
        self._closing = False
        #: Nothing is done any more.
        self._ended = False
        self._store: HistoryStore | None = None
        self._failed_at = -RETRY_S
        self._thread = threading.Thread(target=self._run, name="store of bars", daemon=True)
        self._thread.start()

    @property
    def notice(self) -> str:
        """One line for the person while bars are not kept, and why; else empty. Changes before `wake` is called."""
        if self._text or not self.lost:
            return self._text
        return f"Some bars are not kept: the store is too slow, {self.lost} writes were let go."

    def ask(self, work: Callable[[HistoryStore], _T], answer: Callable[[_T | None], None]) -> None:
        """Runs `work` on the thread and `answer` in a later `take`; with None where the store cannot answer."""
        self._add(_Job(work, answer))  # type: ignore[arg-type]  # the answer fits the work

    def tell(self, work: Callable[[HistoryStore], object]) -> None:
        """Runs `work` on the thread; nobody waits for it."""
        self._add(_Job(work, None))

    def _add(self, job: _Job) -> None:
        with self._ready:
            if self._ended:
                return
            if len(self._jobs) >= MAX_WAITING:
                self._let_go()
            self._jobs.append(job)
            self._ready.notify()

    def _let_go(self) -> None:
        """Drops the oldest write; a question is answered with None in its place."""
        job = self._jobs.popleft()
        if job.answer is not None:
            self._answers.append((job.answer, None))
            self._ring()
        else:
            if not self.lost:
                _log.warning("The store of bars does not keep up: the oldest writes are let go")
            self.lost += 1

    def take(self) -> bool:
        """Runs the answers that wait; what they ask is answered another time. True when there was one."""
        waiting = len(self._answers)
        for _ in range(waiting):
            answer, value = self._answers.popleft()
            answer(value)
        return waiting > 0

    def close(self) -> None:
        """Finishes the writes that wait, for at most two seconds, and closes the store. May be called twice."""
        with self._ready:
            self._closing = True
            self._ready.notify()
        self._thread.join(_STOP_S)
        if self._thread.is_alive():
            _log.warning("The store of bars did not finish in time; bars of the last seconds may not be kept")

    # -- on the thread -----------------------------------------------------------------------

    def _run(self) -> None:
        rested = True
        while True:
            with self._ready:
                if not self._jobs and not self._closing and rested:
                    self._ready.wait(IDLE_S)
                job = self._jobs.popleft() if self._jobs else None
                if job is None and self._closing:
                    self._ended = True
                    break
            if job is None:
                rested = not self._attempt(self._idle)
                continue
            rested = True
            value = self._attempt(job.work)
            if job.answer is not None:
                self._answers.append((job.answer, value))
                self._ring()
        if self._store is not None:
            self._attempt(lambda store: store.close())

    def _attempt(self, work: Callable[[HistoryStore], _T]) -> _T | None:
        """The result of `work`; None, with a notice, when the store cannot do it."""
        try:
            store = self._opened()
            if store is None:
                return None
            result = work(store)
        except StoreError as error:
            self._note(str(error))
            return None
        except Exception:  # noqa: BLE001 - a store's libraries raise what they like; the thread must outlive it
            if self._text != _UNFORESEEN:
                _log.exception("The store of bars failed in an unforeseen way")
            self._note(_UNFORESEEN)
            return None
        self._note(getattr(store, "notice", ""))
        return result

    def _opened(self) -> HistoryStore | None:
        if self._store is None and self._clock.monotonic() - self._failed_at >= RETRY_S:
            # Whatever it raises, it is not tried again at once.
            self._failed_at = self._clock.monotonic()
            self._store = self._open_store()
        return self._store

    def _note(self, text: str) -> None:
        if text == self._text:
            return
        if text:
            _log.warning("%s", text)
        self._text = text
        self._ring()

    def _ring(self) -> None:
        """Wakes the main thread, if anybody is left to hear it: the window may be gone while writes still wait."""
        try:
            self.wake()
        except Exception:  # noqa: BLE001 - without this thread no bar would be kept any more
            _log.debug("Nobody hears that the store has answered", exc_info=True)
