"""Tags of order lines as boxes: what each holds, where it stands, what of it is under the pointer. No painting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from live_monitor.ui.charts.frame import READOUT_HEIGHT, Frame
from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.ink import Ink
from live_monitor.ui.charts.trading.tag_places import spread
from live_monitor.ui.charts.trading.values import ABOVE, BELOW, DRAFT_LINES, POSITION, OrderLine, Part
from live_monitor.ui.number_format import DOWN_ARROW, UP_ARROW

#: Logical pixels: height of a tag, padding of its parts, its distance from the axis, length of what leads to it.
HEIGHT: Final = 20
_PAD: Final = 7
_FROM_AXIS: Final = 10
_LEAD: Final = 10
#: The cross at its end.
_CROSS: Final = 20
#: How near a line the pointer must come.
_REACH: Final = 3
#: A tag takes at most this share of the plot's width: its words are cut, its badge and its cross are not.
_WIDEST: Final = 0.62


class Tag(NamedTuple):
    """The tag of a line at pixel row `row`. `words`: its text, as much of it as there is room for."""

    line: OrderLine
    row: int
    box: Box
    badge: Box
    words: str
    accept: Box | None
    close: Box | None
    #: The line itself is in sight; a position beyond the prices in sight keeps its tag at the edge.
    inside: bool

    def part_at(self, x: float, y: float) -> Part | None:
        """What of the tag is at a place; None beside it."""
        if not self.box.holds(x, y):
            return None
        if self.close is not None and self.close.holds(x, y):
            return "close"
        return "accept" if self.accept is not None and self.accept.holds(x, y) else "tag"

    def footprint(self, frame: Frame) -> Box:
        """Everything that painting it may touch: also what leads from the line to it."""
        lead, edge = frame.px(_LEAD), frame.px(2)
        top, bottom = min(self.box.y, self.row) - edge, max(self.box.bottom, self.row) + edge
        return Box(self.box.x - lead - edge, top, self.box.width + lead + 2 * edge, bottom - top)


def lead(frame: Frame, tag: Tag) -> tuple[int, int]:
    """The column in which a tag that had to move is led to its line, and the row of its middle."""
    return tag.box.x - frame.px(_LEAD), tag.box.y + tag.box.height // 2


def row_of(frame: Frame, price: float) -> int | None:
    """Pixel row of a price, also of one out of sight; None where the chart has no prices."""
    if not frame.ticks.values or not math.isfinite(price):
        return None
    return frame.scale.row(price)


def in_sight(frame: Frame, row: int) -> bool:
    """True for a row of the price pane."""
    return frame.panes.price.y <= row < frame.panes.price.bottom


def place_tags(frame: Frame, ink: Ink, lines: Sequence[OrderLine], taken: Box | None = None) -> list[Tag]:
    """The tags of `lines`, none over another while there is room, at the right of the plot.

    `taken`: where something else stands at the bottom, which tags keep clear of. The position and a draft keep their
    tags at the edge while their prices are out of sight; orders out of sight are counted there: none is forgotten.
    """
    box, height = frame.panes.price, frame.px(HEIGHT)
    top, bottom = box.y + frame.px(READOUT_HEIGHT), box.bottom - frame.px(2)
    shown: list[tuple[OrderLine, int, bool]] = []
    beyond: dict[str, list[OrderLine]] = {ABOVE: [], BELOW: []}
    for line in lines:
        row = row_of(frame, line.price)
        if row is None:
            continue
        inside = in_sight(frame, row)
        if inside or line.id == POSITION or line.id in DRAFT_LINES:
            shown.append((line, max(box.y, min(row, box.bottom - 1)), inside))
        else:
            beyond[ABOVE if row < box.y else BELOW].append(line)
    for where, row in ((ABOVE, box.y), (BELOW, box.bottom - 1)):
        if beyond[where]:
            shown.append((_counted(where, beyond[where]), row, False))
    if bottom - top < height:
        return []
    tags = _stacked(frame, ink, shown, top, bottom)
    if taken is not None and any(_meet(tag.box, taken) for tag in tags) and taken.y - top >= height:
        tags = _stacked(frame, ink, shown, top, taken.y - frame.px(2))
    return tags


def _stacked(frame: Frame, ink: Ink, shown: Sequence[tuple[OrderLine, int, bool]], top: int, bottom: int) -> list[Tag]:
    """The tags of lines at their rows, between two rows."""
    middles = spread([row for _line, row, _inside in shown], frame.px(HEIGHT) + frame.px(2), top, bottom)
    return [
        _tag(frame, ink, line, (row, middle), inside=inside)
        for (line, row, inside), middle in zip(shown, middles, strict=True)
    ]


def _meet(one: Box, other: Box) -> bool:
    return one.x < other.right and other.x < one.right and one.y < other.bottom and other.y < one.bottom


def _counted(where: str, lines: Sequence[OrderLine]) -> OrderLine:
    """One tag for all orders above or below the prices in sight; it names the nearest."""
    nearest = min(lines, key=lambda line: line.price if where == ABOVE else -line.price)
    arrow = UP_ARROW if where == ABOVE else DOWN_ARROW
    count = f"{len(lines):,} orders {where}" if len(lines) > 1 else f"1 order {where}"
    words = f"{nearest.badge} {nearest.text.partition(' · ')[0]}"
    return OrderLine(where, nearest.price, "muted", f"{arrow} {count}", words if len(lines) == 1 else f"next {words}")


def _tag(frame: Frame, ink: Ink, line: OrderLine, rows: tuple[int, int], *, inside: bool) -> Tag:
    row, middle = rows
    if not inside and line.id not in {ABOVE, BELOW}:
        # It stands at the edge; its price is further on.
        line = line._replace(badge=f"{UP_ARROW if row <= frame.panes.price.y else DOWN_ARROW} {line.badge}")
    plot, pad, height = frame.panes.price, frame.px(_PAD), frame.px(HEIGHT)
    badge = math.ceil(ink.axis_strong.width(line.badge)) + 2 * pad
    cross = frame.px(_CROSS) if line.closes else 0
    accept = math.ceil(ink.axis_strong.width(line.accept)) + 2 * pad if line.accept else 0
    room = max(0, int(plot.width * _WIDEST) - badge - cross - accept - 2 * pad)
    words = line.text
    if ink.axis.width(words) > room:
        words = elided(ink, words, room)
    body = math.ceil(ink.axis.width(words)) + 2 * pad if words else 0
    width = badge + body + accept + cross
    left, top = plot.right - frame.px(_FROM_AXIS) - width, middle - height // 2
    at = left + badge + body
    return Tag(
        line,
        row,
        Box(left, top, width, height),
        Box(left, top, badge, height),
        words,
        Box(at, top, accept, height) if accept else None,
        Box(at + accept, top, cross, height) if cross else None,
        inside,
    )


def elided(ink: Ink, text: str, room: float) -> str:
    """As many whole parts of `text`, which dots divide, as there is room for: half a number would be another number."""
    parts = text.split(" · ")
    shorter = [" · ".join([*parts[:count], "…"]) for count in range(len(parts) - 1, 0, -1)]
    return next((short for short in [*shorter, parts[0]] if ink.axis.width(short) <= room), "")


def beside(tag: Tag, others: Sequence[Tag]) -> Tag:
    """The tag moved to the left of those that it would cover: what is in the hand moves, what stands does not."""
    met = [other.box.x for other in others if _meet(tag.box, other.box)]
    by = tag.box.right - min(met) + (tag.box.height // 2) if met else 0
    if not by:
        return tag
    return tag._replace(
        box=_shifted(tag.box, by),
        badge=_shifted(tag.badge, by),
        accept=_shifted(tag.accept, by) if tag.accept is not None else None,
        close=_shifted(tag.close, by) if tag.close is not None else None,
    )


def _shifted(box: Box, by: int) -> Box:
    return Box(box.x - by, box.y, box.width, box.height)


def hit(frame: Frame, tags: Sequence[Tag], x: float, y: float, *, lines: bool) -> tuple[OrderLine, Part] | None:
    """Whose tag is at a place, or with `lines` whose line; the tag that was painted last lies on top."""
    for tag in reversed(tags):
        part = tag.part_at(x, y)
        if part is not None:
            return tag.line, part
    if not lines or not frame.panes.price.holds(x, y):
        return None
    reach = frame.px(_REACH)
    near = [tag for tag in tags if tag.inside and abs(tag.row - y) <= reach]
    nearest = min(near, key=lambda tag: abs(tag.row - y), default=None)
    return (nearest.line, "line") if nearest is not None else None
