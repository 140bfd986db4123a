"""Answers of vendors' REST services: JSON of a body, rows of an answer, fields of a row by the rules of `limits`.

What cannot be is counted under `rest.kind.field: reason`, and absent; nothing here raises into a loop.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from live_monitor import limits
from live_monitor.data.models.market_data import Conditions
from live_monitor.errors import ProtocolError
from live_monitor.limits import Refused, Rejections

Row = Mapping[str, Any]
_Value = TypeVar("_Value")
_Absent = TypeVar("_Absent")

_MAX_ROWS: Final = 50_000


def parse(body: bytes) -> Any:
    """The JSON of a body. Raises ProtocolError, in words, for what is none (proxies answer with pages of HTML)."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass  # one number that cannot be need not cost the other rows: the forgiving parser looks again
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise ProtocolError(
            "Polygon's answer is not JSON.", "A proxy may stand in between; see docs/guide/polygon.md."
        ) from None


def rows_of(message: object, name: str = "results") -> list[Row]:
    """The rows under `name`, also where there is only one; none where the key is missing. Raises ProtocolError."""
    if not isinstance(message, dict):
        raise ProtocolError("Polygon's answer is not an object.")
    found = message.get(name)
    if found is None:
        return []
    rows = found if isinstance(found, list) else [found]
    return [row for row in rows[:_MAX_ROWS] if isinstance(row, dict)]


class RowReader:
    """Reads the fields of one row after another; `kind` names what is counted."""

    def __init__(self, kind: str, rejections: Rejections) -> None:
        self._kind = kind
        self._rejections = rejections

    def must(self, row: Row, name: str, rule: Callable[[object], _Value]) -> _Value:
        """Raises Refused, already counted."""
        try:
            return rule(row.get(name))
        except Refused as refused:
            self._rejections.note(f"rest.{self._kind}.{name}: {refused.reason}")
            raise

    def may(self, row: Row, name: str, rule: Callable[[object], _Value], absent: _Absent) -> _Value | _Absent:
        """`absent` where the field is missing, 0 where that means the same, or cannot be (which is counted)."""
        try:
            return rule(row.get(name))
        except Refused as refused:
            if refused.reason != "absent":
                self._rejections.note(f"rest.{self._kind}.{name}: {refused.reason}")
            return absent

    def refuse(self, reason: str) -> None:
        """Counts a row that contradicts itself."""
        self._rejections.note(f"rest.{self._kind}: {reason}")


def text_of(value: object) -> str:
    """A text or a whole number, as text. Raises Refused."""
    if value is None:
        raise Refused("absent")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Refused("wrong type")
    text = str(value)
    if len(text) > limits.MAX_TEXT:
        raise Refused("too long")
    return text


def short_text(value: object) -> str:
    """A text of at most 64 characters. Raises Refused."""
    text = text_of(value)
    if len(text) > 64:
        raise Refused("too long")
    return text


def conditions_of(value: object) -> Conditions:
    """Conditions of a print; none where they are missing. Raises Refused."""
    if value is None:
        return ()
    if not isinstance(value, list) or any(isinstance(each, bool) or not isinstance(each, int | str) for each in value):
        raise Refused("wrong type")
    if len(value) > limits.MAX_CONDITIONS or any(len(str(each)) > 16 for each in value):
        raise Refused("too long")
    return tuple(value)


def exchange_of(value: object) -> int | str | None:
    """An exchange by number or name. Raises Refused."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | str) or len(str(value)) > 32:
        raise Refused("wrong type")
    return value


def part_of(row: Row, name: str) -> Row:
    """The object in the field `name`; empty where there is none."""
    part = row.get(name)
    return part if isinstance(part, dict) else {}
