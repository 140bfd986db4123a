"""Serves a market over the relay protocol to many clients on this machine.

The market is a `MarketSource`: the server asks it for everything up to the present market time,
encodes each event once and hands it to the clients that want it. `speed` paces market time against
the clock; at `max` the source is asked for more only while every client's queue has room, so that
nothing is ever left out.
"""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import Final, Protocol
from urllib.parse import unquote

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request as HttpRequest
from websockets.http11 import Response

from live_monitor import limits
from live_monitor.clock import Clock
from live_monitor.data.models.market_data import Event, Status
from live_monitor.errors import StartError
from live_monitor.limits import Rejections
from live_monitor.ports import MarketSource
from live_monitor.server.access import refusal
from live_monitor.server.relay_client import SOFT_LIMIT, ClientSession, channel_of
from live_monitor.wire import relay

_log = logging.getLogger(__name__)

STEP_S: Final = 0.01
CLOCK_EVERY_S: Final = 1.0
MAX_STEP_MS: Final = 1_000
_TIMEFRAMES: Final = {"1s": 1_000, "1m": 60_000}


class FaultInjector(Protocol):
    """Stands between source and clients and does what real feeds do."""

    def pass_on(self, events: list[Event], now_ms: int) -> tuple[list[Event], list[relay.FaultNotice]]:
        """The events that go out now, in order, and what the server says about them."""
        ...

    def disconnects(self, now_ms: int) -> bool:
        """True when every connection is to be cut now."""
        ...


