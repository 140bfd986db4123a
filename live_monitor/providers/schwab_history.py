"""Bars of the past from Schwab, page by page."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from live_monitor.clock import Clock
from live_monitor.data.models.timeframe import DAY, MINUTE, Timeframe
from live_monitor.engine.market.bar_columns import Bar, BarColumns
from live_monitor.engine.market.sessions import us_equities
from live_monitor.errors import FeedError, HistoryError
from live_monitor.ports import Page
from live_monitor.providers.schwab_rest import SchwabTraderAPI

_T = TypeVar("_T")
#: Runs a question on the loop that the api belongs to, and waits for its answer. Not called on that loop.
Ask = Callable[[Coroutine[Any, Any, _T]], _T]

_DAY_MS: Final = 86_400_000
#: Schwab keeps minutes for so long; what lies before cannot be asked for.
MINUTES_KEPT_MS: Final = 48 * _DAY_MS
#: Days of minutes in one question, at most: an answer of two megabytes.
_MOST_DAYS: Final = 21
#: A busy symbol has so many minutes on a day with its extended hours, and so many calendar days make 252 sessions.
_MINUTES_OF_A_DAY: Final = 390
_CALENDAR_DAYS: Final = 365.25 / 252
#: An answer that begins so long after the stretch asked about begins with the first day of the symbol.
_NO_OLDER_MS: Final = 14 * _DAY_MS
_PATIENCE_S: Final = 60.0


class SchwabHistory:
    """Final bars of 1m (48 days back) and 1D (decades). A `HistorySource`: blocking, for worker threads."""

    market = "schwab"
    timeframes: tuple[Timeframe, ...] = (MINUTE, DAY)

    def __init__(
        self, api: SchwabTraderAPI, ask: Callable[[Coroutine[Any, Any, list[Bar]]], list[Bar]], clock: Clock
    ) -> None:
        self._api = api
        self._ask = ask
        self._clock = clock

    def page(self, symbol: str, timeframe: Timeframe, end_ms: int, limit: int) -> Page:
        """The newest `limit` bars that start before `end_ms`. Raises HistoryError, in words."""
        now_ms = self._clock.wall_ms()
        if timeframe == DAY:
            return self._days(symbol, min(end_ms, now_ms), limit)
        if timeframe == MINUTE:
            return self._minutes(symbol, min(end_ms, now_ms), limit, now_ms)
        raise HistoryError(f"Schwab has no bars of {timeframe}.", "Ask for 1m or 1D.")

    def close(self) -> None:
        """Nothing of its own is open."""

    def _minutes(self, symbol: str, end_ms: int, limit: int, now_ms: int) -> Page:
        oldest_ms = now_ms - MINUTES_KEPT_MS
        found: list[Bar] = []
        from_ms = end_ms
        # Three days more than the bars take: a weekend may lie between.
        days = min(limit // _MINUTES_OF_A_DAY + 4, _MOST_DAYS)
        while len(found) < limit and from_ms > oldest_ms:
            until_ms, from_ms = from_ms, max(from_ms - days * _DAY_MS, oldest_ms)
            found = self._asked(symbol, MINUTE, from_ms, until_ms) + found
            days = min(days * 2, _MOST_DAYS)
        # A minute that is under way is not final.
        found = [bar for bar in found if bar.start_ms + MINUTE.nominal_ms <= now_ms]
        return _page(found, limit, from_ms, more=from_ms > oldest_ms)

    def _days(self, symbol: str, end_ms: int, limit: int) -> Page:
        calendar = us_equities()
        days = round(limit * _CALENDAR_DAYS) + 10
        from_ms, _ = calendar.span(calendar.trade_date(max(end_ms - days * _DAY_MS, _DAY_MS)))
        found = self._asked(symbol, DAY, from_ms, end_ms)
        today = calendar.trade_date(self._clock.wall_ms())
        times = calendar.times(today)
        if times is not None and self._clock.wall_ms() < times.post_ms:
            # The day is not over: its bar is not final.
            found = [bar for bar in found if bar.start_ms < calendar.span(today)[0]]
        return _page(found, limit, from_ms, more=bool(found) and found[0].start_ms < from_ms + _NO_OLDER_MS)

    def _asked(self, symbol: str, timeframe: Timeframe, from_ms: int, until_ms: int) -> list[Bar]:
        try:
            return self._ask(self._api.price_history(symbol, timeframe, from_ms, until_ms))
        except FeedError as error:
            raise HistoryError(error.message, error.remedy) from None


def on_loop(loop: asyncio.AbstractEventLoop) -> Callable[[Coroutine[Any, Any, _T]], _T]:
    """Asks on a loop that runs in another thread. What it gives raises HistoryError when the loop has no answer."""

    def ask(question: Coroutine[Any, Any, _T]) -> _T:
        if loop.is_closed():
            question.close()
            raise HistoryError("The connection to Schwab is closed.")
        answer = asyncio.run_coroutine_threadsafe(question, loop)
        try:
            return answer.result(_PATIENCE_S)
        except (TimeoutError, concurrent.futures.CancelledError):
            answer.cancel()
            raise HistoryError("Schwab did not answer in time.") from None

    return ask


def _page(found: list[Bar], limit: int, from_ms: int, *, more: bool) -> Page:
    """The newest `limit` of what was found in a stretch that begins at `from_ms` and misses nothing."""
    if len(found) > limit:
        found, more = found[-limit:], True
        from_ms = found[0].start_ms
    return Page(BarColumns.of(found), from_ms, more)
