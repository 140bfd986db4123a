"""The client takes any feed: what is wanted, asked and found goes through it, and the desktop hears how it is doing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from random import Random

import pytest
from pytestqt.qtbot import QtBot

from live_monitor.clock import SystemClock
from live_monitor.data import PolygonDataManager
from live_monitor.data.models.market_data import Trade
from live_monitor.data.models.providers import Capabilities, SymbolHit
from live_monitor.data.models.status import LinkStatus
from live_monitor.data.relay_link import RelayLink
from live_monitor.data.websocket_client import PolygonWebSocketClient
from live_monitor.limits import Rejections
from live_monitor.net.stream_link import LinkTiming
from live_monitor.ports import FeedOutlet, MarketFeed
from live_monitor.wire.notices import Hello
from tests.fakes.chaos_server import MARKET_MS, ChaosServer, closes, greets


class QuietFeed:
    """A feed without a network: greets, prints what is wanted, finds what is looked for."""

    provider = "polygon"
    capabilities = Capabilities(search=True, delay_s=900.0)

    def __init__(self, outlet: FeedOutlet) -> None:
        self.rejections = Rejections()
        self._outlet = outlet
        self._wanted: dict[str, tuple[str, ...]] = {}

    async def run(self) -> None:
        hello = Hello([], provider="polygon", label="POLYGON", market="polygon-delayed")
        self._outlet.put_notice(hello, SystemClock().monotonic())
        self._outlet.put_status(LinkStatus("live", SystemClock().monotonic(), label="POLYGON"))
        self._print(self._wanted)
        await asyncio.Event().wait()

    def _print(self, symbols: Mapping[str, object]) -> None:
        for symbol in symbols:
            trade = Trade(symbol, 100.0, 100, MARKET_MS, (), 1, "1", 1)
            self._outlet.put_events([trade], SystemClock().monotonic())

    async def want(self, wanted: Mapping[str, tuple[str, ...]]) -> None:
        self._wanted = dict(wanted)

    async def resubscribe(self) -> None:
        self._print(self._wanted)

    async def reconnect(self, reason: str) -> None:
        self._outlet.put_status(LinkStatus("retrying", SystemClock().monotonic(), 1, reason))

    async def request_history(self, symbol: str, timeframe: str, end_ms: int, limit: int, request_id: int) -> None:
        raise AssertionError("it has no history")

    async def request_snapshot(self, symbols: list[str]) -> None:
        self._outlet.put_problem(symbols[0], "no level 1")

    async def search_symbols(self, text: str, request_id: int) -> None:
        self._outlet.put_found(request_id, [SymbolHit("AAPL", text)])


@pytest.fixture
def data(qtbot: QtBot) -> Iterator[PolygonDataManager]:
    manager = PolygonDataManager(feed=QuietFeed)
    manager.change_symbol("AAPL")
    manager.connect()
    yield manager
    manager.disconnect()
    manager.deleteLater()


def test_a_feed_of_another_make_drives_the_hub(data: PolygonDataManager, qtbot: QtBot) -> None:
    hub = data.hub
    qtbot.waitUntil(lambda: hub.counters.trades == 1, timeout=20_000)
    assert (hub.pages.market, hub.link.label, hub.hello.provider) == ("polygon-delayed", "POLYGON", "polygon")
    doing = hub.providers[("polygon", "primary")]
    assert (doing.title, doing.plan, doing.link.state, doing.in_use) == ("POLYGON", "15 min late", "live", True)
    data.client.request_snapshot(["AAPL"])
    qtbot.waitUntil(lambda: hub.problems == {"AAPL": "no level 1"}, timeout=20_000)
    data.client.resubscribe()
    qtbot.waitUntil(lambda: hub.counters.trades == 2, timeout=20_000)
    data.client.use_first()  # there is only one
    data.client.reconnect("as was wished")
    qtbot.waitUntil(lambda: hub.link.message == "as was wished", timeout=20_000)


def test_a_search_is_answered_by_its_number(data: PolygonDataManager, qtbot: QtBot) -> None:
    found: list[tuple[int, tuple[SymbolHit, ...]]] = []
    data.hub.on_found = lambda number, hits: found.append((number, hits))
    qtbot.waitUntil(lambda: data.hub.link.connected, timeout=20_000)
    data.client.search_symbols("apple", 41)
    qtbot.waitUntil(lambda: found == [(41, (SymbolHit("AAPL", "apple"),))], timeout=20_000)


def test_before_a_feed_of_another_make_says_whose_prices_they_are_nothing_is_kept(qtbot: QtBot) -> None:
    manager = PolygonDataManager(feed=QuietFeed)
    manager.connect()
    try:
        assert manager.hub.address == ""
        assert manager.hub.pages.market == ""
    finally:
        manager.disconnect()
        manager.deleteLater()


def test_a_relay_server_is_a_provider_like_any_other(qtbot: QtBot) -> None:
    with ChaosServer(closes(1001, after=1), greets()) as server:
        timing = LinkTiming(hello_s=0.05, delay_scale=0.01)
        client = PolygonWebSocketClient(server.url, "test", random=Random(1), timing=timing)
        manager = PolygonDataManager(client=client)
        client.setParent(manager)
        manager.change_symbol("AAPL")
        manager.connect()
        try:
            providers = manager.hub.providers
            qtbot.waitUntil(lambda: manager.hub.hello.provider == "simulated", timeout=20_000)
            qtbot.waitUntil(lambda: manager.hub.link.connected, timeout=20_000)
            assert manager.hub.address == f"127.0.0.1:{server.port}"
            doing = providers[("relay", "primary")]
            assert (doing.title, doing.link.state, doing.reconnects) == ("SIMULATED", "live", 1)
        finally:
            manager.disconnect()
            manager.deleteLater()


def test_the_relay_link_is_a_feed() -> None:
    """The checker of types says whether it is; this says what it can do."""
    feed: type[MarketFeed] = RelayLink
    assert feed is RelayLink
    assert RelayLink.capabilities.history
    assert not RelayLink.capabilities.search
