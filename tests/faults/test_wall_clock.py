"""Row T1 on the real path: the machine's clock is set while data flows through socket, thread, inbox and hub."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.data import PolygonDataManager
from live_monitor.data.models.timeframe import MINUTE
from tests.fakes.chaos_server import MARKET_MS, ChaosServer, documented, market_data, trade
from tests.faults.conftest import Seen

Make = Callable[..., PolygonDataManager]

HOUR_S = 3_600
#: The second is longer than a jump is held in silence.
BEFORE_S, AFTER_S = 50, 75


class Told(NamedTuple):
    """What a person was shown, and what it rests on, at the end of a run."""

    bars: list[tuple[int, float, float]]
    alerts: list[str]
    rejected: dict[str, int]
    gaps: int
    connections: int
    jump_ms: int


class Street:
    """A live feed with a print a second, by a true time that no machine's clock touches."""

    def __init__(self, server: ChaosServer, data: PolygonDataManager, clock: ManualClock, qtbot: QtBot) -> None:
        self.server, self.data, self.clock, self.qtbot = server, data, clock, qtbot
        self.true_ms = MARKET_MS
        self.prints = 0
        self.truth: dict[int, list[float]] = {}
        self.flows: set[str] = set()
        self.worst_ms = 0

    def stream(self, seconds: int) -> None:
        hub = self.data.hub
        for _ in range(seconds):
            self.clock.advance(1.0)
            self.true_ms += 1_000
            self.prints += 1
            number = self.prints
            price, at_ms = 100.0 + number % 7, self.true_ms - 50
            self.truth.setdefault(at_ms // 60_000 * 60_000, []).append(price)
            event = trade("AAPL", price, size=10, sequence=number + 1, at_ms=at_ms)
            self.server.push(market_data(event))
            self.qtbot.waitUntil(lambda: hub.counters.trades == self.prints, timeout=20_000)
            hub.tick()
            self.data.check_data_flow()
            self.flows.add(hub.focus_flow())
            self.worst_ms = max(self.worst_ms, abs(hub.clock.now_ms() - self.true_ms))

    def true_bars(self) -> list[tuple[int, float, float]]:
        """Start, close and volume of the minutes, from the prints' own times."""
        return [(start_ms, prices[-1], 10.0 * len(prices)) for start_ms, prices in self.truth.items()]

    def told(self) -> Told:
        hub, series = self.data.hub, self.data.hub.series(MINUTE)
        bars = [series.bar(index) for index in range(len(series))]
        return Told(
            [(bar.start_ms, bar.close, bar.volume) for bar in bars],
            [alert.message for alert in hub.alerts],
            dict(self.data.client.rejections.by_reason),
            len(hub.counters.gaps),
            len(self.server.connections),
            hub.clock.jump_ms,
        )


@contextmanager
def streaming(manager: Make, qtbot: QtBot) -> Iterator[Street]:
    """A manager that is connected and subscribed; disconnected before its server ends."""
    clock = ManualClock(MARKET_MS)
    with ChaosServer(documented(market_data([]))) as server:
        data = manager(server.url, clock)
        data.change_symbol("AAPL")
        data.connect()
        qtbot.waitUntil(lambda: data.hub.link.connected, timeout=20_000)
        server.wait_for(lambda: len(server.received) > 0)
        yield Street(server, data, clock, qtbot)
        data.disconnect()


@pytest.mark.parametrize("step_s", [HOUR_S, -HOUR_S, 400 * 24 * HOUR_S])
def test_t1_a_wall_clock_that_is_set_moves_neither_market_time_nor_bars(
    manager: Make, qtbot: QtBot, step_s: int
) -> None:
    with streaming(manager, qtbot) as street:
        street.stream(BEFORE_S)
        street.clock.step_wall(step_s)
        street.stream(AFTER_S)
        told = street.told()
    assert street.worst_ms <= 1
    assert street.flows == {"live"}
    length = "400 days" if step_s > HOUR_S else "1:00:00"
    direction = "forward" if step_s > 0 else "back"
    notice = f"The machine's clock was set {direction} by {length}; market time goes on."
    assert told == Told(street.true_bars(), [notice], {}, 0, 1, step_s * 1000)


def test_t1_a_machine_that_slept_shows_the_present_two_seconds_after_the_first_print(
    manager: Make, qtbot: QtBot
) -> None:
    with streaming(manager, qtbot) as street:
        street.stream(5)
        street.clock.step_wall(2 * HOUR_S)  # the monotonic clock stood still
        street.true_ms += 2 * HOUR_S * 1000
        street.stream(3)
        told = street.told()
        assert abs(street.data.hub.clock.now_ms() - street.true_ms) <= 1
    assert (told.jump_ms, told.rejected, told.connections) == (0, {}, 1)
    assert "market time goes on" not in "".join(told.alerts)


@pytest.mark.parametrize("step_s", [HOUR_S, -HOUR_S, -400 * 24 * HOUR_S])
def test_t1_no_event_of_the_present_is_refused_as_one_of_the_future_when_the_wall_clock_steps(
    connect: Callable[..., Seen], qtbot: QtBot, step_s: int
) -> None:
    clock = ManualClock(MARKET_MS)
    with ChaosServer(documented(market_data([]))) as server:
        seen = connect(server.url, clock=clock)
        server.wait_for(lambda: len(server.received) > 0)
        for second in range(1, 91):
            if second == 10:
                clock.step_wall(step_s)
            clock.advance(1.0)
            server.push(market_data(trade("AAPL", 100.0, sequence=second, at_ms=MARKET_MS + second * 1_000)))
            qtbot.waitUntil(lambda count=second: len(seen.trades) == count, timeout=20_000)  # type: ignore[misc]  # a default binds it now
        server.push(market_data(trade("AAPL", 100.0, sequence=91, at_ms=MARKET_MS + 90_000 + 2 * HOUR_S * 1_000)))
        qtbot.waitUntil(lambda: len(seen.client.rejections.by_reason) > 0, timeout=20_000)
        assert dict(seen.client.rejections.by_reason) == {"trade.timestamp_ms: in the future": 1}
        assert (len(server.connections), seen.count("retrying")) == (1, 0)
        seen.client.disconnect_from_server()
