"""Serves a market over the relay protocol to many clients on this machine.

    MarketSource ──► FaultyFeed ──► PacedMarket ──► RelayServer ──► Routes ──► Outbox ──► socket     for each client
     what happens     (if asked)     when            encodes once    to whom    bounded

The server asks the source for everything up to the present market time, encodes each event once, and hands it to the
clients that want it, one frame each per step. A client that reads too slowly loses superseded quotes, then prints, and
is told exactly what; at full speed the source waits for its clients instead.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request as HttpRequest
from websockets.http11 import Response

from live_monitor import limits
from live_monitor.clock import Clock
from live_monitor.errors import LiveMonitorError, StartError
from live_monitor.limits import Rejections
from live_monitor.ports import MarketSource
from live_monitor.server.faults import Cut, FaultPlan, FaultyFeed, Incident
from live_monitor.server.relay_access import Refusal, refusal
from live_monitor.server.relay_frames import Waiting, encode_event
from live_monitor.server.relay_pace import PacedMarket, Speed
from live_monitor.server.relay_routes import Routes
from live_monitor.server.relay_session import ClientSession
from live_monitor.wire import relay
from live_monitor.wire.relay import FaultNotice

_log = logging.getLogger(__name__)

#: A wider address would need tokens and a warning on the screen (security model, rule 1).
LOOPBACK: Final = ("127.0.0.1", "localhost")
#: Real seconds between two steps of market time, and between two clock frames.
STEP_S: Final = 0.01
CLOCK_S: Final = 1.0
#: How often a source at full speed looks whether its clients have room.
ROOM_POLL_S: Final = 0.002
#: Events that are handed over before others get the loop.
CHUNK_EVENTS: Final = 500
CLIENT_MESSAGE_BYTES: Final = 64 * 1024
#: What the system may buffer of a client that does not read: beyond it, its own queue decides what gives way.
SEND_BUFFER_BYTES: Final = 128 * 1024
PING_S, PONG_S = 20.0, 60.0
CLOSE_S: Final = 0.2
#: Speed as which `max` counts where real time is meant.
_MAX_AS_SPEED: Final = 60.0


class RelayServer:
    """`await start()`, then `await run()` until cancelled, then `await stop()`. One loop.

    `speed`: market seconds per real second, or "max". `waits_for_client`: market time begins with the first
    subscription; by default for a source that comes to an end, and at full speed.
    """

    def __init__(
        self,
        source: MarketSource,
        clock: Clock,
        *,
        host: str = "127.0.0.1",
        port: int = 8200,
        speed: Speed = 1.0,
        waits_for_client: bool | None = None,
        faults: FaultPlan | None = None,
    ) -> None:
        scale = _MAX_AS_SPEED if speed == "max" else speed
        feed = source if faults is None else FaultyFeed(source, faults, scale)
        self.market = PacedMarket(feed, clock, speed)
        self.rejections = Rejections()
        self._clock = clock
        self._host = host
        self._port = port
        self._waits = source.end_ms > 0 if waits_for_client is None else waits_for_client
        self._routes = Routes()
        self._sessions: set[ClientSession] = set()
        self._subscribed = asyncio.Event()
        self._server: Server | None = None
        self._clock_due = 0.0

    @property
    def port(self) -> int:
        """The port that is listened on, once started."""
        return self._port

    @property
    def url(self) -> str:
        """Where clients connect to."""
        return f"ws://{self._host}:{self._port}/ws/{{client_id}}"

    @property
    def sessions(self) -> Sequence[ClientSession]:
        """The clients at this moment."""
        return tuple(self._sessions)

    async def start(self) -> int:
        """Listens and returns the port. Raises StartError when that cannot be done."""
        if self._host not in LOOPBACK:
            raise StartError(f"The feed is not served on {self._host}.", "Only this machine may connect: 127.0.0.1.")
        try:
            listener = _listen(self._host, self._port)
        except (OSError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise StartError(
                f"Port {self._port} of {self._host} cannot be used ({reason}).",
                "End the program that uses it, or choose another with --port (0 takes a free one).",
            ) from error
        self._port = listener.getsockname()[1]
        self._server = await serve(
            self._converse,
            sock=listener,
            process_request=self._check,
            compression=None,
            max_size=CLIENT_MESSAGE_BYTES,
            max_queue=4,
            open_timeout=5,
            ping_interval=PING_S,
            ping_timeout=PONG_S,
            close_timeout=CLOSE_S,
        )
        return self._port

    async def stop(self) -> None:
        """Closes every connection (1001) and the port; safe to call again."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    # -- the market's time --------------------------------------------------------------------

    async def run(self) -> None:
        """Moves the market on and sends what happens, until cancelled; after its end the clients are still served."""
        if self._waits or self.market.lossless:
            await self._subscribed.wait()
        self.market.start()
        try:
            while not self.market.ended:
                if self.market.lossless:
                    await self._all_have_room()
                await self.market.step(self._hand_over)
                self._tell_time()
                await asyncio.sleep(0 if self.market.lossless else STEP_S)
        except LiveMonitorError as error:
            _log.error("the feed has broken off: %s", error)
            self.market.ended = True
            self._tell_all("clock", relay.encode(relay.ErrorNotice(str(error))))
        self._tell_all("clock", relay.encode(self.market.clock_frame))
        self._tell_all("clock", relay.encode(self.market.end_frame))
        await asyncio.get_running_loop().create_future()

    async def _all_have_room(self) -> None:
        while not self._routes or not all(session.outbox.has_room for session in self._sessions):
            await asyncio.sleep(ROOM_POLL_S)

    def _tell_time(self) -> None:
        now = self._clock.monotonic()
        if now >= self._clock_due or self.market.slipped or self.market.lossless:
            self._clock_due = now + CLOCK_S
            self.market.slipped = False
            self._tell_all("clock", relay.encode(self.market.clock_frame))

    def _tell_all(self, feature: str, frame: bytes) -> None:
        for session in self._sessions:
            session.tell(feature, frame)

    async def _hand_over(self, incidents: Sequence[Incident]) -> None:
        for start in range(0, len(incidents), CHUNK_EVENTS):
            if start:
                await asyncio.sleep(0)
            self._route(incidents[start : start + CHUNK_EVENTS])
            for session in self.sessions:
                session.outbox.settle()
                if session.outbox.hopeless:
                    session.cut_off("it reads too slowly even for bars")

    def _route(self, incidents: Sequence[Incident]) -> None:
        table = self._routes.table
        for incident in incidents:
            row = table.get(type(incident))  # type: ignore[arg-type]  # what is no event has no row
            if row is None:
                self._act_on(incident)
                continue
            takers = row.get(incident.symbol)  # type: ignore[union-attr]  # only what has a symbol has a row
            if takers:
                entry = Waiting(incident, encode_event(incident))  # type: ignore[arg-type]  # an event, as above
                for outbox in takers:
                    outbox.add(entry)

    def _act_on(self, incident: Incident) -> None:
        if isinstance(incident, FaultNotice):
            if incident.kind == "halt":
                self.market.halts[incident.symbol] = incident
            elif incident.kind == "resume":
                self.market.halts.pop(incident.symbol, None)
            elif incident.kind in ("split", "renamed"):
                self.market.changes.setdefault(incident.symbol, []).append(incident)
            for session in self._sessions:
                session.tell_fault(incident)
        elif isinstance(incident, Cut):
            for session in self.sessions:
                session.cut_off("fault injection")

    # -- clients ------------------------------------------------------------------------------

    def _check(self, connection: ServerConnection, request: HttpRequest) -> Response | None:
        headers = request.headers
        refused = refusal(request.path, headers.get_all("Host"), headers.get_all("Origin"), self._port)
        if refused is None and len(self._sessions) >= limits.MAX_CLIENTS:
            refused = Refusal(HTTPStatus.SERVICE_UNAVAILABLE, f"{limits.MAX_CLIENTS} clients are connected already.")
        if refused is None:
            return None
        self.rejections.note(f"handshake: {refused.text}")
        return connection.respond(refused.status, refused.text + "\n")

    async def _converse(self, connection: ServerConnection) -> None:
        # Handshakes that were under way together may have passed the check together.
        if len(self._sessions) >= limits.MAX_CLIENTS:
            await connection.close(1013, "too many clients")
            return
        session = ClientSession(connection, self.market, self._routes, self.rejections, self._subscribed.set)
        self._sessions.add(session)
        _log.info("client %s is here", session.name)
        try:
            await session.run()
        finally:
            self._sessions.discard(session)


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError, and OverflowError for what is no port."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            # Windows would let another program listen on the same port and take our clients.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        listener.bind((host, port))
        listener.listen(128)
    except BaseException:
        listener.close()
        raise
    return listener
