"""An HTTP server that answers as it is told to, byte for byte: half answers, none, other things than HTTP."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO, Literal, Self

Then = Literal["keep", "close", "reset", "hang"]


@dataclass(frozen=True)
class Reply:
    """Bytes to send, and what becomes of the connection afterwards ("hang": nothing more ever comes)."""

    data: bytes
    then: Then = "keep"


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    line: str
    headers: dict[str, str]
    body: bytes


def answer(status: int, body: bytes = b"", then: Then = "keep", **headers: str) -> Reply:
    """A whole answer; `_` in the name of a header stands for `-`."""
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return Reply("\r\n".join([*lines, "", ""]).encode() + body, then)


class OddHttpServer:
    """Gives each request the next of `replies`; the last one again and again. One connection at a time."""

    def __init__(self, *replies: Reply) -> None:
        self.requests: list[Request] = []
        #: Connections that were accepted.
        self.visits = 0
        self._replies = list(replies)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._visitor: socket.socket | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="odd http", daemon=True)

    def _serve(self) -> None:
        while not self._closing.is_set():
            try:
                visitor, _ = self._listener.accept()
            except OSError:
                return
            self.visits += 1
            self._visitor = visitor
            with visitor, suppress(OSError), visitor.makefile("rb") as stream:
                while (request := _read(stream)) is not None:
                    self.requests.append(request)
                    reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
                    visitor.sendall(reply.data)
                    if reply.then == "hang":
                        visitor.recv(1)
                    if reply.then == "reset":
                        # Closing with a zero linger sends a reset.
                        visitor.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
                    if reply.then != "keep":
                        break

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        if self._visitor is not None:
            with suppress(OSError):
                self._visitor.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)


def _read(stream: BinaryIO) -> Request | None:
    """The next request; None at the end of the connection."""

    line = stream.readline().decode("latin-1").strip()
    if not line:
        return None
    headers: dict[str, str] = {}
    while row := stream.readline().decode("latin-1").strip():
        name, _, value = row.partition(":")
        headers[name.strip().title()] = value.strip()
    return Request(line, headers, stream.read(int(headers.get("Content-Length", "0"))))
