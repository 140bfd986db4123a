"""How prices become pixel rows, evenly or by their logarithm, and where the labels beside them stand. Pure, no Qt."""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Pixels far outside any screen; coordinates are held inside so that they fit Qt's 32 bits.
FAR: Final = 1 << 20
#: Share of the height that stays free above the highest and below the lowest visible price.
PADDING: Final = 0.06
#: Height of the price scale in price increments, at least.
_LEAST_TICKS: Final = 8
_MOST_TICKS: Final = 100
#: Labels of a logarithmic axis are never closer than this share of the distance that is wanted.
_LOG_CLOSEST: Final = 0.6
_LARGEST: Final = 1e12
_SMALLEST: Final = 1e-9


def whole_pixels(positions: NDArray[np.floating[Any]]) -> NDArray[np.int32]:
    """Positions rounded down to int32, held within what Qt can take; they must not be NaN."""
    held: NDArray[np.int32] = np.floor(np.clip(positions, -FAR, FAR)).astype(np.int32)
    return held


class PriceScale(NamedTuple):
    """Maps prices to pixel rows: `high` at the top of row `top`, `low` at the bottom of row `bottom - 1`.

    With `log` equal ratios are equally high; `low` is then above zero, and prices that are not lie far below.
    """

    low: float
    high: float
    top: int
    bottom: int
    log: bool = False

    @property
    def pixels_per_unit(self) -> float:
        """Pixels for one USD, or with `log` for one natural logarithm."""
        return (self.bottom - self.top) / (self._up(self.high) - self._up(self.low))

    def y(self, price: float) -> float:
        """Position of one finite price in pixels, between rows, within ±`FAR`."""
        low, high, top, bottom, log = self
        if log:
            above = (self._up(high) - self._up(price)) * self.pixels_per_unit
        else:
            # The same written out: a frame asks a hundred times.
            above = (high - price) * ((bottom - top) / (high - low))
        return top + max(-FAR, min(FAR, above))

    def row(self, price: float) -> int:
        """Pixel row of one finite price."""
        return math.floor(self.y(price))

    def ys(self, prices: Floats) -> Floats:
        """`y` of many prices, float64[n]; NaN where the price is NaN."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            ups = np.log(np.maximum(prices, _SMALLEST)) if self.log else prices
            above: Floats = self._up(self.high) - ups
            above *= self.pixels_per_unit
        np.maximum(above, -FAR, out=above)
        np.minimum(above, FAR, out=above)
        above += self.top
        return above

    def rows(self, prices: Floats) -> NDArray[np.int32]:
        """Pixel rows, int32[n]; every price must be finite."""
        rows: NDArray[np.int32] = np.floor(self.ys(prices)).astype(np.int32)
        return rows

    def price_at(self, y: float) -> float:
        """Price at the middle of pixel row `y`."""
        up = self._up(self.high) - (y + 0.5 - self.top) / self.pixels_per_unit
        return math.exp(min(up, 700.0)) if self.log else up

    def _up(self, price: float) -> float:
        return math.log(max(price, _SMALLEST)) if self.log else price


def drawable(lowest: float, highest: float) -> bool:
    """True when these can be the ends of a price scale: finite, and within what doubles can tell apart."""
    return max(abs(lowest), abs(highest)) <= _LARGEST and math.isfinite(lowest + highest)


def fit_prices(lowest: float, highest: float, top: int, bottom: int, *, log: bool = False) -> PriceScale:
    """A scale that shows `lowest` to `highest` with padding; around 1 where they are not `drawable`.

    Equal prices get a quarter of a percent of room on each side, at least five of the smallest ticks. `log` is left out
    where a price is not above zero.
    """
    if not drawable(lowest, highest):
        lowest = highest = 1.0
    bottom = max(bottom, top + 1)
    span, tick = highest - lowest, smallest_tick(highest)
    if span <= max(abs(highest), abs(lowest)) * 1e-9:
        room = max(abs(highest) * 0.0025, 5 * tick)
    else:
        # A move of one tick must not fill the chart.
        room = max(span * PADDING, (_LEAST_TICKS * tick - span) / 2)
    if log and lowest > _SMALLEST * 1e3:
        # The same room at either end as a share of the height, so above zero however wide the span.
        beyond = math.log(highest / lowest) * PADDING if lowest - room <= 0 else math.log(lowest / (lowest - room))
        beyond = max(beyond, math.log(highest / lowest) * PADDING)
        return PriceScale(lowest * math.exp(-beyond), highest * math.exp(beyond), top, bottom, log=True)
    return PriceScale(lowest - room, highest + room, top, bottom)


def fit_values(lowest: float, highest: float, top: int, bottom: int) -> PriceScale:
    """A scale for values that need not be prices, with padding; 0 to 1 where none is known."""
    if not drawable(lowest, highest):
        lowest, highest = 0.0, 1.0
    span = highest - lowest
    if span <= max(abs(highest), abs(lowest)) * 1e-9:
        span = max(abs(highest) * 0.02, _SMALLEST) if highest else 1.0
    return PriceScale(lowest - span * PADDING, highest + span * PADDING, top, max(bottom, top + 1))


def smallest_tick(price: float) -> float:
    """Price increment in USD by SEC Rule 612: a cent from 1 USD up, a hundredth of a cent below."""
    return 0.01 if abs(price) >= 1.0 else 0.0001


def nice_step(rough: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not below `rough`; `rough` > 0 and finite."""
    power = 10.0 ** math.floor(math.log10(rough))
    for factor in (1.0, 2.0, 5.0):
        if factor * power >= rough * (1 - 1e-9):
            return factor * power
    return 10.0 * power


