"""Why an order waits, where the table of fill cases does not ask."""

from __future__ import annotations

from typing import Any

import pytest

from live_monitor.data.models.orders import AccountSettings, Order
from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.paper.market_view import MarketView, Now
from live_monitor.engine.paper.why_not import why_not
from tests.engine.paper.entries_of import MONDAY_MS, D, account, order
from tests.engine.paper.test_market_checks import NOW, view

TOUCH = AccountSettings()


def asked(
    waiting: Order, made: MarketView | None, settings: AccountSettings = TOUCH, now: Now = NOW, **more: Any
) -> str:
    return why_not(waiting, made, settings, us_equities(), now, **{"feed_up": True, **more})


def limit(side: Any = "BUY", price: str = "10.00", **more: Any) -> Order:
    made = order(account(), side, 100, price, state="accepted", **more)
    made.accepted_ms = made.active_ms = MONDAY_MS - 7_200_000
    return made


def test_a_limit_says_what_it_waits_for_and_where_the_market_is() -> None:
    assert asked(limit(), view()) == (
        "waits for an ask of 10.00 or less, or a print below 10.00: the ask is 10.05 × 100, 0.3 s old"
    )
    assert asked(limit("SELL", "10.10"), view(bid_size=float("nan"))) == (
        "waits for a bid of 10.10 or more, or a print above 10.10: the bid is 10.00, 0.3 s old"
    )


def test_where_prints_at_the_limit_count_it_says_so() -> None:
    assert "or a print at or below it" in asked(limit(), view(), AccountSettings(fill_at_touch=True))


@pytest.mark.parametrize(("ahead", "words"), [(D(312), "312 ahead"), (None, "100 ahead"), (D(0), "0 ahead")])
def test_in_a_queue_it_says_how_many_are_ahead(ahead: Any, words: str) -> None:
    assert asked(limit(), view(), AccountSettings(fill_model="queue"), ahead=ahead).endswith(f", {words}")


def test_what_keeps_the_market_closed_is_the_reason() -> None:
    assert asked(limit(), view(), now=Now(MONDAY_MS - 3_600_000, 1_000.0)) == (
        "waits for an ask of 10.00 or less, or a print below 10.00: the regular session begins at 09:30 (New York time)"
    )
    assert asked(limit(), view(), feed_up=False).endswith(": the feed is down; the last quote is 0.3 s old")
    assert asked(limit(), None).endswith(": no quote was received yet")


def test_orders_that_wait_for_others_or_for_time() -> None:
    held = limit()
    held.state = "held"
    assert asked(held, view()) == "waits for the entry of its bracket to be filled"
    late = limit()
    late.active_ms = MONDAY_MS + 250
    assert asked(late, view()) == "reaches the market in 250 ms (latency)"


def test_what_has_ended_says_why() -> None:
    ended = limit()
    ended.state, ended.text = "expired", "DAY: the time in force is over."
    assert asked(ended, view()) == "DAY: the time in force is over."
    ended.state, ended.text = "filled", ""
    assert asked(ended, view()) == "filled"


def test_a_stop_names_the_side_that_it_looks_at() -> None:
    stop = order(account(), "SELL", 100, order_type="STP", stop_price=D("9.95"), state="accepted")
    assert asked(stop, view(last=10.02, last_received=999.0)) == (
        "waits for a print of 9.95 or less: the last price is 10.02, 1.0 s old"
    )
    assert asked(stop, view()) == "waits for a print of 9.95 or less: no print was received yet"
    assert asked(stop, view(), AccountSettings(stop_trigger="quote")).startswith("waits for a bid of 9.95 or less: ")


def test_a_trailing_stop_says_where_it_stands_and_from_what() -> None:
    trail = order(account(), "SELL", 100, order_type="TRAIL", trail_percent=D(5), state="accepted")
    assert asked(trail, view()).startswith("waits for a first price to trail")
    assert asked(trail, view(), extreme=D("10.41")).startswith(
        "waits for a print of 9.88 or less, 5 % below the high of 10.41: "
    )
