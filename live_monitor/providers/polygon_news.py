"""What Polygon says of its market once a feed is there: sale conditions, and days that the calendar does not know."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, TypeVar

from live_monitor.clock import Clock
from live_monitor.engine.market.sessions import Calendar
from live_monitor.errors import FeedError
from live_monitor.providers.polygon_rest import PolygonRest
from live_monitor.wire.notices import ErrorNotice, Notice, SaleConditions
from live_monitor.wire.polygon_reference import Holiday, MarketNow

_log = logging.getLogger(__name__)

_Said = TypeVar("_Said")

#: What was said is asked for again after so long.
_HOLDS_S: Final = 6 * 3600.0
#: The exchanges open and close a little beside the second.
_EDGE_MS: Final = 120_000


class PolygonNews:
    """Asks when a feed has greeted; worker thread. What cannot be had is passed over: the packaged tables stand."""

    def __init__(self, rest: PolygonRest, clock: Clock, calendar: Calendar) -> None:
        self._rest = rest
        self._clock = clock
        self._calendar = calendar
        self._conditions: SaleConditions | None = None
        self._asked_at = float("-inf")
        #: Each difference is told once.
        self._told: set[str] = set()

    def notices(self) -> list[Notice]:
        """What is new. Conditions come at every greeting, for the rules begin anew with it."""
        words: list[str] = []
        if self._clock.monotonic() - self._asked_at > _HOLDS_S:
            self._asked_at = self._clock.monotonic()
            rows = self._ask(self._rest.conditions)
            if rows:
                self._conditions = SaleConditions([(row.id, row.high_low, row.last, row.volume) for row in rows])
            words = [each for each in map(self._unknown, self._ask(self._rest.holidays) or ()) if each]
        now = self._ask(self._rest.market_status)
        if now is not None:
            words.append(self._closing(now))
        fresh = [each for each in words if each and each not in self._told]
        self._told.update(fresh)
        return [*([self._conditions] if self._conditions is not None else []), *map(ErrorNotice, fresh)]

    def _ask(self, question: Callable[[], _Said]) -> _Said | None:
        try:
            return question()
        except FeedError as error:
            _log.info("Polygon's news: %s", error.message)
            return None

    def _unknown(self, holiday: Holiday) -> str:
        """One line about a day of which our calendar says something else; empty where it agrees or knows nothing."""
        if not self._calendar.knows(holiday.day):
            return ""
        times = self._calendar.times(holiday.day)
        if holiday.closed and times is not None:
            return f"The exchanges are closed on {holiday.day}{_named(holiday)}; the calendar here does not know it."
        if not holiday.closed and (times is None or times.close_ms != holiday.close_ms):
            at = self._calendar.to_new_york(holiday.close_ms)
            words = f"The exchanges close at {at:%H:%M} on {holiday.day}{_named(holiday)}"
            return f"{words}; the calendar here does not know it."
        return ""

    def _closing(self, now: MarketNow) -> str:
        """One line where the market is closed although it should be open; empty else."""
        now_ms = now.server_ms or self._clock.wall_ms()
        times = self._calendar.session_bounds(now_ms)
        if times is None or not now.is_closed or not times.open_ms + _EDGE_MS <= now_ms < times.close_ms - _EDGE_MS:
            return ""
        return f"Polygon says that the exchanges are closed today, {self._calendar.trade_date(now_ms)}."


def _named(holiday: Holiday) -> str:
    return f" ({holiday.name})" if holiday.name else ""
