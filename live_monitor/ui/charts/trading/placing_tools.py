"""New orders by mouse: a click that places one, a drag that draws a bracket."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Protocol

from PyQt6.QtCore import Qt

from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.trading.hand import TradeHand
from live_monitor.ui.charts.trading.order_tool import DRAG_FROM, price_at
from live_monitor.ui.charts.trading.sides import intent_at
from live_monitor.ui.charts.trading.values import Intent


class PlacingDeeds(Protocol):
    """What becomes of a click or a drag."""

    def intend(self, intent: Intent | None, /) -> None:
        """A click here would place this."""
        ...

    def place(self, intent: Intent, /) -> None: ...
    def draw(self, entry: Decimal, stop: Decimal, /) -> None:
        """A bracket is drawn from its entry to its stop."""
        ...

    def drawn(self) -> None: ...


class ClickTool:
    """A `PointerTool` while a click places orders: shows what it would place, and places it when the button goes up.

    A press that becomes a drag moves the bars. With Ctrl held it is a stop. The same order again needs the pointer to
    have meant something else in between: a double click, a button that bounces, a nervous finger are one order.
    """

    def __init__(
        self,
        state: ChartState,
        hand: TradeHand,
        deeds: PlacingDeeds,
        free: Callable[[], bool],
        pan: Callable[[float, float], None],
    ) -> None:
        """`free`: no drawing tool is in hand."""
        self._state, self._hand, self._deeds, self._free, self._pan = state, hand, deeds, free, pan
        self._from = (0.0, 0.0)
        self._panning = False
        #: Where the pointer stands, while it is over the chart with no button down.
        self._at: tuple[float, float, Qt.KeyboardModifier] | None = None
        #: What a click meant, and showed, when the button went down.
        self._meant: Intent | None = None
        #: What the last click has placed, until the pointer means something else.
        self._placed: Intent | None = None

    def press(self, x: float, y: float, held: Qt.KeyboardModifier, /) -> bool:
        """Takes the pointer: what a click means is decided when the button goes up."""
        self._from, self._panning = (x, y), False
        ready = self._ready(x, y) and not held & Qt.KeyboardModifier.ShiftModifier
        self._meant = self._intent(y, held) if ready else None
        return ready

    def move(self, x: float, y: float, _held: Qt.KeyboardModifier, /) -> None:
        """From the first few pixels on it is a drag of the bars."""
        if not self._panning and math.dist((x, y), self._from) < self._state.frame.px(DRAG_FROM):
            return
        if not self._panning:
            self._panning = True
            self._deeds.intend(None)
        across, down = x - self._from[0], y - self._from[1]
        self._from = (x, y)
        self._pan(across, down)

    def release(self, x: float, y: float, held: Qt.KeyboardModifier, /) -> None:
        """Places the order that was shown; none where the market went through its price meanwhile."""
        if self._panning or not self._ready(x, y):
            return
        intent, meant = self._intent(y, held), self._meant
        if intent is None or meant is None or (intent.side, intent.order_type) != (meant.side, meant.order_type):
            self._deeds.intend(intent)
        elif intent != self._placed:
            self._placed = intent
            self._deeds.intend(None)
            self._deeds.place(intent)

    def hover(self, x: float, y: float, held: Qt.KeyboardModifier, /) -> Qt.CursorShape | None:
        """Shows what a click here would place."""
        self._at = (x, y, held)
        ready = self._ready(x, y)
        intent = self._intent(y, held) if ready else None
        if intent != self._placed:
            self._placed = None
            self._deeds.intend(intent)
        return Qt.CursorShape.CrossCursor if ready else None

    def look(self, held: Qt.KeyboardModifier | None = None) -> None:
        """The market has moved, or with `held` a key went down or up: what a click means under a still pointer."""
        if self._at is not None and self._hand.armed:
            x, y, before = self._at
            self.hover(x, y, before if held is None else held)

    def double(self, x: float, y: float, /) -> bool:
        """Two clicks in a row are one order."""
        return self._ready(x, y)

    def rest(self, y: float) -> None:
        """Something else was meant here: until the pointer means another price, a click places nothing."""
        self._placed = self._intent(y, Qt.KeyboardModifier.NoModifier)

    def cover(self) -> None:
        """Something else lies under the pointer: a click there would place nothing, and none is promised."""
        self._at = None
        self._deeds.intend(None)

    def leave(self) -> None:
        """The pointer is gone from the chart."""
        self._placed = None
        self.cover()

    def _ready(self, x: float, y: float) -> bool:
        hand = self._hand
        self._state.sync()
        inside = self._state.frame.panes.price.holds(x, y)
        return hand.armed and not hand.busy and not hand.notice and inside and self._free()

    def _intent(self, y: float, held: Qt.KeyboardModifier) -> Intent | None:
        price = price_at(self._state, y)
        if price is None:
            return None
        return intent_at(float(price), self._hand.market, stop=bool(held & Qt.KeyboardModifier.ControlModifier))


class BracketTool:
    """A `PointerTool` for one drag: from the entry to the stop. Down is long, up is short."""

    def __init__(self, state: ChartState, hand: TradeHand, deeds: PlacingDeeds) -> None:
        self._state, self._hand, self._deeds = state, hand, deeds
        self._entry: Decimal | None = None

    def press(self, x: float, y: float, _held: Qt.KeyboardModifier, /) -> bool:
        """The entry is here."""
        self._state.sync()
        if not self._hand.drawing or not self._state.frame.panes.price.holds(x, y):
            return False
        self._entry = price_at(self._state, y)
        return self._entry is not None

    def move(self, _x: float, y: float, _held: Qt.KeyboardModifier, /) -> None:
        """The stop is there."""
        stop = price_at(self._state, y)
        if self._hand.drawing and self._entry is not None and stop is not None:
            self._deeds.draw(self._entry, stop)

    def release(self, _x: float, _y: float, _held: Qt.KeyboardModifier, /) -> None:
        """What was drawn waits to be placed; a press without a drag has drawn nothing."""
        self._entry = None
        self._deeds.drawn()

    def hover(self, x: float, y: float, _held: Qt.KeyboardModifier, /) -> Qt.CursorShape | None:
        """A cross while a bracket is to be drawn."""
        inside = self._state.frame.panes.price.holds(x, y)
        return Qt.CursorShape.CrossCursor if self._hand.drawing and inside else None

    def double(self, _x: float, _y: float, /) -> bool:
        """Means nothing."""
        return self._hand.drawing
