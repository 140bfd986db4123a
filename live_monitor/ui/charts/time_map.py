"""Where an instant lies among bars that stand side by side, and the other way round. Pure, no Qt.

Position i is the start of bar i; half way through its window is i + 0.5. Time in which there are no bars (nights,
weekends, minutes without a trade) takes no room: all of it lies at the start of the next bar. Beyond the first and the
last bar positions go on by the length of a bar.
"""

from __future__ import annotations

from typing import Final, overload

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_DAY_MS: Final = 86_400_000
#: Longest windows by nominal length: a day on which the clocks go back has 25 hours, a week may hold one of them, and a
#: month (30 days) has up to 31 days.
_LONGEST_WINDOW_MS: Final = {
    _DAY_MS: 25 * 3_600_000,
    7 * _DAY_MS: 7 * _DAY_MS + 3_600_000,
    30 * _DAY_MS: 31 * _DAY_MS + 3_600_000,
}


@overload
def index_at(starts_ms: Ints, timeframe_ms: int, ms: int) -> float: ...
@overload
def index_at(starts_ms: Ints, timeframe_ms: int, ms: Ints) -> Floats: ...
def index_at(starts_ms: Ints, timeframe_ms: int, ms: int | Ints) -> float | Floats:
    """Position of an instant (ms) among bars that start at `starts_ms` (ascending, int64[n]); NaN without bars.

    A float for one instant, float64[m] for int64[m]. Never falls while time goes on.
    """
    if isinstance(ms, np.ndarray):
        return _positions(starts_ms, timeframe_ms, ms)
    return float(_positions(starts_ms, timeframe_ms, np.array([ms], np.int64))[0])


def _positions(starts: Ints, timeframe_ms: int, ms: Ints) -> Floats:
    count = len(starts)
    if not count:
        return np.full(ms.shape, np.nan)
    at = np.clip(starts.searchsorted(ms, side="right") - 1, 0, count - 1)
    since = (ms - starts[at]).astype(np.float64)
    # Before the first bar and after the start of the last one there is no next bar that ends the window.
    inside = (at < count - 1) & (since >= 0)
    window = np.full(ms.shape, float(timeframe_ms))
    held = at[inside]
    window[inside] = np.minimum(starts[held + 1] - starts[held], _longest(timeframe_ms))
    share = since / window
    share[inside] = np.minimum(share[inside], 1.0)
    positions: Floats = at + share
    return positions


def ms_at(starts_ms: Ints, timeframe_ms: int, index: float) -> int:
    """The instant (ms) at a position, which must be finite: the inverse of `index_at` but for time without bars.

    Without bars 0, because a position then means nothing.
    """
    count = len(starts_ms)
    if not count:
        return 0
    at = min(max(int(index // 1), 0), count - 1)
    start = int(starts_ms[at])
    window = timeframe_ms
    if at < count - 1 and index >= 0:
        window = min(int(starts_ms[at + 1]) - start, _longest(timeframe_ms))
    return start + round((index - at) * window)


def _longest(timeframe_ms: int) -> int:
    return _LONGEST_WINDOW_MS.get(timeframe_ms, timeframe_ms)
