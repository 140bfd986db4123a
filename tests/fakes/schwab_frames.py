"""Frames and bodies in the shape of Schwab's, as its documents and recordings have them; own values."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

ACCOUNT, ACCOUNT_HASH = "12345678", "0A1B2C3D4E5F60718293A4B5C6D7E8F90A1B2C3D4E5F60718293A4B5C6D7E8F9"
#: Numbers of the fields of level 1 by what they are.
LEVEL1 = {"bid": "1", "ask": "2", "last": "3", "bid_lots": "4", "ask_lots": "5", "volume": "8", "last_size": "9",
          "high": "10", "low": "11", "close": "12", "open": "17", "status": "32", "quote_ms": "34",
          "trade_ms": "35"}  # fmt: skip


def now_ms() -> int:
    """The time of this machine."""
    return time.time_ns() // 1_000_000


def data(service: str, records: Iterable[Mapping[str, Any]], *, at_ms: int = 0, command: str = "SUBS") -> str:
    """A frame of records."""
    item = {"service": service, "timestamp": at_ms or now_ms(), "command": command, "content": [*records]}
    return json.dumps({"data": [item]}, separators=(",", ":"))


def response(request: Mapping[str, Any], code: int, message: str) -> str:
    """The answer to a request."""
    item = {
        "service": request["service"],
        "command": request["command"],
        "requestid": request["requestid"],
        "SchwabClientCorrelId": request["SchwabClientCorrelId"],
        "timestamp": now_ms(),
        "content": {"code": code, "msg": message},
    }
    return json.dumps({"response": [item]}, separators=(",", ":"))


def notify(code: int, message: str) -> str:
    """What the server says of the session, unasked."""
    content = {"code": code, "msg": message}
    return json.dumps({"notify": [{"service": "ADMIN", "timestamp": now_ms(), "content": content}]})


def heartbeat() -> str:
    """A sign of life."""
    return json.dumps({"notify": [{"heartbeat": str(now_ms())}]})


def level1(symbol: str, **given: Any) -> dict[str, Any]:
    """A record of level 1: `given` by the names of `LEVEL1`; other names stand as they are."""
    return {"key": symbol, **{LEVEL1.get(name, name): value for name, value in given.items()}}


def image(symbol: str, price: float, **given: Any) -> dict[str, Any]:
    """The first record of a symbol, with all fields."""
    at_ms = now_ms()
    fields = {
        "delayed": False, "assetMainType": "EQUITY", "assetSubType": "COE", "cusip": "000000000",
        "bid": price, "ask": round(price + 0.02, 2), "last": round(price + 0.01, 2), "bid_lots": 3, "ask_lots": 2,
        "volume": 1_000_000, "last_size": 40, "high": round(price + 1, 2), "low": round(price - 1, 2),
        "close": round(price - 0.5, 2), "open": price, "status": "Normal", "quote_ms": at_ms, "trade_ms": at_ms,
        "39": "XNAS", "40": "ARCX",
    }  # fmt: skip
    return level1(symbol, **{**fields, **given})


def bar(
    symbol: str, price: Any, *, start_ms: int = 0, volume: Any = 1200.0, documented: bool = False
) -> dict[str, Any]:
    """A minute, by default the one that ended last; `documented`: its fields in the order of the documents."""
    start_ms = start_ms or now_ms() // 60_000 * 60_000 - 60_000
    prices = [price, round(price + 0.05, 2), round(price - 0.05, 2), round(price + 0.01, 2), volume]
    sequence = start_ms // 60_000 % 1_440
    numbered = [*prices, sequence] if documented else [sequence, *prices]
    return {"seq": 0, "key": symbol, **{str(at + 1): value for at, value in enumerate(numbered)},
            "7": start_ms, "8": start_ms // 86_400_000}  # fmt: skip


def activity(seq: int, kind: str, message: Any = "") -> dict[str, Any]:
    """A word about the account's orders."""
    text = message if isinstance(message, str) else json.dumps(message)
    return {"seq": seq, "key": "ACCOUNT", "1": ACCOUNT, "2": kind, "3": text}


