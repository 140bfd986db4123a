"""One client of the relay server: its subscriptions and its bounded queue."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from live_monitor import limits
from live_monitor.data.models.market_data import Event, Quote, SecondAggregate, Trade
from live_monitor.wire import relay
from live_monitor.wire.relay import FaultNotice

#: Events that may wait for one client before its quotes are conflated, and before prints are left out.
SOFT_LIMIT: Final = 5_000
HARD_LIMIT: Final = 20_000
FRAME_EVENTS: Final = 500
_CHANNEL: Final = {Trade: "T", Quote: "Q", SecondAggregate: "A"}


def channel_of(event: Event) -> str:
    """The channel on which an event travels: T, Q, A or AM."""
    return _CHANNEL.get(type(event), "AM")


class ClientQueue:
    """What waits to be sent to one client. One loop.

    Past `SOFT_LIMIT` only the newest quote of a symbol waits; past `HARD_LIMIT` prints are left out
    and counted. Both are told to the client. Bars are never left out.
    """

    def __init__(self) -> None:
        #: Events, and notices (without an event), in the order in which they are sent.
        self._items: deque[tuple[Event | None, bytes]] = deque()
        self._quotes: dict[str, bytes] = {}
        self._conflated = 0
        self._dropped: dict[str, list[int]] = {}
        self._filled = asyncio.Event()
        self.frames_sent = 0

    def __len__(self) -> int:
        return len(self._items) + len(self._quotes)

    def put_notice(self, frame: bytes) -> None:
        """Queues a control frame behind the events that wait already."""
        self._items.append((None, frame))
        self._filled.set()

    def put(self, event: Event, encoded: bytes) -> None:
        """Queues an event, or gives way as the class says."""
        waiting = len(self._items)
        if waiting >= SOFT_LIMIT and isinstance(event, Quote):
            self._conflated += event.symbol in self._quotes
            self._quotes[event.symbol] = encoded
        elif waiting >= HARD_LIMIT and isinstance(event, Trade):
            self._drop(event)
        else:
            self._items.append((event, encoded))
        self._filled.set()

    def _drop(self, trade: Trade) -> None:
        known = self._dropped.setdefault(trade.symbol, [trade.timestamp_ms, trade.timestamp_ms, 0])
        known[1] = trade.timestamp_ms
        known[2] += 1

    def forget(self, symbol: str) -> None:
        """Takes out what waits of a symbol that the client no longer wants."""
        self._quotes.pop(symbol, None)
        self._items = deque(item for item in self._items if getattr(item[0], "symbol", None) != symbol)

    async def frames(self, batched: bool, notes_faults: bool) -> list[bytes]:
        """Waits for something to send; frames in the shape that the client understands."""
        await self._filled.wait()
        self._filled.clear()
        result: list[bytes] = []
        run: list[bytes] = []
        for event, encoded in self._items:
            if event is not None:
                run.append(encoded)
            else:
                result += [*_framed(run, batched), encoded]
                run = []
        run += self._quotes.values()
        self._items.clear()
        self._quotes.clear()
        result += _framed(run, batched)
        if notes_faults:
            result += self._confessions()
        return result

    def _confessions(self) -> list[bytes]:
        frames = []
        if self._conflated:
            text = "quotes were conflated, the client reads too slowly"
            frames.append(relay.encode(FaultNotice("conflated", count=self._conflated, message=text)))
        for symbol, (from_ms, to_ms, count) in self._dropped.items():
            text = f"{count} prints were left out, the client reads too slowly"
            frames.append(relay.encode(FaultNotice("dropped", symbol, from_ms, to_ms, count, text)))
        self._conflated = 0
        self._dropped.clear()
        return frames


def _framed(events: list[bytes], batched: bool) -> list[bytes]:
    if not batched:
        return [relay.market_data(one) for one in events]
    return [relay.market_data_batch(events[at : at + FRAME_EVENTS]) for at in range(0, len(events), FRAME_EVENTS)]


class ClientSession:
    """What one client asked for. One loop."""

    def __init__(self, client_id: str) -> None:
        self.client_id = client_id
        self.features: frozenset[str] = frozenset()
        self.channels: dict[str, frozenset[str]] = {}
        self.queue = ClientQueue()

    def wants(self, symbol: str, channel: str) -> bool:
        """True for an event that the client has subscribed to."""
        return channel in self.channels.get(symbol, ())

    def subscribe(self, symbols: list[str], channels: tuple[str, ...], served: frozenset[str]) -> relay.Ack:
        """Adds subscriptions; the answer names what was refused and why."""
        accepted: list[str] = []
        refused: dict[str, str] = {}
        for symbol in symbols:
            if not limits.valid_symbol(symbol):
                refused[str(symbol)[:32]] = "not a symbol"
            elif symbol not in served:
                refused[symbol] = "unknown symbol"
            elif symbol not in self.channels and len(self.channels) >= limits.MAX_SUBSCRIPTIONS:
                refused[symbol] = "too many subscriptions"
            else:
                self.channels[symbol] = frozenset(channels) & frozenset(relay.CHANNELS)
                accepted.append(symbol)
        return relay.Ack("subscribe", accepted, refused)

    def unsubscribe(self, symbols: list[str]) -> relay.Ack:
        """Takes subscriptions away, and what waits of them."""
        gone = [symbol for symbol in symbols if self.channels.pop(symbol, None) is not None]
        for symbol in gone:
            self.queue.forget(symbol)
        return relay.Ack("unsubscribe", gone)
