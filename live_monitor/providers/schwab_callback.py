"""Receives the browser that comes back from Schwab's log-in: https on 127.0.0.1, only while a log-in is under way.

    Host ─► method ─► who asks (Origin, Sec-Fetch-*) ─► no body ─► path ─► query ─► the log-in, which knows the state

Whatever is wrong gets the same page, and the server goes on waiting; what is right closes it (security rules 1, 2, 7).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from live_monitor.errors import FatalFeedError
from live_monitor.providers.schwab_certificate import LOOPBACK

_log = logging.getLogger(__name__)

MAX_HEAD: Final = 8192
MAX_HEADERS: Final = 64
MAX_CONNECTIONS: Final = 32
#: For a handshake, for a request, for an answer.
PATIENCE_S: Final = 5.0

_PAGE: Final = (
    b"<!doctype html><html lang=en><meta charset=utf-8><title>Live Monitor</title>"
    b"<p>You can close this page and go back to Live Monitor.</p></html>"
)
_HEADERS: Final = (
    "Content-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n"
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\nX-Content-Type-Options: nosniff\r\n"
    "Connection: close\r\n"
)


class Callback(NamedTuple):
    """A registered callback, taken apart."""

    port: int
    path: str
    #: What a browser may name as Host.
    hosts: tuple[str, ...]


def read_callback(address: str) -> Callback | None:
    """What `address` says where we have to listen; None where that is not on this machine, or no server of ours."""
    try:
        parts = urlsplit(address)
        port = parts.port or 443
    except ValueError:
        return None
    if parts.scheme != "https" or parts.hostname != LOOPBACK or parts.query or parts.fragment or parts.username:
        return None
    hosts = (f"{LOOPBACK}:{port}",) if port != 443 else (LOOPBACK, f"{LOOPBACK}:443")
    return Callback(port, parts.path or "/", hosts)


def judge(head: bytes, callback: Callback) -> str | HTTPStatus:
    """The query of a request that may come from the browser after a log-in, else how to refuse it."""
    try:
        request, *lines = head.decode("ascii").removesuffix("\r\n\r\n").split("\r\n")
        method, target, version = request.split(" ")
    except ValueError:
        return HTTPStatus.BAD_REQUEST
    headers = _headers(lines)
    if headers is None or version not in ("HTTP/1.1", "HTTP/1.0"):
        return HTTPStatus.BAD_REQUEST
    host = headers.get("host", [])
    if len(host) != 1 or host[0] not in callback.hosts:
        return HTTPStatus.FORBIDDEN
    if method != "GET":
        return HTTPStatus.METHOD_NOT_ALLOWED
    if not _is_navigation(headers):
        return HTTPStatus.FORBIDDEN
    if "transfer-encoding" in headers or any(length != "0" for length in headers.get("content-length", [])):
        return HTTPStatus.BAD_REQUEST
    path, mark, query = target.partition("?")
    if path != callback.path or not mark:
        return HTTPStatus.NOT_FOUND
    return query


def _headers(lines: list[str]) -> dict[str, list[str]] | None:
    """Values by lower-case name; None where a line is none."""
    if len(lines) > MAX_HEADERS:
        return None
    found: dict[str, list[str]] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or not name.isprintable() or " " in name or not value.strip(" \t").isprintable():
            return None
        found.setdefault(name.lower(), []).append(value.strip(" \t"))
    return found


def _is_navigation(headers: dict[str, list[str]]) -> bool:
    """False for what a page asks by itself: a fetch, a frame, an image. Browsers say so; others say nothing."""
    return (
        "origin" not in headers
        and headers.get("sec-fetch-mode", ["navigate"]) == ["navigate"]
        and headers.get("sec-fetch-dest", ["document"]) == ["document"]
    )


class CallbackServer:
    """Listens while it is open. `take` is asked for each good query: True closes it. Runs on one loop."""

    def __init__(self, callback: Callback, context: ssl.SSLContext, take: Callable[[str], bool]) -> None:
        self._callback = callback
        self._context = context
        self._take = take
        self._server: asyncio.Server | None = None
        self._visitors: set[asyncio.Task[None]] = set()
        self._taken = False
        #: What was refused, by status.
        self.refused: dict[int, int] = {}

    async def open(self) -> None:
        """Starts to listen. Raises FatalFeedError in words."""
        try:
            self._server = await asyncio.start_server(
                self._visit,
                LOOPBACK,
                self._callback.port,
                ssl=self._context,
                limit=MAX_HEAD,
                backlog=MAX_CONNECTIONS * 4,
                ssl_handshake_timeout=PATIENCE_S,
                ssl_shutdown_timeout=1.0,
            )
        except OSError as problem:
            raise FatalFeedError(
                f"The answer to the log-in cannot be received at port {self._callback.port} ({problem.strerror}).",
                "Paste the address at which the browser arrives instead.",
            ) from None

    async def close(self) -> None:
        """Stops to listen at once; who is being answered gets the answer. May be called twice."""
        if self._server is None:
            return
        self._server.close()
        visitors = {task for task in self._visitors if task is not asyncio.current_task()}
        if visitors:
            # Who has not said anything yet is not waited for any longer than one who is being answered.
            _, late = await asyncio.wait(visitors, timeout=0.5)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        self._server = None

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._visitors) >= MAX_CONNECTIONS:
            writer.transport.abort()
            return
        self._visitors.add(task)
        try:
            async with asyncio.timeout(PATIENCE_S):
                status = await self._answer(reader)
                if status is not HTTPStatus.OK:
                    self.refused[status] = self.refused.get(status, 0) + 1
                writer.write(_reply(status))
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (TimeoutError, OSError, ssl.SSLError) as problem:
            _log.info("A visitor of the log-in's callback left: %s", type(problem).__name__)
        finally:
            self._visitors.discard(task)
            with contextlib.suppress(RuntimeError):
                writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader) -> HTTPStatus:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        except asyncio.IncompleteReadError:
            return HTTPStatus.BAD_REQUEST
        query = judge(head, self._callback)
        if isinstance(query, HTTPStatus):
            return query
        if self._taken or not self._take(query):
            return HTTPStatus.BAD_REQUEST
        self._taken = True
        return HTTPStatus.OK


def _reply(status: HTTPStatus) -> bytes:
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\n{_HEADERS}Content-Length: {len(_PAGE)}\r\n\r\n"
    return head.encode("ascii") + _PAGE
