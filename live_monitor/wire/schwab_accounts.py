"""Accounts at Schwab, without I/O: bodies of answers to `BrokerAccount` values. Money is Decimal, digit for digit.

Cash and margin accounts tell different figures, and every figure may be missing: then it is None, never 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from msgspec.structs import replace

from live_monitor.data.models.broker import BrokerAccount, BrokerBalances, BrokerOrder, BrokerPosition
from live_monitor.limits import Refused, Rejections
from live_monitor.wire import strict_json
from live_monitor.wire.schwab import ours
from live_monitor.wire.schwab_market import MAX_BODY_BYTES, shown, time_of

_MAX_ACCOUNTS: Final = 100
_MAX_POSITIONS: Final = 5_000
_MAX_ORDERS: Final = 3_000
#: Orders may hold orders (one cancels the other, one after the other).
_MAX_DEPTH: Final = 4
#: No account holds more dollars or shares than this; a number beyond is damage.
_MOST: Final = Decimal(10) ** 15
#: How an account is counted of which only the number is known.
NO_HASH: Final = "accounts: one without hash"

#: Our figures by where Schwab tells them: the first place that has a number counts. A cash account's buying power is
#: the cash that it may trade with.
_PLACES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "buying_power": (("currentBalances", "buyingPower"), ("currentBalances", "cashAvailableForTrading")),
    "net_liquidation": (
        ("currentBalances", "liquidationValue"),
        ("aggregatedBalance", "currentLiquidationValue"),
        ("aggregatedBalance", "liquidationValue"),
    ),
    "cash": (("currentBalances", "cashBalance"), ("currentBalances", "totalCash")),
    "margin_balance": (("currentBalances", "marginBalance"),),
    "day_trading_buying_power": (("currentBalances", "dayTradingBuyingPower"),),
    "available_for_withdrawal": (("currentBalances", "cashAvailableForWithdrawal"),),
    "unsettled_cash": (("currentBalances", "unsettledCash"),),
    "maintenance_requirement": (("currentBalances", "maintenanceRequirement"),),
    "long_market_value": (("currentBalances", "longMarketValue"),),
    "short_market_value": (("currentBalances", "shortMarketValue"),),
}


def account_numbers(raw: bytes) -> dict[str, str]:
    """Number of each account to its hash, which stands for it in every address. Raises Refused."""
    body = strict_json.read(raw, most_bytes=MAX_BODY_BYTES)
    if not isinstance(body, list):
        raise Refused("not an array")
    return dict(_numbered(item) for item in body[:_MAX_ACCOUNTS])


def _numbered(item: object) -> tuple[str, str]:
    number, key = (item.get("accountNumber"), item.get("hashValue")) if isinstance(item, dict) else (None, None)
    for text in (number, key):
        # Both become part of an address.
        if not isinstance(text, str) or not 0 < len(text) <= 128 or not (text.isascii() and text.isalnum()):
            raise Refused("an account without number or hash")
    return str(number), str(key)


def accounts(raw: bytes, hashes: Mapping[str, str], as_of_ms: int, rejections: Rejections) -> list[BrokerAccount]:
    """Every account of an answer with balances and positions, without orders. Raises Refused.

    `hashes`: as `account_numbers` gives them; an account that is not among them is left out and counted.
    """
    body = strict_json.read_money(raw, most_bytes=MAX_BODY_BYTES)
    if not isinstance(body, list) or len(body) > _MAX_ACCOUNTS:
        raise Refused("not an array of accounts")
    found = []
    for item in body:
        account = item.get("securitiesAccount") if isinstance(item, dict) else None
        number = str(account.get("accountNumber", "")) if isinstance(account, dict) else ""
        if number not in hashes or not isinstance(account, dict):
            rejections.note(NO_HASH)
            continue
        day_trader = account.get("isDayTrader")
        found.append(
            BrokerAccount(
                hashes[number],
                masked(number),
                shown(account.get("type"))[:16],
                _balances({**account, "aggregatedBalance": item.get("aggregatedBalance")}, rejections),
                tuple(_positions(account.get("positions"), rejections)),
                (),
                as_of_ms,
                day_trader if isinstance(day_trader, bool) else None,
            )
        )
    return found


def masked(number: str) -> str:
    """An account's number with all but its last four digits hidden; a short one shows fewer."""
    tail = number[-min(4, len(number) // 2) :] if len(number) > 1 else ""
    return f"…{tail}"


def _balances(account: Mapping[str, Any], rejections: Rejections) -> BrokerBalances:
    figures = {}
    for name, places in _PLACES.items():
        for part, field in places:
            of = account.get(part)
            figure = _money(of, field, rejections) if isinstance(of, dict) else None
            if figure is not None:
                figures[name] = figure
                break
    return BrokerBalances(**figures)


def _money(of: Mapping[str, Any], name: str, rejections: Rejections) -> Decimal | None:
    """One number of dollars or shares; None where it is not told, or cannot be believed."""
    value = of.get(name)
    if value is None:
        return None
    if not isinstance(value, Decimal) or not value.is_finite() or not _is_plain(value):
        rejections.note(f"account.{name}: not a number")
        return None
    return value


def _told(of: Mapping[str, Any], names: tuple[str, ...], rejections: Rejections) -> dict[str, Decimal] | None:
    """Those of the figures that are told; None where one of them cannot be believed: no sum of the others is true."""
    found = {name: _money(of, name, rejections) for name in names if of.get(name) is not None}
    figures = {name: figure for name, figure in found.items() if figure is not None}
    return figures if len(figures) == len(found) else None


def _is_plain(value: Decimal) -> bool:
    """No arithmetic on such a number takes long; its exponent decides, so that looking does not either (faults M3)."""
    return (-20 <= value.adjusted() <= 15 and abs(value) <= _MOST) or not value


def _positions(items: object, rejections: Rejections) -> Iterator[BrokerPosition]:
    for item in items[:_MAX_POSITIONS] if isinstance(items, list) else ():
        position = _position(item, rejections) if isinstance(item, dict) else None
        if position is None:
            rejections.note("position: no symbol or no quantity")
        else:
            yield position


def _position(item: Mapping[str, Any], rejections: Rejections) -> BrokerPosition | None:
    instrument = item.get("instrument")
    symbol = shown(instrument.get("symbol"))[:32] if isinstance(instrument, dict) else ""
    held = _told(item, ("longQuantity", "shortQuantity"), rejections)
    if not symbol or not isinstance(instrument, dict) or not held:
        return None
    profits = _told(item, ("longOpenProfitLoss", "shortOpenProfitLoss"), rejections)
    return BrokerPosition(
        ours(symbol),
        held.get("longQuantity", Decimal(0)) - held.get("shortQuantity", Decimal(0)),
        _money(item, "averagePrice", rejections),
        _money(item, "marketValue", rejections),
        _money(item, "currentDayProfitLoss", rejections),
        sum(profits.values(), Decimal(0)) if profits else None,
        shown(instrument.get("assetType"))[:32],
        shown(instrument.get("description")),
    )


def orders(raw: bytes, rejections: Rejections) -> list[tuple[str, BrokerOrder]]:
    """Orders of an answer with the number of their account, newest first as they come. Raises Refused.

    An order that is made of others is told by these.
    """
    body = strict_json.read_money(raw, most_bytes=MAX_BODY_BYTES)
    if not isinstance(body, list):
        raise Refused("not an array of orders")
    found: list[tuple[str, BrokerOrder]] = []
    for item in body[:_MAX_ORDERS]:
        found += _orders(item, "", 0, rejections)
    return found[:_MAX_ORDERS]


def _orders(item: object, number: str, depth: int, rejections: Rejections) -> Iterator[tuple[str, BrokerOrder]]:
    if not isinstance(item, dict) or depth > _MAX_DEPTH:
        rejections.note("order: not an object, or nested too deeply")
        return
    told = item.get("accountNumber")
    number = str(told) if isinstance(told, Decimal | str) else number
    children = item.get("childOrderStrategies")
    legs = item.get("orderLegCollection")
    leg = legs[0] if isinstance(legs, list) and legs and isinstance(legs[0], dict) else {}
    if leg or not isinstance(children, list):
        quantity = _money(item, "quantity", rejections)
        order_id = item.get("orderId")
        if quantity is None or not isinstance(order_id, Decimal):
            rejections.note("order: no id or no quantity")
        else:
            yield number, _order(item, leg, str(order_id), quantity, rejections)
    for child in children[:10] if isinstance(children, list) else ():
        yield from _orders(child, number, depth + 1, rejections)


def _order(
    item: Mapping[str, Any], leg: Mapping[str, Any], order_id: str, quantity: Decimal, rejections: Rejections
) -> BrokerOrder:
    instrument = leg.get("instrument")
    symbol = shown(instrument.get("symbol"))[:32] if isinstance(instrument, dict) else ""
    return BrokerOrder(
        order_id,
        ours(symbol),
        shown(leg.get("instruction"))[:32],
        quantity,
        _money(item, "filledQuantity", rejections),
        shown(item.get("orderType"))[:32],
        shown(item.get("status"))[:32],
        _money(item, "price", rejections),
        _money(item, "stopPrice", rejections),
        time_of(item.get("enteredTime")),
        time_of(item.get("closeTime")),
        shown(item.get("duration"))[:32],
        shown(item.get("statusDescription")),
    )


def with_orders(
    accounts_: list[BrokerAccount], found: list[tuple[str, BrokerOrder]], hashes: Mapping[str, str]
) -> list[BrokerAccount]:
    """Each account with its own orders. Orders name it by number, sometimes without the zeros that it begins with."""
    by_number = {number.lstrip("0"): key for number, key in hashes.items()}
    of: dict[str, list[BrokerOrder]] = {}
    for number, order in found:
        of.setdefault(by_number.get(number.lstrip("0"), ""), []).append(order)
    return [replace(one, orders=tuple(of.get(one.id, ()))) for one in accounts_]
