"""Indicators of momentum: RSI, MACD, stochastic."""

from __future__ import annotations

from collections import deque

import numpy as np

from live_monitor.engine.signals.averages import Ema
from live_monitor.engine.signals.columns import NAN, Floats, floats, scattered, usable

_NO_PAIR = (NAN, NAN)
_NO_TRIPLE = (NAN, NAN, NAN)


class Rsi:
    """Relative strength index after Wilder, 0 to 100: the mean rise as a share of the mean rise and fall together.

    Seeded with the simple means of the first `length` changes (so the first value comes with bar `length` + 1), then
    smoothed by 1 / `length`. Where nothing has moved at all neither side is stronger: 50.
    """

    def __init__(self, length: int = 14) -> None:
        self.length = length
        self._close = NAN
        self._count = 0
        self._up = 0.0
        self._down = 0.0

    def update(self, value: float) -> float:
        """The index after a bar has closed with `value`; NaN before `length` changes."""
        if value - value != 0.0:
            return NAN
        self._up, self._down = self._after(value)
        if self._close == self._close:
            self._count += 1
        self._close = value
        return _strength(self._up, self._down) if self._count >= self.length else NAN

    def peek(self, value: float) -> float:
        """The index if the forming bar closed with `value`."""
        if value - value != 0.0 or self._count + 1 < self.length or self._close != self._close:
            return NAN
        return _strength(*self._after(value))

    def feed(self, values: Floats) -> Floats:
        """The index after each of `values`, float64[n]."""
        values = floats(values)
        mask = usable(values)
        if mask is not None:
            return scattered(mask, self.feed(values[mask]))
        return np.array([self.update(value) for value in values.tolist()], dtype=np.float64)

    def _after(self, value: float) -> tuple[float, float]:
        """(mean rise, mean fall) after `value`; sums of shares of the mean while it is seeded."""
        change = value - self._close
        if change != change:
            return self._up, self._down
        rise, fall = (change, 0.0) if change > 0.0 else (0.0, -change)
        length = self.length
        if self._count < length:
            return self._up + rise / length, self._down + fall / length
        return self._up + (rise - self._up) / length, self._down + (fall - self._down) / length


def _strength(up: float, down: float) -> float:
    total = up + down
    return 100.0 * up / total if total > 1e-280 else 50.0


class Macd:
    """Moving average convergence/divergence: (macd, signal, histogram), in the unit of what is fed.

    macd: `fast` EMA less `slow` EMA, each seeded with the mean of its own first values; signal: the EMA of macd over
    `signal` values, seeded with the mean of the first `signal` of them; histogram: macd less signal.
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
        macd = self._fast.feed(values) - self._slow.feed(values)
        signal = self._signal.feed(macd)
        return macd, signal, macd - signal


class Stochastic:
    """Stochastic oscillator after Lane, 0 to 100: (%K, %D).

    Raw %K: where the close lies between the lowest low and the highest high of the last `length` bars; %K: the mean of
    the last `smoothing` raw ones; %D: the mean of the last `signal` of %K. Where the range is empty raw %K is 50.
    """

    def __init__(self, length: int = 14, smoothing: int = 3, signal: int = 3) -> None:
        self.length = length
        self._highs: deque[float] = deque(maxlen=length)
        self._lows: deque[float] = deque(maxlen=length)
        self._raw: deque[float] = deque(maxlen=smoothing)
        self._k: deque[float] = deque(maxlen=signal)

    def update(self, high: float, low: float, close: float) -> tuple[float, float]:
        """(%K, %D) after this bar; each NaN until warm."""
        self._highs.append(high)
        self._lows.append(low)
        if len(self._highs) < self.length:
            return _NO_PAIR
        top, bottom = max(self._highs), min(self._lows)
        self._raw.append(100.0 * (close - bottom) / (top - bottom) if top > bottom else 50.0)
        if len(self._raw) < (self._raw.maxlen or 0):
            return _NO_PAIR
        k = sum(self._raw) / len(self._raw)
        self._k.append(k)
        return k, sum(self._k) / len(self._k) if len(self._k) == self._k.maxlen else NAN

    def peek(self, high: float, low: float, close: float) -> tuple[float, float]:
        """(%K, %D) if the forming bar closed like this."""
        held = self._highs.copy(), self._lows.copy(), self._raw.copy(), self._k.copy()
        value = self.update(high, low, close)
        self._highs, self._lows, self._raw, self._k = held
        return value

    def feed(self, high: Floats, low: Floats, close: Floats) -> tuple[Floats, Floats]:
        """(%K, %D) after each bar, float64[n] each."""
        rows = [self.update(*bar) for bar in zip(high.tolist(), low.tolist(), close.tolist(), strict=True)]
        made = np.array(rows, dtype=np.float64).reshape(-1, 2)
        return made[:, 0], made[:, 1]
