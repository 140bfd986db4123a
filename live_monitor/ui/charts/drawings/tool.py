"""Drawing, selecting and dragging by mouse."""

from __future__ import annotations

import math
from typing import Final

from PyQt6.QtCore import QObject, Qt, pyqtSignal

from live_monitor.ui.charts.drawings.easel import Easel
from live_monitor.ui.charts.drawings.hand import Hand
from live_monitor.ui.charts.drawings.hit import Hit, nearest
from live_monitor.ui.charts.drawings.layer import DrawingLayer
from live_monitor.ui.charts.drawings.places import Places, with_point
from live_monitor.ui.charts.drawings.values import ANCHORS, Drawing

#: Logical pixels: how near the pointer must come, and from where on a press is a drag.
REACH: Final = 7
_DRAG_FROM: Final = 4


class DrawingTool(QObject):
    """A `PointerTool`: asked before the bars are dragged. Positions are device pixels; main thread."""

    #: The drawing with this id was double-clicked: its properties are wanted.
    properties_wanted = pyqtSignal(str)

    def __init__(self, easel: Easel, hand: Hand, layer: DrawingLayer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._easel = easel
        self._hand = hand
        self._layer = layer
        #: Where the button went down, and on what.
        self._pressed = (0.0, 0.0)
        self._hit: Hit | None = None
        self._dragging = False
        self._first = False

    @property
    def _places(self) -> Places:
        return self._easel.places

    def press(self, x: float, y: float, held: Qt.KeyboardModifier, /) -> bool:
        """Sets a point, or takes what lies here; on empty ground the selection ends and the bars are dragged."""
        self._places.catch_up()
        self._hand.end_quick()
        if not self._places.holds(x, y):
            return False
        self._pressed, self._hit, self._dragging, self._first = (x, y), None, False, False
        if self._hand.placing is None and held & Qt.KeyboardModifier.ShiftModifier:
            self._hand.begin_quick()
        placing = self._hand.placing
        if placing is not None:
            anchor = self._places.anchor(x, y)
            self._first = placing.placed == 0
            if self._first and ANCHORS[placing.kind] > 1:
                self._hand.put(anchor)
            else:
                self._hand.follow(anchor)
            return True
        return self._take(x, y, copy=bool(held & Qt.KeyboardModifier.ControlModifier))

    def _take(self, x: float, y: float, *, copy: bool) -> bool:
        hit = self.hit(x, y)
        if hit is None:
            self._easel.select(None)
            return False
        self._easel.select(hit.id)
        drawing = self._easel.selected
        if drawing is None or (drawing.locked and not copy):
            # What is locked does not hold up the bars.
            return False
        self._hit = hit
        self._hand.grab(drawing, copy=copy)
        return True

    def hit(self, x: float, y: float) -> Hit | None:
        """What lies here. The ground that a drawing covers counts only while it is selected: bars lie there."""
        reach, selected = self._places.frame.px(REACH), self._easel.book.selected
        found = nearest(self._layer.shapes(), x, y, reach)
        return None if found is None or (found.part == "inside" and found.id != selected) else found

    def any_hit(self, x: float, y: float) -> Hit | None:
        """What lies here, also the ground that a drawing covers."""
        return nearest(self._layer.shapes(), x, y, self._places.frame.px(REACH))

    def move(self, x: float, y: float, _held: Qt.KeyboardModifier, /) -> None:
        """The point or the drawing in the hand follows."""
        self._places.catch_up()
        if not self._dragging and math.dist((x, y), self._pressed) < self._places.frame.px(_DRAG_FROM):
            return
        self._dragging = True
        if not self._places.ready:
            return
        if self._hand.placing is not None:
            self._hand.follow(self._places.anchor(x, y))
        elif self._hand.held is not None and self._hit is not None:
            self._hand.drag_to(self._dragged(self._hand.held, self._hit, x, y))

    def _dragged(self, drawing: Drawing, hit: Hit, x: float, y: float) -> Drawing:
        if hit.part == "handle":
            return with_point(drawing, hit.handle, self._places.anchor(x, y))
        return self._places.moved(drawing, self._pressed, (x, y))

    def release(self, x: float, y: float, _held: Qt.KeyboardModifier, /) -> None:
        """Sets the point that was dragged out, or puts the drawing down."""
        self._places.catch_up()
        placing = self._hand.placing
        if placing is None:
            self._hand.drop()
        elif not self._places.ready:
            self._hand.let_go()
        elif self._dragging or not self._first or ANCHORS[placing.kind] == 1:
            self._hand.put(self._places.anchor(x, y))

    def hover(self, x: float, y: float, _held: Qt.KeyboardModifier, /) -> Qt.CursorShape | None:
        """The point that is not yet set follows; else what lies under the pointer shows its handles."""
        self._places.catch_up()
        inside = self._places.holds(x, y)
        if self._hand.placing is not None:
            if inside:
                self._hand.follow(self._places.anchor(x, y))
            return Qt.CursorShape.CrossCursor if inside else None
        hit = self.hit(x, y) if inside else None
        self._show_handles(hit.id if hit is not None else None)
        if hit is None:
            return None
        drawing = self._easel.book.get(hit.id)
        if drawing is None or drawing.locked:
            return Qt.CursorShape.ArrowCursor
        return Qt.CursorShape.PointingHandCursor if hit.part == "handle" else Qt.CursorShape.SizeAllCursor

    def leave(self) -> None:
        """The pointer is gone from the chart."""
        self._show_handles(None)
        placing = self._hand.placing
        if placing is not None and not placing.placed:
            self._hand.follow(None)

    def double(self, x: float, y: float, /) -> bool:
        """Asks for the properties of what lies here, or for the text of a text."""
        if self._hand.placing is not None or not self._places.holds(x, y):
            return False
        hit = self.any_hit(x, y)
        drawing = self._easel.book.get(hit.id) if hit is not None else None
        if drawing is None:
            return False
        self._easel.select(drawing.id)
        if drawing.kind == "text" and not drawing.locked:
            self._easel.text_wanted.emit(drawing)
        else:
            self.properties_wanted.emit(drawing.id)
        return True

    def _show_handles(self, drawing_id: str | None) -> None:
        if drawing_id != self._hand.sketch.hovered:
            self._hand.sketch.hovered = drawing_id
            self._easel.touched.emit()
