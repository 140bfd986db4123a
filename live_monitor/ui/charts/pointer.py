"""Who takes the mouse on the chart: drawings, borders of panes and axes are asked in turn, the bars come last."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from PyQt6.QtCore import QPoint, Qt


class PointerTool(Protocol):
    """Something on the chart that the mouse can take hold of. Positions are device pixels; main thread."""

    def press(self, x: float, y: float, held: Qt.KeyboardModifier, /) -> bool:
        """The left button goes down; True takes the pointer until it goes up."""
        ...

    def move(self, x: float, y: float, held: Qt.KeyboardModifier, /) -> None:
        """The pointer moves while this tool holds it."""
        ...

    def release(self, x: float, y: float, held: Qt.KeyboardModifier, /) -> None:
        """The button goes up."""
        ...

    def hover(self, x: float, y: float, held: Qt.KeyboardModifier, /) -> Qt.CursorShape | None:
        """The pointer moves with no button down; the shape that says what a press would do, or None."""
        ...

    def double(self, x: float, y: float, /) -> bool:
        """A double click; True when it meant this tool."""
        ...


class MenuPoint(NamedTuple):
    """Where a menu was asked for."""

    global_pos: QPoint
    #: Market time in ms of the place; 0 without bars.
    ms: int
    #: Price of the place; NaN outside the price pane.
    price: float
    #: `price`, `volume`, `study-1` …, `price_axis`, `time_axis`.
    pane: str
    #: Place on the canvas in device pixels.
    x: float = 0.0
    y: float = 0.0


class PointerRoute:
    """Passes what the mouse does on to the first of `tools` that wants it."""

    def __init__(self) -> None:
        self.tools: list[PointerTool] = []
        self._holder: PointerTool | None = None

    @property
    def held(self) -> bool:
        """True while a tool holds the pointer."""
        return self._holder is not None

    def press(self, x: float, y: float, held: Qt.KeyboardModifier) -> bool:
        """True when a tool took the pointer."""
        self._holder = next((tool for tool in self.tools if tool.press(x, y, held)), None)
        return self._holder is not None

    def move(self, x: float, y: float, held: Qt.KeyboardModifier) -> bool:
        """True when a tool holds the pointer."""
        if self._holder is None:
            return False
        self._holder.move(x, y, held)
        return True

    def release(self, x: float, y: float, held: Qt.KeyboardModifier) -> bool:
        """True when a tool held the pointer."""
        holder, self._holder = self._holder, None
        if holder is None:
            return False
        holder.release(x, y, held)
        return True

    def hover(self, x: float, y: float, held: Qt.KeyboardModifier) -> Qt.CursorShape:
        """The shape of the pointer at this place."""
        shapes = (tool.hover(x, y, held) for tool in self.tools)
        return next((shape for shape in shapes if shape is not None), Qt.CursorShape.CrossCursor)

    def double(self, x: float, y: float) -> bool:
        """True when a double click meant a tool."""
        return any(tool.double(x, y) for tool in self.tools)
