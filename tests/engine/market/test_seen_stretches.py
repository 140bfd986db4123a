"""Of which stretches every print was seen."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.engine.market.bar_builder import BarBuilder
from live_monitor.engine.market.seen_stretches import SeenStretches
from tests.engine.market.prints import START, add, trade


def test_everything_from_the_join_on_is_seen() -> None:
    seen = SeenStretches()
    seen.whole_from_ms = 100
    assert seen.whole(100, 110)
    assert not seen.whole(99, 109)


def test_what_was_seen_before_a_gap_stays_seen() -> None:
    seen = SeenStretches()
    seen.whole_from_ms = 100
    seen.missed(200, 300)
    seen.missed(400, 500)
    assert [seen.whole(at, at + 50) for at in (50, 100, 150, 160, 250, 300, 350, 360, 500)] == [
        False, True, True, False, False, True, True, False, True,
    ]  # fmt: skip
    assert seen.whole_from_ms == 500


def test_a_gap_that_is_told_afterwards_cuts_what_was_seen() -> None:
    seen = SeenStretches()
    seen.missed(1_000, 2_000)
    seen.missed(300, 400)
    assert seen.whole(0, 300)
    assert not seen.whole(290, 310)
    assert seen.whole(400, 1_000)
    assert seen.whole_from_ms == 2_000


@given(
    join=st.integers(0, 50),
    gaps=st.lists(st.tuples(st.integers(0, 100), st.integers(1, 30)), max_size=8),
    width=st.integers(1, 10),
)
def test_a_window_is_whole_when_no_gap_touches_it(join: int, gaps: list[tuple[int, int]], width: int) -> None:
    seen = SeenStretches()
    seen.whole_from_ms = join
    for first, length in gaps:
        seen.missed(first, first + length)
    starts = np.arange(0, 140)
    whole = seen.whole_rows(starts, width)
    for start in starts.tolist():
        touched = any(first < start + width and start < first + length for first, length in gaps)
        assert bool(whole[start]) == seen.whole(start, start + width)
        # What is cut in two may be forgotten, never made up.
        assert not (whole[start] and (touched or start < join))
        if start >= max([join, *(first + length for first, length in gaps)]):
            assert whole[start]


def test_bars_are_whole_from_where_the_feed_says_that_it_sends() -> None:
    builder = BarBuilder("AAPL")
    builder.whole_from_ms = START
    add(builder, [trade(0.2, 100.0, 100)])
    builder.joined(START + 1_100)
    starts = np.array([START, START + 1_000, START + 2_000])
    assert builder.saw(starts, 1_000).tolist() == [False, False, True]
    builder.joined(START + 60_000)
    assert builder.whole_from_ms == START + 1_100, "what it sent already is no beginning"
