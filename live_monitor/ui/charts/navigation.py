"""Moving about in the chart by mouse and keyboard: pan, zoom, walk from bar to bar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeyEvent

from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.markers import bar_index

_KEY_ZOOM: Final = 1.25
_STRIDE: Final = 10


class Navigator:
    """Changes the window and the crosshair, then tells the chart by `moved`. Main thread."""

    def __init__(self, state: ChartState, moved: Callable[[], None]) -> None:
        self._state = state
        self._crosshair = state.crosshair
        self._moved = moved

    def pan(self, pixels: float) -> None:
        """Drags the bars by so many device pixels to the right."""
        self._state.sync()
        self._state.viewport.pan(pixels)
        self._moved()

    def zoom(self, factor: float, column: float) -> None:
        """Makes bars `factor` times as wide about a pixel column."""
        self._state.sync()
        self._state.viewport.zoom(factor, column)
        self._moved()

    def zoom_by_key(self, factor: float) -> None:
        """Zooms about the crosshair, else about the newest bar in sight."""
        index = self._crosshair.index
        frame = self._state.frame
        self.zoom(factor, frame.columns.x(max(0, frame.last - 1) if index is None else index))

    def to_end(self) -> None:
        """Back to now; a crosshair that the keyboard walks goes with it."""
        self._state.sync()
        self._state.viewport.to_end()
        self._take_along(self._state.viewport.count - 1)
        self._moved()

    def reset(self) -> None:
        """Back to now, at the first zoom."""
        self._state.sync()
        self._state.viewport.reset()
        self._moved()

    def to_start(self) -> None:
        """The oldest bar that is loaded; a crosshair that the keyboard walks goes with it."""
        self._state.sync()
        self._state.viewport.to_start()
        self._take_along(0)
        self._moved()

    def _take_along(self, index: int) -> None:
        """Puts the keyboard's crosshair onto a bar, where it is read out; the pointer's stays under the pointer."""
        if self._crosshair.index is not None and self._crosshair.y is None and index >= 0:
            self._crosshair.put_on(index)

    def walk(self, bars: int) -> None:
        """Moves the crosshair by so many bars; onto the newest one in sight when it is nowhere."""
        self._state.sync()
        count, index = self._state.viewport.count, self._crosshair.index
        if count:
            wanted = self._state.frame.last - 1 if index is None else index + bars
            target = max(0, min(count - 1, wanted))
            self._state.viewport.reveal(target, margin=2)
            self._crosshair.put_on(target)
            self._moved()

    def show(self, bar_ms: int) -> bool:
        """Brings the bar that holds this time into sight, with the crosshair on it; False when it is not loaded."""
        self._state.sync()
        series = self._state.series
        index = bar_index(series, bar_ms) if series is not None else -1
        if index < 0:
            self.to_start()
            return False
        frame = self._state.frame
        if not frame.first < index < frame.last - 1:
            self._state.viewport.center(index)
        self._crosshair.put_on(index)
        self._moved()
        return True

    def press(self, event: QKeyEvent) -> bool:
        """Acts on a key of the chart; False for every other key."""
        key, held = event.key(), event.modifiers()
        if held & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            return False
        stride = _STRIDE if held & Qt.KeyboardModifier.ShiftModifier else 1
        screen = self._state.viewport.width * 0.9
        actions: dict[int, Callable[[], None]] = {
            Qt.Key.Key_Left: lambda: self.walk(-stride),
            Qt.Key.Key_Right: lambda: self.walk(stride),
            Qt.Key.Key_Plus: lambda: self.zoom_by_key(_KEY_ZOOM),
            Qt.Key.Key_Equal: lambda: self.zoom_by_key(_KEY_ZOOM),
            Qt.Key.Key_Minus: lambda: self.zoom_by_key(1 / _KEY_ZOOM),
            Qt.Key.Key_Home: self.to_start,
            Qt.Key.Key_End: self.to_end,
            Qt.Key.Key_PageUp: lambda: self.pan(screen),
            Qt.Key.Key_PageDown: lambda: self.pan(-screen),
            Qt.Key.Key_Escape: self._hide,
        }
        action = actions.get(key)
        if action is None or (key == Qt.Key.Key_Escape and not self._crosshair.shown):
            return False
        action()
        return True

    def _hide(self) -> None:
        self._crosshair.hide()
        self._moved()
