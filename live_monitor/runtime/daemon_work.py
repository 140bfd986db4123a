"""Work that takes long, in a daemon thread of its own.

Executors of asyncio and of qasync are waited for at the end of the program: a workbook of a million bars would hold it
open for minutes. A daemon thread is left behind, and with it a file that nobody sees, because files are renamed last.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


async def in_daemon_thread(work: Callable[[], Result], name: str) -> Result:
    """What `work` returns or raises. May be cancelled at once; `work` then goes on unheard."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()

    def settle(result: Result | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # without an error there is a result

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except Exception as problem:  # noqa: BLE001 - raised again in the thread that waits for it
            error = problem
        try:
            loop.call_soon_threadsafe(settle, result, error)
        except RuntimeError:
            return  # the loop closed meanwhile: nobody waits any more

    threading.Thread(target=run, name=name, daemon=True).start()
    return await future
