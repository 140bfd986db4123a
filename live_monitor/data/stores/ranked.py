"""One bar for every start: which of several versions of a bar stands."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from live_monitor.engine.market.bar_columns import BarColumns


def best_of(parts: Iterable[BarColumns]) -> BarColumns:
    """All rows, ascending, one for every start: the highest `BarSource`, of equal ones that of the later part."""
    joined = BarColumns.joined(parts)
    starts = joined.start_ms
    if joined.length < 2 or bool((starts[1:] > starts[:-1]).all()):
        return joined
    order = np.lexsort((np.arange(joined.length), joined.source, starts))
    ordered = starts[order]
    last_of_its_start = np.append(ordered[1:] != ordered[:-1], True)
    return joined.rows(order[last_of_its_start])
