"""A slow reader costs itself detail, in a fixed order, and every loss is counted and told."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor import limits
from live_monitor.data.models.market_data import Aggregate, Event, Quote, SecondAggregate, Trade
from live_monitor.limits import Rejections
from live_monitor.server.relay_frames import FRAME_EVENTS, Waiting, encode_event
from live_monitor.server.relay_outbox import ANSWER_BYTES, Outbox
from live_monitor.wire.relay import FEATURES, FaultNotice, RelayDecoder
from tests.fakes.scripted_market import START_MS, a_minute, a_quote, a_second, a_trade

ALL = frozenset(FEATURES)


def fill(outbox: Outbox, *events: Event) -> None:
    for event in events:
        outbox.add(Waiting(event, encode_event(event)))
    outbox.settle()


async def drain(outbox: Outbox, features: frozenset[str] = ALL) -> list[bytes]:
    frames: list[bytes] = []
    while len(outbox):
        frames += await outbox.next_frames(features)
    return frames


def decoded(frames: list[bytes]) -> list[Any]:
    """Events and notices, in order."""
    decoder = RelayDecoder(Rejections())
    items: list[Any] = []
    for frame in frames:
        item = decoder.decode(frame, 0, limits.MAX_TIME_MS)
        items += item if isinstance(item, list) else [item]
    return items


@pytest.mark.asyncio
async def test_everything_comes_out_in_order_while_it_is_read() -> None:
    outbox = Outbox()
    events: list[Event] = [a_quote(), a_trade(), a_second(), a_minute()]
    outbox.put(b'{"type":"ack","action":"subscribe"}')
    fill(outbox, *events)
    items = decoded(await drain(outbox))
    assert items[0].action == "subscribe"
    assert items[1:] == events


@pytest.mark.asyncio
async def test_one_frame_holds_what_waits_up_to_500() -> None:
    outbox = Outbox()
    fill(outbox, *[a_trade(sequence=number) for number in range(1, FRAME_EVENTS + 8)])
    frames = await drain(outbox)
    assert [len(json.loads(frame)["data"]) for frame in frames] == [FRAME_EVENTS, 7]


@pytest.mark.asyncio
async def test_a_client_without_batches_gets_one_documented_frame_per_event() -> None:
    outbox = Outbox()
    fill(outbox, *[a_trade(sequence=number) for number in range(1, 200)])
    frames = [json.loads(frame) for frame in await drain(outbox, frozenset())]
    assert [frame["data"]["q"] for frame in frames] == list(range(1, 200))
    assert {frame["type"] for frame in frames} == {"market_data"}


@pytest.mark.asyncio
async def test_waits_until_there_is_something_to_send() -> None:
    outbox = Outbox()
    waiting = asyncio.create_task(outbox.next_frames(ALL))
    await asyncio.sleep(0)
    assert not waiting.done()
    fill(outbox, a_trade())
    assert decoded(await waiting) == [a_trade()]


@pytest.mark.asyncio
async def test_quotes_give_way_first_and_the_newest_of_each_symbol_stays() -> None:
    outbox = Outbox(limit=10)
    trades = [a_trade(sequence=number) for number in range(1, 5)]
    quotes = [a_quote("AAPL", at, bid=90.0 + at / 100) for at in range(6)]
    other = a_quote("MSFT", 3)
    fill(outbox, *trades, *quotes, other)
    items = decoded(await drain(outbox))
    notice = items[0]
    assert (notice.kind, notice.symbol, notice.count) == ("conflated", "AAPL", 5)
    assert (notice.from_ms, notice.to_ms) == (START_MS, START_MS + 4)
    assert items[1:] == [*trades, quotes[-1], other]
    assert (outbox.conflated, outbox.dropped) == (5, 0)


@pytest.mark.asyncio
async def test_prints_give_way_last_oldest_first_and_are_counted_exactly() -> None:
    outbox = Outbox(limit=100)
    trades = [a_trade("AAPL" if number % 2 else "MSFT", number, sequence=number) for number in range(1, 121)]
    minute = a_minute()
    fill(outbox, minute, *trades)
    items = decoded(await drain(outbox))
    notices = [item for item in items if isinstance(item, FaultNotice)]
    received = [item for item in items if isinstance(item, Trade)]
    assert [notice.kind for notice in notices] == ["dropped", "dropped"]
    assert sum(notice.count for notice in notices) == len(trades) - len(received) == outbox.dropped
    assert received == trades[-len(received) :]
    assert minute in items
    lost = trades[: -len(received)]
    for notice in notices:
        times = [trade.timestamp_ms for trade in lost if trade.symbol == notice.symbol]
        assert (notice.from_ms, notice.to_ms, notice.count) == (min(times), max(times), len(times))


@pytest.mark.asyncio
async def test_a_loss_is_told_once() -> None:
    outbox = Outbox(limit=4)
    fill(outbox, *[a_quote(after_ms=at) for at in range(6)])
    first = decoded(await drain(outbox))
    fill(outbox, a_quote())
    assert [type(item) for item in first] == [FaultNotice, Quote]
    assert decoded(await drain(outbox)) == [a_quote()]


@pytest.mark.asyncio
async def test_a_client_that_knows_no_notices_is_told_in_words() -> None:
    outbox = Outbox(limit=10)
    fill(outbox, *[a_quote(after_ms=at) for at in range(6)], *[a_trade(sequence=at) for at in range(1, 13)])
    first = json.loads((await drain(outbox, frozenset()))[0])
    assert first["type"] == "error"
    assert "5 older quotes were left out" in first["message"]
    assert f"{outbox.dropped} prints were left out" in first["message"]


@pytest.mark.asyncio
async def test_bars_and_answers_are_never_left_out_and_too_many_of_them_are_hopeless() -> None:
    outbox = Outbox(limit=10)
    for _ in range(4):
        outbox.put(b'{"type":"error","message":"x"}')
    fill(outbox, *[a_minute(number=number) for number in range(6)])
    assert not outbox.hopeless
    fill(outbox, a_second())
    assert outbox.hopeless
    assert len(decoded(await drain(outbox))) == 11


@pytest.mark.asyncio
async def test_a_lossless_outbox_leaves_nothing_out_but_says_when_it_is_full() -> None:
    outbox = Outbox(lossless=True, limit=10)
    fill(outbox, *[a_quote(after_ms=at) for at in range(4)])
    assert outbox.has_room
    fill(outbox, *[a_quote(after_ms=at) for at in range(40)])
    assert not outbox.has_room
    assert len(decoded(await drain(outbox))) == 44
    assert outbox.has_room


@pytest.mark.asyncio
async def test_forgets_what_waits_of_a_symbol() -> None:
    outbox = Outbox()
    outbox.put(b'{"type":"ack","action":"unsubscribe"}')
    fill(outbox, a_trade("AAPL"), a_trade("MSFT"))
    outbox.forget({"AAPL"})
    items = decoded(await drain(outbox))
    assert items[1:] == [a_trade("MSFT")]


@pytest.mark.asyncio
async def test_nothing_is_sent_when_all_that_waited_is_forgotten() -> None:
    outbox = Outbox()
    fill(outbox, a_trade("AAPL"))
    outbox.forget({"AAPL"})
    waiting = asyncio.create_task(outbox.next_frames(ALL))
    await asyncio.sleep(0)
    fill(outbox, a_trade("MSFT"))
    assert decoded(await waiting) == [a_trade("MSFT")]


@pytest.mark.asyncio
async def test_no_further_request_is_taken_while_megabytes_of_answers_wait() -> None:
    outbox = Outbox()
    outbox.put(b" " * (ANSWER_BYTES // 2))
    await asyncio.wait_for(outbox.answers_taken(), 1)
    outbox.put(b" " * (ANSWER_BYTES // 2 + 1))
    waiting = asyncio.create_task(outbox.answers_taken())
    await asyncio.sleep(0)
    assert not waiting.done()
    await outbox.next_frames(ALL)
    await waiting


EVENTS = st.builds(
    lambda kind, symbol, at: {
        "T": a_trade(symbol, at, sequence=at + 1),
        "Q": a_quote(symbol, at),
        "A": a_second(symbol, at),
        "AM": a_minute(symbol, at),
    }[kind],
    st.sampled_from(["T", "T", "T", "Q", "Q", "Q", "A", "AM"]),
    st.sampled_from(["AAPL", "MSFT", "F"]),
    st.integers(0, 1000),
)
STEPS = st.lists(st.one_of(st.just("read"), st.lists(EVENTS, max_size=40)), max_size=30)


@given(STEPS, st.integers(8, 60))
def test_what_is_received_and_what_is_told_add_up_to_what_was_sent(steps: list[Any], limit: int) -> None:
    """However a client reads: bars all arrive, order holds per kind and symbol, and each loss is told exactly."""

    async def live() -> tuple[list[Event], list[Any]]:
        outbox, sent, frames = Outbox(limit=limit), list[Event](), list[bytes]()
        for step in steps:
            if step != "read":
                fill(outbox, *step)
                sent += step
                assert outbox.hopeless or len(outbox) <= limit
            elif len(outbox):
                frames += await outbox.next_frames(ALL)
        return sent, decoded(frames + await drain(outbox))

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        sent, items = runner.run(live())
    received = [item for item in items if not isinstance(item, FaultNotice)]
    told: Counter[tuple[str, str]] = Counter()
    for notice in items:
        if isinstance(notice, FaultNotice):
            told[notice.kind, notice.symbol] += notice.count
    for symbol in ("AAPL", "MSFT", "F"):
        for kind, word in ((Trade, "dropped"), (Quote, "conflated"), (SecondAggregate, ""), (Aggregate, "")):
            before = [event for event in sent if type(event) is kind and event.symbol == symbol]
            after = [event for event in received if type(event) is kind and event.symbol == symbol]
            assert len(after) + told[word, symbol] == len(before)
            remaining = iter(before)
            assert all(event in remaining for event in after), "order changed"
            if kind is Quote and before:
                assert after[-1] == before[-1], "the newest quote was lost"
