"""How often a service is asked: in bursts, then at its pace, and not at all while it wants to be left in peace."""

from __future__ import annotations

import pytest

from live_monitor.clock import ManualClock
from live_monitor.errors import RateLimited
from live_monitor.providers.request_pace import FREE_PER_MINUTE, SILENCE_S, RequestPace


class Waiter:
    """Waits by letting the clock's time pass."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.waited: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.clock.advance(seconds)


def test_a_burst_is_free_and_then_each_waits_for_its_turn() -> None:
    waiter = Waiter()
    pace = RequestPace(60.0, waiter.clock, waiter, burst=3.0)
    for _ in range(6):
        pace.acquire(10.0)
    assert waiter.waited == pytest.approx([1.0, 1.0, 1.0])


def test_tokens_that_nobody_took_are_no_larger_burst() -> None:
    waiter = Waiter()
    pace = RequestPace(60.0, waiter.clock, waiter, burst=3.0)
    waiter.clock.advance(3_600)
    for _ in range(4):
        pace.acquire(10.0)
    assert waiter.waited == pytest.approx([1.0])


def test_who_would_wait_longer_than_patience_is_told_at_once_and_takes_nothing() -> None:
    waiter = Waiter()
    pace = RequestPace(60.0, waiter.clock, waiter, burst=1.0)
    pace.acquire(0.0)
    with pytest.raises(RateLimited) as told:
        pace.acquire(0.5)
    assert told.value.wait_s == pytest.approx(1.0)
    pace.acquire(1.0)
    assert waiter.waited == pytest.approx([1.0])


def test_a_shorter_refusal_does_not_end_a_longer_one() -> None:
    waiter = Waiter()
    pace = RequestPace(600.0, waiter.clock, waiter)
    assert pace.refused(40.0) == pytest.approx(40.0)
    assert pace.refused(2.0) == pytest.approx(40.0)
    with pytest.raises(RateLimited):
        pace.acquire(39.0)
    pace.acquire(41.0)
    assert waiter.waited == pytest.approx([40.0])


def test_a_refusal_without_a_time_means_the_quota_of_the_smallest_plan() -> None:
    waiter = Waiter()
    pace = RequestPace(1_200.0, waiter.clock, waiter)
    assert pace.refused(None) == pytest.approx(SILENCE_S)
    assert pace.per_minute == pytest.approx(FREE_PER_MINUTE)
    for _ in range(3):
        pace.acquire(60.0)
    assert waiter.waited == pytest.approx([12.0, 12.0, 12.0])


def test_no_refusal_stands_for_longer_than_a_quarter_of_an_hour() -> None:
    waiter = Waiter()
    assert RequestPace(60.0, waiter.clock, waiter).refused(1e9) == 900.0
