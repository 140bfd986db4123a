"""A coroutine on a loop of its own, in a daemon thread: for what must not run on the loop that paints the window."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from live_monitor.runtime.daemon_work import in_daemon_thread

Result = TypeVar("Result")


async def in_own_loop(make: Callable[[], Coroutine[Any, Any, Result]], name: str) -> Result:
    """What the coroutine returns or raises; `make` is called in the thread. A cancel reaches it there."""
    hold = threading.Lock()
    running: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Result]]] = []
    cancelled = threading.Event()

    async def main() -> Result:
        task = asyncio.current_task()
        assert task is not None
        with hold:
            if cancelled.is_set():
                raise asyncio.CancelledError
            running.append((asyncio.get_running_loop(), task))
        try:
            return await make()
        finally:
            with hold:
                running.clear()

    def run() -> Result:
        # Not asyncio.run: under qasync its policy would give this thread a loop of Qt's.
        try:
            with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                return runner.run(main())
        except asyncio.CancelledError:
            # Whoever waited is gone, and a thread has no use for it.
            raise InterruptedError(name) from None

    try:
        return await in_daemon_thread(run, name)
    except asyncio.CancelledError:
        with hold:
            cancelled.set()
            for loop, task in running:
                loop.call_soon_threadsafe(task.cancel)
        raise
