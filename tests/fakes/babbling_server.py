"""A server that answers whatever it is told with the same bytes: what listens where Redis should, and is none."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Final

#: What is no answer of Redis, or none to what was asked.
GARBAGE: Final = {
    "web server": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "noise": bytes(range(256)) * 4,
    "number that is none": b":abc\r\n" * 4,
    "text that is none": b"$2\r\n\xff\xfe\r\n" * 4,
    "length that is none": b"$abc\r\n" * 4,
    "length without end": b"$99999999999\r\n",
    "depth without end": b"*1\r\n" * 3000,
    "list": b"*3\r\n:1\r\n:2\r\n:3\r\n" * 4,
    "nothing": b"_\r\n" * 4,
    "error": b"-\x1b]0;gotcha\x07\xff\r\n" * 4,
}


class BabblingServer:
    """`with BabblingServer(b"…") as server:` → `server.url`, an address of Redis on loopback."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, name="babbler")
        self._open: list[socket.socket] = []

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._listening.getsockname()[1]}/0"

    def _serve(self) -> None:
        answering = []
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self._open.append(connection)
                answering.append(threading.Thread(target=self._answer_all, args=(connection,)))
                answering[-1].start()
        for thread in answering:
            thread.join()

    def _answer_all(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while connection.recv(4096):
                connection.sendall(self._answer)

    def __enter__(self) -> BabblingServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for connection in self._open:
            connection.close()
