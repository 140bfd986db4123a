"""y[i] = decay · y[i-1] + x[i] for a whole column at once.

A block of values is one row of a matrix; a matrix product with the powers of `decay` gives every row as if nothing had
been before it. What came before reaches a row through the last value of the row above: the same recurrence again, over
the rows, with decay to the power of a row's length. So the work is in products, not in a loop of Python's.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from live_monitor.engine.signals.columns import Floats

_BLOCK: Final = 32
#: Rows multiplied at a time: they stay in the cache, and are too few for the library to start threads over.
_PIECE: Final = 256


def decayed(values: Floats, decay: float, start: float) -> Floats:
    """float64[n]: y with y[-1] = `start`; 0 <= `decay` < 1. Equal to a loop but for the rounding of a few sums."""
    whole = len(values) - len(values) % _BLOCK
    made = np.empty(len(values))
    last = start
    if whole:
        steps = np.arange(_BLOCK)
        weights = np.triu(decay ** np.maximum(steps - steps[:, None], 0).astype(np.float64))
        powers = decay ** (steps + 1.0)
        given, rows = values[:whole].reshape(-1, _BLOCK), made[:whole].reshape(-1, _BLOCK)
        alone = np.empty(len(rows))
        for piece in _pieces(len(rows)):
            np.matmul(given[piece], weights, out=rows[piece])
            alone[piece] = rows[piece, -1]
        ends = decayed(alone, float(powers[-1]), start)
        before = np.concatenate(([start], ends[:-1]))
        for piece in _pieces(len(rows)):
            rows[piece] += before[piece, None] * powers
        last = float(ends[-1])
    for index, value in enumerate(values[whole:].tolist(), whole):
        last = decay * last + value
        made[index] = last
    return made


def _pieces(rows: int) -> list[slice]:
    return [slice(start, start + _PIECE) for start in range(0, rows, _PIECE)]
