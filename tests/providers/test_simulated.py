"""The simulated market's stream: determinism, order, bars, days and nights, cost."""

from __future__ import annotations

import hashlib
import math
import time
import tracemalloc
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from live_monitor.data.models.market_data import Aggregate, Event, Quote, SecondAggregate, Trade
from live_monitor.engine.market.conditions import BAR_VOLUME
from live_monitor.errors import StartError
from live_monitor.ports import MarketSource
from live_monitor.providers.simulated import DEFAULT_START_MS, SimulatedMarket
from live_monitor.providers.simulated_universe import DEFAULT_SYMBOLS
from tests.providers.simulated_fold import HOUR, MINUTE, MORNING, RULES, Fold, as_bar, new_york, quiet


def digest(market: SimulatedMarket, until_ms: int, step_ms: int) -> tuple[int, str]:
    """Number and SHA-256 of the encoded events up to `until_ms`."""
    encode, hashed, count = msgspec.json.Encoder().encode, hashlib.sha256(), 0
    now = market.start_ms - 1
    while now < until_ms:
        now = min(now + step_ms, until_ms)
        for event in market.advance(now):
            hashed.update(encode(event))
            count += 1
    return count, hashed.hexdigest()


# --- determinism ------------------------------------------------------------------------------


def test_equal_seeds_give_equal_bytes_whatever_the_steps_of_time() -> None:
    until = DEFAULT_START_MS + 5 * MINUTE
    count, first = digest(SimulatedMarket(7), until, 20)
    assert count > 30_000
    assert (count, first) == digest(SimulatedMarket(7), until, 7_001)
    assert (count, first) == digest(SimulatedMarket(7), until, 10 * MINUTE)


def test_another_seed_gives_another_market() -> None:
    until = DEFAULT_START_MS + 10_000
    assert digest(SimulatedMarket(7), until, 1_000)[1] != digest(SimulatedMarket(8), until, 1_000)[1]


def test_who_joins_later_sees_the_same_market() -> None:
    early = SimulatedMarket(7, start_ms=DEFAULT_START_MS - 3 * MINUTE)
    early.advance(DEFAULT_START_MS - 1)
    late = SimulatedMarket(7)
    assert late.snapshot("TSLA") == early.snapshot("TSLA")
    until = DEFAULT_START_MS + 20_000
    assert late.advance(until) == early.advance(until)
    assert late.history("TSLA", 1_000, until, 50) == early.history("TSLA", 1_000, until, 50)


def test_a_ticker_is_the_same_alone_as_in_company() -> None:
    until = DEFAULT_START_MS + 20_000
    alone = SimulatedMarket(7, ["AMD"]).advance(until)
    assert alone == [event for event in SimulatedMarket(7).advance(until) if event["symbol"] == "AMD"]


def test_a_stress_test_is_as_deterministic() -> None:
    def market() -> SimulatedMarket:
        return SimulatedMarket(7, ["AAPL", "S001"], events_per_second=20_000.0)

    until = DEFAULT_START_MS + 3_000
    assert digest(market(), until, 13) == digest(market(), until, 3_001)


# --- the stream -------------------------------------------------------------------------------


def test_it_is_a_market_source_of_a_dozen_tickers_the_busiest_first() -> None:
    market: MarketSource = SimulatedMarket(1)
    assert (market.provider, market.label, market.end_ms) == ("simulated", "SIMULATED", 0)
    assert market.symbols == DEFAULT_SYMBOLS
    assert market.start_ms == new_york(2026, 11, 20, 10)
    assert SimulatedMarket(1, ["QZPX", "SPY", "QZPX"]).symbols == ("SPY", "QZPX")


def test_time_that_stands_still_or_goes_back_gives_nothing() -> None:
    market = SimulatedMarket(1, ["AAPL"])
    assert market.advance(DEFAULT_START_MS + 2_000)
    assert market.advance(DEFAULT_START_MS + 2_000) == []
    assert market.advance(DEFAULT_START_MS + 1_000) == []
    following = market.advance(DEFAULT_START_MS + 4_000)
    assert min(event["timestamp"] for event in following if isinstance(event, Quote)) > DEFAULT_START_MS + 2_000


def test_events_come_in_order_of_market_time() -> None:
    market = SimulatedMarket(3)
    quotes = [event for event in market.advance(DEFAULT_START_MS + 30_000) if isinstance(event, Quote)]
    times = [quote.timestamp_ms for quote in quotes]
    assert times == sorted(times)
    assert times[0] >= DEFAULT_START_MS
    assert times[-1] <= DEFAULT_START_MS + 30_000
    assert {quote.symbol for quote in quotes} == set(market.symbols)


