"""The volume of the day at the end of a bar."""

from __future__ import annotations

from live_monitor.engine.market.bar_columns import NAN
from live_monitor.engine.market.second_window import Window
from live_monitor.engine.market.window_book import WindowBook


class DayVolume:
    """Shares of the day up to the newest print, anchored by what a provider says of the day; NaN while unknown."""

    def __init__(self, book: WindowBook) -> None:
        self._book = book
        self.total = NAN
        self._anchor_ms = 0
        #: Bars before this (ms) cannot be told.
        self._known_from_ms = 0

    def begin(self, at_ms: int, volume: float) -> None:
        """At `at_ms` the volume of the day was `volume` (0 for a day that begins, NaN where nobody knows)."""
        self._known_from_ms = self._anchor_ms = at_ms
        self.total = NAN
        self.settle(at_ms, volume)

    def settle(self, end_ms: int, volume: float) -> None:
        """A provider says the day's volume up to `end_ms`; what was printed since is added. Older news is left out.

        Every window has to be counted before.
        """
        if volume == volume and end_ms >= self._anchor_ms:
            self._anchor_ms = end_ms
            self.total = volume + self._book.own_volume_from(end_ms)

    def count(self, window: Window) -> float:
        """Adds what the window has gained since it was counted; returns that."""
        gained = window.day_volume - window.counted
        window.counted = window.day_volume
        self.total += gained
        return gained

    def until(self, end_ms: int) -> float:
        """Shares of the day before `end_ms`, a time that is kept; NaN where that is not known."""
        if self.total != self.total or end_ms <= self._known_from_ms:
            return NAN
        return self.total - self._book.own_volume_from(end_ms)
