"""A drawing that comes into being point by point, whether by mouse or by keyboard. Pure, no Qt."""

from __future__ import annotations

from msgspec.structs import replace as changed

from live_monitor.ui.charts.drawings.values import ANCHORS, Anchor, Drawing, Kind


class Placing:
    """Points of one new drawing: `set` fixes them one after another; between two the last one follows the pointer."""

    def __init__(self, look: Drawing) -> None:
        """`look` gives what is not a point: kind, colour, width, pattern, and the id."""
        self._look = look
        self._set: list[Anchor] = []

    @property
    def kind(self) -> Kind:
        """What it becomes."""
        return self._look.kind

    @property
    def placed(self) -> int:
        """How many points stand."""
        return len(self._set)

    @property
    def complete(self) -> bool:
        """True when all points stand."""
        return len(self._set) >= ANCHORS[self._look.kind]

    def set(self, anchor: Anchor) -> bool:
        """Fixes the next point; True when it was the last one. A second point on the first one is not taken."""
        if anchor not in self._set:
            self._set.append(anchor)
        return self.complete

    def at(self, anchor: Anchor) -> Drawing:
        """What it looks like while the point that is not yet fixed is `anchor`."""
        missing = ANCHORS[self._look.kind] - len(self._set)
        return changed(self._look, anchors=(*self._set, *[anchor] * missing))

    def finished(self) -> Drawing:
        """The drawing, once it is `complete`."""
        return changed(self._look, anchors=tuple(self._set))