class RelayServer:
    """`start`, then `run` until cancelled, then `stop`. One loop."""

    def __init__(
        self,
        source: MarketSource,
        clock: Clock,
        *,
        host: str = "127.0.0.1",
        port: int = 8200,
        speed: float | None = 1.0,
        waits_for_client: bool = False,
        faults: FaultInjector | None = None,
    ) -> None:
        """`speed` None is `max`. `waits_for_client`: market time starts with the first subscription (replay)."""
        self._source = source
        self._clock = clock
        self._host = host
        self._port = port
        self._speed = speed
        self._faults = faults
        self._sessions: dict[ServerConnection, ClientSession] = {}
        self._served = frozenset(source.symbols)
        self._server: Server | None = None
        self._market_ms = float(source.start_ms)
        self._subscribed = asyncio.Event()
        self._ended = False
        if not (waits_for_client or speed is None):
            self._subscribed.set()
        self.rejections = Rejections()

    @property
    def url(self) -> str:
        """Where clients connect to."""
        return f"ws://{self._host}:{self._port}/ws/{{client_id}}"

    @property
    def port(self) -> int:
        """The port that is listened on, once started."""
        return self._port

    async def start(self) -> None:
        """Listens. Raises StartError when the port is taken."""
        try:
            self._server = await serve(
                self._converse,
                self._host,
                self._port,
                process_request=self._check,
                compression=None,
                max_size=64 * 1024,
                ping_interval=20,
                ping_timeout=20,
                close_timeout=1,
            )
        except OSError as error:
            raise StartError(
                f"Port {self._port} on {self._host} cannot be used ({error.strerror or error}).",
                "End the program that uses it, or give another with --port (0 takes a free one).",
            ) from error
        self._port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        """Closes every connection and the port."""
        if self._server is not None:
            for connection in list(self._sessions):
                connection.transport.abort()
            self._server.close()
            await self._server.wait_closed()

    async def run(self) -> None:
        """Moves market time and sends what happens, until cancelled."""
        await self._subscribed.wait()
        last = self._clock.monotonic()
        clock_due = 0.0
        while True:
            now = self._clock.monotonic()
            if self._speed is None:
                await self._advance_when_all_have_room()
            else:
                self._market_ms += min((now - last) * 1000 * self._speed, MAX_STEP_MS * max(self._speed, 1.0))
                self._step(int(self._market_ms))
            last = now
            if now >= clock_due or self._speed is None:
                clock_due = now + CLOCK_EVERY_S
                self._tell_all("clock", self._clock_frame())
            await asyncio.sleep(STEP_S if self._speed is not None or self._ended else 0)

    async def _advance_when_all_have_room(self) -> None:
        while any(len(session.queue) >= SOFT_LIMIT // 2 for session in self._sessions.values()):
            await asyncio.sleep(0.001)
        if not self._ended and self._sessions:
            self._market_ms += MAX_STEP_MS
            self._step(int(self._market_ms))
        else:
            await asyncio.sleep(STEP_S)

    def _step(self, now_ms: int) -> None:
        events = self._source.advance(now_ms)
        if self._faults is not None:
            events, notices = self._faults.pass_on(events, now_ms)
            for notice in notices:
                self._tell_all("fault", relay.encode(notice))
            if self._faults.disconnects(now_ms):
                for connection in list(self._sessions):
                    connection.transport.abort()
        self._send_out(events)
        end_ms = self._source.end_ms
        if end_ms and now_ms >= end_ms and not self._ended:
            self._ended = True
            self._market_ms = float(end_ms)
            self._speed = None if self._speed is None else 0.0
            self._tell_all("clock", self._clock_frame())
            self._tell_all("clock", relay.encode(relay.EndOfFeed(f"{self._source.label} is finished.")))

    def _send_out(self, events: list[Event]) -> None:
        sessions = list(self._sessions.values())
        for event in events:
            if type(event) is Status:
                continue
            symbol, channel = event.symbol, channel_of(event)  # type: ignore[union-attr]  # status is left out above
            takers = [session for session in sessions if session.wants(symbol, channel)]
            if takers:
                encoded = relay.encode(event)
                for session in takers:
                    session.queue.put(event, encoded)

    def _clock_frame(self) -> bytes:
        running = self._subscribed.is_set() and not self._ended
        return relay.encode(relay.ClockFrame(int(self._market_ms), (self._speed or 0.0) if running else 0.0))

    def _tell_all(self, feature: str, frame: bytes) -> None:
        for session in self._sessions.values():
            if feature in session.features:
                session.queue.put_notice(frame)

    # -- one client ---------------------------------------------------------------------------

    def _check(self, connection: ServerConnection, request: HttpRequest) -> Response | None:
        headers = request.headers
        refused = refusal(request.path, headers.get_all("Host"), headers.get_all("Origin"), self._port)
        if refused is None and len(self._sessions) >= limits.MAX_CLIENTS:
            refused = HTTPStatus.SERVICE_UNAVAILABLE, "Too many clients are connected."
        if refused is None:
            return None
        status, text = refused
        self.rejections.note(f"handshake: {text}")
        return connection.respond(status, text + "\n")

    async def _converse(self, connection: ServerConnection) -> None:
        path = connection.request.path if connection.request is not None else ""
        session = ClientSession(unquote(path.rpartition("/")[2])[:64])
        self._sessions[connection] = session
        _log.info("client %r connected", session.client_id)
        sender = asyncio.create_task(self._send(connection, session), name=f"send to {session.client_id}")
        try:
            await connection.send(self._hello(), text=True)
            while True:
                self._take(session, await connection.recv(decode=False))
        except ConnectionClosed:
            _log.info("client %r is gone", session.client_id)
        finally:
            sender.cancel()
            del self._sessions[connection]

    def _hello(self) -> bytes:
        source = self._source
        return relay.encode(
            relay.Hello(
                list(relay.FEATURES),
                "live-monitor",
                source.provider,
                source.label,
                "max" if self._speed is None else "realtime",
                list(source.symbols),
            )
        )

    async def _send(self, connection: ServerConnection, session: ClientSession) -> None:
        try:
            while True:
                frames = await session.queue.frames("batch" in session.features, "fault" in session.features)
                for frame in frames:
                    await connection.send(frame, text=True)
                await asyncio.sleep(0)
        except ConnectionClosed:
            return

    def _take(self, session: ClientSession, raw: bytes) -> None:
        request = relay.decode_request(raw)
        if request is None:
            self.rejections.note("request: not understood")
            session.queue.put_notice(relay.encode(relay.ErrorNotice("The message was not understood.")))
            return
        symbols = [request.symbols] if isinstance(request.symbols, str) else list(request.symbols)
        if request.action == "hello":
            session.features = frozenset(request.features) & frozenset(relay.FEATURES)
            if "clock" in session.features:
                session.queue.put_notice(self._clock_frame())
        elif request.action == "subscribe":
            self._subscribe(session, symbols, request.channels)
        elif request.action == "unsubscribe":
            self._answer(session, session.unsubscribe(symbols))
        elif request.action == "snapshot":
            self._send_snapshots(session, [symbol for symbol in symbols if symbol in session.channels])
        elif request.action == "history":
            self._send_history(session, request)
        else:
            self.rejections.note("request: unknown action")
            session.queue.put_notice(relay.encode(relay.ErrorNotice(f"Unknown action {request.action[:32]!r}.")))

    def _subscribe(self, session: ClientSession, symbols: list[str], channels: tuple[str, ...]) -> None:
        ack = session.subscribe(symbols, channels, self._served)
        self._answer(session, ack)
        self._send_snapshots(session, ack.symbols)
        if ack.symbols and not self._subscribed.is_set():
            self._subscribed.set()

    def _answer(self, session: ClientSession, ack: relay.Ack) -> None:
        if "ack" in session.features:
            session.queue.put_notice(relay.encode(ack))
        elif ack.refused:
            text = ", ".join(f"{symbol}: {reason}" for symbol, reason in ack.refused.items())
            session.queue.put_notice(relay.encode(relay.ErrorNotice(text[: limits.MAX_TEXT])))

    def _send_snapshots(self, session: ClientSession, symbols: list[str]) -> None:
        if "snapshot" not in session.features:
            return
        for symbol in symbols:
            snapshot = self._source.snapshot(symbol)
            if snapshot is not None:
                session.queue.put_notice(relay.encode(relay.SnapshotFrame(snapshot)))

    def _send_history(self, session: ClientSession, request: relay.Request) -> None:
        timeframe_ms = _TIMEFRAMES.get(request.timeframe)
        if timeframe_ms is None or request.symbol not in self._served or "history" not in session.features:
            session.queue.put_notice(relay.encode(relay.ErrorNotice("That history is not offered.")))
            return
        limit = max(1, min(request.limit or limits.MAX_BARS, limits.MAX_HISTORY_BARS))
        end_ms = request.end_ms or int(self._market_ms)
        bars, more = self._source.history(request.symbol, timeframe_ms, end_ms, limit)
        page = relay.HistoryPage(request.symbol, request.timeframe, request.request_id, list(bars), more)
        session.queue.put_notice(relay.encode(page))
