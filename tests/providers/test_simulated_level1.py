"""Snapshots and history of the simulated market, against the sum of its events."""

from __future__ import annotations

import math
import time

import pytest

from live_monitor.data.models.market_data import Aggregate, SecondAggregate, Trade
from live_monitor.providers.simulated import DEFAULT_START_MS, SimulatedMarket
from tests.providers.simulated_fold import HOUR, MINUTE, MORNING, Fold, as_bar, new_york, quiet

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
    bars, _ = market.history("AAPL", width, now, 8 * HOUR // width)
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
    bars, more = market.history("F", MINUTE, MORNING + 24 * HOUR, len(fold.minutes))
    assert [as_bar(bar) for bar in bars] == [as_bar(fold.minutes[start]) for start in sorted(fold.minutes)]
    assert [bar.transactions for bar in bars] == [fold.bars(MINUTE)[start][6] for start in sorted(fold.minutes)]
    assert more


def test_no_chart_is_empty_at_the_start() -> None:
    market = SimulatedMarket(2)
    for symbol in market.symbols:
        bars, more = market.history(symbol, MINUTE, DEFAULT_START_MS, 800)
        assert len(bars) == 800
        assert more
        assert bars[-1].end_ms >= DEFAULT_START_MS - 2 * MINUTE


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


def test_history_of_a_watched_ticker_is_made_while_the_market_runs() -> None:
    def cost_of_history(watched: bool) -> float:
        market = SimulatedMarket(2, ["AAPL"])
        if watched:
            market.snapshot("AAPL")
        for step in range(200):
            market.advance(DEFAULT_START_MS + 20 * step)
        started = time.process_time()
        bars, _ = market.history("AAPL", MINUTE, DEFAULT_START_MS, 1_900)
        assert len(bars) == 1_900
        return time.process_time() - started

    assert cost_of_history(watched=True) < 0.5 * cost_of_history(watched=False)
