"""What one client may ask over a real socket, what it gets, and in which order."""

from __future__ import annotations

import asyncio

import pytest
from websockets.exceptions import ConnectionClosed

from live_monitor import limits
from live_monitor.clock import ManualClock
from live_monitor.data.models.market_data import Event, Trade
from live_monitor.server.relay_session import TIMEFRAMES
from live_monitor.wire import relay
from tests.fakes.scripted_market import START_MS, ScriptedMarket, a_minute, a_quote, a_second, a_trade, prints
from tests.server.harness import client, of_kind, pass_time, serving, until

# -- the documented protocol -------------------------------------------------------------------


@pytest.mark.asyncio
async def test_everyone_is_greeted_first() -> None:
    async with serving(ScriptedMarket(symbols=["AAPL", "BRK.B"])) as server, client(server, features=None) as one:
        hello = one.notices[0]
    assert hello == relay.Hello(
        list(relay.FEATURES), "live-monitor", "simulated", "SCRIPTED", "realtime", ["AAPL", "BRK.B"], "scripted",
        list(TIMEFRAMES),
    )  # fmt: skip


@pytest.mark.asyncio
async def test_a_client_that_answers_no_greeting_gets_documented_frames_only(manual_clock: ManualClock) -> None:
    source = ScriptedMarket([(at, event) for at, event in [*prints(5), (3, a_quote()), (4, a_minute())]])
    async with serving(source, clock=manual_clock) as server, client(server, features=None) as one:
        await one.ask(action="subscribe", symbols=["AAPL"], channels=["T", "Q", "AM"])
        await until(lambda: bool(server.sessions[0].wanted.get("AAPL")))
        manual_clock.advance(0.5)
        await one.read_until(lambda: len(one.events) == 6)
    # Prints of the very start were given before anybody listened.
    assert one.batches == [1] * 6
    assert len(one.notices) == 1


@pytest.mark.asyncio
async def test_only_subscribed_symbols_and_channels_are_sent(manual_clock: ManualClock) -> None:
    script: list[tuple[int, Event]] = [(10, a_trade("AAPL")), (11, a_quote("AAPL")), (12, a_trade("MSFT"))]
    script += [(13, a_second("AAPL")), (14, a_minute("AAPL")), (15, a_trade("AAPL", sequence=2))]
    async with serving(ScriptedMarket(script), clock=manual_clock) as server, client(server) as one:
        await one.subscribe("AAPL", channels=["T", "A"])
        await one.next_of(relay.SnapshotFrame)
        manual_clock.advance(0.5)
        await one.read_until(lambda: len(one.events) == 3)
    assert one.events == [a_trade("AAPL"), a_second("AAPL"), a_trade("AAPL", sequence=2)]


@pytest.mark.asyncio
async def test_symbols_may_be_one_text(manual_clock: ManualClock) -> None:
    async with serving(ScriptedMarket(), clock=manual_clock) as server, client(server) as one:
        await one.ask(action="subscribe", symbols="AAPL")
        assert (await one.next_of(relay.Ack)).symbols == ["AAPL"]
        await one.ask(action="unsubscribe", symbols="AAPL,MSFT")
        assert (await one.next_of(relay.Ack, 2)).symbols == ["AAPL"]


@pytest.mark.asyncio
async def test_unsubscribed_symbols_fall_silent_and_channels_can_go_alone(manual_clock: ManualClock) -> None:
    script: list[tuple[int, Event]] = []
    for at in (10, 610, 1210):
        script += [(at, a_trade("AAPL", at, sequence=at)), (at, a_quote("AAPL", at)), (at, a_trade("MSFT", at))]
    async with serving(ScriptedMarket(script), clock=manual_clock) as server, client(server) as one:
        await one.subscribe("AAPL", "MSFT")
        await one.next_of(relay.SnapshotFrame, 2)
        manual_clock.advance(0.5)
        await one.read_until(lambda: len(one.events) == 3)
        await one.ask(action="unsubscribe", symbols=["AAPL"], channels=["Q"])
        await one.next_of(relay.Ack, 2)
        manual_clock.advance(0.5)
        await one.read_until(lambda: len(one.events) == 5)
        await one.ask(action="unsubscribe", symbols=["AAPL"])
        await one.next_of(relay.Ack, 3)
        manual_clock.advance(0.5)
        await one.read_until(lambda: len(one.events) == 6)
    assert [(type(event), event.symbol) for event in one.events[3:]] == [  # type: ignore[union-attr]  # no Status
        (Trade, "AAPL"),
        (Trade, "MSFT"),
        (Trade, "MSFT"),
    ]


