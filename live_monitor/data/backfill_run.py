"""Fills a store of bars from a source of history: page by page, newest first, leaving out what is there already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from live_monitor import limits
from live_monitor.clock import Clock
from live_monitor.data.history_pages import FINAL_AFTER_MS
from live_monitor.data.models.timeframe import Timeframe
from live_monitor.errors import HistoryError
from live_monitor.ports import HistorySource, HistoryStore, Page, SeriesKey

PAGE_BARS: Final = limits.MAX_HISTORY_BARS


class Wish(NamedTuple):
    """Bars of `symbol` that start in [`from_ms`, `to_ms`); `timeframe` is one of the source's."""

    symbol: str
    timeframe: Timeframe
    from_ms: int
    to_ms: int


class Progress(NamedTuple):
    """How far a wish is fulfilled: everything from `at_ms` on is kept, `pages` were fetched with `bars` bars.

    `skipped_ms` is the stretch of time that the store had already. `exhausted`: the source has nothing before `at_ms`.
    """

    at_ms: int
    bars: int = 0
    pages: int = 0
    skipped_ms: int = 0
    exhausted: bool = False


class Pace:
    """Keeps requests apart: at most `per_minute` of them a minute, evenly; 0 does not wait."""

    def __init__(self, per_minute: float, clock: Clock, wait: Callable[[float], None]) -> None:
        self._gap_s = 60.0 / per_minute if per_minute > 0 else 0.0
        self._clock = clock
        self._wait = wait
        self._next_s = clock.monotonic()

    def __call__(self) -> None:
        """Waits until the next request may go out."""
        late_s = self._next_s - self._clock.monotonic()
        if late_s > 0:
            self._wait(late_s)
        self._next_s = max(self._clock.monotonic(), self._next_s) + self._gap_s


def backfill(
    source: HistorySource,
    store: HistoryStore,
    wish: Wish,
    now_ms: int,
    *,
    pace: Callable[[], None],
    told: Callable[[Progress], None],
) -> Progress:
    """Fetches what the store lacks of `wish` and returns the last progress; `told` hears of it after every page.

    `now_ms` is the time of the source's market: bars that late prints may still change are kept, but asked for again
    another time. What a page brought is on the disk before the next one is asked for, so a run that was broken off goes
    on where it ended. Blocks; raises HistoryError and StoreError.
    """
    if not source.market:
        raise HistoryError("The server does not say whose prices these are, so they cannot be kept.", "Update it.")
    key = SeriesKey(source.market, wish.symbol, wish.timeframe)
    final_ms = now_ms - max(FINAL_AFTER_MS, wish.timeframe.nominal_ms)
    progress = Progress(wish.to_ms)
    while progress.at_ms > wish.from_ms and not progress.exhausted:
        covered_ms = store.covered_from(key, progress.at_ms)
        if covered_ms is not None and covered_ms < progress.at_ms:
            skipped_ms = progress.at_ms - max(covered_ms, wish.from_ms)
            progress = progress._replace(at_ms=covered_ms, skipped_ms=progress.skipped_ms + skipped_ms)
        else:
            pace()
            known_ms = final_ms if store.covered_from(key, final_ms) is not None else 0
            page = source.page(
                wish.symbol, wish.timeframe, progress.at_ms, _bars_wanted(wish, progress.at_ms, known_ms)
            )
            progress = _keep(store, key, page, progress, final_ms)
        told(progress)
    return progress


def _bars_wanted(wish: Wish, at_ms: int, known_ms: int) -> int:
    """How many bars a page needs at most: back to where the wish ends, or to what the store has before `at_ms`."""
    until_ms = max(wish.from_ms, known_ms if known_ms < at_ms else 0)
    return min(PAGE_BARS, -(-(at_ms - until_ms) // wish.timeframe.nominal_ms) + 1)


def _keep(store: HistoryStore, key: SeriesKey, page: Page, before: Progress, final_ms: int) -> Progress:
    """Writes a page; how far it brings us. Raises HistoryError for one that would be asked for again for ever."""
    if page.from_ms >= before.at_ms and page.more:
        raise HistoryError(
            f"The source gives nothing before {before.at_ms}, and yet says that there is more.", "Ask another source."
        )
    covers = (page.from_ms, min(before.at_ms, final_ms))
    if page.bars.length or covers[0] < covers[1]:
        store.put(key, page.bars, covers if covers[0] < covers[1] else None)
    return before._replace(
        at_ms=min(page.from_ms, before.at_ms),
        bars=before.bars + page.bars.length,
        pages=before.pages + 1,
        exhausted=not page.more,
    )
