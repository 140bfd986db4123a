"""An orders file: one JSON object a line, each an order, a cancel or a replace, with the market time at which it acts.

What the lines say of an order is checked by the paper engine, which may refuse it; here they are only understood. A
line that cannot be understood spoils the file: a what-if of which a part was skipped would answer another question.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from live_monitor.data.models.orders import Bracket, Number, OrderParams
from live_monitor.errors import StartError
from live_monitor.limits import MAX_TEXT, MAX_TIME_MS, MIN_TIME_MS

MAX_LINES: Final = 1_000_000
MAX_LINE_BYTES: Final = 65_536
#: So many bad lines are named; a file with more is no orders file.
_NAMED: Final = 10

_TEXTS: Final = ("symbol", "side", "order_type", "time_in_force", "client_order_id")
_TERMS: Final = ("limit_price", "stop_price", "trail_amount", "trail_percent")
_BRACKET: Final = ("target_price", "stop_price", "stop_limit_price", "trail_amount", "trail_percent")
_OF_ORDER: Final = frozenset({"at_ms", "action", *_TEXTS, *_TERMS, "quantity", "extended_hours", "bracket"})
_OF_CANCEL: Final = frozenset({"at_ms", "action", "client_order_id", "order_id"})
_OF_REPLACE: Final = _OF_CANCEL | {"quantity", *_TERMS}


class PlaceLine(NamedTuple):
    """An order. `number`: its line in the file, from 1."""

    number: int
    at_ms: int
    params: OrderParams


class CancelLine(NamedTuple):
    """Ends an order that was placed before: by the id that its line gave it, or by the engine's ("O2")."""

    number: int
    at_ms: int
    client_order_id: str
    order_id: str


class ReplaceLine(NamedTuple):
    """Other terms for an order that was placed before; what is not named stays."""

    number: int
    at_ms: int
    client_order_id: str
    order_id: str
    terms: Mapping[str, Number]


Act = PlaceLine | CancelLine | ReplaceLine


class _BadLine(Exception):
    """What is wrong with one line."""


def read_orders(lines: Iterable[bytes]) -> list[Act]:
    """The acts of an orders file by time; those of one instant in the order of the file. Empty lines are passed over.

    Numbers keep every digit that was written (`Decimal`). Raises StartError that names the bad lines.
    """
    acts: list[Act] = []
    bad: list[str] = []
    for number, line in enumerate(lines, 1):
        if number > MAX_LINES:
            raise StartError(f"The orders file has more than {MAX_LINES:,} lines.", "Split it.")
        if not line.strip():
            continue
        try:
            acts.append(_act(number, line))
        except _BadLine as problem:
            bad.append(f"line {number}: {problem}")
            if len(bad) == _NAMED:
                break
    if bad:
        raise StartError(
            f"The orders file cannot be used; {'; '.join(bad)}.",
            "Nothing was played. docs/guide/paper.md describes its lines.",
        )
    # Stable: lines of the same instant act in the order in which they were written.
    return sorted(acts, key=lambda act: act.at_ms)


def _act(number: int, line: bytes) -> Act:
    fields = _object(line)
    at_ms = _time(fields.get("at_ms"))
    action = fields.get("action", "place")
    if action == "place":
        return PlaceLine(number, at_ms, _params(fields))
    if action == "cancel":
        _only(fields, _OF_CANCEL, "a cancel")
        return CancelLine(number, at_ms, *_named(fields))
    if action == "replace":
        _only(fields, _OF_REPLACE, "a replace")
        terms = {name: _number(fields, name) for name in ("quantity", *_TERMS) if fields.get(name) is not None}
        if not terms:
            raise _BadLine("a replace names no new quantity or price")
        return ReplaceLine(number, at_ms, *_named(fields), terms)
    raise _BadLine("action must be place (or left out), cancel or replace")


def _object(line: bytes) -> dict[str, object]:
    if len(line) > MAX_LINE_BYTES:
        raise _BadLine(f"longer than {MAX_LINE_BYTES:,} bytes")
    try:
        # A NaN is a number to some writers of JSON: the engine refuses the order and says so.
        found = json.loads(line, parse_float=Decimal, parse_constant=float, object_pairs_hook=_fields)
    except UnicodeDecodeError:
        raise _BadLine("not UTF-8") from None
    except json.JSONDecodeError as error:
        raise _BadLine(f"not JSON ({error.msg}, column {error.colno})") from None
    except (ValueError, ArithmeticError, RecursionError):  # a number of thousands of digits, brackets without end
        raise _BadLine("not JSON that can be read") from None
    if not isinstance(found, dict):
        raise _BadLine("not a JSON object")
    return found


def _fields(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Of two values for one name, each reader would see another."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _BadLine("a name stands twice")
    return fields


def _only(fields: Mapping[str, object], known: frozenset[str], what: str) -> None:
    """A misspelled name would silently make another order."""
    for name in fields:
        if name not in known:
            raise _BadLine(f"{what} has no {_shown(name)}")


def _params(fields: Mapping[str, object]) -> OrderParams:
    _only(fields, _OF_ORDER, "an order")
    for name in ("symbol", "side", "quantity"):
        if fields.get(name) is None:
            raise _BadLine(f"an order needs {name}")
    given: dict[str, Any] = {name: _text(fields, name) for name in _TEXTS if fields.get(name) is not None}
    given |= {name: _number(fields, name) for name in ("quantity", *_TERMS) if fields.get(name) is not None}
    extended = fields.get("extended_hours", False)
    if not isinstance(extended, bool):
        raise _BadLine("extended_hours must be true or false")
    return OrderParams(**given, extended_hours=extended, bracket=_bracket(fields.get("bracket")))


def _bracket(found: object) -> Bracket | None:
    if found is None:
        return None
    if not isinstance(found, dict):
        raise _BadLine("bracket must be an object with target_price, stop_price …")
    _only(found, frozenset(_BRACKET), "a bracket")
    return Bracket(**{name: _number(found, name) for name in _BRACKET if found.get(name) is not None})


def _named(fields: Mapping[str, object]) -> tuple[str, str]:
    """(client_order_id, order_id), of which one is given."""
    ids = [_text(fields, name) if fields.get(name) is not None else "" for name in ("client_order_id", "order_id")]
    if bool(ids[0]) == bool(ids[1]):
        raise _BadLine("it takes a client_order_id, or an order_id")
    return ids[0], ids[1]


def _text(fields: Mapping[str, object], name: str) -> str:
    found = fields[name]
    if not isinstance(found, str) or len(found) > MAX_TEXT:
        raise _BadLine(f"{name} must be text of at most {MAX_TEXT} characters")
    if any("\ud800" <= letter <= "\udfff" for letter in found):
        # JSON can escape one; no file and no journal can hold it.
        raise _BadLine(f"{name} holds half a character")
    return found


def _number(fields: Mapping[str, object], name: str) -> Number:
    """As it was written; whether it can be a price or a quantity is for the engine to say."""
    found = fields[name]
    if not isinstance(found, Decimal | int | float | str):
        raise _BadLine(f"{name} must be a number")
    return found


def _time(found: object) -> int:
    if found is None:
        raise _BadLine("at_ms is missing")
    if isinstance(found, bool) or not isinstance(found, int | Decimal) or not MIN_TIME_MS <= found < MAX_TIME_MS:
        raise _BadLine("at_ms must be milliseconds since the epoch (UTC)")
    if found != int(found):
        raise _BadLine("at_ms must be whole milliseconds")
    return int(found)


def _shown(name: str) -> str:
    return name if len(name) <= 40 and name.isprintable() else ascii(name[:40])
