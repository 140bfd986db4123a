"""Drawing, selecting and moving by keyboard alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeyEvent

from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.drawings.easel import Easel
from live_monitor.ui.charts.drawings.hand import Hand
from live_monitor.ui.charts.drawings.layer import DrawingLayer
from live_monitor.ui.charts.drawings.places import with_point
from live_monitor.ui.charts.drawings.values import ANCHORS, KINDS, Anchor
from live_monitor.ui.charts.drawings.words import POINTER, title_of
from live_monitor.ui.charts.time_ticks import bar_label
from live_monitor.ui.number_format import format_price

_STRIDE: Final = 10
#: Bars that stay in sight beside the point.
_MARGIN: Final = 2
_CONTROL, _SHIFT, _ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
_ARROWS: Final = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
_DONE: Final = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})


class DrawingKeys:
    """Asked for every key of the chart before the bars are. Main thread.

    With a tool in hand the arrows move the point, Enter sets it. Else `[` and `]` walk through the drawings in sight,
    Enter takes the selected one into the hand: then arrows move it, `[` and `]` choose the whole or one of its points,
    Enter puts it down, Escape back where it was.
    """

    def __init__(
        self, state: ChartState, easel: Easel, hand: Hand, layer: DrawingLayer, moved: Callable[[], None]
    ) -> None:
        """`moved` tells the chart that the window or the crosshair moved."""
        self._state = state
        self._easel = easel
        self._hand = hand
        self._layer = layer
        self._moved = moved
        #: Where the point is that the arrows move: a bar, which may be none yet, and a price.
        self._point: tuple[int, float] | None = None
        #: What of the held drawing the arrows move: -1 the whole, else a point.
        self._part = -1
        #: Opens the page of drawings.
        self.page_wanted: Callable[[], None] = lambda: None

    def press(self, event: QKeyEvent) -> bool:
        """Acts on a key that means the drawings; False for every other one."""
        key, held = event.key(), event.modifiers()
        if held & _ALT and not held & (_CONTROL | _SHIFT):
            return self._tool_key(key)
        if event.text() in {"[", "]"}:
            # By what is typed: on many keyboards the brackets need AltGr, which Windows reports as Ctrl and Alt.
            self._bracket(1 if event.text() == "]" else -1)
            return True
        if held & _CONTROL:
            return self._control_key(key, shift=bool(held & _SHIFT))
        return self._plain_key(Qt.Key(key), stride=_STRIDE if held & _SHIFT else 1)

    def _tool_key(self, key: int) -> bool:
        number = key - Qt.Key.Key_0
        if 0 <= number <= len(KINDS):
            self.use(POINTER if number == 0 else KINDS[number - 1])
            return True
        deeds: dict[int, Callable[[], None]] = {
            Qt.Key.Key_L: self._easel.toggle_lock,
            Qt.Key.Key_9: self.page_wanted,
        }
        if key not in deeds:
            return False
        deeds[key]()
        return True

    def use(self, tool: str) -> None:
        """Takes a tool; its first point starts at the crosshair, or on the newest bar in sight."""
        self._point = None
        self._hand.use(tool)

    def _control_key(self, key: int, *, shift: bool) -> bool:
        deeds: dict[tuple[int, bool], Callable[[], None]] = {
            (Qt.Key.Key_Z, False): self._easel.undo,
            (Qt.Key.Key_Z, True): self._easel.redo,
            (Qt.Key.Key_Y, False): self._easel.redo,
            (Qt.Key.Key_D, False): self._easel.clone,
        }
        deed = deeds.get((key, shift))
        if deed is None:
            return False
        if not self._hand.let_go():
            deed()
        return True

    def _plain_key(self, key: Qt.Key, stride: int) -> bool:
        if key == Qt.Key.Key_Escape:
            return self._escape()
        if key in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
            return self._easel.remove() if not self._hand.busy else False
        if key == Qt.Key.Key_F2:
            return self._ask_text()
        if self._hand.placing is not None:
            return self._place(key, stride)
        if self._hand.held is not None:
            return self._carry(key, stride)
        if key in _DONE and self._easel.selected is not None:
            self._pick_up()
            return True
        return False

    def _escape(self) -> bool:
        self._point = None
        if self._hand.let_go():
            self._easel.said.emit("Cancelled")
            return True
        if self._easel.selected is None:
            return False
        self._easel.select(None)
        return True

    def _ask_text(self) -> bool:
        drawing = self._easel.selected
        if drawing is None or drawing.locked:
            return False
        self._easel.text_wanted.emit(drawing)
        return True

    def _bracket(self, step: int) -> None:
        held = self._hand.held
        if held is None:
            if not self._hand.busy:
                self._easel.step_selection([shape.drawing for shape in self._layer.shapes()], step)
            return
        # The whole, then each point, then the whole again.
        self._part = (self._part + 1 + step) % (ANCHORS[held.kind] + 1) - 1
        self._easel.said.emit("The whole" if self._part < 0 else f"Point {self._part + 1}")

    # A point of a new drawing

    def _place(self, key: Qt.Key, stride: int) -> bool:
        if not self._easel.places.ready:
            return False
        if key in _DONE:
            anchor = self._anchor(self._point or self._start())
            self._hand.put(anchor)
            return True
        if key not in _ARROWS:
            return False
        self._easel.places.catch_up()
        bars, steps = _ARROWS[key]
        index, price = self._point or self._start()
        index = max(-stride, min(self._state.viewport.count + stride, index + bars * stride))
        price = self._next_price(index, price, steps, stride)
        self._point = (index, price)
        self._show(index, price)
        self._hand.follow(self._anchor(self._point))
        when = bar_label(self._easel.places.ms(index), self._easel.places.timeframe_ms)
        self._easel.said.emit(f"{format_price(price)} at {when}")
        return True

    def _start(self) -> tuple[int, float]:
        """At the crosshair; where there is none, at the close of the newest bar in sight."""
        cross, frame, series = self._state.crosshair, self._state.frame, self._state.series
        assert series is not None
        index = cross.index if cross.index is not None else max(0, frame.last - 1)
        index = min(index, frame.bars - 1)
        if cross.y is not None and frame.panes.price.holds(cross.x, cross.y):
            anchor = self._easel.places.anchor(cross.x, cross.y)
            return index, anchor.price
        close = float(series.close[index])
        return index, close if math.isfinite(close) else frame.scale.price_at(frame.panes.price.height / 2)

    def _next_price(self, index: int, price: float, steps: int, stride: int) -> float:
        """A step up or down; with the magnet to the bar's next price, where it has one."""
        series, places = self._state.series, self._easel.places
        if places.magnet and series is not None and 0 <= index < len(series):
            bar = series.bar(index)
            prices = sorted({value for value in (bar.open, bar.high, bar.low, bar.close) if math.isfinite(value)})
            if steps == 0 and prices:
                return min(prices, key=lambda value: abs(value - price))
            beyond = [value for value in prices if (value - price) * steps > 0]
            if beyond:
                return beyond[0] if steps > 0 else beyond[-1]
        return round(price + steps * stride * places.price_step(price), 8)

    def _anchor(self, point: tuple[int, float]) -> Anchor:
        return Anchor(self._easel.places.ms(point[0]), point[1])

    def _show(self, index: int, price: float) -> None:
        """Brings the point into sight, with the crosshair on it."""
        viewport, cross = self._state.viewport, self._state.crosshair
        viewport.reveal(index, margin=_MARGIN)
        self._moved()
        frame = self._state.frame
        box = frame.panes.price
        x = max(box.x, min(frame.columns.x(index), box.right - 1))
        cross.move_to(frame, x, max(box.y, min(frame.scale.row(price), box.bottom - 1)))
        self._moved()

    # A drawing in the hand

    def _pick_up(self) -> None:
        drawing = self._easel.selected
        if drawing is None:
            return
        if drawing.locked:
            self._easel.refused.emit(f"This {title_of(drawing.kind).lower()} is locked")
            return
        self._part = -1
        self._hand.grab(drawing)
        self._easel.said.emit(f"{title_of(drawing.kind)} in hand: arrows move it, Enter puts it down")

    def _carry(self, key: Qt.Key, stride: int) -> bool:
        if key in _DONE:
            self._hand.drop()
            return True
        preview = self._hand.sketch.preview
        if key not in _ARROWS or preview is None:
            return False
        places = self._easel.places
        places.catch_up()
        bars, steps = _ARROWS[key]
        amount = steps * stride * places.price_step(preview.anchors[max(0, self._part)].price)
        moved = places.shifted(preview, bars * stride, amount)
        if self._part >= 0:
            moved = with_point(preview, self._part, moved.anchors[self._part])
        self._hand.drag_to(moved)
        self._easel.said.emit(self._easel.describe(moved))
        return True
