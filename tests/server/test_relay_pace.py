"""Market time runs with the clock, at its speed, and never faster than it can be followed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from live_monitor.clock import ManualClock
from live_monitor.server.faults import Incident
from live_monitor.server.relay_pace import MAX_STEP_MS, STEP_EVENTS, PacedMarket
from tests.fakes.scripted_market import START_MS, ScriptedMarket, a_trade


class Receiver:
    """Counts what is handed over, per step."""

    def __init__(self) -> None:
        self.steps: list[int] = []

    async def __call__(self, incidents: Sequence[Incident]) -> None:
        self.steps.append(len(incidents))


@pytest.mark.asyncio
@pytest.mark.parametrize("speed", [0.25, 1.0, 60.0])
async def test_market_time_is_real_time_times_speed(manual_clock: ManualClock, speed: float) -> None:
    market = PacedMarket(ScriptedMarket(), manual_clock, speed)
    market.start()
    for _ in range(400):
        manual_clock.advance(0.01)
        await market.step(Receiver())
    assert market.now_ms == pytest.approx(START_MS + 4_000 * speed, abs=1)
    assert market.clock_frame.speed == speed
    assert not market.slipped


@pytest.mark.asyncio
async def test_events_are_handed_over_when_their_time_has_come(manual_clock: ManualClock) -> None:
    source = ScriptedMarket([(at, a_trade(after_ms=at)) for at in (0, 50, 99, 100, 101)])
    market, receiver = PacedMarket(source, manual_clock, 1.0), Receiver()
    market.start()
    await market.step(receiver)
    manual_clock.advance(0.1)
    await market.step(receiver)
    assert receiver.steps == [1, 3]


@pytest.mark.asyncio
async def test_time_stands_before_the_start(manual_clock: ManualClock) -> None:
    market = PacedMarket(ScriptedMarket(), manual_clock, 2.0)
    manual_clock.advance(100)
    assert (market.clock_frame.market_ms, market.clock_frame.speed) == (START_MS, 0.0)
    market.start()
    await market.step(Receiver())
    assert (market.clock_frame.market_ms, market.clock_frame.speed) == (START_MS, 2.0)


@pytest.mark.asyncio
async def test_a_suspended_machine_costs_at_most_a_second_of_market(manual_clock: ManualClock) -> None:
    market = PacedMarket(ScriptedMarket(), manual_clock, 2.0)
    market.start()
    manual_clock.advance(7200)
    await market.step(Receiver())
    assert market.now_ms == START_MS + 2_000
    assert market.slipped
    manual_clock.advance(0.5)
    await market.step(Receiver())
    assert market.now_ms == START_MS + 3_000


@pytest.mark.asyncio
async def test_the_end_is_reached_exactly_and_stops_the_clock(manual_clock: ManualClock) -> None:
    source = ScriptedMarket([(150, a_trade(after_ms=150))], lasts_ms=150)
    market, receiver = PacedMarket(source, manual_clock, 1.0), Receiver()
    market.start()
    manual_clock.advance(0.9)
    await market.step(receiver)
    assert market.ended
    assert receiver.steps == [1]
    assert (market.clock_frame.market_ms, market.clock_frame.speed) == (START_MS + 150, 0.0)


@pytest.mark.asyncio
async def test_full_speed_takes_steps_of_a_bounded_number_of_events(manual_clock: ManualClock) -> None:
    busy = [(at, a_trade(after_ms=at, sequence=at + 1)) for at in range(100_000)]
    market, receiver = PacedMarket(ScriptedMarket(busy, lasts_ms=100_000), manual_clock, "max"), Receiver()
    market.start()
    while not market.ended:
        await market.step(receiver)
    assert sum(receiver.steps) == len(busy)
    assert max(receiver.steps) <= 2 * STEP_EVENTS
    assert len(receiver.steps) < 100


@pytest.mark.asyncio
async def test_full_speed_hurries_through_quiet_hours_in_steps_of_a_minute(manual_clock: ManualClock) -> None:
    market, receiver = PacedMarket(ScriptedMarket(lasts_ms=3_600_000), manual_clock, "max"), Receiver()
    market.start()
    previous = market.now_ms
    while not market.ended:
        await market.step(receiver)
        assert market.now_ms - previous <= MAX_STEP_MS
        assert market.clock_frame.speed == 0.0
        previous = market.now_ms
    assert len(receiver.steps) < 80


@pytest.mark.asyncio
async def test_requests_wait_for_the_end_of_a_step(manual_clock: ManualClock) -> None:
    source = ScriptedMarket([(0, a_trade())])
    market = PacedMarket(source, manual_clock, 1.0)
    order: list[str] = []

    async def request() -> None:
        await market.between_steps()
        order.append("answered")

    async def hand_over(incidents: Sequence[Incident]) -> None:
        waiting.append(asyncio.create_task(request()))
        await asyncio.sleep(0)
        order.append("handed over")

    waiting: list[asyncio.Task[None]] = []
    market.start()
    await market.step(hand_over)
    await waiting[0]
    await request()
    assert order == ["handed over", "answered", "answered"]
