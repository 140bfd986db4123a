"""The second provider takes over: two real far ends, one desktop, and the volume that was really traded."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from random import Random

import pytest
from pytestqt.qtbot import QtBot

from live_monitor.clock import Clock, ManualClock, SystemClock
from live_monitor.data import PolygonDataManager
from live_monitor.data.fail_over import fail_over
from live_monitor.data.fail_over_side import Build
from live_monitor.data.models.timeframe import MINUTE
from live_monitor.data.relay_link import RelayLink
from live_monitor.data.websocket_client import PolygonWebSocketClient
from live_monitor.net.stream_link import LinkTiming
from tests.fakes.chaos_server import (
    MARKET_MS,
    ChaosServer,
    Script,
    answers_http,
    closes,
    greets,
    never_answers,
    only_pongs,
    refuses_tcp,
    says_status,
)
from tests.fakes.fail_over import Feed
from tests.faults.conftest import QUICK
from tests.faults.test_bars_under_faults import bar, prints

Make = Callable[..., PolygonDataManager]


def relay(server: ChaosServer, clock: Clock, timing: LinkTiming = QUICK) -> Build:
    """A feed that comes from `server`."""
    return lambda outlet: RelayLink(server.url, "test", outlet, clock=clock, random=Random(3), timing=timing)


@pytest.fixture
def desktop(qtbot: QtBot) -> Iterator[Make]:
    """`desktop(alpha, beta)` is a manager that has a second provider, with AAPL in focus, connecting."""
    made: list[PolygonDataManager] = []

    def make(
        first: ChaosServer, second: ChaosServer, clock: Clock | None = None, patience_s: float = 0.1
    ) -> PolygonDataManager:
        clock = clock or SystemClock()
        feed = fail_over([("Alpha", relay(first, clock)), ("Beta", relay(second, clock))], SystemClock(), patience_s)
        data = PolygonDataManager(clock=clock, client=PolygonWebSocketClient(clock=clock, feed=feed))
        data.client.setParent(data)
        made.append(data)
        data.change_symbol("AAPL")
        data.connect()
        return data

    yield make
    for item in made:
        item.disconnect()
        item.deleteLater()


def wanted_of(server: ChaosServer) -> set[str]:
    """What is subscribed on the server's newest connection."""
    newest = len(server.connections) - 1
    symbols: set[str] = set()
    for message in server.messages:
        if message.connection == newest and isinstance(message.data, dict):
            if message.data.get("action") == "subscribe":
                symbols.update(message.data["symbols"])
            elif message.data.get("action") == "unsubscribe":
                symbols.difference_update(message.data["symbols"])
    return symbols


def alerts(data: PolygonDataManager) -> str:
    return "\n".join(alert.message for alert in data.hub.alerts)


def test_f17_the_second_takes_over_in_mid_bar_and_doubles_no_volume(desktop: Make, qtbot: QtBot) -> None:
    alpha = Feed("alpha", prints(0, 40, 1), market_ms=MARKET_MS + 40_000)
    # The newcomer repeats, under names of its own, ten prints that the first one gave already.
    beta = Feed("beta", [*prints(30, 60, 2), bar(6_000)], market_ms=MARKET_MS + 61_500, pages={"1m": [bar(6_000)]})
    with ChaosServer(beta.script()) as second:
        with ChaosServer(alpha.script()) as first:
            data = desktop(first, second, ManualClock(MARKET_MS + 40_000))
            hub = data.hub
            qtbot.waitUntil(lambda: hub.counters.trades == 40, timeout=20_000)
            assert (hub.pages.market, second.connections) == ("alpha", [])
        qtbot.waitUntil(lambda: hub.counters.aggregates == 1, timeout=20_000)
        hub.tick()
        minute = hub.series(MINUTE).bar(-1)
        assert (minute.start_ms, minute.volume) == (MARKET_MS, 6_000.0), "the truth: sixty prints of 100"
        assert hub.pages.market == "beta"
        second.wait_for(lambda: any(message.get("action") == "history" for message in second.received))
        reasons = [gap.reason for gap in hub.counters.gaps]
        assert "connection lost" in reasons
        assert any("source changed from ALPHA to BETA" in reason for reason in reasons)
        assert "Beta takes over from Alpha: " in alerts(data)
        assert "The source of prices changed from ALPHA to BETA" in alerts(data)
        roles = {(status.title, status.role): status.in_use for status in hub.providers.values()}
        assert roles == {("Alpha", "primary"): False, ("Beta", "second"): True}


