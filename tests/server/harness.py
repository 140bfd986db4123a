"""A relay server in the running loop, and clients that talk to it over real sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from websockets.asyncio.client import ClientConnection, connect

from live_monitor import limits
from live_monitor.clock import Clock, ManualClock, SystemClock
from live_monitor.data.models.market_data import Event
from live_monitor.limits import Rejections
from live_monitor.ports import MarketSource
from live_monitor.server.relay import RelayServer
from live_monitor.server.relay_pace import Speed
from live_monitor.wire import relay

N = TypeVar("N", bound=relay.Notice)

#: No frame that is expected takes longer.
PATIENCE_S = 20.0


@asynccontextmanager
async def serving(
    source: MarketSource, *, speed: Speed = 1.0, clock: Clock | None = None, **options: Any
) -> AsyncIterator[RelayServer]:
    """A server on a free port, running."""
    server = RelayServer(source, clock or SystemClock(), port=0, speed=speed, **options)
    await server.start()
    running = asyncio.create_task(server.run())
    try:
        yield server
        if running.done():
            running.result()
    finally:
        running.cancel()
        await server.stop()
        await asyncio.gather(running, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    """Lets the loop run until `condition` holds."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.002)


async def pass_time(server: RelayServer, clock: ManualClock, seconds: float) -> None:
    """Moves the clock, and waits until the market has followed."""
    before = server.market.now_ms
    clock.advance(seconds)
    await until(lambda: server.market.now_ms > before)


class Client:
    """One connection; what arrives is kept in `events` and `notices`."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.events: list[Event] = []
        self.notices: list[relay.Notice] = []
        #: Events per market data frame.
        self.batches: list[int] = []
        #: Everything in order of arrival.
        self.log: list[Event | relay.Notice] = []
        self.rejections = Rejections()
        self._decoder = relay.RelayDecoder(self.rejections)

    async def ask(self, **message: Any) -> None:
        """Sends a request."""
        await self.socket.send(json.dumps(message))

    async def subscribe(self, *symbols: str, channels: Sequence[str] = relay.CHANNELS) -> None:
        """Subscribes; the answers are read later."""
        await self.ask(action="subscribe", symbols=list(symbols), channels=list(channels))

    async def read(self) -> None:
        """Takes one frame."""
        async with asyncio.timeout(PATIENCE_S):
            raw = await self.socket.recv(decode=False)
        item = self._decoder.decode(raw, 0, limits.MAX_TIME_MS)
        if isinstance(item, list):
            self.events += item
            self.log += item
            self.batches.append(len(item))
        else:
            self.notices.append(item)
            self.log.append(item)

    async def read_until(self, condition: Callable[[], bool]) -> None:
        """Takes frames until `condition` holds."""
        while not condition():
            await self.read()

    async def next_of(self, kind: type[N], number: int = 1) -> N:
        """Takes frames until `number` notices of this kind have come; the last of them."""
        await self.read_until(lambda: len(of_kind(self.notices, kind)) >= number)
        found: N = of_kind(self.notices, kind)[number - 1]
        return found


def of_kind(items: Sequence[Any], kind: type[Any]) -> list[Any]:
    """Those of exactly this type, in order."""
    return [item for item in items if type(item) is kind]


@asynccontextmanager
async def client(
    server: RelayServer, *, features: Sequence[str] | None = relay.FEATURES, **options: Any
) -> AsyncIterator[Client]:
    """A client that has read the greeting and accepted `features` (None: one that knows no greeting)."""
    url = server.url.replace("{client_id}", "test")
    async with connect(url, proxy=None, compression=None, **options) as socket:
        one = Client(socket)
        await one.read()
        if features is not None:
            await one.ask(action="hello", features=list(features))
            if "clock" in features:
                await one.read()
        yield one
