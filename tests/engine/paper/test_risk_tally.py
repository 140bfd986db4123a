"""What limits count: trades by their times, losses in a row, locks that only ever end later."""

from __future__ import annotations

from decimal import Decimal

import pytest

from live_monitor.engine.paper.entries import DayBegan, RiskLocked
from live_monitor.engine.paper.risk_tally import KEPT_DAYS, KEPT_TRADES, RiskTally
from tests.engine.paper import entries_of as make

ONE, NONE = Decimal(1), Decimal(0)


def lock(reason: str, until_ms: int) -> RiskLocked:
    return RiskLocked(**make.AT, reason=reason, text=f"until {until_ms}", until_ms=until_ms)


def test_an_order_counts_once_with_its_first_share_that_opens() -> None:
    tally = RiskTally()
    tally.filled(10, "O1", NONE, None)
    assert tally.trades_ms == []
    for at_ms in (20, 30):
        tally.filled(at_ms, "O1", ONE, None)
    assert tally.trades_ms == [20]
    tally.order_ended("O1")
    assert tally.counted == []


def test_only_the_newest_trades_are_remembered() -> None:
    tally = RiskTally(trades_ms=list(range(KEPT_TRADES)))
    tally.filled(KEPT_TRADES, "O1", ONE, None)
    assert (len(tally.trades_ms), tally.trades_ms[0], tally.trades_ms[-1]) == (KEPT_TRADES, 1, KEPT_TRADES)


def test_lost_round_trips_count_until_one_does_not_lose() -> None:
    tally = RiskTally()
    for trip in ("-1", "-0.01", None):
        tally.filled(1, "O1", NONE, None if trip is None else Decimal(trip))
    assert tally.losses == 2
    tally.filled(1, "O1", NONE, NONE)
    assert tally.losses == 0


def test_a_new_day_forgets_lost_trades_and_a_day_that_is_said_again_changes_nothing() -> None:
    tally = RiskTally(losses=2)
    begun = DayBegan(**make.AT, day="2026-11-23", net_liq=Decimal(100))
    tally.day_began(begun)
    assert tally.losses == 0
    tally.losses = 1
    tally.day_began(DayBegan(**make.AT, day="2026-11-23", net_liq=Decimal(50)))
    assert (tally.losses, tally.starts) == (1, {"2026-11-23": Decimal(100)})


def test_the_beginnings_of_the_last_days_are_remembered() -> None:
    tally = RiskTally()
    for day in range(1, KEPT_DAYS + 3):
        tally.day_began(DayBegan(**make.AT, day=f"2026-12-{day:02d}", net_liq=Decimal(day)))
    assert next(iter(tally.starts)) == "2026-12-03"
    assert len(tally.starts) == KEPT_DAYS


@pytest.mark.parametrize("order", [(10, 20), (20, 10)])
def test_a_lock_only_ever_ends_later(order: tuple[int, int]) -> None:
    tally = RiskTally()
    for until_ms in order:
        tally.locked(lock("losing_streak", until_ms))
    tally.locked(lock("daily_loss", 5))
    assert {reason: held.until_ms for reason, held in tally.locks.items()} == {"losing_streak": 20, "daily_loss": 5}


def test_a_pause_begins_the_count_of_losses_anew_and_another_lock_does_not() -> None:
    tally = RiskTally(losses=3)
    tally.locked(lock("daily_loss", 5))
    assert tally.losses == 3
    tally.locked(lock("losing_streak", 5))
    assert tally.losses == 0
