"""Means, spreads and extremes of every window of n values at once, by joining windows of half the length.

A window of 2k values is two windows of k values side by side, so n values cost about log2(n) passes over the column,
and no value is ever subtracted again: nothing lingers of a number that has left the window. Passes go over pieces that
fit the processor's cache.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from live_monitor.engine.signals.columns import Floats

#: Windows to a piece: a few columns of it fit the second-level cache.
_PIECE: Final = 8192


def means(values: Floats, length: int, out: Floats) -> None:
    """Mean of each window of `length` values into `out`, float64[n - length + 1]."""
    for start, stop in _pieces(len(out), length):
        np.divide(_sums(values[start : stop + length - 1], length), length, out=out[start:stop])


def bands(values: Floats, length: int, width: float, out: Floats) -> None:
    """Mean of each window, and that plus and less `width` population sigmas, into `out`, float64[3, n - length + 1]."""
    for start, stop in _pieces(out.shape[1], length):
        total, spread = _moments(values[start : stop + length - 1], length)
        middle = np.multiply(total, 1.0 / length, out=out[0, start:stop])
        reach = spread * (width * width / length)
        np.sqrt(reach, out=reach)
        np.add(middle, reach, out=out[1, start:stop])
        np.subtract(middle, reach, out=out[2, start:stop])


def highest(values: Floats, length: int) -> Floats:
    """The greatest of each window of `length` values, float64[n - length + 1]."""
    return _extremes(values, length, np.maximum)


def lowest(values: Floats, length: int) -> Floats:
    """The least of each window of `length` values, float64[n - length + 1]."""
    return _extremes(values, length, np.minimum)


def _pieces(count: int, length: int) -> list[tuple[int, int]]:
    step = max(_PIECE, 2 * length)
    return [(start, min(start + step, count)) for start in range(0, count, step)]


def _sums(values: Floats, length: int) -> Floats:
    """Windows of 1, 2, 4 … values; those that `length` is made of stand side by side in the result."""
    count = len(values) - length + 1
    size, at, doubled = 1, 0, values
    result: Floats | None = None
    while True:
        if length & size:
            part = doubled[at : at + count]
            result = part if result is None else result + part
            at += size
            if at == length:
                return result
        doubled = doubled[:-size] + doubled[size:]
        size *= 2


def _moments(values: Floats, length: int) -> tuple[Floats, Floats]:
    """Of each window its sum and Σ(x - mean)², as `_sums` does it.

    Spreads of neighbours join to theirs and that between their means (Chan, Golub, LeVeque 1979).
    """
    count = len(values) - length + 1
    size, at = 1, 0
    sums_, spreads = values, np.zeros(len(values))
    total = spread = np.zeros(count)
    while True:
        if length & size:
            joining = sums_[at : at + count]
            if at:
                gap = joining * (1.0 / size)
                gap -= total * (1.0 / at)
                gap *= gap
                gap *= size * at / (size + at)
                gap += spreads[at : at + count]
                spread = gap + spread
                total = total + joining
            else:
                total, spread = joining, spreads[:count]
            at += size
        if at == length:
            return total, spread
        left, right = sums_[:-size], sums_[size:]
        gap = right - left
        gap *= gap
        gap *= 0.5 / size
        if size > 1:
            gap += spreads[:-size]
            gap += spreads[size:]
        sums_, spreads = left + right, gap
        size *= 2


def _extremes(values: Floats, length: int, better: np.ufunc) -> Floats:
    made = np.empty(len(values) - length + 1)
    for start, stop in _pieces(len(made), length):
        doubled, size = values[start : stop + length - 1], 1
        while 2 * size <= length:
            doubled = better(doubled[:-size], doubled[size:])
            size *= 2
        # Two windows that overlap do as well: an extreme may be seen twice.
        better(doubled[: stop - start], doubled[length - size :], out=made[start:stop])
    return made
