"""Places in the queue."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from live_monitor.data.models.market_data import Trade
from live_monitor.engine.paper.market_view import NAN
from live_monitor.engine.paper.queue_fills import after_trade, queue_ahead
from tests.engine.paper.entries_of import MONDAY_MS, D, account, order
from tests.engine.paper.test_market_checks import view


@pytest.mark.parametrize(
    ("side", "limit", "quote", "ahead"),
    [
        ("BUY", "10.00", {"bid_size": 312.0}, D(312)),
        ("BUY", "10.00", {"bid_size": 312.7}, D(312)),
        ("BUY", "10.01", {}, D(0)),
        ("BUY", "9.99", {}, None),
        ("BUY", "10.00", {"bid_size": NAN}, None),
        ("BUY", "10.00", {"bid": NAN}, None),
        ("SELL", "10.05", {"ask_size": 80.0}, D(80)),
        ("SELL", "10.04", {}, D(0)),
        ("SELL", "10.06", {}, None),
    ],
)
def test_who_is_ahead_is_what_the_quote_displays_at_the_limit(
    side: Any, limit: str, quote: dict[str, float], ahead: Decimal | None
) -> None:
    assert queue_ahead(order(account(), side, 100, limit), view(**quote)) == ahead


def test_own_fills_of_the_other_side_do_not_shorten_the_queue() -> None:
    made = view(bid_size=300.0)
    made.bid_left = 10.0
    assert queue_ahead(order(account(), "BUY", 100, "10.00"), made) == D(300)


@pytest.mark.parametrize(
    ("price", "size", "before", "after"),
    [
        (10.00, 200.0, D(312), D(112)),
        (10.00, 400.0, D(312), D(0)),
        (10.05, 400.0, D(312), D(312)),
        (9.99, 40.0, D(312), D(0)),
        (10.00, 40.0, None, D(60)),
    ],
)
def test_prints_at_the_limit_move_it_forward_and_one_through_it_clears_the_way(
    price: float, size: float, before: Decimal | None, after: Decimal
) -> None:
    resting = order(account(), "BUY", 100, "10.00")
    assert after_trade(resting, view(), Trade("IBM", price, size, MONDAY_MS), ahead=before) == after
