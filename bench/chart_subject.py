"""One chart in a process of its own, measured there.

stdout  {"first"}, then {"tick"}, {"zoom"}, {"pan"} as far as asked for, in ms of CPU; or {"bytes_a_bar"}
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import tracemalloc
from collections.abc import Callable

import numpy as np

from bench.chart_meter import HEIGHT, WIDTH, Walk, application, measure, settle, walk
from bench.child import say, usage_of

DESIGNS = {
    "ours": "bench.chart_ours:Ours",
    "dressed": "bench.chart_ours:Dressed",
    "example": "bench.chart_peers:Example",
    "vnpy": "bench.chart_peers:Vnpy",
    "finplot": "bench.chart_peers:Finplot",
}
CHANGES = ("tick", "zoom", "pan")
#: Bars that are there before memory is looked at, and bars of one page of history.
BEFORE, PAGE = 2_000, 5_000


def _held() -> float:
    """Bytes that numpy has asked for, used or spare."""
    ours = tracemalloc.DomainFilter(inclusive=True, domain=np.lib.tracemalloc_domain)
    return float(sum(trace.size for trace in tracemalloc.take_snapshot().filter_traces([ours]).traces))


def memory(bars: Walk, *, resident: bool) -> float:
    """Bytes for each bar that is put in front, page by page, and then shown with all the others.

    Those of the series' and the pyramid's arrays with the room that they keep spare; or those by which the process
    grew.
    """
    from bench.chart_ours import Ours, columns_of

    if not resident:
        tracemalloc.start()
    held: Callable[[], float] = (lambda: usage_of(os.getpid()).rss_mb * 1e6) if resident else _held
    ours, columns = Ours(), columns_of(bars)
    count = len(bars.close)
    ours.load(bars.last(BEFORE))
    ours.window.resize(WIDTH, HEIGHT)
    ours.window.show()
    ours.show(BEFORE)
    app = application()
    settle(app)
    gc.collect()
    before = held()
    for end in range(count - BEFORE, 0, -PAGE):
        ours.series.merge(columns.rows(slice(max(0, end - PAGE), end)))
    ours.window.refresh()
    ours.show(count)
    settle(app)
    gc.collect()
    return (held() - before) / max(1, count - BEFORE)


def main() -> None:
    """Measures what is asked for and says it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("design", choices=(*DESIGNS, "memory", "resident"))
    parser.add_argument("--loaded", type=int, required=True)
    parser.add_argument("--view", type=int, required=True)
    for name in CHANGES:
        parser.add_argument(f"--{name}", type=int, default=0, metavar="TIMES")
    given = parser.parse_args()
    if given.design not in DESIGNS:
        say(bytes_a_bar=memory(walk(given.loaded), resident=given.design == "resident"))
        return
    module, _, name = DESIGNS[given.design].partition(":")
    subject = getattr(importlib.import_module(module), name)()
    changes = {name: getattr(given, name) for name in CHANGES}
    for figures in measure(subject, walk(given.loaded), given.view, changes):
        say(**figures)


if __name__ == "__main__":
    main()
