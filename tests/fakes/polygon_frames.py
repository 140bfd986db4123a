"""Frames in the shape of Polygon's stream, as its documents and recordings have them; own values."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

CONNECTED = {"ev": "status", "status": "connected", "message": "Connected Successfully"}
AUTHENTICATED = {"ev": "status", "status": "auth_success", "message": "authenticated"}
MAX_CONNECTIONS = {"ev": "status", "status": "max_connections", "message": "Maximum number of connections exceeded."}


def frame(*events: Mapping[str, Any]) -> str:
    """What the server sends: always an array."""
    return json.dumps(events, separators=(",", ":"))


def status(name: str, message: str) -> dict[str, Any]:
    """What the server says of the session."""
    return {"ev": "status", "status": name, "message": message}


def now_ms() -> int:
    """The time of this machine."""
    return time.time_ns() // 1_000_000


def trade(symbol: str, price: Any, size: Any = 100, *, sequence: int = 1, **given: Any) -> dict[str, Any]:
    """A print; `given`: `id`, `at_ms`, `conditions`, or fields of the vendor's own names, which win."""
    at_ms = given.pop("at_ms", None) or now_ms()
    event = {"ev": "T", "sym": symbol, "x": 4, "i": str(given.pop("id", sequence)), "z": 3, "p": price, "s": size}
    conditions = given.pop("conditions", None)
    return {**event, **({"c": conditions} if conditions else {}), "t": at_ms, "q": sequence, **given}


def quote(symbol: str, bid: Any, ask: Any, *, sequence: int = 1, **given: Any) -> dict[str, Any]:
    """A best bid and offer; `given`: `at_ms`, `condition`, or fields of the vendor's own names."""
    at_ms = given.pop("at_ms", None) or now_ms()
    condition = given.pop("condition", None)
    event = {"ev": "Q", "sym": symbol, "bx": 12, "bp": bid, "bs": 240, "ax": 11, "ap": ask, "as": 80}
    return {**event, **({"c": condition} if condition else {}), "t": at_ms, "q": sequence, "z": 3, **given}


def bar(
    symbol: str, price: Any, *, start_ms: int = 0, volume: Any = 4110, topic: str = "AM", **given: Any
) -> dict[str, Any]:
    """A bar of a minute or second; by default of the one that ended last."""
    width = 1_000 if topic == "A" else 60_000
    start_ms = start_ms or now_ms() // width * width - width
    prices = {"o": price, "c": price, "h": price, "l": price, "vw": price, "op": price, "a": price}
    event = {"ev": topic, "sym": symbol, "v": volume, "dv": f"{volume}.0", "av": 9_470_157, "z": 68.0, **prices}
    return {**event, "s": start_ms, "e": start_ms + width, **given}


def bands(symbol: str, lower: Any, upper: Any, *, at_ms: int = 0, **given: Any) -> dict[str, Any]:
    """Limit up, limit down; its time is in ns, as on the wire."""
    at_ns = (at_ms or now_ms()) * 1_000_000 + 3_385
    return {"ev": "LULD", "T": symbol, "h": upper, "l": lower, "i": [21], "z": 3, "t": at_ns, "q": 290_317, **given}
