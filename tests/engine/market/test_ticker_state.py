"""Level 1: what prints, quotes and snapshots may change; rows M7 and M10."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.data.models.market_data import NAN, Quote, Snapshot, Trade
from live_monitor.engine.market.conditions import rules_for
from live_monitor.engine.market.ticker_state import REPEAT_WINDOW, SEQUENCE_WINDOW, TickerState

NOW = 1_795_188_600_000
RULES = rules_for("polygon")


@pytest.fixture
def state() -> TickerState:
    state = TickerState("AAPL")
    state.partial_since_ms = 0
    return state


def fold(state: TickerState, trade: Trade) -> bool:
    return state.on_trade(trade, RULES.flags(trade.conditions)) is not None


def trade(
    sequence: int, price: float = 100.0, size: float = 10, conditions: tuple[int, ...] = (), ms: int = 0
) -> Trade:
    return Trade("AAPL", price, size, NOW + (ms or sequence), conditions, 12, str(sequence), sequence)


def test_nothing_is_known_before_the_first_print(state: TickerState) -> None:
    assert all(map(math.isnan, (state.last, state.bid, state.ask, state.spread, state.mid, state.change, state.vwap)))


def test_odd_lots_count_in_the_volume_but_do_not_move_the_last_price(state: TickerState) -> None:
    fold(state, trade(1, 100.0))
    fold(state, trade(2, 101.0, 5, (37,)))
    assert (state.last, state.volume, state.day_high) == (100.0, 15, 100.0)


def test_extended_hours_prints_move_the_last_price_but_not_the_days_range(state: TickerState) -> None:
    fold(state, trade(1, 100.0, 10, (12,)))
    assert state.last == 100.0
    assert math.isnan(state.day_high)
    assert math.isnan(state.day_open)
    fold(state, trade(2, 101.0))
    assert (state.day_open, state.day_high, state.day_low) == (101.0, 101.0, 101.0)


def test_an_older_print_never_becomes_the_last_price(state: TickerState) -> None:
    fold(state, trade(5, 100.0))
    fold(state, trade(6, 90.0, ms=1))
    assert (state.last, state.day_low) == (100.0, 90.0)


@given(repeats=st.lists(st.integers(1, 5), min_size=1, max_size=80), seed=st.integers(0, 99), numbered=st.booleans())
def test_m7_every_print_counts_once_however_often_and_in_whatever_order_it_comes(
    repeats: list[int], seed: int, numbered: bool
) -> None:
    state = TickerState("AAPL")
    truth = 0
    stream: list[Trade] = []
    for number, times in enumerate(repeats, 1):
        size = 10 + number
        truth += size
        item = Trade("AAPL", 100.0, size, NOW + number, (), 12, f"id{number}", number if numbered else 0)
        stream += [item] * times
    Random(seed).shuffle(stream)
    for item in stream:
        fold(state, item)
    assert state.volume == truth
    assert state.duplicates == sum(repeats) - len(repeats)


def test_m7_a_replay_after_a_reconnection_changes_nothing_that_the_snapshot_counted(state: TickerState) -> None:
    for number in range(1, 50):
        fold(state, trade(number))
    state.on_snapshot(Snapshot("AAPL", NOW + 100, last=100.0, day_volume=1_000.0, sequence=100))
    for number in range(1, 101):
        assert not fold(state, trade(number))
    assert fold(state, trade(101))
    assert state.volume == 1_010


def test_m7_the_window_of_repeats_is_bounded_and_moves_on(state: TickerState) -> None:
    for number in range(1, 2 * SEQUENCE_WINDOW):
        assert fold(state, trade(number))
    assert not fold(state, trade(SEQUENCE_WINDOW + 1))
    assert fold(state, trade(SEQUENCE_WINDOW - 1))


def test_m7_without_sequences_the_window_is_bounded_too(state: TickerState) -> None:
    def by_id(number: int) -> Trade:
        return Trade("AAPL", 100.0, 10, NOW + number, (), 12, str(number))

    for number in range(1, 70_000):
        fold(state, by_id(number))
    assert len(state._recent) + len(state._recent_before) <= 2 * REPEAT_WINDOW
    assert not fold(state, by_id(69_000))


_QUOTES = [
    ((100.00, 100, 100.05, 200), True),
    ((100.05, 100, 100.05, 200), False),
    ((100.10, 100, 100.05, 200), False),
    ((NAN, NAN, 100.05, 200), False),
    ((100.00, 100, NAN, NAN), False),
    ((NAN, NAN, NAN, NAN), False),
    ((100.00, 0, 100.05, 200), False),
    ((100.00, 100, 100.05, 0), False),
    ((100.00, NAN, 100.05, NAN), True),
    ((0.0001, 100, 0.0002, 100), True),
]


@pytest.mark.parametrize(("quote", "usable"), _QUOTES)
def test_m10_only_a_two_sided_uncrossed_quote_has_spread_and_mid(
    state: TickerState, quote: tuple[float, float, float, float], usable: bool
) -> None:
    bid, bid_size, ask, ask_size = quote
    state.on_quote(Quote("AAPL", NOW, bid, bid_size, ask, ask_size))
    assert state.two_sided is usable
    assert math.isnan(state.spread) is not usable
    assert math.isnan(state.mid) is not usable
    assert not state.spread < 0


def test_a_quote_with_one_side_does_not_keep_the_other_side_of_the_one_before(state: TickerState) -> None:
    state.on_quote(Quote("AAPL", NOW, 100.0, 100, 100.05, 100))
    state.on_quote(Quote("AAPL", NOW + 1, 100.0, 100, NAN, NAN))
    assert math.isnan(state.ask)


def test_an_older_quote_is_ignored(state: TickerState) -> None:
    state.on_quote(Quote("AAPL", NOW, 100.0, 100, 100.05, 100))
    state.on_quote(Quote("AAPL", NOW - 1, 99.0, 100, 99.05, 100))
    assert state.bid == 100.0


def test_day_figures_are_right_when_joining_in_the_middle_of_the_day() -> None:
    state = TickerState("AAPL")
    state.partial_since_ms = NOW
    fold(state, trade(1, 100.0))
    assert not state.volume_known
    state.on_snapshot(
        Snapshot(
            "AAPL",
            NOW + 10,
            last=100.0,
            open=98.0,
            high=104.0,
            low=97.0,
            previous_close=96.0,
            day_volume=1e6,
            sequence=10,
        )
    )
    fold(state, trade(11, 105.0, 50))
    assert (state.day_open, state.day_high, state.day_low, state.volume) == (98.0, 105.0, 97.0, 1_000_050)
    assert (state.change, round(state.change_percent, 4)) == (9.0, 9.375)
    assert state.volume_known


def test_a_quote_that_is_told_to_be_none_is_none_and_one_that_is_not_told_stands(state: TickerState) -> None:
    state.on_snapshot(Snapshot("AAPL", NOW, bid=99.0, bid_size=100, ask=99.5, ask_size=100, quote_timestamp_ms=NOW))
    state.on_snapshot(Snapshot("AAPL", NOW + 10, last=99.2))
    assert (state.bid, state.ask, state.quote_ms) == (99.0, 99.5, NOW)
    state.on_snapshot(Snapshot("AAPL", NOW + 20, quote_timestamp_ms=NOW - 1))
    assert state.bid == 99.0
    state.on_snapshot(Snapshot("AAPL", NOW + 30, quote_timestamp_ms=NOW + 30))
    assert math.isnan(state.bid)
    assert math.isnan(state.ask)


def test_a_snapshot_without_a_last_price_invents_none(state: TickerState) -> None:
    state.on_snapshot(Snapshot("AAPL", NOW, bid=99.0, bid_size=100, ask=99.5, ask_size=100))
    assert math.isnan(state.last)
    assert state.mid == 99.25


def changes(state: TickerState) -> tuple[float, float]:
    return round(state.change, 6), round(state.change_percent, 4)


def row(last: float, net_change: float = NAN, at_ms: int = NOW, close: float = 96.0) -> Snapshot:
    return Snapshot("AAPL", at_ms, last=last, previous_close=close, net_change=net_change)


def test_the_change_is_the_vendors_own_where_it_says_one(state: TickerState) -> None:
    state.on_snapshot(row(100.0))
    assert changes(state) == (4.0, 4.1667)
    state.on_snapshot(row(100.0, 20.0))
    assert changes(state) == (20.0, 25.0), "never reckoned from the close"
    assert state.previous_close == 96.0


def test_a_print_after_the_vendors_change_is_counted_from_where_the_vendor_counts(state: TickerState) -> None:
    state.on_snapshot(row(100.0, 20.0))
    fold(state, Trade("AAPL", 104.0, 10, NOW + 1, (), 12, "a", 1))
    assert changes(state) == (24.0, 30.0)
    # A row that is older than the print says from where it counts none the less: its own last price and change agree.
    state.on_snapshot(row(99.0, 9.0, NOW - 5))
    assert (state.last, *changes(state)) == (104.0, 14.0, 15.5556)


def test_a_row_without_a_change_keeps_what_is_known_unless_it_has_another_close(state: TickerState) -> None:
    state.on_snapshot(row(100.0, 20.0))
    state.on_snapshot(row(101.0, at_ms=NOW + 1))
    assert state.change == 21.0
    state.on_snapshot(row(101.0, at_ms=NOW + 2, close=NAN))
    assert state.change == 21.0
    state.on_snapshot(row(101.0, at_ms=NOW + 3, close=97.0))
    assert state.change == 4.0


def test_a_vendors_change_lasts_a_day_and_follows_a_split(state: TickerState) -> None:
    state.on_snapshot(row(100.0, 20.0))
    state.split(4.0)
    assert changes(state) == (5.0, 25.0)
    state.reset_day()
    state.on_snapshot(row(100.0))
    assert state.change == 4.0


def test_a_change_from_no_price_at_all_is_not_believed(state: TickerState) -> None:
    state.on_snapshot(row(100.0, 100.0))
    assert state.change == 4.0


def test_level_1_says_which_way_the_price_went_where_there_are_no_prints_and_only_there(state: TickerState) -> None:
    ways = []
    for number, last in enumerate((100.0, 101.0, 101.0, 99.0, NAN)):
        state.on_snapshot(row(last, at_ms=NOW + number), has_prints=False)
        ways.append(state.tick)
    assert ways == [0, 1, 1, -1, -1]
    state.on_snapshot(row(105.0, at_ms=NOW + 9))
    assert state.tick == -1, "its prints say it"
