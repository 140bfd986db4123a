"""Levels of the day before and of the opening range."""

from __future__ import annotations

import math

from live_monitor.engine.signals.indicators import OpeningRange, PreviousDay


def test_the_day_before_is_its_extremes_and_its_last_close() -> None:
    levels = PreviousDay()
    for bar in ((10.0, 9.0, 9.5), (12.0, 9.2, 11.0), (11.0, 8.0, 8.5)):
        assert all(math.isnan(level) for level in levels.update(1, *bar))
    assert levels.update(2, 50.0, 40.0, 45.0) == (12.0, 8.0, 8.5)
    assert levels.update(2, 60.0, 30.0, 31.0) == (12.0, 8.0, 8.5)
    assert levels.peek(2, 99.0, 1.0, 2.0) == (12.0, 8.0, 8.5)
    assert levels.peek(3, 99.0, 1.0, 2.0) == (60.0, 30.0, 31.0)
    assert levels.update(3, 5.0, 5.0, 5.0) == (60.0, 30.0, 31.0)


def test_opening_range_is_given_out_when_complete_and_for_a_while() -> None:
    opening = OpeningRange(300, 500)
    forming = [
        opening.update(0, start, high, low) for start, high, low in ((0, 5.0, 3.0), (100, 7.0, 4.0), (200, 6.0, 2.0))
    ]
    assert all(math.isnan(edge) for edges in forming for edge in edges)
    assert opening.update(0, 300, 100.0, 1.0) == (7.0, 2.0)
    assert opening.update(0, 400, 100.0, 1.0) == (7.0, 2.0)
    assert math.isnan(opening.update(0, 500, 100.0, 1.0)[0])


def test_opening_range_without_a_bar_never_is() -> None:
    assert all(math.isnan(edge) for edge in OpeningRange(300, 500).update(0, 300, 7.0, 2.0))


def test_bars_before_the_open_are_no_part_of_the_range() -> None:
    opening = OpeningRange(300)
    opening.update(1_000, 900, 99.0, 1.0)
    opening.update(1_000, 1_000, 7.0, 6.0)
    assert opening.update(1_000, 1_300, 50.0, 2.0) == (7.0, 6.0)


def test_each_session_has_its_own_range_and_keeps_it_until_the_next() -> None:
    opening = OpeningRange(300)
    opening.update(0, 0, 7.0, 6.0)
    assert opening.update(0, 900_000, 50.0, 2.0) == (7.0, 6.0)
    assert all(math.isnan(edge) for edge in opening.update(1_000_000, 1_000_000, 5.0, 4.0))
    assert opening.update(1_000_000, 1_000_400, 9.0, 1.0) == (5.0, 4.0)
