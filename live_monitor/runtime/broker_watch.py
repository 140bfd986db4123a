"""Keeps looking at the accounts at a broker: every few seconds, and at once when the broker says that it should.

A thread of its own with a loop of its own, so that neither the window nor the stream of prices waits for an account.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple

from PyQt6.QtCore import QObject, pyqtSignal

from live_monitor.data.feed_thread import FeedThread
from live_monitor.data.models.broker import BrokerAccount
from live_monitor.errors import FeedError, LoginNeeded, RateLimited
from live_monitor.ports import AccountSource

EVERY_S: Final = 5.0
#: What happens at a broker comes in bursts; one look answers all of them.
GATHER_S: Final = 0.3
#: Waits grow to this while the broker does not answer; without a log-in nothing changes sooner than a person acts.
_LONGEST_S: Final = 60.0


class BrokerReport(NamedTuple):
    """What was found last. `trouble`: why there is nothing newer, in one line, else empty."""

    accounts: tuple[BrokerAccount, ...] = ()
    trouble: str = ""


class BrokerWatch(QObject):
    """Create, start and stop on the main thread; `look_now` from any."""

    #: A `BrokerReport`, on the main thread, after every look.
    looked = pyqtSignal(object)

    def __init__(
        self, make: Callable[[], AccountSource], parent: QObject | None = None, *, every_s: float = EVERY_S
    ) -> None:
        """`make` is called on the thread of the watch, which may block there; it raises FeedError in words."""
        super().__init__(parent)
        self._make = make
        self._every_s = every_s
        self._found: tuple[BrokerAccount, ...] = ()
        self._asked = asyncio.Event()
        self._thread = FeedThread(self._watch, self)

    def start(self) -> None:
        """Looks for the first time, and goes on until `stop`."""
        self._thread.start()

    def stop(self) -> bool:
        """Lets the connection go and ends the thread; may be called twice. False when it did not end in time."""
        return self._thread.stop()

    def look_now(self) -> None:
        """Something happened: looks again at once, not only when the time has come."""
        if self._thread.isRunning():
            self._thread.submit(self._ask())

    def set_pace(self, every_s: float) -> None:
        """Looks every so many seconds from now on, and now, if that is more often than before."""
        faster, self._every_s = every_s < self._every_s, every_s
        if faster:
            self.look_now()

    async def _ask(self) -> None:
        self._asked.set()

    async def _watch(self) -> None:
        source: AccountSource | None = None
        wait_s = self._every_s
        try:
            while True:
                self._asked.clear()
                try:
                    source = source or self._make()
                    self._found = tuple(await source.accounts())
                except FeedError as error:
                    wait_s = _wait(error, wait_s)
                    self.looked.emit(BrokerReport(self._found, str(error)))
                    if isinstance(error, RateLimited):
                        # Whatever happens meanwhile: a broker that wants to be left alone is.
                        await asyncio.sleep(wait_s)
                        continue
                else:
                    wait_s = self._every_s
                    self.looked.emit(BrokerReport(self._found))
                await self._until_asked(wait_s)
        finally:
            if source is not None:
                await source.close()

    async def _until_asked(self, wait_s: float) -> None:
        try:
            async with asyncio.timeout(wait_s):
                await self._asked.wait()
        except TimeoutError:
            return
        await asyncio.sleep(min(GATHER_S, self._every_s))


def _wait(error: FeedError, before_s: float) -> float:
    """Seconds until the next look after this error; the wait before was `before_s`."""
    if isinstance(error, RateLimited):
        return max(error.wait_s, before_s)
    return _LONGEST_S if isinstance(error, LoginNeeded) else min(before_s * 2, _LONGEST_S)
