"""The Polygon feed against a real server in a process of its own, which speaks and fails as the live one does."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from live_monitor.data.models.market_data import Aggregate, Quote, Trade
from live_monitor.data.models.status import LinkStatus
from live_monitor.providers.polygon import DELAYED_URL, REAL_TIME_URL, stream_url
from live_monitor.wire.notices import Ack, ClockFrame, ErrorNotice, FaultNotice, Hello, PriceBands
from tests.fakes import polygon_frames as frames
from tests.fakes.far_end import FarEnd
from tests.providers.polygon_far import QUICK, KeptAnswers, session


@pytest.fixture
def far() -> Iterator[FarEnd]:
    with FarEnd("polygon_server") as server:
        yield server


@pytest.mark.asyncio
async def test_it_greets_authenticates_subscribes_and_streams_in_this_order(far: FarEnd) -> None:
    async with session(far, "AAPL") as now:
        await now.outlet.until(lambda: now.outlet.all(Ack))
        await now.do("trade", symbol="AAPL", price=150.25, size=100, id="77", conditions=[14, 41])
        await now.do("quote", symbol="AAPL", bid=150.2, ask=150.3)
        await now.do("bar", symbol="AAPL", price=150.0)
        await now.do("bands", symbol="AAPL", lower=140.0, upper=160.0)
        await now.outlet.until(lambda: now.outlet.all(PriceBands))
        hello, status = now.outlet.items[1:3]
        assert isinstance(hello, Hello)
        assert (hello.provider, hello.label, hello.market) == ("polygon", "POLYGON", "polygon")
        assert set(hello.features) == {"ack", "fault"}
        assert (status.state, status.provider, status.label) == ("live", "polygon", "POLYGON")
        (trade,) = now.outlet.all(Trade)
        assert (trade.price, trade.size, trade.id, trade.conditions) == (150.25, 100.0, "77", (14, 41))
        assert [quote.ask_price for quote in now.outlet.all(Quote)] == [150.3]
        assert [bar.close for bar in now.outlet.all(Aggregate)] == [150.0]
        assert [(bands.lower, bands.upper) for bands in now.outlet.all(PriceBands)] == [(140.0, 160.0)]
        seen = far.seen()
        assert [request["action"] for request in seen["requests"]] == ["auth", "subscribe"]
        assert seen["subscribed"] == ["A.AAPL", "AM.AAPL", "LULD.AAPL", "Q.AAPL", "T.AAPL"]


@pytest.mark.asyncio
async def test_f10_a_refused_key_stops_at_once_whatever_happens_to_the_connection(far: FarEnd) -> None:
    async with session(far, "AAPL", key="CANARY-WRONG") as now:
        await now.task
        status = now.outlet.all(LinkStatus)[-1]
        assert status.state == "failed"
        assert "authentication failed" in status.message
        assert status.remedy == "Enter it again: File ▸ Connect a provider…"
        assert far.seen()["connections"] == 1
        assert "CANARY" not in repr(now.outlet.items)


@pytest.mark.asyncio
async def test_a_plan_without_this_stream_is_told_with_what_helps(far: FarEnd) -> None:
    far.do("refuse_auth", message="Your plan doesn't include websocket access.")
    async with session(far, "AAPL") as now:
        await now.task
        status = now.outlet.all(LinkStatus)[-1]
        assert (status.state, "15 minutes late" in status.remedy) == ("failed", True)


@pytest.mark.asyncio
async def test_f10_the_second_program_with_the_key_wins_and_the_first_explains_itself(far: FarEnd) -> None:
    async with session(far, "AAPL") as first:
        await first.outlet.until(lambda: first.outlet.all(Ack))
        async with session(far, "MSFT") as second:
            await second.outlet.until(lambda: second.outlet.all(Ack))
            await first.task
            status = first.outlet.all(LinkStatus)[-1]
            assert status.state == "failed"
            assert "Another program uses this key" in status.message
            assert "Close the other program" in status.remedy
            assert far.seen()["connections"] == 2
            assert second.outlet.states[-1] == "live"


@pytest.mark.parametrize("code", [1000, 1001, 1008, 1011, 1012, 1006])
@pytest.mark.asyncio
async def test_f1_any_close_is_followed_by_a_new_subscription_and_the_gap_is_asked_for(far: FarEnd, code: int) -> None:
    answers = KeptAnswers()
    async with session(far, "AAPL", "MSFT", answers=answers, timing=QUICK._replace(ack_s=5.0, pong_s=5.0)) as now:
        await now.outlet.until(lambda: now.outlet.all(Ack))
        await now.do("trade", symbol="AAPL", price=150.0)
        await now.outlet.until(lambda: now.outlet.all(Trade))
        await (now.do("abort") if code == 1006 else now.do("close", code=code))
        await now.live(2)
        await now.outlet.until(lambda: len(answers.of("heal")) and len(now.outlet.all(Ack)) >= 4)
        assert now.outlet.states == ["connecting", "live", "retrying", "connecting", "live"]
        assert far.seen()["subscribed"] == sorted(
            f"{topic}.{symbol}" for symbol in ("AAPL", "MSFT") for topic in ("T", "Q", "A", "AM", "LULD")
        )
        traded_ms = now.outlet.all(Trade)[0].timestamp_ms
        healed = {symbol for symbols, *_ in answers.of("heal") for symbol in symbols}
        assert healed == {"AAPL", "MSFT"}
        assert all(from_ms <= traded_ms <= to_ms for _, from_ms, to_ms in answers.of("heal"))
        # Level 1 counts what was missed: it is asked for after it.
        assert sorted(symbol for symbols in answers.of("snapshot") for symbol in symbols) == sorted(
            ["AAPL", "MSFT", *healed]
        )
        assert [each[0] for each in answers.asked].index("heal") == 1
    assert answers.closed


@pytest.mark.parametrize(("status", "word"), [("slow_consumer", "too slowly"), ("force_disconnect", "ended")])
@pytest.mark.asyncio
async def test_who_is_cut_off_for_the_moment_comes_back(far: FarEnd, status: str, word: str) -> None:
    async with session(far, "AAPL") as now:
        await now.live()
        await now.do("status", status=status)
        await now.live(2)
        (retry,) = [each for each in now.outlet.all(LinkStatus) if each.state == "retrying"]
        assert (word in retry.message, status in retry.message) == (True, True)


@pytest.mark.asyncio
async def test_auth_required_in_mid_session_is_answered_by_the_key(far: FarEnd) -> None:
    async with session(far, "AAPL") as now:
        await now.live()
        await now.do("status", status="auth_required", message="authentication required")
        await now.live(2)
        assert "retrying" not in now.outlet.states
        assert [request["action"] for request in far.seen()["requests"]].count("auth") == 2


@pytest.mark.asyncio
async def test_what_comes_while_the_key_is_asked_for_is_nobodys_price(far: FarEnd) -> None:
    async with session(far, "AAPL") as now:
        await now.outlet.until(lambda: now.outlet.all(Ack))
        asked = frames.status("auth_required", "authentication required")
        await now.do("emit", text=frames.frame(asked, frames.trade("AAPL", 150.0)))
        await now.live(2)
        assert now.outlet.all(Trade) == []


@pytest.mark.asyncio
async def test_an_error_of_the_server_is_shown_and_the_stream_goes_on(far: FarEnd) -> None:
    async with session(far, "AAPL") as now:
        await now.outlet.until(lambda: now.outlet.all(Ack))
        await now.do("status", status="error", message="something\nis  wrong")
        await now.do("trade", symbol="AAPL", price=150.0)
        await now.outlet.until(lambda: now.outlet.all(Trade))
        (notice,) = now.outlet.all(ErrorNotice)
        assert notice.message == "Polygon says: something is wrong (error)."


@pytest.mark.asyncio
async def test_f12_a_subscription_without_an_answer_marks_its_symbol_only(far: FarEnd) -> None:
    far.do("no_ack", channels=["T.MSFT", "Q.MSFT", "A.MSFT", "AM.MSFT", "LULD.MSFT", "LULD.NVDA"])
    async with session(far, "AAPL", "MSFT", "NVDA", timing=QUICK._replace(pong_s=5.0)) as now:
        await now.outlet.until(lambda: now.outlet.problems and now.outlet.all(ErrorNotice))
        # Prices of the other come, and only its bands do not: that is said, and is no fault of the symbol.
        assert now.outlet.problems == {"MSFT": "no answer from the server"}
        assert [each.message for each in now.outlet.all(ErrorNotice)] == ["Polygon gives no answer about LULD of NVDA."]
        await now.do("trade", symbol="AAPL", price=150.0)
        await now.outlet.until(lambda: now.outlet.all(Trade))
        assert now.outlet.states == ["connecting", "live"]


@pytest.mark.asyncio
async def test_what_is_held_already_is_asked_for_again_and_not_waited_for(far: FarEnd) -> None:
    async with session(far, "AAPL", timing=QUICK._replace(pong_s=5.0, ack_s=2.0)) as now:
        await now.outlet.until(lambda: now.outlet.all(Ack))
        await now.seen(lambda seen: len(seen["subscribed"]) == 5)
        # Every acknowledgement is sent before this status, so that all were read once it is here.
        await now.do("status", status="error", message="mark")
        await now.outlet.until(lambda: now.outlet.all(ErrorNotice))
        await now.feed.resubscribe()
        await now.seen(lambda seen: len(seen["requests"]) == 3)
        assert not now.feed._channels.waiting
        assert now.outlet.problems == {}


@pytest.mark.asyncio
async def test_an_acknowledgement_of_what_nobody_asked_for_is_not_believed(far: FarEnd) -> None:
    async with session(far, "AAPL", channels=("T",)) as now:
        await now.outlet.until(lambda: now.outlet.all(Ack))
        await now.do("status", status="success", message="subscribed to: T.EVIL")
        await now.do("trade", symbol="AAPL", price=150.0)
        await now.outlet.until(lambda: now.outlet.all(Trade))
        assert [ack.symbols for ack in now.outlet.all(Ack)] == [["AAPL"]]
        assert now.feed.rejections.by_reason == {"status: acknowledged what was not asked for": 1}


@pytest.mark.asyncio
async def test_only_what_changed_is_sent_and_a_symbol_is_let_go_by_its_channels(far: FarEnd) -> None:
    answers = KeptAnswers()
    async with session(far, "AAPL", channels=("T", "Q", "AM"), answers=answers) as now:
        await now.outlet.until(lambda: now.outlet.all(Ack))
        await now.feed.want({"AAPL": ("T", "Q"), "BRK.B": ("T",)})
        seen = await now.seen(lambda seen: "T.BRK.B" in seen["subscribed"])
        assert seen["subscribed"] == ["LULD.AAPL", "LULD.BRK.B", "Q.AAPL", "T.AAPL", "T.BRK.B"]
        assert seen["requests"][2:] == [
            {"action": "unsubscribe", "params": "AM.AAPL"},
            {"action": "subscribe", "params": "T.BRK.B,LULD.BRK.B"},
        ]
        assert answers.of("snapshot") == [("AAPL",), ("BRK.B",)]
        assert answers.followed == ["AAPL", "BRK.B"]
        await now.feed.want({})
        await now.seen(lambda seen: seen["subscribed"] == [])


@pytest.mark.asyncio
async def test_f13_a_thousand_switches_leave_one_subscription(far: FarEnd) -> None:
    async with session(far, "AAPL") as now:
        await now.live()
        for n in range(1_000):
            await now.feed.want({f"SYM{n % 7}": ("T", "Q")})
        await now.feed.want({"MSFT": ("T",)})
        seen = await now.seen(lambda seen: "T.MSFT" in seen["subscribed"])
        assert seen["subscribed"] == ["LULD.MSFT", "T.MSFT"]
        await now.outlet.until(lambda: ["MSFT"] in [ack.symbols for ack in now.outlet.all(Ack)])
        # Answers that came when nobody waited for them any more are none that nobody asked for.
        assert (now.outlet.problems, now.feed.rejections.total) == ({}, 0)


@pytest.mark.asyncio
async def test_subscriptions_of_hundreds_of_symbols_are_split_and_all_answered(far: FarEnd) -> None:
    async with session(far, *(f"SYM{n}" for n in range(500))) as now:
        seen = await now.seen(lambda seen: len(seen["subscribed"]) == 2_500)
        assert all(len(request["params"]) <= 4_000 for request in seen["requests"])
        await now.outlet.until(lambda: sum(len(ack.symbols) for ack in now.outlet.all(Ack)) == 500)


@pytest.mark.parametrize("pongs", [False, True])
@pytest.mark.asyncio
async def test_f4_silence_without_pongs_is_a_lost_connection_and_with_pongs_is_none(
    far: FarEnd, *, pongs: bool
) -> None:
    async with session(far, "AAPL", timing=QUICK._replace(ack_s=5.0)) as now:
        await now.outlet.until(lambda: now.outlet.all(Ack))
        await now.do("silence", pongs=pongs)
        if pongs:
            # Longer than it takes to notice a dead one: many pings are answered.
            with pytest.raises(TimeoutError):
                await now.outlet.until(lambda: "retrying" in now.outlet.states, 1.2)
            await now.do("talk")
            await now.do("trade", symbol="AAPL", price=150.0)
            await now.outlet.until(lambda: now.outlet.all(Trade))
        else:
            await now.outlet.until(lambda: "retrying" in now.outlet.states, 5)
            await now.do("talk")
            await now.live(2)


@pytest.mark.asyncio
async def test_a_server_that_never_greets_is_left_and_tried_again(far: FarEnd) -> None:
    far.do("greet", on=False)
    async with session(far, "AAPL", timing=QUICK._replace(ack_s=0.1)) as now:
        await now.outlet.until(lambda: "retrying" in now.outlet.states)
        await now.do("greet", on=True)
        await now.live()
        assert "did not answer in time" in now.outlet.all(LinkStatus)[1].message


@pytest.mark.asyncio
async def test_m1_garbage_is_counted_and_the_connection_stands(far: FarEnd) -> None:
    async with session(far, "AAPL") as now:
        await now.outlet.until(lambda: now.outlet.all(Ack))
        await now.do("garbage")
        await now.do("trade", symbol="AAPL", price=150.0)
        await now.outlet.until(lambda: now.outlet.all(Trade))
        assert now.feed.rejections.total >= 9
        assert now.outlet.states == ["connecting", "live"]


@pytest.mark.asyncio
async def test_f1_half_a_frame_and_the_end_is_a_lost_connection(far: FarEnd) -> None:
    async with session(far, "AAPL") as now:
        await now.live()
        await now.do("half_frame")
        await now.live(2)
        assert now.feed.rejections.total == 0


@pytest.mark.asyncio
async def test_a_burst_of_fifty_thousand_events_arrives_whole_and_in_order(far: FarEnd) -> None:
    async with session(far, "AAPL") as now:
        await now.outlet.until(lambda: now.outlet.all(Ack))
        sent = await now.do("flood", n=50_000)
        assert sent["sent"] == 50_000
        await now.outlet.until(lambda: len(now.outlet.items) >= 50_000)
        sequences = [event.sequence for event in now.outlet.items if isinstance(event, Trade | Quote)]
        assert sequences == list(range(1, 50_001))


@pytest.mark.asyncio
async def test_odd_events_pass_as_they_are_and_bad_ones_cost_only_themselves(far: FarEnd) -> None:
    at_ms = frames.now_ms()
    odd = [
        frames.trade("AAPL", 150.0, sequence=5, at_ms=at_ms),
        frames.trade("AAPL", 150.0, sequence=5, at_ms=at_ms),  # twice the same
        frames.trade("AAPL", 149.0, sequence=3, at_ms=at_ms - 4_000),  # out of order
        frames.trade("AAPL", 151.0, sequence=90, at_ms=at_ms + 2_000),  # a gap, and a clock that is ahead
        frames.trade("AAPL", "150.0", sequence=91, at_ms=at_ms),  # a number as text
        frames.trade("AAPL", None, sequence=92, at_ms=at_ms),
        {"ev": "ZZ", "sym": "AAPL"},
        frames.bar("AAPL", 150.0, start_ms=at_ms // 60_000 * 60_000 - 900_000),  # 15 minutes late
        frames.bar("AAPL", 150.5, start_ms=at_ms // 60_000 * 60_000 - 900_000, volume=9_000),  # its replacement
    ]
    async with session(far, "AAPL") as now:
        await now.outlet.until(lambda: now.outlet.all(Ack))
        await now.do("emit", text=json.dumps(odd))
        await now.outlet.until(lambda: len(now.outlet.all(Aggregate)) == 2)
        assert [trade.sequence for trade in now.outlet.all(Trade)] == [5, 5, 3, 90]
        assert [(bar.close, bar.volume) for bar in now.outlet.all(Aggregate)] == [(150.0, 4110.0), (150.5, 9000.0)]
        assert dict(now.feed.rejections.by_reason) == {
            "trade.price: wrong type": 1,
            "trade.price: absent": 1,
            "event: unknown type 'ZZ'": 1,
        }


@pytest.mark.asyncio
async def test_a_pause_is_a_halt_until_quotes_are_ordinary_again(far: FarEnd) -> None:
    async with session(far, "AAPL", "MSFT") as now:
        await now.outlet.until(lambda: len(now.outlet.all(Ack)) == 2)
        start_ms = frames.now_ms()
        for at, condition in enumerate((None, 43, 43, 1, None, 43, 16)):
            await now.do("quote", symbol="AAPL", bid=150.0, ask=150.1, at_ms=start_ms + at, condition=condition)
            await now.do("quote", symbol="MSFT", bid=300.0, ask=300.1, at_ms=start_ms + at)
        await now.outlet.until(lambda: len(now.outlet.all(FaultNotice)) == 4)
        told = [(fault.kind, fault.symbol, fault.from_ms - start_ms) for fault in now.outlet.all(FaultNotice)]
        assert told == [("halt", "AAPL", 1), ("resume", "AAPL", 1), ("halt", "AAPL", 5), ("resume", "AAPL", 5)]


@pytest.mark.asyncio
async def test_the_delayed_stream_asks_for_what_it_has_and_says_what_time_it_is() -> None:
    with FarEnd("polygon_server", "--delayed") as far:
        async with session(far, "AAPL", delayed=True, answers=KeptAnswers()) as now:
            await now.outlet.until(lambda: now.outlet.all(Ack))
            hello, clock, status = now.outlet.items[1:4]
            assert (hello.label, hello.market) == ("POLYGON · 15 min delayed", "polygon-delayed")
            assert set(hello.features) == {"ack", "fault", "clock", "history", "snapshot"}
            assert hello.timeframes == ["1s", "1m", "1D"]
            assert isinstance(clock, ClockFrame)
            assert abs(clock.market_ms + 900_000 - frames.now_ms()) < 5_000
            assert status.state == "live"
            assert (await now.seen(lambda seen: len(seen["subscribed"]) == 3))["subscribed"] == [
                "A.AAPL",
                "AM.AAPL",
                "T.AAPL",
            ]
            capabilities = now.feed.capabilities
            assert (capabilities.quotes, capabilities.delay_s, capabilities.history) == (False, 900.0, True)
            assert now.outlet.all(ErrorNotice) == []


@pytest.mark.asyncio
async def test_questions_go_to_who_can_answer_and_without_one_to_nobody(far: FarEnd) -> None:
    answers = KeptAnswers()
    async with session(far, "AAPL", answers=answers) as now:
        await now.live()
        await now.feed.request_history("AAPL", "1m", 5, 10, 1)
        await now.feed.search_symbols("apple", 2)
        assert answers.of("history") == [("AAPL", "1m", 5, 10, 1)]
        assert answers.of("search") == [("apple", 2)]
    async with session(far, "AAPL") as now:
        await now.live()
        await now.feed.request_history("AAPL", "1m", 5, 10, 1)
        await now.feed.request_snapshot(["AAPL"])
        await now.feed.search_symbols("apple", 2)
        assert not now.feed.capabilities.history


@pytest.mark.asyncio
async def test_without_a_key_nothing_is_connected(far: FarEnd) -> None:
    async with session(far, "AAPL", key="") as now:
        await now.task
        assert now.outlet.all(LinkStatus)[-1].message == "Polygon needs an API key."
        assert far.seen()["requests"] == []


def test_where_it_connects() -> None:
    assert stream_url("", delayed=False) == REAL_TIME_URL == "wss://socket.massive.com/stocks"
    assert stream_url("", delayed=True) == DELAYED_URL == "wss://delayed.massive.com/stocks"
    assert stream_url("ws://127.0.0.1:80", delayed=True) == "ws://127.0.0.1:80/stocks"
    assert stream_url("wss://socket.polygon.io/stocks", delayed=False) == "wss://socket.polygon.io/stocks"
