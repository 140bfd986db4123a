"""Names of the venues that prints and quotes carry as numbers (market rules 1.7)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from live_monitor.resources import resource_path

#: Letters of Lean's ticks to ids of the table. Q and T are one market on the two tapes; W was another market once.
_LEAN_VENUES: Final[Mapping[int | str, int]] = {
    "A": 1, "B": 2, "C": 3, "D": 4, "I": 6, "J": 7, "K": 8, "M": 9, "N": 10, "P": 11, "Q": 12, "S": 13, "T": 12,
    "X": 17, "Y": 18, "Z": 19,
}  # fmt: skip


class Venue(NamedTuple):
    """A market centre. `mic` is its ISO 10383 code, None where the id names no single market."""

    id: int
    name: str
    mic: str | None


@cache
def venues() -> Mapping[int, Venue]:
    """Venues of US stocks by Polygon's ids; the packaged table is read once per process."""
    rows = json.loads(resource_path("exchanges", "us_equities.json").read_text(encoding="utf-8"))["venues"]
    return {row["id"]: Venue(row["id"], row["name"], row["mic"]) for row in rows}


@cache
def _names() -> Mapping[int | str, str]:
    return {key: venue.name for venue in venues().values() for key in (venue.id, str(venue.id))}


def exchange_name(exchange: int | str, provider: str = "polygon") -> str:
    """`12` or `"12"` to "NASDAQ"; an unknown id, and one of a vendor that numbers otherwise, stays what it is.

    IQFeed has a numbering of its own (its 12 is another market), so its numbers are never translated by this table.
    Lean has the letters of the tapes.
    """
    if provider == "iqfeed":
        return str(exchange)
    if provider == "lean":
        return _names().get(_LEAN_VENUES.get(exchange, -1), str(exchange))
    return _names().get(exchange, str(exchange))
