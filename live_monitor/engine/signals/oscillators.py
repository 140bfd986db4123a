"""Indicators of momentum: RSI, MACD, stochastic."""

from __future__ import annotations

import math
from itertools import accumulate

import numpy as np

from live_monitor.engine.signals.averages import Ema, Sma
from live_monitor.engine.signals.columns import NAN, Floats, floats, length_of, scattered, usable
from live_monitor.engine.signals.recurrence import decayed
from live_monitor.engine.signals.sliding import highest, lowest

#: Mean moves smaller than this, in USD, are no moves but what rounding has left of old ones.
_NOTHING = 1e-280


class Rsi:
    """Relative strength index after Wilder, 0 to 100: the mean rise as a share of the mean rise and fall together.

    Seeded with the simple means of the first `length` changes, so that the first value comes with bar `length` + 1;
    then smoothed by 1 / `length`. Where nothing has moved neither side is stronger: 50.
    """

    def __init__(self, length: int = 14) -> None:
        self.length = length_of(length)
        self._close = NAN
        self._count = 0  # changes seen, up to `length`
        self._up = 0.0
        self._down = 0.0

    def update(self, value: float) -> float:
        """The index after a bar has closed with `value`; NaN before `length` changes."""
        change = value - self._close
        if change - change != 0.0:
            if value - value == 0.0:
                self._close = value  # the first bar
            return NAN
        self._close = value
        length = self.length
        if self._count < length:
            return self._seed(change)
        up = self._up - self._up / length
        down = self._down - self._down / length
        if change > 0.0:
            up += change / length
        else:
            down -= change / length
        self._up, self._down = up, down
        return 100.0 * up / (up + down) if up + down > _NOTHING else 50.0

    def peek(self, value: float) -> float:
        """The index if the forming bar closed with `value`."""
        held = self._close, self._count, self._up, self._down
        index = self.update(value)
        self._close, self._count, self._up, self._down = held
        return index

    def feed(self, values: Floats) -> Floats:
        """The index after each of `values`, float64[n]."""
        values = floats(values)
        mask = usable(values)
        if mask is not None:
            return scattered(mask, self.feed(values[mask]))
        made = np.empty(len(values))
        singly = min(self.length - self._count + 1, len(values))
        for row, value in enumerate(values[:singly].tolist()):
            made[row] = self.update(value)
        if singly < len(values):
            change = np.diff(values[singly - 1 :])
            change *= 1.0 / self.length
            keep = 1.0 - 1.0 / self.length
            up = decayed(np.maximum(change, 0.0), keep, self._up)
            down = decayed(np.maximum(-change, 0.0), keep, self._down)
            self._close, self._up, self._down = float(values[-1]), float(up[-1]), float(down[-1])
            down += up
            up *= 100.0
            still = down <= _NOTHING
            if still.any():
                up[still], down[still] = 50.0, 1.0
            np.divide(up, down, out=made[singly:])
        return made

    def _seed(self, change: float) -> float:
        self._count += 1
        if change > 0.0:
            self._up += change / self.length
        else:
            self._down -= change / self.length
        if self._count < self.length:
            return NAN
        total = self._up + self._down
        return 100.0 * self._up / total if total > _NOTHING else 50.0


class Macd:
    """Moving average convergence/divergence after Appel: (macd, signal, histogram), in the unit of what is fed.

    macd: the EMA over `fast` values less that over `slow`, each seeded with the mean of its own first values.
    signal: the EMA of macd over `signal` values, seeded with the mean of the first `signal` of them.
    histogram: macd less signal.
    """

    def __init__(self, fast: int = 12, slow: int = 26, signal: int = 9) -> None:
        self._fast = Ema(fast)
        self._slow = Ema(slow)
        self._signal = Ema(signal)

    def update(self, value: float) -> tuple[float, float, float]:
        """The three after a bar has closed with `value`; each NaN until warm."""
        macd = self._fast.update(value) - self._slow.update(value)
        signal = self._signal.update(macd)
        return macd, signal, macd - signal

    def peek(self, value: float) -> tuple[float, float, float]:
        """The three if the forming bar closed with `value`."""
        macd = self._fast.peek(value) - self._slow.peek(value)
        signal = self._signal.peek(macd)
        return macd, signal, macd - signal

    def feed(self, values: Floats) -> tuple[Floats, Floats, Floats]:
        """The three after each of `values`, float64[n] each."""
        macd = self._fast.feed(values)
        macd -= self._slow.feed(values)
        signal = self._signal.feed(macd)
        return macd, signal, macd - signal


