"""The last resort: a program that was told to end has ended three seconds later, whatever hangs."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable

_log = logging.getLogger(__name__)

#: From the wish to end to the end by force; the promise to the person is 3 s.
GRACE_S = 2.5
#: What the last words get on top: milliseconds, unless the disk or the log hangs as well.
WORDS_S = 3.0


class ExitGuard:
    """Counts down from the first wish to end. Any thread may arm it, once; the ordinary end disarms it."""

    def __init__(self, last_words: Callable[[], None], grace_s: float = GRACE_S, words_s: float = WORDS_S) -> None:
        """`last_words` saves what must not be lost; it runs on a thread of its own, and only when the main one hangs.

        It is not waited for longer than `words_s`: it writes to a disk, and it may need a lock that the hanging thread
        holds.
        """
        self._last_words = last_words
        self._grace_s, self._words_s = grace_s, words_s
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def arm(self) -> None:
        """Starts the countdown; further calls change nothing."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="exit-guard", daemon=True)
                self._thread.start()

    def disarm(self) -> None:
        """The program is ending by itself."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(1.0)

    def _run(self) -> None:
        if self._ended.wait(self._grace_s):
            return
        try:
            words = threading.Thread(target=self._speak, name="last-words", daemon=True)
            words.start()
            words.join(self._words_s)
        finally:
            # What can be saved is saved; what hangs is a thread or a library, which no exception reaches.
            os._exit(0)

    def _speak(self) -> None:
        try:
            _log.error("The end took longer than %.1f s and is forced", self._grace_s)
            self._last_words()
        except Exception:  # noqa: BLE001 - nothing may stop the end that is due
            _log.exception("Saving at the forced end failed")
