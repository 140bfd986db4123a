"""Which day the figures belong to. It begins with the pre-market of a session, not at midnight.

Until then the volume, range and change of the session before stand on the screen, and providers
answer with them too: a day that began at midnight would take them for its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta

from live_monitor.data.models.market_data import Aggregate, Event, Quote, Trade
from live_monitor.engine.market.sessions import Calendar
from live_monitor.engine.market.ticker_state import TickerState

#: A clock that runs ahead of its feed must not open a day before the feed does: so much real time is left to it.
PATIENCE_MS = 2_000
#: A day that is opened within this time of its beginning is seen whole.
_SEEN_WHOLE_MS = 60_000


class TradingDay:
    """The day of figures [`from_ms`, `until_ms`), in market time. `from_ms` is 0 before the first turn. One thread."""

    def __init__(self, calendar: Calendar, now_ms: int) -> None:
        self._calendar = calendar
        self.from_ms = 0
        self.until_ms = self._next_begin(now_ms)

    def restart(self, now_ms: int, states: Iterable[TickerState]) -> None:
        """Another market, another time: nothing is known of this day or of the days before."""
        self.from_ms, self.until_ms = 0, self._next_begin(now_ms)
        for state in states:
            state.reset_day()
            self.admit(state, now_ms)

    def admit(self, state: TickerState, now_ms: int) -> None:
        """Says of a symbol that is seen from `now_ms` on whether anything of its day can have been missed."""
        session = self._calendar.session_bounds(now_ms)
        state.begin(now_ms, whole_day=session is not None and now_ms <= session.pre_ms)

    def turn(self, now_ms: int, states: Iterable[TickerState], *, connected: bool) -> None:
        """Goes on to the day of `now_ms`; it is seen whole when `connected` while it began."""
        begun = self.until_ms
        self.from_ms, self.until_ms = begun, self._next_begin(now_ms)
        for state in states:
            state.reset_day()
            state.begin(now_ms, whole_day=connected and now_ms - begun <= _SEEN_WHOLE_MS)

    def is_over(self, now_ms: int, speed: float) -> bool:
        """True when the clock alone, running at `speed`, says that another day has begun."""
        return now_ms >= self.until_ms + PATIENCE_MS * max(speed, 1.0)

    def cut(self, events: Sequence[Event]) -> int:
        """Index of the first event of a later day, -1 when there is none (looked for when the newest is of one)."""
        if not events or _time(events[-1]) < self.until_ms:
            return -1
        return next(index for index, event in enumerate(events) if _time(event) >= self.until_ms)

    def _next_begin(self, now_ms: int) -> int:
        today = self._calendar.trade_date(now_ms)
        times = self._calendar.times(today)
        if times is not None and now_ms < times.pre_ms:
            return times.pre_ms
        following = self._calendar.next_session(today)
        times = None if following is None else self._calendar.times(following)
        if times is not None:
            return times.pre_ms
        # Outside the calendar nothing is known but that a day ends at midnight.
        here = self._calendar.to_new_york(now_ms)
        midnight = datetime.combine(here.date() + timedelta(days=1), time.min, here.tzinfo)
        return int(midnight.timestamp() * 1000)


def _time(event: Event) -> int:
    if isinstance(event, Trade | Quote):
        return event.timestamp_ms
    return event.start_ms if isinstance(event, Aggregate) else 0
