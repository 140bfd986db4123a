"""The slow, forgiving path: a frame taken apart event by event, field by field.

Used for frames that the fast path refuses: long field names, times in other units, zeros for
absent sides, unknown events, damage. Every refusal is counted under `kind.field: reason`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from live_monitor import limits
from live_monitor.data.models.market_data import Aggregate, Quote, SecondAggregate, Status, Trade
from live_monitor.limits import Refused, Rejections


class Field(NamedTuple):
    """How one attribute is read: its names on the wire, its rule, and whether the event dies without it."""

    names: tuple[str, ...]
    rule: Callable[[object], Any]
    required: bool = False


def _text(value: object) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise Refused("wrong type")
    text = str(value)
    if len(text) > limits.MAX_TEXT:
        raise Refused("too long")
    return text


def _exchange(value: object) -> int | str:
    if isinstance(value, bool) or not isinstance(value, int | str) or len(str(value)) > 32:
        raise Refused("wrong type")
    return value


def condition_ids(value: object) -> tuple[int | str, ...]:
    """A list of conditions or indicators. Raises Refused."""
    if not isinstance(value, list | tuple):
        raise Refused("wrong type")
    if len(value) > limits.MAX_CONDITIONS:
        raise Refused("too long")
    if any(isinstance(item, bool) or not isinstance(item, int | str) or len(str(item)) > 16 for item in value):
        raise Refused("wrong type")
    return tuple(value)


def _size(value: object) -> float:
    """Shares of a print; 0 for a part of a share, of which only the decimals tell."""
    return 0.0 if type(value) in (int, float) and value == 0 else limits.size(value)


_SYMBOL = Field(("sym", "symbol"), limits.symbol, required=True)
_TIME = Field(("t", "timestamp"), limits.time_ms, required=True)

_TRADE = {
    "symbol": _SYMBOL,
    "price": Field(("p", "price"), limits.price, required=True),
    "size": Field(("s", "size"), _size, required=True),
    "timestamp_ms": _TIME,
    "conditions": Field(("c", "conditions"), condition_ids),
    "exchange": Field(("x", "exchange"), _exchange),
    "id": Field(("i", "id"), _text),
    "sequence": Field(("q", "sequence"), limits.count),
    "trf_id": Field(("trfi", "trf_id"), limits.count),
    "decimal_size": Field(("ds", "decimal_size"), _text),
}
_QUOTE = {
    "symbol": _SYMBOL,
    "timestamp_ms": _TIME,
    "bid_price": Field(("bp", "bid_price"), limits.price),
    "bid_size": Field(("bs", "bid_size"), limits.volume),
    "ask_price": Field(("ap", "ask_price"), limits.price),
    "ask_size": Field(("as", "ask_size"), limits.volume),
    "bid_exchange": Field(("bx", "bid_exchange", "exchange"), _exchange),
    "ask_exchange": Field(("ax", "ask_exchange"), _exchange),
    "condition": Field(("c", "condition"), limits.count),
    "sequence": Field(("q", "sequence"), limits.count),
}
_BAR = {
    "symbol": _SYMBOL,
    "start_ms": Field(("s", "start_ms", "t", "timestamp"), limits.time_ms, required=True),
    "end_ms": Field(("e", "end_ms"), limits.time_ms),
    "open": Field(("o", "open"), limits.price, required=True),
    "high": Field(("h", "high"), limits.price, required=True),
    "low": Field(("l", "low"), limits.price, required=True),
    "close": Field(("c", "close"), limits.price, required=True),
    "volume": Field(("v", "volume"), limits.volume, required=True),
    "vwap": Field(("vw", "vwap"), limits.price),
    "transactions": Field(("n", "transactions"), limits.count),
    "day_volume": Field(("av", "day_volume"), limits.volume),
    "day_open": Field(("op", "day_open"), limits.price),
    "day_vwap": Field(("a", "day_vwap"), limits.price),
}
_KINDS = {
    "T": "trade",
    "trade": "trade",
    "Q": "quote",
    "quote": "quote",
    "AM": "aggregate",
    "aggregate": "aggregate",
    "A": "second",
    "second_aggregate": "second",
    "status": "status",
}
NO_OTHERS: Final[Mapping[str, Any]] = MappingProxyType({})
_TABLES = {"trade": _TRADE, "quote": _QUOTE, "aggregate": _BAR, "second": _BAR}


#: Reads an event of a kind that is not among those above: its fields, the newest believable time, where to count.
Reader = Callable[[dict[str, Any], int, Rejections], Any]


def events(
    raw: bytes, received_ms: int, latest_ms: int, rejections: Rejections, also: Mapping[str, Reader] = NO_OTHERS
) -> list[Any]:
    """Every usable event of a frame, in order: an `Event`, or what a reader in `also` makes of its kind.

    Never raises; counts what it refuses.
    """
    braces, colons = raw.count(b"{"), raw.count(b":")
    if colons > limits.MAX_EVENT_FIELDS * (braces + 1):
        rejections.note("frame: too many fields")
        return []
    try:
        message = json.loads(raw, object_pairs_hook=_unique)
    except RecursionError:
        rejections.note("frame: nested too deeply")
        return []
    except ValueError:
        rejections.note("frame: not JSON")
        return []
    result: list[Any] = []
    for item in _unwrap(message, rejections):
        event = _event(item, latest_ms, rejections, also)
        if event is not None:
            result.append(_received(event, received_ms))
    return result


class _Repeated(dict[str, Any]):
    """An object in which a name stood twice: two readers could see two values."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    return values if len(values) == len(pairs) else _Repeated(values)


