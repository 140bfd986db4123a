"""What time brings: latency, times in force, the turn of the day, the equity curve."""

from __future__ import annotations

from decimal import Decimal

import pytest

from live_monitor.data.models.orders import AccountSettings, RiskLimits
from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.paper.entries import DayBegan, EquityMarked, Filled, OrderArrived, OrderExpired, Warned
from live_monitor.errors import InvalidPaperOrder
from tests.engine.paper.acme import CLOSE_MS, DAY_MS, FRIDAY, POST_MS, START_MS, SYMBOL, Acme

D = Decimal
MINUTE = 60_000


def test_an_order_meets_the_quote_that_stands_when_it_arrives() -> None:
    acme = Acme(latency_ms=100)
    order = acme.place(10, "BUY", 100)
    assert (order.state, order.stage, order.active_ms) == ("accepted", "flight", START_MS + 110)
    assert "100 ms" in acme.why(order)
    acme.quote(60, 100.19, 100.21)
    # The first thing that is heard after it has arrived; the quote of before counts, this one does not yet.
    acme.quote(150, 100.49, 100.51)
    assert acme.fills() == [("O1", 100, "100.21")]
    filled = next(entry for entry in acme.entries if isinstance(entry, Filled))
    assert (filled.at_ms, filled.receipt.latency_ms) == (START_MS + 110, 100)


def test_in_flight_nothing_fills_or_triggers() -> None:
    acme = Acme(latency_ms=100)
    acme.place(10, "BUY", 100, "LMT", limit="99.90")
    acme.place(10, "BUY", 100, "STP", stop="100.50")
    acme.print(50, 98.0)
    acme.print(51, 101.0)
    assert acme.fills() == []
    acme.quote(52, 99.99, 100.01)
    acme.time(110)
    arrived = [(entry.order_id, entry.stage) for entry in acme.taken() if isinstance(entry, OrderArrived)]
    assert arrived == [("O1", ""), ("O2", "")]
    acme.print(111, 98.0)
    assert acme.fills() == [("O1", 100, "99.90")]


def test_an_order_may_be_canceled_in_flight_and_a_market_order_refused_there() -> None:
    acme = Acme(latency_ms=100)
    first = acme.place(10, "BUY", 100)
    acme.engine.cancel(first.order_id, acme.now(50))
    second = acme.place(4_950, "BUY", 100)
    acme.time(5_050)
    assert acme.states() == {"O1": "canceled", "O2": "canceled"}
    assert "no live market price" in acme.order(second.order_id).text
    assert acme.fills() == []


def test_new_terms_take_as_long_as_a_new_order() -> None:
    acme = Acme(latency_ms=100)
    order = acme.place(10, "BUY", 100, "LMT", limit="99.00")
    acme.time(110)
    acme.engine.replace(order.order_id, acme.now(200), limit_price="100.05")
    acme.print(250, 98.0)
    assert order.filled == 0
    acme.time(300)
    assert acme.fills() == [("O1", 100, "100.01")]


def test_day_orders_end_with_the_session_and_extended_ones_with_the_late_one() -> None:
    acme = Acme()
    acme.place(1, "BUY", 1, "LMT", limit="90.00")
    acme.place(1, "BUY", 1, "LMT", limit="90.00", extended_hours=True)
    acme.place(1, "BUY", 1, "LMT", limit="90.00", tif="GTC")
    acme.time(CLOSE_MS - 1)
    assert set(acme.states().values()) == {"accepted"}
    # Also where a quote says first that it is later, and whenever the program looks.
    acme.quote(CLOSE_MS + 700, 99.99, 100.01)
    assert acme.states() == {"O1": "expired", "O2": "accepted", "O3": "accepted"}
    acme.time(POST_MS + 30_000)
    assert acme.states() == {"O1": "expired", "O2": "expired", "O3": "accepted"}
    expired = [entry.at_ms - START_MS for entry in acme.taken() if isinstance(entry, OrderExpired)]
    assert expired == [CLOSE_MS, POST_MS]


def test_orders_that_have_ended_are_not_remembered_until_they_would_have_expired() -> None:
    acme = Acme()
    resting = acme.place(1, "BUY", 1, "LMT", limit="90.00")
    for number in range(300):
        order = acme.place(2 + number, "BUY", 1, "LMT", limit="91.00")
        acme.engine.cancel(order.order_id, acme.now(2 + number))
    assert len(acme.engine._core.due) < 100
    acme.time(CLOSE_MS)
    assert resting.state == "expired"


def test_a_print_after_the_close_does_not_fill_an_order_that_has_just_expired() -> None:
    acme = Acme()
    order = acme.place(1, "BUY", 1, "LMT", limit="99.00")
    acme.print(CLOSE_MS, 98.0)
    assert (order.state, acme.fills()) == ("expired", [])


def test_an_auction_order_whose_auction_nobody_marks_ends_and_says_so() -> None:
    acme = Acme()
    order = acme.place(1, "BUY", 1, tif="CLS")
    acme.time(CLOSE_MS + 14 * MINUTE)
    assert order.is_open
    acme.time(CLOSE_MS + 15 * MINUTE)
    assert (order.state, order.reason) == ("canceled", "no_auction")


