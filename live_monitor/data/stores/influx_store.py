"""The shared store: bars in an InfluxDB, for people who outgrow one machine (ADR 22).

Several programs may write at once. A bar's rank is part of where it is kept, so that no order of writes can put a lower
bar in the place of a higher one, without reading before writing and without locks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final, NamedTuple

import numpy as np

from live_monitor.clock import Clock, SystemClock
from live_monitor.data.stores import influx_answer, influx_errors
from live_monitor.data.stores.influx_answer import FIRST_MS
from live_monitor.data.stores.influx_http import ANSWER_S, InfluxHttp, place_of
from live_monitor.data.stores.influx_line import MEASUREMENTS, cover_line, lines_of
from live_monitor.data.stores.ranked import best_of
from live_monitor.data.stores.stretches import Stretches
from live_monitor.engine.market.bar_columns import Bar, BarColumns, BarSource
from live_monitor.ports import SeriesKey

DEFAULT_BUCKET: Final = "live_monitor"
#: Lines of a write, as the server's makers advise.
BATCH: Final = 5_000
#: Bars of an answer: 2 MB of JSON, of which one page after the other is read.
PAGE: Final = 20_000


class Census(NamedTuple):
    """What a look at the server found."""

    version: str
    series: int


class _Wish(NamedTuple):
    """At most `limit` bars of one rank that start in [`from_ms`, `to_ms`)."""

    source: BarSource
    from_ms: int
    to_ms: int
    limit: int


class _Page(NamedTuple):
    """Some bars of one rank in the order that was asked for; `cut_at_ms` is the last row's time where more follow."""

    source: BarSource
    bars: BarColumns
    cut_at_ms: int | None


