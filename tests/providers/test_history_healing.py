"""Missed stretches of a connection that flaps, and level 1 that was under way when it was lost."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from live_monitor.clock import ManualClock
from live_monitor.data.models.market_data import Trade
from live_monitor.providers.history_answers import Answers, HistoryAnswers
from live_monitor.wire.notices import SnapshotFrame
from tests.providers.polygon_service import OPEN
from tests.providers.test_history_answers import Outlet, Service


@pytest.fixture
def outlet() -> Outlet:
    return Outlet()


@pytest.fixture
def service() -> Service:
    made = Service()
    made.events = [Trade("AAA", 10.0, 100, OPEN, sequence=1)]
    return made


@pytest_asyncio.fixture
async def answers(outlet: Outlet, service: Service) -> AsyncIterator[HistoryAnswers]:
    asks = Answers(service, service.snapshots, service.search, service.missed)
    made = HistoryAnswers(outlet, asks, ManualClock(), name="heals")
    yield made
    service.gate.set()
    made.close()
    async with asyncio.timeout(10):
        while any(thread.name.startswith("heals-") for thread in threading.enumerate()):
            await asyncio.sleep(0.001)


@pytest.mark.asyncio
async def test_f1_of_a_connection_that_flaps_the_stretch_begins_with_the_first_loss(
    service: Service, answers: HistoryAnswers
) -> None:
    healed: list[Any] = []
    answers.healed = lambda *what: healed.append(what)
    service.gate.clear()
    answers.heal(["AAA"], OPEN, OPEN + 5_000)
    await asyncio.to_thread(service.at_the_gate.wait, 10)
    answers.heal(["AAA"], OPEN + 20_000, OPEN + 30_000)
    service.gate.set()
    async with asyncio.timeout(10):
        while len(healed) < 2:
            await asyncio.sleep(0.001)
    assert service.asked[-1] == ("missed", "AAA", OPEN, OPEN + 30_000)
    assert healed[-1] == ("AAA", OPEN, OPEN + 30_000, True)


@pytest.mark.asyncio
async def test_m7_level_1_that_was_asked_for_before_a_loss_waits_for_what_was_missed(
    outlet: Outlet, service: Service, answers: HistoryAnswers
) -> None:
    service.gate.clear()
    await answers.request_snapshot(["AAA"])
    await asyncio.to_thread(service.at_the_gate.wait, 10)
    answers.heal(["AAA"], OPEN, OPEN + 5_000)
    service.gate.set()
    async with asyncio.timeout(10):
        while not any(isinstance(item, SnapshotFrame) for item in outlet.items):
            await asyncio.sleep(0.001)
    assert [type(item) for item in outlet.items] == [list, SnapshotFrame]
    assert [question[0] for question in service.asked].count("level 1") == 2


@pytest.mark.asyncio
async def test_f13_missed_prints_of_a_symbol_that_was_left_meanwhile_are_not_put(
    outlet: Outlet, service: Service, answers: HistoryAnswers
) -> None:
    answers.follow(["AAA"])
    outlet.has_room = False
    answers.heal(["AAA"], OPEN, OPEN + 5_000)
    async with asyncio.timeout(10):
        while not answers._pouring:
            await asyncio.sleep(0.001)
        answers.follow(["BBB"])
        outlet.has_room = True
        while answers._pouring:
            await asyncio.sleep(0.001)
    assert outlet.items == []
