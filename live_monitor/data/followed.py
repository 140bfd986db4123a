"""A symbol whose bars are followed: built from its prints, reaching back by history, healed after a loss.

There are two of them: the symbol in focus, and the one that it is compared with. The same rules hold for both. Main
thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from live_monitor.clock import SessionClock
from live_monitor.data.continuity import Continuity
from live_monitor.data.focus_bars import FocusBars
from live_monitor.data.history import History
from live_monitor.data.history_pages import PageSource
from live_monitor.data.models.market_data import NAN, Aggregate, Trade
from live_monitor.engine.market.bar_columns import Bar, BarSource
from live_monitor.engine.market.sessions import Calendar
from live_monitor.engine.market.ticker_state import TickerState


class Followed:
    """`symbol` and `state` are None while nothing is followed; `bars` are other ones after each `begin`."""

    def __init__(
        self, pages: PageSource, monotonic: Callable[[], float], clock: SessionClock, calendar: Calendar
    ) -> None:
        self.symbol: str | None = None
        self.state: TickerState | None = None
        self.bars = FocusBars("", calendar)
        self.history = History(pages, monotonic, clock.now_ms)
        self._clock, self._calendar = clock, calendar

    def record_in(self, continuity: Continuity) -> None:
        """What history fills, and what it cannot fill, goes on record there."""
        self.history.healed = lambda *gap: continuity.healed(self.symbol or "", *gap)
        self.history.unseen = lambda *gap: continuity.unseen(self.symbol or "", *gap)
        self.history.missed = lambda until_ms: continuity.unfilled(self.symbol, until_ms)

    def begin(self, state: TickerState) -> None:
        """Bars of this symbol start empty, whatever was followed before."""
        now_ms = self._clock.now_ms()
        self.symbol, self.state = state.symbol, state
        self.bars = FocusBars(state.symbol, self._calendar)
        self.bars.builder.restart_closing(now_ms)
        self.bars.builder.whole_from_ms = now_ms
        self.tell_volume(now_ms)
        self.history.start(state.symbol, self.bars)

    def end(self) -> None:
        """Nothing is followed any more; answers under way no longer matter."""
        self.symbol = self.state = None
        self.bars = FocusBars("", self._calendar)
        self.history.start("", self.bars)

    def tell_volume(self, at_ms: int) -> None:
        """Bars know the volume of the day from `at_ms` on, where level 1 knows it."""
        if self.state is not None:
            self.bars.builder.begin_day(at_ms, self.state.volume if self.state.volume_known else NAN)

    def joined(self, symbols: Sequence[str]) -> None:
        """The feed says that it sends every print of these from now on."""
        if self.symbol is not None and self.symbol in symbols:
            self.bars.builder.joined(self._clock.now_ms())

    def connected(self, lost_at_ms: int | None) -> None:
        """Prints come again; `lost_at_ms`: when they ceased, None before the first connection."""
        now_ms = self._clock.now_ms()
        if lost_at_ms is None:
            self.bars.builder.whole_from_ms = now_ms
        else:
            self.bars.builder.missed(min(lost_at_ms, now_ms), now_ms)

    def take(self, bar: Aggregate, continuity: Continuity) -> bool:
        """A provider's bar replaces the own one, and its day volume puts ours right. False when a better one stands."""
        if self.state is None or not self.bars.builder.apply(bar, BarSource.STREAM):
            return False
        if bar.day_volume == bar.day_volume:
            continuity.settle(self.state, bar, self.bars.builder)
        return True

    def settle(self, confirmed: Iterable[tuple[Trade, int]], continuity: Continuity) -> None:
        """Prices that are confirmed make bars after all; what never reached us goes on record."""
        if self.symbol is not None:
            missing = self.bars.settle(confirmed, self._clock.now_ms())
            if missing:
                continuity.missed(self.symbol, missing)

    def tick(self, now_ms: int, *, time_is_known: bool) -> tuple[bool, list[Bar]]:
        """Once per frame, after `settle`: asks for what is missing, writes forming bars, closes bars by the clock.

        Whether bars changed, and the minutes that have closed since the last time.
        """
        if self.state is None:
            return False, []
        if time_is_known:
            self.history.tick()
        changed = self.bars.builder.flush()
        closed = self.bars.builder.take_closed(now_ms)
        self.bars.refresh()
        return changed or bool(closed), closed
