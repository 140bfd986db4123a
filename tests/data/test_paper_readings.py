"""What panels read once per frame is unpacked once, and is never that of another account or another moment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.data.paper_office import Office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An account with a fill and an order that was canceled."""
    office = Office(tmp_path)
    office.open("AAPL")
    office.quote("AAPL", 100.0, 100.1)
    office.buy(quantity=100)
    order = office.sell(quantity=50, order_type="LMT", limit_price="105").order
    office.desk.cancel(order.order_id)
    office.settled()
    yield office
    office.close()


def test_what_has_not_changed_is_not_unpacked_again(office: Office) -> None:
    desk = office.desk
    assert desk.fills() is desk.fills()
    closed = [order for order in desk.orders() if not order.is_open]
    assert len(closed) == 2
    assert all(one is other for one, other in zip(closed, desk.orders(), strict=True))


def test_every_change_is_seen_at_once(office: Office) -> None:
    desk = office.desk
    before = (len(desk.fills()), len(desk.orders()))
    office.buy(quantity=10)
    assert (len(desk.fills()), len(desk.orders())) == (before[0] + 1, before[1] + 1)
    resting = office.sell(quantity=10, order_type="LMT", limit_price="105").order
    assert desk.orders()[0].order_id == resting.order_id
    desk.cancel(resting.order_id)
    assert next(order for order in desk.orders() if order.order_id == resting.order_id).state == "canceled"


def test_another_account_shows_nothing_of_the_first(office: Office) -> None:
    first = office.desk.account_id
    office.desk.open_account("Second", office.desk.account.cash)  # type: ignore[union-attr] # it is open
    office.settled()
    assert office.desk.account_id != first
    assert office.desk.fills() == []
    assert office.desk.orders() == []
    office.desk.choose(first)
    assert len(office.desk.fills()) == 1


def test_curve_begins_with_the_cash_that_the_account_began_with(office: Office) -> None:
    moments, usd = office.desk.equity()
    assert usd[0] == 100_000
    assert len(usd) > 1, "and what the first trade has cost is a change of it"
    assert list(moments) == sorted(moments)
    assert moments[0] < moments[1]


def test_figures_of_the_present_day_are_those_of_the_account_at_this_moment(office: Office) -> None:
    office.quote("AAPL", 102.0, 102.1)
    office.settled()
    account = office.desk.account
    facts = office.desk.day_facts(office.desk.today())
    assert account is not None
    assert facts is not None
    assert facts.net_liq_end == account.net_liq
    assert facts.net_liq_end - facts.net_liq_start == account.day_pnl


def test_orders_of_a_day_that_is_replayed_again_from_an_earlier_time_are_all_shown(office: Office) -> None:
    shown = {order.order_id for order in office.desk.orders()}
    office.hub.clock.follow(office.hub.clock.now_ms() - 3_600_000 // 2, 1.0)
    office.frame()
    office.quote("AAPL", 100.0, 100.1)
    placed = office.buy(quantity=10).order
    office.settled()
    assert placed.state == "filled"
    assert {order.order_id for order in office.desk.orders()} == shown | {placed.order_id}


def test_one_more_fill_unpacks_one(office: Office) -> None:
    """Of a day with thousands of fills every new one would else take a tenth of a second."""
    desk = office.desk
    before, ended = list(desk.fills()), [order for order in desk.orders() if not order.is_open]
    office.buy(quantity=10)
    after, now_ended = list(desk.fills()), [order for order in desk.orders() if not order.is_open]
    assert [one is other for one, other in zip(before, after, strict=False)] == [True]
    assert len(after) == 2
    assert [order for order in now_ended if any(order is one for one in ended)] == ended
    # The same ids stand for other fills in another account.
    office.desk.reset()
    office.settled()
    office.quote("AAPL", 101.0, 101.1)
    office.buy(quantity=7)
    assert [fill.filled.quantity for fill in desk.fills()] == [7]
