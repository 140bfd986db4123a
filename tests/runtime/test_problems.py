"""Exceptions are told apart by where they were raised, and counted when they repeat."""

from __future__ import annotations

import sys

from live_monitor.clock import ManualClock
from live_monitor.log import redact
from live_monitor.runtime.problems import MAX_PROBLEMS, Problem, ProblemBook


def raise_here(book: ProblemBook, text: str = "boom") -> Problem | None:
    try:
        raise ValueError(text)
    except ValueError:
        kind, error, trace = sys.exc_info()
        assert kind is not None
        return book.note(kind, error, trace, "slot")


def test_a_cause_is_news_once_then_once_a_second_with_its_count(manual_clock: ManualClock) -> None:
    book = ProblemBook(manual_clock)
    first = raise_here(book)
    assert first is not None
    assert (first.count, first.text) == (1, "ValueError: boom")
    assert [raise_here(book) for _ in range(5)] == [None] * 5
    manual_clock.advance(1.01)
    again = raise_here(book)
    assert again is not None
    assert again.text == "ValueError: boom (7 times)"
    assert again.fingerprint == first.fingerprint
    assert book.total == 7


def test_two_places_are_two_causes(manual_clock: ManualClock) -> None:
    book = ProblemBook(manual_clock)
    assert raise_here(book) is not None
    try:
        raise ValueError("boom")
    except ValueError:
        kind, error, trace = sys.exc_info()
        assert kind is not None
        assert book.note(kind, error, trace, "slot") is not None


def test_causes_are_bounded(manual_clock: ManualClock) -> None:
    book = ProblemBook(manual_clock)
    kinds = [type(f"Error{number}", (Exception,), {}) for number in range(MAX_PROBLEMS + 50)]
    told = [book.note(kind, kind(), None, "slot") for kind in kinds]
    assert sum(problem is not None for problem in told) == MAX_PROBLEMS
    assert book.total == MAX_PROBLEMS + 50


def test_the_report_carries_no_secret(manual_clock: ManualClock) -> None:
    redact.register("canary-secret-1")
    problem = raise_here(ProblemBook(manual_clock), "token=abcdefgh canary-secret-1")
    assert problem is not None
    assert "canary" not in problem.text + problem.detail
    assert "abcdefgh" not in problem.text
