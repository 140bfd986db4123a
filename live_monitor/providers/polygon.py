"""The live stream of Polygon.io (Massive): greet, authenticate, subscribe, read, and again after every loss.

One reader decodes and hands over, and waits for nobody: a slow window conflates in the inbox, not in the server's
buffer. Questions (history, level 1, search) go to a service of its own, `answers`; without one they are not offered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Any, Final, NoReturn, Protocol
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection

from live_monitor import limits
from live_monitor.clock import Clock, SessionClock
from live_monitor.data.models.market_data import Event, Quote, Status, Trade
from live_monitor.data.models.providers import Capabilities
from live_monitor.data.models.timeframe import BASES
from live_monitor.errors import FatalFeedError
from live_monitor.limits import Rejections
from live_monitor.net.stream_link import LinkTiming, StreamLink
from live_monitor.ports import FeedOutlet
from live_monitor.providers.polygon_channels import Channels
from live_monitor.providers.polygon_session import GOOD, Halts, Losses, judge_status, said
from live_monitor.secrets import POLYGON_API_KEY, Secret
from live_monitor.wire import polygon
from live_monitor.wire.notices import Ack, ClockFrame, ErrorNotice, Hello, Notice, PriceBands

REAL_TIME_URL: Final = "wss://socket.massive.com/stocks"
DELAYED_URL: Final = "wss://delayed.massive.com/stocks"
DELAY_S: Final = 900.0
_AHEAD_MS: Final = limits.MAX_AHEAD_MS
_NO_ANSWER: Final = "no answer from the server"
#: A delayed feed says what time it is there this often.
_CLOCK_EVERY_S: Final = 30.0


class Answers(Protocol):
    """Who answers what the stream cannot (`providers.history_answers`). On the feed's loop; nothing here blocks."""

    async def request_history(self, symbol: str, timeframe: str, end_ms: int, limit: int, request_id: int) -> None: ...

    async def request_snapshot(self, symbols: Sequence[str]) -> None: ...

    async def search_symbols(self, text: str, request_id: int) -> None: ...

    def heal(self, symbols: Iterable[str], from_ms: int, to_ms: int) -> None: ...

    def follow(self, wanted: Iterable[str]) -> None: ...

    def close(self) -> None: ...


