"""One daemon thread that answers questions of an event loop, the newest first."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Final, NamedTuple

_log = logging.getLogger(__name__)

#: Questions that may wait; of more, the oldest is dropped, and whoever asked it asks again.
MAX_WAITING: Final = 128

#: What a question is about; a newer one of equal key takes the place of an older one.
Key = tuple[str, ...]


class Question(NamedTuple):
    """`work` runs on the thread and returns what is to be done on the loop with what it found.

    Of the `first` ones the oldest comes before all others. `symbols`: whom it is about, if about somebody.
    """

    key: Key
    work: Callable[[], Callable[[], None]]
    symbols: frozenset[str] = frozenset()
    first: bool = False


class AnswerThread:
    """Every method belongs to the loop. The thread starts with the first question and ends at `close`."""

    def __init__(self, name: str, limit: int = MAX_WAITING) -> None:
        self._name = name
        self._limit = limit
        #: In the order of asking.
        self._waiting: dict[Key, Question] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def ask(self, question: Question) -> None:
        """Puts a question; its answer is handed to the loop that runs now. Nothing happens after `close`."""
        with self._changed:
            if self._closed:
                return
            self._loop = asyncio.get_running_loop()
            self._waiting.pop(question.key, None)
            self._waiting[question.key] = question
            if len(self._waiting) > self._limit:
                del self._waiting[next(iter(self._waiting))]
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._changed.notify()

    def take_back(self, key: Key) -> Question | None:
        """Removes a question that still waits; None where none does."""
        with self._changed:
            return self._waiting.pop(key, None)

    def forget(self, unwanted: Callable[[Question], bool]) -> None:
        """Removes the questions that still wait and are `unwanted`."""
        with self._changed:
            for question in [question for question in self._waiting.values() if unwanted(question)]:
                del self._waiting[question.key]

    def close(self) -> None:
        """Forgets what waits; an answer that is under way is not handed over. May be called twice."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify()

    @property
    def running(self) -> bool:
        """The thread lives."""
        return self._thread is not None and self._thread.is_alive()

    def _run(self) -> None:
        while (question := self._next()) is not None:
            try:
                answer = question.work()
            except Exception:  # noqa: BLE001 - a mistake in one answer must not silence all later ones
                _log.exception("%s: a question about %s failed", self._name, question.key[0])
                continue
            self._hand_over(answer)

    def _next(self) -> Question | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if self._closed:
                return None
            urgent = next((question for question in self._waiting.values() if question.first), None)
            question = urgent or next(reversed(self._waiting.values()))
            return self._waiting.pop(question.key)

    def _hand_over(self, answer: Callable[[], None]) -> None:
        def done() -> None:
            if not self._closed:
                answer()

        assert self._loop is not None, "a question came from a loop"
        try:
            self._loop.call_soon_threadsafe(done)
        except RuntimeError:
            _log.debug("%s: the loop is closed, nobody waits for this answer", self._name)
