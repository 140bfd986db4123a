"""Price alerts and a compared symbol on the real path: the feed's process, its socket, the manager, the hub."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from live_monitor.clock import SystemClock
from live_monitor.data import PolygonDataManager
from live_monitor.data.models.timeframe import MINUTE, Timeframe
from live_monitor.engine.market.bar_columns import BarSource
from live_monitor.runtime.feed_process import start_feed
from live_monitor.runtime.options import DesktopOptions

FIVE = Timeframe.parse("5m")
#: A start of the feed on a busy machine, and a few market minutes at this speed.
PATIENCE_MS = 30_000
OPTIONS = DesktopOptions(provider="sim", seed=32, speed="20", rate=400.0)


@pytest.fixture
def data(tmp_path: Path, qtbot: QtBot) -> Iterator[PolygonDataManager]:
    """A manager that shows AAPL of the simulated market of a feed's process."""
    clock = SystemClock()
    feed = start_feed("sim", OPTIONS, os.environ, tmp_path, clock)
    assert feed is not None
    try:
        url = f"ws://127.0.0.1:{asyncio.run(feed.port())}/ws/{{client_id}}"
        manager = PolygonDataManager(url, clock=clock)
        manager.change_symbol("AAPL")
        manager.connect()
        yield manager
        manager.disconnect()
        manager.deleteLater()
    finally:
        feed.stop()


def test_an_alert_just_beyond_the_price_fires_once(data: PolygonDataManager, qtbot: QtBot) -> None:
    hub = data.hub
    hub.acquire("MSFT", "watchlist")
    states = [hub.states["AAPL"], hub.states["MSFT"]]
    qtbot.waitUntil(lambda: all(state.last_ms and state.tick for state in states), timeout=PATIENCE_MS)
    placed = [
        hub.price_alerts.add(state.symbol, round(state.last + step, 2)) for state in states for step in (-0.02, 0.02)
    ]
    hub.price_alerts.add("AAPL", 2 * states[0].last, "far")

    def waiting(symbol: str) -> int:
        return len([row for row in hub.price_alerts.of(symbol) if row.id in placed])

    # Whichever way the price goes, it meets one of the two.
    qtbot.waitUntil(lambda: all(waiting(state.symbol) < 2 for state in states), timeout=PATIENCE_MS)
    since = hub.counters.trades
    # The price goes on, to and fro.
    qtbot.waitUntil(lambda: hub.counters.trades > since + 300, timeout=PATIENCE_MS)
    told = [alert for alert in hub.alerts if alert.kind == "price"]
    assert len(told) == len(placed) - waiting("AAPL") - waiting("MSFT"), "each that is gone was told once"
    assert {alert.symbol for alert in told} == {"AAPL", "MSFT"}
    assert [row.note for row in hub.price_alerts.of("AAPL")][-1] == "far"
    for alert in told:
        assert alert.level == "warning"
        assert alert.bar_ms == alert.ms - alert.ms % 60_000
        assert "gap" not in alert.message
    minutes = hub.series()
    first = next(alert for alert in told if alert.symbol == "AAPL")
    assert first.bar_ms is not None
    assert minutes.index_of(first.bar_ms) >= 0, "a click finds its bar"


def test_a_compared_symbol_has_history_and_live_bars_and_follows_the_focus_back(
    data: PolygonDataManager, qtbot: QtBot
) -> None:
    hub = data.hub
    hub.compare("MSFT")
    data.hub_updated.connect(lambda: hub.compared_series(FIVE))

    def bars_of_both() -> bool:
        compared = hub.compared_series(MINUTE)
        return compared is not None and len(compared) > 100 and len(hub.series()) > 100

    qtbot.waitUntil(bars_of_both, timeout=PATIENCE_MS)
    compared = hub.compared_series(MINUTE)
    assert compared is not None
    own = (compared.source != BarSource.HISTORY).sum()
    started = int(compared.start_ms[-1])
    qtbot.waitUntil(lambda: int(compared.start_ms[-1]) >= started + 120_000, timeout=PATIENCE_MS)
    assert (compared.source != BarSource.HISTORY).sum() > own, "bars are built of its prints"
    state = hub.state("MSFT")
    assert state is not None
    hub.tick()
    assert compared.low[-5:].min() <= state.last <= compared.high[-5:].max()
    assert hub.history.older(MINUTE)

    def both_reach_as_far() -> bool:
        if hub.history_state(MINUTE).loading:
            return False
        return hub.comparison.bars.reach_ms(MINUTE) <= hub.focus_bars.reach_ms(MINUTE)

    qtbot.waitUntil(both_reach_as_far, timeout=PATIENCE_MS)
    assert compared.start_ms[0] <= hub.series().start_ms[0] + 60 * 60_000, "both begin within the same hour"
    # Longer bars are made of the page that came last once a frame.
    hub.tick()
    five = hub.compared_series(FIVE)
    assert five is not None
    assert len(five) > len(compared) // 10
    hub.compare(None)
    assert hub.state("MSFT") is None
