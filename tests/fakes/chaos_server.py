"""A WebSocket server that misbehaves on demand: real sockets, one script per connection.

    with ChaosServer(closes(1011, after=3), documented()) as server:
        client = PolygonWebSocketClient(server.url)      # first connection: script 1, all others: the last script

A script is a coroutine function of a `Peer`, the raw server end of one TCP connection, so it may break every rule. When
a script returns, the connection is closed properly (unless the script ended it); the server itself runs until the
`with` block ends, in a thread of its own, or in the running loop with `async with`.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, NamedTuple, Self

from websockets.http11 import Request

from tests.fakes.chaos_peer import Gone, Peer
from tests.fakes.listener import Listener

#: 10:00 New York on a trading day, the time of events that the scripts send.
MARKET_MS = 1_795_186_800_000
#: What it takes at most to end a server.
STOP_TIMEOUT_S = 5.0


def free_port() -> int:
    """A port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def trade(symbol: str, price: float, *, size: float = 100, sequence: int = 1, at_ms: int = MARKET_MS) -> dict[str, Any]:
    """One print in the vendor's short field names."""
    fields = {"sym": symbol, "x": 12, "i": str(sequence), "p": price, "s": size, "t": at_ms, "q": sequence}
    return {"ev": "T", **fields}


def market_data(event: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> str:
    """The documented envelope."""
    return json.dumps({"type": "market_data", "data": event})


class Connection(NamedTuple):
    """One TCP connection; `at` is the monotonic time of its arrival, `path` stays empty without a request."""

    at: float
    path: str
    headers: Mapping[str, str]


class Received(NamedTuple):
    """One message of a client: parsed JSON, or the raw bytes when it is none."""

    at: float
    connection: int
    data: Any


Script = Callable[[Peer], Awaitable[None]]


class ChaosServer:
    """Serves `ws://127.0.0.1:{port}/ws/{client_id}`; the n-th connection plays the n-th script, later ones the last.

    `connections` and `messages` grow as things happen and may be read from any thread.
    """

    def __init__(self, *scripts: Script, port: int = 0) -> None:
        self.scripts: list[Script] = list(scripts) or [documented()]
        self.port = port
        self.connections: list[Connection] = []
        self.messages: list[Received] = []
        self.open_peers: list[Peer] = []
        self.ended = asyncio.Event()
        self._listener: Listener | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()

    @property
    def url(self) -> str:
        """The address as a user would write it."""
        return f"ws://127.0.0.1:{self.port}/ws/{{client_id}}"

    @property
    def received(self) -> list[Any]:
        """What clients sent, in order, over all connections."""
        return [message.data for message in self.messages]

    def wait_for(self, condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
        """Blocks another thread until `condition` holds, looking again whenever something arrives."""
        with self._changed:
            if not self._changed.wait_for(condition, timeout_s):
                raise TimeoutError(f"{len(self.connections)} connections, received: {self.received[-5:]}")

    def push(self, *messages: str | bytes) -> None:
        """Sends `messages` to every open connection. Any thread; returns when they are written."""
        if self._loop is None:
            raise RuntimeError("the server does not run")
        asyncio.run_coroutine_threadsafe(self._push(messages), self._loop).result(STOP_TIMEOUT_S)

    async def _push(self, messages: Iterable[str | bytes]) -> None:
        for peer in list(self.open_peers):
            with suppress(Gone):
                for message in messages:
                    await peer.send(message)

    # -- what happens, noted ---------------------------------------------------------------------

    def note_request(self, number: int, request: Request) -> None:
        """Called by a peer that has read its handshake."""
        headers = dict(request.headers.raw_items())
        with self._changed:
            self.connections[number] = self.connections[number]._replace(path=request.path, headers=headers)
            self._changed.notify_all()

    def note_open(self, peer: Peer) -> None:
        """Called by a peer whose handshake is complete."""
        self.open_peers.append(peer)

    def note_received(self, number: int, data: Any) -> None:
        """Called by a peer for each message."""
        with self._changed:
            self.messages.append(Received(time.monotonic(), number, data))
            self._changed.notify_all()

    # -- life ------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Listens in the running loop. Raises OSError when the port is taken."""
        self._loop = asyncio.get_running_loop()
        self._listener = Listener(self._on_connection, self.port, limit=2**22)
        self.port = self._listener.port

    async def stop(self) -> None:
        """Ends the listener and every connection, at once."""
        self.ended.set()
        if self._listener is not None:
            await self._listener.close()

    async def _on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with self._changed:
            number = len(self.connections)
            self.connections.append(Connection(time.monotonic(), "", {}))
            self._changed.notify_all()
        peer = Peer(self, number, reader, writer)
        script = self.scripts[min(number, len(self.scripts) - 1)]
        try:
            await script(peer)
            await peer.close(1000)
        except Gone:
            await peer.hang_up()
        finally:
            with self._changed:
                if peer in self.open_peers:
                    self.open_peers.remove(peer)
                self._changed.notify_all()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def __enter__(self) -> Self:
        ready = threading.Event()
        failures: list[OSError] = []

        async def life() -> None:
            self.ended = asyncio.Event()
            try:
                await self.start()
            except OSError as error:
                failures.append(error)
                return
            finally:
                ready.set()
            await self.ended.wait()
            await self.stop()

        def run() -> None:
            # Not `asyncio.run`: a test may have installed qasync's policy.
            with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                runner.run(life())

        self._thread = threading.Thread(target=run, name="chaos-server")
        self._thread.start()
        ready.wait(STOP_TIMEOUT_S)
        if failures:
            self._thread.join()
            raise failures[0]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._loop is not None
        assert self._thread is not None
        self._loop.call_soon_threadsafe(self.ended.set)
        self._thread.join(STOP_TIMEOUT_S)


# -- scripts ---------------------------------------------------------------------------------------


def _sample(symbol: str, count: int) -> list[str]:
    return [market_data(trade(symbol, 100.0 + 0.01 * n, sequence=n + 1, at_ms=MARKET_MS + n)) for n in range(count)]


def closes(code: int, after: int = 0, reason: str = "", symbol: str = "AAPL") -> Script:
    """Sends `after` prints and closes with `code`; 1006 aborts the TCP connection."""

    async def script(peer: Peer) -> None:
        await peer.accept()
        for message in _sample(symbol, after):
            await peer.send(message)
        await peer.close(code, reason)

    return script


def closes_at_once() -> Script:
    """Completes the handshake and closes (1000) before anything else."""
    return closes(1000)


def refuses_tcp() -> Script:
    """Resets the connection before the handshake."""

    async def script(peer: Peer) -> None:
        peer.abort()

    return script


def never_answers() -> Script:
    """Reads the handshake and says nothing."""

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.stall()

    return script


def answers_http(status: int, headers: Mapping[str, str] | None = None, body: bytes = b"no websocket here") -> Script:
    """Answers the handshake with a plain HTTP response."""

    async def script(peer: Peer) -> None:
        await peer.request()
        lines = [f"HTTP/1.1 {status} Scripted", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        await peer.send_raw("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await peer.hang_up()

    return script


def stalls(after: int = 0, symbol: str = "AAPL") -> Script:
    """Sends `after` prints, then neither reads nor answers pings, with the TCP connection open."""

    async def script(peer: Peer) -> None:
        await peer.accept()
        for message in _sample(symbol, after):
            await peer.send(message)
        await peer.stall()

    return script


def only_pongs(after: int = 0, symbol: str = "AAPL") -> Script:
    """Sends `after` prints, then answers pings, takes messages, and sends nothing."""

    async def script(peer: Peer) -> None:
        await peer.accept()
        for message in _sample(symbol, after):
            await peer.send(message)
        await peer.linger()

    return script


def sends(*messages: str | bytes, text: bool | None = None) -> Script:
    """Sends `messages` as they are (`str` as text, `bytes` as binary, or all as `text` says), then lingers."""

    async def script(peer: Peer) -> None:
        await peer.accept()
        for message in messages:
            await peer.send(message, text=text)
        await peer.linger()

    return script


def sends_huge(size: int = 5 * 2**20) -> Script:
    """Sends one message of `size` bytes, then lingers."""
    return sends('{"type":"market_data","data":"' + "x" * (size - 32) + '"}')


def says_status(status: str, message: str, *, then_close: int | None = None, reason: str = "") -> Script:
    """Sends the vendor's status event; then closes with `then_close` (1006 aborts), or lingers."""

    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.send(json.dumps([{"ev": "status", "status": status, "message": message}]))
        if then_close is None:
            await peer.linger()
        else:
            await peer.close(then_close, reason)

    return script


def documented(*on_subscribe: str | bytes) -> Script:
    """Speaks the documented protocol only: no hello, no acks; a print of each symbol that is subscribed.

    `on_subscribe` replaces those prints by messages of the test's own.
    """

    async def script(peer: Peer) -> None:
        await peer.accept()
        while True:
            message = await peer.recv()
            if isinstance(message, dict) and message.get("action") == "subscribe":
                symbols = message.get("symbols", [])
                for answer in on_subscribe or [m for symbol in symbols for m in _sample(symbol, 1)]:
                    await peer.send(answer)

    return script


def greets(
    *,
    features: Sequence[str] = ("batch", "ack", "history", "snapshot", "clock", "fault"),
    refuse: Mapping[str, str] | None = None,
    unanswered: Sequence[str] = (),
    pace: str = "realtime",
    provider: str = "simulated",
    label: str = "SIMULATED",
) -> Script:
    """A server of ours: hello, clock, and an ack per subscription.

    Symbols in `refuse` are refused with their reason, those in `unanswered` never named in an ack; each of the others
    gets a snapshot and one print.
    """
    refused, silent = dict(refuse or {}), set(unanswered)
    hello = {"type": "hello", "server": "live-monitor", "provider": provider, "label": label, "pace": pace}

    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.send(json.dumps({**hello, "features": list(features), "symbols": []}))
        while True:
            message = await peer.recv()
            if not isinstance(message, dict):
                continue
            if message.get("action") == "hello":
                await peer.send(json.dumps({"type": "clock", "market_ms": MARKET_MS, "speed": 1.0}))
            if message.get("action") != "subscribe":
                continue
            named = [symbol for symbol in message["symbols"] if symbol not in silent]
            taken = [symbol for symbol in named if symbol not in refused]
            ack = {"type": "ack", "action": "subscribe", "symbols": taken}
            await peer.send(json.dumps({**ack, "refused": {s: refused[s] for s in named if s in refused}}))
            for symbol in taken:
                snapshot = {"symbol": symbol, "timestamp_ms": MARKET_MS, "previous_close": 99.0, "day_volume": 1000.0}
                await peer.send(json.dumps({"type": "snapshot", "data": snapshot}))
                await peer.send(market_data([trade(symbol, 100.0, sequence=1)]))

    return script
