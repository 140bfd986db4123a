"""Final bars of the past from Polygon's aggregates: seconds, minutes and days, as traded."""

from __future__ import annotations

from typing import Final

from live_monitor.clock import Clock
from live_monitor.data.models.market_data import Aggregate
from live_monitor.data.models.timeframe import DAY, MINUTE, SECOND, Timeframe
from live_monitor.engine.market.bar_page import columns_of
from live_monitor.errors import FeedError, HistoryError
from live_monitor.ports import Page
from live_monitor.providers.polygon_door import NotFound, NotInPlan
from live_monitor.providers.polygon_rest import MAX_PAGE_ROWS, PolygonRest

#: Before 2003-09-10 the service has nothing.
EARLIEST_MS: Final = 1_063_166_400_000
#: A page is answered with what is there by then; its `from_ms` says how far that reaches.
_ENOUGH_S: Final = 6.0
#: A stretch that holds a page of a symbol that trades in every window of 16 hours on 5 of 7 days.
_SPREAD: Final = {SECOND: 2.2, MINUTE: 2.2, DAY: 1.6}
#: How much further back each question reaches after one that brought too little: less than this.
_WIDER: Final = 8
_ENOUGH_BARS: Final = 75
#: Older than this, "not in your plan" means that the plan's history ends, not that it has none.
_PLAN_HISTORY_MS: Final = 30 * 86_400_000


class PolygonHistory:
    """`HistorySource` over `PolygonRest`; one thread at a time.

    Bars are unadjusted: what was printed stays true when shares are split later, so that kept bars never change. A
    stretch without a print costs one question, not one a day: each question reaches further back than the one before.
    """

    timeframes: tuple[Timeframe, ...] = (SECOND, MINUTE, DAY)

    def __init__(self, rest: PolygonRest, clock: Clock, *, market: str = "polygon", delay_s: float = 0.0) -> None:
        """`delay_s`: how late the plan's prices are; younger bars are not there yet."""
        self.market = market
        self._rest = rest
        self._clock = clock
        self._delay_ms = round(delay_s * 1_000)

    def page(self, symbol: str, timeframe: Timeframe, end_ms: int, limit: int) -> Page:
        """As in `HistorySource`."""
        if timeframe not in self.timeframes:
            raise HistoryError(f"Polygon is not asked for {timeframe} bars.", "Ask for 1s, 1m or 1D.")
        wanted = min(limit, MAX_PAGE_ROWS)
        try:
            bars, from_ms, more = self._collect(symbol, timeframe, end_ms, wanted)
        except FeedError as error:
            raise HistoryError(error.message, error.remedy) from error
        columns = columns_of(bars)
        return Page(columns, from_ms, more)

    def close(self) -> None:
        """As in `HistorySource`: closes its `PolygonRest`."""
        self._rest.close()

    def _collect(
        self, symbol: str, timeframe: Timeframe, end_ms: int, wanted: int
    ) -> tuple[list[Aggregate], int, bool]:
        """Bars, from where on nothing is missing, and whether there may be older ones."""
        now_ms = self._clock.wall_ms() - self._delay_ms
        # A window that is not over yet has no final bar: it is asked for another time.
        to_ms = min(end_ms, now_ms)
        started = self._clock.monotonic()
        found: list[Aggregate] = []
        reached_ms, span_ms = end_ms, round(max(wanted, 2) * timeframe.nominal_ms * _SPREAD[timeframe])
        while reached_ms > EARLIEST_MS:
            from_ms = _aligned(max(min(reached_ms, to_ms) - span_ms, EARLIEST_MS), timeframe)
            try:
                part = self._rest.aggregates(symbol, timeframe, from_ms, min(reached_ms, to_ms), wanted - len(found))
            except (NotInPlan, NotFound):
                if end_ms > now_ms - _PLAN_HISTORY_MS and not found and reached_ms == end_ms:
                    raise
                return found, found[0].start_ms if found else end_ms, False
            except FeedError:
                if not found:
                    raise
                break
            found = [*(bar for bar in part.bars if bar.end_ms <= now_ms), *found]
            # Of a page that was cut, only what it holds is known to be whole.
            reached_ms = part.bars[0].start_ms if part.more and part.bars else from_ms
            if part.more or len(found) >= min(wanted, _ENOUGH_BARS) or self._clock.monotonic() - started > _ENOUGH_S:
                break
            span_ms *= _WIDER
        return found, min(reached_ms, end_ms), reached_ms > EARLIEST_MS


def _aligned(ms: int, timeframe: Timeframe) -> int:
    return ms - ms % timeframe.nominal_ms
