"""Trading days of the simulated market, by the exchange calendar."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from live_monitor.engine.market.sessions import Calendar
from live_monitor.errors import StartError


class Session(NamedTuple):
    """A trading day: `origin_ms` is 04:00 New York (epoch); `open_s`, `close_s`, `seconds` count from there."""

    day: date
    previous: date
    origin_ms: int
    open_s: int
    close_s: int
    seconds: int

    @property
    def end_ms(self) -> int:
        """End of the post-market session (epoch)."""
        return self.origin_ms + self.seconds * 1000


class Sessions:
    """Finds trading days. Raises StartError outside the table of `calendar`."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self.name = calendar.name

    def on(self, day: date) -> Session:
        """The session of `day`, a trading day."""
        times, previous = self._calendar.times(day), self._calendar.previous_session(day)
        if times is None or previous is None:
            raise _outside(day)
        origin = times.pre_ms
        open_s, close_s, seconds = ((ms - origin) // 1000 for ms in (times.open_ms, times.close_ms, times.post_ms))
        return Session(day, previous, origin, open_s, close_s, seconds)

    def span(self, day: date) -> tuple[int, int]:
        """Where the day begins and ends (epoch), by the calendar: midnights in New York."""
        return self._calendar.span(day)

    def first_of(self, session: Session, back: int) -> date:
        """The day of the session `back` sessions before `session`, or the first that the calendar knows."""
        day = session.previous
        for _ in range(back - 1):
            before = self._calendar.previous_session(day)
            # A session must know the one before it, whose close it starts from.
            if before is None or self._calendar.previous_session(before) is None:
                break
            day = before
        return day

    def until(self, ms: int) -> Session:
        """The last session that began by `ms`."""
        day = self._calendar.trade_date(ms)
        times = self._calendar.times(day)
        if times is not None and ms >= times.pre_ms:
            return self.on(day)
        before = self._calendar.previous_session(day)
        if before is None:
            raise _outside(day)
        return self.on(before)

    def after(self, session: Session) -> Session | None:
        """The session that follows; None after the last one of the table."""
        following = self._calendar.next_session(session.day)
        return None if following is None else self.on(following)


def _outside(day: date) -> StartError:
    return StartError(f"The exchange calendar does not reach to {day}.", "Choose a day from 2008 to 2030.")