# -- beyond it ---------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_events_of_one_step_come_in_one_frame(manual_clock: ManualClock) -> None:
    async with serving(ScriptedMarket(prints(300)), clock=manual_clock) as server, client(server) as one:
        await one.subscribe("AAPL")
        await one.next_of(relay.SnapshotFrame)
        manual_clock.advance(0.5)
        await one.read_until(lambda: len(one.events) == 299)
    assert one.batches == [299]


@pytest.mark.asyncio
async def test_the_clock_is_told_after_the_greeting_and_each_second(manual_clock: ManualClock) -> None:
    async with serving(ScriptedMarket(), clock=manual_clock, speed=2.0) as server, client(server) as one:
        assert one.notices[1:] == [relay.ClockFrame(START_MS, 2.0)]
        await until(lambda: server.market.clock_frame.speed == 2.0)
        while server.market.now_ms < START_MS + 4_800:
            await pass_time(server, manual_clock, 0.6)
        await one.next_of(relay.ClockFrame, 3)
        await one.ask(action="history", symbol="AAPL")
        await one.next_of(relay.HistoryPage)
    times = [frame.market_ms - START_MS for frame in of_kind(one.notices, relay.ClockFrame)]
    assert times == [0, 2_400, 4_800]


@pytest.mark.asyncio
async def test_a_suspended_machine_puts_the_clients_clocks_right_at_once(manual_clock: ManualClock) -> None:
    async with serving(ScriptedMarket(), clock=manual_clock) as server, client(server) as one:
        manual_clock.advance(0.5)
        await until(lambda: server.market.now_ms == START_MS + 500)
        manual_clock.advance(3_600)
        await one.read_until(lambda: of_kind(one.notices, relay.ClockFrame)[-1].market_ms == START_MS + 1_500)
        assert server.market.now_ms == START_MS + 1_500


@pytest.mark.asyncio
async def test_the_snapshot_holds_exactly_what_the_events_after_it_do_not() -> None:
    """Whenever a client joins, prints in the snapshot plus prints after it are all prints up to its end."""
    source = ScriptedMarket(prints(4_000, every_ms=1))
    async with serving(source, speed=4.0) as server:

        async def join(delay_s: float) -> tuple[float, list[int]]:
            await asyncio.sleep(delay_s)
            async with client(server) as one:
                await one.subscribe("AAPL", channels=["T"])
                snapshot = (await one.next_of(relay.SnapshotFrame)).data
                assert not one.events
                await one.read_until(lambda: bool(one.events) and one.events[-1]["sequence"] == 4_000)
                return snapshot.day_volume, [event["sequence"] for event in one.events]

        for volume, sequences in await asyncio.gather(*[join(0.07 * number) for number in range(8)]):
            assert sequences == list(range(int(volume) + 1, 4_001))


@pytest.mark.asyncio
async def test_refused_symbols_are_named_with_the_reason(manual_clock: ManualClock) -> None:
    async with serving(ScriptedMarket(), clock=manual_clock) as server, client(server) as one:
        await one.subscribe("AAPL", "ZZZZ", "aapl", "../x", "<img src=x>" * 100)
        ack = await one.next_of(relay.Ack)
        assert ack.symbols == ["AAPL"]
        assert ack.refused["ZZZZ"] == "unknown symbol"
        assert set(ack.refused.values()) == {"unknown symbol", "not a symbol"}
        assert max(map(len, ack.refused)) <= 32
        assert server.rejections.by_reason == {
            "subscription: unknown symbol": 1,
            "subscription: not a symbol": 3,
        }


@pytest.mark.asyncio
async def test_a_client_without_acks_is_told_of_refused_symbols_in_words(manual_clock: ManualClock) -> None:
    async with serving(ScriptedMarket(), clock=manual_clock) as server, client(server, features=None) as one:
        await one.subscribe("AAPL", "ZZZZ")
        assert (await one.next_of(relay.ErrorNotice)).message == "ZZZZ: unknown symbol"


@pytest.mark.asyncio
async def test_more_than_the_limit_of_subscriptions_is_refused(manual_clock: ManualClock) -> None:
    symbols = [f"S{number}" for number in range(limits.MAX_SUBSCRIPTIONS + 1)]
    async with serving(ScriptedMarket(symbols=symbols), clock=manual_clock) as server, client(server) as one:
        await one.subscribe(*symbols, channels=["T"])
        ack = await one.next_of(relay.Ack)
        assert len(ack.symbols) == limits.MAX_SUBSCRIPTIONS
        assert list(ack.refused) == symbols[-1:]
        await one.ask(action="unsubscribe", symbols=symbols[:1])
        await one.subscribe(symbols[-1])
        assert (await one.next_of(relay.Ack, 3)).symbols == symbols[-1:]


