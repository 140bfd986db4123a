"""A saved workbook drives the hub: file → process → lines → feed → inbox → state of symbols."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from live_monitor.clock import SystemClock
from live_monitor.data.inbox import Inbox
from live_monitor.data.market_hub import MarketHub
from live_monitor.data.models.providers import ProviderChoice
from live_monitor.engine.market.sessions import us_equities
from live_monitor.providers.excel_process import ProcessTiming
from live_monitor.providers.tos_excel import ExcelTiming, TosExcelFeed
from tests.providers.quote_sheet import SPY, VFF, changed, save

PATIENCE_S = 20.0


class Desk:
    """A hub that is fed by a workbook, as the desktop is."""

    def __init__(self, path: Path) -> None:
        clock = SystemClock()
        self.inbox = Inbox(lambda: None)
        choice = ProviderChoice(provider="tos_excel", workbook=str(path), interval_s=0.05)
        timing = ExcelTiming(process=ProcessTiming(pause=0.05, check=0.05))
        self.feed = TosExcelFeed(self.inbox, choice, clock=clock, environ=os.environ, timing=timing)
        self.hub = MarketHub(clock, us_equities())

    async def until(self, happened: Callable[[], object]) -> None:
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while not happened():
            assert asyncio.get_running_loop().time() < deadline, "it did not happen"
            await asyncio.sleep(0.01)
            self.hub.take(self.inbox.take(1000))

    def last(self, symbol: str) -> float | None:
        state = self.hub.state(symbol)
        return None if state is None else state.last


@asynccontextmanager
async def running(path: Path, *symbols: str) -> AsyncIterator[Desk]:
    desk = Desk(path)
    desk.hub.set_focus(symbols[0])
    for symbol in symbols[1:]:
        desk.hub.acquire(symbol, "watchlist")
    task = asyncio.create_task(desk.feed.run())
    await desk.feed.want(dict.fromkeys(symbols, ("T", "Q")))
    try:
        yield desk
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.asyncio
async def test_values_of_a_workbook_are_the_state_of_its_symbols_and_follow_it(tmp_path: Path) -> None:
    path = save(tmp_path / "quotes.xlsx")
    async with running(path, "VFF", "SPY", "QQQ") as desk:
        hub = desk.hub
        await desk.until(lambda: desk.last("SPY") == 650.25)
        assert (hub.link.state, hub.hello.label, hub.hello.market) == ("live", "SAVED WORKBOOK", "tos-excel-file")
        assert hub.hello.symbols == ["VFF", "SPY"]
        state = hub.focus_state
        assert state is not None
        assert (state.last, state.bid, state.ask, state.previous_close) == (3.0, 2.95, 3.05, 2.9)
        assert (state.day_open, state.day_high, state.day_low, state.volume) == (2.8, 3.1, 2.75, 123456.0)
        assert abs(state.last_ms - os.stat(path).st_mtime_ns // 1_000_000) <= 1
        assert hub.problems == {"QQQ": "not in the sheet"}
        assert hub.focus_flow() == "live"
        save(path, changed(VFF, last=3.01, bid="loading", ask=0.0), SPY)
        await desk.until(lambda: desk.last("VFF") == 3.01)
        assert state.bid == 2.95, "it is not known at present, and was that"
        assert state.ask != state.ask, "the sheet says that there is none"
        # No print was made of it.
        assert (hub.counters.trades, hub.counters.quotes, len(hub.tape)) == (0, 0, 0)
        assert hub.counters.gaps == []


@pytest.mark.asyncio
async def test_process_that_is_killed_is_a_gap_that_is_over_when_it_reads_again(tmp_path: Path) -> None:
    path = save(tmp_path / "quotes.xlsx")
    async with running(path, "VFF") as desk:
        await desk.until(lambda: desk.last("VFF") == 3.0)
        first = desk.feed.process.pid
        assert first is not None
        os.kill(first, 9)
        await desk.until(lambda: desk.hub.link.state == "retrying")
        assert "ended (code -9)" in desk.hub.link.message
        save(path, changed(VFF, last=3.5))
        await desk.until(lambda: desk.last("VFF") == 3.5)
        assert desk.hub.link.connected
        assert [gap.reason for gap in desk.hub.counters.gaps] == ["connection lost"]


@pytest.mark.asyncio
async def test_workbook_that_is_not_there_is_said_and_found_when_it_comes(tmp_path: Path) -> None:
    path = tmp_path / "quotes.xlsx"
    async with running(path, "VFF") as desk:
        await desk.until(lambda: desk.hub.link.state == "retrying")
        assert "cannot be read" in desk.hub.link.message
        assert "full path" in desk.hub.link.remedy
        save(path)
        await desk.until(lambda: desk.last("VFF") == 3.0)
