"""Which drawing the pointer means. Pure, no Qt."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal, NamedTuple

from live_monitor.ui.charts.drawings.shape_parts import Fill, Line, Shape


class Hit(NamedTuple):
    """A part of a drawing: a handle by its number, its body (a line, a text), or the ground that it covers."""

    id: str
    part: Literal["handle", "body", "inside"]
    handle: int = -1


def nearest(shapes: Iterable[Shape], x: float, y: float, reach: float, *, handles_of: str | None = None) -> Hit | None:
    """What lies at a place within `reach` device pixels; `shapes` from the lowest to the topmost.

    Handles win over bodies, bodies over the ground inside of a drawing, then what is nearest, then the topmost; of
    grounds the smallest. `handles_of`: only handles of this drawing can be met, as one grasps what one sees; None: all.
    """
    best: tuple[float, float] = (math.inf, math.inf)
    found: Hit | None = None
    for shape in shapes:
        hit, rank = _met(shape, x, y, reach, handles=handles_of is None or shape.id == handles_of)
        if hit is not None and rank <= best:
            best, found = rank, hit
    return found


_HANDLE, _BODY, _INSIDE = 0.0, 1.0, 2.0
_NOTHING = (math.inf, math.inf)


def _met(shape: Shape, x: float, y: float, reach: float, *, handles: bool) -> tuple[Hit | None, tuple[float, float]]:
    if handles and shape.handles:
        distance, at = min((math.hypot(hx - x, hy - y), at) for at, (hx, hy) in shape.handles.items())
        if distance <= reach:
            return Hit(shape.id, "handle", at), (_HANDLE, distance)
    distance = min((_distance(line, x, y) for line in (*shape.lines, *shape.faint)), default=math.inf)
    if distance <= reach:
        return Hit(shape.id, "body"), (_BODY, distance)
    covering = [fill for fill in shape.fills if fill.left <= x <= fill.right and fill.top <= y <= fill.bottom]
    if not covering:
        return None, _NOTHING
    if any(fill.alpha == 0 for fill in covering):
        return Hit(shape.id, "body"), (_BODY, 0.0)
    return Hit(shape.id, "inside"), (_INSIDE, min(_area(fill) for fill in covering))


def _area(fill: Fill) -> float:
    return (fill.right - fill.left) * (fill.bottom - fill.top)


def _distance(line: Line, x: float, y: float) -> float:
    """From a point to the nearest point of a line between its ends."""
    dx, dy = line.x2 - line.x1, line.y2 - line.y1
    length = dx * dx + dy * dy
    share = max(0.0, min(1.0, ((x - line.x1) * dx + (y - line.y1) * dy) / length)) if length else 0.0
    return math.hypot(line.x1 + share * dx - x, line.y1 + share * dy - y)
