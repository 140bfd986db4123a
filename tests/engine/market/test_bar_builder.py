"""Bars from trades, provider bars and history; M7, M8 and the example of market rules 3.2."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_monitor.data.models.market_data import Aggregate, SecondAggregate, Trade
from live_monitor.engine.market.bar_builder import BarBuilder
from live_monitor.engine.market.bar_series import MAX_SERIES_BARS, Bar, BarSource
from live_monitor.engine.market.conditions import rules_for

START = 1_795_185_000_000  # 2026-11-20 09:30 New York
RULES = rules_for("polygon")


def trade(offset_s: float, price: float, size: float, conditions: tuple[int, ...] = (), sequence: int = 0) -> Trade:
    return Trade("AAPL", price, size, START + round(offset_s * 1000), conditions, 12, "", sequence)


def built(trades: list[Trade]) -> BarBuilder:
    builder = BarBuilder("AAPL")
    for item in trades:
        builder.add(item, RULES.flags(item.conditions))
    builder.flush()
    return builder


def minute_bar(offset_min: int, close: float, volume: float = 100.0, kind: type[Aggregate] = Aggregate) -> Aggregate:
    width = 60_000 if kind is Aggregate else 1_000
    start = START + offset_min * width
    return kind("AAPL", start, start + width, close, close + 1, close - 1, close, volume, close)


def test_the_golden_vector_of_the_reference() -> None:
    builder = built(
        [
            trade(0.1, 100.00, 100),
            trade(5, 101.00, 10, (37,)),
            trade(10, 99.50, 200, (14, 41)),
            trade(20, 105.00, 50, (2,)),
            trade(30, 98.00, 300, (10,)),
            trade(40, 100.50, 100, (52,)),
            trade(50, 100.25, 1000, (16,)),
            trade(59.999, 99.75, 100, (32,)),
        ]
    )
    bar = builder.minutes.bar(-1)
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.trades) == (100.0, 100.0, 98.0, 99.5, 860.0, 7)
    assert bar.vwap == pytest.approx(99.517441860, abs=1e-9)


def test_a_window_with_only_volume_prints_makes_no_bar_but_its_volume_counts_in_the_minute() -> None:
    builder = built([trade(1, 100.0, 100), trade(2, 101.0, 7, (37,))])
    assert len(builder.seconds) == 1
    assert builder.minutes.bar(-1).volume == 107


@settings(max_examples=200)
@given(
    prints=st.lists(
        st.tuples(
            st.integers(0, 179_999),
            st.integers(9_000, 11_000),
            st.integers(1, 500),
            st.sampled_from([(), (37,), (10,)]),
        ),
        min_size=1,
        max_size=60,
    ),
    seed=st.integers(0, 2**16),
)
def test_m8_any_order_of_arrival_gives_the_same_bars(
    prints: list[tuple[int, int, int, tuple[int, ...]]], seed: int
) -> None:
    in_order = sorted(
        (
            trade(ms / 1000, cents / 100, size, conditions, number + 1)
            for number, (ms, cents, size, conditions) in enumerate(prints)
        ),
        key=lambda t: (t.timestamp_ms, t.sequence),
    )
    shuffled = list(in_order)
    Random(seed).shuffle(shuffled)
    straight, mixed = built(in_order), built(shuffled)
    for series in ("seconds", "minutes"):
        ours, theirs = getattr(straight, series), getattr(mixed, series)
        assert ours.start_ms.tolist() == theirs.start_ms.tolist()
        for column in ("open", "high", "low", "close", "volume"):
            assert getattr(ours, column).tolist() == getattr(theirs, column).tolist()
    assert straight.minutes.volume.sum() <= sum(t.size for t in in_order)


@given(count=st.integers(1, 200), seed=st.integers(0, 999))
def test_minutes_are_the_fold_of_their_seconds(count: int, seed: int) -> None:
    random = Random(seed)
    builder = built(
        [trade(random.randrange(120_000) / 1000, random.randrange(9_900, 10_100) / 100, 10) for _ in range(count)]
    )
    seconds = [builder.seconds.bar(index) for index in range(len(builder.seconds))]
    for index in range(len(builder.minutes)):
        minute = builder.minutes.bar(index)
        children = [bar for bar in seconds if minute.start_ms <= bar.start_ms < minute.start_ms + 60_000]
        assert minute.open == children[0].open
        assert minute.close == children[-1].close
        assert minute.high == max(bar.high for bar in children)
        assert minute.low == min(bar.low for bar in children)
        assert minute.volume == sum(bar.volume for bar in children)


def test_a_late_print_changes_its_closed_bar_and_marks_it_revised() -> None:
    builder = built([trade(1, 100.0, 100), trade(61, 101.0, 50)])
    builder.restart_closing(START)
    assert [bar.start_ms for bar in builder.take_closed(START + 61_000)] == [START]
    builder.add(trade(30, 99.0, 10), RULES.flags(()))
    builder.flush()
    bar = builder.minutes.bar(0)
    assert (bar.low, bar.close, bar.volume, bar.revised) == (99.0, 99.0, 110.0, True)
    assert not builder.minutes.bar(1).revised


def test_a_bar_closes_by_the_clock_once_one_second_after_its_end() -> None:
    builder = built([trade(1, 100.0, 100)])
    builder.restart_closing(START)
    assert builder.take_closed(START + 60_999) == []
    assert [bar.close for bar in builder.take_closed(START + 61_000)] == [100.0]
    assert builder.take_closed(START + 200_000) == []


def test_the_providers_bar_replaces_our_own_and_prints_no_longer_change_it() -> None:
    builder = built([trade(1, 100.0, 100)])
    assert builder.apply(minute_bar(0, 105.0, 500), BarSource.STREAM)
    builder.add(trade(2, 90.0, 10), RULES.flags(()))
    builder.flush()
    bar = builder.minutes.bar(0)
    assert (bar.close, bar.low, bar.volume, bar.source) == (105.0, 104.0, 500.0, BarSource.STREAM)


def test_a_repeated_bar_is_a_replacement_never_an_addition() -> None:
    builder = BarBuilder("AAPL")
    builder.apply(minute_bar(0, 105.0, 500), BarSource.STREAM)
    builder.apply(minute_bar(0, 105.5, 520), BarSource.STREAM)
    assert len(builder.minutes) == 1
    assert builder.minutes.bar(0)[4:6] == (105.5, 520.0)
    assert builder.minutes.bar(0).revised


def test_history_outranks_the_stream_and_the_stream_does_not_undo_it() -> None:
    builder = BarBuilder("AAPL")
    builder.apply(minute_bar(0, 105.0), BarSource.STREAM)
    builder.merge_history([minute_bar(0, 106.0)], 60_000)
    assert not builder.apply(minute_bar(0, 107.0), BarSource.STREAM)
    assert builder.minutes.bar(0).close == 106.0


def test_a_bar_that_the_stream_gives_again_with_a_late_print_replaces_that_of_history() -> None:
    builder = BarBuilder("AAPL")
    builder.merge_history([minute_bar(0, 106.0, 500)], 60_000)
    assert builder.apply(minute_bar(0, 106.5, 520), BarSource.STREAM)
    bar = builder.minutes.bar(0)
    assert (bar.close, bar.volume, bar.revised) == (106.5, 520.0, True)


def test_history_arriving_late_never_drops_newer_live_bars() -> None:
    builder = built([trade(125, 102.0, 100), trade(185, 103.0, 50)])
    builder.merge_history([minute_bar(-2, 98.0), minute_bar(-1, 99.0), minute_bar(0, 100.0)], 60_000)
    assert builder.minutes.close.tolist() == [98.0, 99.0, 100.0, 102.0, 103.0]


def test_joining_in_the_middle_of_a_minute_history_seconds_complete_it() -> None:
    builder = built([trade(40, 101.0, 50)])
    seconds = [minute_bar(second, 99.0 + second, 10, SecondAggregate) for second in range(3)]
    builder.merge_history(seconds, 1_000)
    builder.flush()
    bar = builder.minutes.bar(0)
    assert (bar.open, bar.close, bar.low, bar.high, bar.volume) == (99.0, 101.0, 98.0, 102.0, 80.0)


def test_volume_since_a_moment_counts_every_window_from_there_on() -> None:
    builder = built([trade(59, 100.0, 100), trade(60, 100.0, 30), trade(61, 100.0, 7, (37,))])
    assert builder.volume_from(START + 60_000) == 37


def test_prints_older_than_the_vendor_rebroadcasts_are_left_to_the_provider() -> None:
    builder = built([trade(0, 100.0, 100), trade(3_600, 101.0, 100)])
    builder.add(trade(5, 50.0, 10), RULES.flags(()))
    builder.flush()
    assert builder.minutes.low.tolist() == [100.0, 101.0]


def test_bars_survive_growth_at_both_ends() -> None:
    builder = BarBuilder("AAPL")
    series = builder.minutes
    for index in range(6_000):
        series.put(Bar(index * 60_000, 1.0, 2.0, 0.5, float(index + 1), 1.0))
    revision = series.revision
    series.merge([Bar(-index * 60_000, 1.0, 2.0, 0.5, -float(index), 1.0) for index in range(1, 3_001)])
    assert len(series) == 9_000
    assert series.revision == revision + 1
    assert series.start_ms.tolist() == sorted(series.start_ms.tolist())
    assert series.bar(-1).close == 6_000.0
    assert series.index_of(-60_000) == 2_999
    assert math.isnan(series.bar(0).vwap)
    with pytest.raises(ValueError, match="read-only"):
        series.close[0] = 5.0


def test_a_series_that_grows_too_long_lets_its_oldest_bars_go() -> None:
    series = BarBuilder("AAPL").seconds
    revision = series.revision
    for index in range(MAX_SERIES_BARS + 1):
        series.put(Bar(index * 1_000, 1.0, 2.0, 0.5, 1.0, 1.0))
    assert len(series) == MAX_SERIES_BARS + 1 - MAX_SERIES_BARS // 8
    assert series.start_ms[0] == MAX_SERIES_BARS // 8 * 1_000
    assert series.bar(-1).start_ms == MAX_SERIES_BARS * 1_000
    assert series.revision == revision + 1