class Stochastic:
    """Stochastic oscillator after Lane, 0 to 100: (%K, %D).

    Raw %K: where the close lies between the lowest low and the highest high of the last `length` bars; %K: the mean of
    the last `smoothing` raw ones (1: the fast stochastic); %D: the mean of the last `signal` of %K. Where high and low
    of all those bars are one price, raw %K is 50.
    """

    def __init__(self, length: int = 14, smoothing: int = 3, signal: int = 3) -> None:
        self.length = length_of(length)
        self._smoothing = Sma(smoothing)
        self._signal = Sma(signal)
        # As in `BlockWindow`: extremes of the block that fills, and of the last k bars of the one before.
        self._highs: list[float] = []
        self._lows: list[float] = []
        self._top, self._bottom = -math.inf, math.inf
        self._tops: list[float] = []
        self._bottoms: list[float] = []
        self._before: tuple[list[float], list[float]] = ([], [])

    def update(self, high: float, low: float, close: float) -> tuple[float, float]:
        """(%K, %D) after this bar has closed; each NaN until warm."""
        raw = self._raw(high, low, close)
        if raw == raw or _finite(high, low, close):
            self._take(high, low)
        k = self._smoothing.update(raw)
        return k, self._signal.update(k)

    def peek(self, high: float, low: float, close: float) -> tuple[float, float]:
        """(%K, %D) if the forming bar closed like this."""
        k = self._smoothing.peek(self._raw(high, low, close))
        return k, self._signal.peek(k)

    def feed(self, high: Floats, low: Floats, close: Floats) -> tuple[Floats, Floats]:
        """(%K, %D) after each bar, float64[n] each."""
        high, low, close = floats(high), floats(low), floats(close)
        mask = usable(high, low, close)
        if mask is not None:
            k, d = self.feed(high[mask], low[mask], close[mask])
            return scattered(mask, k), scattered(mask, d)
        highs = np.concatenate((self._before[0], self._highs, high))
        lows = np.concatenate((self._before[1], self._lows, low))
        raw = np.full(len(close), NAN)
        ready = len(highs) - self.length + 1
        if ready > 0:
            count = min(ready, len(close))
            over = len(highs) - count - self.length + 1
            bottom = lowest(lows[over:], self.length)
            reach = highest(highs[over:], self.length)
            reach -= bottom
            still = reach <= 0.0
            reach[still] = 1.0
            made = np.subtract(close[-count:], bottom, out=bottom)
            made *= 100.0
            made /= reach
            made[still] = 50.0
            raw[-count:] = made
        self._resume(high, low)
        k = self._smoothing.feed(raw)
        return k, self._signal.feed(k)

    def _raw(self, high: float, low: float, close: float) -> float:
        if not _finite(high, low, close):
            return NAN
        top = self._top if self._top > high else high
        bottom = self._bottom if self._bottom < low else low
        count = len(self._highs) + 1
        if count < self.length:
            if not self._tops:
                return NAN
            rest = self._tops[count]
            top = rest if rest > top else top
            rest = self._bottoms[count]
            bottom = rest if rest < bottom else bottom
        return 100.0 * (close - bottom) / (top - bottom) if top > bottom else 50.0

    def _take(self, high: float, low: float) -> None:
        self._highs.append(high)
        self._lows.append(low)
        if high > self._top:
            self._top = high
        if low < self._bottom:
            self._bottom = low
        if len(self._highs) == self.length:
            self._tops = list(accumulate(reversed(self._highs), max))
            self._tops.reverse()
            self._bottoms = list(accumulate(reversed(self._lows), min))
            self._bottoms.reverse()
            self._before = self._highs, self._lows
            self._restart()

    def _restart(self) -> None:
        self._highs, self._lows = [], []
        self._top, self._bottom = -math.inf, math.inf

    def _resume(self, high: Floats, low: Floats) -> None:
        """Takes many bars by taking the last two blocks of them: the state knows no more."""
        begun = len(high)
        if len(high) > 2 * self.length:
            begun = self.length + (len(self._highs) + len(high)) % self.length
            self._restart()
        for top, bottom in zip(high[-begun:].tolist(), low[-begun:].tolist(), strict=True):
            self._take(top, bottom)


def _finite(high: float, low: float, close: float) -> bool:
    total = high + low + close
    return total - total == 0.0
