"""The columns of one series: priority of sources, growth, what changed since; against a plain dict."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.engine.market import bar_series
from live_monitor.engine.market.bar_columns import COLUMNS
from live_monitor.engine.market.bar_series import MAX_SERIES_BARS, NAN, Bar, BarColumns, BarSeries, BarSource, Proof

SECOND = 1_000


def bar(second: int, close: float = 1.0, source: BarSource = BarSource.OWN, vwap: float = NAN) -> Bar:
    return Bar(second * SECOND, close, close + 1, close - 1, close, 10.0, vwap, 3, source)


def run(first: int, count: int, source: BarSource = BarSource.OWN) -> BarColumns:
    return BarColumns.of(bar(second, float(second), source) for second in range(first, first + count))


def series_of(*seconds: int) -> BarSeries:
    series = BarSeries("AAPL", SECOND)
    series.merge(bar(second) for second in seconds)
    return series


def starts(series: BarSeries) -> list[int]:
    return [start // SECOND for start in series.start_ms.tolist()]


BARS = st.builds(
    bar,
    st.integers(0, 30),
    st.sampled_from([1.0, 2.0, 3.0]),
    st.sampled_from(list(BarSource)),
    st.sampled_from([NAN, 1.5]),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), BARS),
        st.tuples(st.just("merge"), st.lists(BARS, max_size=12)),
        st.tuples(st.just("columns"), st.lists(BARS, max_size=12)),
        st.tuples(st.just("clear"), st.just(None)),
    ),
    max_size=14,
)


def step(series: BarSeries, model: dict[int, Bar], name: str, what: Bar | list[Bar] | None) -> None:
    """One step of the series, and the same of the dict."""
    if isinstance(what, Bar):
        series.put(what)
        model[what.start_ms] = what
    elif name == "clear":
        series.clear()
        model.clear()
    else:
        assert what is not None
        series.merge(BarColumns.of(what) if name == "columns" else what)
        for row in what:
            if row.start_ms not in model or row.source >= model[row.start_ms].source:
                model[row.start_ms] = row


@given(STEPS)
def test_a_series_holds_what_a_dict_of_bars_would_hold(steps: list[tuple[str, Bar | list[Bar] | None]]) -> None:
    series, model = BarSeries("AAPL", SECOND, capacity=4), dict[int, Bar]()
    for name, what in steps:
        step(series, model, name, what)
        rows = list(series.columns().bars())
        # `repr` because an absent number equals nothing, itself included.
        assert repr(rows) == repr([model[start] for start in sorted(model)])
        for row in rows:
            assert repr(series.bar(series.index_of(row.start_ms))) == repr(row)
        assert series.index_of(31 * SECOND) == -1


@given(STEPS, STEPS)
def test_what_changed_since_a_version_is_never_told_too_late(
    before: list[tuple[str, Bar | list[Bar] | None]], after: list[tuple[str, Bar | list[Bar] | None]]
) -> None:
    series, model = BarSeries("AAPL", SECOND, capacity=4), dict[int, Bar]()
    for name, what in before:
        step(series, model, name, what)
    version, known = series.version, dict(model)
    for name, what in after:
        step(series, model, name, what)
    differing = [start for start in known.keys() | model.keys() if repr(known.get(start)) != repr(model.get(start))]
    told = series.changed_since(version)
    if differing:
        assert told is not None
        assert told <= min(differing)
    assert (told is None) == (series.version == version)


def test_the_earliest_change_is_told_exactly_and_only_of_what_came_after() -> None:
    series = series_of(1, 2, 3, 4)
    version = series.version
    assert series.changed_since(version) is None
    series.put(bar(5))
    assert series.changed_since(version) == 5_000
    series.put(bar(3, 2.0))
    middle = series.version
    assert series.changed_since(version) == 3_000
    series.put(bar(6))
    assert series.changed_since(middle) == 6_000
    assert series.changed_since(version) == 3_000
    series.merge([bar(0)])
    assert series.changed_since(middle) == 0


def test_a_version_long_past_is_told_an_earlier_start_never_a_later_one() -> None:
    series = BarSeries("AAPL", SECOND)
    for second in range(5_000):
        series.put(bar(second))
    assert series.changed_since(4_990) == 4_990_000
    for version in (0, 1_000, 4_700, 4_900):
        told = series.changed_since(version)
        assert told is not None
        assert told <= version * SECOND
    assert len(series._changes._starts) <= 256


def test_a_higher_rank_is_never_replaced_by_a_lower_one_and_an_equal_one_by_the_newer() -> None:
    series = BarSeries("AAPL", SECOND)
    series.merge([bar(1, 5.0, BarSource.STREAM), bar(2, 5.0, BarSource.HISTORY)])
    assert series.merge(run(1, 2, BarSource.OWN)) == 0
    assert series.merge(run(1, 2, BarSource.STREAM)) == 1
    assert series.close.tolist() == [1.0, 5.0]
    assert series.merge(run(1, 2, BarSource.HISTORY)) == 2
    assert series.close.tolist() == [1.0, 2.0]


def test_a_page_that_brings_nothing_new_changes_no_version() -> None:
    series = BarSeries("AAPL", SECOND)
    assert series.merge(run(0, 50, BarSource.HISTORY)) == 50
    version, revision = series.version, series.revision
    assert series.merge(run(0, 50, BarSource.HISTORY)) == 0
    assert series.merge(BarColumns.of(())) == 0
    assert (series.version, series.revision) == (version, revision)


def test_rows_without_a_price_are_no_bars() -> None:
    series = BarSeries("AAPL", SECOND)
    quiet = Bar(1_000, NAN, NAN, NAN, NAN, 50.0, NAN, 1)
    assert series.merge([quiet, bar(2)]) == 1
    assert starts(series) == [2]


def test_a_page_in_front_keeps_as_many_live_bars_as_before() -> None:
    series = BarSeries("AAPL", SECOND, most_loaded=3_000)
    for second in range(100_000, 100_000 + MAX_SERIES_BARS):
        series.put(bar(second))
    assert series.merge(run(98_000, 2_000)) == 2_000
    assert series.merge(run(96_000, 2_000)) == 0, "one page too many"
    assert len(series) == MAX_SERIES_BARS + 2_000
    assert starts(series)[:2] == [98_000, 98_001]
    series.put(bar(100_000 + MAX_SERIES_BARS))
    assert len(series) == MAX_SERIES_BARS + 2_001 - MAX_SERIES_BARS // 8
    assert starts(series)[-1] == 100_000 + MAX_SERIES_BARS


def test_scrolling_back_without_end_keeps_every_page() -> None:
    series = BarSeries("AAPL", SECOND)
    series.merge(run(200_000, 1_000))
    for page in range(1, 51):
        assert series.merge(run(200_000 - page * 2_000, 2_000)) == 2_000
    assert len(series) == 101_000
    assert np.array_equal(series.start_ms, np.arange(100_000, 201_000) * SECOND)
    series.put(bar(201_000))
    assert len(series) == 101_001


def test_more_than_a_series_can_hold_leaves_the_newest() -> None:
    series = BarSeries("AAPL", SECOND, most_loaded=1_000)
    everything = MAX_SERIES_BARS + 1_000
    assert series.merge(run(0, everything + 5)) == everything
    assert starts(series)[0] == 5


def test_only_a_change_before_the_last_bar_raises_the_revision() -> None:
    series = series_of(1, 2, 3)
    revision = series.revision
    series.put(bar(3, 2.0))
    series.put(bar(4))
    assert series.revision == revision
    series.put(bar(2, 2.0))
    assert series.revision == revision + 1


def test_bars_at_the_end_are_moved_seldom_and_replaced_ones_never(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bar_series, "MAX_SERIES_BARS", 1_000)
    monkeypatch.setattr(bar_series, "_LET_GO", 125)
    series = BarSeries("AAPL", SECOND, capacity=4)
    moves, memory = 0, series.close.base
    for second in range(20_000):
        series.put(bar(second))
        moves += series.close.base is not memory
        memory = series.close.base
    assert moves < 20_000 / 200, "room is made in proportion to the length, also when the oldest are let go"
    newest = series.start_ms[-1] // SECOND
    for second in range(newest - 500, newest):
        series.put(bar(int(second), 2.0))
    assert series.close.base is memory


def test_views_are_no_copies_and_cannot_be_written_to() -> None:
    series = series_of(1, 2)
    columns = series.columns()
    assert np.shares_memory(columns.close, series.close)
    for column in columns:
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 0
    assert [column.dtype for column in columns] == [np.dtype(dtype) for dtype in COLUMNS.values()]


def test_absent_numbers_and_marks_come_back_as_they_were() -> None:
    series = BarSeries("AAPL", SECOND)
    series.put(Bar(0, 1.0, 2.0, 0.5, 1.5, 7.0, NAN, -1, BarSource.STREAM, True, NAN, Proof.LATE_PRINT))
    found = series.bar(0)
    assert math.isnan(found.vwap)
    assert math.isnan(found.cumulative_volume)
    assert (found.trades, found.source, found.revised, found.proof) == (-1, BarSource.STREAM, True, Proof.LATE_PRINT)
