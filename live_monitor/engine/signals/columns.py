"""What the `feed` of every indicator needs: which rows can be used, and the way from those rows back to all."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

NAN: Final = float("nan")

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def length_of(length: int) -> int:
    """The length itself. Raises ValueError for less than one bar."""
    if length < 1:
        raise ValueError(f"an indicator looks back over 1 bar or more, not over {length}")
    return length


def floats(values: Any) -> Floats:
    """The column as contiguous float64; the same memory where it is that already."""
    return np.ascontiguousarray(values, dtype=np.float64)


def usable(*columns: Floats) -> NDArray[np.bool_] | None:
    """Rows in which every number is finite, as a mask; None when that is all of them, the usual case."""
    # A sum is finite only when no term is missing or infinite; numbers whose sum overflows only take the longer way.
    with np.errstate(over="ignore", invalid="ignore"):
        if all(np.isfinite(column.sum()) for column in columns):
            return None
    mask: NDArray[np.bool_] = np.logical_and.reduce([np.isfinite(column) for column in columns])
    return None if mask.all() else mask


def scattered(mask: NDArray[np.bool_], values: Floats) -> Floats:
    """`values`, one for each true row of `mask`, at their rows; NaN at the others."""
    spread = np.full(len(mask), NAN)
    spread[mask] = values
    return spread


def stretches(keys: Ints) -> Ints:
    """Where each stretch of equal keys begins, int64[m]; `keys` has at least one row."""
    return np.concatenate(([0], np.flatnonzero(keys[1:] != keys[:-1]) + 1))