def test_f17_a_question_of_the_old_market_has_no_answer_in_the_new_one(desktop: Make, qtbot: QtBot) -> None:
    """A page is under way when the first dies; what the second is asked belongs to it alone."""
    pages = {"1m": [{**bar(1_000), "s": MARKET_MS - 60_000, "e": MARKET_MS}]}
    alpha = Feed("alpha", prints(0, 40, 1), market_ms=MARKET_MS + 40_000, answers_history=False)
    beta = Feed("beta", prints(30, 60, 2), market_ms=MARKET_MS + 61_500, pages=pages)
    with ChaosServer(beta.script()) as second:
        with ChaosServer(alpha.script()) as first:
            data = desktop(first, second, ManualClock(MARKET_MS + 40_000))
            qtbot.waitUntil(lambda: data.hub.counters.trades == 40, timeout=20_000)
            first.wait_for(lambda: any(message.get("action") == "history" for message in first.received))
        qtbot.waitUntil(lambda: data.hub.counters.trades == 70, timeout=20_000)
        data.hub.tick()
        minutes = data.hub.series(MINUTE)
        qtbot.waitUntil(lambda: MARKET_MS - 60_000 in data.hub.series(MINUTE).start_ms, timeout=20_000)
        minutes = data.hub.series(MINUTE)
        assert minutes.bar(minutes.index_of(MARKET_MS - 60_000)).volume == 1_000.0
        # Only what the newcomer printed; it saw the minute from its half on.
        assert minutes.bar(minutes.index_of(MARKET_MS)).volume == 3_000.0


def test_f17_a_second_whose_time_is_earlier_leaves_no_gap_that_ends_before_it_begins(
    desktop: Make, qtbot: QtBot
) -> None:
    """Delayed prices take over from live ones: what was missed is still to come."""
    alpha = Feed("alpha", prints(0, 40, 1), market_ms=MARKET_MS + 40_000)
    beta = Feed("beta-delayed", prints(-850, -800, 2), market_ms=MARKET_MS - 800_000)
    with ChaosServer(beta.script()) as second:
        with ChaosServer(alpha.script()) as first:
            data = desktop(first, second, ManualClock(MARKET_MS + 40_000))
            qtbot.waitUntil(lambda: data.hub.counters.trades == 40, timeout=20_000)
        qtbot.waitUntil(lambda: data.hub.counters.trades == 90, timeout=20_000)
        qtbot.waitUntil(lambda: data.hub.clock.now_ms() < MARKET_MS, timeout=20_000)
        data.hub.tick()
        assert all(gap.from_ms <= gap.to_ms for gap in data.hub.counters.gaps)
        minutes = data.hub.series(MINUTE)
        assert sum(minutes.bar(index).volume for index in range(len(minutes))) == 5_000.0


def test_f17_quick_flaps_change_no_provider(desktop: Make, qtbot: QtBot) -> None:
    flapping = [closes(1001)] * 5
    with ChaosServer(*flapping, greets()) as first, ChaosServer(greets()) as second:
        data = desktop(first, second, patience_s=30.0)
        qtbot.waitUntil(lambda: len(first.connections) == 6 and data.hub.link.connected, timeout=20_000)
        assert second.connections == []
        assert "takes over" not in alerts(data)


@pytest.mark.parametrize("refusal", [says_status("auth_failed", "bad key"), answers_http(401)])
def test_f17_a_first_that_refuses_for_good_is_replaced_at_once(refusal: Script, desktop: Make, qtbot: QtBot) -> None:
    with ChaosServer(refusal) as first, ChaosServer(greets()) as second:
        data = desktop(first, second, patience_s=3_600.0)
        qtbot.waitUntil(lambda: data.hub.counters.trades == 1, timeout=20_000)
        assert len(first.connections) == 1
        assert data.hub.link.connected
        assert "Beta takes over from Alpha: The server" in alerts(data)
        failed = data.hub.providers[("relay", "primary")]
        assert (failed.link.state, failed.in_use) == ("failed", False)


def test_f17_when_both_fail_for_good_it_stops_and_names_both(desktop: Make, qtbot: QtBot) -> None:
    with ChaosServer(says_status("auth_failed", "no such key")) as first, ChaosServer(answers_http(403)) as second:
        data = desktop(first, second)
        qtbot.waitUntil(lambda: data.hub.link.state == "failed", timeout=20_000)
        message = data.hub.link.message
        assert "Alpha: The server ended the session: no such key" in message
        assert "Beta: The server refused access (HTTP 403)" in message
        assert (len(first.connections), len(second.connections)) == (1, 1)


def test_f17_the_first_waits_in_silence_and_comes_back_by_a_persons_wish(desktop: Make, qtbot: QtBot) -> None:
    away_for_a_while = [closes(1001, after=1), *[refuses_tcp()] * 3, greets(provider="alpha", label="A")]
    with ChaosServer(*away_for_a_while) as first, ChaosServer(greets(provider="beta", label="B")) as second:
        data = desktop(first, second, patience_s=0.01)
        hub = data.hub
        qtbot.waitUntil(lambda: hub.hello.provider == "beta" and hub.link.connected, timeout=20_000)
        qtbot.waitUntil(lambda: hub.providers[("relay", "primary")].link.connected, timeout=20_000)
        assert hub.hello.provider == "beta", "nobody asked for the first one yet"
        data.hub.acquire("MSFT", "watchlist")
        second.wait_for(lambda: wanted_of(second) == {"AAPL", "MSFT"})
        assert wanted_of(first) == set(), "in silence it wants nothing"
        data.client.use_first()
        qtbot.waitUntil(lambda: hub.hello.provider == "alpha" and hub.link.connected, timeout=20_000)
        first.wait_for(lambda: wanted_of(first) == {"AAPL", "MSFT"})
        second.wait_for(lambda: not second.open_peers)
        assert hub.providers[("relay", "second")].link.state == "stopped"
        assert "Alpha takes over from Beta: as was asked for." in alerts(data)


