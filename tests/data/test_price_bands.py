"""Limit up, limit down in the hub: the newest band of a followed symbol, in the regular session of its day only."""

from __future__ import annotations

import pytest

from live_monitor.clock import ManualClock
from live_monitor.data.inbox import Noted
from live_monitor.data.market_hub import MarketHub
from live_monitor.engine.market.sessions import us_equities
from live_monitor.wire.notices import Hello, PriceBands

#: 10:30 New York on a trading day.
NOW = 1_795_188_600_000
HOUR = 3_600_000


@pytest.fixture
def hub() -> MarketHub:
    hub = MarketHub(ManualClock(NOW), us_equities())
    hub.set_focus("AAPL")
    return hub


def say(hub: MarketHub, *bands: PriceBands) -> None:
    hub.take([Noted(each, 1000.0) for each in bands])


def test_the_newest_band_holds_whatever_the_order_of_arrival(hub: MarketHub) -> None:
    old, new = PriceBands("AAPL", NOW - 30_000, 140.0, 160.0), PriceBands("AAPL", NOW, 141.0, 161.0)
    say(hub, new, old)
    assert hub.price_bands.of("AAPL", NOW) == new
    assert hub.price_bands.of("MSFT", NOW) is None


@pytest.mark.parametrize("hours", [-2, 6, 24, 72])
def test_a_band_holds_in_the_regular_session_of_its_day_only(hub: MarketHub, hours: int) -> None:
    say(hub, PriceBands("AAPL", NOW, 140.0, 160.0))
    assert hub.price_bands.of("AAPL", NOW + 5 * HOUR) is not None
    assert hub.price_bands.of("AAPL", NOW + hours * HOUR) is None


def test_what_nobody_follows_is_not_kept_and_what_is_let_go_is_forgotten(hub: MarketHub) -> None:
    say(hub, PriceBands("AAPL", NOW, 140.0, 160.0), PriceBands("MSFT", NOW, 240.0, 260.0))
    assert hub.price_bands.of("MSFT", NOW) is None
    hub.set_focus("MSFT")
    hub.set_focus("AAPL")
    assert hub.price_bands.of("AAPL", NOW) is None


def test_another_market_knows_nothing_of_the_bands_of_the_one_before(hub: MarketHub) -> None:
    say(hub, PriceBands("AAPL", NOW, 140.0, 160.0))
    for market in ("polygon", "schwab"):
        hub.take([Noted(Hello(["fault"], provider=market, market=market), 1000.0)])
    assert hub.price_bands.of("AAPL", NOW) is None
