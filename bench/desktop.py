"""`desktop`: the whole desktop offscreen under load, beside an empty window.

The generator is a server of ours, so market time is its own; history and level 1 come first, the flood begins when
the window stands. What is called lost is exact: the generator counts what it sent, the hub what it folded.
"""

from __future__ import annotations

from collections.abc import Iterator

from bench.load import FOCUS, Found, Load, empty_window, under_load
from bench.rows import Row, Size, cost, median

FIFTY = (FOCUS, *(f"S{number:03d}" for number in range(1, 50)))
SECONDS = 8.0


def run(size: Size) -> Iterator[Row]:
    """Rows of the loads, and with `size.minutes` of memory."""
    seconds = size.seconds(SECONDS)
    cases = {
        "20,000/s on one symbol, frames of 10": Load(20_000, seconds, 10),
        "20,000/s on one symbol, one a frame": Load(20_000, seconds, 0),
        "30,000/s on one symbol, frames of 10": Load(30_000, seconds, 10),
        "30,000/s on one symbol, one a frame": Load(30_000, seconds, 0),
        "100,000/s on 50 symbols, frames of 10": Load(100_000, seconds, 10, FIFTY),
        "100,000/s on 50 symbols, frames of 100": Load(100_000, seconds, 100, FIFTY),
    }
    if size.tiny:
        cases = {name: cases[name]._replace(settle=0.5) for name in list(cases)[::5]}
    runs: dict[str, list[Found]] = {name: [] for name in cases}
    empty: list[tuple[float, float]] = []
    for _ in range(size.rounds):
        empty.append(empty_window(seconds))
        for name, load in cases.items():
            runs[name].append(under_load("ours", load))
    idle = (median(gap for gap, _ in empty), median(worst for _, worst in empty))
    for name, found in runs.items():
        yield from _rows(name, found, idle)
    if size.minutes:
        long = under_load("ours", Load(30_000, size.minutes * 60, 10))
        yield cost("desktop", f"memory, {size.minutes:g} minutes at 30,000/s: growth", long.rss_growth, "%")
        yield cost("desktop", f"memory, {size.minutes:g} minutes at 30,000/s", long.rss_mb, "MB")


def _rows(case: str, found: list[Found], idle: tuple[float, float]) -> Iterator[Row]:
    def middle(field: str) -> float:
        return median(float(getattr(one, field)) for one in found)

    yield cost("desktop", f"{case}: UI gap p99.9", middle("gap_p999_ms"), "ms", "empty window", idle[0])
    yield cost("desktop", f"{case}: UI gap worst", middle("gap_max_ms"), "ms", "empty window", idle[1])
    yield cost("desktop", f"{case}: tick to paint p50", middle("paint_p50_ms"), "ms")
    yield cost("desktop", f"{case}: tick to paint p99", middle("paint_p99_ms"), "ms")
    yield cost("desktop", f"{case}: socket to reader p99", middle("delay_p99_ms"), "ms")
    yield cost("desktop", f"{case}: CPU", middle("cpu_percent"), "% of a core")
    yield cost("desktop", f"{case}: trades dropped", max(one.dropped for one in found), "events")
    yield cost("desktop", f"{case}: quotes conflated", max(one.lost - one.dropped for one in found), "events")
    yield cost("desktop", f"{case}: memory", middle("rss_mb"), "MB")
    yield cost("desktop", f"{case}: memory slope", middle("rss_slope"), "MB/min")
