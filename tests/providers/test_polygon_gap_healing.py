"""A lost stretch of Polygon's stream, healed by its REST service: two servers, a feed and a hub, and Truth apart."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Any

import pytest

from live_monitor.clock import ManualClock
from live_monitor.data.inbox import Batch, Inbox
from live_monitor.data.market_hub import MarketHub
from live_monitor.data.models.market_data import Trade
from live_monitor.engine.market.sessions import us_equities
from live_monitor.net.stream_link import LinkTiming
from live_monitor.providers.polygon import PolygonFeed
from live_monitor.providers.polygon_answers import polygon_answers
from live_monitor.providers.polygon_door import DoorTiming
from live_monitor.secrets import Secret
from tests.fakes.far_end import FarEnd
from tests.fakes.polygon_tape import Row, Tape, as_event
from tests.providers.polygon_service import OPEN, at, rest_of

SYMBOL = "QZPX"
QUICK = LinkTiming(open_s=5.0, ping_s=5.0, pong_s=5.0, ack_s=5.0, delay_scale=0.01)


@pytest.fixture(scope="module")
def stream_process() -> Iterator[FarEnd]:
    with FarEnd("polygon_server") as far:
        yield far


class Desk:
    """A hub that follows one symbol through a feed; time is that of the tape."""

    def __init__(self, stream: FarEnd, service: FarEnd, clock: ManualClock) -> None:
        self.stream, self.service, self.clock = stream, service, clock
        self.inbox = Inbox(lambda: None)
        self.hub = MarketHub(clock, us_equities())
        # The time of the tape leaps while an answer is under way.
        rest = rest_of(service, clock=clock, timing=DoorTiming(whole_s=100_000))
        outlet, self.answers = polygon_answers(self.inbox, rest, clock)
        self.feed = PolygonFeed(
            outlet, Secret("TESTKEY"), clock=clock, random=Random(1), server_url=stream.ws, answers=self.answers,
            timing=QUICK,
        )  # fmt: skip
        self.rows: list[Row] = []
        self.healed: list[Any] = []
        self.put = 0
        self.answers.healed = lambda *what: self.healed.append(what)
        self._loose: set[asyncio.Task[None]] = set()
        feed = self.feed
        self.hub.pages.request = lambda *question: self._later(feed.request_history(*question))
        self.hub.request_snapshot = lambda symbols: self._later(feed.request_snapshot(symbols))
        self.hub.set_focus(SYMBOL)

    def _later(self, question: Any) -> None:
        task = asyncio.get_running_loop().create_task(question)
        self._loose.add(task)
        task.add_done_callback(self._loose.discard)

    async def do(self, far: FarEnd, what: str, **given: Any) -> dict[str, Any]:
        return await asyncio.to_thread(far.do, what, **given)

    def look(self) -> None:
        """One frame of the window."""
        items = self.inbox.take(50_000)
        self.put += sum(type(event) is Trade for item in items if isinstance(item, Batch) for event in item.events)
        self.hub.take(items)
        self.hub.tick()

    async def until(self, condition: Callable[[], bool], *, passes_s: float = 0.0, limit_s: float = 10.0) -> None:
        """Looks until it holds; `passes_s` of the tape's time go by from one look to the next."""
        try:
            async with asyncio.timeout(limit_s):
                while not condition():
                    self.look()
                    self.clock.advance(passes_s)
                    await asyncio.sleep(0.005)
        except TimeoutError:
            hub = self.hub
            known = f"{self.put} prints, {hub.states[SYMBOL].volume} shares, healed: {self.healed}, {hub.counters.gaps}"
            raise AssertionError(f"{hub.link}; {known}; {[alert.message for alert in hub.alert_log.rows]}") from None

    async def reach(self, row: Row) -> None:
        """It is as late as this print, everywhere."""
        at_ms = row["sip_timestamp"] // 1_000_000
        self.clock.advance(max(at_ms - self.clock.wall_ms(), 0) / 1_000)
        await self.do(self.service, "now", ms=self.clock.wall_ms())

    async def send(self, rows: list[Row]) -> None:
        """Streams prints, a few to a frame, and waits until they were taken."""
        await self.reach(rows[-1])
        before = self.put
        for first in range(0, len(rows), 20):
            text = json.dumps([as_event(SYMBOL, row) for row in rows[first : first + 20]])
            assert (await self.do(self.stream, "emit", text=text))["sent"] == 1
        await self.until(lambda: self.put - before >= len(rows))

    async def connected(self, times: int) -> None:
        await self.until(lambda: self.hub.link.connected and self.hub.counters.reconnects == times - 1)
        await asyncio.to_thread(
            self.stream.wait_until, lambda seen: f"T.{SYMBOL}" in seen["subscribed"] and seen["open"] == 1
        )


