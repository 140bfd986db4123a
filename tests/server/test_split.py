"""A split changes what a share is, not what anything is worth; it is announced before the first price in new shares."""

from __future__ import annotations

import math

import pytest

from live_monitor.clock import ManualClock
from live_monitor.data.models.market_data import Aggregate, Event, Quote, SecondAggregate, Snapshot, Trade
from live_monitor.limits import valid_market
from live_monitor.providers.simulated import SimulatedMarket
from live_monitor.server.faults import FaultPlan, FaultyFeed
from live_monitor.server.split import AFTER_MINUTES, RATIO, Split, SplitFeed
from live_monitor.wire.relay import FaultNotice, SnapshotFrame
from tests.fakes.scripted_market import START_MS, ScriptedMarket, a_minute, a_quote, a_second, a_trade
from tests.server.harness import client, pass_time, serving

MINUTE_MS = 60_000

Script = list[tuple[int, Event | FaultNotice]]


def a_script() -> list[tuple[int, Event]]:
    """Of two symbols: a quote and a print every second, and their bars, for five minutes."""
    script: list[tuple[int, Event]] = []
    for number in range(300):
        at = number * 1_000
        for symbol in ("AAPL", "MSFT"):
            script += [(at, a_quote(symbol, at)), (at, a_trade(symbol, at, sequence=number + 1))]
            script.append((at + 1_000, a_second(symbol, number)))
            if number % 60 == 59:
                script.append((at + 1_000, a_minute(symbol, number // 60)))
    return script


def a_feed(seed: int = 1) -> SplitFeed:
    past = [a_minute(number=number) for number in range(5)]
    return SplitFeed(ScriptedMarket(a_script(), past=past), seed)


def known(snapshot: Snapshot | None) -> Snapshot:
    assert snapshot is not None
    return snapshot


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("step_ms", [20, 7_001, 600_000])
def test_m16_everything_after_the_notice_is_in_new_shares_and_nothing_before(seed: int, step_ms: int) -> None:
    feed = a_feed(seed)
    given = [e for at in range(START_MS, START_MS + 300_001 + step_ms, step_ms) for e in feed.advance(at)]
    plain = ScriptedMarket(a_script()).advance(START_MS + 900_000)
    (at,) = [index for index, event in enumerate(given) if isinstance(event, FaultNotice)]
    assert given[at] == feed.split.notice
    assert feed.split.symbol == "AAPL"
    assert (feed.split.at_ms - START_MS) // MINUTE_MS in range(AFTER_MINUTES[0], AFTER_MINUTES[1] + 1)
    assert feed.split.at_ms % MINUTE_MS == 0
    del given[at]
    assert len(given) == len(plain)
    for index, (event, before) in enumerate(zip(given, plain, strict=True)):
        assert not isinstance(event, FaultNotice)
        if type(event) is Trade and event.symbol == "AAPL":
            assert type(before) is Trade
            new = event.timestamp_ms >= feed.split.at_ms
            assert new == (index >= at)
            assert event.price * (RATIO if new else 1) == before.price
            assert event.price * event.size == before.price * before.size
        elif type(event) is Quote and event.symbol == "AAPL" and index >= at:
            assert (event.bid_price, event.bid_size) == (99.99 / RATIO, 200.0 * RATIO)
        elif isinstance(event, Aggregate) and event.symbol == "AAPL":
            new = event.start_ms >= feed.split.at_ms
            assert event.close == pytest.approx(100.5 / (RATIO if new else 1))
        else:
            assert event == before


def test_what_is_absent_stays_absent() -> None:
    split = Split("AAPL", START_MS)
    lonely = split.event(Quote("AAPL", START_MS, ask_price=8.0, ask_size=100.0))
    assert isinstance(lonely, Quote)
    assert lonely.bid_price is Quote("AAPL", 0).bid_price
    assert (lonely.ask_price, lonely.ask_size) == (2.0, 400.0)


def test_m16_level_1_is_in_the_shares_of_its_moment() -> None:
    feed = a_feed()
    feed.advance(feed.split.at_ms - 1)
    before = known(feed.snapshot("AAPL"))
    assert (before.last, before.previous_close) == (100.0, 98.0)
    feed.advance(feed.split.at_ms)
    after = known(feed.snapshot("AAPL"))
    assert (after.last, after.previous_close, after.day_volume) == (25.0, 24.5, (before.day_volume + 1) * RATIO)
    assert known(feed.snapshot("MSFT")).last == 100.0
    # Nobody's profit changes by the split: as many times more shares as the price is lower.
    assert 100 * (before.last - before.previous_close) == 100 * RATIO * (after.last - after.previous_close)


def test_bars_of_the_past_stay_as_they_were_traded() -> None:
    feed = a_feed()
    feed.advance(START_MS + 300_000)
    page = feed.search("AAPL", MINUTE_MS, START_MS + 300_000, 10).page()
    assert page is not None
    assert [bar.close for bar in page.bars if bar.end_ms <= feed.split.at_ms] == [100.5] * (
        (feed.split.at_ms - START_MS) // MINUTE_MS
    )
    assert {bar.close for bar in page.bars if bar.start_ms >= feed.split.at_ms} == {100.5 / RATIO}
    assert feed.search("MSFT", MINUTE_MS, START_MS, 10).step()


def test_the_day_of_the_split_is_told_in_new_shares() -> None:
    split = Split("AAPL", START_MS + 5 * MINUTE_MS)
    day = Aggregate("AAPL", START_MS - 600 * MINUTE_MS, START_MS + 840 * MINUTE_MS, 100.0, 104.0, 96.0, 25.0, 400.0)
    assert (split.bar(day).open, split.bar(day).volume) == (25.0, 1_600.0)
    second = SecondAggregate("AAPL", START_MS, START_MS + 1_000, 100.0, 100.0, 100.0, 100.0, 5.0)
    assert split.bar(second) == second
    assert type(split.event(msg := a_second())) is type(msg)


def test_a_market_that_splits_is_another_market() -> None:
    feed = a_feed()
    assert valid_market(feed.market)
    assert feed.market != ScriptedMarket().market
    assert a_feed(1).market == feed.market
    assert FaultyFeed(ScriptedMarket(), FaultPlan.parse("gap,late")).market == ScriptedMarket().market


def test_a_silence_swallows_prices_but_not_the_notice() -> None:
    notices = 0
    for seed in range(20):
        feed = FaultyFeed(ScriptedMarket(a_script()), FaultPlan.parse("split,silence", seed))
        notices += sum(isinstance(incident, FaultNotice) for incident in feed.advance(START_MS + 300_000))
    assert notices == 20


def test_without_apple_the_busiest_splits() -> None:
    feed = SplitFeed(SimulatedMarket(1, ["F", "QZPX"]), 1)
    assert feed.split.symbol == "F"
    assert math.isfinite(feed.split.ratio)


@pytest.mark.asyncio
async def test_m16_who_joins_after_a_split_is_told_of_it_before_level_1(manual_clock: ManualClock) -> None:
    split = Split("AAPL", START_MS + 500)
    script: Script = [
        (400, a_trade(after_ms=400)),
        (500, split.notice),
        (500, a_trade(after_ms=500, price=25.0, sequence=2)),
    ]
    async with serving(ScriptedMarket(script), clock=manual_clock) as server, client(server) as early:
        await early.subscribe("AAPL")
        await early.next_of(SnapshotFrame)
        await pass_time(server, manual_clock, 0.6)
        await early.read_until(lambda: len(early.events) == 2)
        assert [type(item) for item in early.log if type(item) in (Trade, FaultNotice)] == [Trade, FaultNotice, Trade]
        async with client(server) as late:
            await late.subscribe("AAPL", "MSFT")
            await late.next_of(SnapshotFrame, 2)
            told = [item for item in late.log if type(item) in (SnapshotFrame, FaultNotice)]
            assert told[0] == split.notice
            assert [type(item) for item in told] == [FaultNotice, SnapshotFrame, SnapshotFrame]


@pytest.mark.asyncio
async def test_m16_a_symbol_that_gets_another_name_is_told_to_those_who_want_it(manual_clock: ManualClock) -> None:
    renamed = FaultNotice("renamed", "AAPL", START_MS + 500, message="AAPL trades as MSFT", new_symbol="MSFT")
    script: Script = [(500, renamed), (500, a_trade("MSFT", 500))]
    async with serving(ScriptedMarket(script), clock=manual_clock) as server, client(server) as one:
        await one.subscribe("AAPL")
        await one.next_of(SnapshotFrame)
        await pass_time(server, manual_clock, 0.6)
        assert await one.next_of(FaultNotice) == renamed
        await one.subscribe("MSFT")
        await one.next_of(SnapshotFrame, 2)
        assert [item for item in one.notices if type(item) is FaultNotice] == [renamed]