def fill(symbol: str, shares: int, cents: int) -> dict[str, Any]:
    """The message of an order that was filled."""
    execution = {
        "ExecutionQuantity": {"lo": str(shares * 1_000_000), "signScale": 12},
        "ExecutionPrice": {"lo": str(cents * 10_000), "signScale": 12},
    }
    info = {"ExecutionInfo": execution, "Symbol": symbol}
    event = {"OrderFillCompletedEventOrderLegQuantityInfo": info, "EventType": "OrderFillCompleted"}
    return {"SchwabOrderID": "1000", "BaseEvent": event}


def candles(symbol: str, from_ms: int, to_ms: int, *, daily: bool) -> dict[str, Any]:
    """Prices of the past: a bar of each minute or day of the stretch, 2,000 at most, the newest."""
    width = 86_400_000 if daily else 60_000
    # Days begin at midnight in Chicago.
    first = 5 * 3_600_000 if daily else 0
    last = (to_ms - 1 - first) // width
    rows = []
    for number in range(max(last - 1_999, -(-(from_ms - first) // width)), last + 1):
        price = round(100 + number % 50 / 10, 2)
        prices = {"open": price, "high": price + 1, "low": price - 1, "close": price + 0.5}
        rows.append({**prices, "volume": 1000 + number % 7, "datetime": number * width + first})
    return {"symbol": symbol, "empty": not rows, "candles": rows}


def quote(symbol: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The answer about one symbol, from its record of level 1."""
    names = {"bid": "bidPrice", "ask": "askPrice", "last": "lastPrice", "bid_lots": "bidSize", "ask_lots": "askSize",
             "volume": "totalVolume", "last_size": "lastSize", "high": "highPrice", "low": "lowPrice",
             "close": "closePrice", "open": "openPrice", "status": "securityStatus", "quote_ms": "quoteTime",
             "trade_ms": "tradeTime"}  # fmt: skip
    told = {names[name]: row[number] for name, number in LEVEL1.items() if number in row}
    return {"assetMainType": "EQUITY", "realtime": not row.get("delayed"), "symbol": symbol, "quote": told}


def accounts() -> list[dict[str, Any]]:
    """One margin account with a position."""
    balances = {
        "buyingPower": 60250.25, "liquidationValue": 45120.5, "cashBalance": 15120.75, "marginBalance": -120.1,
        "dayTradingBuyingPower": 120500.5, "maintenanceRequirement": 9000.0, "longMarketValue": 30119.85,
        "shortMarketValue": 0.0,
    }  # fmt: skip
    position = {
        "shortQuantity": 0.0, "longQuantity": 100.0, "averagePrice": 150.1234, "marketValue": 15025.5,
        "currentDayProfitLoss": 12.5, "longOpenProfitLoss": 13.16,
        "instrument": {"assetType": "EQUITY", "cusip": "037833100", "symbol": "AAPL", "description": "APPLE INC"},
    }  # fmt: skip
    account = {
        "type": "MARGIN", "accountNumber": ACCOUNT, "roundTrips": 0, "isDayTrader": False,
        "isClosingOnlyRestricted": False, "currentBalances": balances, "positions": [position],
    }  # fmt: skip
    return [{"securitiesAccount": account, "aggregatedBalance": {"liquidationValue": 45120.5}}]


def orders() -> list[dict[str, Any]]:
    """One order that works."""
    leg = {"instruction": "BUY", "quantity": 10.0, "instrument": {"assetType": "EQUITY", "symbol": "MSFT"}}
    order = {
        "session": "NORMAL", "duration": "DAY", "orderType": "LIMIT", "quantity": 10.0, "filledQuantity": 4.0,
        "price": 410.05, "orderStrategyType": "SINGLE", "orderId": 1000001, "status": "WORKING",
        "enteredTime": "2026-11-20T15:00:00+0000", "accountNumber": int(ACCOUNT), "orderLegCollection": [leg],
    }  # fmt: skip
    return [order]


def preference(url: str) -> dict[str, Any]:
    """Where to stream and as whom."""
    info = {
        "streamerSocketUrl": url, "schwabClientCustomerId": "CUSTOMER-1", "schwabClientCorrelId": "CORREL-1",
        "schwabClientChannel": "N9", "schwabClientFunctionId": "APIAPP",
    }  # fmt: skip
    account = {"accountNumber": ACCOUNT, "primaryAccount": True, "type": "BROKERAGE", "displayAcctId": "...678"}
    return {"accounts": [account], "streamerInfo": [info], "offers": [{"mktDataPermission": "NP"}]}
