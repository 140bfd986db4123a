"""What Schwab says of orders as they happen (ACCT_ACTIVITY): a reason to ask for the account again, and a line of text.

The stream is no record: after a reconnection it says nothing of what happened meanwhile. The truth is asked by REST.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from live_monitor import limits
from live_monitor.limits import Refused, Rejections
from live_monitor.wire import strict_json

_MAX_BYTES: Final = 65_536
_MAX_LO: Final = 10**18
_MAX_SCALE: Final = 12
#: Sequence numbers that are remembered, twice this many at most.
_REPEATS: Final = 2_048


class Activity(NamedTuple):
    """One message: `kind` as Schwab names it ("OrderFillCompleted"), figures None where it tells none."""

    kind: str
    symbol: str = ""
    quantity: Decimal | None = None
    price: Decimal | None = None


class ActivityReader:
    """Reads the messages of one connection; each counts once."""

    def __init__(self, rejections: Rejections) -> None:
        self._rejections = rejections
        self._seen: set[int] = set()
        self._seen_before: set[int] = set()

    def read(self, record: Mapping[str, Any]) -> Activity | None:
        """The message, or None for a repeat, for one that only confirms the subscription, and for damage (counted)."""
        try:
            sequence = limits.count(record.get("seq"))
            kind = record.get("2")
            if not isinstance(kind, str) or not 0 < len(kind) <= 64 or not kind.isprintable():
                raise Refused("no type")
        except Refused as refused:
            self._rejections.note(f"activity: {refused.reason}")
            return None
        if self._repeats(sequence) or kind == "SUBSCRIBED":
            return None
        data = record.get("3")
        return self._told(kind, data) if isinstance(data, str) and data[:1] == "{" else Activity(kind)

    def _repeats(self, sequence: int) -> bool:
        if sequence in self._seen or sequence in self._seen_before:
            return True
        self._seen.add(sequence)
        if len(self._seen) >= _REPEATS:
            self._seen_before, self._seen = self._seen, set()
        return False

    def _told(self, kind: str, data: str) -> Activity:
        """What the JSON text of a message tells; a message that cannot be read is still one."""
        try:
            message = strict_json.read(data, most_bytes=_MAX_BYTES)
        except Refused as refused:
            self._rejections.note(f"activity.data: {refused.reason}")
            return Activity(kind)
        symbol = _found(message, "Symbol")
        execution = _found(message, "ExecutionInfo")
        return Activity(
            kind,
            symbol if limits.valid_symbol(symbol) else "",
            self._number(execution, "ExecutionQuantity"),
            self._number(execution, "ExecutionPrice"),
        )

    def _number(self, of: object, name: str) -> Decimal | None:
        if not isinstance(of, dict) or name not in of:
            return None
        try:
            return scaled(of[name])
        except Refused as refused:
            self._rejections.note(f"activity.{name}: {refused.reason}")
            return None


def scaled(value: object) -> Decimal:
    """`{"lo":"220470000","signScale":12}` is 220.47: the last bit of `signScale` is the sign, the rest the places.

    Without `lo` it is 0. Raises Refused.
    """
    if not isinstance(value, dict):
        raise Refused("wrong type")
    lo, sign_scale = value.get("lo", "0"), value.get("signScale", 0)
    if not (isinstance(lo, str) and lo.isascii() and lo.isdigit() and len(lo) <= 19 and int(lo) <= _MAX_LO):
        raise Refused("not a whole number")
    if isinstance(sign_scale, bool) or not isinstance(sign_scale, int) or not 0 <= sign_scale >> 1 <= _MAX_SCALE:
        raise Refused("out of range")
    number = Decimal(int(lo)).scaleb(-(sign_scale >> 1))
    return -number if sign_scale & 1 else number


def _found(message: object, name: str, depth: int = 0) -> Any:
    """The first value of that name, wherever it stands: each type of message has a path of its own."""
    if depth > 12:
        return None
    if isinstance(message, dict):
        if name in message:
            return message[name]
        below: Any = message.values()
    elif isinstance(message, list):
        below = message
    else:
        return None
    return next((found for item in below if (found := _found(item, name, depth + 1)) is not None), None)
