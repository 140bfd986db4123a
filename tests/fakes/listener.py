"""The ear of a fake server: accepts TCP connections, and at the end leaves no socket open, whatever was under way."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Listener:
    """Listens on 127.0.0.1 in the running loop; each connection is served in a task of its own, then aborted.

    Not asyncio's own server: that one forgets a connection that is accepted in the very turn in which it is closed (the
    transport refuses to join a closed server, and nobody closes the socket). The collector finds it some tests later,
    and its ResourceWarning fails one that has nothing to do with it.
    """

    def __init__(self, serve: Serve, port: int = 0, *, limit: int = 2**16) -> None:
        """`limit`: bytes that the reader of a connection holds. Raises OSError when `port` is taken."""
        self._serve = serve
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._socket = socket.create_server(("127.0.0.1", port))
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop.add_reader(self._socket, self._arrived)

    async def close(self) -> None:
        """Ends the listening and every connection, at once."""
        self._loop.remove_reader(self._socket)
        self._socket.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        # An aborted transport closes its socket in the turn after.
        await asyncio.sleep(0)

    def _arrived(self) -> None:
        try:
            connection, _ = self._socket.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # it has gone again
        connection.setblocking(False)
        task = self._loop.create_task(self._converse(connection))
        self._tasks.add(task)

        def ended(done: asyncio.Task[None]) -> None:
            self._tasks.discard(done)
            # A task that is cancelled before its first step runs no `finally`.
            connection.close()

        task.add_done_callback(ended)

    async def _converse(self, connection: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=connection, limit=self._limit)
        try:
            await self._serve(reader, writer)
        finally:
            # After a proper end nothing is left to abort.
            writer.transport.abort()