@asynccontextmanager
async def _desk(stream: FarEnd, service: FarEnd) -> AsyncIterator[Desk]:
    desk = Desk(stream, service, at(OPEN - 1_000))
    await desk.feed.want({SYMBOL: ("T", "Q", "A", "AM")})
    task = asyncio.create_task(desk.feed.run())
    try:
        yield desk
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _minutes(desk: Desk) -> dict[int, tuple[float, ...]]:
    columns = desk.hub.bars.minutes.columns()
    return {bar.start_ms: (bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in columns.bars()}


def _truth(tape: Tape) -> dict[int, tuple[float, ...]]:
    return {row["t"]: (row["o"], row["h"], row["l"], row["c"], row["v"]) for row in tape.bars("minute")}


async def _tape(desk: Desk, seed: int) -> Tape:
    await desk.do(desk.service, "walk", symbol=SYMBOL, seed=seed, from_ms=OPEN, to_ms=OPEN + 240_000)
    tape = Tape(SYMBOL)
    tape.add((await desk.do(desk.service, "rows", symbol=SYMBOL))["rows"])
    return tape


@pytest.mark.asyncio
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_m7_a_lost_stretch_is_healed_to_the_share_and_repeats_count_once(
    stream_process: FarEnd, polygon_service: FarEnd, seed: int
) -> None:
    async with _desk(stream_process, polygon_service) as desk:
        tape = await _tape(desk, seed)
        rows, count = tape.rows, len(tape.rows)
        await desk.connected(1)
        lost_from, lost_to = count // 3, count // 2
        await desk.send(rows[:lost_from])
        await desk.do(desk.stream, "greet", on=False)
        await desk.do(desk.stream, "abort")
        await desk.until(lambda: not desk.hub.link.connected)
        await desk.reach(rows[lost_to - 1])
        await desk.do(desk.stream, "greet", on=True)
        await desk.feed.reconnect("it waits for a greeting")
        await desk.connected(2)
        await desk.until(lambda: bool(desk.healed))
        # The stream goes on, and repeats a little of what was before the loss and of what was lost.
        await desk.send(rows[lost_from - 7 : lost_from] + rows[lost_to - 5 :])
        await desk.until(lambda: desk.hub.states[SYMBOL].volume_known)
        desk.clock.advance(70)
        await desk.until(lambda: all(gap.healed for gap in desk.hub.counters.gaps), passes_s=0.05)

        assert desk.hub.states[SYMBOL].volume == tape.volume()
        assert _minutes(desk) == _truth(tape)
        assert [gap.reason for gap in desk.hub.counters.gaps] == ["connection lost"]
        assert desk.healed[0][3]
        # Every print came as one, and those that came twice counted once.
        assert (desk.put, desk.hub.counters.repeats) == (count + 12, 12)


@pytest.mark.asyncio
async def test_m9_prints_that_the_stream_left_out_are_made_up_for_by_bars(
    stream_process: FarEnd, polygon_service: FarEnd
) -> None:
    async with _desk(stream_process, polygon_service) as desk:
        tape = await _tape(desk, 4)
        random = Random(5)
        dropped = {row["sequence_number"] for row in tape.rows if random.random() < 0.01}
        await desk.connected(1)
        await desk.send([row for row in tape.rows if row["sequence_number"] not in dropped])
        volume = 0.0
        event: dict[str, Any] = {}
        for bar in tape.bars("minute"):
            volume = tape.volume(bar["t"] + 60_000)
            await desk.reach(trade_at(bar["t"] + 62_000))
            sent = {name: bar[name] for name in ("o", "h", "l", "c", "v", "vw")}
            event = {"ev": "AM", "sym": SYMBOL, **sent, "av": volume, "s": bar["t"], "e": bar["t"] + 60_000}
            await desk.do(desk.stream, "emit", text=json.dumps([event]))
        desk.clock.advance(5)
        # Level 1 that was asked for in an earlier minute may be answered now, with the volume of then; the vendor sends
        # bars again for 15 minutes.
        for _ in range(5):
            await desk.do(desk.stream, "emit", text=json.dumps([event]))
            with suppress(AssertionError):
                await desk.until(lambda: desk.hub.states[SYMBOL].volume == tape.volume(), limit_s=3)
                break
        assert desk.hub.states[SYMBOL].volume == tape.volume()
        gaps = desk.hub.counters.gaps
        await desk.until(lambda: bool(gaps) and all(gap.healed for gap in gaps), passes_s=0.05)

        assert dropped
        assert _minutes(desk) == _truth(tape)
        times = [row["sip_timestamp"] // 1_000_000 for row in tape.rows if row["sequence_number"] in dropped]
        counted = [row for row in tape.rows if row["sequence_number"] in dropped and tape_counts(row)]
        assert counted
        for row in counted:
            at_ms = row["sip_timestamp"] // 1_000_000
            assert any(gap.from_ms <= at_ms < gap.to_ms for gap in gaps), (at_ms, times, gaps)


def trade_at(at_ms: int) -> Row:
    return {"sip_timestamp": at_ms * 1_000_000}


def tape_counts(row: Row) -> bool:
    one = Tape(SYMBOL)
    one.add([row])
    return one.volume() > 0
