"""Indicators of momentum: RSI, MACD, stochastic."""

from __future__ import annotations

import copy
from collections import deque
from math import inf

import numpy as np

from live_monitor.engine.signals.averages import Ema
from live_monitor.engine.signals.columns import NAN, Floats, floats, length_of, scattered, usable
from live_monitor.engine.signals.recurrence import decayed
from live_monitor.engine.signals.sliding import highest, lowest, means

#: Mean moves smaller than this, in USD, are no moves but what rounding has left of old ones.
_NOTHING = 1e-280
_NO_PAIR = (NAN, NAN)


class Rsi:
    """Relative strength index after Wilder, 0 to 100: the mean rise as a share of the mean rise and fall together.

    Seeded with the simple means of the first `length` changes, so that the first value comes with bar `length` + 1;
    then smoothed by 1 / `length`. Where nothing has moved neither side is stronger: 50.
    """

    __slots__ = ("_close", "_count", "_down", "_up", "length")

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
        # Divided first: a share is never more than 1, also when rounded.
        return 100.0 * (up / (up + down)) if up + down > _NOTHING else 50.0

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
            still = down <= _NOTHING
            if still.any():
                up[still], down[still] = 0.5, 1.0
            np.divide(up, down, out=made[singly:])
            made[singly:] *= 100.0
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
        return 100.0 * (self._up / total) if total > _NOTHING else 50.0


