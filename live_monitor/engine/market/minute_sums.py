"""Seconds added up to a minute (market rules 3.4)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Self

from live_monitor.engine.market.bar_columns import NAN, Bar, BarSource, Proof
from live_monitor.engine.market.bar_proof import Numbers
from live_monitor.engine.market.second_window import Window

_INF = float("inf")


class Sums:
    """What seconds add up to that follow one another."""

    __slots__ = ("close", "high", "low", "open", "priced", "proof", "trades", "turnover", "unproven", "volume")

    def __init__(self) -> None:
        self.open = self.close = NAN
        self.high, self.low = -_INF, _INF
        self.volume = self.turnover = self.priced = 0.0
        self.trades = 0
        self.proof = Proof.NONE
        self.unproven = False

    def copy(self) -> Self:
        """The same sums, to go on from."""
        twin = type(self).__new__(type(self))
        twin.open, twin.close, twin.high, twin.low = self.open, self.close, self.high, self.low
        twin.volume, twin.turnover, twin.priced, twin.trades = self.volume, self.turnover, self.priced, self.trades
        twin.proof, twin.unproven = self.proof, self.unproven
        return twin

    def add(self, windows: Iterable[Window], *, own: bool = False) -> Self:
        """Adds seconds that follow one another: the provider's bar where there is one, unless `own` are wanted."""
        for window in windows:
            if window.given is None or own:
                self._add_own(window)
            else:
                self._add_given(window.given)
        return self

    def _add_own(self, window: Window) -> None:
        # High and low count also in a second without a first and last price of its own.
        if window.high > self.high:
            self.high = window.high
        if window.low < self.low:
            self.low = window.low
        if window.open == window.open:
            if self.open != self.open:
                self.open = window.open
            self.close = window.close
            self.unproven = True
        self.volume += window.volume
        self.turnover += window.turnover
        self.priced += window.volume - window.unpriced
        if self.trades >= 0:
            self.trades += window.trades

    def _add_given(self, bar: Bar) -> None:
        if bar.high > self.high:
            self.high = bar.high
        if bar.low < self.low:
            self.low = bar.low
        if self.open != self.open:
            self.open = bar.open
        self.close = bar.close
        self.volume += bar.volume
        if bar.volume > 0:
            self.turnover += bar.vwap * bar.volume
            self.priced += bar.volume
        if bar.trades < 0:
            self.trades = -1
        elif self.trades >= 0:
            self.trades += bar.trades
        if bar.proof is Proof.NONE:
            self.unproven = True
        elif bar.proof > self.proof:
            self.proof = bar.proof

    def numbers(self) -> Numbers:
        """What a bar of them says."""
        high, low = max(self.high, self.open, self.close), min(self.low, self.open, self.close)
        return Numbers(self.open, high, low, self.close, self.volume, self.trades)

    def bar(self, start_ms: int, cumulative_volume: float) -> Bar:
        """Our own bar of them; its proof is the worst of its seconds', or that all of them agree."""
        turnover = self.turnover
        vwap = turnover / self.priced if self.priced > 0 and turnover == turnover else NAN
        proof = Proof.NONE if self.proof is Proof.AGREES and self.unproven else self.proof
        return Bar(start_ms, *self.numbers()[:5], vwap, self.trades, BarSource.OWN, False, cumulative_volume, proof)


class Minute:
    """The seconds of one minute, and the provider's bar of it."""

    __slots__ = ("_head", "_starts", "before", "given", "windows", "written")

    def __init__(self) -> None:
        self.windows: list[Window] = []
        self._starts: list[int] = []
        self.given: Bar | None = None
        #: Our own numbers when `given` came.
        self.before: Numbers | None = None
        #: The bar of our own that stands in the series.
        self.written: Bar | None = None
        #: All seconds but the last added up; None when one of them has changed.
        self._head: Sums | None = None

    def place(self, start: int, window: Window) -> None:
        """Adds the second that starts at `start` (ms)."""
        at = bisect_left(self._starts, start)
        self._starts.insert(at, start)
        self.windows.insert(at, window)
        self._head = None

    def changed(self, start: int) -> None:
        """The second of `start` is another than it was."""
        if start != self._starts[-1]:
            self._head = None

    def sums(self) -> Sums:
        """The seconds as they stand, the provider's above our own."""
        if self._head is None:
            self._head = Sums().add(self.windows[:-1])
        return self._head.copy().add(self.windows[-1:])

    def numbers(self) -> Numbers:
        """What the minute is by the prints that we saw."""
        return Sums().add(self.windows, own=True).numbers()

    def missing_in_seconds(self) -> float:
        """Shares that the provider's seconds have more than ours."""
        return sum(max(window.given.volume - window.volume, 0.0) for window in self.windows if window.given is not None)

    def vendor_volume(self) -> float:
        """The day's volume that the vendor told with the last print that may set the last price; NaN if it does not."""
        told = (window.vendor_volume for window in reversed(self.windows))
        return next((volume for volume in told if volume == volume), NAN)
