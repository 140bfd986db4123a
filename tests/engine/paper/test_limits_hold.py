"""Limits of a day hold to its end, whatever is done to the program, its settings and its clock (row L15)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.engine.paper import risk
from live_monitor.engine.paper.entries import DayBegan, RiskLocked
from tests.engine.paper.trader import Trader, at

#: A Friday, its close, and when the next session begins: across a weekend, across both changes of the clocks, before
#: Thanksgiving (Thursday is no session, Friday ends at 13:00) and across New Year.
NIGHTS = [
    ("2026-11-20", "2026-11-23"),
    ("2026-10-30", "2026-11-02"),
    ("2026-03-06", "2026-03-09"),
    ("2026-11-25", "2026-11-27"),
    ("2026-12-31", "2027-01-04"),
]


def out_of_trades(day: str) -> Trader:
    trader = Trader(f"{day} 10:00", max_trades_per_day=3)
    for _ in range(3):
        trader.order("BUY")
        trader.order("SELL")
    return trader


def lost(day: str) -> Trader:
    trader = Trader(f"{day} 10:00", daily_loss_limit=Decimal(1_000))
    trader.order("BUY", 100)
    trader.price(89)
    return trader


LOCKED = [out_of_trades, lost]


def entry(trader: Trader) -> str:
    """The code by which an order that would open is refused at any hour; empty when it is taken."""
    return trader.refused(order_type="LMT", limit_price=50, time_in_force="GTC")


@pytest.mark.parametrize("locked", LOCKED)
@pytest.mark.parametrize(("day", "following"), NIGHTS)
def test_l15_a_lock_holds_over_midnight_and_restarts_until_the_next_session_begins(
    day: str, following: str, locked: Callable[[str], Trader]
) -> None:
    trader = locked(day)
    for when in (f"{day} 11:00", f"{day} 15:59", f"{day} 19:59", f"{day} 23:59", f"{following} 00:00:01"):
        trader.pass_to(when)
        assert entry(trader) == "locked", when
        trader.restart()
        assert entry(trader) == "locked", when
    # A minute before the pre-market, by the clock of New York on that day.
    trader.pass_to(f"{following} 03:59")
    assert trader.refused(order_type="LMT", limit_price=90, extended_hours=True) == "locked"
    trader.pass_to(f"{following} 04:00")
    assert trader.refused(order_type="LMT", limit_price=80, extended_hours=True) == ""
    trader.pass_to(f"{following} 10:00")
    trader.restart()
    assert entry(trader) == ""
    assert trader.beyond(3) == []


@pytest.mark.parametrize("locked", LOCKED)
@pytest.mark.parametrize(
    "limits",
    [
        {"enabled": False},
        {"max_trades_per_day": None, "daily_loss_limit": None},
        {"max_trades_per_day": 1_000, "daily_loss_limit": Decimal(10**9)},
    ],
)
def test_l15_other_settings_do_not_lift_a_lock(locked: Callable[[str], Trader], limits: dict[str, Any]) -> None:
    trader = locked("2026-11-20")
    trader.set_limits(**limits)
    assert entry(trader) == "locked"
    trader.restart()
    assert entry(trader) == "locked"
    trader.pass_to("2026-11-23 10:00")
    assert entry(trader) == ""


@pytest.mark.parametrize("locked", LOCKED)
@pytest.mark.parametrize("back", ["2026-11-20 09:31", "2026-11-19 10:00", "2026-11-13 10:00", "2021-03-01 10:00"])
def test_l15_a_clock_that_goes_back_does_not_lift_a_lock(locked: Callable[[str], Trader], back: str) -> None:
    trader = locked("2026-11-20")
    trader.pass_to(back)
    assert entry(trader) == "locked"
    trader.restart()
    assert entry(trader) == "locked"
    assert trader.beyond(3) == []


@pytest.mark.parametrize("locked", LOCKED)
def test_l15_a_clock_that_goes_forward_and_back_does_not_lift_a_lock(locked: Callable[[str], Trader]) -> None:
    trader = locked("2026-11-20")
    trader.pass_to("2026-11-24 10:00")
    assert entry(trader) == ""
    trader.pass_to("2026-11-20 14:00")
    trader.restart()
    assert entry(trader) == "locked"


def test_l15_trades_that_market_time_sees_in_its_future_still_count() -> None:
    trader = Trader("2026-11-20 10:00", max_trades_per_day=3)
    trader.order("BUY")
    trader.order("BUY")
    trader.pass_to("2026-11-19 10:00")
    trader.order("BUY")
    assert trader.refused() == "locked"
    assert trader.engine.state.tally.trades_ms[-1] > trader.now_ms


@pytest.mark.parametrize("locked", LOCKED)
def test_l15_closing_is_always_possible(locked: Callable[[str], Trader]) -> None:
    trader = locked("2026-11-20")
    if not trader.held:
        trader = Trader("2026-11-20 10:00", max_trades_per_day=1)
        trader.order("BUY", 100)
    assert trader.refused("BUY") == "locked"
    assert trader.order("SELL", 40).state == "filled"
    assert trader.order("SELL", 60, order_type="TRAIL", trail_percent=2).state == "accepted"


def test_l15_a_loss_that_nobody_trades_locks_within_a_minute_and_ends_what_would_open() -> None:
    trader = Trader("2026-11-20 10:00", daily_loss_limit=Decimal(1_000))
    trader.order("BUY", 100)
    entry = trader.order("BUY", 10, order_type="LMT", limit_price=80).order_id
    stop = trader.order("SELL", 100, order_type="STP", stop_price=70).order_id
    trader.price("90.01")
    assert trader.engine.state.tally.locks == {}
    trader.price(90)
    assert list(trader.engine.state.tally.locks) == ["daily_loss"]
    ended = trader.engine.state.order(entry)
    kept = trader.engine.state.order(stop)
    assert ended is not None
    assert kept is not None
    assert (ended.state, ended.reason) == ("canceled", "daily_loss")
    assert kept.state == "accepted"


def started_blind(price: str) -> Trader:
    """100 shares of Thursday's, worth `price` each on Friday; Monday's start has no price of them yet."""
    trader = Trader("2026-11-19 10:00", daily_loss_limit=Decimal(1_000))
    trader.order("BUY", 100)
    for day in ("2026-11-19", "2026-11-20"):
        trader.pass_to(f"{day} 15:00")
        trader.price((trader.prices["IBM"] + Decimal(price)) / 2 if day == "2026-11-19" else price)
    assert trader.engine.state.tally.locks == {}
    trader.now_ms, trader.prices = at("2026-11-23 10:00"), {"AAPL": Decimal(200)}
    trader.restart()
    return trader


def loses_a_thousand_from(trader: Trader, price: str) -> None:
    """The limit is where Friday's last price says."""
    trader.price(Decimal(price) - Decimal("9.99"))
    assert trader.engine.state.tally.locks == {}
    trader.price(Decimal(price) - Decimal("10.01"))
    assert list(trader.engine.state.tally.locks) == ["daily_loss"]


