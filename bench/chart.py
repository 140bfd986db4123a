"""`chart`: what the candle chart costs at 1280 × 800, beside the charts that others have written in Python.

Each chart is measured in a process of its own, one after the other and in turn, in ms of CPU with the paint.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from bench.child import Child
from bench.rows import Row, Size, cost, median

#: A child that has to load a million bars has this long for each figure.
_PATIENCE_S: Final = 240.0
PEERS: Final = {"example": "pyqtgraph's example", "vnpy": "vnpy chart", "finplot": "finplot"}
_WORDS: Final = {"tick": "last-bar update", "zoom": "zoom frame", "pan": "pan frame"}

Figures = Mapping[str, float]


class Task(NamedTuple):
    """What one child measures: `view` of `loaded` bars, and how often each change is made."""

    design: str
    loaded: int
    view: int
    changes: Mapping[str, int]


def measured(task: Task) -> dict[str, float]:
    """The figures of one child. Raises RuntimeError with its last words when it fails."""
    counts = [word for name, times in task.changes.items() for word in (f"--{name}", str(times))]
    arguments = [task.design, "--loaded", str(task.loaded), "--view", str(task.view), *counts]
    found: dict[str, float] = {}
    with Child("bench.chart_subject", *arguments) as child:
        for figure in ("first", *(name for name, times in task.changes.items() if times)):
            found[figure] = child.said(figure, _PATIENCE_S)[figure]
    return found


def in_turn(rounds: int, tasks: Mapping[str, Task]) -> dict[str, Figures]:
    """Medians of `rounds`, each of which measures every task once."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            found[name].append(measured(task))
    return {name: {key: median(each[key] for each in all_of) for key in all_of[0]} for name, all_of in found.items()}


def peers() -> dict[str, str]:
    """The peers that are there; all but the example come with `script/bench --peers`."""
    return {name: title for name, title in PEERS.items() if name == "example" or importlib.util.find_spec(name)}


def beside(case: str, figure: str, found: Mapping[str, Figures], titles: Mapping[str, str]) -> Iterator[Row]:
    """A row for each peer that has the figure, or one without any."""
    ours = found["ours"][figure]
    rows = [cost("chart", case, ours, "ms", titles[name], found[name][figure]) for name in titles if name in found]
    yield from rows or [cost("chart", case, ours, "ms")]


def _often(size: Size, **times: int) -> dict[str, int]:
    return {name: max(2, int(count * size.scale)) for name, count in times.items()}


def _in_view(size: Size, count: int) -> Iterator[Row]:
    """All of `count` bars in view, ours and the peers."""
    shown = max(200, int(count * size.scale))
    ours = Task("ours", shown, shown, _often(size, tick=120, zoom=60, pan=60))
    others = {name: Task(name, shown, shown, _often(size, tick=16, zoom=16)) for name in peers()}
    found = in_turn(size.rounds, {"ours": ours, **others})
    for figure in ("tick", "zoom"):
        yield from beside(f"{_WORDS[figure]}, {count:,} bars in view", figure, found, peers())
    yield cost("chart", f"{_WORDS['pan']}, {count:,} bars in view", found["ours"]["pan"], "ms")


def _million(size: Size) -> Iterator[Row]:
    """A million bars in view; of the peers only finplot can show so many, the others show 200 of them. Once each."""
    loaded = max(500, int(1_000_000 * size.scale))
    views = {"finplot": loaded}
    titles = {name: title if name in views else f"{title}, 200 in view" for name, title in peers().items()}
    # The example takes many seconds for each tick.
    often = {"example": {"tick": 2, "zoom": 3}, "vnpy": {"tick": 6, "zoom": 6}, "finplot": {"tick": 6, "zoom": 6}}
    others = {name: Task(name, loaded, views.get(name, 200), often[name]) for name in titles}
    ours = Task("ours", loaded, loaded, _often(size, tick=120, zoom=60, pan=60))
    found = {**in_turn(size.rounds, {"ours": ours}), **in_turn(1, others)}
    yield from beside("first paint, 1,000,000 bars in view", "first", found, titles)
    for figure in ("tick", "zoom"):
        yield from beside(f"{_WORDS[figure]}, 1,000,000 bars in view", figure, found, titles)
    yield cost("chart", f"{_WORDS['pan']}, 1,000,000 bars in view", found["ours"]["pan"], "ms")


def _loaded(size: Size) -> Iterator[Row]:
    """200 bars in view, with a million of them loaded and with 2,000."""
    often = _often(size, tick=120, zoom=60, pan=60)
    many, few = max(500, int(1_000_000 * size.scale)), max(300, int(2_000 * size.scale))
    found = in_turn(size.rounds, {"ours": Task("ours", many, 200, often), "few": Task("ours", few, 200, often)})
    for figure, words in _WORDS.items():
        yield from beside(f"{words}, 200 of 1,000,000 bars in view", figure, found, {"few": "200 of 2,000"})


def _dressed(size: Size) -> Iterator[Row]:
    """Volume, grid, three overlays, two panes of indicators, 50 drawings."""
    often = _often(size, tick=120, zoom=60, pan=60)
    for count in (200, 2_000, 20_000, 1_000_000):
        shown = max(200, int(count * size.scale))
        found = in_turn(size.rounds, {"ours": Task("dressed", max(shown, 2_000), shown, often)})["ours"]
        for figure, words in _WORDS.items():
            yield cost("chart", f"dressed: {words}, {count:,} bars in view", found[figure], "ms")


def _memory(size: Size) -> Iterator[Row]:
    loaded = max(12_000, int(1_000_000 * size.scale))
    cases = {"memory": "memory of series and pyramid", "resident": "memory of the process"}
    for design, words in cases.items():
        with Child("bench.chart_subject", design, "--loaded", str(loaded), "--view", "0") as child:
            found = child.said("bytes_a_bar", _PATIENCE_S)["bytes_a_bar"]
        yield cost("chart", f"{words}, 1,000,000 bars loaded", found, "bytes/bar")


def run(size: Size) -> Iterator[Row]:
    """Rows of a tick, a zoom, a pan and the first paint, and of memory."""
    yield from _in_view(size, 2_000)
    yield from _in_view(size, 20_000)
    yield from _million(size)
    yield from _loaded(size)
    yield from _dressed(size)
    yield from _memory(size)
