"""Bars from trades, provider bars and history; M7, M8 and the example of market rules 3.2."""

from __future__ import annotations

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_monitor.data.models.market_data import NAN, Aggregate, SecondAggregate, Trade
from live_monitor.data.models.timeframe import Timeframe
from live_monitor.engine.market.bar_builder import CLOSE_DELAY_MS, BarBuilder
from live_monitor.engine.market.bar_columns import BarColumns
from live_monitor.engine.market.bar_series import MAX_SERIES_BARS, Bar, BarSeries, BarSource
from live_monitor.engine.market.conditions import BAR_HILO, BAR_LAST, DAY_VOLUME, HELD_VOLUME, daily, rules_for
from live_monitor.engine.market.resampler import resample
from live_monitor.engine.market.sessions import us_equities
from tests.engine.market.prints import MINUTE, RULES, SECOND, START, add, bars, built, numbers, tape, trade


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


@pytest.mark.parametrize(("late_s", "share"), [(5.0, 0.3), (30.0, 0.05)])
def test_m8_late_prints_make_the_true_bars_and_what_had_closed_is_revised(late_s: float, share: float) -> None:
    random, prints = Random(8), tape(8, seconds=150)
    frames: dict[int, list[Trade]] = {}
    for item in prints:
        late_ms = round(random.uniform(0, late_s) * 1000) if random.random() < share else 0
        frames.setdefault((item.timestamp_ms + late_ms) // 16, []).append(item)
    builder, changed = BarBuilder("AAPL"), {SECOND: set[int](), MINUTE: set[int]()}
    builder.restart_closing(START)
    for frame in sorted(frames):
        now = frame * 16
        builder.take_closed(now)
        before = {width: {row[0]: row for row in numbers(series)} for width, series in series_of(builder)}
        add(builder, frames[frame])
        builder.flush()
        for width, series in series_of(builder):
            closed = [row for row in numbers(series) if row[0] + width <= now - CLOSE_DELAY_MS - now % SECOND]
            changed[width] |= {int(row[0]) for row in closed if before[width].get(row[0]) != row}
    truth = built(prints)
    for (width, ours), (_, theirs) in zip(series_of(builder), series_of(truth), strict=True):
        assert numbers(ours) == numbers(theirs)
        assert {bar.start_ms for bar in bars(ours) if bar.revised} == changed[width]
        assert changed[width]


def series_of(builder: BarBuilder) -> list[tuple[int, BarSeries]]:
    return [(SECOND, builder.seconds), (MINUTE, builder.minutes)]


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


# -- the volume of the day ---------------------------------------------------------------------


def cumulative(builder: BarBuilder, width: int = SECOND) -> list[float]:
    builder.flush()
    return list(map(float, (builder.seconds if width == SECOND else builder.minutes).cumulative_volume))


def test_the_days_volume_is_unknown_until_somebody_says_it() -> None:
    builder = built([trade(1, 100.0, 100)])
    assert math.isnan(cumulative(builder)[0])
    builder.apply(
        SecondAggregate("AAPL", START + 1_000, START + 2_000, 100.0, 100.0, 100.0, 100.0, 100, day_volume=5_100),
        BarSource.STREAM,
    )
    add(builder, [trade(2, 100.0, 7), trade(2.5, 100.0, 3, (37,))])
    assert cumulative(builder) == [5_100, 5_110]
    assert cumulative(builder, MINUTE) == [5_110]


def test_of_a_day_that_was_seen_from_its_begin_every_bar_knows_the_volume() -> None:
    builder = BarBuilder("AAPL")
    builder.begin_day(START)
    add(builder, [trade(0, 100.0, 100), trade(1, 100.0, 20, (37,)), trade(2, 100.0, 5), trade(61, 100.0, 1)])
    assert cumulative(builder) == [100, 125, 126]
    assert cumulative(builder, MINUTE) == [125, 126]
    builder.begin_day(START + 120_000)
    add(builder, [trade(125, 100.0, 9)])
    assert cumulative(builder)[-1] == 9


@given(seed=st.integers(0, 2**16))
@settings(max_examples=30)
def test_the_days_volume_does_not_depend_on_the_order_of_arrival(seed: int) -> None:
    prints = tape(seed, seconds=150, per_second=1)
    shuffled = list(prints)
    Random(seed).shuffle(shuffled)
    results = []
    for order in (prints, shuffled):
        builder = BarBuilder("AAPL")
        builder.begin_day(START)
        for count, item in enumerate(order):
            add(builder, [item])
            if count % 3 == 0:
                builder.flush()
        results.append((cumulative(builder), cumulative(builder, MINUTE)))
    assert results[0] == results[1]
    assert results[0][0] == sorted(results[0][0])


def test_what_a_vendor_says_of_the_day_with_the_last_eligible_print_is_the_bars() -> None:
    builder, rules = BarBuilder("XYZ"), rules_for("iqfeed")
    for offset, basis, volume in ((0.1, "C", 100.0), (0.2, "E", 250.0), (0.3, "O", 260.0), (61, "O", 300.0)):
        item = Trade("XYZ", 2.0, 10, START + round(offset * 1000), (basis,))
        builder.add(item, rules.flags(item.conditions), volume)
    assert cumulative(builder) == cumulative(builder, MINUTE) == [250]
    assert builder.seconds.volume.tolist() == [20]


def test_prints_that_were_missed_leave_the_days_volume_unknown_until_it_is_said_again() -> None:
    builder = BarBuilder("AAPL")
    builder.begin_day(START)
    add(builder, [trade(0, 100.0, 100)])
    builder.flush()
    builder.missed(START + 1_000, START + 60_000)
    add(builder, [trade(61, 100.0, 100)])
    first, second = cumulative(builder)
    assert first == 100
    assert math.isnan(second)


# -- days ------------------------------------------------------------------------------------


def test_by_the_rules_of_days_the_pre_market_moves_volume_only() -> None:
    builder = BarBuilder("AAPL")
    for item in (trade(0, 90.0, 100, (12,)), trade(1, 100.0, 10), trade(2, 120.0, 5, (12, 37))):
        builder.add(item, daily(RULES.flags(item.conditions)))
    windows = builder.windows()
    assert windows.start_ms.tolist() == [START, START + 1_000, START + 2_000]
    assert windows.volume.tolist() == [100, 10, 5]
    assert windows.vwap.tolist() == [90, 100, 120]
    assert np.isnan(windows.open).tolist() == [True, False, True]
    assert builder.seconds.close.tolist() == [100.0]


def test_windows_hold_seconds_of_volume_alone_until_a_price_comes() -> None:
    builder = built([trade(0, 90.0, 100, (37,)), trade(1, 100.0, 10), trade(2, 90.0, 30, (37,))])
    add(builder, [trade(0.5, 99.0, 1)])
    windows = builder.windows()
    assert windows.volume.tolist() == [101, 10, 30]
    assert np.isnan(windows.open).tolist() == [False, False, True]
    add(builder, [trade(3_600, 100.0, 10)])
    assert builder.windows().volume.tolist() == [101, 10, 30, 10], "also long after their time"


# -- prints whose price is held back ------------------------------------------------------------


def test_a_held_print_counts_by_its_shares_and_its_price_when_it_is_confirmed() -> None:
    builder = built([trade(0, 100.0, 100)])
    held = trade(0.5, 150.0, 100)
    builder.add(held, HELD_VOLUME | DAY_VOLUME)
    builder.flush()
    bar = builder.seconds.bar(0)
    assert (bar.high, bar.close, bar.volume, bar.vwap, bar.trades) == (100.0, 100.0, 200, 100.0, 2)
    builder.confirm(held, RULES.flags(()))
    builder.flush()
    assert numbers(builder.seconds) == numbers(built([trade(0, 100.0, 100), held]).seconds)
    assert builder.seconds.bar(0).vwap == 125.0
    assert builder.minutes.bar(0).vwap == 125.0


def test_a_held_print_alone_in_its_second_has_no_vwap() -> None:
    builder = BarBuilder("AAPL")
    builder.add(trade(0, 150.0, 100), HELD_VOLUME | DAY_VOLUME)
    builder.add(trade(0.5, 150.0, 0.0001), BAR_LAST | BAR_HILO)
    builder.flush()
    assert math.isnan(builder.seconds.bar(0).vwap)


def test_history_without_vwap_leaves_the_minute_without_one() -> None:
    builder = built([trade(40, 101.0, 50)])
    page = [Bar(START + second * SECOND, 99.0, 99.0, 99.0, 99.0, 10.0, NAN, 1, BarSource.HISTORY) for second in (0, 1)]
    builder.merge_history(BarColumns.of(page), SECOND)
    builder.flush()
    bar = builder.minutes.bar(0)
    assert math.isnan(bar.vwap)
    assert (bar.volume, bar.trades) == (70, 3)


@given(seed=st.integers(0, 2**16))
@settings(max_examples=20)
def test_our_minutes_are_what_any_longer_bar_of_the_seconds_would_be(seed: int) -> None:
    # A sale out of sequence moves high and low of the minute even where its second has no first and last price.
    prints = [item for item in tape(seed, seconds=240, per_second=0.5) if item.conditions != (10,)]
    builder = BarBuilder("AAPL")
    builder.begin_day(START)
    add(builder, prints)
    longer = resample(builder.windows(), Timeframe.parse("1m"), us_equities())
    ours = builder.minutes.columns()
    for name in ("start_ms", "open", "high", "low", "close", "volume", "trades", "source", "proof"):
        assert getattr(longer, name).tolist() == getattr(ours, name).tolist(), name
    assert longer.vwap.tolist() == pytest.approx(ours.vwap.tolist())
    assert longer.cumulative_volume.tolist() == ours.cumulative_volume.tolist()


def test_a_price_that_was_held_in_other_bars_is_not_added_to_these() -> None:
    builder = built([trade(1, 100.0, 100)])
    builder.confirm(trade(1.5, 150.0, 30), RULES.flags(()))
    builder.confirm(trade(70, 150.0, 30), RULES.flags(()))
    builder.flush()
    assert len(builder.minutes) == 1
    only = builder.minutes.bar(0)
    assert (only.high, only.close, only.volume, only.vwap) == (100.0, 100.0, 100.0, 100.0)