class PolygonFeed:
    """A `ports.MarketFeed`. `server_url` empty: the vendor's own, real-time or `delayed`."""

    provider = "polygon"

    def __init__(
        self,
        outlet: FeedOutlet,
        key: Secret,
        *,
        clock: Clock,
        random: Random,
        server_url: str = "",
        delayed: bool = False,
        answers: Answers | None = None,
        timing: LinkTiming | None = None,
    ) -> None:
        self.rejections = Rejections()
        self.capabilities = Capabilities(
            quotes=not delayed,
            history=answers is not None,
            search=answers is not None,
            timeframes=BASES if answers is not None else (),
            delay_s=DELAY_S if delayed else 0.0,
            needs=(POLYGON_API_KEY,),
        )
        self._outlet = outlet
        self._key = key
        self._clock = clock
        self._answers = answers
        self._delayed = delayed
        self._delay_ms = round(DELAY_S * 1_000) if delayed else 0
        self._link = StreamLink(
            stream_url(server_url, delayed=delayed), outlet, clock=clock, random=random, timing=timing
        )
        self._link.provider = self.provider
        self._link.label = "POLYGON · 15 min delayed" if delayed else "POLYGON"
        self._decoder = polygon.PolygonDecoder(self.rejections)
        #: The vendor's time; that of the market is `DELAY_S` behind it on the delayed stream.
        self._feed_clock = SessionClock(clock)
        self._channels = Channels(late=delayed)
        self._halts = Halts()
        self._authenticated = False
        #: Monotonic second from which on the feed's time is looked at again.
        self._hears_at = 0.0
        self._losses = Losses()

    async def run(self) -> None:
        """As in `MarketFeed`."""
        try:
            await self._link.run(self._converse)
        finally:
            if self._answers is not None:
                self._answers.close()

    async def want(self, wanted: Mapping[str, tuple[str, ...]]) -> None:
        """As in `MarketFeed`; price bands of every symbol come with it where the stream has them."""
        change = self._channels.want(wanted)
        self._halts.follow(wanted)
        if self._answers is not None:
            self._answers.follow(wanted)
        if not self._authenticated:
            return
        for message in polygon.unsubscribe(change.let_go):
            await self._link.send(message)
        await self._ask(change.ask)
        await self.request_snapshot(change.new_symbols)

    async def resubscribe(self) -> None:
        """As in `MarketFeed`. The server says nothing to what it holds already, and is not waited for there."""
        if self._authenticated:
            await self._ask(self._channels.desired())

    async def reconnect(self, reason: str) -> None:
        """As in `MarketFeed`."""
        await self._link.reconnect(reason)

    async def request_history(self, symbol: str, timeframe: str, end_ms: int, limit: int, request_id: int) -> None:
        """As in `MarketFeed`."""
        if self._answers is not None:
            await self._answers.request_history(symbol, timeframe, end_ms, limit, request_id)

    async def request_snapshot(self, symbols: Sequence[str]) -> None:
        """As in `MarketFeed`."""
        if self._answers is not None and symbols:
            await self._answers.request_snapshot(symbols)

    async def search_symbols(self, text: str, request_id: int) -> None:
        """As in `MarketFeed`."""
        if self._answers is not None:
            await self._answers.search_symbols(text, request_id)

    # -- one connection --------------------------------------------------------------------------

    async def _converse(self, socket: ClientConnection) -> NoReturn:
        if not self._key:
            raise FatalFeedError("Polygon needs an API key.", "Give it in the settings, or as POLYGON_API_KEY.")
        self._channels.begin()
        self._halts.begin()
        self._authenticated = False
        watch = asyncio.create_task(self._watch(), name="polygon-watch")
        try:
            async with asyncio.timeout(2 * self._link.timing.ack_s):
                while not self._authenticated:
                    await self._take(await socket.recv(decode=False))
            while True:
                await self._take(await socket.recv(decode=False))
        finally:
            self._authenticated = False
            watch.cancel()

    async def _take(self, raw: bytes) -> None:
        """One frame. Raises FeedError when the server says that it is over."""
        decoder = self._decoder
        events: list[Any] = decoder.decode(raw, self._clock.wall_ms(), self._feed_clock.latest_ms() + _AHEAD_MS)
        received = self._clock.monotonic()
        if decoder.saw_status or decoder.saw_bands:
            events = await self._set_aside(events, received)
        if not events or not self._authenticated:
            return
        # The list belongs to the receiver once it is put.
        halts = list(self._halts.look(events)) if decoder.saw_condition or self._halts.paused else ()
        if received >= self._hears_at:
            self._hear(events, received)
        self._outlet.put_events(events, received)
        for halt in halts:
            self._outlet.put_notice(halt, received)

    def _hear(self, events: Sequence[Event], received: float) -> None:
        """Lets market time know how late it is by the feed, once a second."""
        self._hears_at = received + 1.0
        newest_ms = max((event.timestamp_ms for event in events if isinstance(event, Trade | Quote)), default=0)
        if newest_ms:
            self._feed_clock.heard(newest_ms + self._delay_ms)
            self._losses.heard(newest_ms, self._feed_clock.now_ms() - self._delay_ms)

    async def _set_aside(self, events: Iterable[Any], received: float) -> list[Any]:
        """Acts on what is no event of the market; the rest."""
        rest = []
        for event in events:
            if type(event) is Status:
                await self._heed(event, received)
            elif type(event) is PriceBands:
                self._outlet.put_notice(event, received)
            else:
                rest.append(event)
        return rest

    async def _heed(self, status: Status, received: float) -> None:
        ending = judge_status(status)
        if ending is not None:
            raise ending
        if status.status == "auth_success":
            await self._begin()
        elif status.status in ("connected", "auth_required"):
            self._authenticated = False
            await self._link.send(polygon.auth(self._key.reveal()))
        elif status.status == "success":
            await self._succeeded(status.message, received)
        elif status.status not in GOOD:
            missing = self._channels.refused(status.message)
            if not missing or self._channels.untold(missing):
                self._outlet.put_notice(ErrorNotice(f"Polygon says: {said(status)} ({status.status})."), received)
            for symbol, topics in missing.items():
                if self._channels.lacks_prices(symbol, topics):
                    self._outlet.put_problem(symbol, said(status))

    async def _succeeded(self, message: str, received: float) -> None:
        action, channels = polygon.acknowledged(message)
        if action == "subscribe":
            symbols, strange = self._channels.acknowledged(channels)
            for _ in range(strange):
                self.rejections.note("status: acknowledged what was not asked for")
            if symbols:
                self._outlet.put_notice(Ack("subscribe", symbols), received)
                await self._heal(symbols)
        elif not action and not self._authenticated:
            # The documents greet with this status, the server with `connected`.
            await self._link.send(polygon.auth(self._key.reveal()))

    async def _begin(self) -> None:
        """The key was taken: says who this is, then asks for everything that is wanted."""
        again, self._authenticated = self._authenticated, True
        if again:
            return
        self._channels.begin()
        features = ["ack", "fault", *(("history", "snapshot") if self._answers is not None else ())]
        if self._delayed:
            features.append("clock")
        market = "polygon-delayed" if self._delayed else "polygon"
        self._put(
            Hello(
                features,
                provider=self.provider,
                label=self._link.label,
                market=market,
                timeframes=[each.name for each in self.capabilities.timeframes],
            )
        )
        self._tell_time()
        self._link.live()
        symbols = self._channels.symbols
        self._losses.begin(symbols)
        await self._ask(self._channels.desired())
        await self.request_snapshot([symbol for symbol in symbols if symbol not in self._losses.missed_from])

    async def _ask(self, channels: Sequence[str]) -> None:
        self._channels.asked(channels, self._clock.monotonic() + self._link.timing.ack_s)
        for message in polygon.subscribe(channels):
            await self._link.send(message)

    async def _heal(self, symbols: Iterable[str]) -> None:
        """Asks for the prints that were missed, once new ones come: what is asked for earlier leaves a hole.

        Level 1 counts them too, and therefore comes after them.
        """
        stretches = self._losses.take(symbols)
        if stretches and self._answers is not None:
            self._answers.heal(stretches, min(stretches.values()), self._feed_clock.now_ms() - self._delay_ms)
            await self.request_snapshot(list(stretches))

    async def _watch(self) -> None:
        """Marks what the server leaves unanswered, and says what time it is on a delayed stream."""
        told_at = self._clock.monotonic()
        while True:
            await asyncio.sleep(min(1.0, self._link.timing.ack_s / 4))
            now = self._clock.monotonic()
            missing = self._channels.overdue(now)
            for topic, symbols in self._channels.untold(missing).items():
                names = ", ".join(symbols)[: limits.MAX_TEXT // 2]
                self._put(ErrorNotice(f"Polygon gives no answer about {topic} of {names}."))
            for symbol, topics in missing.items():
                if self._channels.lacks_prices(symbol, topics):
                    self._outlet.put_problem(symbol, _NO_ANSWER)
                await self._heal([symbol])
            if self._authenticated and now >= told_at + _CLOCK_EVERY_S:
                told_at = now
                self._tell_time()

    def _tell_time(self) -> None:
        if self._delayed:
            self._put(ClockFrame(self._feed_clock.now_ms() - self._delay_ms))

    def _put(self, notice: Notice) -> None:
        self._outlet.put_notice(notice, self._clock.monotonic())


def stream_url(server_url: str, *, delayed: bool) -> str:
    """Where to connect: the vendor's stream of US stocks, or `server_url`, of which the path may be left out."""
    if not server_url:
        return DELAYED_URL if delayed else REAL_TIME_URL
    try:
        bare = urlsplit(server_url).path in ("", "/")
    except ValueError:
        bare = False  # no address; the link says so
    return server_url.rstrip("/") + "/stocks" if bare else server_url
