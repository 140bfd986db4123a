"""The simulated market as its users see it: events, snapshots, history."""

from __future__ import annotations

import hashlib
import math
import time
import tracemalloc
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from live_monitor.data.models.market_data import Aggregate, Event, Quote, SecondAggregate, Snapshot, Trade
from live_monitor.engine.market.conditions import BAR_HILO, BAR_LAST, BAR_VOLUME, DAY_HILO, DAY_LAST, rules_for
from live_monitor.errors import StartError
from live_monitor.ports import MarketSource
from live_monitor.providers.simulated import DEFAULT_START_MS, SimulatedMarket
from live_monitor.providers.simulated_universe import DEFAULT_SYMBOLS

MINUTE, HOUR = 60_000, 3_600_000
RULES = rules_for("polygon")


def new_york(year: int, month: int, day: int, hour: int, minute: int = 0) -> int:
    """Epoch ms of a New York wall-clock time."""
    return int(datetime(year, month, day, hour, minute, tzinfo=ZoneInfo("America/New_York")).timestamp() * 1000)


MORNING = new_york(2026, 11, 20, 4)


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


def quiet(start_ms: int = MORNING, *symbols: str) -> SimulatedMarket:
    """A few tickers at a few events a second, so that whole days are cheap to read event by event."""
    return SimulatedMarket(5, symbols or ("AAPL", "F"), start_ms, events_per_second=3.0)