@pytest.mark.parametrize("price", ["82", "160"])
@pytest.mark.parametrize("silence_s", [5, 50, 300])
def test_l15_what_was_won_or_lost_before_is_none_of_today_when_prices_come_late(silence_s: int, price: str) -> None:
    trader = started_blind(price)
    trader.pass_to(trader.now_ms + silence_s * 1_000)
    assert trader.engine.state.tally.locks == {}
    trader.prices["IBM"] = Decimal(price)
    trader.pass_to(trader.now_ms + 1_000)
    trader.pass_to("2026-11-23 10:06")
    assert trader.engine.state.today == "2026-11-23"
    begun = [entry for entry in trader.entries() if isinstance(entry, DayBegan)][-1]
    # After a minute the day no longer waits for a price of what is held.
    assert begun.marks == ({"IBM": Decimal(price) - Decimal("0.005")} if silence_s < 60 else {})
    loses_a_thousand_from(trader, price)


@pytest.mark.parametrize("price", ["82", "160"])
def test_l15_an_order_before_the_first_price_of_what_is_held_trips_nothing(price: str) -> None:
    trader = started_blind(price)
    for _ in range(2):
        assert trader.refused(symbol="AAPL", quantity=1) == ""
        trader.pass_to(trader.now_ms + 30_000)
    trader.prices["IBM"] = Decimal(price)
    trader.pass_to("2026-11-23 10:06")
    assert trader.engine.state.tally.locks == {}
    assert trader.engine.state.today == "2026-11-23"
    trader.order("SELL", 2, symbol="AAPL")
    loses_a_thousand_from(trader, price)


def test_l15_each_day_locks_anew() -> None:
    trader = Trader("2026-11-20 10:00", max_trades_per_day=1, losing_streak=1, cool_down_s=60)
    for day, following in (("2026-11-20", "2026-11-23"), ("2026-11-23", "2026-11-24")):
        trader.pass_to(f"{day} 10:00")
        trader.order("BUY")
        lock = trader.engine.state.tally.locks["max_trades"]
        assert lock.until_ms == at(f"{following} 04:00")
        trader.price(trader.prices["IBM"] - 1)
        trader.order("SELL")
        # A pause beside it changes nothing.
        assert trader.engine.state.tally.locks["losing_streak"].until_ms == trader.now_ms + 60_000
        trader.pass_to(f"{day} 15:00")
        assert entry(trader) == "locked"
    assert trader.beyond(1) == []


