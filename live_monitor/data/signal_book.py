"""The signals of the focus symbol: found in today's bars, then one closed minute after another."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from live_monitor import limits
from live_monitor.data.models.signals import EntrySignal, ExitSignal
from live_monitor.data.models.status import AlertLevel
from live_monitor.engine.market.bar_series import MINUTE_MS, Bar, BarSeries
from live_monitor.engine.market.sessions import Calendar
from live_monitor.engine.signals.signal_engine import SignalEngine

Signal = EntrySignal | ExitSignal
#: Where a signal came from that a script has given.
SCRIPT = "script"
_LEVELS: dict[str, AlertLevel] = {"Urgent": "urgent", "Warning": "warning", "Normal": "normal"}


class SignalBook:
    """`rows` are oldest first; `version` rises with every change."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._engine: SignalEngine | None = None
        self.rows: list[Signal] = []
        self._from_scripts: list[Signal] = []
        self._split_ms = 0
        self._before_split: list[Signal] = []
        self.version = 0
        #: Whose bars the rules look at.
        self.source = ""
        #: Whose bars each row came from, by the row itself: the documented dicts have no place for it.
        self._sources: dict[int, str] = {}
        #: Called for every signal that arises live, with the start of its bar; not for those found in history.
        self.arose: Callable[[Signal, int], None] = lambda signal, bar_ms: None

    def start(self, symbol: str) -> None:
        """A new focus symbol."""
        self._engine = SignalEngine(symbol, calendar=self._calendar)
        self.rows, self._from_scripts, self._before_split, self._split_ms = [], [], [], 0
        self._sources = {}
        self.version += 1

    def new_day(self) -> None:
        """Rules start over; yesterday's signals stay in the table."""
        if self._engine is not None:
            self._engine.reset()

    def split(self, at_ms: int) -> None:
        """From `at_ms` on prices are in other shares: rules start over with the next minute, and know no position.

        What they said before stays in the table; an exit would be told at a loss or a gain that nobody had.
        """
        if self._engine is None or at_ms == self._split_ms:
            return
        self._engine.reset()
        self._split_ms, self._before_split = at_ms, [row for row in self.rows if row not in self._from_scripts]

    def search(self, minutes: BarSeries, now_ms: int) -> None:
        """Runs the rules over today's closed minutes; what they find is shown, not announced."""
        session = self._calendar.session_bounds(now_ms)
        if self._engine is None or session is None:
            return
        self._engine.reset()
        found = [*self._before_split]
        sources = {id(row): self.source_of(row) for row in (*found, *self._from_scripts)}
        for index in range(int(minutes.start_ms.searchsorted(max(session.pre_ms, self._split_ms))), len(minutes)):
            bar = minutes.bar(index)
            if bar.start_ms + MINUTE_MS > now_ms:
                break
            found.extend(self._engine.on_bar(bar))
        # History says nothing about what a script saw.
        self.rows = [*found, *self._from_scripts]
        self._sources = {id(row): sources.get(id(row), self.source) for row in self.rows}
        self.version += 1

    def bar_closed(self, bar: Bar) -> None:
        """Runs the rules over one more closed minute."""
        if self._engine is None or bar.start_ms < self._split_ms:
            return
        for signal in self._engine.on_bar(bar):
            self._append(signal, self.source)
            self.arose(signal, bar.start_ms)

    def add(self, signal: Signal) -> None:
        """Adds a signal from elsewhere (a script's own rule); the oldest go when there are too many."""
        self._from_scripts.append(signal)
        del self._from_scripts[: -limits.MAX_SIGNALS]
        self._append(signal, SCRIPT)

    def source_of(self, signal: Signal) -> str:
        """Whose bars a row came from, or `SCRIPT`; empty for what is no row."""
        return self._sources.get(id(signal), "")

    def _append(self, signal: Signal, source: str) -> None:
        self.rows.append(signal)
        self._sources[id(signal)] = source
        for gone in self.rows[: -limits.MAX_SIGNALS]:
            if not any(gone is kept for kept in (*self._from_scripts, *self._before_split)):
                self._sources.pop(id(gone), None)
        del self.rows[: -limits.MAX_SIGNALS]
        self.version += 1


def describe(signal: Signal) -> tuple[AlertLevel, str, str, str]:
    """Level, kind, symbol and text of the alert that goes with a signal."""
    if "exit_type" in signal:
        left = cast("ExitSignal", signal)
        text = f"{left['symbol']} {left['exit_type']} {left['price']} ({left['pnl']}): {left['signal']}"
        return _LEVELS.get(left["urgency"], "normal"), "exit", left["symbol"], text
    text = f"{signal['symbol']} {signal['signal_type']} {signal['price']}: {signal['signal']}"
    return "normal", "entry", signal["symbol"], text
