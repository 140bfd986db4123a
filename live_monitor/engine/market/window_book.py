"""The seconds that are still open to late prints, and their minutes."""

from __future__ import annotations

from typing import Final

from live_monitor.engine.market.bar_series import MINUTE_MS, SECOND_MS
from live_monitor.engine.market.minute_sums import Minute
from live_monitor.engine.market.second_window import Window

#: Late prints are folded in for as long as the vendor re-broadcasts a bar (market rules 3.1).
KEEP_MS: Final = 16 * MINUTE_MS


class WindowBook:
    """Windows by start (ms). Whole minutes are kept, or a late print would make a minute of what is left of it."""

    def __init__(self) -> None:
        self.windows: dict[int, Window] = {}
        self.minutes: dict[int, Minute] = {}
        #: Starts of what has to be written or judged again.
        self.changed: set[int] = set()
        self.changed_minutes: set[int] = set()
        self.newest_ms = -1
        #: What starts before this is forgotten at the next occasion, and takes nothing any more.
        self.floor_ms = 0
        self._forgotten_ms = 0

    def open(self, start: int) -> Window:
        """The window of `start`, made when new; `start` is not before the floor."""
        window = self.windows.get(start)
        if window is None:
            window = self.windows[start] = Window()
            self.minute(start - start % MINUTE_MS).place(start, window)
        return window

    def minute(self, start: int) -> Minute:
        """The minute of `start`, made when new."""
        minute = self.minutes.get(start)
        if minute is None:
            minute = self.minutes[start] = Minute()
        return minute

    def reach(self, start: int) -> None:
        """Market time has come to `start`; what is too old for it takes nothing any more."""
        if start > self.newest_ms:
            self.newest_ms = start
            floor = start - KEEP_MS
            self.floor_ms = max(self.floor_ms, floor - floor % MINUTE_MS)

    def forget(self) -> bool:
        """Lets go what is too old; everything has to be written before. True when there was something."""
        floor = self.floor_ms
        if floor <= self._forgotten_ms:
            return False
        self._forgotten_ms = floor
        for minute in [minute for minute in self.minutes if minute < floor]:
            del self.minutes[minute]
        for start in [start for start in self.windows if start < floor]:
            del self.windows[start]
        return True

    def judge_again(self) -> None:
        """Every bar that the provider gave has to be compared anew."""
        self.changed.update(start for start, window in self.windows.items() if window.given is not None)
        self.changed_minutes.update(start for start, minute in self.minutes.items() if minute.given is not None)

    def volume_from(self, start_ms: int) -> float:
        """Shares of the day in the windows that start at `start_ms` or later, the provider's above our own."""
        total = 0.0
        for start in self._starts_from(start_ms):
            window = self.windows.get(start)
            if window is not None:
                total += window.day_volume if window.given is None else window.given.volume + window.day_only
        return total

    def own_volume_from(self, start_ms: int) -> float:
        """The same by the prints that we saw."""
        return sum(
            window.day_volume
            for start in self._starts_from(start_ms)
            if (window := self.windows.get(start)) is not None
        )

    def _starts_from(self, start_ms: int) -> range:
        first = max(start_ms, self.floor_ms)
        return range(first + -first % SECOND_MS, self.newest_ms + SECOND_MS, SECOND_MS)
