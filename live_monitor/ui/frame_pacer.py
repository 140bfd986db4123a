"""When the screen is painted: at most 60 times a second, and never without a reason.

`request` arms one single-shot timer; `frame` is emitted when it fires; with nothing to show no timer
runs at all. The pacer also measures what the person feels: tick to paint, and how long the event
loop was away. Main thread only.
"""

from __future__ import annotations

import math
from typing import Final

from PyQt6.QtCore import QObject, Qt, QTimer, pyqtSignal

from live_monitor.clock import Clock

FRAME_S: Final = 1 / 60
_BEAT_MS: Final = 5


class Histogram:
    """Durations in ms, kept in buckets that grow by 2 %, so that hours of samples take 8 KB and a percentile is exact
    to 2 %. From 0.01 ms to 100 s; what lies outside counts in the outermost bucket."""

    _LOWEST_MS = 0.01
    _GROWTH = math.log(1.02)
    _BUCKETS = 815

    def __init__(self) -> None:
        self._counts = [0] * self._BUCKETS
        self.count = 0
        self.max_ms = 0.0

    def add(self, milliseconds: float) -> None:
        """Counts one sample."""
        index = 0
        if milliseconds > self._LOWEST_MS:
            index = min(int(math.log(milliseconds / self._LOWEST_MS) / self._GROWTH) + 1, self._BUCKETS - 1)
        self._counts[index] += 1
        self.count += 1
        self.max_ms = max(self.max_ms, milliseconds)

    def percentile(self, share: float) -> float:
        """The smallest bucket bound that `share` (0…1) of the samples do not exceed, in ms; NaN without samples."""
        if self.count == 0:
            return math.nan
        rank = max(1, math.ceil(self.count * share))
        seen = 0
        for index, number in enumerate(self._counts):
            seen += number
            if seen >= rank:
                return min(self._LOWEST_MS * math.exp(index * self._GROWTH), self.max_ms)
        return self.max_ms

    def clear(self) -> None:
        """Forgets every sample."""
        self._counts = [0] * self._BUCKETS
        self.count = 0
        self.max_ms = 0.0


class FramePacer(QObject):
    """Turns many reasons to paint into few frames."""

    #: It is time to read the hub and update what changed; no payload, main thread.
    frame = pyqtSignal()

    def __init__(self, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._fire)
        self._beat = QTimer(self)
        self._beat.setTimerType(Qt.TimerType.PreciseTimer)
        self._beat.setInterval(_BEAT_MS)
        self._beat.timeout.connect(self._note_beat)
        self._last_beat = math.nan
        self._last_frame = -math.inf
        self._oldest_tick: float | None = None
        self._held = False
        self.frames = 0
        self.intervals = Histogram()
        self.tick_to_paint = Histogram()
        self.ui_gaps = Histogram()

    def request(self) -> None:
        """Asks for a frame soon; asking again before it comes costs nothing."""
        if self._held or self._timer.isActive():
            return
        wait_s = FRAME_S - (self._clock.monotonic() - self._last_frame)
        self._timer.start(math.ceil(wait_s * 1000) if wait_s > 0 else 0)

    @property
    def armed(self) -> bool:
        """True while a frame is under way."""
        return self._timer.isActive()

    def hold(self, held: bool) -> None:
        """Stops frames while nobody can see them (window minimised); `False` resumes with one frame."""
        self._held = held
        if held:
            self._timer.stop()
            self._oldest_tick = None
        else:
            self.request()

    def note_tick(self, received: float) -> None:
        """A tick of the focus symbol reached the hub at `received` (monotonic s); the oldest unpainted one counts."""
        if self._oldest_tick is None:
            self._oldest_tick = received

    def note_painted(self) -> None:
        """The price panel has painted; ends the measurement of the oldest tick."""
        if self._oldest_tick is not None:
            self.tick_to_paint.add((self._clock.monotonic() - self._oldest_tick) * 1000)
            self._oldest_tick = None

    def note_unchanged(self) -> None:
        """The frame found nothing to repaint: the tick changed no figure on the screen, so there is nothing to time."""
        self._oldest_tick = None

    def measure_gaps(self, on: bool) -> None:
        """Starts or stops the heartbeat behind `ui_gaps` (200 beats a second, about 0.5 % of a core): for `--stats`."""
        self._last_beat = math.nan
        if on:
            self._beat.start()
        else:
            self._beat.stop()

    def stop(self) -> None:
        """No frames from now on; for the shutdown."""
        self._held = True
        self._timer.stop()
        self._beat.stop()

    def stats(self) -> dict[str, float]:
        """Fields of the `--stats` file, in ms (NaN without samples). A gap is the time between two beats less the
        beat's own 5 ms."""
        return {
            "frames": self.frames,
            "ui_gap_p999_ms": self.ui_gaps.percentile(0.999),
            "ui_gap_max_ms": self.ui_gaps.max_ms if self.ui_gaps.count else math.nan,
            "tick_to_paint_p50_ms": self.tick_to_paint.percentile(0.5),
            "tick_to_paint_p99_ms": self.tick_to_paint.percentile(0.99),
        }

    def reset_stats(self) -> None:
        """Forgets all samples; for a measurement that starts after warm-up."""
        self.frames = 0
        for histogram in (self.intervals, self.tick_to_paint, self.ui_gaps):
            histogram.clear()

    def _fire(self) -> None:
        now = self._clock.monotonic()
        if math.isfinite(self._last_frame):
            self.intervals.add((now - self._last_frame) * 1000)
        self._last_frame = now
        self.frames += 1
        self.frame.emit()

    def _note_beat(self) -> None:
        now = self._clock.monotonic()
        if math.isfinite(self._last_beat):
            self.ui_gaps.add(max(0.0, (now - self._last_beat) * 1000 - _BEAT_MS))
        self._last_beat = now
