"""Where the crosshair is. Pure, no Qt."""

from __future__ import annotations

from live_monitor.ui.charts.frame import Frame


class Crosshair:
    """On a bar (`index`), at the pointer (`y` in device pixels), on both, or nowhere."""

    def __init__(self) -> None:
        self.index: int | None = None
        self.x = 0
        self.y: int | None = None

    @property
    def shown(self) -> bool:
        """True when there is something to paint."""
        return self.y is not None or self.index is not None

    def hide(self) -> None:
        """Nowhere: the read-out shows the last bar again."""
        self.index = self.y = None

    def put_on(self, index: int) -> None:
        """Onto a bar, at the height of its close: for the keyboard."""
        self.index, self.y = index, None

    def move_to(self, frame: Frame, x: float, y: float) -> None:
        """Follows the pointer: onto the bar under it, or between bars where there is none."""
        if not frame.panes.plot.holds(x, y):
            self.hide()
            return
        index = frame.columns.index_at(x)
        self.index = index if 0 <= index < frame.bars else None
        self.x, self.y = int(x), int(y)

    def settle(self, frame: Frame) -> None:
        """The bars moved: finds the bar that is under the pointer now; the keyboard's bar stays the same."""
        if self.y is not None:
            self.move_to(frame, self.x, self.y)
        elif self.index is not None and self.index >= frame.bars:
            self.hide()

    def shift(self, bars: int) -> None:
        """Bars were put in front: the same bar has another number."""
        if self.index is not None:
            self.index = self.index + bars if self.index + bars >= 0 else None
