"""One WebSocket kept alive: resolve, connect, converse, judge what ended it, wait, again. Qt-free.

What is said on the connection is the caller's (`converse`); that it is there, and why not, is told here. Every end
is judged by `wire.reconnect`; only a fatal cause stops the loop.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any, NamedTuple, NoReturn

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from live_monitor import limits
from live_monitor.clock import Clock
from live_monitor.data.models.status import LinkState, LinkStatus
from live_monitor.errors import FeedError
from live_monitor.net.addresses import is_loopback, socket_address
from live_monitor.net.resolver import resolve
from live_monitor.ports import FeedOutlet
from live_monitor.wire.reconnect import Backoff, judge

_log = logging.getLogger(__name__)

#: What may end or prevent a connection; anything else is a fault of ours and ends the loop.
_ENDINGS = (OSError, WebSocketException, FeedError, ValueError)

#: Where to connect: an address, or a question that is asked anew before every attempt.
Address = str | Callable[[], Awaitable[str]]
Converse = Callable[[ClientConnection], Awaitable[NoReturn]]


class LinkTiming(NamedTuple):
    """Time-outs in seconds; tests shorten them. `delay_scale` multiplies the delays between attempts."""

    open_s: float = 10.0
    ping_s: float = 5.0
    pong_s: float = 5.0
    hello_s: float = 0.3
    ack_s: float = 4.0
    delay_scale: float = 1.0


class _DirectConnect(connect):
    """Follows no redirect: a market data server that redirects is retried, not trusted."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class StreamLink:
    """Everything happens on the loop that runs `run`; states of the link go to `outlet`.

    `url`: an address that starts with wss:// (or ws://, to this machine only), or what gives one; the latter bounds
    its own time and raises FeedError in words. `ssl_context` replaces the system's trust, for tests with an authority
    of their own.
    """

    def __init__(
        self,
        url: Address,
        outlet: FeedOutlet,
        *,
        clock: Clock,
        random: Random,
        timing: LinkTiming | None = None,
        resolver: Callable[[str, int], Awaitable[list[str]]] = resolve,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        #: Put into every state that is told.
        self.provider = ""
        self.label = ""
        self.timing = timing or LinkTiming()
        self._url = url
        self._outlet = outlet
        self._clock = clock
        self._backoff = Backoff(random)
        self._resolver = resolver
        self._ssl_context = ssl_context
        self._shown = _shown(url) if isinstance(url, str) else ""
        self._socket: ClientConnection | None = None
        self._drop_reason = ""

    @property
    def connected(self) -> bool:
        """True while there is a connection to converse on."""
        return self._socket is not None

    async def run(self, converse: Converse) -> None:
        """Connects for ever; returns only after a fatal cause. Cancel to stop: the socket is aborted at once.

        `converse` gets each connection and never returns; it ends by what it raises (a closed connection, FeedError:
        tried again with its words, RateLimited: after its wait, FatalFeedError: stop).
        """
        while True:
            self._tell("connecting")
            verdict = judge(await self._until_it_ends(converse))
            if verdict.action == "stop":
                self._tell("failed", verdict.message, verdict.remedy)
                return
            delay = max(self._backoff.next_delay(), verdict.wait_s) * self.timing.delay_scale
            message, self._drop_reason = self._drop_reason or verdict.message, ""
            self._tell("retrying", message, verdict.remedy, retry_in_s=delay)
            await asyncio.sleep(delay)

    def live(self) -> None:
        """Tells that the far end has greeted: frames can arrive."""
        self._tell("live")

    async def send(self, message: bytes | str) -> None:
        """Sends text when connected; what is lost with a dying connection is sent anew on the next one."""
        if self._socket is not None:
            try:
                await self._socket.send(message, text=True)
            except ConnectionClosed:
                _log.debug("not sent, the connection is closing")

    async def reconnect(self, reason: str) -> None:
        """Drops the connection; the loop opens a new one."""
        if self._socket is not None:
            self._drop_reason = reason
            self._socket.transport.abort()

    async def _until_it_ends(self, converse: Converse) -> Exception:
        """One connection from the first byte to the last; what ended or prevented it."""
        try:
            socket = await self._open()
        except _ENDINGS as error:
            return error
        opened = self._clock.monotonic()
        self._socket = socket
        try:
            await converse(socket)
        except _ENDINGS as error:
            return error
        finally:
            self._socket = None
            socket.transport.abort()
            self._backoff.streamed(self._clock.monotonic() - opened)

    async def _open(self) -> ClientConnection:
        url = self._url if isinstance(self._url, str) else await self._url()
        parts = socket_address(url)
        self._shown = _shown(url)
        host = parts.hostname or ""
        secure = parts.scheme == "wss"
        async with asyncio.timeout(self.timing.open_s):
            addresses = await self._resolver(host, parts.port or (443 if secure else 80))
        for address in addresses[:-1]:
            try:
                return await self._open_at(url, address, secure=secure)
            except ssl.SSLError:
                raise  # somebody answers there, and cannot be trusted
            except OSError as error:
                _log.debug("%s at %s: %s", host, address, error)
        return await self._open_at(url, addresses[-1], secure=secure)

    async def _open_at(self, url: str, address: str, *, secure: bool) -> ClientConnection:
        options: dict[str, Any] = {"host": address}
        if is_loopback(address):
            options["proxy"] = None
        if secure and self._ssl_context is not None:
            options["ssl"] = self._ssl_context
        return await _DirectConnect(
            url,
            open_timeout=self.timing.open_s,
            close_timeout=1,
            ping_interval=self.timing.ping_s,
            ping_timeout=self.timing.pong_s,
            max_size=limits.MAX_MESSAGE_BYTES,
            max_queue=limits.MAX_QUEUED_FRAMES,
            compression=None,
            **options,
        )

    def _tell(self, state: LinkState, message: str = "", remedy: str = "", retry_in_s: float = 0.0) -> None:
        log = _log.warning if state in ("retrying", "failed") else _log.info
        log("%s: %s %s", state, self._shown, message)
        self._outlet.put_status(
            LinkStatus(
                state,
                self._clock.monotonic(),
                self._backoff.attempt,
                message,
                remedy,
                self.provider,
                self.label,
                retry_in_s,
            )
        )


def _shown(url: str) -> str:
    """The address for the log: no query and no user, where secrets may stand."""
    head, _, rest = url.split("?", 1)[0].partition("//")
    return f"{head}//{rest.rpartition('@')[2]}"
