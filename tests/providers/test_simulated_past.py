"""Sums of past days: bounded memory, wishes in order."""

from __future__ import annotations

from datetime import date

import pytest

from live_monitor.engine.market.sessions import us_equities
from live_monitor.providers import simulated_past
from live_monitor.providers.simulated_day import SymbolDay
from live_monitor.providers.simulated_past import PastDays, _Shelf
from live_monitor.providers.simulated_sessions import Session, Sessions
from tests.providers.simulated_days import symbol_day

SESSIONS = Sessions(us_equities())


def new_day(symbol: str, session: Session) -> SymbolDay:
    return symbol_day(symbol, day=session.day)


def make(past: PastDays, symbol: str, session: Session) -> None:
    day = past.making(symbol, session)
    while past.sum(symbol, session) is None:
        past.step(symbol, day)


def test_a_shelf_keeps_what_was_used_last() -> None:
    shelf: _Shelf[str] = _Shelf(10)
    for number in range(4):
        shelf.put(("A", number), str(number), 3)
        shelf.get(("A", 0))
    assert [shelf.get(("A", number)) for number in range(4)] == ["0", None, "2", "3"]
    assert shelf.weight == 9
    shelf.put(("A", 0), "heavy", 50)
    assert (shelf.get(("A", 0)), shelf.get(("A", 3)), shelf.weight) == ("heavy", None, 50)


def test_seconds_go_first_and_minutes_and_totals_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulated_past, "SECONDS_BYTES", 500_000)
    past = PastDays(new_day)
    session = SESSIONS.on(date(2026, 11, 17))
    for _ in range(4):
        make(past, "QZPX", session)
        assert past.cells("QZPX", session, seconds=True) is not None
        session = SESSIONS.on(session.previous)
    first = SESSIONS.on(date(2026, 11, 17))
    assert past.cells("QZPX", first, seconds=True) is None
    minutes = past.cells("QZPX", first, seconds=False)
    row = past.sum("QZPX", first)
    assert minutes is not None
    assert row is not None
    assert row.trades == minutes.trades.sum()
    assert row.totals.volume == minutes.volume.sum()


def test_the_close_of_a_day_is_the_previous_close_of_the_next() -> None:
    past = PastDays(new_day)
    session = SESSIONS.on(date(2026, 11, 17))
    make(past, "F", session)
    row = past.sum("F", session)
    assert row is not None
    assert row.close == new_day("F", SESSIONS.on(date(2026, 11, 18))).previous_close
    assert row.totals.low <= row.close <= row.totals.high


def test_wishes_are_made_in_order_the_urgent_ones_first() -> None:
    order = []

    def noted(symbol: str, session: Session) -> SymbolDay:
        order.append((symbol, session.day.day))
        return new_day(symbol, session)

    past = PastDays(noted)
    days = [SESSIONS.on(date(2026, 11, day)) for day in (19, 18, 17)]
    past.wish("QZPX", days[:1], seconds=False)
    past.wish("F", days[1:], seconds=False, urgent=True)
    past.wish("F", days[1:], seconds=False, urgent=True)
    for _ in range(400):
        past.work_ahead()
    assert order == [("F", 18), ("F", 17), ("QZPX", 19)]
    assert past.cells("QZPX", days[0], seconds=False) is not None
    past.wish("QZPX", days[:1], seconds=False)
    past.work_ahead()
    assert len(order) == 3  # what is made already is not wished for again


def test_wishes_are_bounded() -> None:
    past = PastDays(new_day)
    session = SESSIONS.on(date(2026, 11, 19))
    for _ in range(300):
        session = SESSIONS.on(session.previous)
        past.wish("F", [session], seconds=False, urgent=True)
    assert len(past._wishes) == simulated_past._WISHES