def test_a_day_begins_once_and_says_where_it_starts() -> None:
    acme = Acme()
    acme.hold(100)
    acme.time(3 * DAY_MS - 10 * 3_600_000)  # Monday, at midnight
    acme.taken()
    days = [entry for entry in acme.entries if isinstance(entry, DayBegan)]
    assert [(entry.day, entry.settles) for entry in days] == [
        ("2026-11-20", "2026-11-23"),
        ("2026-11-23", "2026-11-24"),
    ]
    assert days[1].marks == {SYMBOL: D("100.00")}
    assert days[1].net_liq == D("99999.00")
    acme.time(3 * DAY_MS)
    acme.time(3 * DAY_MS - 1)
    assert acme.kinds() == ["EquityMarked"]


def test_days_without_a_session_begin_nothing() -> None:
    acme = Acme()
    acme.time(1)
    acme.taken()
    acme.time(DAY_MS)
    acme.time(2 * DAY_MS)
    assert acme.kinds() == []
    # A day that has been is none that begins, should a recording be played again.
    acme.time(3 * DAY_MS)
    acme.time(5)
    assert acme.kinds() == ["DayBegan"]


def test_the_equity_curve_has_a_point_a_minute_while_something_is_held() -> None:
    acme = Acme()
    for ms in range(0, 3 * MINUTE, 20_000):
        acme.time(ms)
    assert acme.kinds() == ["DayBegan"]
    acme.hold(100)
    for ms in range(3 * MINUTE, 6 * MINUTE, 20_000):
        acme.quote(ms, 100.99, 101.01)
        acme.time(ms)
    points = [(entry.at_ms - START_MS, entry.net_liq) for entry in acme.taken() if isinstance(entry, EquityMarked)]
    assert points == [(minute * MINUTE, D("100099.00")) for minute in (3, 4, 5)]


def test_a_position_without_any_price_leaves_a_gap_in_the_curve() -> None:
    acme = Acme(quoted=False, fill_model="simple")
    acme.place(1, "BUY", 10, "LMT", limit="100.00")
    acme.time(2 * MINUTE)
    assert acme.kinds() == ["DayBegan", "OrderPlaced", "OrderAccepted", "Filled"]
    acme.snapshot(2 * MINUTE + 1, previous_close=90.0)
    acme.time(3 * MINUTE)
    assert acme.kinds() == ["EquityMarked"]


def test_a_maintenance_call_is_told_once_a_day() -> None:
    acme = Acme(10_000, margin_enabled=True)
    acme.quote(1, 99.98, 100.00, 1e6)
    acme.place(2, "BUY", 190)
    for minute in (1, 2, 3):
        acme.quote(minute * MINUTE, 55.0, 55.02)
        acme.time(minute * MINUTE)
    warned = [entry.reason for entry in acme.taken() if isinstance(entry, Warned)]
    assert warned == ["maintenance_call"]


def test_a_daily_loss_locks_without_a_fill_and_cancels_entries() -> None:
    limits = RiskLimits(
        max_position=None, max_portfolio_risk=None, min_cash_reserve=None, daily_loss_limit=D(500), losing_streak=None
    )
    acme = Acme(risk=limits)
    acme.time(1)
    acme.hold(100)
    waiting = acme.place(5, "BUY", 10, "LMT", limit="90.00")
    protecting = acme.place(5, "SELL", 100, "STP", stop="80.00")
    acme.quote(MINUTE, 94.0, 94.02)
    acme.time(MINUTE)
    assert "RiskLocked" in acme.kinds()
    assert (waiting.state, waiting.reason) == ("canceled", "daily_loss")
    assert protecting.is_open
    acme.engine.change(acme.now(MINUTE + 1), settings=AccountSettings(risk=RiskLimits(enabled=False)))
    assert acme.engine.snapshot(acme.now()).locked


def test_a_loss_of_prices_alone_refuses_at_the_limit_and_locks() -> None:
    only = RiskLimits(
        max_position=None, max_portfolio_risk=None, min_cash_reserve=None, daily_loss_limit=D(1_000), losing_streak=None
    )
    acme = Acme(risk=only)
    acme.time(0)
    acme.place(1, "BUY", 100)
    acme.quote(100, 90.01, 90.03)
    acme.place(101, "BUY", 1, "LMT", limit="80.00")
    acme.quote(200, 90.00, 90.02)  # 1,000 USD are lost, to the cent
    with pytest.raises(InvalidPaperOrder) as refusal:
        acme.place(201, "BUY", 1, "LMT", limit="80.00")
    assert refusal.value.reason == "daily_loss"
    acme.quote(300, 99.99, 100.01)
    with pytest.raises(InvalidPaperOrder) as refusal:
        acme.place(301, "BUY", 1, "LMT", limit="80.00")
    assert refusal.value.reason == "locked"
    assert acme.states()["O2"] == "canceled"


