"""What Polygon's REST service does for its stream: past bars, level 1, symbols, and the prints of a gap."""

from __future__ import annotations

from typing import Final

from live_monitor.clock import Clock
from live_monitor.data.models.market_data import Event
from live_monitor.engine.market.conditions import rules_for
from live_monitor.engine.market.sessions import us_equities
from live_monitor.ports import FeedOutlet
from live_monitor.providers.history_answers import Answers, HistoryAnswers, Missed
from live_monitor.providers.polygon_door import NotInPlan
from live_monitor.providers.polygon_history import PolygonHistory
from live_monitor.providers.polygon_news import PolygonNews
from live_monitor.providers.polygon_rest import PolygonRest
from live_monitor.providers.recent_prints import RecentPrints

#: A longer stretch is filled by bars and level 1 alone.
MAX_GAP_MS: Final = 15 * 60_000
#: So is one in which a symbol was printed more often.
MAX_GAP_PRINTS: Final = 20_000
#: By how much the stream may be behind the service.
_BEHIND_S: Final = 1.5
#: Clocks differ, and prints were under way; what is known already is not put again.
_EDGE_MS: Final = 2_000


class PolygonGaps:
    """The prints of a missed stretch, all of them or none: a part of them would be no truth. Worker threads."""

    def __init__(self, rest: PolygonRest) -> None:
        self._rest = rest
        #: What the plan does not include is not asked for again.
        self._has_trades = self._has_quotes = True

    def missed(self, symbol: str, from_ms: int, to_ms: int) -> Missed:
        """Prints of [`from_ms`, `to_ms`) and a little around it, then the quote at its end. Raises FeedError."""
        if to_ms - from_ms > MAX_GAP_MS or not self._has_trades:
            return Missed([], whole=False)
        try:
            found = self._rest.trades(symbol, from_ms - _EDGE_MS, to_ms + _EDGE_MS, MAX_GAP_PRINTS)
        except NotInPlan:
            self._has_trades = False
            return Missed([], whole=False)
        if not found.whole:
            return Missed([], whole=False)
        return Missed([*found.trades, *self._quote(symbol, to_ms)], whole=True)

    def _quote(self, symbol: str, at_ms: int) -> list[Event]:
        """The newest quote alone: those before it were superseded."""
        if not self._has_quotes:
            return []
        try:
            quote = self._rest.newest_quote(symbol, at_ms)
        except NotInPlan:
            self._has_quotes = False
            return []
        return [] if quote is None else [quote]


def polygon_answers(
    outlet: FeedOutlet, rest: PolygonRest, clock: Clock, *, market: str = "polygon", delay_s: float = 0.0
) -> tuple[FeedOutlet, HistoryAnswers]:
    """The answers of one feed, and the outlet that the feed has to put into instead of `outlet`, for they must know.

    `market` and `delay_s` as in `PolygonHistory`. `rest` is closed with the answers.
    """
    recent = RecentPrints(outlet, rules_for("polygon"))
    answers = Answers(
        history=PolygonHistory(rest, clock, market=market, delay_s=delay_s),
        snapshots=rest.snapshots,
        search=rest.search,
        missed=PolygonGaps(rest).missed,
        news=PolygonNews(rest, clock, us_equities()).notices,
        settle=recent.completed,
        unknown=recent.unknown,
        counts_after_s=_BEHIND_S,
        close=rest.close,
    )
    made = HistoryAnswers(recent, answers, clock, name="polygon")
    recent.greeted = made.greeted
    return recent, made
