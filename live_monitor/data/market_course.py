"""Which market the feed is, what time it is there, and on which trading day.

A feed may bring a time of its own (the simulated market, a replay), may be replaced by another one in mid-flight, and
passes from day to day. Whoever follows it needs to hear of three things only: another market begins, another day
begins, the time is known. Main thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from live_monitor.clock import SessionClock, describe_jump
from live_monitor.data.models.market_data import Event
from live_monitor.data.trading_day import TradingDay
from live_monitor.engine.market.bar_series import MINUTE_MS
from live_monitor.engine.market.sessions import Calendar
from live_monitor.engine.market.ticker_state import TickerState
from live_monitor.limits import market_name
from live_monitor.wire.relay import ClockFrame, Hello


class Follower(Protocol):
    """Hears of what the course of the market brings."""

    def begin_market(self) -> None:
        """What is known of the old market, or of a later time, says nothing any more."""
        ...

    def begin_day(self) -> None:
        """Another trading day: the figures of the day start anew."""
        ...

    def know_time(self) -> None:
        """The same market goes on after a new connection, and its time is known: bars can be asked for."""
        ...


class MarketCourse:
    """Follows hello and clock frames. `connected` says whether the feed is heard at present."""

    def __init__(
        self,
        clock: SessionClock,
        calendar: Calendar,
        states: Mapping[str, TickerState],
        follower: Follower,
        connected: Callable[[], bool],
    ) -> None:
        self.hello = Hello(features=[])
        self._clock = clock
        self._states = states
        self._follower = follower
        self._connected = connected
        #: A server greeted, and has not said yet what time it is with it.
        self._time_is_open = False
        self._another = False
        self._heard_s = -1
        #: Market time at which anything came from the feed the last time.
        self.heard_ms = 0
        self._told_jump_minutes = 0
        self._day = TradingDay(calendar, clock.now_ms())

    @property
    def time_is_known(self) -> bool:
        """False before a feed with a time of its own has told it: nobody knows what the newest bars are."""
        return not self._time_is_open

    @property
    def day_from_ms(self) -> int:
        """Market time at which the present day of figures began; 0 before the first turn."""
        return self._day.from_ms

    def market(self, address: str) -> str:
        """Whose prices these are, for a store; empty while that is not known, and nothing may be kept then.

        A server of ours says it; one of another make is known by its `address`.
        """
        hello = self.hello
        if hello.market or hello.server:
            return hello.market
        return market_name(f"relay-{address}") if address else ""

    def admit(self, state: TickerState) -> None:
        """A symbol is followed from now on."""
        self._day.admit(state, self._clock.now_ms())

    def greeted(self, hello: Hello) -> str:
        """Takes over who the server is. Returns what the source was before, in words, when it is another one now."""
        before, self.hello = self.hello, hello
        known, told = _identity(before), _identity(hello)
        self._another = any(known) and known != told
        self._time_is_open = True
        return (before.label or before.provider) if self._another else ""

    def released(self) -> None:
        """The server that greeted has no clock of its own: it is as late as the machine says."""
        before_ms = self._clock.now_ms()
        self._clock.release()
        self._moved(before_ms, self._clock.now_ms())

    def told_time(self, frame: ClockFrame, received: float) -> None:
        """A clock frame that arrived at `received` (monotonic s)."""
        before_ms = self._clock.now_ms() if self._clock.belongs_to_feed else None
        self._clock.follow(frame.market_ms, frame.speed, received)
        self._moved(before_ms, frame.market_ms)

    def _moved(self, before_ms: int | None, market_ms: int) -> None:
        """`before_ms` is what we took for the time until now; None where the feed had never said it."""
        if self._time_is_open:
            self._time_is_open = False
            # Forward jumps are normal (a feed at full speed, the night): the bars between are closed as usual.
            if before_ms is None or market_ms < before_ms - MINUTE_MS or self._another:
                self._day.restart(self._clock.now_ms(), self._states.values())
                self._follower.begin_market()
            else:
                self._follower.know_time()
        if market_ms >= self._day.until_ms:
            self._turn(market_ms)

    def tick(self) -> None:
        """Once per frame: the clock alone may say that another day has begun."""
        now_ms = self._clock.now_ms()
        if self._day.is_over(now_ms, self._clock.speed):
            self._turn(now_ms)

    def heard(self, event_ms: int) -> None:
        """The newest print or quote was stamped `event_ms`: it says what time it is, whatever the machine believes."""
        if event_ms // 1_000 != self._heard_s:
            self._heard_s = event_ms // 1_000
            self._clock.heard(event_ms)

    def spoke(self) -> None:
        """Something came from the feed that is connected."""
        self.heard_ms = self._clock.now_ms()

    def alive_ms(self, within_s: float) -> int:
        """Market time up to which the feed was alive, if its death is noticed within so many real seconds."""
        return max(self.heard_ms, self._clock.now_ms() - round(within_s * 1_000 * max(self._clock.speed, 1.0)))

    def jump_notice(self) -> str:
        """One line, once, when events have shown that the machine's clock was set wrong; else empty."""
        minute = round(self._clock.jump_ms / MINUTE_MS)
        if minute == self._told_jump_minutes:
            return ""
        self._told_jump_minutes = minute
        return describe_jump(self._clock.jump_ms) if self._clock.jump_ms else ""

    def cut(self, events: Sequence[Event]) -> int:
        """Index of the first event of a later day, -1 where there is none."""
        return self._day.cut(events)

    def turn(self) -> None:
        """Goes on to the day of which events have come."""
        self._turn(self._day.until_ms)

    def _turn(self, now_ms: int) -> None:
        self._day.turn(now_ms, self._states.values(), connected=self._connected())
        self._follower.begin_day()


def _identity(hello: Hello) -> tuple[str, str, str]:
    return (hello.provider, hello.label, hello.market)