def test_a_loss_locks_also_after_market_time_went_back() -> None:
    limits = RiskLimits(
        max_position=None, max_portfolio_risk=None, min_cash_reserve=None, daily_loss_limit=D(500), losing_streak=None
    )
    acme = Acme(risk=limits)
    acme.time(0)
    acme.place(1, "BUY", 100)
    acme.time(30 * MINUTE)
    acme.quote(5 * MINUTE, 94.00, 94.02)
    acme.taken()
    acme.time(5 * MINUTE + 1)
    assert acme.kinds() == ["RiskLocked"]
    acme.time(6 * MINUTE)
    assert acme.kinds() == []
    acme.time(31 * MINUTE)
    assert acme.kinds() == ["EquityMarked"]


def test_the_profit_of_a_day_counts_from_the_last_prices_of_the_day_before() -> None:
    acme = Acme()
    acme.time(0)
    acme.hold(100)
    acme.quote(CLOSE_MS - 1, 102.99, 103.01)
    assert acme.engine.snapshot(acme.now()).day_pnl == 299
    monday = 3 * DAY_MS
    acme.quote(monday, 103.99, 104.01)
    found = acme.engine.snapshot(acme.now())
    assert (found.day_pnl, found.unrealized) == (D(100), D(399))
    (row,) = acme.engine.positions(acme.now())
    assert row.day_pnl == 100


@pytest.mark.parametrize("latency_ms", [0, 250])
def test_the_calendar_of_a_half_day_ends_day_orders_early(latency_ms: int) -> None:
    acme = Acme(latency_ms=latency_ms)
    black_friday = us_equities().times(FRIDAY.replace(day=27))
    assert black_friday is not None
    acme.quote(black_friday.open_ms - START_MS, 99.99, 100.01)
    order = acme.place(black_friday.open_ms - START_MS + 1, "BUY", 1, "LMT", limit="90.00")
    assert order.expires_ms == black_friday.close_ms
    assert acme.engine.calendar.to_local(order.expires_ms).hour == 13


def test_after_market_time_went_back_an_order_says_since_when_it_counts() -> None:
    acme = Acme()
    order = acme.place(3_600_000, "BUY", 100, "LMT", limit=99)
    acme.quote(1_000, 98, 98.5)
    acme.print(1_001, 98)
    assert acme.fills() == []
    assert acme.why(order).startswith("was placed at 11:00 (New York time), and market time has gone back")


def test_what_was_due_while_nobody_was_there_arrives_now() -> None:
    acme = Acme(latency_ms=40)
    order = acme.place(1, "BUY", 1, "LMT", limit="90.00")
    acme.taken()
    acme.time(MINUTE)
    (arrived,) = [entry for entry in acme.taken() if isinstance(entry, OrderArrived)]
    assert (arrived.order_id, arrived.at_ms) == (order.order_id, START_MS + MINUTE)


def test_an_order_that_would_arrive_at_the_bell_has_expired() -> None:
    acme = Acme(latency_ms=40)
    acme.place(CLOSE_MS - 40, "BUY", 1, "LMT", limit="90.00")
    acme.taken()
    acme.time(CLOSE_MS)
    assert acme.kinds() == ["OrderExpired"]


def test_a_fill_while_a_day_waits_for_prices_is_one_of_that_day() -> None:
    acme = Acme()
    acme.time(0)
    acme.quote(1, 49.99, 50.01, symbol="BETA")
    acme.place(2, "BUY", 10)
    acme.taken()
    again = Acme(quoted=False)
    for entry in acme.entries:
        again.state.apply(entry)
    monday = 3 * DAY_MS
    again.quote(monday, 49.99, 50.01, symbol="BETA")
    again.time(monday + 1)
    assert again.state.today == FRIDAY.isoformat()  # nobody knows yet what is held is worth
    again.place(monday + 2, "BUY", 10, symbol="BETA")
    assert again.kinds()[:3] == ["OrderPlaced", "OrderAccepted", "DayBegan"]
    assert again.engine.snapshot(again.now()).trades_today == 1


def test_selling_what_unsettled_cash_has_bought_is_warned_of() -> None:
    acme = Acme(10_002)
    acme.time(0)
    acme.quote(1, 49.99, 50.01, symbol="BETA")
    acme.place(2, "BUY", 100)
    acme.place(3, "SELL", 100)
    acme.place(4, "BUY", 100, symbol="BETA")
    acme.taken()
    acme.place(5, "SELL", 100, symbol="BETA")
    (warned,) = [entry for entry in acme.taken() if isinstance(entry, Warned)]
    assert warned.reason == "good_faith_violation"
    assert acme.engine.snapshot(acme.now()).warnings == (warned.text,)
    acme.place(6, "BUY", 1)
    monday = 3 * DAY_MS
    acme.quote(monday, 99.99, 100.01)
    acme.place(monday + 1, "SELL", 1)
    assert [entry for entry in acme.taken() if isinstance(entry, Warned)] == []