def test_l15_a_pause_does_not_keep_the_lock_of_a_day_away() -> None:
    trader = Trader("2026-11-20 10:00", losing_streak=1, cool_down_s=3_600, daily_loss_limit=Decimal(100))
    trader.order("BUY")
    trader.price(99)
    trader.order("SELL", 5)
    trader.order("SELL", 5)
    assert list(trader.engine.state.tally.locks) == ["losing_streak"]
    trader.pass_to(trader.now_ms + 3_600_000)
    trader.order("BUY", 100)
    trader.price(97)
    assert list(trader.engine.state.tally.locks) == ["losing_streak", "daily_loss"]


def test_l15_working_orders_count_as_trades_that_may_still_come() -> None:
    trader = Trader("2026-11-20 10:00", max_trades_per_day=3)
    for _ in range(2):
        trader.order("BUY", order_type="LMT", limit_price=95, time_in_force="GTC")
    trader.order("BUY")
    assert trader.refused() == "max_trades"
    trader.price(94)
    assert trader.refused() == "locked"
    assert trader.beyond(3) == []


def test_l15_losses_in_a_row_bring_a_pause_that_ends_by_itself_and_counts_anew() -> None:
    trader = Trader("2026-11-20 10:00", losing_streak=2, cool_down_s=600)
    for _ in range(2):
        trader.order("BUY")
        trader.price(trader.prices["IBM"] - 1)
        trader.order("SELL")
    paused_ms = trader.now_ms
    assert trader.refused() == "locked"
    trader.restart()
    trader.pass_to(paused_ms + 590_000)
    assert trader.refused() == "locked"
    trader.pass_to(paused_ms + 600_000)
    trader.order("BUY")
    trader.price(trader.prices["IBM"] - 1)
    trader.order("SELL")
    assert trader.refused() == ""


def test_l15_an_account_that_takes_the_place_of_a_locked_one_is_locked_as_long() -> None:
    trader = lost("2026-11-20")
    (lock,) = risk.carried_over(trader.engine.state, "A2", trader.now_ms)
    assert lock == RiskLocked(
        account="A2", at_ms=trader.now_ms, reason="daily_loss", text=lock.text, until_ms=at("2026-11-23 04:00")
    )
    assert risk.carried_over(trader.engine.state, "A2", at("2026-11-23 04:00")) == []


STEPS = st.one_of(
    st.tuples(st.just("order"), st.sampled_from(("BUY", "SELL")), st.sampled_from((5, 10, 25))),
    st.tuples(st.just("rest"), st.sampled_from((1, 3))),
    st.tuples(st.just("price"), st.integers(-4, 4)),
    st.tuples(st.just("pass"), st.sampled_from((10, 45, 6 * 60, 11 * 60, 17 * 60, 24 * 60, 60 * 60))),
    st.tuples(st.just("back"), st.sampled_from((1, 90, 25 * 60, 73 * 60))),
    st.tuples(st.just("restart")),
    st.tuples(st.just("loosen")),
)


@given(st.sampled_from([day for day, _ in NIGHTS]), st.lists(STEPS, min_size=10, max_size=60))
def test_l15_no_sequence_of_orders_restarts_and_clocks_trades_beyond_the_limit(day: str, steps: list[Any]) -> None:
    trader = Trader(
        f"{day} 10:00", max_trades_per_day=3, daily_loss_limit=Decimal(60), losing_streak=2, cool_down_s=900
    )
    for kind, *given_ in steps:
        if kind == "order":
            trader.refused(*given_)
        elif kind == "rest":
            below = trader.prices["IBM"] - given_[0]
            trader.refused("BUY", 10, order_type="LMT", limit_price=below, time_in_force="GTC")
        elif kind == "price":
            trader.price(max(trader.prices["IBM"] + given_[0], Decimal(20)))
        elif kind == "pass":
            trader.pass_to(trader.now_ms + given_[0] * 60_000)
        elif kind == "back":
            trader.pass_to(trader.now_ms - given_[0] * 60_000)
        elif kind == "restart":
            trader.restart()
        elif any(lock.until_ms > trader.now_ms for lock in trader.engine.state.tally.locks.values()):
            # Only once it is too late: raising a limit before it is met is everybody's right.
            trader.set_limits(enabled=False)
            assert entry(trader) == "locked"
            trader.set_limits()
    assert trader.beyond(3) == []
