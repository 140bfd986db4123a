"""`sustained`: the highest rate at which nothing is lost and p99 from the generator to the screen is within 50 ms.

Each search stands alone, ours and the naive ones do not take turns: it wants a quiet machine.
"""

from __future__ import annotations

from collections.abc import Iterator

from bench.load import Load, under_load
from bench.rows import Row, Size, cost, yield_of

SECONDS = 4.0
#: Where a search begins, and where it gives up.
OURS_FROM, NAIVE_FROM, HIGHEST = 100_000.0, 5_000.0, 3_200_000.0


def sustainable(design: str, per_frame: int, seconds: float, lowest: float, highest: float = HIGHEST) -> float:
    """The highest rate (events/s) that `design` sustains, to about 10 %: doubling, then halving the distance."""

    def holds(rate: float) -> bool:
        # Once more before it counts as failed: one stall of the machine is not the design's.
        return any(under_load(design, Load(rate, seconds, per_frame)).sustained() for _ in range(2))

    good, bad, rate = 0.0, 0.0, lowest
    while rate <= highest:
        if not holds(rate):
            bad = rate
            break
        good, rate = rate, rate * 2
    if bad == 0.0:
        return good
    while bad / max(good, bad / 8) > 1.15:
        middle = (good + bad) / 2
        if holds(middle):
            good = middle
        else:
            bad = middle
    return good


def run(size: Size) -> Iterator[Row]:
    """Rows in events a second."""
    seconds = size.seconds(SECONDS)
    if size.tiny:
        paints = [
            under_load(design, Load(1_000, seconds, 100, settle=0.5)).paint_p99_ms for design in ("ours", "naive")
        ]
        yield cost("sustained", "tick to paint p99", paints[0], "ms", "naive", paints[1])
        return
    ours = sustainable("ours", 100, seconds, OURS_FROM)
    naive = {
        "naive, one event a frame": sustainable("naive", 0, seconds, NAIVE_FROM),
        "naive, frames of 100": sustainable("naive", 100, seconds, NAIVE_FROM),
    }
    for peer, rate in naive.items():
        yield yield_of("sustained", "rate, frames of 100, one symbol", ours, "events/s", peer, rate)