@pytest.mark.asyncio
async def test_a_snapshot_can_be_asked_for_again(manual_clock: ManualClock) -> None:
    async with serving(ScriptedMarket(prints(3)), clock=manual_clock) as server, client(server) as one:
        await one.subscribe("AAPL")
        await one.next_of(relay.SnapshotFrame)
        manual_clock.advance(0.5)
        await one.read_until(lambda: len(one.events) == 2)
        await one.ask(action="snapshot", symbols=["MSFT", "AAPL"])
        again = await one.next_of(relay.SnapshotFrame, 2)
    assert (again.data.symbol, again.data.day_volume) == ("AAPL", 3.0)


@pytest.mark.asyncio
async def test_history_comes_in_pages(manual_clock: ManualClock) -> None:
    past = [a_minute(number=number) for number in range(-50, 0)]
    async with serving(ScriptedMarket(past=past), clock=manual_clock) as server, client(server) as one:
        asked = {"action": "history", "symbol": "AAPL", "timeframe": "1m"}
        await one.ask(**asked, end_ms=START_MS, limit=20, request_id=7)
        page = await one.next_of(relay.HistoryPage)
        assert (page.request_id, page.timeframe, page.more) == (7, "1m", True)
        assert page.bars == past[-20:]
        await one.ask(**asked, end_ms=page.bars[0].start_ms, limit=100, request_id=8)
        page = await one.next_of(relay.HistoryPage, 2)
        assert (page.request_id, page.more, page.bars) == (8, False, past[:30])


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "asked",
    [
        {"symbol": "ZZZZ", "timeframe": "1m"},
        {"symbol": "AAPL", "timeframe": "7m"},
        {"symbol": "AAPL", "timeframe": "1m", "end_ms": -5},
        {"symbol": "AAPL", "timeframe": "1m", "end_ms": 2**62},
    ],
)
async def test_history_that_does_not_exist_is_refused(asked: dict[str, object], manual_clock: ManualClock) -> None:
    async with serving(ScriptedMarket(), clock=manual_clock) as server, client(server) as one:
        await one.ask(action="history", limit=-3, request_id=1, **asked)
        await one.next_of(relay.ErrorNotice)
    assert server.rejections.total == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("action", ["history", "snapshot"])
async def test_features_have_to_be_accepted_first(action: str, manual_clock: ManualClock) -> None:
    async with serving(ScriptedMarket(), clock=manual_clock) as server, client(server, features=["ack"]) as one:
        await one.subscribe("AAPL")
        await one.ask(action=action, symbol="AAPL", symbols=["AAPL"])
        assert action in (await one.next_of(relay.ErrorNotice)).message
        assert of_kind(one.notices, relay.SnapshotFrame) == []


# -- bad input ---------------------------------------------------------------------------------

BAD = [
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe",
    b'{"action":5}',
    b'{"symbols":["AAPL"]}',
    b'{"action":"subscribe","symbols":[1]}',
    b'{"action":"subscribe","symbols":{"a":1}}',
    b'{"action":"history","end_ms":1e999}',
    b'{"action":"history","end_ms":99999999999999999999999}',
    b'{"action":"launch"}',
    b'{"action":"subscribe","symbols":["AAPL"],"channels":["XX"]}',
    b'{"action":"subscribe","symbols":[' + b",".join(b'"S%d"' % n for n in range(2_000)) + b"]}",
    b"[" * 50_000,
]


@pytest.mark.asyncio
@pytest.mark.parametrize("text", [True, False])
async def test_bad_messages_are_counted_and_answered_and_the_next_good_one_works(
    text: bool, manual_clock: ManualClock
) -> None:
    async with serving(ScriptedMarket(), clock=manual_clock) as server, client(server) as one:
        # Wrong UTF-8 in a text frame is for the WebSocket layer to end.
        bad = [message for message in BAD if not text or message != b"\xff\xfe"]
        for message in bad:
            await one.socket.send(message, text=text)
        await one.subscribe("AAPL")
        assert (await one.next_of(relay.Ack)).symbols == ["AAPL"]
        assert len(of_kind(one.notices, relay.ErrorNotice)) == len(bad) == server.rejections.total


@pytest.mark.asyncio
async def test_a_message_that_is_too_long_ends_the_connection_of_its_sender_only(manual_clock: ManualClock) -> None:
    async with serving(ScriptedMarket(), clock=manual_clock) as server, client(server) as good, client(server) as bad:
        await bad.socket.send("x" * 65_537)
        with pytest.raises(ConnectionClosed) as caught:
            await bad.read()
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1009
        await good.subscribe("AAPL")
        await good.next_of(relay.Ack)
        await until(lambda: len(server.sessions) == 1)
