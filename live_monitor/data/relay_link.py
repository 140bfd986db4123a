"""One connection to a relay server, kept alive: connect, subscribe, read, reconnect. Qt-free.

The desired subscriptions are the truth and are sent again on every connection. Every end of a
connection is judged by `wire.reconnect`; only a fatal cause stops the loop.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from random import Random
from typing import Any, NoReturn
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection

from live_monitor import limits
from live_monitor.clock import Clock, SessionClock
from live_monitor.data.models.market_data import Event, Quote, Status, Trade
from live_monitor.data.models.providers import Capabilities
from live_monitor.data.models.timeframe import BASES
from live_monitor.errors import FatalFeedError
from live_monitor.limits import Rejections
from live_monitor.net.resolver import resolve
from live_monitor.net.stream_link import LinkTiming, StreamLink
from live_monitor.ports import FeedOutlet
from live_monitor.wire import relay
from live_monitor.wire.reconnect import judge_session_status

Wanted = Mapping[str, tuple[str, ...]]


class RelayLink:
    """A `ports.MarketFeed`. Everything below `run` happens on the loop that runs it; `outlet` is the way up."""

    provider = "relay"
    #: What a relay can do it says when it greets; this is what one of ours can.
    capabilities = Capabilities(history=True, timeframes=BASES, max_symbols=limits.MAX_SUBSCRIPTIONS)

    def __init__(
        self,
        server_url: str,
        client_id: str,
        outlet: FeedOutlet,
        *,
        clock: Clock,
        random: Random,
        timing: LinkTiming | None = None,
        resolver: Callable[[str, int], Awaitable[list[str]]] = resolve,
    ) -> None:
        self.rejections = Rejections()
        self._outlet = outlet
        self._clock = clock
        self._link = StreamLink(
            server_url.replace("{client_id}", quote(client_id, safe="")),
            outlet,
            clock=clock,
            random=random,
            timing=timing,
            resolver=resolver,
        )
        self._timing = self._link.timing
        self._decoder = relay.RelayDecoder(self.rejections)
        self._feed_clock = SessionClock(clock)
        self._wanted: dict[str, tuple[str, ...]] = {}
        self._features: frozenset[str] = frozenset()
        self._hello = relay.Hello(features=[])
        self._socket: ClientConnection | None = None
        self._ack_deadlines: dict[str, float] = {}
        #: Monotonic second from which on the feed's time is looked at again.
        self._hears_at = 0.0

    async def run(self) -> None:
        """Connects for ever; returns only after a fatal cause. Cancel to stop: the socket is aborted at once."""
        await self._link.run(self._converse)

    async def _converse(self, socket: ClientConnection) -> NoReturn:
        self._socket = socket
        self._features = frozenset()
        self._know(relay.Hello(features=[]))
        self._feed_clock.release()
        self._ack_deadlines.clear()
        first = await self._first_frame(socket)
        if first is None or not await self._greeted(first):
            self._link.live()
            await self._subscribe(self._wanted)
            if first is not None:
                await self._take(first)
        watch = asyncio.create_task(self._watch_acks(), name="acks")
        try:
            while True:
                await self._take(await socket.recv(decode=False))
        finally:
            watch.cancel()
            self._socket = None

    def _know(self, hello: relay.Hello) -> None:
        self._hello = hello
        self._link.provider, self._link.label = hello.provider, hello.label

    async def _first_frame(self, socket: ClientConnection) -> bytes | None:
        """A server of ours greets at once; any other may stay silent."""
        try:
            async with asyncio.timeout(self._timing.hello_s):
                return await socket.recv(decode=False)
        except TimeoutError:
            return None

    async def _greeted(self, raw: bytes) -> bool:
        item = self._decoder.decode(raw, self._clock.wall_ms(), limits.MAX_TIME_MS)
        if type(item) is not relay.Hello:
            return False
        await self._accept(item)
        return True

    async def _accept(self, hello: relay.Hello) -> None:
        self._know(hello)
        self._features = frozenset(hello.features) & frozenset(relay.FEATURES)
        self._outlet.put_notice(hello, self._clock.monotonic())
        if hello.pace == "max" and self._socket is not None:
            # A reader that makes the feed wait reads no pongs either; no stall, and what is under way must not be lost.
            self._socket.ping_timeout = None
        await self._link.send(relay.accept_features(sorted(self._features)))
        self._link.live()
        await self._subscribe(self._wanted)

    async def _take(self, raw: bytes) -> None:
        received_ms = self._clock.wall_ms()
        item = self._decoder.decode(raw, received_ms, self._feed_clock.latest_ms() + limits.MAX_AHEAD_MS)
        received = self._clock.monotonic()
        if type(item) is not list:
            await self._noticed(item, received)  # type: ignore[arg-type]  # anything but a list is a notice
            return
        if self._decoder.saw_status:
            item = self._without_status(item)
        if item:
            if received >= self._hears_at:
                self._hear(item, received)
            while self._hello.pace == "max" and not self._outlet.has_room:
                await asyncio.sleep(0.002)
            self._outlet.put_events(item, received)

    def _hear(self, events: list[Event], received: float) -> None:
        """Lets market time know how late it is by the feed, once a second."""
        self._hears_at = received + 1.0
        newest_ms = max((event.timestamp_ms for event in events if isinstance(event, Trade | Quote)), default=0)
        self._feed_clock.heard(newest_ms)

    def _without_status(self, events: list[Any]) -> list[Any]:
        """Acts on status events. Raises FatalFeedError for one after which retrying is useless."""
        for event in events:
            if type(event) is Status:
                meaning = judge_session_status(event.status, event.message)
                if isinstance(meaning, FatalFeedError):
                    raise meaning
                if meaning:
                    self._outlet.put_notice(relay.ErrorNotice(meaning), self._clock.monotonic())
        return [event for event in events if type(event) is not Status]

    async def _noticed(self, notice: relay.Notice, received: float) -> None:
        if type(notice) is relay.Hello:
            await self._accept(notice)
            return
        if type(notice) is relay.ClockFrame:
            self._feed_clock.follow(notice.market_ms, notice.speed, received)
        elif type(notice) is relay.Ack:
            for symbol in (*notice.symbols, *notice.refused):
                self._ack_deadlines.pop(symbol, None)
            for symbol, reason in notice.refused.items():
                self._outlet.put_problem(symbol, reason[: limits.MAX_TEXT])
        self._outlet.put_notice(notice, received)

    async def _watch_acks(self) -> None:
        """Marks a symbol whose subscription the server leaves unanswered; the others go on."""
        while True:
            await asyncio.sleep(min(1.0, self._timing.ack_s / 4))
            now = self._clock.monotonic()
            for symbol in [symbol for symbol, deadline in self._ack_deadlines.items() if deadline <= now]:
                del self._ack_deadlines[symbol]
                self._outlet.put_problem(symbol, "no answer from the server")

    async def _subscribe(self, wanted: Wanted) -> None:
        groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
        offered = self._hello.symbols
        for symbol, channels in wanted.items():
            if offered and symbol not in offered:
                self._outlet.put_problem(symbol, "not offered by this feed")
            else:
                groups[channels].append(symbol)
        deadline = self._clock.monotonic() + self._timing.ack_s
        for channels, symbols in groups.items():
            if "ack" in self._features:
                self._ack_deadlines.update(dict.fromkeys(symbols, deadline))
            await self._link.send(relay.subscribe(symbols, channels))

    async def want(self, wanted: Wanted) -> None:
        """Makes `wanted` (symbol → channels) the desired subscriptions; sends only what changed.

        Channels that nobody wants any longer are left on while the symbol is wanted: the documented protocol lets go of
        whole symbols only, and prints that came in between would be lost.
        """
        gone = [s for s in self._wanted if s not in wanted]
        fresh = {s: channels for s, channels in wanted.items() if set(channels) - set(self._wanted.get(s, ()))}
        self._wanted = dict(wanted)
        if gone:
            for symbol in gone:
                self._ack_deadlines.pop(symbol, None)
            await self._link.send(relay.unsubscribe(gone))
        if fresh:
            await self._subscribe(fresh)

    async def resubscribe(self) -> None:
        """Sends every desired subscription again; the server may have forgotten them."""
        await self._subscribe(self._wanted)

    async def reconnect(self, reason: str) -> None:
        """Drops the connection; the loop opens a new one."""
        await self._link.reconnect(reason)

    async def request_history(self, symbol: str, timeframe: str, end_ms: int, limit: int, request_id: int) -> None:
        """Asks for bars where the server offers history; otherwise nothing happens."""
        if "history" in self._features:
            await self._link.send(relay.request_history(symbol, timeframe, end_ms, limit, request_id))

    async def request_snapshot(self, symbols: list[str]) -> None:
        """Asks for level 1 again where the server offers it; otherwise nothing happens."""
        if "snapshot" in self._features:
            await self._link.send(relay.request_snapshot(symbols))

    async def search_symbols(self, text: str, request_id: int) -> None:
        """The documented protocol knows no search; a server of ours names its symbols when it greets."""
