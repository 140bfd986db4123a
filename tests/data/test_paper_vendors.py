"""One paper account for live prices of US equities, whoever brings them; other markets have accounts of their own."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from live_monitor.data.models.orders import AccountSettings
from live_monitor.data.models.providers import prices_of
from live_monitor.data.models.status import LinkStatus
from live_monitor.data.paper_opening import opening
from live_monitor.errors import InvalidPaperOrder
from live_monitor.wire.notices import Hello
from tests.data.paper_office import NOW, Office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path, "polygon")
    office.open("AAPL")
    office.quote("AAPL", 100.0, 100.1)
    yield office
    office.close()


def another_vendor(office: Office, provider: str, market: str) -> None:
    """What a take-over puts: the link goes, another one greets and is live; no frame passes."""
    office.clock.advance(0.5)
    now = office.clock.monotonic()
    office.hub.take([LinkStatus("connecting", now)])
    office.hub_desk.tell(Hello(features=[], provider=provider, label=provider.upper(), market=market))
    office.hub.take([LinkStatus("live", now, label=provider.upper())])


def test_an_account_its_position_and_its_orders_go_on_with_another_vendor(office: Office) -> None:
    account = office.desk.account_id
    office.buy(quantity=100)
    target = office.sell(quantity=100, order_type="LMT", limit_price="105").order
    another_vendor(office, "schwab", "schwab")
    # Not even the first quote of the newcomer is missed, although no frame has passed.
    office.quote("AAPL", 105.0, 105.1)
    office.settled()
    assert office.desk.account_id == account
    assert office.order(target.order_id).average_price == Decimal(105)
    assert [position.quantity for position in office.desk.positions()] == [0]
    assert [name for name, _, _ in office.desk.accounts] == [account]
    receipts = [str(office.desk.receipt(record.filled.execution_id)) for record in office.desk.fills()]
    assert sorted("SCHWAB" in text for text in receipts) == [False, True], "each fill says whose price it was"


def test_a_quote_of_the_old_vendor_fills_nothing_after_the_change(office: Office) -> None:
    another_vendor(office, "schwab", "schwab")
    office.frame()
    with pytest.raises(InvalidPaperOrder, match="no live market price"):
        office.buy()
    office.quote("AAPL", 90.0, 90.1)
    assert office.buy().order.average_price == Decimal("90.1")


def test_a_quote_that_came_before_the_first_frame_of_the_new_vendor_counts(office: Office) -> None:
    another_vendor(office, "schwab", "schwab")
    office.quote("AAPL", 90.0, 90.1)
    office.frame()
    assert office.buy().order.average_price == Decimal("90.1")


@pytest.mark.parametrize(
    "market", ["polygon-delayed", "simulated-86", "replay-iqfeed-2021-03-01", "relay-localhost-8200"]
)
def test_delayed_simulated_and_recorded_prices_are_nobody_elses(office: Office, market: str) -> None:
    office.buy(quantity=100)
    first = office.desk.account_id
    resting = office.buy(order_type="LMT", limit_price="99").order
    another_vendor(office, "other", market)
    office.quote("AAPL", 50.0, 50.1)
    office.until(lambda: office.desk.ready)
    assert office.desk.account_id == f"{market}.1"
    assert office.desk.positions() == []
    another_vendor(office, "tos_excel", "tos-excel")
    office.until(lambda: office.desk.ready and office.desk.account_id == first)
    assert office.order(resting.order_id).state == "accepted"


def test_an_account_that_was_opened_for_one_vendor_serves_all(tmp_path: Path) -> None:
    before = Office(tmp_path, "polygon")
    before.until(lambda: before.thread.condition.kind == "ready")
    for number in (1, 2):
        name, cash = f"Number {number}", Decimal(number * 1_000)
        _, entries = opening(f"polygon.{number}", NOW, "polygon", name, cash, AccountSettings(), None)
        before.thread.append(entries)
    before.close()
    later = Office(tmp_path, "schwab")
    later.desk.chosen = {"schwab": "polygon.2"}
    later.open("AAPL")
    assert later.desk.account_id == "polygon.2"
    assert later.desk.chosen["us-equities"] == "polygon.2"
    later.desk.open_account("Third", Decimal(3_000))
    later.settled()
    assert later.desk.account_id == "us-equities.3"
    assert len(later.desk.accounts) == 3
    later.close()


def test_the_first_account_is_not_called_after_a_vendor(office: Office) -> None:
    assert [(account, name) for account, name, _ in office.desk.accounts] == [("us-equities.1", "US equities")]


@pytest.mark.parametrize(
    ("market", "prices"),
    [("polygon", "us-equities"), ("schwab", "us-equities"), ("tos-excel", "us-equities"), ("", ""),
     ("polygon-delayed", "polygon-delayed"), ("simulated-7", "simulated-7")],
)  # fmt: skip
def test_whose_prices_a_market_has(market: str, prices: str) -> None:
    assert prices_of(market) == prices
