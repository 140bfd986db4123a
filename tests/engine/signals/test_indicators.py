"""What every indicator keeps to: one result and one state, whichever way the bars come."""

from __future__ import annotations

import pickle
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from live_monitor.engine.signals import indicators
from tests.engine.signals.indicator_samples import SAMPLES, Columns, cut, lines, one_by_one, some_bars, walk, wild_bars

every = pytest.mark.parametrize("name", SAMPLES)


def close_to(made: Any, expected: Any) -> None:
    """Equal to 1e-9 of the number, and NaN at the same places."""
    assert_allclose(lines(made), lines(expected), rtol=1e-9, atol=1e-9, equal_nan=True)


def memory_of(indicator: Any) -> bytes:
    """All that it holds."""
    return pickle.dumps(indicator)


def test_the_samples_are_all_there_is() -> None:
    made = {type(sample.make()).__name__ for sample in SAMPLES.values()}
    assert made | {"Profile"} == set(indicators.__all__)


@every
@settings(max_examples=30)
@given(bars=some_bars)
def test_many_bars_at_once_give_what_they_give_one_by_one(name: str, bars: Columns) -> None:
    sample = SAMPLES[name]
    close_to(sample.make().feed(*sample.columns(bars)), one_by_one(sample.make(), sample.rows(bars)))


@every
@settings(max_examples=30)
@given(bars=some_bars, data=st.data())
def test_pieces_give_what_the_whole_gives_and_live_bars_follow(name: str, bars: Columns, data: st.DataObject) -> None:
    sample = SAMPLES[name]
    columns, rows = sample.columns(bars), sample.rows(bars)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=4)))
    indicator, made = sample.make(), []
    for begin, end in pairwise([0, *cuts]):
        made.append(lines(indicator.feed(*(column[begin:end] for column in columns))))
    made.append(one_by_one(indicator, rows[cuts[-1] if cuts else 0 :]))
    close_to(np.concatenate([piece for piece in made if piece.size], axis=1), one_by_one(sample.make(), rows))


@every
@settings(max_examples=30)
@given(bars=some_bars)
def test_a_peek_says_what_the_bar_will_give_and_changes_nothing(name: str, bars: Columns) -> None:
    sample = SAMPLES[name]
    rows = sample.rows(bars)
    indicator, other = sample.make(), rows[0]
    for row in rows:
        before = memory_of(indicator)
        indicator.peek(*other)
        peeked = indicator.peek(*row)
        assert memory_of(indicator) == before
        close_to(peeked, indicator.update(*row))


@every
@settings(max_examples=30)
@given(bars=some_bars, data=st.data())
def test_a_bar_with_a_number_missing_has_no_value_and_is_as_if_it_had_not_been(
    name: str, bars: Columns, data: st.DataObject
) -> None:
    sample = SAMPLES[name]
    spoilt = data.draw(st.sampled_from([c for c in sample.takes if c not in ("session", "open_ms", "start_ms")]))
    holes = np.array(data.draw(st.lists(st.booleans(), min_size=len(bars.close), max_size=len(bars.close))))
    absent = data.draw(st.sampled_from([float("nan"), float("inf"), float("-inf")]))
    holed = bars._replace(**{spoilt: np.where(holes, absent, getattr(bars, spoilt))})
    indicator, whole = sample.make(), sample.make()
    made = one_by_one(indicator, sample.rows(holed))
    assert np.isnan(made[:, holes]).all()
    assert_array_equal(made[:, ~holes].ravel(), one_by_one(whole, sample.rows(cut(bars, ~holes))).ravel())
    assert memory_of(indicator) == memory_of(whole)
    close_to(sample.make().feed(*sample.columns(holed)), made)
    assert np.isnan(indicator.peek(*(absent if c == spoilt else 1 for c in sample.takes))).all()


@every
@settings(max_examples=30)
@given(bars=wild_bars)
def test_numbers_of_any_size_agree_to_1e_9_of_the_largest(name: str, bars: Columns) -> None:
    sample = SAMPLES[name]
    single = one_by_one(sample.make(), sample.rows(bars))
    whole = lines(sample.make().feed(*sample.columns(bars)))
    largest = max(float(np.abs(column).max()) for column in sample.columns(bars))
    assert_allclose(whole, single, rtol=1e-9, atol=1e-9 * max(largest, 1.0), equal_nan=True)


@every
def test_no_bars_give_no_values(name: str) -> None:
    sample = SAMPLES[name]
    made = sample.make().feed(*sample.columns(cut(walk(5), slice(0))))
    assert lines(made).shape[-1] == 0


@every
def test_a_long_history_gives_what_its_bars_give_one_by_one(name: str) -> None:
    sample, bars = SAMPLES[name], walk(20_000)
    indicator, single = sample.make(), sample.make()
    close_to(indicator.feed(*sample.columns(bars)), one_by_one(single, sample.rows(bars)))
    after = sample.rows(walk(50, seed=7))
    close_to(one_by_one(indicator, after), one_by_one(single, after))


@every
def test_columns_are_left_as_they_were(name: str) -> None:
    sample, bars = SAMPLES[name], walk(300)
    columns = [column.copy() for column in sample.columns(bars)]
    for column in columns:
        column.setflags(write=False)
    sample.make().feed(*columns)
    for column, given_ in zip(columns, sample.columns(bars), strict=True):
        assert_array_equal(column, given_)


@pytest.mark.parametrize("kind", ["Sma", "Ema", "Bollinger", "Rsi", "Atr", "Stochastic"])
@pytest.mark.parametrize("length", [0, -3])
def test_a_length_below_one_bar_is_refused(kind: str, length: int) -> None:
    with pytest.raises(ValueError, match="1 bar or more"):
        getattr(indicators, kind)(length)
