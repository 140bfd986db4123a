"""One paper engine in a process of its own, measured there.

stdout  {"quote"} µs of CPU for a quote that triggers nothing, {"order"} for a market order (median),
        {"closed"} bytes of a closed order, {"durable"} {"p50", "p99", "rate"}: as far as asked for
"""

from __future__ import annotations

import argparse
import importlib
import statistics
from typing import Protocol

from bench.child import say
from bench.order_events import Level1, Resting, quotes, resting

DESIGNS = {
    "ours": "bench.orders_ours:Ours",
    "vnpy": "bench.orders_peers:Vnpy",
    "nautilus": "bench.orders_peers:Nautilus",
}


class Subject(Protocol):
    """A paper engine with one account in one symbol."""

    def rest(self, orders: list[Resting]) -> None:
        """Places limit orders that stay."""

    def quotes(self, quotes: list[Level1]) -> float:
        """CPU seconds for all of them."""

    def orders(self, quotes: list[Level1]) -> list[float]:
        """CPU seconds of market orders, one at each quote."""


def _subject(design: str) -> Subject:
    module, _, name = DESIGNS[design].partition(":")
    made: Subject = getattr(importlib.import_module(module), name)()
    return made


def main() -> None:
    """Measures what is asked for and says it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("design", choices=DESIGNS)
    parser.add_argument("--resting", type=int, default=0)
    for name in ("quotes", "orders", "closed", "durable"):
        parser.add_argument(f"--{name}", type=int, default=0, metavar="COUNT")
    given = parser.parse_args()
    if given.quotes:
        subject = _subject(given.design)
        subject.rest(resting(given.resting))
        say(quote=subject.quotes(quotes(given.quotes)) / given.quotes * 1e6)
    if given.orders:
        subject = _subject(given.design)
        subject.rest(resting(given.resting))
        say(order=statistics.median(subject.orders(quotes(given.orders))) * 1e6)
    if given.closed or given.durable:
        # The peers keep no journal.
        from bench.orders_ours import bytes_a_closed_order, durable

        if given.closed:
            say(closed=bytes_a_closed_order(given.closed))
        if given.durable:
            say(durable=True, **durable(given.durable))


if __name__ == "__main__":
    main()