def decimals_for(step: float) -> int:
    """Digits after the point that tell neighbours `step` apart: 2 at least, 8 at most."""
    return min(8, max(2, math.ceil(-math.log10(step) - 1e-9)))


class Ticks(NamedTuple):
    """Values of an axis, ascending, and the digits after the point that they need."""

    values: list[float]
    decimals: int


def price_ticks(scale: PriceScale, spacing: int) -> Ticks:
    """Round prices about `spacing` pixels apart inside the scale; none when the scale is degenerate."""
    return log_ticks(scale, spacing) if scale.log else _even_ticks(scale, spacing, smallest_tick(scale.high))


def _even_ticks(scale: PriceScale, spacing: int, least: float) -> Ticks:
    span = scale.high - scale.low
    rough = span * spacing / max(1, scale.bottom - scale.top)
    if not (math.isfinite(rough) and rough > 0):
        return Ticks([], 2)
    step = nice_step(max(rough, least))
    first, last = math.ceil(scale.low / step), math.floor(scale.high / step)
    if last - first > _MOST_TICKS:
        return Ticks([], 2)
    decimals = decimals_for(step)
    return Ticks([round(k * step, decimals) for k in range(first, last + 1)], decimals)


def log_ticks(scale: PriceScale, spacing: int) -> Ticks:
    """Round prices about `spacing` pixels apart, never below 0.6 of that, on a logarithmic scale: the steps widen."""
    values: list[float] = []
    decimals, price = 2, scale.low
    ratio = math.exp(spacing / scale.pixels_per_unit)
    while len(values) < _MOST_TICKS and math.isfinite(ratio):
        step = nice_step(max(price * (ratio - 1), smallest_tick(price)))
        decimals = max(decimals, decimals_for(step))
        price = (math.floor(price / step + 1e-9) + 1) * step
        if values and price < values[-1] * ratio**_LOG_CLOSEST:
            # Where a longer step begins its first multiple may lie just above the last one of the shorter.
            price += step
        if price > scale.high:
            break
        values.append(round(price, decimals))
    return Ticks(values, decimals)


def percent_ticks(scale: PriceScale, spacing: int, base: float) -> Ticks:
    """Prices that lie round percentages away from `base`, about `spacing` pixels apart."""
    away = scale._replace(low=(scale.low / base - 1) * 100, high=(scale.high / base - 1) * 100)
    found = _even_ticks(away, spacing, 0.01)
    return Ticks([base * (1 + value / 100) for value in found.values], found.decimals)


def value_ticks(scale: PriceScale, spacing: int) -> Ticks:
    """Round values about `spacing` pixels apart, of whatever unit."""
    found = _even_ticks(scale, spacing, 1e-8)
    if len(found.values) < 2:
        return found
    step = found.values[1] - found.values[0]
    return Ticks(found.values, min(8, max(0, math.ceil(-math.log10(step) - 1e-9))))
