"""Rows F6, F7 and F13 with Polygon's own stream behind the documented manager: silence, closed markets, switches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

import pytest
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.data import PolygonDataManager
from live_monitor.data.models.market_data import Trade
from live_monitor.ports import FeedOutlet, MarketFeed
from live_monitor.providers.polygon import PolygonFeed
from live_monitor.secrets import Secret
from tests.fakes.far_end import FarEnd
from tests.providers.polygon_far import PATIENT

OPEN_MS = 1_795_188_600_000  # 10:30 New York on a trading day
CLOSED_MS = OPEN_MS + 30 * 3_600_000  # Saturday
WAIT_MS = 20_000

PRICES = {"AAPL": 100.0, "MSFT": 200.0, "NVDA": 300.0}

Start = Callable[..., "Switched"]


class Switched(PolygonDataManager):
    """Notes each print that it is given beside the symbol that is looked at by then."""

    def __init__(self, clock: ManualClock, feed: Callable[[FeedOutlet], MarketFeed]) -> None:
        super().__init__(clock=clock, feed=feed)
        self.clock = clock
        self.prints: list[tuple[str, str | None]] = []
        self.told: list[tuple[float, str | None]] = []
        self.market_data_updated.connect(lambda values: self.told.append((values["last_price"], self.hub.focus)))

    def _process_trade(self, event: Trade) -> None:
        self.prints.append((event.symbol, self.hub.focus))
        super()._process_trade(event)


@pytest.fixture
def far() -> Iterator[FarEnd]:
    with FarEnd("polygon_server") as server:
        yield server


@pytest.fixture
def start(far: FarEnd, qtbot: QtBot) -> Iterator[Start]:
    """Starts a manager whose feed is Polygon's, at an instant of market time; AAPL is subscribed."""
    made: list[Switched] = []

    def begin(at_ms: int) -> Switched:
        clock = ManualClock(at_ms)
        data = Switched(
            clock,
            lambda outlet: PolygonFeed(
                outlet, Secret("TESTKEY"), clock=clock, random=Random(1), server_url=far.ws, timing=PATIENT
            ),
        )
        made.append(data)
        data.change_symbol("AAPL")
        data.connect()
        qtbot.waitUntil(lambda: data.hub.link.connected, timeout=WAIT_MS)
        far.wait_until(lambda seen: "T.AAPL" in seen["subscribed"])
        return data

    yield begin
    for data in made:
        data.disconnect()
        data.deleteLater()


def _trades(far: FarEnd, data: Switched, qtbot: QtBot, count: int) -> None:
    before = data.hub.counters.trades
    for _ in range(count):
        far.do("trade", symbol="AAPL", price=150.0, at_ms=data.clock.wall_ms())
    qtbot.waitUntil(lambda: data.hub.counters.trades == before + count, timeout=WAIT_MS)


def _pass_time(data: Switched, seconds: int) -> None:
    for _ in range(0, seconds, 5):
        data.clock.advance(5)
        data.check_data_flow()


def test_f6_polygon_that_answers_pings_only_is_subscribed_anew_and_then_left(
    far: FarEnd, start: Start, qtbot: QtBot
) -> None:
    data = start(OPEN_MS)
    _trades(far, data, qtbot, 3)
    data.clock.advance(data.hub.flow.expected_gap_s + 5.5)
    assert data.hub.focus_flow() == "stale"
    data.clock.advance(30)
    data.check_data_flow()
    assert [alert.kind for alert in data.hub.alerts] == ["no data"]
    far.wait_until(lambda seen: [each["action"] for each in seen["requests"]].count("subscribe") == 2)
    assert data.hub.problems == {}
    data.clock.advance(15)
    data.check_data_flow()
    far.wait_until(lambda seen: seen["connections"] == 2 and "T.AAPL" in seen["subscribed"])
    qtbot.waitUntil(lambda: data.hub.link.connected, timeout=WAIT_MS)
    _trades(far, data, qtbot, 1)
    assert data.hub.focus_flow() == "live"


def test_f6_a_plan_without_price_bands_does_not_end_the_watch_over_prices(
    far: FarEnd, start: Start, qtbot: QtBot
) -> None:
    far.do("no_ack", channels=["LULD.AAPL"])
    data = start(OPEN_MS)
    _trades(far, data, qtbot, 3)
    data.clock.advance(PATIENT.ack_s + 1)
    qtbot.waitUntil(lambda: bool(data.hub.alerts), timeout=WAIT_MS)
    assert "LULD of AAPL" in data.hub.alerts[0].message
    assert data.hub.problems == {}
    _trades(far, data, qtbot, 1)
    _pass_time(data, 30)
    assert [alert.kind for alert in data.hub.alerts][1:] == ["no data"]


def test_f6_a_pause_of_polygon_is_the_reason_of_a_silence(far: FarEnd, start: Start, qtbot: QtBot) -> None:
    data = start(OPEN_MS)
    _trades(far, data, qtbot, 3)
    far.do("quote", symbol="AAPL", bid=150.0, ask=150.1, at_ms=OPEN_MS, condition=43)
    qtbot.waitUntil(lambda: bool(data.hub.problems), timeout=WAIT_MS)
    _pass_time(data, 300)
    assert [alert.kind for alert in data.hub.alerts] == ["halt"]
    assert far.seen()["connections"] == 1


def test_f7_eight_hours_of_silence_of_polygon_in_a_closed_market_alarm_nobody(
    far: FarEnd, start: Start, qtbot: QtBot
) -> None:
    data = start(CLOSED_MS)
    far.do("quote", symbol="AAPL", bid=150.0, ask=150.1, at_ms=OPEN_MS)
    qtbot.waitUntil(lambda: data.hub.counters.quotes == 1, timeout=WAIT_MS)
    _pass_time(data, 8 * 3_600)
    assert list(data.hub.alerts) == []
    seen = far.seen()
    assert seen["connections"] == 1
    assert [each["action"] for each in seen["requests"]] == ["auth", "subscribe"]


def test_f13_switches_while_polygon_streams_show_no_print_of_another_symbol(
    far: FarEnd, start: Start, qtbot: QtBot
) -> None:
    data, random = start(OPEN_MS), Random(13)
    for number in range(1_000):
        data.change_symbol(random.choice(list(PRICES)))
        if number % 5 == 0:
            for symbol, price in PRICES.items():
                far.do("trade", symbol=symbol, price=price, at_ms=data.clock.wall_ms())
            qtbot.wait(1)
    last = "MSFT"
    data.change_symbol(last)
    far.wait_until(lambda seen: seen["subscribed"] == [f"{topic}.{last}" for topic in ("A", "AM", "LULD", "Q", "T")])
    before = len(data.prints)
    for symbol, price in PRICES.items():
        far.do("trade", symbol=symbol, price=price, at_ms=data.clock.wall_ms())
    qtbot.waitUntil(lambda: len(data.prints) > before, timeout=WAIT_MS)
    assert len(data.prints) > 10
    assert all(symbol == focus for symbol, focus in data.prints)
    assert data.told
    assert all(price == PRICES[focus or ""] for price, focus in data.told)
    assert set(data.hub.states) == {last}
    assert data.hub.problems == {}
