"""`orders`: what the paper engine costs, beside the paper accounts that others have written in Python.

Each engine is measured in a process of its own, one after the other and in turn; all get the same quotes and the same
resting orders. Only ours checks funds and risk, reckons fees, keeps a receipt and writes a journal.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from typing import Final

from bench.child import Child, environment
from bench.rows import Row, Size, cost, median, yield_of

_PATIENCE_S: Final = 180.0
#: Package, by design.
_PACKAGES: Final = {"vnpy": "vnpy_paperaccount", "nautilus": "nautilus_trader"}
PEERS: Final = {"vnpy": "vnpy paper account", "nautilus": "NautilusTrader"}
_RESTING: Final = (0, 100, 1_000, 10_000)
#: Quotes that are played. vnpy looks at every order for each, and NautilusTrader's are what a longer run takes more.
_PLAYED: Final = {
    "ours": dict.fromkeys(_RESTING, 50_000),
    "vnpy": {0: 20_000, 100: 5_000, 1_000: 1_000},
    "nautilus": {0: 50_000, 100: 20_000, 1_000: 20_000},
}


def peers() -> dict[str, str]:
    """The peers that are there; they come with `script/bench --peers`."""
    return {name: title for name, title in PEERS.items() if importlib.util.find_spec(_PACKAGES[name])}


def said(design: str, figure: str, *arguments: str) -> dict[str, float]:
    """What one child measures. Raises RuntimeError with its last words when it fails."""
    # The same hash seed for all: a dict of another layout is another figure.
    environ = environment(PYTHONHASHSEED="0")
    with Child("bench.orders_subject", design, *arguments, environ=environ) as child:
        return child.said(figure, _PATIENCE_S)


def in_turn(rounds: int, figure: str, arguments: Mapping[str, tuple[str, ...]]) -> dict[str, float]:
    """Medians of `rounds`, each of which measures every design once."""
    found: dict[str, list[float]] = {design: [] for design in arguments}
    for _ in range(rounds):
        for design, words in arguments.items():
            found[design].append(said(design, figure, *words)[figure])
    return {design: median(values) for design, values in found.items()}


def beside(case: str, found: Mapping[str, float]) -> Iterator[Row]:
    """A row for each peer that was measured, or one without any."""
    rows = [
        cost("orders", case, found["ours"], "µs", PEERS[name], value) for name, value in found.items() if name in PEERS
    ]
    yield from rows or [cost("orders", case, found["ours"], "µs")]


def _quotes(size: Size) -> Iterator[Row]:
    for resting in _RESTING:
        rest = ("--resting", str(size.count(resting) if resting and size.tiny else resting), "--quotes")
        played = {name: _PLAYED[name][resting] for name in ("ours", *peers()) if resting in _PLAYED[name]}
        words = {name: (*rest, str(size.count(quotes))) for name, quotes in played.items()}
        found = in_turn(size.rounds, "quote", words)
        yield from beside(f"a quote that triggers nothing, {resting:,} resting", found)


def _orders(size: Size) -> Iterator[Row]:
    words = ("--orders", str(size.count(2_000)))
    found = in_turn(size.rounds, "order", dict.fromkeys(("ours", *peers()), words))
    yield from beside("a market order decided and filled", found)
    found = in_turn(size.rounds, "order", {"ours": (*words, "--resting", "1000")})
    yield from beside("a market order decided and filled, 1,000 resting", found)


def _kept(size: Size) -> Iterator[Row]:
    count = str(size.count(4_000))
    closed = [said("ours", "closed", "--closed", count)["closed"] for _ in range(size.rounds)]
    yield cost("orders", "memory of a closed order", median(closed), "bytes")
    durable = [said("ours", "durable", "--durable", count) for _ in range(size.rounds)]
    for name, case in (("p50", "median"), ("p99", "p99")):
        figure = median(each[name] for each in durable)
        yield cost("orders", f"a market order, filled and on the disk: {case}", figure, "ms")
    yield yield_of("orders", "market orders, filled and on the disk", median(each["rate"] for each in durable), "1/s")


def run(size: Size) -> Iterator[Row]:
    """Rows of quotes, of orders, and of what is kept of them."""
    yield from _quotes(size)
    yield from _orders(size)
    yield from _kept(size)
