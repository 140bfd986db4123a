"""Polygon's REST service: bars, prints, quotes, level 1, and what it knows of the market (market rules 1.6).

Blocking, for worker threads. What is asked is said here; how it is asked says `polygon_door`, what the answers mean
`wire.polygon_answers` and `wire.polygon_reference`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from live_monitor import limits
from live_monitor.clock import Clock
from live_monitor.data.models.market_data import Aggregate, Quote, Snapshot, Trade
from live_monitor.data.models.providers import SymbolHit
from live_monitor.data.models.timeframe import DAY, MINUTE, SECOND, Timeframe
from live_monitor.engine.market.conditions import rules_for
from live_monitor.engine.market.sessions import Calendar, us_equities
from live_monitor.errors import ProtocolError
from live_monitor.limits import Rejections
from live_monitor.providers.polygon_door import DEFAULT_BASE, DoorTiming, NotFound, PolygonDoor
from live_monitor.providers.request_pace import PAID_PER_MINUTE, RequestPace
from live_monitor.secrets import Secret
from live_monitor.wire import polygon_answers, polygon_reference
from live_monitor.wire.answer_fields import Row, parse, rows_of
from live_monitor.wire.polygon_reference import ConditionRow, Exchange, Holiday, MarketNow, OpenClose

#: The vendor counts base aggregates; more rows than these would hold the GIL for a frame while they are read.
MAX_PAGE_ROWS: Final = 10_000
#: Symbols in one question for level 1: an address of 1,000 characters.
_SNAPSHOT_SYMBOLS: Final = 100
_SEARCH_HITS: Final = 50
_CONDITIONS: Final = 1_000
_TIMESPANS: Final = {SECOND: "second", MINUTE: "minute", DAY: "day"}
_NS: Final = 1_000_000


class BarsFound(NamedTuple):
    """Bars, ascending, that start in the asked stretch; `more`: the page was cut, older ones are in the stretch."""

    bars: list[Aggregate]
    more: bool


class PrintsFound(NamedTuple):
    """Prints of a stretch, oldest first; `whole`: these are all of them."""

    trades: list[Trade]
    whole: bool


class PolygonRest:
    """One account's questions. Any thread; each call blocks for as long as its answer takes, `patience_s` for its turn.

    Raises KeyRefused, NotInPlan, NotFound (`polygon_door`), RateLimited, ProtocolError or FeedError, all in words and
    none with the key. What is refused of the answers is counted in `rejections`.
    """

    def __init__(
        self,
        key: Secret,
        base_url: str = DEFAULT_BASE,
        *,
        clock: Clock,
        requests_per_minute: float = PAID_PER_MINUTE,
        patience_s: float = 5.0,
        timing: DoorTiming | None = None,
        wait: Callable[[float], object] | None = None,
        calendar: Calendar | None = None,
    ) -> None:
        """`wait` sleeps (default: ends early when closed). Raises FatalFeedError for an address without TLS."""
        self._closing = threading.Event()
        self._clock = clock
        self._patience_s = patience_s
        pace = RequestPace(requests_per_minute, clock, wait or self._closing.wait)
        self._door = PolygonDoor(key, base_url or DEFAULT_BASE, pace, clock, timing)
        self._calendar = calendar or us_equities()
        self.rejections = Rejections()

    @property
    def base_url(self) -> str:
        """Where the questions go; without secrets."""
        return self._door.base_url

    def close(self) -> None:
        """Lets connections go, and wakes whoever waits for a turn. May be called twice."""
        self._closing.set()
        self._door.close()

    def _ask(self, method: str, *arguments: object, **options: object) -> Any:
        message = parse(self._door.ask(method, *arguments, patience_s=self._patience_s, **options))
        if message is None:
            raise ProtocolError("Polygon's answer is not an object.")
        return message

    def _next(self, message: object) -> Any:
        """The page after `message`; None where there is none."""
        if not isinstance(message, dict) or not message.get("next_url"):
            return None
        if not isinstance(message["next_url"], str):
            raise ProtocolError("Polygon names a next page that is no address.")
        return parse(self._door.follow(message["next_url"], patience_s=self._patience_s))

    # -- bars -----------------------------------------------------------------------------------

    def aggregates(self, symbol: str, timeframe: Timeframe, from_ms: int, to_ms: int, limit: int) -> BarsFound:
        """The newest `limit` bars (at most 10,000) that start in [`from_ms`, `to_ms`), as traded: not split-adjusted.

        `timeframe`: 1s, 1m or 1D. A price that was printed stays what it was, whatever splits come later.
        """
        wanted = min(limit, MAX_PAGE_ROWS)
        message = self._ask(
            "get_aggs", _path(symbol), 1, _TIMESPANS[timeframe], from_ms, to_ms - 1,
            adjusted=False, sort="desc", limit=wanted,
        )  # fmt: skip
        rows: list[Row] = []
        while message is not None:
            rows += rows_of(message)
            if len(rows) >= wanted:
                break
            message = self._next(message)
        # The service widens the stretch to whole windows; what it adds is not what was asked for.
        bars = [
            bar
            for bar in polygon_answers.aggregates(rows, symbol, timeframe, self._calendar, self.rejections)
            if from_ms <= bar.start_ms < to_ms
        ]
        return BarsFound(bars[-wanted:], len(rows) >= wanted)

    def previous_close(self, symbol: str) -> Aggregate | None:
        """The day bar of the last session that is over; None where there is none. Its close is the previous close."""
        try:
            rows = rows_of(self._ask("get_previous_close_agg", _path(symbol), adjusted=False))
        except NotFound:
            return None
        found = polygon_answers.aggregates(rows, symbol, DAY, self._calendar, self.rejections)
        return found[-1] if found else None

    def open_close(self, symbol: str, day: date) -> OpenClose | None:
        """The official prices of `day`; None where there are none."""
        try:
            message = self._ask("get_daily_open_close_agg", _path(symbol), day.isoformat(), adjusted=False)
        except NotFound:
            return None
        return polygon_reference.open_close(message, self.rejections) if isinstance(message, dict) else None

    # -- prints and quotes ----------------------------------------------------------------------

    def trades(self, symbol: str, from_ms: int, to_ms: int, limit: int) -> PrintsFound:
        """Prints with SIP time in [`from_ms`, `to_ms`), oldest first, at most `limit` rows of the service.

        Without those that were cancelled or corrected (market rules 2.5).
        """
        found: list[Trade] = []
        asked = 0
        message = self._ask(
            "list_trades", _path(symbol), timestamp_gte=from_ms * _NS, timestamp_lt=to_ms * _NS,
            order="asc", sort="timestamp", limit=min(limit, MAX_PAGE_ROWS),
        )  # fmt: skip
        while message is not None and asked < limit:
            rows = rows_of(message)
            asked += len(rows)
            found += polygon_answers.trades(rows, symbol, self._clock.wall_ms(), self.rejections)
            message = self._next(message)
        return PrintsFound(found, message is None)

    def newest_quote(self, symbol: str, before_ms: int) -> Quote | None:
        """The best bid and offer that stood at `before_ms`; None where none is known."""
        message = self._ask(
            "list_quotes", _path(symbol), timestamp_lt=before_ms * _NS, order="desc", sort="timestamp", limit=1
        )
        found = polygon_answers.quotes(rows_of(message), symbol, self._clock.wall_ms(), self.rejections)
        return found[0] if found else None

    # -- level 1 --------------------------------------------------------------------------------

    def snapshots(self, symbols: Sequence[str]) -> list[Snapshot]:
        """Level 1 of each of `symbols` that the service knows."""
        rows: list[Row] = []
        if len(symbols) == 1:
            try:
                rows = rows_of(self._ask("get_snapshot_ticker", "stocks", _path(symbols[0])), "ticker")
            except NotFound:
                return []
        else:
            for first in range(0, len(symbols), _SNAPSHOT_SYMBOLS):
                part = [*symbols[first : first + _SNAPSHOT_SYMBOLS]]
                rows += rows_of(self._ask("get_snapshot_all", "stocks", part), "tickers")
        rules, now_ms = rules_for("polygon"), self._clock.wall_ms()
        found = (polygon_answers.snapshot(row, now_ms, rules, self.rejections) for row in rows)
        wanted = set(symbols)
        return [snapshot for snapshot in found if snapshot is not None and snapshot.symbol in wanted]

    # -- the market -----------------------------------------------------------------------------

    def search(self, text: str) -> list[SymbolHit]:
        """Stocks whose letters or name hold `text`, those with these letters first; at most 50."""
        text = text.strip()[: limits.MAX_TEXT]
        if not text:
            return []
        message = self._ask("list_tickers", search=text, market="stocks", active=True, limit=_SEARCH_HITS)
        hits = polygon_reference.tickers(rows_of(message), self.rejections)
        letters = text.upper()
        return sorted(hits, key=lambda hit: (hit.symbol != letters, not hit.symbol.startswith(letters)))

    def market_status(self) -> MarketNow:
        """Whether the exchanges are open now."""
        return polygon_reference.market_now(self._ask("get_market_status"), self.rejections)

    def holidays(self) -> list[Holiday]:
        """The coming days with other hours, ascending."""
        return polygon_reference.holidays(self._ask("get_market_holidays"), self.rejections)

    def conditions(self) -> list[ConditionRow]:
        """Every sale condition of stocks; the service gives ten unless it is asked for more."""
        message = self._ask("list_conditions", asset_class="stocks", data_type="trade", limit=_CONDITIONS)
        return polygon_reference.conditions(rows_of(message), self.rejections)

    def exchanges(self) -> list[Exchange]:
        """The places of trading, by number."""
        return polygon_reference.exchanges(rows_of(self._ask("get_exchanges", asset_class="stocks")), self.rejections)


def _path(symbol: str) -> str:
    """A symbol as part of an address."""
    return quote(symbol, safe="")
