"""A QThread that owns one asyncio loop.

Two doors only: `submit` takes coroutines down, and the coroutine's own hand-over brings values up.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from PyQt6.QtCore import QObject, QThread

_log = logging.getLogger(__name__)
STOP_WAIT_MS = 3_000


class FeedThread(QThread):
    """Runs `main()` until it ends or `stop` cancels it. Create, start and stop on the main thread."""

    def __init__(self, main: Callable[[], Coroutine[Any, Any, None]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._main = main
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._ready = threading.Event()
        self._lock = threading.Lock()
        #: Submitted before the loop ran; None once it has ended.
        self._early: list[Coroutine[Any, Any, Any]] | None = []

    def run(self) -> None:
        threading.current_thread().name = "feed"
        # A plain asyncio.run would build a Qt loop here on 3.11, once qasync has set its policy, and abort.
        try:
            with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                runner.run(self._supervise())
        except asyncio.CancelledError:
            _log.debug("feed loop cancelled before it began")
        except Exception:  # noqa: BLE001 - a thread boundary: what escapes here would abort the process
            _log.exception("The feed thread ended with an error")
        finally:
            with self._lock:
                self._loop = None
                early, self._early = self._early, None
            for coroutine in early or ():
                coroutine.close()
            self._ready.set()

    async def _supervise(self) -> None:
        self._task = asyncio.create_task(self._main(), name="feed")
        with self._lock:
            self._loop = asyncio.get_running_loop()
            early, self._early = self._early or [], []
        waiting = [asyncio.create_task(coroutine) for coroutine in early]
        self._ready.set()
        try:
            await self._task
        except asyncio.CancelledError:
            _log.debug("feed loop cancelled")
        for task in waiting:
            task.cancel()
        # An aborted transport closes its socket in the turn after.
        await asyncio.sleep(0)

    def submit(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Runs `coroutine` on the loop, as soon as the loop runs; it is closed unrun when the loop has ended."""
        with self._lock:
            if self._loop is not None and not self._loop.is_closed():
                asyncio.run_coroutine_threadsafe(coroutine, self._loop)
            elif self._early is not None:
                self._early.append(coroutine)
            else:
                coroutine.close()

    def stop(self) -> bool:
        """Cancels the main coroutine and waits for the thread. False when it did not end in 3 s."""
        if not self.isRunning():
            return True
        self._ready.wait(STOP_WAIT_MS / 1000)
        loop, task = self._loop, self._task
        if loop is not None and task is not None and not loop.is_closed():
            try:
                loop.call_soon_threadsafe(task.cancel)
            except RuntimeError:
                _log.debug("the feed loop closed by itself")
        ended = self.wait(STOP_WAIT_MS)
        if not ended:
            _log.error("The feed thread did not end within %d ms", STOP_WAIT_MS)
        return ended
