"""Questions about the past: answered in pieces, in part when they take long, and never at the cost of the stream."""

from __future__ import annotations

import asyncio

import pytest

from live_monitor.clock import ManualClock
from live_monitor.data.models.market_data import Aggregate
from live_monitor.data.models.timeframe import BASES, DAY
from live_monitor.engine.market.sessions import us_equities
from live_monitor.ports import PastPage, PastSearch
from live_monitor.providers.simulated import DEFAULT_START_MS, SimulatedMarket
from live_monitor.server.relay_session import HISTORY_S, TIMEFRAMES
from live_monitor.wire.relay import ErrorNotice, HistoryPage
from tests.fakes.scripted_market import START_MS, ScriptedMarket, a_minute, prints
from tests.server.harness import Client, client, serving

BARS = [a_minute(number=number) for number in range(-40, 0)]


class SlowSearch:
    """Finds a bar in every third step; each step takes 10 ms of the server's clock."""

    def __init__(self, clock: ManualClock, turns: list[int], end_ms: int, limit: int) -> None:
        self._clock = clock
        self._turns = turns
        self._turn = 0
        self._wanted = [bar for bar in BARS if bar.start_ms < end_ms][-limit:]
        self._oldest = not [bar for bar in BARS if bar.start_ms < self._wanted[0].start_ms] if self._wanted else True
        self._end_ms = end_ms
        self.steps = 0

    def step(self) -> bool:
        self.steps += 1
        self._clock.advance(0.01)
        self._turns.append(self._turn)
        asyncio.get_running_loop().call_soon(self._next_turn)
        return self.steps >= 3 * len(self._wanted)

    def _next_turn(self) -> None:
        self._turn += 1

    def page(self) -> PastPage | None:
        found = self._wanted[len(self._wanted) - self.steps // 3 :]
        if not found:
            return PastPage([], False, self._end_ms) if not self._wanted else None
        complete = len(found) == len(self._wanted)
        return PastPage(list(found), not complete or not self._oldest, found[0].start_ms)


class SlowMarket(ScriptedMarket):
    """A market whose past takes work."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(prints(500, every_ms=10))
        self._clock = clock
        #: Turns of the loop in which a piece was done.
        self.turns: list[int] = []

    def search(self, symbol: str, timeframe_ms: int, end_ms: int, limit: int) -> PastSearch:  # type: ignore[override]  # slower than its base
        return SlowSearch(self._clock, self.turns, end_ms, limit)


async def asked(one: Client, number: int = 1, **question: object) -> HistoryPage:
    await one.ask(
        **{"action": "history", "symbol": "AAPL", "timeframe": "1m", "limit": 10, "request_id": number, **question}
    )
    return await one.next_of(HistoryPage, number)


@pytest.mark.asyncio
async def test_what_takes_long_is_answered_in_part_and_the_parts_make_the_whole(manual_clock: ManualClock) -> None:
    async with serving(SlowMarket(manual_clock), clock=manual_clock) as server, client(server) as one:
        found: list[Aggregate] = []
        end, more, number = START_MS, True, 0
        while more:
            number += 1
            page = await asked(one, number, end_ms=end, limit=40)
            assert page.bars, "an answer brings the asker on"
            assert len(page.bars) <= 2  # 30 ms are three steps
            assert page.from_ms == page.bars[0].start_ms
            found = [*page.bars, *found]
            end, more = page.from_ms, page.more
        assert found == BARS


@pytest.mark.asyncio
async def test_others_have_their_turn_between_two_pieces(manual_clock: ManualClock) -> None:
    market = SlowMarket(manual_clock)
    async with serving(market, clock=manual_clock) as server, client(server) as one:
        await asked(one, end_ms=START_MS)
        assert len(market.turns) == 3
        assert market.turns == sorted(set(market.turns)), "two pieces in one turn of the loop"


@pytest.mark.asyncio
@pytest.mark.parametrize("name", [timeframe.name for timeframe in BASES])
async def test_every_base_is_served_and_has_its_patience(name: str, manual_clock: ManualClock) -> None:
    assert set(TIMEFRAMES) == set(HISTORY_S)
    market = SimulatedMarket(5, ["QZPX"])
    async with serving(market, clock=manual_clock) as server, client(server) as one:
        page = await asked(one, symbol="QZPX", timeframe=name, end_ms=DEFAULT_START_MS, limit=3)
        assert [type(page), page.timeframe, len(page.bars), page.more] == [HistoryPage, name, 3, True]
        assert one.rejections.total == 0
        if name == DAY.name:
            day = us_equities().trade_date(DEFAULT_START_MS - DAY.nominal_ms)
            assert (page.bars[-1].start_ms, page.bars[-1].end_ms) == us_equities().span(day)


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["5m", "1W", "", "1d"])
async def test_no_other_timeframe_is_served(name: str, manual_clock: ManualClock) -> None:
    async with serving(ScriptedMarket(), clock=manual_clock) as server, client(server) as one:
        await one.ask(action="history", symbol="AAPL", timeframe=name, limit=3, request_id=1)
        assert "no history" in (await one.next_of(ErrorNotice)).message
