"""How a chart is measured, ours and others alike: the same bars, the same size, and what one change costs painted."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QEvent, QEventLoop, QObject
from PyQt6.QtWidgets import QApplication, QWidget

WIDTH, HEIGHT = 1280, 800
START_MS = 1_795_186_800_000
MINUTE_MS = 60_000


class Walk(NamedTuple):
    """Minute bars as columns, float64[n]; `start_ms` int64[n]."""

    start_ms: NDArray[np.int64]
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.float64]

    def last(self, count: int) -> Walk:
        """The newest `count` bars."""
        at, opened, high, low, close, volume = self
        part = slice(-count, None)
        return Walk(at[part], opened[part], high[part], low[part], close[part], volume[part])


def walk(count: int) -> Walk:
    """The same random walk in whole cents at every call."""
    rng = np.random.default_rng(7)
    close = (228 + rng.normal(0, 0.05, count).cumsum() * min(1.0, math.sqrt(20_000 / count))).round(2)
    opened = np.append(close[0], close[:-1])
    return Walk(
        START_MS - (count - np.arange(count, dtype=np.int64)) * MINUTE_MS,
        opened,
        (np.maximum(opened, close) + 0.03).round(2),
        (np.minimum(opened, close) - 0.02).round(2),
        close,
        100.0 + (np.arange(count) % 50).astype(np.float64),
    )


class Subject(Protocol):
    """A chart that is measured."""

    #: The window, shown by whoever measures.
    window: QWidget
    #: What the paint events are sent to.
    surface: QWidget

    def load(self, bars: Walk) -> None:
        """Makes of `bars` what the chart takes; that is not measured."""

    def show(self, view: int) -> None:
        """Shows what was loaded, the newest `view` of it in sight."""

    def tick(self, number: int) -> None:
        """Gives the last bar another close; `number` counts up."""

    def zoom(self, number: int) -> None:
        """Makes the view a little wider or narrower, never as it was the time before."""


class _Paints(QObject):
    """Counts the paint events of one widget."""

    def __init__(self, surface: QWidget) -> None:
        super().__init__()
        self.count = 0
        surface.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if event is not None and event.type() == QEvent.Type.Paint:
            self.count += 1
        return super().eventFilter(watched, event)


@cache
def application() -> QApplication:
    """The one application of this process; kept, for Qt's goes when nobody holds it."""
    found = QApplication.instance()
    return found if isinstance(found, QApplication) else QApplication([])


def settle(app: QApplication) -> None:
    """Lets everything that a window posted to itself happen."""
    for _ in range(5):
        app.sendPostedEvents()
        app.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)


def painted(app: QApplication, surface: QWidget, change: Callable[[int], object], count: int) -> list[float]:
    """Milliseconds of CPU for each of `count` changes with the paint that it causes.

    Raises RuntimeError when a change painted nothing: it would not have been measured.
    """
    settle(app)
    paints, times = _Paints(surface), []
    for number in range(count):
        before, started = paints.count, time.process_time()
        change(number)
        app.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
        times.append((time.process_time() - started) * 1000)
        if paints.count == before:
            raise RuntimeError(f"change {number} painted nothing")
    surface.removeEventFilter(paints)
    return times


def measure(subject: Subject, bars: Walk, view: int, changes: Mapping[str, int]) -> Iterator[dict[str, float]]:
    """Figures in ms: "first" of showing and painting, then what each of `changes` (method -> how often) costs.

    The lower quartile: every change costs the same, and what a busy machine adds to some is not theirs.
    """
    app = application()
    subject.load(bars)
    window = subject.window
    window.resize(WIDTH, HEIGHT)
    window.show()
    settle(app)
    yield {"first": painted(app, subject.surface, lambda _: subject.show(view), 1)[0]}
    for name, count in changes.items():
        if count:
            costs = sorted(painted(app, subject.surface, getattr(subject, name), count))
            yield {name: costs[len(costs) // 4]}