def test_sequence_numbers_rise_per_symbol_and_never_repeat() -> None:
    market = SimulatedMarket(3, ["AAPL", "META"])
    last = {"AAPL": 0, "META": 0}
    for event in market.advance(DEFAULT_START_MS + 20 * MINUTE):
        if isinstance(event, Trade | Quote):
            assert event.sequence > last[event.symbol]
            last[event.symbol] = event.sequence


@pytest.mark.parametrize(("rate", "symbols"), [(None, None), (20.0, None), (5_000.0, None), (5_000.0, ["AAPL", "IBM"])])
def test_the_rate_at_ten_is_about_the_one_asked_for(rate: float | None, symbols: list[str] | None) -> None:
    counts = []
    for seed in range(4):
        market = SimulatedMarket(seed, symbols, events_per_second=rate)
        seconds = 60 if rate is None or rate < 1_000 else 4
        events = market.advance(market.start_ms + seconds * 1_000)
        counts.append(sum(isinstance(event, Trade | Quote) for event in events) / seconds)
    asked = 200.0 if rate is None else rate
    assert 0.65 * asked < sum(counts) / len(counts) < 1.35 * asked


def test_the_whole_day_arrives_and_bars_are_what_its_prints_add_up_to() -> None:
    market = quiet()
    fold = Fold("AAPL").take(market.advance(MORNING + 17 * HOUR))
    assert len(fold.trades) > 3_000
    for width, bars in ((1_000, fold.seconds), (MINUTE, fold.minutes)):
        by_hand = fold.bars(width)
        assert set(bars) == set(by_hand)
        assert all(as_bar(bars[start]) == pytest.approx(bar[:6], rel=1e-12) for start, bar in by_hand.items())
    assert 0 < fold.repeated < 0.05 * len(fold.seconds)
    level1 = market.snapshot("AAPL")
    assert level1 is not None
    fold.check(level1)


def test_bars_carry_the_day_up_to_their_end() -> None:
    market = SimulatedMarket(6, ["AAPL"], new_york(2026, 11, 20, 9, 29))
    before = market.snapshot("AAPL")
    assert before is not None
    events = market.advance(market.start_ms + 5 * MINUTE)
    (opened,) = [event for event in events if isinstance(event, Trade) and 16 in event.conditions]
    prints = [event for event in events if isinstance(event, Trade) and RULES.flags(event.conditions) & BAR_VOLUME]
    minutes = [event for event in events if type(event) is Aggregate and event.start_ms >= market.start_ms]
    first_given = {bar.start_ms: bar for bar in reversed(minutes)}
    assert len(first_given) == 4
    for start, bar in first_given.items():
        known = [each for each in prints if each.timestamp_ms < start + MINUTE]
        assert bar.day_volume == pytest.approx(before.day_volume + sum(each.size for each in known), rel=2e-3)
        value = before.day_volume * before.day_vwap + sum(each.size * each.price for each in known)
        assert bar.day_vwap == pytest.approx(value / bar.day_volume, rel=2e-3)
        if bar.end_ms > opened.timestamp_ms:
            assert bar.day_open == opened.price
        else:
            assert math.isnan(bar.day_open)


def test_bars_are_given_out_two_seconds_after_their_second_and_right_after_their_minute() -> None:
    market = SimulatedMarket(6, ["AAPL", "SPY"])
    known: set[tuple[str, type[Event], int]] = set()
    lags: dict[type[Event], list[int]] = {SecondAggregate: [], Aggregate: []}
    for now in range(DEFAULT_START_MS, DEFAULT_START_MS + 3 * MINUTE, 50):
        for event in market.advance(now):
            if isinstance(event, Aggregate):
                identity = (event.symbol, type(event), event.start_ms)
                if identity not in known and event.end_ms > DEFAULT_START_MS:
                    lags[type(event)].append(now - event.end_ms)
                known.add(identity)
    assert len(lags[SecondAggregate]) > 100
    assert 1_900 < min(lags[SecondAggregate]) <= max(lags[SecondAggregate]) < 2_300
    assert 50 < min(lags[Aggregate]) <= max(lags[Aggregate]) < 500


def test_late_reports_bring_their_minute_out_again_now_and_then() -> None:
    market = SimulatedMarket(6, ["AAPL"])
    given: dict[int, list[Aggregate]] = {}
    for event in market.advance(DEFAULT_START_MS + HOUR):
        if type(event) is Aggregate:
            given.setdefault(event.start_ms, []).append(event)
    again = [bars for bars in given.values() if len(bars) > 1]
    assert 1 <= len(again) < 40
    for bars in again:
        assert bars[-1].volume > bars[0].volume
        assert bars[-1].end_ms == bars[0].end_ms


# --- days and nights --------------------------------------------------------------------------