def test_f17_a_wish_for_a_first_that_is_away_leaves_the_second_in_place(desktop: Make, qtbot: QtBot) -> None:
    refused_once = [says_status("auth_failed", "bad key"), greets(provider="alpha")]
    with ChaosServer(*refused_once) as first, ChaosServer(greets(provider="beta")) as second:
        data = desktop(first, second)
        qtbot.waitUntil(lambda: data.hub.hello.provider == "beta" and data.hub.link.connected, timeout=20_000)
        data.client.use_first()
        # It had failed for good; a person's wish is a reason to try again, with what may be another key.
        qtbot.waitUntil(lambda: data.hub.hello.provider == "alpha" and data.hub.link.connected, timeout=20_000)
        assert len(first.connections) == 2
        assert len(second.connections) == 1


def test_f17_the_first_comes_back_when_the_second_is_gone(desktop: Make, qtbot: QtBot) -> None:
    with ChaosServer(closes(1001), greets(provider="alpha")) as first:
        with ChaosServer(greets(provider="beta")) as second:
            data = desktop(first, second, patience_s=0.0)
            qtbot.waitUntil(lambda: data.hub.hello.provider == "beta" and data.hub.link.connected, timeout=20_000)
        qtbot.waitUntil(lambda: data.hub.hello.provider == "alpha" and data.hub.link.connected, timeout=20_000)


def test_f17_a_second_that_is_not_there_yet_is_let_go_when_the_first_is_back(desktop: Make, qtbot: QtBot) -> None:
    with ChaosServer(*[refuses_tcp()] * 6, greets(provider="alpha")) as first, ChaosServer(never_answers()) as second:
        data = desktop(first, second, patience_s=0.0)
        qtbot.waitUntil(lambda: data.hub.link.connected, timeout=20_000)
        second.wait_for(lambda: len(second.connections) == 1)
        qtbot.waitUntil(lambda: data.hub.providers[("relay", "second")].link.state == "stopped", timeout=20_000)
        assert data.hub.hello.provider == "alpha"
        assert "takes over" not in alerts(data)


@pytest.mark.parametrize(
    ("first_does", "second_does", "state"),
    [
        (never_answers(), greets(), "the first connects"),
        (greets(), greets(), "the first is live"),
        (refuses_tcp(), never_answers(), "both connect"),
        (refuses_tcp(), refuses_tcp(), "both are away"),
        (refuses_tcp(), greets(), "the second is live"),
        (answers_http(401), greets(), "the first has failed"),
        (answers_http(401), answers_http(401), "both have failed"),
    ],
)
def test_f17_it_stops_at_once_in_every_state(
    first_does: Script, second_does: Script, state: str, desktop: Make, qtbot: QtBot
) -> None:
    with ChaosServer(first_does) as first, ChaosServer(second_does) as second:
        data = desktop(first, second, patience_s=0.0)
        hub = data.hub
        reached: dict[str, Callable[[], bool]] = {
            "the first connects": lambda: len(first.connections) == 1,
            "the first is live": lambda: hub.link.connected,
            "both connect": lambda: len(second.connections) == 1,
            "both are away": lambda: len(second.connections) > 1,
            "the second is live": lambda: hub.link.connected,
            "the first has failed": lambda: hub.link.connected,
            "both have failed": lambda: hub.link.state == "failed",
        }
        qtbot.waitUntil(reached[state], timeout=20_000)
        started = time.perf_counter()
        data.disconnect()
        assert time.perf_counter() - started < 1.0
        first.wait_for(lambda: not first.open_peers)
        second.wait_for(lambda: not second.open_peers)


def test_f17_a_first_that_is_connected_and_brings_nothing_in_an_open_market_is_replaced(
    desktop: Make, qtbot: QtBot
) -> None:
    clock = ManualClock(MARKET_MS)
    with ChaosServer(only_pongs(after=3), only_pongs()) as first, ChaosServer(greets()) as second:
        data = desktop(first, second, clock, patience_s=60.0)
        hub = data.hub
        qtbot.waitUntil(lambda: hub.counters.trades == 3, timeout=20_000)
        clock.advance(50)
        data.check_data_flow()
        first.wait_for(lambda: len(first.connections) == 2)
        qtbot.waitUntil(lambda: hub.counters.reconnects == 1 and hub.link.connected, timeout=20_000)
        assert second.connections == [], "a new connection may bring it back"
        clock.advance(50)
        data.check_data_flow()
        qtbot.waitUntil(lambda: hub.states["AAPL"].last_ms > 0 and hub.hello.provider == "simulated", timeout=20_000)
        assert "Beta takes over from Alpha: " in alerts(data)
