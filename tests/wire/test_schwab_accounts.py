"""Accounts at Schwab: recorded bodies, money digit for digit, and what is not told is None."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from live_monitor.data.models.broker import BrokerBalances
from live_monitor.limits import Refused, Rejections
from live_monitor.wire.schwab_accounts import account_numbers, accounts, masked, orders, with_orders
from tests.fakes import schwab_frames as frames

HASHES = {frames.ACCOUNT: frames.ACCOUNT_HASH}
AS_OF = 1_795_188_600_000


def _raw(value: Any) -> bytes:
    return json.dumps(value).encode()


def _account(**given: Any) -> dict[str, Any]:
    return {"securitiesAccount": {"type": "MARGIN", "accountNumber": frames.ACCOUNT, **given}}


def test_figures_are_those_of_the_answer_digit_for_digit() -> None:
    rejections = Rejections()
    (account,) = accounts(_raw(frames.accounts()), HASHES, AS_OF, rejections)
    assert (account.id, account.shown, account.kind, account.as_of_ms) == (
        frames.ACCOUNT_HASH,
        "…5678",
        "MARGIN",
        AS_OF,
    )
    assert account.balances.buying_power == Decimal("60250.25")
    assert account.balances.net_liquidation == Decimal("45120.5")
    assert account.balances.cash == Decimal("15120.75")
    assert account.balances.margin_balance == Decimal("-120.1")
    (position,) = account.positions
    assert (position.symbol, position.quantity, position.average_price) == ("AAPL", Decimal(100), Decimal("150.1234"))
    assert (position.market_value, position.day_profit, position.open_profit) == (
        Decimal("15025.5"), Decimal("12.5"), Decimal("13.16"),
    )  # fmt: skip
    assert rejections.total == 0
    assert frames.ACCOUNT not in repr(account)


def test_a_short_position_is_negative_and_a_class_of_shares_is_ours() -> None:
    held = {"shortQuantity": 5, "longQuantity": 0, "instrument": {"symbol": "BRK/B", "assetType": "EQUITY"}}
    (account,) = accounts(_raw([_account(positions=[held])]), HASHES, AS_OF, Rejections())
    assert [(one.symbol, one.quantity, one.open_profit) for one in account.positions] == [("BRK.B", Decimal(-5), None)]


@pytest.mark.parametrize(
    ("name", "hash_of", "buying_power", "cash"),
    [("list.json", "12345678", "20000.00", None), ("get.json", "87654321", "5000.00", "5000.00")],
)
def test_recorded_accounts_say_what_they_hold(
    shared_data: Path, name: str, hash_of: str, buying_power: str, cash: str | None
) -> None:
    text = (shared_data / "schwab_sdk/tests/fixtures/accounts" / name).read_text()
    raw = text.encode() if text.lstrip().startswith("[") else f"[{text}]".encode()
    (account,) = accounts(raw, {hash_of: "HASH"}, AS_OF, Rejections())
    assert account.balances.buying_power == Decimal(buying_power)
    assert account.balances.cash == (Decimal(cash) if cash else None)
    assert account.balances.net_liquidation is None, "equity is not told to be it"
    assert account.positions == ()


def test_recorded_account_numbers_give_their_hashes(shared_data: Path) -> None:
    raw = (shared_data / "schwab_rb/spec/fixtures/account_numbers.json").read_bytes()
    assert account_numbers(raw)["12345678"].startswith("1996EA06")


@pytest.mark.parametrize(
    "body", [{}, [{}], [{"accountNumber": "1"}], [{"accountNumber": "../x", "hashValue": "A"}], [7]]
)
def test_account_numbers_that_are_none_are_refused(body: Any) -> None:
    with pytest.raises(Refused):
        account_numbers(_raw(body))


def test_an_account_without_a_hash_is_left_out_and_counted() -> None:
    rejections = Rejections()
    assert accounts(_raw(frames.accounts()), {}, AS_OF, rejections) == []
    assert rejections.by_reason["accounts: one without hash"] == 1


@pytest.mark.parametrize("bad", ['"1,029.90"', "true", "1e999999", "[]", "1e-400", "123456789012345678901234567890"])
def test_m3_a_sum_that_cannot_be_is_not_told(bad: str) -> None:
    rejections = Rejections()
    raw = _raw([_account(currentBalances={"cashBalance": 0})]).replace(
        b'"cashBalance": 0', f'"cashBalance": {bad}'.encode()
    )
    (account,) = accounts(raw, HASHES, AS_OF, rejections)
    assert account.balances == BrokerBalances()
    assert rejections.by_reason["account.cashBalance: not a number"] == 1


@pytest.mark.parametrize("raw", [b"<html>", b"{}", b'[{"securitiesAccount":{},"securitiesAccount":{}}]', b"[NaN]"])
def test_what_is_no_answer_is_refused(raw: bytes) -> None:
    with pytest.raises(Refused):
        accounts(raw, HASHES, AS_OF, Rejections())


def test_orders_find_their_account_even_without_leading_zeros() -> None:
    rejections = Rejections()
    hashes = {"00345678": "H"}
    found = orders(_raw([{**frames.orders()[0], "accountNumber": 345678}]), rejections)
    (account,) = accounts(_raw([_account(accountNumber="00345678")]), hashes, AS_OF, rejections)
    (order,) = with_orders([account], found, hashes)[0].orders
    assert (order.id, order.symbol, order.side, order.status, order.kind) == (
        "1000001",
        "MSFT",
        "BUY",
        "WORKING",
        "LIMIT",
    )
    assert (order.quantity, order.filled, order.limit_price, order.stop_price) == (
        Decimal(10),
        Decimal(4),
        Decimal("410.05"),
        None,
    )
    assert order.entered_ms == 1_795_186_800_000
    assert rejections.total == 0


def test_orders_within_an_order_are_told_instead_of_it() -> None:
    leg = frames.orders()[0]
    both = {"orderStrategyType": "OCO", "orderId": 9, "accountNumber": 1, "childOrderStrategies": [
        {**leg, "orderId": 10}, {**leg, "orderId": 11, "price": 1.5}]}  # fmt: skip
    assert [(number, order.id) for number, order in orders(_raw([both]), Rejections())] == [
        (frames.ACCOUNT, "10"), (frames.ACCOUNT, "11"),
    ]  # fmt: skip


def test_recorded_orders_are_read(shared_data: Path) -> None:
    raw = (shared_data / "schwab_sdk/tests/fixtures/orders/list.json").read_bytes()
    ((_, order),) = orders(raw, Rejections())
    assert (order.id, order.status, order.kind, order.symbol) == ("100000001", "WORKING", "LIMIT", "")
    assert order.quantity == 10


@pytest.mark.parametrize(("number", "shown"), [("12345678", "…5678"), ("1000", "…00"), ("7", "…"), ("", "…")])
def test_a_number_is_never_shown_whole(number: str, shown: str) -> None:
    assert masked(number) == shown


@pytest.mark.parametrize("damaged", ["longQuantity", "shortQuantity"])
@pytest.mark.parametrize("bad", ["100", True, [], 1e300])
def test_a_position_of_which_one_side_cannot_be_believed_is_left_out(damaged: str, bad: Any) -> None:
    rejections = Rejections()
    held = {"longQuantity": 100, "shortQuantity": 0, "instrument": {"symbol": "AAPL"}, damaged: bad}
    (account,) = accounts(_raw([_account(positions=[held])]), HASHES, AS_OF, rejections)
    assert account.positions == ()
    assert rejections.by_reason["position: no symbol or no quantity"] == 1


def test_a_position_that_tells_one_side_has_only_that() -> None:
    held = [{"longQuantity": 7, "instrument": {"symbol": "A"}}, {"shortQuantity": 7, "instrument": {"symbol": "B"}}]
    (account,) = accounts(_raw([_account(positions=held)]), HASHES, AS_OF, Rejections())
    assert [one.quantity for one in account.positions] == [7, -7]


def test_a_profit_of_which_one_side_cannot_be_believed_is_not_told() -> None:
    sides = {"longOpenProfitLoss": 5, "shortOpenProfitLoss": "x"}
    held = {"longQuantity": 7, "instrument": {"symbol": "A"}, **sides}
    (account,) = accounts(_raw([_account(positions=[held])]), HASHES, AS_OF, Rejections())
    assert account.positions[0].open_profit is None


@pytest.mark.parametrize("change", [{"filledQuantity": None}, {"filledQuantity": "4"}])
def test_what_was_filled_of_an_order_is_never_made_up(change: dict[str, Any]) -> None:
    ((_, order),) = orders(_raw([{**frames.orders()[0], **change}]), Rejections())
    assert order.filled is None


def test_orders_that_are_nested_too_deeply_are_counted() -> None:
    item: dict[str, Any] = frames.orders()[0]
    for _ in range(5):
        item = {"orderStrategyType": "OCO", "childOrderStrategies": [item]}
    rejections = Rejections()
    assert orders(_raw([item]), rejections) == []
    assert rejections.by_reason == {"order: not an object, or nested too deeply": 1}
    assert len(orders(_raw(item["childOrderStrategies"]), rejections)) == 1
