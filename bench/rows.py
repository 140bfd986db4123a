"""What a benchmark says: rows, and the goals that some of them have."""

from __future__ import annotations

import math
import os
import platform
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple


class Size(NamedTuple):
    """How much is measured. `scale` shortens (tests) or lengthens (nights) what takes its time; 1 is the usual run."""

    scale: float = 1.0
    rounds: int = 3
    #: Minutes over which memory is watched; 0: as long as the load test takes anyway.
    minutes: float = 0.0

    @property
    def tiny(self) -> bool:
        """True where only the running matters, as in the tests."""
        return self.scale < 0.1

    def count(self, usual: int) -> int:
        """`usual` events, scaled, in thousands where that leaves any."""
        scaled = int(usual * self.scale)
        return max(200, scaled - scaled % 1_000 if scaled >= 1_000 else scaled)

    def seconds(self, usual: float) -> float:
        """`usual` seconds of load, scaled."""
        return max(0.3, usual * self.scale)


SMALL = Size(scale=0.02, rounds=1)


class Row(NamedTuple):
    """One figure. `ratio`: how many times better ours is than the peer's (NaN without a peer)."""

    bench: str
    case: str
    ours: float
    unit: str
    peer: str = ""
    peer_value: float = math.nan
    ratio: float = math.nan

    def as_dict(self) -> dict[str, str | float | None]:
        """JSON knows no NaN: absent numbers are null."""
        return {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in self._asdict().items()
        }


def row_of(fields: Mapping[str, Any]) -> Row:
    """The row that `as_dict` made."""
    return Row._make(math.nan if fields[name] is None else fields[name] for name in Row._fields)


def cost(bench: str, case: str, ours: float, unit: str, peer: str = "", peer_value: float = math.nan) -> Row:
    """A row in which less is better."""
    return Row(bench, case, ours, unit, peer, peer_value, peer_value / ours if ours else math.nan)


def yield_of(bench: str, case: str, ours: float, unit: str, peer: str = "", peer_value: float = math.nan) -> Row:
    """A row in which more is better."""
    return Row(bench, case, ours, unit, peer, peer_value, ours / peer_value if peer_value else math.nan)


def median(values: Iterable[float]) -> float:
    """Median of the finite values; NaN without any."""
    finite = [value for value in values if math.isfinite(value)]
    return statistics.median(finite) if finite else math.nan


def interleave(rounds: int, measures: Mapping[str, Callable[[], float]]) -> dict[str, float]:
    """Runs every measure once per round, one after the other, and takes medians: noise then hits all alike."""
    found: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            found[name].append(measure())
    return {name: median(values) for name, values in found.items()}


def machine() -> str:
    """What the figures were measured on, in one line."""
    from PyQt6.QtCore import QT_VERSION_STR

    name = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                name = line.partition(":")[2].strip()
                break
    except OSError:
        pass  # not Linux: the platform's own word has to do
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{name}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, "
        f"Qt {QT_VERSION_STR}{load}"
    )


def number(value: float) -> str:
    """Three significant digits, thousands separated; a dash for what was not measured."""
    if not math.isfinite(value):
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A markdown table whose columns line up as plain text too."""
    widths = [max(len(line[column]) for line in [header, *lines]) for column in range(len(header))]
    rows = [header, ["-" * width for width in widths], *lines]
    return "\n".join(
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |" for row in rows
    )
