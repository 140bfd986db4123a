"""Reading while a lock is held: what is said when it is not, that nothing is read then; no end waits for it."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from pathlib import Path

import pytest

from live_monitor.clock import ManualClock
from live_monitor.data.models.providers import ProviderChoice
from live_monitor.data.models.status import LinkStatus
from live_monitor.providers.excel_lines import Attached, Rows, SheetRow
from live_monitor.providers.excel_turn import ExcelTurn, TurnTiming
from live_monitor.providers.tos_excel import ExcelTiming, TosExcelFeed
from live_monitor.wire.notices import Hello
from tests.providers.test_excel_process import until
from tests.providers.test_tos_excel import NOON, Outlet

QUICK = TurnTiming(look=0.002, renew=0.004, patience=0.004)


class ScriptedLock:
    """A lock that the test gives and takes; `calls` has what was asked, in order."""

    def __init__(self, *, free: bool = True) -> None:
        self.free, self.mine, self.renews = free, False, True
        self.calls: list[str] = []
        #: Holds a call up until it is set.
        self.answers = threading.Event()
        self.answers.set()
        self.problem: OSError | None = None

    @property
    def held(self) -> bool:
        return self.mine

    def acquire(self) -> bool:
        self.calls.append("acquire")
        self.answers.wait(10)
        if self.problem is not None:
            raise self.problem
        self.mine = self.free
        return self.mine

    def renew(self) -> bool:
        self.calls.append("renew")
        self.answers.wait(10)
        self.mine = self.mine and self.renews
        return self.mine

    def release(self) -> None:
        self.calls.append("release")
        self.mine = False


class Held:
    """Work under a lock, in the running loop; `said` has what a person hears."""

    def __init__(self, lock: ScriptedLock) -> None:
        self.lock = lock
        self.said: list[str] = []
        self.works = 0
        self.ends = asyncio.Event()
        turn = ExcelTurn(lock, lambda message, remedy: self.said.append(f"{message} | {remedy}"), QUICK)
        self.task = asyncio.create_task(turn.keep(self._work))

    async def _work(self) -> None:
        self.works += 1
        try:
            await self.ends.wait()
        finally:
            self.works -= 1

    async def stop(self) -> float:
        """Seconds that the end took."""
        loop = asyncio.get_running_loop()
        before = loop.time()
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        return loop.time() - before


@pytest.mark.asyncio
async def test_r8_nothing_works_while_another_program_has_the_lock_and_it_begins_when_that_is_gone() -> None:
    held = Held(ScriptedLock(free=False))
    await until(lambda: held.said)
    assert held.works == 0
    assert held.said[0].startswith("Another program reads thinkorswim's quotes")
    assert "poll-tos-excel" in held.said[0].partition(" | ")[2], "what helps"
    held.lock.free = True
    await until(lambda: held.works)
    await held.stop()
    await until(lambda: not held.lock.mine)


@pytest.mark.asyncio
@pytest.mark.parametrize("way", ["not renewed", "ran out"])
async def test_r8_work_ends_when_the_lock_is_lost_and_begins_again_with_the_next(way: str) -> None:
    held = Held(ScriptedLock())
    await until(lambda: held.works)
    held.lock.free = held.lock.renews = False
    if way == "ran out":
        held.lock.mine = False
    await until(lambda: not held.works)
    await until(lambda: held.said)
    assert "is lost, so that reading has stopped" in held.said[0]
    await until(lambda: "release" in held.lock.calls)
    held.lock.free = held.lock.renews = True
    await until(lambda: held.works)
    await held.stop()


@pytest.mark.asyncio
async def test_work_that_is_over_gives_the_lock_back() -> None:
    held = Held(ScriptedLock())
    await until(lambda: held.works)
    held.ends.set()
    await held.task
    await until(lambda: held.lock.calls[-1] == "release")


@pytest.mark.asyncio
async def test_a_place_that_cannot_be_written_to_is_said_and_tried_again() -> None:
    lock = ScriptedLock()
    lock.problem = PermissionError(13, "Permission denied")
    held = Held(lock)
    await until(lambda: held.said)
    assert held.said[0].startswith("The lock of Excel cannot be made (Permission denied). | ")
    lock.problem = None
    await until(lambda: held.works)
    await held.stop()


@pytest.mark.asyncio
@pytest.mark.parametrize("call", ["acquire", "renew"])
async def test_u4_a_lock_that_hangs_holds_up_no_end_and_is_given_back_afterwards(call: str) -> None:
    held = Held(ScriptedLock())
    if call == "acquire":
        held.lock.answers.clear()
    else:
        await until(lambda: held.works)
        held.lock.answers.clear()
    await until(lambda: held.lock.calls[-1:] == [call])
    assert await held.stop() < 0.1
    held.lock.answers.set()
    await until(lambda: held.lock.calls[-1] == "release")
    assert not held.lock.mine


@pytest.mark.asyncio
async def test_r8_feed_without_the_lock_starts_no_child_and_believes_none(tmp_path: Path) -> None:
    lock, outlet = ScriptedLock(free=False), Outlet()
    feed = TosExcelFeed(
        outlet,
        ProviderChoice(provider="tos_excel", workbook=str(tmp_path / "quotes.xlsx")),
        clock=ManualClock(wall_ms=NOON),
        environ=os.environ,
        source="excel",
        command=[sys.executable, "-c", "import sys; sys.stdin.read()"],
        timing=ExcelTiming(turn=QUICK),
        lock=lock,
    )
    running = asyncio.create_task(feed.run())
    await until(lambda: len(outlet.of(LinkStatus)) > 1)
    states = [(status.state, bool(status.message), bool(status.remedy)) for status in outlet.of(LinkStatus)]
    assert states == [("connecting", False, False), ("retrying", True, True)]
    assert feed.process.pid is None
    rows = (Attached("excel", "quotes.xlsx"), Rows(NOON, [SheetRow("VFF", last=3.0)], ["VFF"]))
    for line in rows:
        feed._take(line, asyncio.Event())
    assert outlet.of(Hello) == [], "said by a child that lost its turn"
    lock.free = True
    await until(lambda: feed.process.pid)
    assert outlet.of(LinkStatus)[-1].state == "connecting"
    for line in rows:
        feed._take(line, asyncio.Event())
    assert outlet.of(LinkStatus)[-1].state == "live"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert feed.process.pid is None
    await until(lambda: lock.calls[-1] == "release")
