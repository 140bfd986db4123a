"""A client or manager against a far end that misbehaves; everything is stopped after the test."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from live_monitor.clock import Clock, SystemClock
from live_monitor.data import PolygonDataManager
from live_monitor.data.inbox import Batch, Item
from live_monitor.data.models.market_data import Event, Trade
from live_monitor.data.models.status import LinkStatus
from live_monitor.data.store_thread import StoreThread
from live_monitor.data.websocket_client import PolygonWebSocketClient
from live_monitor.limits import MAX_AHEAD_MS, Rejections
from live_monitor.net.stream_link import LinkTiming
from live_monitor.wire.relay import RelayDecoder
from tests.fakes.chaos_server import market_data

#: The product's time-outs, but for a hundredth of its delays and short waits for answers.
QUICK = LinkTiming(hello_s=0.05, ack_s=0.2, delay_scale=0.01)
#: Pings every 200 ms too, for the tests in which they have to find something.
PINGING = QUICK._replace(ping_s=0.2, pong_s=0.2)


class Seen:
    """Everything that a client handed up, by kind."""

    def __init__(self, client: PolygonWebSocketClient) -> None:
        self.client = client
        self.items: list[Item] = []
        self.errors: list[str] = []
        client.set_consumer(self.items.extend)
        client.error_occurred.connect(self.errors.append)

    @property
    def links(self) -> list[LinkStatus]:
        return [item for item in self.items if isinstance(item, LinkStatus)]

    def count(self, state: str) -> int:
        return sum(link.state == state for link in self.links)

    @property
    def trades(self) -> list[Trade]:
        batches = [item for item in self.items if isinstance(item, Batch)]
        return [event for batch in batches for event in batch.events if isinstance(event, Trade)]


@pytest.fixture
def connect(qtbot: QtBot) -> Iterator[Callable[..., Seen]]:
    """`connect(url)` starts a client and returns what it hands up."""
    started: list[PolygonWebSocketClient] = []

    def start(url: str, *, timing: LinkTiming = QUICK, clock: Clock | None = None, symbol: str = "AAPL") -> Seen:
        client = PolygonWebSocketClient(url, "test", clock=clock or SystemClock(), random=Random(7), timing=timing)
        started.append(client)
        client.subscribe(symbol)
        seen = Seen(client)
        client.connect_to_server()
        return seen

    yield start
    for client in started:
        client.set_consumer(None)
        client.disconnect_from_server()


@pytest.fixture
def manager(qtbot: QtBot) -> Iterator[Callable[..., PolygonDataManager]]:
    made: list[PolygonDataManager] = []

    def make(
        url: str,
        clock: Clock | None = None,
        kind: type[PolygonDataManager] = PolygonDataManager,
        store: StoreThread | None = None,
    ) -> PolygonDataManager:
        clock = clock or SystemClock()
        client = PolygonWebSocketClient(url, "test", clock=clock, random=Random(1), timing=QUICK)
        result = kind(clock=clock, client=client, store=store)
        client.setParent(result)
        made.append(result)
        return result

    yield make
    for item in made:
        item.disconnect()
        item.deleteLater()


def minute_frame(start_ms: int, close: float, volume: float = 100) -> str:
    bar = {"o": close, "h": close, "l": close, "c": close, "v": volume, "s": start_ms, "e": start_ms + 60_000}
    return market_data({"ev": "AM", "sym": "AAPL", **bar})


NOW = 1_795_188_600_000


class Far:
    """A decoder with its counter, as one connection has it."""

    def __init__(self) -> None:
        self.rejections = Rejections()
        self.decoder = RelayDecoder(self.rejections)

    def take(self, raw: bytes) -> list[Event]:
        result = self.decoder.decode(raw, NOW, NOW + MAX_AHEAD_MS)
        return result if isinstance(result, list) else []

    def take_event(self, **fields: Any) -> list[Event]:
        return self.take(json.dumps({"type": "market_data", "data": fields}).encode())


@pytest.fixture
def far() -> Far:
    return Far()
