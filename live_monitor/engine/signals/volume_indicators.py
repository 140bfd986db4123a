"""Indicators that weigh prices with shares: session VWAP with its bands, on-balance volume."""

from __future__ import annotations

import math

import numpy as np

from live_monitor.engine.signals.columns import NAN, Floats, Ints, floats, scattered, stretches, usable


class SessionVwap:
    """Volume-weighted average price of a session, Σ(p·v) / Σv, with `bands` (0 to 3) pairs of bands around it.

    A tuple of 1 + 2 · `bands` numbers: (vwap, +1σ, -1σ, +2σ, -2σ, +3σ, -3σ). σ is the population deviation of the
    prices so far from their vwap, each weighted by its shares. All starts afresh when `session` changes; `session` is
    any number that differs between neighbouring sessions.
    """

    __slots__ = ("_first", "_origin", "_outputs", "_second", "_session", "_turnover", "_volume", "bands")

    def __init__(self, bands: int = 3) -> None:
        if not 0 <= bands <= 3:
            raise ValueError(f"VWAP has 0 to 3 pairs of bands, not {bands}")
        self.bands = bands
        self._outputs = 1 + 2 * bands
        self._session: int | None = None
        self._volume = 0.0
        self._turnover = 0.0
        # Σv·d and Σv·d² of the distance d from the session's first price, which is near: the squares stay small.
        self._origin = 0.0
        self._first = 0.0
        self._second = 0.0

    def update(self, session: int, price: float, volume: float) -> tuple[float, ...]:
        """The numbers after a bar of `volume` shares at the mean price `price`; NaN while no share has traded."""
        turnover = price * volume
        if turnover - turnover != 0.0:
            return (NAN,) * self._outputs
        if session != self._session:
            self._session = session
            self._origin = price
            self._volume = self._turnover = self._first = self._second = 0.0
        away = price - self._origin
        weighed = away * volume
        self._volume = shares = self._volume + volume
        self._turnover = turnover = self._turnover + turnover
        self._first = first = self._first + weighed
        self._second = second = self._second + weighed * away
        if not shares > 0.0:
            return (NAN,) * self._outputs
        vwap = turnover / shares
        if self.bands == 0:
            return (vwap,)
        first /= shares
        variance = second / shares - first * first
        one = math.sqrt(variance) if variance > 0.0 else 0.0
        two, three = one + one, 3.0 * one
        lines = (vwap, vwap + one, vwap - one, vwap + two, vwap - two, vwap + three, vwap - three)
        return lines if self.bands == 3 else lines[: self._outputs]

    def peek(self, session: int, price: float, volume: float) -> tuple[float, ...]:
        """The numbers if the forming bar closed like this."""
        held = self._session, self._origin, self._volume, self._turnover, self._first, self._second
        lines = self.update(session, price, volume)
        self._session, self._origin, self._volume, self._turnover, self._first, self._second = held
        return lines

    def feed(self, session: Ints, price: Floats, volume: Floats) -> tuple[Floats, ...]:
        """The numbers after each bar, float64[n] each."""
        price, volume = floats(price), floats(volume)
        mask = usable(price, volume)
        if mask is not None:
            return tuple(scattered(mask, line) for line in self.feed(session[mask], price[mask], volume[mask]))
        if not len(price):
            return (np.empty(0),) * self._outputs
        begins = stretches(session)
        goes_on = int(session[0]) == self._session
        origins = price[begins]
        if goes_on:
            origins[0] = self._origin
        away = price - np.repeat(origins, np.diff(begins, append=len(price)))
        weighed = away * volume
        sums = np.stack((volume, price * volume, weighed, weighed * away))
        if goes_on:
            sums[:, 0] += self._volume, self._turnover, self._first, self._second
        for begin, end in zip(begins.tolist(), [*begins[1:].tolist(), len(price)], strict=True):
            np.add.accumulate(sums[:, begin:end], axis=1, out=sums[:, begin:end])
        self._session, self._origin = int(session[-1]), float(origins[-1])
        self._volume, self._turnover, self._first, self._second = sums[:, -1].tolist()
        return _lines(sums, self.bands)


def _lines(sums: Floats, bands: int) -> tuple[Floats, ...]:
    """VWAP and its bands from Σv, Σp·v, Σv·d and Σv·d², which are used up."""
    shares, turnover, first, second = sums
    shares[shares <= 0.0] = NAN
    vwap = turnover / shares
    first /= shares
    second /= shares
    second -= first * first
    sigma = np.sqrt(np.maximum(second, 0.0, out=second), out=second)
    lines = [vwap]
    for many in range(1, bands + 1):
        lines += (vwap + many * sigma, vwap - many * sigma)
    return tuple(lines)


class Obv:
    """On-balance volume after Granville, in shares: plus a bar's volume when its close rises, minus when it falls.

    It starts with the first bar's volume, as TA-Lib does; only its changes mean something.
    """

    __slots__ = ("_close", "_value")

    def __init__(self) -> None:
        self._close = NAN
        self._value = 0.0

    def update(self, close: float, volume: float) -> float:
        """The sum after this bar has closed."""
        total = self.peek(close, volume)
        if total == total:
            self._value, self._close = total, close
        return total

    def peek(self, close: float, volume: float) -> float:
        """The sum if the forming bar closed like this."""
        check = close + volume
        if check - check != 0.0:
            return NAN
        before = self._close
        if close < before:
            return self._value - volume
        return self._value if close == before else self._value + volume

    def feed(self, close: Floats, volume: Floats) -> Floats:
        """The sum after each bar, float64[n]."""
        close, volume = floats(close), floats(volume)
        mask = usable(close, volume)
        if mask is not None:
            return scattered(mask, self.feed(close[mask], volume[mask]))
        made = np.empty(len(close))
        if len(close):
            made[0] = self.update(float(close[0]), float(volume[0]))
            np.multiply(np.sign(np.diff(close)), volume[1:], out=made[1:])
            np.add.accumulate(made, out=made)
            self._close, self._value = float(close[-1]), float(made[-1])
        return made
