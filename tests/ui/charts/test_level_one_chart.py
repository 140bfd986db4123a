"""The chart of a source without prints: the last price is newer than the newest bar, or there are no bars at all."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.data.inbox import Noted
from live_monitor.data.market_hub import MarketHub
from live_monitor.data.models.market_data import Aggregate, Snapshot, Trade
from live_monitor.data.models.status import LinkStatus
from live_monitor.engine.market.sessions import us_equities
from live_monitor.ui.charts.live_layer import last_price
from live_monitor.ui.charts.market_chart import MarketChart
from live_monitor.ui.theme import load_theme
from live_monitor.wire.notices import LEVEL_ONE, Hello, SnapshotFrame

#: 2026-03-02 10:00:00 New York, a Monday.
OPEN_MS = 1_772_463_600_000


@pytest.fixture
def hub() -> MarketHub:
    """A market with prints."""
    hub = MarketHub(ManualClock(wall_ms=OPEN_MS), us_equities())
    hub.set_focus("AAPL")
    hub.take([LinkStatus("live", 1000.0, provider="simulated", label="SIMULATED")])
    hub.ingest([Trade(symbol="AAPL", timestamp_ms=OPEN_MS, price=100.0, size=100.0)], 1000.0)
    hub.tick()
    return hub


@pytest.fixture
def chart(qtbot: QtBot) -> MarketChart:
    made = MarketChart(load_theme("dark"), us_equities())
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show()
    return made


def level_one(*features: str) -> MarketHub:
    """A hub of a feed without prints, which has said a last price of 151.5."""
    hub = MarketHub(ManualClock(wall_ms=OPEN_MS), us_equities())
    hub.set_focus("AAPL")
    hub.take(
        [
            LinkStatus("live", 1000.0, provider="schwab", label="SCHWAB"),
            Noted(Hello(features=["snapshot", LEVEL_ONE, *features], provider="schwab"), 1000.0),
            Noted(SnapshotFrame(Snapshot("AAPL", OPEN_MS, last=151.5)), 1000.0),
        ]
    )
    return hub


def test_the_tag_is_the_last_price_where_bars_come_finished_only(chart: MarketChart, hub: MarketHub) -> None:
    schwab = level_one("history")
    bar = Aggregate("AAPL", OPEN_MS, OPEN_MS + 60_000, 150.0, 152.0, 149.0, 152.0, 1_000.0)
    schwab.ingest([bar], 1000.0)
    schwab.tick()
    chart.refresh(schwab, OPEN_MS + 90_000)
    state = chart.chart._state
    last = last_price(state)
    assert last is not None
    assert (last.price, last.way) == (151.5, -1)
    assert last.row == state.frame.scale.row(151.5)
    # Where there are prints, the bar under way has the newest one.
    chart.refresh(hub, OPEN_MS)
    last = last_price(state)
    assert last is not None
    assert last.price == 100.0


def test_bars_that_never_come_are_not_waited_for(chart: MarketChart) -> None:
    chart.refresh(level_one(), OPEN_MS)
    assert "choose a provider with history" in chart.chart._look.problem
    chart.refresh(level_one("history"), OPEN_MS)
    assert chart.chart._look.problem == ""
