"""How a provider is doing, told beside what it brings."""

from __future__ import annotations

from itertools import pairwise

import pytest

from live_monitor.clock import ManualClock
from live_monitor.data.feed_watch import TELL_EVERY_S, WatchedOutlet, late, unwatched
from live_monitor.data.models.market_data import Snapshot, Trade
from live_monitor.data.models.providers import ProviderStatus, SymbolHit
from live_monitor.data.models.status import LinkStatus
from live_monitor.limits import MAX_TEXT
from live_monitor.wire.notices import ClockFrame, EndOfFeed, ErrorNotice, Hello, SnapshotFrame
from tests.fakes.outlet import Outlet

NOW = 1_795_188_600_000


def trade() -> Trade:
    return Trade("AAPL", 100.0, 100, NOW, (), 1, "1", 1)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def below() -> Outlet:
    return Outlet()


@pytest.fixture
def watch(below: Outlet, clock: ManualClock) -> WatchedOutlet:
    return WatchedOutlet(below, "polygon", "Polygon", plan="15 min late", clock=clock)


def test_everything_passes_as_it_came(watch: WatchedOutlet, below: Outlet) -> None:
    events = [trade()]
    hello, live, hit = Hello([]), LinkStatus("live"), SymbolHit("AAPL", "Apple")
    watch.put_events(list(events), 1.0)
    watch.put_notice(hello, 1.0)
    watch.put_status(live)
    watch.put_problem("X", "unknown")
    watch.put_found(3, [hit])
    of_another = ProviderStatus("schwab", "Schwab", "beside")
    watch.put_provider(of_another)
    assert (below.events, below.notices, below.links) == (events, [hello], [live])
    assert (below.problems, below.found) == ([("X", "unknown")], [(3, (hit,))])
    assert of_another in below.providers
    below.has_room = False
    assert not watch.has_room


def test_a_change_is_told_at_once_and_the_newest_message_once_a_second(
    watch: WatchedOutlet, below: Outlet, clock: ManualClock
) -> None:
    watch.put_status(LinkStatus("live", clock.monotonic()))
    assert below.providers[-1].link.state == "live"
    before = len(below.providers)
    began = clock.monotonic()
    for _ in range(1_000):
        clock.advance(0.01)
        watch.put_events([trade()], clock.monotonic())
    told = below.providers[before:]
    assert 9 <= len(told) <= 10
    ages = [later.heard - earlier.heard for earlier, later in pairwise(told)]
    assert min(ages) >= TELL_EVERY_S - 1e-9
    assert told[-1].heard - began == pytest.approx(10.0, abs=1.02)
    assert (told[-1].provider, told[-1].title, told[-1].plan) == ("polygon", "Polygon", "15 min late")


def test_the_first_message_is_told_although_nothing_may_come_after_it(
    watch: WatchedOutlet, below: Outlet, clock: ManualClock
) -> None:
    clock.advance(5.0)
    watch.put_status(LinkStatus("live", clock.monotonic()))
    watch.put_notice(SnapshotFrame(Snapshot("AAPL", NOW, last=500.34)), clock.monotonic())
    assert below.providers[-1].heard == clock.monotonic() > 0
    before = len(below.providers)
    watch.put_notice(SnapshotFrame(Snapshot("MSFT", NOW, last=227.79)), clock.monotonic())
    assert len(below.providers) == before


def test_what_the_server_said_of_itself_last_is_kept_and_cut_to_a_line(watch: WatchedOutlet, below: Outlet) -> None:
    watch.put_notice(ErrorNotice("slow down " * 200), 5.0)
    assert below.providers[-1].said == ("slow down " * 200)[:MAX_TEXT]
    watch.put_notice(EndOfFeed("That was the day."), 6.0)
    watch.put_notice(ClockFrame(NOW), 6.5)
    assert (below.providers[-1].said, below.providers[-1].heard) == ("That was the day.", 6.0)


def test_connections_after_the_first_are_counted(watch: WatchedOutlet, below: Outlet) -> None:
    for state in ("connecting", "retrying", "connecting", "live", "live", "retrying", "connecting", "live", "retrying"):
        watch.put_status(LinkStatus(state))
    assert below.providers[-1].reconnects == 1


def test_the_watch_nearest_to_the_feed_counts(watch: WatchedOutlet, below: Outlet, clock: ManualClock) -> None:
    nearer = WatchedOutlet(watch, "schwab", "Schwab", "second", clock=clock, in_use=False)
    nearer.put_status(LinkStatus("live"))
    assert unwatched(nearer) is below
    assert [(status.provider, status.role, status.in_use) for status in below.providers] == [
        ("schwab", "second", False)
    ]
    nearer.use(in_use=True)
    nearer.use(in_use=True)
    assert [status.in_use for status in below.providers] == [False, True]


def test_one_without_a_title_is_called_as_it_calls_itself(below: Outlet, clock: ManualClock) -> None:
    watch = WatchedOutlet(below, "relay", clock=clock)
    assert watch.status.title == "relay"
    watch.put_notice(Hello([], provider="simulated", label="SIMULATED"), 1.0)
    assert below.providers[-1].title == "SIMULATED"


@pytest.mark.parametrize(
    ("delay_s", "words"), [(0.0, ""), (900.0, "15 min late"), (90.0, "1.5 min late"), (2.0, "2 s late")]
)
def test_a_delay_is_said_in_words(delay_s: float, words: str) -> None:
    assert late(delay_s) == words
