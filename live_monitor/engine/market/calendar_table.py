"""What a calendar is made of: the packaged table of one exchange's hours and exceptional days (market rules 4.2).

`script/generate_sessions.py` writes the tables. A table holds wall-clock hours, never instants, so that a change of
the law on daylight saving needs no new table; `sessions.Calendar` makes instants of them.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple, Self
from zoneinfo import ZoneInfo

from msgspec import Struct

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


class Edge(NamedTuple):
    """A wall-clock time of a trade date, or of a day before it (`days` -1)."""

    at: time
    days: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `09:30`, or `-1 18:00` for the evening before. Raises ValueError."""
        days, _, at = text.rpartition(" ")
        return cls(time.fromisoformat(at), int(days or "0"))

    def on(self, day: date, zone: ZoneInfo) -> int:
        """The instant of this edge of the trade date `day`, in ms UTC."""
        moment = datetime.combine(day + timedelta(days=self.days), self.at, zone)
        return (moment - _EPOCH) // _MILLISECOND


class Hours(NamedTuple):
    """Edges of the sessions of one trading day: pre begins, regular opens, regular closes, post ends.

    `pauses` are stretches [from, to) of the regular session in which nothing trades.
    """

    pre: Edge
    open: Edge
    close: Edge
    post: Edge
    pauses: tuple[tuple[Edge, Edge], ...] = ()

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        """From the JSON of a table. Raises ValueError, KeyError."""
        pre, opens, closes, post = (Edge.parse(raw[name]) for name in ("pre", "open", "close", "post"))
        pauses = tuple((Edge.parse(begins), Edge.parse(ends)) for begins, ends in raw.get("pauses", ()))
        return cls(pre, opens, closes, post, pauses)


class CalendarTable(Struct, frozen=True):
    """The days that a calendar covers, and which of them differ from a normal weekday."""

    name: str
    zone: ZoneInfo
    first: date
    last: date
    #: Where in the day before (or of the same day) a trade date begins.
    begins: Edge
    #: From this day on, Mondays to Fridays have these hours; ascending, the first at or before `first`.
    weekdays: tuple[tuple[date, Hours], ...]
    #: Mondays to Fridays without a session.
    closed: frozenset[date]
    #: Days with hours of their own, weekends among them.
    special: dict[date, Hours]
    #: Days inside the table of which is known only that they are not like the others.
    unknown: frozenset[date]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads the JSON that `script/generate_sessions.py` writes. Raises OSError, ValueError, KeyError."""
        raw = json.loads(path.read_text(encoding="utf-8"))
        hours = {kind: Hours.parse(edges) for kind, edges in raw["hours"].items()}
        return cls(
            name=raw["name"],
            zone=ZoneInfo(raw["timezone"]),
            first=date.fromisoformat(raw["first"]),
            last=date.fromisoformat(raw["last"]),
            begins=Edge.parse(raw["day_begins"]),
            weekdays=tuple((date.fromisoformat(day), hours[kind]) for day, kind in sorted(raw["weekdays"].items())),
            closed=frozenset(_days(raw["closed"])),
            special={day: hours[kind] for kind, days in raw["special"].items() for day in _days(days)},
            unknown=frozenset(_days(raw["unknown"])),
        )

    def knows(self, day: date) -> bool:
        """True where the hours of `day` are known, also that it has none."""
        return self.first <= day <= self.last and day not in self.unknown

    def hours(self, day: date) -> Hours | None:
        """Hours of `day`; None where it has no session or is not known."""
        if not self.knows(day):
            return None
        special = self.special.get(day)
        if special is not None or day.weekday() >= 5 or day in self.closed:
            return special
        return self.weekdays[bisect_right(self.weekdays, day, key=lambda era: era[0]) - 1][1]


def _days(by_year: Mapping[str, list[str]]) -> list[date]:
    return [date.fromisoformat(f"{year}-{day}") for year, days in by_year.items() for day in days]
