"""JSON of a vendor, read strictly: bounded, without repeated names, without NaN; money as it is written.

The fast path of prints is `wire.relay`; this one is for frames and answers of which there are few.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, NoReturn

from live_monitor.limits import Refused

#: Characters of a number that is read as money; what is longer is damage, or an attack on arithmetic (faults M3).
_MAX_NUMBER: Final = 40


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        # Two readers could see two values.
        raise Refused("repeated field")
    return values


def _no_constant(_name: str) -> NoReturn:
    raise Refused("not a number")


def _decimal(text: str) -> Decimal:
    if len(text) > _MAX_NUMBER:
        raise Refused("too long a number")
    return Decimal(text)


_floats = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)
_decimals = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_decimal, parse_int=_decimal
)


def read(raw: bytes | str, *, most_bytes: int) -> Any:
    """The value that `raw` is, fractions as float. Raises Refused, with a reason to count, for what is none."""
    return _read(_floats.decode, raw, most_bytes)


def read_money(raw: bytes | str, *, most_bytes: int) -> Any:
    """The same with every number a Decimal, digit for digit as it is written. Raises Refused."""
    return _read(_decimals.decode, raw, most_bytes)


def _read(decode: Callable[[str], Any], raw: bytes | str, most_bytes: int) -> Any:
    if len(raw) > most_bytes:
        raise Refused("too large")
    try:
        return decode(raw if isinstance(raw, str) else raw.decode())
    except RecursionError:
        raise Refused("nested too deeply") from None
    except ValueError:
        # Also UnicodeDecodeError, and integers of more digits than Python converts.
        raise Refused("not JSON") from None
