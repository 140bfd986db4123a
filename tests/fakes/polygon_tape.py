"""Prints of a symbol as Polygon's REST service keeps them, and the bars that follow from them: an own reckoning.

Nothing of the program is used: what it makes of the same prints is compared with this (market rules 2.2, 3.1 to 3.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
WIDTHS = {"second": 1_000, "minute": 60_000}
#: Conditions of prints that are no last price, no high or low, not counted (market rules 2.2, short form).
NO_LAST = {2, 5, 7, 10, 12, 13, 15, 16, 20, 21, 22, 29, 32, 33, 37, 52, 53}
NO_RANGE = {2, 7, 12, 13, 15, 16, 20, 21, 29, 37, 52, 53}
NO_VOLUME = {15, 16, 38}
EXTENDED = 12
#: Mixes of conditions and how often they come on the tape of a busy stock (market rules 2.3).
MIXES = [([37], 50), ([], 14), ([14], 8), ([14, 41], 14), ([14, 37, 41], 8), ([41], 3), ([10], 1), ([52], 1), ([16], 1)]
VOID = {1, 7, 8, 10, 11}

Row = dict[str, Any]


class Tape:
    """Prints of one symbol, ascending by time and sequence."""

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.rows: list[Row] = []
        self._bars: dict[str, list[Row]] = {}

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Adds rows in the vendor's shape."""
        self.rows += [dict(row) for row in rows]
        self.rows.sort(key=lambda row: (row["sip_timestamp"], row["sequence_number"]))
        self._bars.clear()

    def bars(self, timespan: str) -> list[Row]:
        """Every bar, ascending, as `results` of an aggregates answer."""
        if timespan not in self._bars:
            groups: dict[int, list[Row]] = {}
            for row in self.rows:
                groups.setdefault(_start(row["sip_timestamp"] // 1_000_000, timespan), []).append(row)
            made = (_bar(start, group, daily=timespan == "day") for start, group in sorted(groups.items()))
            self._bars[timespan] = [bar for bar in made if bar is not None]
        return self._bars[timespan]

    def volume(self, until_ms: int | None = None) -> float:
        """Shares of all days up to `until_ms`."""
        return sum(
            _counted(row) for row in self.rows if until_ms is None or row["sip_timestamp"] < until_ms * 1_000_000
        )


def trade(price: float, size: float, at_ms: int, sequence: int, conditions: Iterable[int] = (), **more: Any) -> Row:
    """A print in the shape of `/v3/trades`."""
    row = {
        "conditions": [*conditions], "exchange": 4 if 37 in conditions else 12, "id": str(50_000 + sequence),
        "participant_timestamp": at_ms * 1_000_000 - 900_000, "price": price, "sequence_number": sequence,
        "sip_timestamp": at_ms * 1_000_000 + sequence % 1_000, "size": size, "tape": 3,
    }  # fmt: skip
    return {**row, **({} if row["conditions"] else {"conditions": None}), **more}


def as_event(symbol: str, row: Mapping[str, Any]) -> Row:
    """The same print as the stream sends it."""
    event = {
        "ev": "T", "sym": symbol, "x": row["exchange"], "i": row["id"], "z": row["tape"], "p": row["price"],
        "s": row["size"], "t": row["sip_timestamp"] // 1_000_000, "q": row["sequence_number"],
    }  # fmt: skip
    return {**event, "c": row["conditions"]} if row["conditions"] else event


def walk(
    seed: int, from_ms: int, to_ms: int, *, every_ms: int = 700, sequence: int = 1, price: float = 100.0
) -> list[Row]:
    """Prints of a random walk, about one in `every_ms`, before and after the session as well."""
    random = Random(seed)
    mixes, weights = zip(*MIXES, strict=True)
    rows: list[Row] = []
    at_ms = from_ms
    while (at_ms := at_ms + random.randint(1, 2 * every_ms)) < to_ms:
        price = max(1.0, round(price + random.choice((-0.02, -0.01, 0, 0, 0.01, 0.02)), 2))
        conditions = random.choices(mixes, weights)[0]
        if not _regular(at_ms):
            conditions = sorted({*conditions, EXTENDED})
        size = random.randint(1, 99) if 37 in conditions else 100 * random.randint(1, 6)
        rows.append(trade(price, size, at_ms, sequence, conditions))
        sequence += random.randint(1, 5)
    return rows


def local(at_ms: int) -> datetime:
    """`at_ms` on the clock of New York."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(NEW_YORK)


def _regular(at_ms: int) -> bool:
    return time(9, 30) <= local(at_ms).time() < time(16)


def _start(at_ms: int, timespan: str) -> int:
    if timespan == "day":
        midnight = local(at_ms).replace(hour=0, minute=0, second=0, microsecond=0)
        return int(midnight.timestamp()) * 1000
    return at_ms - at_ms % WIDTHS[timespan]


def end_of(start_ms: int, timespan: str) -> int:
    """Where the window that starts at `start_ms` ends."""
    if timespan == "day":
        tomorrow = local(start_ms).date() + timedelta(days=1)
        return int(datetime.combine(tomorrow, time(), NEW_YORK).timestamp()) * 1000
    return start_ms + WIDTHS[timespan]


def _counted(row: Row) -> float:
    conditions = set(row["conditions"] or ())
    void = row.get("correction") in VOID or conditions & NO_VOLUME
    return 0.0 if void else float(row["size"])


def _bar(start_ms: int, rows: list[Row], *, daily: bool) -> Row | None:
    lasts, ranges, volume, turnover, count = [], [], 0.0, 0.0, 0
    for row in rows:
        if row.get("correction") in VOID:
            continue
        conditions = set(row["conditions"] or ())
        if not daily:
            conditions.discard(EXTENDED)  # makes minutes, not days (market rules 2.4)
        if not conditions & NO_LAST:
            lasts.append(row["price"])
        if not conditions & NO_RANGE:
            ranges.append(row["price"])
        size = _counted(row)
        if size:
            volume, turnover, count = volume + size, turnover + size * row["price"], count + 1
    if not lasts or not ranges:
        return None
    return {
        "o": lasts[0], "h": max(ranges), "l": min(ranges), "c": lasts[-1], "v": volume,
        "vw": round(turnover / volume, 6) if volume else 0, "n": count, "t": start_ms,
    }  # fmt: skip