class InfluxStore:
    """Implements `ports.HistoryStore` over the 1.x HTTP API. Connects when first asked.

    `bucket` is a database of 1.x, a bucket with a DBRP mapping of 2.x, a database of 3.x; `org` is sent along for those
    that have several. Raises StoreError for an address that is none.
    """

    def __init__(
        self,
        url: str,
        token: str = "",
        org: str = "",
        bucket: str = DEFAULT_BUCKET,
        *,
        clock: Clock | None = None,
        answer_s: float = ANSWER_S,
    ) -> None:
        place = place_of(url, token)
        self.name = f"{place.address} ({bucket})"
        self._address = place.address
        self._http = InfluxHttp(place, org, bucket, clock or SystemClock(), answer_s=answer_s)

    def put(self, key: SeriesKey, bars: BarColumns, covers: tuple[int, int] | None = None) -> None:
        """As in `HistoryStore`. Raises ValueError for bars that do not ascend."""
        if np.any(bars.start_ms[1:] <= bars.start_ms[:-1]):
            raise ValueError("bars must ascend, each start once")
        self._write(lines_of(key, bars))
        # Only now: a stretch must not be called whole before its bars are there.
        if covers is not None and covers[0] < covers[1]:
            self._cover(key, *covers)

    def append(self, rows: Sequence[tuple[SeriesKey, Bar]]) -> None:
        """As in `HistoryStore`, though not as one transaction: what a failure left out, a repetition adds."""
        by_key: dict[SeriesKey, dict[int, Bar]] = {}
        for key, bar in rows:
            mine = by_key.setdefault(key, {})
            known = mine.get(bar.start_ms)
            # Within one write the order of lines for one instant is the server's affair.
            if known is None or known.source <= bar.source:
                mine[bar.start_ms] = bar
        self._write(
            line
            for key, bars in by_key.items()
            for line in lines_of(key, BarColumns.of(bars[start] for start in sorted(bars)))
        )

    def read(self, key: SeriesKey, from_ms: int, to_ms: int) -> BarColumns:
        """As in `HistoryStore`."""
        parts: list[BarColumns] = []
        open_at = dict.fromkeys(MEASUREMENTS, from_ms)
        while open_at:
            wishes = [_Wish(source, at_ms, to_ms, PAGE) for source, at_ms in open_at.items()]
            for page in self._pages(key, wishes, newest_first=False):
                parts.append(page.bars)
                if page.cut_at_ms is None:
                    del open_at[page.source]
                else:
                    open_at[page.source] = page.cut_at_ms + 1
        return best_of(parts)

    def last(self, key: SeriesKey, end_ms: int, limit: int) -> BarColumns:
        """As in `HistoryStore`."""
        parts: list[BarColumns] = []
        # The newest `limit` of all lie among the newest `limit` of each rank.
        open_at = dict.fromkeys(MEASUREMENTS, (end_ms, limit)) if limit > 0 else {}
        while open_at:
            wishes = [
                _Wish(source, FIRST_MS, before_ms, min(wanted, PAGE)) for source, (before_ms, wanted) in open_at.items()
            ]
            for page in self._pages(key, wishes, newest_first=True):
                parts.append(page.bars.rows(slice(None, None, -1)))
                wanted = open_at[page.source][1] - page.bars.length
                if page.cut_at_ms is None or wanted <= 0:
                    del open_at[page.source]
                else:
                    open_at[page.source] = page.cut_at_ms, wanted
        best = best_of(parts)
        return best.rows(slice(max(0, best.length - limit), None))

    def covered_from(self, key: SeriesKey, end_ms: int) -> int | None:
        """As in `HistoryStore`."""
        return self._covers(key, end_ms).start_reaching(end_ms)

    def series(self) -> list[SeriesKey]:
        """As in `HistoryStore`; what another program keeps under the same names is passed over."""
        (result,) = self._http.query([influx_answer.ask_series()])
        return influx_answer.series_of(result.series)

    def census(self) -> Census:
        """Asks the server what it is and how many series it keeps."""
        known = len(self.series())
        return Census(self._http.version, known)

    def close(self) -> None:
        """As in `HistoryStore`."""
        self._http.close()

    def _write(self, lines: Iterable[str]) -> None:
        waiting = iter(lines)
        while batch := list(islice(waiting, BATCH)):
            self._http.write("\n".join(batch))

    def _cover(self, key: SeriesKey, from_ms: int, to_ms: int) -> None:
        """Two programs that do this at once may lose one stretch, which is then asked for again; none is invented."""
        known = self._covers(key, to_ms + 1)
        known.add(from_ms, to_ms)
        around = known.around(from_ms, to_ms)
        assert around is not None
        self._http.write(cover_line(key, *around))

    def _covers(self, key: SeriesKey, end_ms: int) -> Stretches:
        (result,) = self._http.query([influx_answer.ask_covers(key, end_ms)])
        try:
            return Stretches(stretch for table in result.series for stretch in influx_answer.covers_of(table))
        except ValueError as problem:
            raise influx_errors.of_words(self._address, "", f"unexpected {problem}") from problem

    def _pages(self, key: SeriesKey, wishes: list[_Wish], *, newest_first: bool) -> list[_Page]:
        """The answer to each wish, all asked for at once."""
        statements = [influx_answer.ask_bars(key, *wish, newest_first=newest_first) for wish in wishes]
        pages = []
        for wish, result in zip(wishes, self._http.query(statements), strict=True):
            try:
                bars = [influx_answer.bars_of(table, wish.source) for table in result.series]
            except ValueError as problem:
                raise influx_errors.of_words(self._address, "", f"unexpected {problem}") from problem
            rows = [row for table in result.series for row in table.values]
            # Fewer than were asked for also come where an administrator limits the rows of an answer.
            cut = len(rows) >= wish.limit or result.partial or any(table.partial for table in result.series)
            # Of the raw rows: all of a page may have been left out as another program's.
            last_ms = rows[-1][0] if cut and rows else None
            pages.append(_Page(wish.source, BarColumns.joined(bars), None if last_ms is None else int(last_ms)))
        return pages
