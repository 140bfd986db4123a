"""A day begins before anything is filled in it."""

from __future__ import annotations

from live_monitor.engine.paper.entries import DayBegan, Filled
from tests.engine.paper.fills.fill_script import Case, Play


def test_a_fill_on_the_first_quote_of_a_day_counts_for_that_day() -> None:
    # What is held has no price before that quote, so that the day would wait for one.
    steps = ["09:29:00 buy 100 LMT 10.10", "09:30:01 quote 10.00x300 10.05x60", "09:30:02 quote 10.00x300 10.05x60"]
    play = Play(Case("", "first quote", "", steps, [], holds=500))
    play.run()
    kinds = [type(entry) for entry in play.engine.out if isinstance(entry, DayBegan | Filled)]
    assert kinds == [DayBegan, Filled, Filled]
    assert [filled.quantity for filled in play.fills()] == [60, 40]
    day = play.engine.state.day
    assert day is not None
    assert (day.day, day.trades) == ("2026-11-23", 1)


def test_without_a_fill_the_day_waits_for_a_price_of_what_is_held_for_a_minute() -> None:
    play = Play(Case("", "silence", "", ["09:30:00 time", "09:30:59 time"], [], holds=500))
    play.run()
    assert play.engine.out == []
    late = Play(Case("", "silence", "", ["09:30:00 time", "09:31:00 time"], [], holds=500))
    late.run()
    (began,) = [entry for entry in late.engine.out if isinstance(entry, DayBegan)]
    assert began.marks == {}
    priced = Play(
        Case("", "a quote", "", ["09:30:00 time", "09:30:05 quote 10.00 10.04", "09:30:06 time"], [], holds=5)
    )
    priced.run()
    (began,) = [entry for entry in priced.engine.out if isinstance(entry, DayBegan)]
    assert {symbol: str(price) for symbol, price in began.marks.items()} == {"ACME": "10.02"}