def _unwrap(message: object, rejections: Rejections) -> list[object]:
    """The events in an array, a bare object, or a wrapped object."""
    if isinstance(message, list):
        return message
    if not isinstance(message, dict):
        rejections.note("frame: neither object nor array")
        return []
    if isinstance(message, _Repeated):
        rejections.note("frame: repeated field")
        return []
    if "ev" in message or "event_type" in message:
        return [message]
    if message.get("type") == "market_data":
        data = message.get("data")
        if isinstance(data, list):
            return data
        if isinstance(data, dict):
            return [data]
        rejections.note("frame: no data")
        return []
    kind = message.get("type", message.get("status"))
    rejections.note(f"frame: unknown type {_shown(kind)}")
    return []


def _shown(value: object) -> str:
    """A short printable form of a name that came from outside."""
    return repr(value)[:24] if isinstance(value, str | int) else type(value).__name__


def _event(item: object, latest_ms: int, rejections: Rejections, also: Mapping[str, Reader]) -> Any:
    if not isinstance(item, dict):
        rejections.note("event: not an object")
        return None
    if isinstance(item, _Repeated):
        rejections.note("event: repeated field")
        return None
    if len(item) > limits.MAX_EVENT_FIELDS:
        rejections.note("event: too many fields")
        return None
    name = item.get("ev", item.get("event_type"))
    if name is None:
        rejections.note("event: no type")
        return None
    kind = _KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        reader = also.get(name) if isinstance(name, str) else None
        if reader is None:
            rejections.note(f"event: unknown type {_shown(name)}")
        return reader and reader(item, latest_ms, rejections)
    if kind == "status":
        return Status(str(item.get("status", ""))[:64], str(item.get("message", ""))[: limits.MAX_TEXT])
    values = read_fields(item, kind, _TABLES[kind], rejections)
    if values is None:
        return None
    if kind in ("aggregate", "second"):
        return _bar(kind, values, latest_ms, rejections)
    if values["timestamp_ms"] > latest_ms:
        rejections.note(f"{kind}.timestamp_ms: in the future")
        return None
    return _trade(values, rejections) if kind == "trade" else Quote(**values)


def read_fields(
    item: dict[str, Any], kind: str, table: Mapping[str, Field], rejections: Rejections
) -> dict[str, Any] | None:
    """The fields of one event by their rules; None when one is missing without which it means nothing."""
    values: dict[str, Any] = {}
    for attribute, field in table.items():
        present = next((name for name in field.names if name in item), None)
        if present is None:
            if field.required:
                rejections.note(f"{kind}.{attribute}: absent")
                return None
            continue
        try:
            values[attribute] = field.rule(item[present])
        except Refused as refused:
            # 0 is how vendors write an absent side or vwap: a fact, not an error.
            if field.required or refused.reason != "absent":
                rejections.note(f"{kind}.{attribute}: {refused.reason}")
            if field.required:
                return None
    return values


def _trade(values: dict[str, Any], rejections: Rejections) -> Trade | None:
    text = values.get("decimal_size")
    if text:
        try:
            values["size"] = limits.decimal_size(text)
        except Refused as refused:
            rejections.note(f"trade.decimal_size: {refused.reason}")
            del values["decimal_size"]
    if not values["size"]:
        rejections.note("trade.size: absent")
        return None
    return Trade(**values)


def _bar(kind: str, values: dict[str, Any], latest_ms: int, rejections: Rejections) -> Aggregate | None:
    shape, width_ms = (Aggregate, 60_000) if kind == "aggregate" else (SecondAggregate, 1_000)
    values.setdefault("end_ms", values["start_ms"] + width_ms)
    bar = shape(**values)
    if bar.start_ms > latest_ms:
        rejections.note(f"{kind}.start_ms: in the future")
        return None
    if bar.end_ms <= bar.start_ms:
        rejections.note(f"{kind}.end_ms: not after the start")
        return None
    if not (bar.low <= min(bar.open, bar.close) and bar.high >= max(bar.open, bar.close)):
        rejections.note(f"{kind}: prices contradict one another")
        return None
    return bar


def _received(event: Any, received_ms: int) -> Any:
    if isinstance(event, Trade | Quote):
        return replace(event, received_ms=received_ms)
    return event
