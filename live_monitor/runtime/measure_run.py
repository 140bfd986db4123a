"""A run that ends by itself with a picture, a file of figures, or both."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import msgspec
from PyQt6.QtCore import QBuffer, QByteArray, QIODevice

from live_monitor.atomic_file import write_atomically
from live_monitor.clock import Clock
from live_monitor.data.market_hub import MarketHub
from live_monitor.data.models.timeframe import Timeframe
from live_monitor.errors import StartError
from live_monitor.runtime.measures import resident_mb

_log = logging.getLogger(__name__)

#: What a picture waits, beyond its time, for prices and bars to be there.
PATIENCE_S = 15.0
POLL_S = 0.05
#: Two frames: what was folded last is on the screen.
SETTLE_S = 0.1
MODE_SHARED = 0o644


class Pacer(Protocol):
    """What is asked of the frame pacer (`ui.frame_pacer`)."""

    def request(self) -> None: ...
    def measure_gaps(self, on: bool, /) -> None: ...
    def reset_stats(self) -> None: ...
    def stats(self) -> dict[str, float]: ...


class Grabbable(Protocol):
    """A widget, as far as a picture of it goes."""

    def grab(self) -> Any: ...


def has_market(hub: MarketHub, timeframe: Timeframe) -> bool:
    """True once the screen has something to show: a price and bars of the focus symbol, where bars are to be had."""
    state = hub.focus_state
    if not hub.link.connected or state is None or state.last != state.last:
        return False
    # Level 1 is all that a workbook has.
    level_1_only = hub.counters.events == 0 and bool(hub.hello.features) and "history" not in hub.hello.features
    return level_1_only or len(hub.series(timeframe)) > 0


class MeasureRun:
    """Main thread. `figures` counts from the moment when the market was there, so that start-up is not in it."""

    def __init__(self, pacer: Pacer, clock: Clock, timeframe: Timeframe) -> None:
        self.timeframe = timeframe
        self._pacer = pacer
        self._clock = clock
        self._measured_from = math.nan
        self._events_before = 0

    async def wait(self, hub: MarketHub, after_s: float, hopeless: Callable[[], bool] = lambda: False) -> bool:
        """Waits `after_s` seconds (infinite: until cancelled), and then for the market; False when it did not come.

        `hopeless` says that it cannot come any more.
        """
        started = self._clock.monotonic()
        ready = False
        while True:
            elapsed = self._clock.monotonic() - started
            if not ready and has_market(hub, self.timeframe):
                ready = True
                self._begin(hub)
            if elapsed >= after_s and (ready or hopeless() or elapsed >= after_s + PATIENCE_S):
                break
            left = after_s - elapsed
            await asyncio.sleep(min(1.0 if ready else POLL_S, left) if left > 0 else POLL_S)
        self._pacer.request()
        await asyncio.sleep(SETTLE_S)
        return ready

    def _begin(self, hub: MarketHub) -> None:
        self._pacer.reset_stats()
        self._pacer.measure_gaps(True)
        self._measured_from = self._clock.monotonic()
        self._events_before = hub.counters.events

    def figures(self, hub: MarketHub, first_window_ms: float) -> dict[str, object]:
        """The documented keys of the statistics file; null where there is nothing to say. Times in ms."""
        seconds = self._clock.monotonic() - self._measured_from
        counters, series = hub.counters, hub.series(self.timeframe)
        rate = (counters.events - self._events_before) / seconds if seconds > 0 else math.nan
        found: dict[str, object] = {
            "events_received": counters.events,
            "events_per_second": rate,
            "dropped": counters.dropped,
            **self._pacer.stats(),
            "first_window_ms": first_window_ms,
            "rss_mb": resident_mb(),
            "bars": len(series),
            "symbol": hub.focus or "",
            "provider": hub.link.provider,
        }
        return {name: _told(value) for name, value in found.items()}


def _told(value: object) -> object:
    """JSON knows no NaN; three decimals are enough for anything here."""
    if not isinstance(value, float):
        return value
    return round(value, 3) if math.isfinite(value) else None


def write_figures(path: Path, figures: dict[str, object]) -> None:
    """Writes the statistics file. Raises StartError with a remedy."""
    _write(path, msgspec.json.format(msgspec.json.encode(figures), indent=2) + b"\n", "statistics")


def write_picture(path: Path, widget: Grabbable) -> None:
    """Writes a PNG of the widget as it is painted now. Raises StartError with a remedy."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not widget.grab().save(buffer, "PNG"):
        raise StartError("The picture could not be made.", "Try another --size.")
    _write(path, data.data(), "picture")


def _write(path: Path, data: bytes, what: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, data, mode=MODE_SHARED)
    except OSError as problem:
        raise StartError(
            f"The {what} could not be written to {path} ({problem.strerror or problem}).", "Choose another file."
        ) from problem
