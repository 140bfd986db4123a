"""The chart beside the hub: the right series, markers on the right bars, and what is written behind them."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.data.market_hub import MarketHub
from live_monitor.data.models.market_data import Trade
from live_monitor.data.models.signals import EntrySignal
from live_monitor.data.models.status import LinkStatus
from live_monitor.data.models.timeframe import MINUTE, SECOND
from live_monitor.engine.market.bar_series import Bar
from live_monitor.engine.market.sessions import us_equities
from live_monitor.ui.charts.market_chart import MarketChart, marker_of
from live_monitor.ui.theme import load_theme

#: 2026-03-02 10:00:00 New York, a Monday.
OPEN_MS = 1_772_463_600_000


def entry(price: str, at_ms: int) -> EntrySignal:
    when = datetime.fromtimestamp(at_ms / 1000, UTC)
    return EntrySignal(
        time="10:00:00", signal_type="LONG", price=price, signal="VWAP reclaim", strength="Strong", notes="",
        timestamp=when, symbol="AAPL",
    )  # fmt: skip


@pytest.fixture
def hub() -> MarketHub:
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


def test_the_series_of_the_focus_is_shown_in_the_chosen_length(chart: MarketChart, hub: MarketHub) -> None:
    chart.refresh(hub, OPEN_MS)
    assert chart._series is hub.series(MINUTE)
    chart.show_bars(SECOND, extended=True)
    chart.refresh(hub, OPEN_MS)
    assert chart._series is hub.series(SECOND)
    hub.set_focus("MSFT")
    chart.refresh(hub, OPEN_MS)
    assert chart._series is hub.series(SECOND)
    assert hub.series(SECOND).symbol == "MSFT"


def test_a_frame_without_news_paints_nothing(chart: MarketChart, hub: MarketHub) -> None:
    chart.refresh(hub, OPEN_MS)
    assert not chart.refresh(hub, OPEN_MS)
    hub.ingest([Trade(symbol="AAPL", timestamp_ms=OPEN_MS + 1, price=100.5, size=100.0)], 1000.0)
    hub.tick()
    assert chart.refresh(hub, OPEN_MS)


def test_a_market_that_is_not_the_real_one_is_named_behind_the_candles(chart: MarketChart, hub: MarketHub) -> None:
    chart.refresh(hub, OPEN_MS)
    assert chart.chart._look.watermark == "SIMULATED"


def test_a_dead_link_makes_the_last_price_stale(chart: MarketChart, hub: MarketHub) -> None:
    chart.refresh(hub, OPEN_MS)
    assert not chart.chart._look.stale
    hub.take([LinkStatus("retrying", 1000.0, 1, "lost")])
    chart.refresh(hub, OPEN_MS)
    assert chart.chart._look.stale


def test_a_marker_lies_on_the_bar_that_ended_when_the_signal_arose() -> None:
    marker = marker_of(entry("1,234.50", OPEN_MS), 60_000)
    assert (marker.bar_start_ms, marker.kind, marker.price) == (OPEN_MS - 60_000, "LONG", 1234.5)
    assert marker.text == "LONG 1,234.50: VWAP reclaim"
    assert math.isnan(marker_of(entry("–", OPEN_MS), 60_000).price)


def test_markers_follow_the_signals_and_go_with_the_symbol(chart: MarketChart, hub: MarketHub) -> None:
    hub.signal_book.add(entry("100.00", OPEN_MS))
    chart.refresh(hub, OPEN_MS)
    assert len(chart.chart._look.markers) == 1
    hub.set_focus("MSFT")
    chart.refresh(hub, OPEN_MS)
    assert chart.chart._look.markers == []


def test_the_length_of_the_bars_goes_with_a_request_for_older_ones(chart: MarketChart, qtbot: QtBot) -> None:
    chart.show_bars(SECOND, extended=True)
    with qtbot.waitSignal(chart.older_bars_requested) as asked:
        chart.chart.older_bars_requested.emit(OPEN_MS)
    assert asked.args == [SECOND]


def bars_of(hub: MarketHub, first: int, last: int) -> None:
    """Minute bars from `first` to `last` (exclusive) minutes after the open."""
    for minute in range(first, last):
        start_ms = OPEN_MS + minute * 60_000
        hub.series(MINUTE).put(Bar(start_ms, 10.0, 11.0, 9.0, 10.0, 100.0, 10.0, 1))


def test_a_bar_of_another_symbol_is_found_when_its_bars_come(chart: MarketChart, hub: MarketHub) -> None:
    bars_of(hub, -300, 0)
    chart.refresh(hub, OPEN_MS)
    hub.set_focus("MSFT")
    chart.scroll_to(OPEN_MS - 200 * 60_000)
    chart.refresh(hub, OPEN_MS)
    bars_of(hub, -1, 0)
    chart.refresh(hub, OPEN_MS)
    bars_of(hub, -300, -1)
    chart.refresh(hub, OPEN_MS)
    assert chart.chart.readout_text().startswith("MSFT, 1m bar: 06:40")
    assert not chart.chart.following
    chart.chart.scroll_to_end()
    bars_of(hub, 0, 2)
    chart.refresh(hub, OPEN_MS)
    assert chart.chart.following


def test_an_old_wish_does_not_move_the_next_symbol(chart: MarketChart, hub: MarketHub) -> None:
    bars_of(hub, -300, 0)
    chart.refresh(hub, OPEN_MS)
    chart.scroll_to(OPEN_MS - 200 * 60_000)
    chart.refresh(hub, OPEN_MS)
    hub.set_focus("MSFT")
    bars_of(hub, -300, 0)
    chart.refresh(hub, OPEN_MS)
    assert chart.chart.following


def test_a_symbol_that_is_not_to_be_had_is_not_waited_for(chart: MarketChart, hub: MarketHub) -> None:
    hub.set_focus("ZZZZ")
    hub.problems["ZZZZ"] = "not offered by this feed"
    chart.refresh(hub, OPEN_MS)
    assert chart.chart._look.problem == "not offered by this feed"
    hub.set_focus("AAPL")
    chart.refresh(hub, OPEN_MS)
    assert chart.chart._look.problem == ""
