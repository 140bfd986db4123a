"""One client of the relay server: what it asks for, and what it is sent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from live_monitor import limits
from live_monitor.data.models.timeframe import BASES
from live_monitor.errors import LiveMonitorError
from live_monitor.limits import Rejections
from live_monitor.ports import PastPage
from live_monitor.server.relay_access import client_id
from live_monitor.server.relay_frames import encode_history, encode_snapshot
from live_monitor.server.relay_outbox import Outbox
from live_monitor.server.relay_pace import PacedMarket
from live_monitor.server.relay_routes import Routes
from live_monitor.wire import relay
from live_monitor.wire.relay import FaultNotice, Request

_log = logging.getLogger(__name__)

TIMEFRAMES: Final = {timeframe.name: timeframe.nominal_ms for timeframe in BASES}
#: Symbols that one request may name; a longer list would make an answer that no client takes.
MAX_NAMED: Final = 2 * limits.MAX_SUBSCRIPTIONS
#: A client that takes nothing at all for so long is cut off: a feed that waits for its clients would wait for ever.
STUCK_S: Final = 60.0
#: A question about the past that takes longer is answered with what was found; the client asks on. A chart of days
#: needs many days at once, each of which may have to be made from its prints.
HISTORY_S: Final = {"1s": 0.03, "1m": 0.03, "1D": 0.25}


class ClientSession:
    """Runs from the handshake to the end of the connection. One loop.

    Requests are answered one after the other, between two steps of the market: a snapshot therefore holds exactly
    what the events after it do not.
    """

    def __init__(
        self,
        connection: ServerConnection,
        market: PacedMarket,
        routes: Routes,
        rejections: Rejections,
        on_subscribed: Callable[[], None],
    ) -> None:
        self.name = client_id(connection.request.path) if connection.request is not None else ""
        self.features: frozenset[str] = frozenset()
        self.outbox = Outbox(lossless=market.lossless)
        #: Symbol → channels that the client wants.
        self.wanted: dict[str, frozenset[str]] = {}
        self._connection = connection
        self._market = market
        self._routes = routes
        self._rejections = rejections
        self._on_subscribed = on_subscribed
        self._actions: dict[str, Callable[[Request], Awaitable[None]]] = {
            "hello": self._hello,
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "snapshot": self._snapshot,
            "history": self._history,
        }

    async def run(self) -> None:
        """Greets, then serves until the connection ends."""
        feed = self._market.feed
        pace = "max" if self._market.lossless else "realtime"
        hello = relay.Hello(
            [*relay.FEATURES],
            "live-monitor",
            feed.provider,
            feed.label,
            pace,
            [*feed.symbols],
            feed.market,
            [*TIMEFRAMES],
        )
        self.outbox.put(relay.encode(hello))
        sender = asyncio.create_task(self._send(), name=f"send to {self.name}")
        try:
            while True:
                await self._take(await self._connection.recv(decode=False))
        except ConnectionClosed:
            lost = self.outbox.conflated + self.outbox.dropped
            _log.info("client %s is gone%s", self.name, f", {lost} events were left out for it" if lost else "")
        finally:
            sender.cancel()
            for symbol, channels in self.wanted.items():
                self._routes.remove(self.outbox, symbol, channels)

    def cut_off(self, reason: str) -> None:
        """Resets the connection: one that is stuck would not take a close frame either."""
        _log.warning("client %s is cut off: %s", self.name, reason)
        self._connection.transport.abort()

    def tell(self, feature: str, frame: bytes) -> None:
        """Sends a frame that only clients with `feature` understand."""
        if feature in self.features:
            self.outbox.put(frame)

    def tell_fault(self, notice: FaultNotice) -> None:
        """Passes on what the feed says about a symbol that the client wants, or about all of them."""
        if not notice.symbol or notice.symbol in self.wanted:
            self.tell("fault", relay.encode(notice))

    async def _send(self) -> None:
        try:
            while True:
                frames = await self.outbox.next_frames(self.features)
                async with asyncio.timeout(STUCK_S):
                    for frame in frames:
                        await self._connection.send(frame, text=True)
                # `send` gives way to others only when the socket is full.
                await asyncio.sleep(0)
        except ConnectionClosed:
            return
        except TimeoutError:
            self.cut_off(f"it has read nothing for {STUCK_S:.0f} s")

    # -- requests ----------------------------------------------------------------------------

    async def _take(self, raw: bytes) -> None:
        await self.outbox.answers_taken()
        request = relay.decode_request(raw)
        if request is None:
            self._refuse("request: not understood", "The message was not understood.")
            return
        action = self._actions.get(request.action)
        if action is None:
            self._refuse("request: unknown action", f"There is no action {request.action[:32]!r}.")
            return
        try:
            await action(request)
        except LiveMonitorError as error:
            _log.warning("%s for client %s failed: %s", request.action, self.name, error)
            self.outbox.put(relay.encode(relay.ErrorNotice(str(error))))

    def _refuse(self, reason: str, text: str) -> None:
        self._rejections.note(reason)
        self.outbox.put(relay.encode(relay.ErrorNotice(text)))

    def _named(self, request: Request) -> list[str] | None:
        """The symbols of a request, each once; None after the refusal of a list that is too long."""
        symbols = request.symbols.split(",") if isinstance(request.symbols, str) else request.symbols
        named = list(dict.fromkeys(symbols))
        if len(named) > MAX_NAMED:
            self._refuse("request: too many symbols", f"Name at most {MAX_NAMED} symbols at a time.")
            return None
        return named

    def _channels(self, request: Request) -> frozenset[str]:
        unknown = [channel[:8] for channel in request.channels if channel not in relay.CHANNELS][:8]
        if unknown:
            self._refuse("request: unknown channel", f"There is no channel {unknown}: {', '.join(relay.CHANNELS)}.")
        return frozenset(request.channels) & frozenset(relay.CHANNELS)

    async def _hello(self, request: Request) -> None:
        self.features = frozenset(request.features) & frozenset(relay.FEATURES)
        self.tell("clock", relay.encode(self._market.clock_frame))

    async def _subscribe(self, request: Request) -> None:
        named, channels = self._named(request), self._channels(request)
        if named is None or not channels:
            return
        refused: dict[str, str] = {}
        accepted: list[str] = []
        for symbol in named:
            reason = self._objection(symbol)
            if reason:
                self._rejections.note(f"subscription: {reason}")
                refused[symbol if limits.valid_symbol(symbol) else ascii(symbol)[1:33]] = reason
            else:
                # Nothing of it is routed before its snapshot has been taken.
                self.wanted.setdefault(symbol, frozenset())
                accepted.append(symbol)
        self._answer(relay.Ack("subscribe", accepted, refused))
        for symbol in accepted:
            await self._join(symbol, channels)
            # A long list must not hold up the other clients.
            await asyncio.sleep(0)

    def _objection(self, symbol: str) -> str:
        if not limits.valid_symbol(symbol):
            return "not a symbol"
        if symbol not in self._market.served:
            return "unknown symbol"
        if symbol not in self.wanted and len(self.wanted) >= limits.MAX_SUBSCRIPTIONS:
            return f"more than {limits.MAX_SUBSCRIPTIONS} subscriptions"
        return ""

    def _answer(self, ack: relay.Ack) -> None:
        if "ack" in self.features:
            self.outbox.put(relay.encode(ack))
        elif ack.refused:
            # The documented protocol has no word for this; a client that knows none either ignores it.
            text = ", ".join(f"{symbol}: {reason}" for symbol, reason in ack.refused.items())
            self.outbox.put(relay.encode(relay.ErrorNotice(text[: limits.MAX_TEXT])))

    async def _join(self, symbol: str, channels: frozenset[str]) -> None:
        await self._market.between_steps()
        # In front of level 1, which is in new shares already.
        for notice in self._market.changes.get(symbol, ()):
            self.tell_fault(notice)
        if "snapshot" in self.features:
            self._put_snapshot(symbol)
        self.wanted[symbol] |= channels
        self._routes.add(self.outbox, symbol, channels)
        if symbol in self._market.halts:
            self.tell_fault(self._market.halts[symbol])
        self._on_subscribed()
        if self._market.ended:
            self.tell("clock", relay.encode(self._market.end_frame))

    def _put_snapshot(self, symbol: str) -> None:
        snapshot = self._market.feed.snapshot(symbol)
        if snapshot is not None:
            self.outbox.put(encode_snapshot(snapshot))

    async def _unsubscribe(self, request: Request) -> None:
        named = self._named(request)
        if named is None:
            return
        channels = self._channels(request)
        gone = [symbol for symbol in named if symbol in self.wanted]
        for symbol in gone:
            self._routes.remove(self.outbox, symbol, channels)
            self.wanted[symbol] -= channels
            if not self.wanted[symbol]:
                del self.wanted[symbol]
        self.outbox.forget({symbol for symbol in gone if symbol not in self.wanted})
        self._answer(relay.Ack("unsubscribe", gone))

    async def _snapshot(self, request: Request) -> None:
        named = self._named(request)
        if "snapshot" not in self.features:
            self._refuse("request: feature not accepted", "Accept the feature “snapshot” first.")
            return
        for symbol in named or []:
            if symbol in self.wanted:
                await self._market.between_steps()
                self._put_snapshot(symbol)
                await asyncio.sleep(0)

    async def _history(self, request: Request) -> None:
        timeframe_ms = TIMEFRAMES.get(request.timeframe)
        end_ms = request.end_ms or self._market.now_ms
        if "history" not in self.features:
            self._refuse("request: feature not accepted", "Accept the feature “history” first.")
        elif timeframe_ms is None or request.symbol not in self._market.served:
            self._refuse("request: no such history", "There is no history of that symbol and timeframe.")
        elif not limits.MIN_TIME_MS <= end_ms < limits.MAX_TIME_MS:
            self._refuse("request: end_ms out of range", "end_ms is not a time in milliseconds.")
        else:
            limit = min(request.limit if request.limit > 0 else limits.MAX_BARS, limits.MAX_HISTORY_BARS)
            await self._answer_from_the_past(request, timeframe_ms, end_ms, limit)

    async def _answer_from_the_past(self, request: Request, timeframe_ms: int, end_ms: int, limit: int) -> None:
        """Works in pieces between the steps of the market; what takes long is answered in part, with `more`."""
        await self._market.between_steps()
        search = self._market.feed.search(request.symbol, timeframe_ms, end_ms, limit)
        until = self._market.clock.monotonic() + HISTORY_S[request.timeframe]
        page: PastPage | None = None
        while page is None:
            complete = search.step()
            if not complete:
                # Gives way to the market and to the other clients.
                await asyncio.sleep(0)
                await self._market.between_steps()
            if complete or self._market.clock.monotonic() >= until:
                # Taken and queued without a pause: what is streamed after it is newer.
                page = search.page()
        self.outbox.put(encode_history(request, page))
