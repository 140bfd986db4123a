"""What the mouse can take hold of besides bars and drawings: borders of panes, the price axis, the time axis."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from PyQt6.QtCore import Qt

from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.navigation import Navigator
from live_monitor.ui.charts.pane_shares import VOLUME

#: Logical pixels on either side of a border in which it can be taken hold of.
_REACH: Final = 4
#: Dragging over so many logical pixels makes prices e times as high, or bars e times as wide.
_STRETCH: Final = 160.0


class PaneBorders:
    """Drags the border above a lower pane; a double click gives the pane its usual height. Main thread."""

    def __init__(self, state: ChartState, moved: Callable[[], None], dropped: Callable[[], None]) -> None:
        """`moved` at every step of a drag, `dropped` when heights are as they are to stay."""
        self._state = state
        self._moved, self._dropped = moved, dropped
        self._name = ""
        self._bottom = 0

    def press(self, x: float, y: float, _held: Qt.KeyboardModifier) -> bool:
        """Takes hold of a border."""
        self._name, self._bottom = self._border_at(x, y)
        return bool(self._name)

    def move(self, _x: float, y: float, _held: Qt.KeyboardModifier) -> None:
        """Makes the pane below the border as high as that is."""
        self._state.shares.drag(self._name, (self._bottom - y) / max(1, self._state.panes.plot.height))
        self._moved()

    def release(self, _x: float, _y: float, _held: Qt.KeyboardModifier) -> None:
        """Done."""
        self._dropped()

    def hover(self, x: float, y: float, _held: Qt.KeyboardModifier) -> Qt.CursorShape | None:
        """Two arrows over a border."""
        return Qt.CursorShape.SizeVerCursor if self._border_at(x, y)[0] else None

    def double(self, x: float, y: float) -> bool:
        """The usual height again."""
        name, _ = self._border_at(x, y)
        if name:
            self._state.shares.forget(name)
            self._moved()
            self._dropped()
        return bool(name)

    def _border_at(self, x: float, y: float) -> tuple[str, int]:
        """Whose upper border is here, and where that pane ends; nothing away from borders."""
        panes, reach = self._state.panes, self._state.frame.px(_REACH)
        if x >= panes.price_axis.right:
            return "", 0
        names = [VOLUME, *(pane.name for pane in self._state.board.own_panes)]
        for name, box in zip(names, (panes.volume, *panes.lower), strict=False):
            if box.height and abs(y - box.y) <= reach:
                return name, box.bottom
        return "", 0


class PriceAxisDrag:
    """Drags the price axis longer or shorter; a double click lets the bars in sight decide again. Main thread."""

    def __init__(self, state: ChartState, moved: Callable[[], None]) -> None:
        self._state = state
        self._moved = moved
        self._from: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def press(self, x: float, y: float, _held: Qt.KeyboardModifier) -> bool:
        """Takes hold of the axis beside the price pane."""
        scale = self._state.frame.scale
        self._from = (y, scale.low, scale.high)
        return self._over(x, y)

    def move(self, _x: float, y: float, _held: Qt.KeyboardModifier) -> None:
        """Down makes the range of prices wider."""
        start, low, high = self._from
        factor = math.exp((y - start) / (_STRETCH * self._state.frame.ratio))
        self._state.fixed = stretched(low, high, factor, log=self._state.frame.scale.log)
        self._moved()

    def release(self, _x: float, _y: float, _held: Qt.KeyboardModifier) -> None:
        """Done."""

    def hover(self, x: float, y: float, _held: Qt.KeyboardModifier) -> Qt.CursorShape | None:
        """Two arrows over the axis."""
        return Qt.CursorShape.SizeVerCursor if self._over(x, y) else None

    def double(self, x: float, y: float) -> bool:
        """The bars in sight decide again."""
        if self._over(x, y):
            self._state.fixed = None
            self._moved()
            return True
        return False

    def lift(self, pixels: float) -> None:
        """Moves the prices down by so many pixels, once the person has a range of their own."""
        state, scale = self._state, self._state.frame.scale
        if state.fixed is None or not pixels:
            return
        rows = scale.top, scale.bottom - 1
        low, high = (scale.price_at(row - 0.5 - pixels) for row in (rows[1] + 1, rows[0]))
        if high > low and math.isfinite(high - low):
            state.fixed = (low, high)
            self._moved()

    def _over(self, x: float, y: float) -> bool:
        panes = self._state.panes
        return panes.price_axis.x <= x < panes.price_axis.right and 0 <= y < panes.price.bottom


class TimeAxisDrag:
    """Drags bars wider or narrower; a double click goes back to now. Main thread."""

    def __init__(self, state: ChartState, navigator: Navigator) -> None:
        self._state = state
        self._navigator = navigator
        self._x = 0.0

    def press(self, x: float, y: float, _held: Qt.KeyboardModifier) -> bool:
        """Takes hold of the axis."""
        self._x = x
        return self._over(y)

    def move(self, x: float, _y: float, _held: Qt.KeyboardModifier) -> None:
        """To the right makes bars wider; the right edge stays."""
        factor = math.exp((x - self._x) / (_STRETCH * self._state.frame.ratio))
        if abs(factor - 1) >= 0.04:
            self._x = x
            self._navigator.zoom(factor, self._state.panes.price.right)

    def release(self, _x: float, _y: float, _held: Qt.KeyboardModifier) -> None:
        """Done."""

    def hover(self, _x: float, y: float, _held: Qt.KeyboardModifier) -> Qt.CursorShape | None:
        """Two arrows over the axis."""
        return Qt.CursorShape.SizeHorCursor if self._over(y) else None

    def double(self, _x: float, y: float) -> bool:
        """Back to now."""
        if self._over(y):
            self._navigator.to_end()
            return True
        return False

    def _over(self, y: float) -> bool:
        return y >= self._state.panes.time_axis.y


def stretched(low: float, high: float, factor: float, *, log: bool) -> tuple[float, float]:
    """The range made `factor` times as wide about its middle; unchanged where that is no range of prices."""
    if log and low > 0:
        middle, half = math.log(low * high) / 2, math.log(high / low) / 2 * factor
        found = (math.exp(middle - half), math.exp(min(middle + half, 700.0)))
    else:
        middle, half = (low + high) / 2, (high - low) / 2 * factor
        found = (middle - half, middle + half)
    wide = found[1] - found[0] > abs(middle if not log else found[1]) * 1e-9
    return found if wide and math.isfinite(sum(found)) and abs(found[1]) < 1e12 else (low, high)