def test_nothing_trades_from_eight_in_the_evening_over_the_weekend_until_four() -> None:
    friday, monday = new_york(2026, 11, 20, 20), new_york(2026, 11, 23, 4)
    market = quiet(friday - 10 * MINUTE)
    events = market.advance(monday + 3 * HOUR)
    times = [event.timestamp_ms for event in events if isinstance(event, Trade | Quote)]
    evening = [ms for ms in times if ms < friday]
    assert evening
    assert min(ms for ms in times if ms >= friday) >= monday
    assert max(times) > monday + 2 * HOUR
    bars = [event.end_ms for event in events if isinstance(event, Aggregate)]
    assert not [end for end in bars if friday < end < monday]


def test_the_stream_goes_on_day_after_day_through_a_holiday_and_a_half_day() -> None:
    market = quiet(new_york(2026, 11, 25, 15))
    events = market.advance(new_york(2026, 11, 30, 12))
    trades = [event for event in events if isinstance(event, Trade) and event.symbol == "AAPL"]
    days = {datetime.fromtimestamp(trade.timestamp_ms / 1000, ZoneInfo("America/New_York")).date() for trade in trades}
    assert days == {date(2026, 11, 25), date(2026, 11, 27), date(2026, 11, 30)}
    closes = [trade.timestamp_ms for trade in trades if 15 in trade.conditions]
    expected = [new_york(2026, 11, 25, 16), new_york(2026, 11, 27, 13)]
    assert closes == pytest.approx(expected, abs=4_000)
    half_day = [ms for ms in (trade.timestamp_ms for trade in trades) if new_york(2026, 11, 27, 0) < ms]
    assert not [ms for ms in half_day if new_york(2026, 11, 27, 17) <= ms < new_york(2026, 11, 30, 4)]


def test_a_market_that_starts_on_a_sunday_shows_friday_and_opens_on_monday() -> None:
    market = quiet(new_york(2026, 11, 22, 12))
    shown = market.snapshot("AAPL")
    assert shown is not None
    assert shown.quote_timestamp_ms < new_york(2026, 11, 20, 20)
    assert market.history("AAPL", MINUTE, market.start_ms, 10)[0]
    assert market.advance(new_york(2026, 11, 23, 3, 59)) == []
    assert market.advance(new_york(2026, 11, 23, 4, 30))


def test_the_stream_falls_silent_where_the_calendar_ends() -> None:
    market = quiet(new_york(2030, 12, 31, 19, 30))
    assert market.advance(new_york(2030, 12, 31, 20, 30))
    assert market.advance(new_york(2031, 2, 1, 12)) == []
    assert market.snapshot("AAPL") is not None


# --- limits and cost --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        {"seed": -1},
        {"symbols": ["lower case"]},
        {"symbols": [f"S{number}" for number in range(501)]},
        {"events_per_second": 0.0},
        {"events_per_second": math.nan},
        {"events_per_second": 1e9},
        {"start_ms": new_york(1999, 5, 3, 10)},
        {"start_ms": new_york(2007, 1, 4, 10)},
        {"start_ms": new_york(2045, 5, 3, 10)},
    ],
    ids=str,
)
def test_arguments_that_cannot_be_used_are_refused_with_a_remedy(arguments: dict[str, object]) -> None:
    with pytest.raises(StartError) as refused:
        SimulatedMarket(**({"seed": 1} | arguments))  # type: ignore[arg-type]  # wrong ones are the point
    assert refused.value.remedy


def test_the_whole_market_starts_within_its_budget() -> None:
    started = time.process_time()
    SimulatedMarket(12)
    assert time.process_time() - started < 5 * 0.7


def test_events_are_produced_a_hundred_thousand_a_second_at_least() -> None:
    market = SimulatedMarket(13)
    started = time.process_time()
    events = market.advance(DEFAULT_START_MS + 10 * MINUTE)
    assert len(events) / (time.process_time() - started) > 100_000


def test_no_step_of_a_market_that_follows_the_clock_takes_long() -> None:
    def steps() -> list[float]:
        market = SimulatedMarket(14)
        times = []
        for now in range(DEFAULT_START_MS, DEFAULT_START_MS + 16 * MINUTE, 100):
            started = time.process_time()
            market.advance(now)
            times.append(time.process_time() - started)
        return times

    # The same steps twice: what took long only once was the collector, which has the whole test run to look through.
    assert max(map(min, zip(steps(), steps(), strict=True))) < 5 * 0.02


def test_events_that_were_handed_over_are_not_kept() -> None:
    market = SimulatedMarket(15, ["AAPL", "NVDA"], events_per_second=20_000.0)
    count = 0
    tracemalloc.start()
    try:
        for now in range(DEFAULT_START_MS, DEFAULT_START_MS + 6_000, 250):
            count += len(market.advance(now))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count > 80_000
    assert kept < count * 100  # an event takes some 250 bytes
