"""History pages of the focus symbol: which were asked for, which answers still matter."""

from __future__ import annotations

from collections.abc import Callable

from live_monitor import limits
from live_monitor.engine.market.bar_builder import BarBuilder
from live_monitor.engine.market.bar_series import MINUTE_MS, SECOND_MS
from live_monitor.wire.relay import HistoryPage

TIMEFRAMES = {"1s": SECOND_MS, "1m": MINUTE_MS}


class Backfill:
    """Bookkeeping of pages; a page of a symbol that is no longer in focus is thrown away."""

    def __init__(self) -> None:
        #: symbol, timeframe, end_ms (exclusive), limit, request number; a face fills it in.
        self.request: Callable[[str, str, int, int, int], None] = lambda symbol, timeframe, end_ms, limit, number: None
        self._symbol: str | None = None
        self._number = 0
        self._asked: dict[int, str] = {}
        self._more: dict[str, bool] = {}

    def start(self, symbol: str) -> None:
        """A new focus symbol; answers to older questions no longer matter."""
        self._symbol = symbol
        self._asked.clear()
        self._more.clear()

    def newest(self, now_ms: int) -> None:
        """Asks for the newest minutes and seconds, minutes first."""
        # Questions of a lost connection are never answered; they must not block the next one.
        self._asked.clear()
        for timeframe in ("1m", "1s"):
            self._ask(timeframe, now_ms + MINUTE_MS)

    def older(self, timeframe_ms: int, bars: BarBuilder) -> bool:
        """Asks for the page before the oldest bar. False when none is to be had or one is under way."""
        timeframe = "1s" if timeframe_ms == SECOND_MS else "1m"
        series = bars.seconds if timeframe_ms == SECOND_MS else bars.minutes
        if timeframe in self._asked.values() or not len(series) or not self._more.get(timeframe, False):
            return False
        self._ask(timeframe, int(series.start_ms[0]))
        return True

    def _ask(self, timeframe: str, end_ms: int) -> None:
        if self._symbol is not None:
            self._number += 1
            self._asked[self._number] = timeframe
            self.request(self._symbol, timeframe, end_ms, limits.MAX_BARS, self._number)

    def accept(self, page: HistoryPage, bars: BarBuilder, now_ms: int) -> int | None:
        """Merges an answer that is waited for; its timeframe in ms, or None when it no longer matters."""
        if self._asked.pop(page.request_id, None) != page.timeframe or page.symbol != self._symbol:
            return None
        timeframe_ms = TIMEFRAMES[page.timeframe]
        self._more[page.timeframe] = page.more
        bars.flush()
        bars.merge_history([bar for bar in page.bars if bar.end_ms <= now_ms + SECOND_MS], timeframe_ms)
        return timeframe_ms
