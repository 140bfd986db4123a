"""The relay server over real sockets: strangers, many clients fast and slow, replay, full speed, faults, its end."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from live_monitor import limits
from live_monitor.clock import ManualClock
from live_monitor.data.models.market_data import Event, Quote, Trade
from live_monitor.errors import SessionFileError, StartError
from live_monitor.server import relay as relay_module
from live_monitor.server import relay_session
from live_monitor.server.faults import FaultPlan
from live_monitor.server.relay import RelayServer
from live_monitor.wire import relay
from tests.fakes.scripted_market import START_MS, ScriptedMarket, a_minute, a_quote, a_second, a_trade, prints
from tests.server.harness import client, of_kind, pass_time, serving, until

# -- strangers ----------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/ws/me", {"Host": "evil.example"}, 403),
        ("/ws/me", {"Origin": "https://evil.example"}, 403),
        ("/ws/me", {"Origin": "null"}, 403),
        ("/elsewhere", {}, 404),
        ("/ws/a/b", {}, 404),
    ],
)
async def test_strangers_are_refused_before_the_upgrade(path: str, headers: dict[str, str], status: int) -> None:
    async with serving(ScriptedMarket()) as server:
        request = {"Host": f"127.0.0.1:{server.port}", **headers}
        lines = [f"GET {path} HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
        lines += ["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", *(f"{k}: {v}" for k, v in request.items())]
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
        answer = await reader.readline()
        writer.close()
        await writer.wait_closed()
        assert answer.split()[1] == str(status).encode()
        assert server.rejections.total == 1
        assert not server.sessions


@pytest.mark.asyncio
async def test_a_page_of_this_machine_may_connect() -> None:
    async with serving(ScriptedMarket()) as server:
        url = f"ws://localhost:{server.port}/ws/page"
        async with connect(url, host="127.0.0.1", proxy=None, origin="http://localhost:3000") as socket:  # type: ignore[arg-type]  # a NewType of str
            assert json.loads(await socket.recv())["type"] == "hello"
        assert server.sessions == () or server.sessions[0].name == "page"


@pytest.mark.asyncio
async def test_more_than_the_limit_of_clients_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_CLIENTS", 2)
    async with serving(ScriptedMarket()) as server, client(server), client(server) as second:
        with pytest.raises(InvalidStatus) as caught:
            async with client(server):
                pass
        assert caught.value.response.status_code == 503
        await second.socket.close()
        await until(lambda: len(server.sessions) == 1)
        async with client(server):
            assert len(server.sessions) == 2


# -- many clients, fast and slow ---------------------------------------------------------------


@pytest.mark.asyncio
async def test_each_client_has_its_own_subscriptions(manual_clock: ManualClock) -> None:
    script = prints(50, "AAPL") + prints(50, "MSFT")
    async with (
        serving(ScriptedMarket(script), clock=manual_clock) as server,
        client(server) as apple,
        client(server) as both,
        client(server, features=None) as plain,
    ):
        await apple.subscribe("AAPL")
        await both.subscribe("AAPL", "MSFT")
        await plain.subscribe("MSFT")
        await until(lambda: sum(len(session.wanted) for session in server.sessions) == 4)
        await until(lambda: all(all(session.wanted.values()) for session in server.sessions))
        manual_clock.advance(0.5)
        await apple.read_until(lambda: len(apple.events) == 49)
        await both.read_until(lambda: len(both.events) == 98)
        await plain.read_until(lambda: len(plain.events) == 49)
    assert {event["symbol"] for event in apple.events} == {"AAPL"}
    assert {event["symbol"] for event in plain.events} == {"MSFT"}


@pytest.mark.asyncio
async def test_a_slow_client_is_conflated_and_told_and_costs_others_nothing(manual_clock: ManualClock) -> None:
    total = 40_000
    script: list[tuple[int, Event]] = [
        (1 + n // 50, a_quote("AAPL", n // 50, bid=1 + n / 1e6, ask=2)) for n in range(total)
    ]
    script += [(900, a_trade("AAPL", 900, sequence=1)), (901, a_minute())]
    async with (
        serving(ScriptedMarket(script), clock=manual_clock) as server,
        client(server, max_queue=1) as slow,
        client(server) as quick,
    ):
        for one in (slow, quick):
            await one.subscribe("AAPL")
            await one.next_of(relay.SnapshotFrame)
        reading = asyncio.create_task(quick.read_until(lambda: len(quick.events) == total + 2))
        while server.market.now_ms < START_MS + 950:
            await pass_time(server, manual_clock, 0.01)
        await reading
        assert of_kind(quick.notices, relay.FaultNotice) == []
        await slow.read_until(lambda: a_minute() in slow.events[-1:])
    told = of_kind(slow.notices, relay.FaultNotice)
    quotes = of_kind(slow.events, Quote)
    assert {notice.kind for notice in told} == {"conflated"}
    assert len(quotes) + sum(notice.count for notice in told) == total
    assert quotes[-1] == script[total - 1][1]
    assert len(of_kind(slow.events, Trade)) == 1


@pytest.mark.asyncio
async def test_a_client_for_which_even_bars_are_too_many_is_cut_off(
    manual_clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    script: list[tuple[int, Event]] = [(10, a_second("AAPL", n)) for n in range(30_000)]
    async with serving(ScriptedMarket(script), clock=manual_clock) as server, client(server, max_queue=1) as slow:
        await slow.subscribe("AAPL")
        await slow.next_of(relay.SnapshotFrame)
        # As a socket that takes nothing: the sender waits.
        monkeypatch.setattr(server.sessions[0].outbox, "next_frames", lambda features: asyncio.sleep(60))
        manual_clock.advance(0.5)
        with pytest.raises(ConnectionClosed):
            await slow.read_until(lambda: len(slow.events) == 30_000)
        await until(lambda: not server.sessions)


@pytest.mark.asyncio
async def test_a_client_that_takes_nothing_for_long_is_cut_off(
    manual_clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_session, "STUCK_S", 0.1)
    script = prints(60_000, every_ms=0)
    source = ScriptedMarket([(10, event) for _, event in script])
    async with serving(source, clock=manual_clock) as server, client(server, max_queue=1) as stuck:
        await stuck.subscribe("AAPL")
        await stuck.next_of(relay.SnapshotFrame)
        manual_clock.advance(0.5)
        await until(lambda: not server.sessions)
        assert server.sessions == ()
        stuck.socket.transport.abort()


@pytest.mark.asyncio
async def test_the_loop_gives_way_while_a_large_step_is_handed_over(manual_clock: ManualClock) -> None:
    source = ScriptedMarket([(10, event) for _, event in prints(15_000)])
    async with serving(source, clock=manual_clock) as server, client(server) as one:
        await one.subscribe("AAPL")
        await one.next_of(relay.SnapshotFrame)
        outbox = server.sessions[0].outbox
        waiting = [len(outbox)]

        async def look() -> None:
            while True:
                waiting.append(len(outbox))
                await asyncio.sleep(0)

        looking = asyncio.create_task(look())
        manual_clock.advance(0.5)
        await one.read_until(lambda: len(one.events) == 15_000)
        looking.cancel()
    assert max(later - earlier for earlier, later in pairwise(waiting)) == relay_module.CHUNK_EVENTS


# -- replay and full speed ---------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize("speed", [1.0, "max"])
async def test_a_stream_that_ends_starts_with_the_first_subscription(
    speed: float | str, manual_clock: ManualClock
) -> None:
    source = ScriptedMarket(prints(100), lasts_ms=1_000)
    async with serving(source, clock=manual_clock, speed=speed) as server, client(server) as one:  # type: ignore[arg-type]  # parametrized
        manual_clock.advance(0.5)
        await one.ask(action="history", symbol="AAPL")
        await one.next_of(relay.HistoryPage)
        assert source.given == []
        assert one.notices[1] == relay.ClockFrame(START_MS, 0.0)
        await one.subscribe("AAPL")
        await one.next_of(relay.SnapshotFrame)
        manual_clock.advance(0.5)
        await one.read_until(lambda: len(one.events) == 100)


@pytest.mark.asyncio
async def test_full_speed_leaves_nothing_out_for_quick_and_slow_clients() -> None:
    total = 60_000
    source = ScriptedMarket(prints(total), lasts_ms=total)
    async with serving(source, speed="max") as server, client(server) as quick, client(server, max_queue=1) as slow:
        await slow.subscribe("AAPL", channels=["T"])
        await slow.next_of(relay.SnapshotFrame)
        await quick.subscribe("AAPL", channels=["T"])
        await quick.next_of(relay.SnapshotFrame)
        reading = asyncio.create_task(quick.next_of(relay.EndOfFeed))
        # The slow one reads nothing yet: the source has to wait for it, with bounded memory.
        await asyncio.sleep(0.3)
        assert len(source.given) < total
        assert max(len(session.outbox) for session in server.sessions) <= limits.MAX_BACKLOG_EVENTS
        await slow.next_of(relay.EndOfFeed)
        await reading
    assert [event["sequence"] for event in slow.events] == list(range(1, total + 1))
    assert [event["sequence"] for event in quick.events][-1] == total
    assert of_kind(slow.notices, relay.FaultNotice) == []
    assert slow.notices[0].pace == "max"  # type: ignore[union-attr]  # the greeting


@pytest.mark.asyncio
async def test_at_full_speed_the_clock_is_told_after_every_step_and_never_behind_an_event() -> None:
    source = ScriptedMarket(prints(30_000, every_ms=7), lasts_ms=210_000)
    async with serving(source, speed="max") as server, client(server) as one:
        await one.subscribe("AAPL")
        await one.next_of(relay.EndOfFeed)
    now = START_MS
    for item in one.log:
        if isinstance(item, relay.ClockFrame):
            assert item.speed == 0.0
            assert item.market_ms >= now
            now = item.market_ms
        elif isinstance(item, Trade):
            assert item.timestamp_ms <= now + 60_000
    assert now == source.end_ms


@pytest.mark.asyncio
async def test_at_full_speed_the_market_waits_when_nobody_listens() -> None:
    source = ScriptedMarket(prints(200_000), lasts_ms=200_000)
    async with serving(source, speed="max") as server:
        async with client(server) as one:
            await one.subscribe("AAPL")
            await one.read_until(lambda: bool(one.events))
        await until(lambda: not server.sessions)
        await asyncio.sleep(0.01)
        given = len(source.given)
        await asyncio.sleep(0.05)
        assert len(source.given) == given < 200_000


@pytest.mark.asyncio
async def test_who_comes_after_the_end_is_told_so(manual_clock: ManualClock) -> None:
    source = ScriptedMarket(prints(3), lasts_ms=100)
    async with serving(source, clock=manual_clock) as server:
        async with client(server) as first:
            await first.subscribe("AAPL")
            await first.next_of(relay.SnapshotFrame)
            manual_clock.advance(0.5)
            assert "SCRIPTED" in (await first.next_of(relay.EndOfFeed)).message
        async with client(server) as second:
            assert second.notices[1] == relay.ClockFrame(START_MS + 100, 0.0)
            await second.subscribe("AAPL")
            assert (await second.next_of(relay.SnapshotFrame)).data.day_volume == 3.0
            await second.next_of(relay.EndOfFeed)


class BrokenMarket(ScriptedMarket):
    """A recording that is damaged in the middle."""

    def advance(self, until_ms: int) -> list[Event]:
        if until_ms > START_MS + 100:
            raise SessionFileError("The session file is damaged.", "Record it again.")
        return super().advance(until_ms)


@pytest.mark.asyncio
async def test_a_source_that_breaks_is_told_to_the_clients_who_stay(manual_clock: ManualClock) -> None:
    async with serving(BrokenMarket(lasts_ms=1_000), clock=manual_clock) as server, client(server) as one:
        await one.subscribe("AAPL")
        await one.next_of(relay.SnapshotFrame)
        manual_clock.advance(0.5)
        assert "damaged" in (await one.next_of(relay.ErrorNotice)).message
        await one.next_of(relay.EndOfFeed)
        await one.ask(action="history", symbol="AAPL")
        await one.next_of(relay.HistoryPage)


# -- faults, life ------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_halt_is_told_to_those_whom_it_concerns_also_when_they_come_later(manual_clock: ManualClock) -> None:
    plan = FaultPlan.parse("halt", 1)
    async with (
        serving(ScriptedMarket(), clock=manual_clock, speed=1000.0, faults=plan) as server,
        client(server) as early,
        client(server) as other,
    ):
        await early.subscribe("AAPL", "MSFT")
        await early.next_of(relay.SnapshotFrame, 2)
        while not server.market.halts:
            await pass_time(server, manual_clock, 0.01)
        notice = await early.next_of(relay.FaultNotice)
        assert notice.kind == "halt"
        await other.subscribe(*{"AAPL", "MSFT"} - {notice.symbol})
        await other.subscribe(notice.symbol)
        assert await other.next_of(relay.FaultNotice) == notice
        while server.market.halts:
            await pass_time(server, manual_clock, 0.05)
        assert (await other.next_of(relay.FaultNotice, 2)).kind == "resume"


@pytest.mark.asyncio
async def test_disconnect_resets_all_connections_and_the_server_serves_on(manual_clock: ManualClock) -> None:
    plan = FaultPlan.parse("disconnect", 1)
    async with serving(ScriptedMarket(), clock=manual_clock, faults=plan) as server:
        async with client(server) as one, client(server) as other:
            while server.sessions:
                await pass_time(server, manual_clock, 0.5)
                assert server.market.now_ms < START_MS + 61_000
            for cut in (one, other):
                with pytest.raises(ConnectionClosed) as caught:
                    await cut.read_until(lambda: False)
                assert caught.value.rcvd is None
        async with client(server) as again:
            assert again.notices


@pytest.mark.asyncio
async def test_a_port_in_use_is_an_error_with_a_remedy() -> None:
    async with serving(ScriptedMarket()) as server:
        second = RelayServer(ScriptedMarket(), ManualClock(), port=server.port)
        with pytest.raises(StartError, match="--port"):
            await second.start()
        await second.stop()


@pytest.mark.asyncio
@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.1", "::", "example.org"])
async def test_only_loopback_is_served(host: str) -> None:
    with pytest.raises(StartError, match="Only this machine"):
        await RelayServer(ScriptedMarket(), ManualClock(), host=host, port=0).start()


@pytest.mark.asyncio
async def test_stop_says_goodbye_and_is_quick_with_clients_that_do_not_answer() -> None:
    server = RelayServer(ScriptedMarket(), ManualClock(), port=0)
    await server.start()
    loop = asyncio.get_running_loop()
    async with client(server) as polite, client(server, max_queue=1) as deaf:
        deaf.socket.transport.pause_reading()
        reading = asyncio.create_task(polite.read())
        started = loop.time()
        await server.stop()
        assert loop.time() - started < 1.0
        with pytest.raises(ConnectionClosed) as caught:
            await reading
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1001
        await server.stop()
        deaf.socket.transport.abort()
