"""Since when what has changed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from live_monitor.engine.market.change_log import ChangeLog


@given(st.lists(st.integers(0, 20), max_size=40), st.integers(0, 40))
def test_the_earliest_start_since_a_version_is_exact_while_it_is_kept(starts: list[int], version: int) -> None:
    log = ChangeLog()
    for number, start in enumerate(starts, 1):
        log.note(number, start)
    assert log.earliest_since(version) == min(starts[version:], default=None)


@given(st.lists(st.integers(-5, 5), min_size=600, max_size=900))
def test_a_long_past_version_is_told_an_earlier_start_and_the_log_stays_small(steps: list[int]) -> None:
    log, start, starts = ChangeLog(), 0, list[int]()
    for number, step in enumerate(steps, 1):
        start += step + 2
        starts.append(start)
        log.note(number, start)
    assert len(log._starts) == len(log._versions) <= 256
    for version in range(0, len(starts), 37):
        told = log.earliest_since(version)
        assert told is not None
        assert told <= min(starts[version:])
    assert log.earliest_since(len(starts) - 1) == starts[-1]
