"""When times in force end (market rules 10.2)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from live_monitor.data.models.orders import Order, TimeInForce
from live_monitor.engine.market.sessions import NEW_YORK, us_equities
from live_monitor.engine.paper.expiry import end_of


def at(text: str) -> int:
    """New York "MM-DD HH:MM" of 2026, in ms."""
    return round(datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=NEW_YORK).timestamp() * 1_000)


@pytest.mark.parametrize(
    ("kind", "extended", "now", "end"),
    [
        ("DAY", False, "11-20 10:00", "11-20 16:00"),
        ("DAY", False, "11-20 08:00", "11-20 16:00"),
        ("DAY", True, "11-20 10:00", "11-20 20:00"),
        # After the session it works in the next one: over the weekend, over Thanksgiving, to a half day.
        ("DAY", False, "11-20 16:00", "11-23 16:00"),
        ("DAY", True, "11-20 17:00", "11-20 20:00"),
        ("DAY", True, "11-20 20:00", "11-23 20:00"),
        ("DAY", False, "11-21 12:00", "11-23 16:00"),
        ("DAY", False, "11-26 12:00", "11-27 13:00"),
        ("DAY", False, "11-27 13:00", "11-30 16:00"),
        ("OPG", False, "11-20 09:00", "11-20 10:00"),
        ("OPG", False, "11-20 19:30", "11-23 10:00"),
        ("CLS", False, "11-20 15:00", "11-20 16:15"),
        ("CLS", False, "11-27 12:00", "11-27 13:15"),
    ],
)
def test_orders_end_with_their_session(kind: TimeInForce, extended: bool, now: str, end: str) -> None:
    assert end_of(order(kind, extended), us_equities(), at(now)) == at(end)


@pytest.mark.parametrize("kind", ["GTC", "IOC", "FOK"])
def test_the_others_end_otherwise_or_never(kind: TimeInForce) -> None:
    assert end_of(order(kind), us_equities(), at("11-20 10:00")) == 0


def test_where_no_session_is_known_a_day_order_ends_with_the_date() -> None:
    calendar, day = us_equities(), date(2060, 3, 1)
    begins, ends = calendar.span(day)
    assert not calendar.knows(day)
    assert end_of(order("DAY"), calendar, begins + 1_000) == ends


def order(kind: TimeInForce, extended: bool = False) -> Order:
    return Order(
        order_id="O1",
        client_order_id="",
        account="A1",
        symbol="ACME",
        side="BUY",
        quantity=Decimal(1),
        order_type="LMT",
        limit_price=Decimal(10),
        time_in_force=kind,
        extended_hours=extended,
    )