class Fold:
    """All prints and the last quote of one symbol, and what they add up to by the text of the rules."""

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.trades: list[tuple[Trade, int]] = []
        self.quote: Quote | None = None
        self.sequence = 0
        self.seconds: dict[int, Aggregate] = {}
        self.minutes: dict[int, Aggregate] = {}
        self.repeated = 0

    def take(self, events: list[Event]) -> Fold:
        for event in events:
            if isinstance(event, Trade) and event.symbol == self.symbol:
                self.trades.append((event, RULES.flags(event.conditions)))
                self.sequence = event.sequence
            elif isinstance(event, Quote) and event.symbol == self.symbol:
                self.quote = event
                self.sequence = event.sequence
            elif isinstance(event, Aggregate) and event.symbol == self.symbol:
                bars = self.seconds if isinstance(event, SecondAggregate) else self.minutes
                self.repeated += event.start_ms in bars
                bars[event.start_ms] = event
        return self

    def bars(self, width_ms: int) -> dict[int, tuple[float, ...]]:
        """Start → open, high, low, close, volume, vwap, count; only windows with a last price."""
        windows: dict[int, list[tuple[Trade, int]]] = {}
        for trade, flags in sorted(self.trades, key=lambda row: row[0].timestamp_ms):
            windows.setdefault(trade.timestamp_ms // width_ms * width_ms, []).append((trade, flags))
        found: dict[int, tuple[float, ...]] = {}
        for start, rows in windows.items():
            last = [trade.price for trade, flags in rows if flags & BAR_LAST]
            ranged = [trade.price for trade, flags in rows if flags & BAR_HILO]
            counted = [trade for trade, flags in rows if flags & BAR_VOLUME]
            if last:
                volume = sum(trade.size for trade in counted)
                vwap = sum(trade.size * trade.price for trade in counted) / volume
                found[start] = (last[0], max(ranged), min(ranged), last[-1], volume, vwap, len(counted))
        return found

    def check(self, level1: Snapshot) -> None:
        """Asserts that a snapshot says what the events said."""
        last = [trade for trade, flags in self.trades if flags & BAR_LAST]
        daily = [trade.price for trade, flags in self.trades if flags & DAY_LAST]
        ranged = [trade.price for trade, flags in self.trades if flags & DAY_HILO]
        counted = [trade for trade, flags in self.trades if flags & BAR_VOLUME]
        volume = sum(trade.size for trade in counted)
        value = sum(trade.size * trade.price for trade in counted)
        assert self.quote is not None
        expected = {
            "last": last[-1].price if last else math.nan,
            "last_size": last[-1].size if last else math.nan,
            "last_timestamp_ms": last[-1].timestamp_ms if last else 0,
            "bid": self.quote.bid_price,
            "bid_size": self.quote.bid_size,
            "ask": self.quote.ask_price,
            "ask_size": self.quote.ask_size,
            "quote_timestamp_ms": self.quote.timestamp_ms,
            "open": daily[0] if daily else math.nan,
            "high": max(ranged, default=math.nan),
            "low": min(ranged, default=math.nan),
            "day_volume": volume,
            "day_vwap": value / volume if volume else math.nan,
            "sequence": self.sequence,
        }
        assert {name: getattr(level1, name) for name in expected} == pytest.approx(expected, nan_ok=True, rel=1e-12)


def as_bar(bar: Aggregate) -> tuple[float, ...]:
    return bar.open, bar.high, bar.low, bar.close, bar.volume, bar.vwap


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


# --- level 1 ----------------------------------------------------------------------------------


@pytest.mark.parametrize("hour", [4.05, 7.0, 9.49, 9.51, 12.0, 15.99, 16.001, 18.0])
def test_a_snapshot_is_the_sum_of_the_events_so_far(hour: float) -> None:
    market = quiet()
    fold = Fold("F").take(market.advance(MORNING + int((hour - 4) * HOUR)))
    level1 = market.snapshot("F")
    assert level1 is not None
    assert level1.timestamp_ms == MORNING + int((hour - 4) * HOUR)
    fold.check(level1)


def test_who_joins_at_ten_gets_the_level_1_of_those_who_were_there() -> None:
    there = quiet()
    there.advance(DEFAULT_START_MS - 1)
    assert quiet(DEFAULT_START_MS).snapshot("F") == there.snapshot("F")


def test_before_the_first_event_of_the_day_only_the_previous_close_is_known() -> None:
    market = quiet()
    assert market.advance(MORNING) == []
    level1 = market.snapshot("AAPL")
    assert level1 is not None
    prices = [level1.last, level1.bid, level1.ask, level1.open, level1.high, level1.low, level1.day_vwap]
    assert all(math.isnan(price) for price in prices)
    assert level1.previous_close > 0
    assert (level1.day_volume, level1.sequence, level1.last_timestamp_ms, level1.quote_timestamp_ms) == (0.0, 0, 0, 0)


def test_the_previous_close_is_the_official_close_of_the_session_before() -> None:
    market = quiet(new_york(2026, 11, 20, 15, 55))
    events = market.advance(new_york(2026, 11, 20, 17))
    (official,) = [
        event.price for event in events if isinstance(event, Trade) and event.symbol == "F" and 15 in event.conditions
    ]
    friday = market.snapshot("F")
    market.advance(new_york(2026, 11, 23, 8))
    monday = market.snapshot("F")
    assert friday is not None
    assert monday is not None
    assert monday.previous_close == official != friday.previous_close
    assert math.isnan(monday.open)
    assert monday.bid > 0


def test_a_ticker_that_is_not_traded_here_has_neither_level_1_nor_history() -> None:
    market = SimulatedMarket(1, ["AAPL"])
    assert market.snapshot("MSFT") is None
    assert market.history("MSFT", MINUTE, DEFAULT_START_MS, 10) == ([], False)


# --- history ----------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1_000, 5_000, MINUTE, 5 * MINUTE, HOUR])
def test_history_is_what_the_prints_so_far_add_up_to(width: int) -> None:
    market = quiet()
    now = MORNING + 8 * HOUR + 12_345
    fold = Fold("AAPL").take(market.advance(now))
    bars, _ = market.history("AAPL", width, now, 100_000)
    today = {bar.start_ms: (*as_bar(bar), bar.transactions) for bar in bars if bar.start_ms >= MORNING}
    by_hand = {start: bar for start, bar in fold.bars(width).items() if start + width <= now}
    assert set(today) == set(by_hand)
    assert all(today[start] == pytest.approx(bar, rel=1e-12) for start, bar in by_hand.items())
    assert all(bar.end_ms - bar.start_ms == width for bar in bars)
    assert {type(bar) for bar in bars} == {SecondAggregate if width == 1_000 else Aggregate}


def test_history_of_a_finished_day_is_the_one_that_was_streamed() -> None:
    market = quiet()
    fold = Fold("F").take(market.advance(MORNING + 17 * HOUR))
    market.advance(new_york(2026, 11, 24, 11))
    bars, more = market.history("F", MINUTE, MORNING + 24 * HOUR, 10_000)
    assert [as_bar(bar) for bar in bars] == [as_bar(fold.minutes[start]) for start in sorted(fold.minutes)]
    assert [bar.transactions for bar in bars] == [fold.bars(MINUTE)[start][6] for start in sorted(fold.minutes)]
    assert not more


def test_no_chart_is_empty_at_the_start() -> None:
    market = SimulatedMarket(2)
    for symbol in market.symbols:
        bars, more = market.history(symbol, MINUTE, DEFAULT_START_MS, 800)
        assert len(bars) == 800
        assert more
        assert bars[-1].end_ms >= DEFAULT_START_MS - 2 * MINUTE


def test_history_goes_back_two_sessions_and_says_where_it_ends() -> None:
    market = SimulatedMarket(2, ["AAPL"])
    everything, more = market.history("AAPL", MINUTE, DEFAULT_START_MS, 5_000)
    assert not more
    assert everything[0].start_ms // HOUR == new_york(2026, 11, 18, 4) // HOUR
    assert len(everything) > 2_000
    exactly, more = market.history("AAPL", MINUTE, DEFAULT_START_MS, len(everything))
    assert (repr(exactly), more) == (repr(everything), False)
    all_but_one, more = market.history("AAPL", MINUTE, DEFAULT_START_MS, len(everything) - 1)
    assert (repr(all_but_one), more) == (repr(everything[1:]), True)
    assert market.history("AAPL", MINUTE, everything[0].start_ms, 10) == ([], False)


def test_pages_of_history_join_without_overlap_or_hole() -> None:
    market = SimulatedMarket(2, ["AMD"])
    everything, _ = market.history("AMD", MINUTE, DEFAULT_START_MS, 5_000)
    pages: list[Aggregate] = []
    end, more = DEFAULT_START_MS, True
    while more:
        page, more = market.history("AMD", MINUTE, end, 700)
        pages = page + pages
        end = page[0].start_ms
    assert repr(pages) == repr(everything)  # the absent official open is NaN


def test_history_never_knows_a_bar_that_has_not_ended() -> None:
    market = SimulatedMarket(2, ["AAPL"])
    for now in (DEFAULT_START_MS, DEFAULT_START_MS + 999, DEFAULT_START_MS + 90_500):
        market.advance(now)
        for width in (1_000, MINUTE):
            bars, _ = market.history("AAPL", width, now + HOUR, 5)
            assert now - 10 * width < bars[-1].end_ms <= now


@pytest.mark.parametrize(("width", "limit"), [(0, 10), (-MINUTE, 10), (1_500, 10), (MINUTE, 0), (MINUTE, -3)])
def test_a_request_that_makes_no_sense_gets_no_bars(width: int, limit: int) -> None:
    assert SimulatedMarket(2, ["F"]).history("F", width, DEFAULT_START_MS, limit) == ([], False)


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
        {"start_ms": new_york(2045, 5, 3, 10)},
    ],
    ids=str,
)
def test_arguments_that_cannot_be_used_are_refused_with_a_remedy(arguments: dict[str, object]) -> None:
    with pytest.raises(StartError) as refused:
        SimulatedMarket(**({"seed": 1} | arguments))  # type: ignore[arg-type]
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
    market = SimulatedMarket(14)
    longest = 0.0
    for now in range(DEFAULT_START_MS, DEFAULT_START_MS + 16 * MINUTE, 100):
        started = time.process_time()
        market.advance(now)
        longest = max(longest, time.process_time() - started)
    assert longest < 5 * 0.02


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
