"""A relay's link: whose answers are waited for, whose time it is, and who waits for whom."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest

from live_monitor.clock import SystemClock
from live_monitor.data.models.market_data import Trade
from live_monitor.data.relay_link import RelayLink
from live_monitor.net.stream_link import LinkTiming
from tests.fakes.chaos_peer import Peer
from tests.fakes.chaos_server import ChaosServer, Script, documented, greets, market_data, trade
from tests.fakes.kept_outlet import KeptOutlet

QUICK = LinkTiming(hello_s=0.3, ack_s=0.6, delay_scale=0.01)


class Narrow(KeptOutlet):
    """Has room only while it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.room = True

    @property
    def has_room(self) -> bool:
        return self.room


@asynccontextmanager
async def linked(server: ChaosServer, outlet: KeptOutlet) -> AsyncIterator[RelayLink]:
    link = RelayLink(server.url, "test", outlet, clock=SystemClock(), random=Random(1), timing=QUICK)
    await link.want({"AAPL": ("T",)})
    task = asyncio.create_task(link.run())
    try:
        yield link
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0)


async def _nothing_is_marked(outlet: KeptOutlet) -> None:
    with pytest.raises(TimeoutError):
        await outlet.until(lambda: outlet.problems, 2 * QUICK.ack_s)


@pytest.mark.asyncio
async def test_f12_a_symbol_that_was_let_go_of_is_not_called_unanswered() -> None:
    outlet = KeptOutlet()
    async with ChaosServer(greets(unanswered=["AAPL"])) as server, linked(server, outlet) as link:
        await outlet.until(lambda: "live" in outlet.states)
        await link.want({})
        await _nothing_is_marked(outlet)


@pytest.mark.asyncio
async def test_f12_an_answer_that_a_lost_connection_owed_is_not_waited_for_on_the_next() -> None:
    def breaks_off(script: Script) -> Script:
        async def both(peer: Peer) -> None:
            with_greeting = asyncio.ensure_future(script(peer))
            await asyncio.sleep(0.2)
            with_greeting.cancel()
            peer.abort()

        return both

    outlet = KeptOutlet()
    async with ChaosServer(breaks_off(greets(unanswered=["AAPL"])), documented()) as server, linked(server, outlet):
        await outlet.until(lambda: outlet.states.count("live") == 2)
        await _nothing_is_marked(outlet)


@pytest.mark.asyncio
async def test_a_feed_at_full_speed_waits_until_there_is_room() -> None:
    outlet = Narrow()
    outlet.room = False
    async with ChaosServer(greets(pace="max")) as server, linked(server, outlet):
        await outlet.until(lambda: "live" in outlet.states)
        with pytest.raises(TimeoutError):
            await outlet.until(lambda: outlet.all(Trade), 0.3)
        outlet.room = True
        outlet._changed.set()
        await outlet.until(lambda: outlet.all(Trade))


@pytest.mark.asyncio
async def test_the_time_of_one_server_is_not_that_of_the_next() -> None:
    async def at_its_own_time(peer: Peer) -> None:
        await peer.accept()
        await peer.send('{"type":"hello","features":["clock"]}')
        await peer.send('{"type":"clock","market_ms":1000000000000,"speed":1.0}')
        await peer.recv()
        await asyncio.sleep(0.02)
        await peer.close(1001)

    async def ours(peer: Peer) -> None:
        await peer.accept()
        await peer.recv()
        # Later than the time of the first server allows, and long past by ours.
        await peer.send(market_data(trade("AAPL", 150.0, at_ms=1_600_000_000_000)))
        await peer.linger()

    outlet = KeptOutlet()
    async with ChaosServer(at_its_own_time, ours) as server, linked(server, outlet) as link:
        await outlet.until(lambda: outlet.all(Trade) or link.rejections.total)
        assert [event.price for event in outlet.all(Trade)] == [150.0]


@pytest.mark.asyncio
async def test_a_client_id_cannot_change_the_address() -> None:
    outlet = KeptOutlet()
    async with ChaosServer(greets()) as server:
        url = server.url.split("/ws/")[0] + "/ws/{client_id}"
        link = RelayLink(url, "a/../b?x=1#é", outlet, clock=SystemClock(), random=Random(1), timing=QUICK)
        task = asyncio.create_task(link.run())
        try:
            await outlet.until(lambda: "live" in outlet.states)
            assert server.connections[0].path == "/ws/a%2F..%2Fb%3Fx%3D1%23%C3%A9"
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await asyncio.sleep(0)
