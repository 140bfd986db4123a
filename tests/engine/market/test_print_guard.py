"""Row M12: a price that jumps for one tick moves nothing; a real jump is shown at once or soon."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.data.models.market_data import Quote, Snapshot, Trade
from live_monitor.engine.market.bar_builder import BarBuilder
from live_monitor.engine.market.conditions import rules_for
from live_monitor.engine.market.print_guard import MAX_HELD, PAUSE_MS
from live_monitor.engine.market.ticker_state import TickerState

START = 1_795_185_000_000  # 2026-11-20 09:30 New York
RULES = rules_for("polygon")


class Market:
    """Level 1 and bars of one symbol, folded as a hub does it."""

    def __init__(self) -> None:
        self.state = TickerState("AAPL")
        self.state.begin(START, whole_day=True)
        self.guard = self.state.guard
        self.bars = BarBuilder("AAPL")
        self.clock_ms = START
        self.number = 0

    def prints(self, *prices: float, conditions: tuple[int, ...] = (), gap_ms: int = 100) -> Trade:
        """Prints of 100 shares, `gap_ms` apart; the last of them."""
        folded = [self.print_at(price, conditions, gap_ms) for price in prices]
        return folded[-1]

    def print_at(self, price: float, conditions: tuple[int, ...], gap_ms: int) -> Trade:
        """One print of 100 shares."""
        self.clock_ms += gap_ms
        self.number += 1
        trade = Trade("AAPL", price, 100.0, self.clock_ms, conditions, 12, "", self.number)
        self.fold(trade)
        return trade

    def fold(self, trade: Trade) -> None:
        flags = self.state.on_trade(trade, RULES.flags(trade.conditions))
        if flags is not None:
            self.bars.add(trade, flags)

    def quote(self, bid: float, ask: float) -> None:
        self.clock_ms += 1
        self.state.on_quote(Quote("AAPL", self.clock_ms, bid, 100.0, ask, 100.0))

    def frame(self) -> None:
        """What happens once per frame."""
        self.guard.look_again()
        for trade, flags in self.guard.take_confirmed():
            self.bars.confirm(trade, flags)
        self.bars.flush()

    @property
    def seen(self) -> tuple[float, float, float, float]:
        """Last, high and low of the day, and the high of the minute."""
        self.frame()
        return self.state.last, self.state.day_high, self.state.day_low, float(self.bars.minutes.high.max())


@pytest.mark.parametrize("bad", [150.0, 50.0, 1_100.0, 10.0, 111.0, 89.0])
@pytest.mark.parametrize("quoted", [True, False])
def test_m12_a_price_that_jumps_for_one_tick_moves_nothing_but_volume(bad: float, quoted: bool) -> None:
    market = Market()
    if quoted:
        market.quote(99.99, 100.01)
    market.prints(100.0, 100.01, 100.0)
    suspect = market.prints(bad)
    assert market.seen == (100.0, 100.01, 100.0, 100.01)
    assert market.guard.is_suspect(suspect)
    market.prints(100.02)
    assert market.seen == (100.02, 100.02, 100.0, 100.02)
    assert market.guard.is_suspect(suspect), "it stays one: nothing may ever be filled at it"
    assert (market.guard.held, market.guard.dropped, market.guard.confirmed) == (1, 1, 0)
    assert market.state.volume == 500
    minute = market.bars.minutes.bar(-1)
    assert (minute.volume, minute.trades) == (500, 5)
    assert minute.vwap == pytest.approx(100.0075)
    assert market.state.vwap == pytest.approx(100.0075)


def test_m12_bad_prints_that_come_again_and_again_are_held_each_time() -> None:
    market = Market()
    market.quote(99.99, 100.01)
    for _ in range(50):
        market.prints(100.0, 1_100.0, 1_100.0, 100.0, 50.0)
    market.prints(100.0)
    assert market.seen == (100.0, 100.0, 100.0, 100.0)
    assert market.guard.dropped == 150


def test_m12_a_bad_print_that_is_sent_three_times_does_not_confirm_itself() -> None:
    market = Market()
    market.prints(100.0)
    bad = market.prints(150.0)
    market.fold(bad)
    market.fold(bad)
    assert market.seen == (100.0, 100.0, 100.0, 100.0)


@pytest.mark.parametrize("conditions", [(37,), (12, 37), (52,), (2,), (16,)])
def test_m12_what_may_move_no_price_by_its_condition_is_no_suspect(conditions: tuple[int, ...]) -> None:
    market = Market()
    market.prints(100.0)
    market.prints(150.0, conditions=conditions)
    assert market.seen == (100.0, 100.0, 100.0, 100.0)
    assert market.guard.held == 0


def test_m12_a_jump_that_the_quote_shares_counts_at_once() -> None:
    market = Market()
    market.prints(100.0)
    market.quote(149.0, 150.0)
    trade = market.prints(150.0)
    assert not market.guard.is_suspect(trade)
    assert market.seen == (150.0, 150.0, 100.0, 150.0)


def test_m12_a_jump_counts_within_a_frame_after_the_quote_has_followed() -> None:
    market = Market()
    market.quote(99.9, 100.1)
    market.prints(100.0)
    suspect = market.prints(150.0)
    assert market.seen[0] == 100.0
    market.quote(149.0, 150.0)
    assert market.seen == (150.0, 150.0, 100.0, 150.0)
    assert not market.guard.is_suspect(suspect)
    minute = market.bars.minutes.bar(-1)
    assert (minute.close, minute.volume, minute.trades, minute.vwap) == (150.0, 200, 2, 125.0)
    assert market.state.vwap == 125.0


def test_m12_without_quotes_a_third_print_in_a_row_confirms_a_jump() -> None:
    market = Market()
    market.prints(100.0)
    market.prints(150.0, 151.0)
    assert market.seen == (100.0, 100.0, 100.0, 100.0)
    market.prints(149.5)
    assert market.seen == (149.5, 151.0, 100.0, 151.0)
    assert market.guard.confirmed == market.guard.held == 3
    minute = market.bars.minutes.bar(-1)
    assert minute.vwap == pytest.approx((100 + 150 + 151 + 149.5) / 4)


def test_m12_a_younger_quote_outweighs_three_prints_but_not_a_market_that_goes_on_printing() -> None:
    market = Market()
    market.prints(100.0)
    market.prints(150.0)
    market.quote(99.9, 100.1)
    market.prints(150.0, 150.0, 150.0, 150.0)
    assert market.seen[0] == 100.0
    market.prints(*[150.0] * MAX_HELD)
    assert market.seen == (150.0, 150.0, 100.0, 150.0)


@pytest.mark.parametrize("condition", [17, 18, 25, 28])
def test_m12_an_auction_is_taken_at_its_word(condition: int) -> None:
    market = Market()
    market.quote(99.9, 100.1)
    market.prints(100.0)
    market.prints(140.0, conditions=(condition,))
    assert market.seen == (140.0, 140.0, 100.0, 140.0)


def test_m12_after_a_halt_or_a_long_pause_the_first_price_counts() -> None:
    market = Market()
    market.prints(100.0)
    market.prints(140.0, gap_ms=PAUSE_MS)
    assert market.seen[0] == 140.0
    market.prints(40.0, gap_ms=PAUSE_MS - 1)
    assert market.seen[0] == 140.0


def test_m12_after_a_pause_a_narrow_quote_far_away_still_speaks_against_a_price() -> None:
    market = Market()
    market.prints(100.0)
    market.quote(100.0, 100.1)
    market.prints(1_000.0, gap_ms=PAUSE_MS)
    assert market.seen[0] == 100.0
    market.quote(1.0, 2_000.0)  # so wide that it says nothing
    market.prints(100.0)
    market.prints(200.0, gap_ms=PAUSE_MS)
    assert market.seen[0] == 200.0


def test_m12_the_first_price_of_a_day_counts_whatever_the_day_before_was() -> None:
    market = Market()
    market.prints(700.0)
    market.prints(7.0)
    market.state.reset_day()  # the night of a split
    assert market.guard.dropped == 1
    market.state.begin(START, whole_day=True)
    market.prints(100.0)
    assert (market.state.last, market.state.day_open, market.state.day_high) == (100.0, 100.0, 100.0)


def test_m12_a_price_that_the_provider_says_is_the_new_measure() -> None:
    market = Market()
    market.prints(100.0)
    market.state.on_snapshot(Snapshot("AAPL", market.clock_ms + 1, last=150.0, last_timestamp_ms=market.clock_ms + 1))
    trade = market.prints(151.0)
    assert not market.guard.is_suspect(trade)
    assert market.state.last == 151.0


def test_m12_a_low_price_may_move_further_at_a_time() -> None:
    market = Market()
    market.prints(2.00, 2.39)
    assert market.seen[0] == 2.39
    market.prints(3.00)
    assert market.seen[0] == 2.39


def test_m12_a_steep_market_without_quotes_is_never_held() -> None:
    market, price, random = Market(), 100.0, Random(7)
    for _ in range(2_000):
        price = round(price * (1 + random.uniform(-0.08, 0.08)), 4) or 0.01
        market.prints(max(price, 0.01))
        assert market.state.last == max(price, 0.01)
    assert market.guard.held == 0


@given(st.lists(st.sampled_from([100.0, 100.5, 99.5, 150.0, 151.0, 1_000.0, 10.0]), min_size=1, max_size=40))
def test_m12_every_held_print_is_in_the_end_confirmed_dropped_or_waits_and_its_shares_count(
    prices: list[float],
) -> None:
    market = Market()
    market.prints(100.0, *prices)
    last, high, low, bar_high = market.seen
    guard = market.guard
    waiting = guard.held - guard.confirmed - guard.dropped
    assert 0 <= waiting < 3
    assert market.state.volume == 100 * (len(prices) + 1)
    assert market.bars.minutes.volume.sum() == market.state.volume
    assert low <= last <= high == bar_high
    assert {last, high, low} <= {100.0, *prices}
    vwap = market.bars.minutes.bar(-1).vwap
    assert low - 1e-9 <= vwap <= high + 1e-9
    assert market.state.vwap == pytest.approx(vwap)


def test_a_print_that_was_never_held_is_no_suspect() -> None:
    market = Market()
    trade = market.prints(100.0)
    assert not market.guard.is_suspect(trade)
    assert math.isfinite(market.state.low_guard)
