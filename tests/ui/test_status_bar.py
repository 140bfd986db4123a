"""The bottom line."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.data.models.status import Gap, LinkStatus
from live_monitor.ui.frame_pacer import FramePacer
from live_monitor.ui.status_bar import Item, RateMeter, StatusBar
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
        "": "Simulated market",
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


def item(status: StatusBar, caption: str) -> Item:
    """The figure with a caption."""
    return next(found for found in status.strip.items if found.caption == caption)


def settle(status: StatusBar, hub: FakeHub, clock: ManualClock) -> None:
    """As many readings as lag and skew are made of."""
    for _ in range(3):
        status.refresh(hub, TEN)
        clock.advance(0.5)


def test_provider_is_named_in_plain_words(status: StatusBar, hub: FakeHub, manual_clock: ManualClock) -> None:
    hub.link = LinkStatus("live", provider="iqfeed", label="REPLAY 2021-03-01")
    status.refresh(hub, TEN)
    assert values(status)[""] == "IQFeed replay"


@pytest.mark.parametrize(("state", "name"), [("live", "Market data server"), ("idle", "No provider · not connected")])
def test_server_need_not_say_who_it_is(status: StatusBar, hub: FakeHub, state: str, name: str) -> None:
    hub.link = LinkStatus(state)  # type: ignore[arg-type] # two of the states
    status.refresh(hub, TEN)
    assert values(status)[""] == name


def test_silent_feed_has_no_green_dot(status: StatusBar, hub: FakeHub, manual_clock: ManualClock) -> None:
    hub.flow = "stale"
    status.refresh(hub, TEN)
    assert (item(status, "").value, item(status, "").dot) == ("Simulated market · silent", "warning")
    manual_clock.advance(1.0)
    hub.calendar.state = "closed"
    status.refresh(hub, TEN)
    assert (item(status, "").value, item(status, "").dot) == ("Simulated market", "up")


def test_fault_t4_clock_behind_the_exchange_is_told(status: StatusBar, hub: FakeHub, manual_clock: ManualClock) -> None:
    hub.counters.events = 10
    hub.lag_ms, hub.skew_ms = 0, 1_000
    settle(status, hub, manual_clock)
    assert len(status.strip.items) == 5
    hub.skew_ms = 3_000
    settle(status, hub, manual_clock)
    assert status.strip.items[-1][1:4] == ("clock 3.0 s behind the exchange", "warning", "warning")
    assert values(status)["Feed lag"] == "0 ms"


def test_one_late_print_is_no_lag(status: StatusBar, hub: FakeHub, manual_clock: ManualClock) -> None:
    hub.counters.events = 10
    settle(status, hub, manual_clock)
    hub.lag_ms = 28_000
    status.refresh(hub, TEN)
    assert values(status)["Feed lag"] == "12 ms"
    manual_clock.advance(0.5)
    settle(status, hub, manual_clock)
    assert (item(status, "Feed lag").value, item(status, "Feed lag").role) == ("28.0 s", "warning")


def test_lag_and_skew_are_told_in_real_time(status: StatusBar, hub: FakeHub, manual_clock: ManualClock) -> None:
    hub.counters.events = 10
    hub.clock.follow(TEN, 60.0)
    hub.lag_ms, hub.skew_ms = 1_200, 6_000
    settle(status, hub, manual_clock)
    assert values(status)["Feed lag"] == "20 ms"
    assert len(status.strip.items) == 5


def test_gaps_are_counted_by_stretch_and_told_in_the_tooltip(status: StatusBar, hub: FakeHub) -> None:
    lost = [Gap(symbol, TEN, TEN + 2_000, "connection lost") for symbol in ("AAPL", "MSFT", "<b>")]
    hub.counters.gaps = [*lost, Gap("AAPL", TEN + 5_000, TEN + 6_000, "prints missed")]
    hub.counters.rejected["price"] = 1_234
    status.refresh(hub, TEN)
    gaps = item(status, "Open gaps")
    assert (gaps.value, gaps.role) == ("2", "warning")
    assert gaps.detail.splitlines() == [
        "10:00:05–10:00:06 AAPL: prints missed",
        "10:00:00–10:00:02 3 symbols: connection lost",
        "refused: price × 1,234",
    ]
    assert item(status, "Dropped").detail == gaps.detail


def test_gaps_that_were_filled_are_only_told(status: StatusBar, hub: FakeHub, manual_clock: ManualClock) -> None:
    half = [Gap("AAPL", TEN, TEN + 2_000, "lost", healed=True), Gap("MSFT", TEN, TEN + 2_000, "lost")]
    hub.counters.gaps = half
    status.refresh(hub, TEN)
    assert item(status, "Open gaps").value == "1"
    hub.counters.gaps = [gap._replace(healed=True) for gap in half]
    manual_clock.advance(1.0)
    status.refresh(hub, TEN)
    assert "Open gaps" not in values(status)
    assert item(status, "Dropped").detail == "10:00:00–10:00:02 2 symbols: lost (filled)"


def test_a_small_light_says_whether_bars_are_kept(status: StatusBar, hub: FakeHub, manual_clock: ManualClock) -> None:
    status.refresh(hub, TEN)
    assert "Bars" not in values(status)
    hub.keeps_bars = True
    manual_clock.advance(1.0)
    status.refresh(hub, TEN)
    assert (item(status, "Bars").value, item(status, "Bars").dot) == ("kept", "up")
    hub.store_notice = "Bars are not kept: the disk is full."
    manual_clock.advance(1.0)
    status.refresh(hub, TEN)
    light = item(status, "Bars")
    assert (light.value, light.dot, light.role) == ("not kept", "warning", "warning")
    assert light.detail == "Bars are not kept: the disk is full."


def test_only_the_newest_gaps_are_told(status: StatusBar, hub: FakeHub) -> None:
    hub.counters.gaps = [Gap("AAPL", TEN + second * 1_000, TEN + second * 1_000, "lost") for second in range(9)]
    status.refresh(hub, TEN)
    lines = item(status, "Open gaps").detail.splitlines()
    assert lines[0].startswith("10:00:08")
    assert lines[5:] == ["and 4 older ones"]


def test_each_figure_has_its_own_tooltip(status: StatusBar, hub: FakeHub) -> None:
    status.refresh(hub, TEN)
    strip = status.strip
    found = [strip.item_at(x) for x in range(strip.width() or 1200)]
    assert list(dict.fromkeys(entry for entry in found if entry is not None)) == list(strip.items)
    assert all(entry.detail for entry in strip.items)


def test_link_change_shows_at_once(status: StatusBar, hub: FakeHub) -> None:
    status.refresh(hub, TEN)
    hub.link = LinkStatus("retrying", provider="simulated")
    status.refresh(hub, TEN)
    assert values(status)[""] == "Simulated market · reconnecting"


def test_dead_link_shows_no_lag(status: StatusBar, hub: FakeHub) -> None:
    hub.counters.events = 5
    hub.link = LinkStatus("retrying", provider="polygon")
    status.refresh(hub, TEN)
    assert values(status)["Feed lag"] == "–"
    assert values(status)[""] == "Polygon · reconnecting"


def test_figures_change_at_most_twice_a_second(manual_clock: ManualClock, status: StatusBar, hub: FakeHub) -> None:
    status.refresh(hub, TEN)
    hub.counters.dropped_trades = 7
    manual_clock.advance(0.2)
    status.refresh(hub, TEN)
    assert values(status)["Dropped"] == "0"
    manual_clock.advance(0.4)
    status.refresh(hub, TEN)
    assert values(status)["Dropped"] == "7"
