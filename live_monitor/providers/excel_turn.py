"""One reader of Excel at a time: work that runs while a lock is held, ends when it is lost, and begins again.

The lock blocks, so that every call of it has a thread of its own; one that hangs holds up neither the loop nor its end.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from live_monitor.ports import ReadingLock
from live_monitor.secrets import in_daemon_thread

_TAKEN: Final = (
    "Another program reads thinkorswim's quotes at present.",
    "End it (`live-monitor poll-tos-excel`, or another window); it is asked for again by itself.",
)
_LOST: Final = (
    "The lock that lets one program at a time read Excel is lost, so that reading has stopped.",
    "It is taken again by itself as soon as it is free.",
)
_NO_PLACE: Final = "See whether the data folder may be written to."


class TurnTiming(NamedTuple):
    """Seconds. A lock that is free again within `patience` is not worth a word: a feed may just have given way."""

    look: float = 0.5
    renew: float = 3.0
    patience: float = 1.0


class ExcelTurn:
    """For one run of one feed, on its loop. `say` hears what is wrong, and what helps."""

    def __init__(self, lock: ReadingLock, say: Callable[[str, str], None], timing: TurnTiming | None = None) -> None:
        self._lock = lock
        self._say = say
        self._timing = timing or TurnTiming()
        #: Held during each call: a lock is for one thread at a time.
        self._door = threading.Lock()
        self._over = False

    @property
    def held(self) -> bool:
        """True while nobody else may read. To be asked right before each use of what was read."""
        return self._lock.held

    async def keep(self, work: Callable[[], Awaitable[None]]) -> None:
        """Runs `work` whenever it is our turn; returns when it has come to its end. Cancel to stop: nothing waits."""
        try:
            while True:
                await self._take()
                if await self._run(work):
                    return
                self._say(*_LOST)
                await self._ask(self._free)
        finally:
            # Behind a call that is still under way: what that takes is given back too.
            self._over = True
            in_daemon_thread(self._give_back)

    async def _take(self) -> None:
        waited = 0.0
        while True:
            try:
                if await self._ask(self._lock.acquire):
                    return
            except OSError as problem:
                self._say(f"The lock of Excel cannot be made ({problem.strerror or problem}).", _NO_PLACE)
            else:
                if waited >= self._timing.patience:
                    self._say(*_TAKEN)
            await asyncio.sleep(self._timing.look)
            waited += self._timing.look

    async def _run(self, work: Callable[[], Awaitable[None]]) -> bool:
        """True when the work is over, False when the lock was lost: then the work has been stopped."""
        tasks = [asyncio.ensure_future(work()), asyncio.ensure_future(self._renew())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            return tasks[0] in done
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _renew(self) -> None:
        """Returns when the lock is lost, which it also is when it could not be renewed in time."""
        rested = 0.0
        while self._lock.held:
            await asyncio.sleep(self._timing.look)
            rested += self._timing.look
            if rested >= self._timing.renew:
                rested = 0.0
                if not await self._ask(self._lock.renew):
                    return

    async def _ask(self, deed: Callable[[], bool]) -> bool:
        def work() -> bool:
            with self._door:
                return not self._over and deed()

        return await asyncio.wrap_future(in_daemon_thread(work)[1])

    def _free(self) -> bool:
        self._lock.release()
        return True

    def _give_back(self) -> None:
        with self._door:
            self._lock.release()
