"""A TCP proxy that can swallow everything in both directions while the connections stay open."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from tests.fakes.listener import Listener


class BlackholeProxy:
    """Forwards to 127.0.0.1:`target`; `swallow` and `let_pass` may be called from any thread."""

    def __init__(self, target: int) -> None:
        self._target = target
        self.port = 0
        self._swallows = threading.Event()
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._live, name="blackhole", daemon=True)

    def swallow(self) -> None:
        """From now on nothing gets through, and nobody is told."""
        self._swallows.set()

    def let_pass(self) -> None:
        """New bytes get through again."""
        self._swallows.clear()

    def _live(self) -> None:
        # Not `asyncio.run`: a test may have installed qasync's policy.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(self._listen())

    async def _listen(self) -> None:
        self._loop, self._main = asyncio.get_running_loop(), asyncio.current_task()
        listener = Listener(self._pair)
        self.port = listener.port
        self._ready.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Future()
        await listener.close()

    async def _pair(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            return  # nobody listens there any more
        try:
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
        finally:
            far_writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                if not self._swallows.is_set():
                    writer.write(data)
                    await writer.drain()
            writer.close()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(5)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None and self._main is not None:
            self._loop.call_soon_threadsafe(self._main.cancel)
        self._thread.join(5)
