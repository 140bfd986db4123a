"""Row F17 with the vendors themselves: Polygon and Schwab, each with a far end in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from pytestqt.qtbot import QtBot

from live_monitor.clock import SystemClock
from live_monitor.data import PolygonDataManager
from live_monitor.data.fail_over import fail_over
from live_monitor.net.stream_link import LinkTiming
from live_monitor.ports import FeedOutlet, MarketFeed
from live_monitor.providers.polygon import PolygonFeed
from live_monitor.providers.schwab import SchwabFeed
from live_monitor.secrets import Secret
from tests.fakes.far_end import FarEnd
from tests.providers.schwab_subject import TOKEN, GivenTokens, api_at

QUICK = LinkTiming(delay_scale=0.02)
WAIT_MS = 20_000


@pytest.fixture
def polygon() -> Iterator[FarEnd]:
    with FarEnd("polygon_server") as end:
        yield end


@pytest.fixture
def schwab() -> Iterator[FarEnd]:
    with FarEnd("schwab_server", "--token", TOKEN) as end:
        yield end


@pytest.fixture
def data(polygon: FarEnd, schwab: FarEnd, qtbot: QtBot) -> Iterator[PolygonDataManager]:
    clock = SystemClock()

    def first(outlet: FeedOutlet) -> MarketFeed:
        return PolygonFeed(
            outlet, Secret("TESTKEY"), clock=clock, random=Random(1), server_url=polygon.ws, timing=QUICK
        )

    def second(outlet: FeedOutlet) -> MarketFeed:
        tokens = GivenTokens()
        return SchwabFeed(outlet, tokens, api_at(schwab, tokens, clock), clock=clock, random=Random(1), timing=QUICK)

    feed = fail_over([("Polygon", first), ("Schwab", second)], clock, 0.2, plans=("real time", "level 1"))
    manager = PolygonDataManager(clock=clock, feed=feed)
    manager.change_symbol("AAPL")
    manager.connect()
    yield manager
    manager.disconnect()
    manager.deleteLater()


def test_f17_schwab_takes_over_from_polygon_and_polygon_comes_back(
    data: PolygonDataManager, polygon: FarEnd, schwab: FarEnd, qtbot: QtBot
) -> None:
    hub = data.hub
    qtbot.waitUntil(lambda: hub.link.connected, timeout=WAIT_MS)
    polygon.wait_until(lambda seen: "T.AAPL" in seen["subscribed"])
    for number in range(3):
        polygon.do("trade", symbol="AAPL", price=150.25, size=100, id=str(number))
    qtbot.waitUntil(lambda: hub.counters.trades == 3, timeout=WAIT_MS)
    assert schwab.seen()["connections"] == 0
    assert hub.pages.market == "polygon"

    polygon.do("refuse_auth")
    polygon.do("close", code=1001)
    qtbot.waitUntil(lambda: hub.pages.market == "schwab" and hub.link.connected, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: hub.states["AAPL"].bid == 150.0, timeout=WAIT_MS)
    assert hub.link.label == "SCHWAB"
    assert hub.counters.trades == 3, "Schwab has no prints, and none were made up"
    assert {role: (status.link.state, status.in_use, status.plan) for (_, role), status in hub.providers.items()} == {
        "primary": ("failed", False, "real time"),
        "second": ("live", True, "level 1"),
    }
    told = "\n".join(alert.message for alert in hub.alerts)
    assert "Schwab takes over from Polygon: " in told
    assert "Enter it again: File ▸ Connect a provider…" in told

    polygon.do("accept_auth")
    data.client.use_first()
    qtbot.waitUntil(lambda: hub.pages.market == "polygon" and hub.link.connected, timeout=WAIT_MS)
    polygon.wait_until(lambda seen: "T.AAPL" in seen["subscribed"])
    polygon.do("trade", symbol="AAPL", price=150.5, size=100, id="9")
    qtbot.waitUntil(lambda: hub.counters.trades == 4, timeout=WAIT_MS)
    data.hub.tick()
    assert hub.bars.minutes.bar(-1).volume == 100, "bars started anew"
    qtbot.waitUntil(lambda: hub.providers[("schwab", "second")].link.state == "stopped", timeout=WAIT_MS)
    assert hub.providers[("polygon", "primary")].in_use
    assert hub.link.label == "POLYGON"
