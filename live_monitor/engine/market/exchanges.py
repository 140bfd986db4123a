"""Names of the venues that prints and quotes carry as numbers (market rules 1.7)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from live_monitor.resources import resource_path


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
    """
    if provider == "iqfeed":
        return str(exchange)
    return _names().get(exchange, str(exchange))
