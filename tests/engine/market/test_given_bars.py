"""The provider's bars beside our own: which stand, what the comparison says; rows M8 and M9."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from live_monitor.data.models.market_data import Aggregate, Trade
from live_monitor.engine.market.bar_builder import KEEP_MS, BarBuilder
from live_monitor.engine.market.bar_columns import BarColumns
from live_monitor.engine.market.bar_proof import PATIENCE_MS
from live_monitor.engine.market.bar_series import Bar, BarSource, Proof
from live_monitor.engine.market.conditions import BAR_VOLUME
from tests.engine.market.prints import (
    MINUTE,
    RULES,
    SECOND,
    START,
    add,
    bars,
    built,
    given,
    numbers,
    tape,
    trade,
)

SOON = START + 3_600_000


def stream(builder: BarBuilder, bar: Bar, width_ms: int = MINUTE) -> None:
    builder.apply(given(bar, width_ms), BarSource.STREAM)
    builder.flush()


def minute(close: float, volume: float, start_ms: int = START) -> Bar:
    return Bar(start_ms, close, close, close, close, volume)


def the_minute(builder: BarBuilder) -> Bar:
    return builder.minutes.bar(0)


# -- one bar -------------------------------------------------------------------------------


def test_our_own_bar_proves_nothing_by_itself() -> None:
    builder = built([trade(1, 100.0, 100)])
    assert {bar.proof for bar in [*bars(builder.seconds), *bars(builder.minutes)]} == {Proof.NONE}


def test_equal_bars_agree_and_the_providers_stands() -> None:
    builder = built([trade(1, 100.0, 100)])
    for width, series in ((SECOND, builder.seconds), (MINUTE, builder.minutes)):
        stream(builder, series.bar(0), width)
        assert (series.bar(0).source, series.bar(0).proof, series.bar(0).revised) == (
            BarSource.STREAM,
            Proof.AGREES,
            False,
        )


@pytest.mark.parametrize(
    ("volume", "proof"), [(100.4, Proof.AGREES), (99.6, Proof.AGREES), (101, Proof.MISSING_TRADES)]
)
def test_volumes_are_compared_to_half_a_share(volume: float, proof: Proof) -> None:
    builder = built([trade(1, 100.0, 100)])
    stream(builder, minute(100.0, volume))
    assert the_minute(builder).proof is proof


@pytest.mark.parametrize("bar", [minute(100.01, 100), minute(100.0, 40)])
def test_the_same_shares_or_fewer_at_other_prices_were_counted_by_other_rules(bar: Bar) -> None:
    builder = built([trade(1, 100.0, 100)])
    stream(builder, bar)
    assert the_minute(builder).proof is Proof.CONDITION_RULE


def test_a_print_after_the_providers_bar_leaves_it_standing_until_it_is_sent_again_with_it() -> None:
    builder = built([trade(1, 100.0, 100)])
    stream(builder, the_minute(builder))
    add(builder, [trade(30, 99.0, 10)])
    builder.flush()
    assert the_minute(builder)[1:6] == (100.0, 100.0, 100.0, 100.0, 100)
    assert (the_minute(builder).proof, the_minute(builder).revised) == (Proof.LATE_PRINT, False)
    stream(builder, Bar(START, 100.0, 100.0, 99.0, 99.0, 110))
    assert the_minute(builder)[1:6] == (100.0, 100.0, 99.0, 99.0, 110)
    assert (the_minute(builder).proof, the_minute(builder).revised) == (Proof.AGREES, True)


def test_a_bar_that_counts_a_print_before_it_comes_agrees_once_it_came() -> None:
    builder = built([trade(1, 100.0, 100)])
    stream(builder, Bar(START, 100.0, 100.0, 99.0, 99.0, 110))
    assert the_minute(builder).proof is Proof.MISSING_TRADES
    add(builder, [trade(30, 99.0, 10)])
    builder.flush()
    assert the_minute(builder).proof is Proof.AGREES
    assert builder.missing(SOON) == []


def test_a_page_of_history_is_compared_as_well_and_decides_again() -> None:
    builder = built([trade(1, 100.0, 100)])
    stream(builder, minute(100.0, 120))
    assert the_minute(builder).proof is Proof.MISSING_TRADES
    builder.merge_history(BarColumns.of([minute(100.0, 100)._replace(source=BarSource.HISTORY)]), MINUTE)
    builder.flush()
    assert (the_minute(builder).volume, the_minute(builder).proof) == (100, Proof.AGREES)
    add(builder, [trade(40, 100.0, 1)])
    builder.flush()
    assert the_minute(builder).proof is Proof.LATE_PRINT


def test_a_page_that_says_the_same_keeps_the_reason_that_was_found() -> None:
    builder = built([trade(1, 100.0, 100)])
    stream(builder, the_minute(builder))
    add(builder, [trade(30, 99.0, 10)])
    builder.merge_history(BarColumns.of([minute(100.0, 100)._replace(source=BarSource.HISTORY)]), MINUTE)
    builder.flush()
    assert (the_minute(builder).source, the_minute(builder).proof) == (BarSource.HISTORY, Proof.LATE_PRINT)


@pytest.mark.parametrize("width", [SECOND, MINUTE])
def test_a_page_that_history_corrected_stands_also_after_the_next_print(width: int) -> None:
    builder = built([trade(1, 100.0, 100)])
    start = START + SECOND if width == SECOND else START
    series = builder.seconds if width == SECOND else builder.minutes
    for volume in (130, 120):
        page = BarColumns.of([minute(100.0, volume, start)._replace(source=BarSource.HISTORY)])
        builder.merge_history(page, width)
        builder.flush()
        assert series.bar(0).volume == volume
    add(builder, [trade(1.5, 100.0, 20)])
    builder.flush()
    assert (series.bar(0).volume, series.bar(0).proof) == (120, Proof.AGREES), "not the page before, nor its verdict"


def test_a_minute_of_the_provider_stands_above_the_fold_of_its_seconds() -> None:
    builder = built([trade(1, 100.0, 100)])
    stream(builder, minute(101.0, 100))
    stream(builder, Bar(START + SECOND, 100.0, 100.0, 100.0, 100.0, 100), SECOND)
    assert the_minute(builder).close == 101.0
    assert (builder.seconds.bar(0).proof, the_minute(builder).proof) == (Proof.AGREES, Proof.CONDITION_RULE)


def test_a_minute_without_a_bar_of_the_provider_is_proven_by_its_seconds() -> None:
    builder = built([trade(1, 100.0, 100), trade(2, 100.0, 100)])
    seconds = bars(builder.seconds)
    stream(builder, seconds[0], SECOND)
    assert the_minute(builder).proof is Proof.NONE
    stream(builder, seconds[1], SECOND)
    assert the_minute(builder).proof is Proof.AGREES
    stream(builder, seconds[1]._replace(volume=150), SECOND)
    assert (the_minute(builder).proof, the_minute(builder).volume) == (Proof.MISSING_TRADES, 250)


# -- what was not seen whole -----------------------------------------------------------------


def test_a_window_that_was_joined_in_its_middle_proves_nothing() -> None:
    builder = BarBuilder("AAPL")
    builder.whole_from_ms = START + 30_000
    add(builder, [trade(40, 100.0, 100), trade(70, 100.0, 50)])
    stream(builder, minute(100.0, 500))
    stream(builder, minute(100.0, 50, START + MINUTE))
    assert [bar.proof for bar in bars(builder.minutes)] == [Proof.NONE, Proof.AGREES]
    assert builder.missing(SOON) == []


def test_what_was_seen_before_and_after_a_gap_goes_on_being_compared() -> None:
    builder = BarBuilder("AAPL")
    builder.whole_from_ms = START
    add(builder, [trade(1, 100.0, 100)])
    builder.missed(START + 90_000, START + 150_000)
    add(builder, [trade(200, 100.0, 100)])
    page = [minute(100.0, 100, START + number * MINUTE) for number in range(4)]
    builder.merge_history(BarColumns.of(bar._replace(source=BarSource.HISTORY) for bar in page), MINUTE)
    builder.flush()
    assert [bar.proof for bar in bars(builder.minutes)] == [Proof.AGREES, Proof.NONE, Proof.NONE, Proof.AGREES]
    assert builder.whole_from_ms == START + 150_000


def test_a_provider_that_sends_no_prints_misses_none() -> None:
    builder = BarBuilder("AAPL")
    stream(builder, minute(100.0, 500))
    assert (the_minute(builder).proof, builder.missing(SOON)) == (Proof.NONE, [])
    add(builder, [trade(61, 100.0, 1)])
    builder.flush()
    assert the_minute(builder).proof is Proof.MISSING_TRADES, "it does send prints after all"
    assert builder.missing(SOON) == [(START, START + MINUTE)]


def test_a_minute_of_which_every_print_was_lost_is_found_by_history() -> None:
    builder = built([trade(1, 100.0, 100), trade(130, 100.0, 100)])
    page = [minute(100.0, 100, START + number * MINUTE)._replace(source=BarSource.HISTORY) for number in range(3)]
    builder.merge_history(BarColumns.of(page), MINUTE)
    builder.flush()
    assert [bar.proof for bar in bars(builder.minutes)] == [Proof.AGREES, Proof.MISSING_TRADES, Proof.AGREES]


def test_long_after_the_windows_are_gone_history_is_compared_with_our_own_bar_and_a_proof_is_kept() -> None:
    builder = built([trade(1, 100.0, 100), trade(61, 100.0, 100), trade(121, 100.0, 100)])
    stream(builder, minute(100.0, 100))
    add(builder, [trade(KEEP_MS / 1000 + 240, 100.0, 1)])
    builder.flush()
    page = [minute(100.0, volume, START + number * MINUTE) for number, volume in enumerate((100, 100, 130))]
    builder.merge_history(BarColumns.of(bar._replace(source=BarSource.HISTORY) for bar in page), MINUTE)
    assert [bar.proof for bar in bars(builder.minutes)][:3] == [Proof.AGREES, Proof.AGREES, Proof.MISSING_TRADES]


def test_bars_of_our_own_from_a_store_fill_holes_but_replace_nothing_that_was_built_here() -> None:
    builder = built([trade(61, 100.0, 100)])
    builder.merge_history(BarColumns.of([minute(90.0, 5), minute(90.0, 5, START + MINUTE)]), MINUTE)
    builder.flush()
    assert builder.minutes.close.tolist() == [90.0, 100.0]
    assert {bar.proof for bar in bars(builder.minutes)} == {Proof.NONE}


def test_a_page_that_begins_within_a_minute_makes_no_minute_of_its_end() -> None:
    builder = BarBuilder("AAPL")
    page = [minute(100.0, 10, START + number * SECOND) for number in range(50, 70)]
    builder.merge_history(BarColumns.of(bar._replace(source=BarSource.HISTORY) for bar in page), SECOND)
    builder.flush()
    assert builder.minutes.start_ms.tolist() == [START + MINUTE]


# -- rows M8 and M9 --------------------------------------------------------------------------


@settings(max_examples=60)
@examples(seed=st.integers(0, 2**16), reach_s=st.sampled_from([0.0, 5.0, 30.0]))
def test_m8_whatever_comes_late_beside_the_providers_bars_ends_in_the_truth_proven(seed: int, reach_s: float) -> None:
    random, prints = Random(seed), tape(seed, seconds=90)
    truth = built(prints)
    arrivals: list[tuple[float, Trade | Aggregate]] = [
        (item.timestamp_ms + random.uniform(0, reach_s) * 1000, item) for item in prints
    ]
    arrivals += [
        (float(bar.start_ms + width + 2_000), given(bar, width))
        for width, series in ((SECOND, truth.seconds), (MINUTE, truth.minutes))
        for bar in bars(series)
    ]
    builder = BarBuilder("AAPL")
    builder.restart_closing(START)
    for at, item in sorted(arrivals, key=lambda arrival: arrival[0]):
        if isinstance(item, Trade):
            add(builder, [item])
        else:
            builder.apply(item, BarSource.STREAM)
        builder.flush()
        builder.take_closed(int(at))
    assert numbers(builder.seconds) == numbers(truth.seconds)
    assert numbers(builder.minutes) == numbers(truth.minutes)
    assert {bar.proof for bar in [*bars(builder.seconds), *bars(builder.minutes)]} == {Proof.AGREES}
    assert builder.missing(SOON) == []


@pytest.mark.parametrize("seed", range(8))
def test_m9_every_second_whose_prints_were_dropped_is_told_once_and_no_other(seed: int) -> None:
    random, prints = Random(seed), tape(seed, seconds=600)
    truth = built(prints)
    builder = BarBuilder("AAPL")
    dropped = {
        number
        for number, item in enumerate(prints)
        if RULES.flags(item.conditions) & BAR_VOLUME and random.random() < 0.01
    }
    add(builder, [item for number, item in enumerate(prints) if number not in dropped])
    for width, series in ((SECOND, truth.seconds), (MINUTE, truth.minutes)):
        for bar in bars(series):
            builder.apply(given(bar, width), BarSource.STREAM)
    builder.flush()
    told = builder.missing(SOON)
    assert builder.missing(SOON) == []
    assert told == sorted(told)
    affected = {prints[number].timestamp_ms // SECOND * SECOND for number in dropped}
    drawn = set(truth.seconds.start_ms.tolist())
    assert len(affected) > 5
    assert all(any(first <= start < last for first, last in told) for start in affected)
    for first, last in told:
        inside = {start for start in affected if first <= start < last}
        # A second of which the provider has no bar is told with its minute; any other by itself.
        assert len(inside) * SECOND == last - first or inside - drawn
    assert numbers(builder.seconds) == numbers(truth.seconds), "the provider's bars stand, nothing is made up"
    assert {bar.start_ms for bar in bars(builder.seconds) if bar.proof is Proof.MISSING_TRADES} == affected & drawn


def test_m9_a_lost_print_that_makes_no_second_shows_in_its_minute() -> None:
    builder = built([trade(1, 100.0, 100)])
    stream(builder, builder.seconds.bar(0), SECOND)
    stream(builder, minute(100.0, 107))
    assert builder.missing(SOON) == [(START, START + MINUTE)]


def test_m9_a_stretch_is_told_when_late_prints_have_had_their_time() -> None:
    builder = built([trade(0, 100.0, 100), trade(1, 100.0, 100), trade(3, 100.0, 100)])
    for bar in bars(builder.seconds):
        builder.apply(given(bar._replace(volume=150), SECOND), BarSource.STREAM)
    builder.flush()
    end = START + 2 * SECOND
    assert builder.missing(end + PATIENCE_MS - SECOND - 1) == []
    assert builder.missing(end + PATIENCE_MS) == [(START, end)]
    assert builder.missing(SOON) == [(START + 3 * SECOND, START + 4 * SECOND)]