class Macd:
    """Moving average convergence/divergence after Appel: (macd, signal, histogram), in the unit of what is fed.

    macd: the EMA over `fast` values less that over `slow`, each seeded with the mean of its own first values.
    signal: the EMA of macd over `signal` values, seeded with the mean of the first `signal` of them.
    histogram: macd less signal.
    """

    __slots__ = ("_fast", "_signal", "_slow")

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

    __slots__ = (
        "_before",
        "_block",
        "_bottom",
        "_bottoms",
        "_k_sum",
        "_ks",
        "_raw_sum",
        "_raws",
        "_signal",
        "_smoothing",
        "_top",
        "_tops",
        "_warm",
        "length",
    )

    def __init__(self, length: int = 14, smoothing: int = 3, signal: int = 3) -> None:
        self.length = length_of(length)
        self._smoothing = length_of(smoothing)
        self._signal = length_of(signal)
        # As in `BlockWindow`: the block that fills and its extremes; the one before and, at k, the extremes of its last
        # `length` - k bars.
        self._block: tuple[list[float], list[float]] = ([], [])
        self._before: tuple[list[float], list[float]] = ([], [])
        self._top, self._bottom = -inf, inf
        self._tops: list[float] = []
        self._bottoms: list[float] = []
        self._raws: deque[float] = deque(maxlen=smoothing)
        self._ks: deque[float] = deque(maxlen=signal)
        # Of numbers up to 100 a running sum may subtract; each block begins with a new one.
        self._raw_sum = self._k_sum = 0.0
        self._warm = False

    def update(self, high: float, low: float, close: float) -> tuple[float, float]:
        """(%K, %D) after this bar has closed; each NaN until warm."""
        check = high + low + close
        if check - check != 0.0:
            return _NO_PAIR
        highs, lows = self._block
        highs.append(high)
        lows.append(low)
        top, bottom = self._top, self._bottom
        tops, count = self._tops, len(highs)
        if high > top:
            self._top = top = high
        if low < bottom:
            self._bottom = bottom = low
        if count == self.length:
            self._turn()
        elif tops:
            rest = tops[count]
            if rest > top:
                top = rest
            rest = self._bottoms[count]
            if rest < bottom:
                bottom = rest
        else:
            return _NO_PAIR
        raw = 100.0 * (close - bottom) / (top - bottom) if top > bottom else 50.0
        if not self._warm:
            return self._begin(raw)
        raws, ks = self._raws, self._ks
        self._raw_sum = total = self._raw_sum + (raw - raws[0])
        raws.append(raw)
        k = total / self._smoothing
        self._k_sum = total = self._k_sum + (k - ks[0])
        ks.append(k)
        return k, total / self._signal

    def peek(self, high: float, low: float, close: float) -> tuple[float, float]:
        """(%K, %D) if the forming bar closed like this."""
        twin = copy.copy(self)
        twin._block = self._block[0].copy(), self._block[1].copy()
        twin._raws, twin._ks = self._raws.copy(), self._ks.copy()
        return twin.update(high, low, close)

    def feed(self, high: Floats, low: Floats, close: Floats) -> tuple[Floats, Floats]:
        """(%K, %D) after each bar, float64[n] each."""
        high, low, close = floats(high), floats(low), floats(close)
        mask = usable(high, low, close)
        if mask is not None:
            k, d = self.feed(high[mask], low[mask], close[mask])
            return scattered(mask, k), scattered(mask, d)
        made = np.empty((2, len(close)))
        singly = 0
        # Going on after many bars takes more than two blocks of them, counted from where it is warm.
        while singly < len(close) and (not self._warm or len(close) - singly <= 2 * self.length):
            made[:, singly] = self.update(float(high[singly]), float(low[singly]), float(close[singly]))
            singly += 1
        if singly < len(close):
            raw = self._raw(high[singly:], low[singly:], close[singly:])
            made[0, singly:] = _means(self._raws, raw)
            made[1, singly:] = _means(self._ks, made[0, singly:])
            self._resume(high[singly:], low[singly:])
        return made[0], made[1]

    def _begin(self, raw: float) -> tuple[float, float]:
        self._raws.append(raw)
        if len(self._raws) < self._smoothing:
            return _NO_PAIR
        self._raw_sum = sum(self._raws)
        k = self._raw_sum / self._smoothing
        self._ks.append(k)
        if len(self._ks) < self._signal:
            return k, NAN
        self._k_sum = sum(self._ks)
        self._warm = True
        return k, self._k_sum / self._signal

    def _turn(self) -> None:
        """The block is full: it becomes the one before, and its extremes from the end are found."""
        highs, lows = self._before = self._block
        tops, bottoms = [], []
        top, bottom = -inf, inf
        for high in reversed(highs):
            if high > top:
                top = high
            tops.append(top)
        for low in reversed(lows):
            if low < bottom:
                bottom = low
            bottoms.append(bottom)
        tops.reverse()
        bottoms.reverse()
        self._tops, self._bottoms = tops, bottoms
        self._restart()

    def _restart(self) -> None:
        self._block = ([], [])
        self._top, self._bottom = -inf, inf
        self._raw_sum, self._k_sum = sum(self._raws), sum(self._ks)

    def _raw(self, high: Floats, low: Floats, close: Floats) -> Floats:
        """Raw %K of many bars, once the window is full."""
        held = 1 - self.length
        highs, lows = ([*before, *block] for before, block in zip(self._before, self._block, strict=True))
        bottom = lowest(np.concatenate((lows[len(lows) + held :], low)), self.length)
        reach = highest(np.concatenate((highs[len(highs) + held :], high)), self.length)
        reach -= bottom
        raw = np.subtract(close, bottom, out=bottom)
        raw *= 100.0
        still = reach <= 0.0
        if still.any():
            raw[still], reach[still] = 50.0, 1.0
        raw /= reach
        return raw

    def _resume(self, high: Floats, low: Floats) -> None:
        """Takes bars, more than two blocks of them, by taking the last two: the state knows no more."""
        split = len(high) - (len(self._block[0]) + len(high)) % self.length
        rows = slice(split - self.length, split)
        self._block = high[rows].tolist(), low[rows].tolist()
        self._turn()
        self._block = high[split:].tolist(), low[split:].tolist()
        self._top, self._bottom = max(self._block[0], default=-inf), min(self._block[1], default=inf)


def _means(held: deque[float], values: Floats) -> Floats:
    """For each of `values` the mean of the last len(held) up to it; `held` goes on to the last of them."""
    length = len(held)
    joined = np.concatenate((held, values))[1:]
    held.extend(values[-length:].tolist())
    made = np.empty(len(values))
    means(joined, length, made)
    return made
