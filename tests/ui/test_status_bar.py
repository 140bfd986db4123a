"""The bottom line."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.data.models.status import LinkStatus
from live_monitor.ui.frame_pacer import FramePacer
from live_monitor.ui.status_bar import RateMeter, StatusBar
from live_monitor.ui.theme import Theme
from tests.ui.fake_hub import TEN, FakeHub


@pytest.fixture
def status(qtbot: QtBot, dark: Theme, manual_clock: ManualClock) -> StatusBar:
    """With a pacer of its own."""
    made = StatusBar(dark, manual_clock, FramePacer(manual_clock))
    qtbot.addWidget(made)
    made.resize(1200, 26)
    return made


def values(status: StatusBar) -> dict[str, str]:
    """Figures by caption."""
    return {item.caption: item.value for item in status.strip.items}


def test_figures_of_a_healthy_feed(status: StatusBar, hub: FakeHub) -> None:
    hub.counters.events = 10
    status.refresh(hub, TEN)
    assert values(status) == {
        "": "simulated",
        "Feed lag": "12 ms",
        "Ticks/s": "0",
        "Tick→paint p99": "–",
        "Dropped": "0",
    }


def test_rate_follows_the_events(manual_clock: ManualClock, status: StatusBar, hub: FakeHub) -> None:
    for _ in range(40):
        status.refresh(hub, TEN)
        manual_clock.advance(0.5)
        hub.counters.events += 10_000
    status.refresh(hub, TEN)
    assert values(status)["Ticks/s"] == "20.0K"


def test_rate_falls_to_nothing() -> None:
    meter = RateMeter()
    meter.note(0.0, 0)
    meter.note(1.0, 1_000)
    for second in range(2, 40):
        meter.note(float(second), 1_000)
    assert meter.rate == 0.0


def test_losses_are_shown_in_the_warning_colour(manual_clock: ManualClock, status: StatusBar, hub: FakeHub) -> None:
    hub.counters.dropped_trades = 1_234
    hub.counters.conflated_quotes = 50
    status.refresh(hub, TEN)
    lost = next(item for item in status.strip.items if item.caption == "Dropped")
    assert (lost.value, lost.role) == ("1,234", "warning")
    assert values(status)["Quotes conflated"] == "50"


def test_dead_link_shows_no_lag(status: StatusBar, hub: FakeHub) -> None:
    hub.counters.events = 5
    hub.link = LinkStatus("retrying", provider="polygon")
    status.refresh(hub, TEN)
    assert values(status)["Feed lag"] == "–"
    assert values(status)[""] == "polygon retrying"


def test_figures_change_at_most_twice_a_second(manual_clock: ManualClock, status: StatusBar, hub: FakeHub) -> None:
    status.refresh(hub, TEN)
    hub.counters.dropped_trades = 7
    manual_clock.advance(0.2)
    status.refresh(hub, TEN)
    assert values(status)["Dropped"] == "0"
    manual_clock.advance(0.4)
    status.refresh(hub, TEN)
    assert values(status)["Dropped"] == "7"
