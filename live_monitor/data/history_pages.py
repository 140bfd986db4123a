"""Pages of older bars: what is asked for, what is found, and how the store answers.

`history` decides what to ask for; this is what its walks are made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from live_monitor.data.models.timeframe import BASES, Timeframe
from live_monitor.engine.market.bar_columns import BarColumns
from live_monitor.ports import HistoryStore, SeriesKey

#: Bars that the store is asked for at a time: it answers a page ten times that of a feed in a few ms.
STORE_PAGE_BARS = 20_000

#: `ahead`: the page before the oldest one is fetched before anybody wishes for it, so that a chart need not wait.
Purpose = Literal["newest", "heal", "older", "ahead"]


class Walk:
    """A way back in time, page by page, from `end_ms` until `until_ms` is reached."""

    def __init__(self, timeframe: Timeframe, purpose: Purpose, end_ms: int, until_ms: int, started: float) -> None:
        self.timeframe = timeframe
        self.purpose = purpose
        self.end_ms = end_ms
        self.until_ms = until_ms
        self.asked_at = started
        self.pages = 0
        #: Number of the question that the feed has not answered yet; 0 while the store is asked.
        self.number = 0
        #: Up to here the pages are whole: a server needs a while for the newest bars.
        self.whole_until_ms = end_ms


class Found(NamedTuple):
    """A page: from `from_ms` on nothing is missing in it, unless it is not `whole`; `more`: there are older bars."""

    columns: BarColumns
    from_ms: int
    more: bool = True
    whole: bool = True


def stretch(store: HistoryStore, key: SeriesKey, end_ms: int, *, newest: bool) -> Found | None:
    """The newest bars before `end_ms` and the instant from which on none is missing; None where the store has no such.

    With `newest` there is no feed to ask: the last bars that the store has will do, whatever is missing among them.
    """
    covered_ms = store.covered_from(key, end_ms)
    if covered_ms is None and not newest:
        return None
    columns = store.last(key, end_ms, STORE_PAGE_BARS)
    if covered_ms is None:
        return Found(columns, end_ms, whole=False) if columns.length else None
    full = columns.length == STORE_PAGE_BARS
    columns = columns.between(covered_ms, end_ms)
    return Found(columns, int(columns.start_ms[0]) if full and columns.length else covered_ms)


def offered_timeframes(names: Sequence[str]) -> frozenset[Timeframe]:
    """What a server says that it serves; names that mean nothing here are left out."""
    known = {timeframe.name: timeframe for timeframe in BASES}
    return frozenset(known[name] for name in names if name in known)
