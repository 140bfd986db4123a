"""Whose prices the hub shows, and whose bars its signals came from, also after another provider took over."""

from __future__ import annotations

import pytest

from live_monitor.data.models.market_data import Aggregate
from live_monitor.data.models.status import LinkStatus
from live_monitor.wire.relay import Hello
from tests.data.desk import Desk
from tests.engine.signals.test_signal_engine import reclaim

BARS = [
    Aggregate("AAPL", one.start_ms, one.start_ms + 60_000, *one[1:6], (one.high + one.low + one.close) / 3)
    for one in reclaim()
]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def fill(desk: Desk) -> None:
    """Gives the newest page of minutes that was asked for."""
    page = next(page for page in reversed(desk.pages) if page[1] == "1m")
    desk.answer(page, BARS)


def greet(desk: Desk, provider: str, market: str) -> None:
    desk.drop()
    desk.tell(Hello(features=["history"], provider=provider, label=provider.upper(), market=market, timeframes=["1m"]))
    desk.hub.take([LinkStatus("live", desk.clock.monotonic())])


def sources(desk: Desk) -> list[str]:
    return [desk.hub.signal_source(signal) for signal in desk.hub.signals]


def test_after_a_take_over_rows_say_the_new_source(desk: Desk) -> None:
    desk.hub.set_focus("AAPL")
    greet(desk, "polygon", "polygon")
    fill(desk)
    assert desk.hub.source == "POLYGON"
    assert sources(desk) == ["POLYGON"]
    greet(desk, "schwab", "schwab")
    # Nothing of the old source is left that could be taken for the new one's.
    assert sources(desk) == []
    fill(desk)
    assert desk.hub.source == "SCHWAB"
    assert sources(desk) == ["SCHWAB"]


def test_a_server_that_says_nothing_of_itself_is_known_by_its_address(desk: Desk) -> None:
    assert desk.hub.source == ""
    desk.hub.address = "prices.example:8200"
    desk.hub.take([LinkStatus("live", desk.clock.monotonic())])
    assert desk.hub.source == "relay-prices-example-8200"
