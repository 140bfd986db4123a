"""Taking hold of order lines by mouse: drag to another price, the cross cancels, the button places a draft."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Final, Protocol

from PyQt6.QtCore import Qt

from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.trading.hand import TradeHand
from live_monitor.ui.charts.trading.layer import OrderLayer
from live_monitor.ui.charts.trading.sides import tradable
from live_monitor.ui.charts.trading.values import OrderLine, Part

#: Logical pixels from where on a press is a drag.
DRAG_FROM: Final = 4


class Deeds(Protocol):
    """What becomes of a gesture."""

    def select(self, line_id: str, /) -> None: ...
    def carry(self, line: OrderLine, price: Decimal, /) -> None:
        """The line follows the pointer."""
        ...

    def drop(self, line: OrderLine, /) -> None:
        """The line was let go where it is."""
        ...

    def close(self, line_id: str, /) -> None: ...
    def accept(self) -> None: ...
    def acted(self, y: float, /) -> None:
        """A button was pressed and may be gone: the next press here was meant for it too."""
        ...

    def hover(self, hot: tuple[str, Part] | None, x: float, y: float, /) -> None: ...


class OrderTool:
    """A `PointerTool`, asked before all others: money goes first. Positions are device pixels; main thread.

    Tags can be taken hold of always. The lines themselves only while a click places orders: else whoever drags the bars
    at the height of a line would move an order.
    """

    def __init__(
        self,
        state: ChartState,
        hand: TradeHand,
        layer: OrderLayer,
        deeds: Deeds,
        pan: Callable[[float, float], None],
    ) -> None:
        """`pan` moves the bars by so many pixels to the right and down."""
        self._state, self._hand, self._layer, self._deeds, self._pan = state, hand, layer, deeds, pan
        self._pressed: tuple[OrderLine, Part] | None = None
        self._from = (0.0, 0.0)
        self._panning = False

    def press(self, x: float, y: float, _held: Qt.KeyboardModifier, /) -> bool:
        """Takes what lies here; on empty ground the selection ends and the next tool is asked."""
        self._state.sync()
        found = self._layer.hit(x, y, lines=self._hand.armed)
        self._pressed, self._from, self._panning = None, (x, y), False
        if found is None or (found[1] == "line" and not found[0].moves):
            self._deeds.select("")
            return False
        line, _part = self._pressed = found
        self._deeds.select(line.id if line.is_order else "")
        return True

    def move(self, x: float, y: float, _held: Qt.KeyboardModifier, /) -> None:
        """The line follows; a line that is pulled sideways moves the bars instead."""
        if self._pressed is None:
            return
        line, part = self._pressed
        across, down = x - self._from[0], y - self._from[1]
        if self._panning:
            self._from = (x, y)
            self._pan(across, down)
            return
        if self._hand.dragged is None:
            if max(abs(across), abs(down)) < self._state.frame.px(DRAG_FROM):
                return
            # A click selects, a drag does not: Escape after it would cancel what was only moved.
            self._deeds.select("")
            if part == "line" and abs(across) > abs(down):
                self._panning = True
                return
            if part in {"close", "accept"} or not line.moves:
                return
        price = self.price_at(y)
        if price is not None:
            self._deeds.carry(line, price)

    def release(self, x: float, y: float, _held: Qt.KeyboardModifier, /) -> None:
        """Lets go: of the line where it is, or of a button that was pressed and not left."""
        pressed, self._pressed = self._pressed, None
        if pressed is None:
            return
        line, part = pressed
        if self._hand.dragged is not None:
            self._deeds.drop(self._hand.dragged)
        elif part in {"close", "accept"} and self._over(x, y) == (line.id, part):
            if part == "close":
                self._deeds.close(line.id)
            else:
                self._deeds.accept()
            self._deeds.acted(y)

    def give_up(self) -> None:
        """Escape: what the button still holds down means nothing any more."""
        self._pressed = None

    def hover(self, x: float, y: float, _held: Qt.KeyboardModifier, /) -> Qt.CursorShape | None:
        """Shows what would be taken hold of."""
        self._state.sync()
        found = self._layer.hit(x, y, lines=self._hand.armed)
        if found is not None and found[1] == "line" and not found[0].moves:
            # A press would not take hold of it: what it means there is for the next tool to show.
            found = None
        self._deeds.hover((found[0].id, found[1]) if found is not None else None, x, y)
        if found is None:
            return None
        line, part = found
        if part in {"close", "accept"}:
            return Qt.CursorShape.PointingHandCursor
        if not line.moves:
            return Qt.CursorShape.ArrowCursor
        return Qt.CursorShape.SizeVerCursor

    def double(self, x: float, y: float, /) -> bool:
        """The second click of two on a tag means nothing more than the first."""
        return self._layer.hit(x, y, lines=self._hand.armed) is not None

    def price_at(self, y: float) -> Decimal | None:
        """The tradable price at a pixel row, held inside the price pane."""
        return price_at(self._state, y)

    def _over(self, x: float, y: float) -> tuple[str, Part] | None:
        found = self._layer.hit(x, y, lines=False)
        return (found[0].id, found[1]) if found is not None else None


def price_at(state: ChartState, y: float) -> Decimal | None:
    """The tradable price at a pixel row, held inside the price pane; None where the chart has no prices."""
    frame = state.frame
    if not frame.ticks.values:
        return None
    box = frame.panes.price
    row = math.floor(max(box.y, min(y, box.bottom - 1)))
    return tradable(frame.scale.price_at(row))
