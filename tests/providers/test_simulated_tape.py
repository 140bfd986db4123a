from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from live_monitor.data.models.market_data import Aggregate, Quote, SecondAggregate, Trade
from live_monitor.engine.market.exchanges import venues
from live_monitor.providers.simulated_bars import NO_CELLS, DayTotals, emissions
from live_monitor.providers.simulated_day import SymbolDay
from live_monitor.providers.simulated_tape import bar_events, quote_events, tape_columns, trade_events
from live_monitor.providers.simulated_universe import profile_for
from tests.providers.simulated_days import FRIDAY, symbol_day

ALL_ROWS = slice(0, 1_000_000)
#: Half an hour before the open and the quarter after it.
AROUND_THE_OPEN = range(10, 12)


@pytest.fixture(scope="module")
def day() -> SymbolDay:
    return symbol_day("AAPL")


def events_of(day: SymbolDay, index: int) -> tuple[list[Quote], list[Trade]]:
    """Quotes and prints of a block."""
    flow, tape, origin = day.flow(index), day.tape(index), day.session.origin_ms
    _, quotes = quote_events("AAPL", origin, flow, tape, ALL_ROWS)
    _, trades = trade_events("AAPL", origin, flow, tape, ALL_ROWS)
    return [event for event in quotes if isinstance(event, Quote)], [each for each in trades if isinstance(each, Trade)]


def test_sequence_numbers_rise_in_the_order_of_events_with_gaps_as_on_a_real_feed(day: SymbolDay) -> None:
    numbers: list[int] = []
    for index in AROUND_THE_OPEN:
        quotes, trades = events_of(day, index)
        given = day.flow(index).given_ms.astype(np.int64) + day.session.origin_ms
        merged = [(quote.timestamp_ms, 0, quote.sequence) for quote in quotes]
        merged += [(int(ms), 1, trade.sequence) for ms, trade in zip(given, trades, strict=True)]
        numbers += [number for _, _, number in sorted(merged)]
    steps = np.diff(numbers)
    assert steps.min() == 1
    assert np.all(steps > 0)
    assert 0.2 < np.mean(steps > 1) < 0.6


def test_a_whole_day_of_sequence_numbers_never_falls_back() -> None:
    made = symbol_day("NVDA")
    last = 0
    for index in range(len(made.grid)):
        tape = made.tape(index)
        assert tape.first_sequence >= last
        last = tape.first_sequence + int(max(tape.quote_sequence.max(), tape.trade_sequence.max(initial=0)))


def test_trade_ids_are_unique_per_venue_and_are_not_the_sequence(day: SymbolDay) -> None:
    trades = [trade for index in AROUND_THE_OPEN for trade in events_of(day, index)[1]]
    identities = Counter((trade.exchange, trade.trf_id, trade.id) for trade in trades)
    assert max(identities.values()) == 1
    assert all(trade.id.isdigit() and int(trade.id) != trade.sequence for trade in trades)


def test_ids_of_slices_are_those_of_the_whole_block(day: SymbolDay) -> None:
    flow, tape = day.flow(11), day.tape(11)
    _, whole = trade_events("AAPL", 0, flow, tape, ALL_ROWS)
    _, part = trade_events("AAPL", 0, flow, tape, slice(100, 140))
    assert part == whole[100:140]


def test_reports_to_finra_name_their_facility_and_no_other_print_does(day: SymbolDay) -> None:
    trades = events_of(day, 11)[1]
    assert all((trade.exchange == 4) == (trade.trf_id != 0) for trade in trades)
    facilities = Counter(trade.trf_id for trade in trades if trade.trf_id)
    assert set(facilities) == {202, 3}
    assert facilities[202] > 3 * facilities[3]


def test_prices_are_the_decimals_that_people_write(day: SymbolDay) -> None:
    quotes, trades = events_of(day, 11)
    assert all(trade.price == round(trade.price, 4) for trade in trades)
    assert all(quote.bid_price == round(quote.bid_price, 2) for quote in quotes)
    assert all(trade.size == int(trade.size) >= 1 for trade in trades)


def test_displayed_sizes_are_whole_round_lots_of_known_venues(day: SymbolDay) -> None:
    quotes = events_of(day, 11)[0]
    assert all(quote.bid_size % day.lot == 0 < quote.bid_size for quote in quotes)
    assert all(quote.ask_size % day.lot == 0 < quote.ask_size for quote in quotes)
    assert {quote.bid_exchange for quote in quotes} | {quote.ask_exchange for quote in quotes} <= set(venues())
    assert np.median([quote.bid_size for quote in quotes]) < 5 * day.lot


def test_an_absent_side_is_nan_with_nan_size_and_no_venue(day: SymbolDay) -> None:
    quotes = [quote for index in range(10) for quote in events_of(day, index)[0]]
    one_sided = [quote for quote in quotes if math.isnan(quote.bid_price) or math.isnan(quote.ask_price)]
    assert {math.isnan(quote.bid_price) for quote in one_sided} == {True, False}
    for quote in one_sided:
        bid_absent = math.isnan(quote.bid_price)
        assert math.isnan(quote.bid_size) == bid_absent == (quote.bid_exchange is None)
        assert math.isnan(quote.ask_size) != bid_absent
        assert (quote.ask_exchange is None) != bid_absent


def test_late_reports_keep_the_time_of_their_trade_and_come_in_order_of_report(day: SymbolDay) -> None:
    flow, tape = day.flow(11), day.tape(11)
    when, events = trade_events("AAPL", 0, flow, tape, ALL_ROWS)
    late = [(int(ms), event) for ms, event in zip(when, events, strict=True) if event["timestamp"] < ms]
    assert late
    assert all(set(event["conditions"]) & {32, 33} for _, event in late)


def test_columns_are_the_same_however_often_they_are_made(day: SymbolDay) -> None:
    again = tape_columns(5, profile_for("AAPL"), day.lot, FRIDAY.toordinal(), day.flow(11), 1.0)
    assert np.array_equal(again.quote_sequence, day.tape(11).quote_sequence)
    assert np.array_equal(again.bid_size, day.tape(11).bid_size)
    assert again.nbytes > 0


def test_seconds_and_minutes_are_events_of_their_own_kind_without_a_count(day: SymbolDay) -> None:
    rows = emissions(day.flow(12), NO_CELLS, DayTotals(), 0)
    when, events = bar_events("AAPL", day.session.origin_ms, rows, ALL_ROWS)
    assert {type(event) for event in events} == {Aggregate, SecondAggregate}
    assert np.all(np.diff(when) >= 0)
    for event in events:
        assert isinstance(event, Aggregate)
        width = 1_000 if isinstance(event, SecondAggregate) else 60_000
        assert event.end_ms - event.start_ms == width
        assert event.start_ms % width == 0
        assert event.low <= min(event.open, event.close) <= max(event.open, event.close) <= event.high
        assert event.transactions is None
