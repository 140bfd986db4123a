"""What every indicator's `feed` needs: which rows can be used, and the way from some rows back to all."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

NAN: Final = float("nan")

Floats = NDArray[np.float64]


def floats(values: Any) -> Floats:
    """The column as contiguous float64; a view where it is one already."""
    return np.ascontiguousarray(values, dtype=np.float64)


def usable(*columns: Floats) -> NDArray[np.bool_] | None:
    """Rows in which every number is finite, as a mask; None when that is all of them (the usual case)."""
    # A sum is finite only when no term is NaN or infinite, so one pass tells the usual case.
    if all(np.isfinite(column.sum()) for column in columns):
        return None
    mask = np.logical_and.reduce([np.isfinite(column) for column in columns])
    return None if mask.all() else mask


def scattered(mask: NDArray[np.bool_], values: Floats) -> Floats:
    """`values`, one for each true row of `mask`, at their rows; NaN at the others."""
    spread = np.full(len(mask), NAN)
    spread[mask] = values
    return spread
