"""Floats as whole numbers: prices are decimals, a vwap is a quotient of whole numbers.

Nothing is assumed: each number is rebuilt and compared; what differs by a few units in the last place gets a
correction, and what cannot be told this way at all is kept raw.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from live_monitor.data.stores.packed_numbers import Longs, sampled

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
#: What a float is multiplied by to be whole: one number for all, or one for each bar.
Units = Floats | float

#: Prices are tried at these powers of ten, then kept raw.
PRICE_EXPONENTS: Final = (2, 4, 6, 8)
POWERS: Final = tuple(float(10**exponent) for exponent in range(11))
#: Beyond it, floats are no whole numbers any more.
_MAX_WHOLE: Final = 2.0**53
#: Corrections are small, or the scale is not the right one. Units in the last place.
_MAX_CORRECTION: Final = 100
#: Of the numbers that are looked at, at most this part may have to be kept raw.
_MOST_RAW: Final = 1 / 8
#: Sub-pennies are kept apart from the cents where at least this part of the prices is whole cents.
_WORTH_CENTS: Final = 1 / 16


class Scale(NamedTuple):
    """Which whole number a float is: it times 10**`exponent`, and for a quotient times the bar's volume too."""

    exponent: int
    by_volume: bool = False

    def units(self, volume: Floats) -> Units:
        power = POWERS[self.exponent]
        return volume * power if self.by_volume else power


VOLUME_SCALES: Final = tuple(Scale(exponent) for exponent in (0, 2, 4, 6, 8))
#: Quotients first: where all prints are of whole cents and shares, they are exact.
VWAP_SCALES: Final = (
    *(Scale(exponent, by_volume=True) for exponent in (2, 4)),
    *(Scale(exponent) for exponent in (2, 4, 6)),
    *(Scale(exponent, by_volume=True) for exponent in (6, 8, 10)),
)


class Wholes(NamedTuple):
    """Floats as whole numbers: `whole / units`, moved by `correction` units in the last place; `raw` where not."""

    whole: Longs
    correction: Longs
    raw: Mask


def wholes_of(values: Floats, units: Units) -> Wholes:
    product = values * units
    possible = np.abs(product) < _MAX_WHOLE
    if not possible.all():
        product = np.where(possible, product, 0.0)
    whole = np.rint(product).astype(np.int64)
    correction = values.view(np.int64) - (whole / units).view(np.int64)
    near = (correction >= -_MAX_CORRECTION) & (correction <= _MAX_CORRECTION) & possible
    if not near.all():
        correction = np.where(near, correction, 0)
    return Wholes(whole, correction, ~near)


def whole_cents(whole: Longs) -> int:
    """100 where many of the numbers are multiples of a hundred, as cents are among hundredths of a cent; else 1."""
    some = sampled(whole)
    return 100 if np.count_nonzero(some % 100 == 0) >= _WORTH_CENTS * len(some) else 1


def expected_of(values: Floats, units: Units) -> Longs:
    """What is expected of a column, as whole numbers; 0 where nothing is."""
    product = values * units
    return np.rint(np.where(np.abs(product) < _MAX_WHOLE, product, 0.0)).astype(np.int64)


def carried(values: Longs, raw: Mask, before: int) -> Longs:
    """The values, each of the `raw` rows taking over the one before it; `before` the first."""
    rows = np.maximum.accumulate(np.where(raw, -1, np.arange(len(values))))
    return np.where(rows >= 0, values[rows], before)


def middle(high: Floats, low: Floats) -> Floats:
    return (high + low) * 0.5


def price_exponent(columns: list[Floats]) -> int:
    """The coarsest at which the prices that are looked at are exact; else the one at which most are."""
    some = np.concatenate([sampled(column) for column in columns])
    misses = []
    for exponent in PRICE_EXPONENTS:
        found = wholes_of(some, POWERS[exponent])
        misses.append(np.count_nonzero((found.raw | (found.correction != 0)) & ~np.isnan(some)))
    return PRICE_EXPONENTS[misses.index(min(misses))]


def best_scale(values: Floats, volume: Floats, scales: tuple[Scale, ...]) -> Scale | None:
    """The first scale that gives all numbers that are looked at back exactly; else the best; None for none."""
    some, some_volume = sampled(values), sampled(volume)
    best: tuple[float, float, int] | None = None
    for number, scale in enumerate(scales):
        found = wholes_of(some, scale.units(some_volume))
        misses = np.count_nonzero(found.raw & ~np.isnan(some)) / len(some)
        moved = float(np.abs(found.correction).mean())
        if not misses and not moved:
            return scale
        if misses <= _MOST_RAW and (best is None or (misses, moved) < best[:2]):
            best = (misses, moved, number)
    return scales[best[2]] if best is not None else None
